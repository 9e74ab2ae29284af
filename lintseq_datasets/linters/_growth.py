"""How much inference may build for one text.

Nineteen lines can ask for gigabytes: ``x1 = f"{x0}{x0}"``, ``x2 = f"{x1}{x1}"`` and so on, or
``[0] * 10**8`` in one. astroid refuses results of more than 1e8 items, and a hundred million
items are too many here. So there is a budget of bytes for each text. It is spent by

- every node that astroid makes: whatever walks over something large makes nodes;
- every constant, by the size of its value, and every display, by the number of its items;
- every node that is printed, as astroid compares displays by their text.

So what grows step by step stops one step after the budget is spent. A single step of C code
(repeating, shifting, formatting) can make something large out of something small; there, the size
is checked first. Of the two examples, the first one spends twice as much with each line and stops
where the budget ends; the second one asks for 10**8 items, and stops before there are any.

A text whose budget is spent has no verdict. `MemoryUp` passes through all of astroid; otherwise a
value that was never made would be taken for an unknown one. Budgets are counts, the same on every
machine.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from astroid import nodes, protocols, util
from astroid.brain import brain_builtin_inference
from astroid.manager import AstroidManager
from astroid.nodes.node_classes import BaseContainer
from astroid.nodes.node_ng import NodeNG

from lintseq_datasets.linters.limits import MemoryUp

BUDGET = 128 << 20  # bytes
_NODE = 5000  # bytes of a node with what inference remembers of it, about
_ITEM = 8
_PRINTED = 300  # bytes of a node that is printed, and of what is read back
_MOST_ITEMS = 1 << 20  # of one display; pylint looks at the items of some one by one
_MOST_BITS = 1 << 20  # of one integer; what is done with larger ones takes long in C code
_NUMBER = re.compile(r"\d+")
_FIELD = re.compile(r"[%)][#0\- +]*(\*|\d*)(?:\.(\*|\d*))?")  # width and precision
_ENDLESS = float("inf")


class _Meter:
    """What is left for the text that is judged now; endless if no text is."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = _ENDLESS


_METER = _Meter()


@contextmanager
def budget(size: float = BUDGET) -> Iterator[None]:
    """Raise `MemoryUp` inside the context once too much was built.

    Args:
        size: Bytes, about.
    """
    _install()
    before, _METER.left = _METER.left, size  # others in this process use astroid without a budget
    try:
        yield
    finally:
        _METER.left = before


def _spend(size: float) -> None:
    _METER.left -= size
    if _METER.left < 0:
        raise MemoryUp


def _ask(size: float) -> None:
    """See whether there would be room for something, before it is made."""
    if size > _METER.left:
        raise MemoryUp


def _check(count: int, most: int) -> None:
    # A limit of its own, where time is short before memory is. Whoever else uses astroid in this
    # process has no budget, and no such limit.
    if count > most and _METER.left < _ENDLESS:
        raise MemoryUp


@cache
def _install() -> None:
    """Have astroid spend the budget, once for each process."""
    # For good: without a budget, the functions that are put in do nothing.
    _replace(NodeNG, "__init__", _making_a_node)
    _replace(NodeNG, "accept", _printing)
    _replace(nodes.Const, "__init__", _making_a_constant)
    _replace(BaseContainer, "__setattr__", _setting_items)
    for name in ("*", "*=", "<<", "<<="):
        protocols.BIN_OP_IMPL[name] = _operating(name[0], protocols.BIN_OP_IMPL[name])
    _replace(protocols, "_multiply_seq_by_int", _repeating)
    _replace(protocols, "_old_style_format_too_large", _formatting)
    _replace(util, "format_spec_too_large", _padding)
    formatter = type(brain_builtin_inference._get_bounded_formatter())
    _replace(formatter, "format_field", _filling_in)
    # Trees of other modules are built once for many texts. If the first of them had to pay, its
    # verdict would depend on the texts before.
    _replace(AstroidManager, "ast_from_module_name", _importing)


def _replace(owner: Any, name: str, wrap: Callable[[Callable[..., Any]], Any]) -> None:
    setattr(owner, name, wrap(getattr(owner, name)))


# --- what grows step by step ---------------------------------------------------------


def _making_a_node(original: Callable[..., None]) -> Callable[..., None]:
    def init(self: Any, *args: Any, **options: Any) -> None:
        _METER.left -= _NODE  # `_spend`, written out: this runs for every node
        if _METER.left < 0:
            raise MemoryUp
        original(self, *args, **options)

    return init


