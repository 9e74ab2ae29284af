"""Which lines of a function others can see: what calling it gives, and what it stores.

A linter that infers values looks into a function from outside in two ways: it infers
what a call returns, and it finds the attributes that the function assigns. The lines on
which neither depends can change without a verdict on anything outside of the function
changing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lintseq_datasets.program import mask_lines

_WORD = re.compile(r"[^\W\d]\w*")
_VISIBLE = (ast.Return, ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal, ast.Delete)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class _Part:
    """A simple statement, the header of a block, or a nested definition."""

    lines: int  # mask
    words: frozenset[str]
    binds: frozenset[str]
    is_visible: bool
    around: tuple[int, ...]  # indices of the headers around it


def interface(function: _Function, lines: Sequence[str]) -> int | None:
    """Mask of the lines of a function that others can see; None if they can see all of it.

    Args:
        function: The function in the tree of the whole program.
        lines: Lines of the whole program.
    """
    if any(map(_is_special, ast.walk(function))):
        return None
    parts: list[_Part] = []
    _collect(function.body, lines, (), parts)
    visible = _mask(first_line(function), max(function.body[0].lineno - 1, function.lineno))
    for index in _chosen(parts):
        visible |= parts[index].lines
    return visible


def first_line(node: ast.stmt) -> int:
    """The 0-based first line of a statement, decorators included."""
    decorators = getattr(node, "decorator_list", ())
    return min([node.lineno, *(decorator.lineno for decorator in decorators)]) - 1


def find_words(lines: Sequence[str], mask: int) -> frozenset[str]:
    """Everything on some lines that looks like an identifier, also in strings."""
    return frozenset(_WORD.findall("\n".join([lines[line] for line in mask_lines(mask)])))


def _is_special(node: ast.AST) -> bool:
    """Whether a body with this in it may be no ordinary one for a linter.

    It looks at the kind of the first and the last statement: whether a body only raises,
    or is a placeholder.
    """
    if isinstance(node, (ast.Raise, ast.Pass, ast.Match)):
        return True
    return isinstance(node, ast.Constant) and node.value is Ellipsis


def _chosen(parts: Sequence[_Part]) -> set[int]:
    """The visible parts, the headers around them, and what binds a word of theirs, and so on."""
    chosen: set[int] = set()
    words: set[str] = set()
    pending = [index for index, part in enumerate(parts) if part.is_visible]
    while pending:
        for index in pending:
            for reached in (index, *parts[index].around):
                chosen.add(reached)
                words |= parts[reached].words
        pending = [
            index
            for index, part in enumerate(parts)
            if index not in chosen and not part.binds.isdisjoint(words)
        ]
    return chosen


def _collect(
    block: Iterable[ast.stmt], lines: Sequence[str], around: tuple[int, ...], parts: list[_Part]
) -> None:
    for statement in block:
        inner = [] if isinstance(statement, _DEFINITIONS) else _inner_blocks(statement)
        stop = min([node.lineno for nodes in inner for node in nodes[:1]], default=None)
        end = statement.end_lineno or statement.lineno
        mask = _mask(first_line(statement), end if stop is None else max(stop - 1, statement.lineno))
        index = len(parts)
        parts.append(_part(statement, mask, lines, around, shallow=bool(inner)))
        for nodes in inner:
            _collect(nodes, lines, (*around, index), parts)
        for handler in getattr(statement, "handlers", ()):
            _collect_handler(handler, lines, (*around, index), parts)


def _collect_handler(
    handler: ast.ExceptHandler, lines: Sequence[str], around: tuple[int, ...], parts: list[_Part]
) -> None:
    mask = _mask(handler.lineno - 1, max(handler.body[0].lineno - 1, handler.lineno))
    binds = frozenset([handler.name] if handler.name else [])
    index = len(parts)
    parts.append(_Part(mask, find_words(lines, mask), binds, False, around))
    _collect(handler.body, lines, (*around, index), parts)


def _part(
    statement: ast.stmt, mask: int, lines: Sequence[str], around: tuple[int, ...], *, shallow: bool
) -> _Part:
    nodes = _header_nodes(statement) if shallow else list(ast.walk(statement))
    binds: set[str] = set()
    is_visible = False
    for node in nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            binds.add(node.id)
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            is_visible = True
        elif isinstance(node, _DEFINITIONS):
            binds.add(node.name)
        elif isinstance(node, ast.alias):
            binds.add((node.asname or node.name).split(".")[0])
        is_visible = is_visible or isinstance(node, _VISIBLE)
    return _Part(mask, find_words(lines, mask), frozenset(binds), is_visible, around)


def _inner_blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    blocks = [getattr(statement, name, None) for name in ("body", "orelse", "finalbody")]
    return [block for block in blocks if block]


def _header_nodes(statement: ast.stmt) -> list[ast.AST]:
    found: list[ast.AST] = []
    for field, value in ast.iter_fields(statement):
        if field in ("body", "orelse", "finalbody", "handlers"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                found += ast.walk(child)
    return found


def _mask(start: int, stop: int) -> int:
    return (1 << stop) - (1 << start)