def _printing(original: Callable[..., Any]) -> Callable[..., Any]:
    def accept(self: Any, visitor: Any) -> Any:
        # Spent before: what is in the node is printed within this call, so that a tree that is too
        # large is given up in the middle.
        _spend(_PRINTED)
        text = original(self, visitor)
        if isinstance(text, str):
            _spend(len(text))
        return text

    return accept


def _making_a_constant(original: Callable[..., None]) -> Callable[..., None]:
    def init(self: Any, value: Any, *args: Any, **options: Any) -> None:
        if isinstance(value, (str, bytes)):  # this one is made; the next one is not
            _spend(sys.getsizeof(value))
        elif isinstance(value, int):
            _check(value.bit_length(), _MOST_BITS)
        original(self, value, *args, **options)

    return init


def _setting_items(original: Callable[..., None]) -> Callable[..., None]:
    def set_attribute(self: Any, name: str, value: Any) -> None:
        # astroid sets the items after the node is made, from many places.
        if name == "elts":
            _check(len(value), _MOST_ITEMS)
            _spend(_ITEM * len(value))
        original(self, name, value)

    return set_attribute


# --- what makes much out of little ----------------------------------------------------


def _operating(operator: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def operate(left: Any, right: Any) -> Any:
        # The size of the result follows from the operands: ``x << n`` has n bits more than ``x``, a
        # product as many as both factors together, a text that is repeated n times its size.
        if isinstance(right, int) and operator == "<<":
            _check(right, _MOST_BITS)
        elif isinstance(left, int) and isinstance(right, int):
            _check(left.bit_length() + right.bit_length(), _MOST_BITS)
        elif isinstance(left, (str, bytes)) and isinstance(right, int):
            _ask(sys.getsizeof(left) * max(right, 0))
        elif isinstance(left, int) and isinstance(right, (str, bytes)):
            _ask(sys.getsizeof(right) * max(left, 0))
        return original(left, right)

    return operate


def _repeating(original: Callable[..., Any]) -> Callable[..., Any]:
    def repeat(node: Any, opnode: Any, value: int, context: Any) -> Any:
        _check(len(node.elts) * value, _MOST_ITEMS)
        return original(node, opnode, value, context)

    return repeat


def _formatting(original: Callable[..., bool]) -> Callable[..., bool]:
    def is_too_large(template: str | bytes, values: object) -> bool:
        # Any bytes are latin-1, a character each.
        text = template.decode("latin-1") if isinstance(template, bytes) else template
        _ask(_most_formatted(text, _values(values)))
        return original(template, values)

    return is_too_large


def _values(values: object) -> Sequence[object]:
    if isinstance(values, dict):
        return list(values.values())
    return values if isinstance(values, tuple) else [values]


def _most_formatted(template: str, values: Sequence[object]) -> float:
    """An upper bound of the formatted text in bytes: each field as wide as the widest."""
    # For "%5d %(name)-9s %.*f": ("5", ""), ("9", ""), ("", "*").
    sizes = [size for field in _FIELD.findall(template) for size in field]
    # Of thousands of digits, `float` makes infinity, and `int` a ValueError.
    widths = [float(size) for size in sizes if size and size != "*"]
    if "*" in sizes:  # a width that is among the values
        widths += [float(abs(value)) for value in values if isinstance(value, int)]
    widths += [len(value) for value in values if isinstance(value, (str, bytes))]
    # Python keeps a text in up to 4 bytes a character.
    return 4 * (len(template) + template.count("%") * max(widths, default=0.0))


def _padding(original: Callable[[str], bool]) -> Callable[[str], bool]:
    def is_too_large(spec: str) -> bool:
        _ask(4 * max(map(float, _NUMBER.findall(spec)), default=0.0))
        return original(spec)

    return is_too_large


def _filling_in(original: Callable[..., str]) -> Callable[..., str]:
    def format_field(self: Any, value: object, spec: str) -> str:
        _ask(4 * max(map(float, _NUMBER.findall(spec)), default=0.0))
        text = original(self, value, spec)
        _spend(sys.getsizeof(text))  # a template may have many fields
        return text

    return format_field


def _importing(original: Callable[..., Any]) -> Callable[..., Any]:
    def ast_from_module_name(*args: Any, **options: Any) -> Any:
        left, _METER.left = _METER.left, _ENDLESS
        try:
            return original(*args, **options)
        finally:
            _METER.left = left

    return ast_from_module_name
