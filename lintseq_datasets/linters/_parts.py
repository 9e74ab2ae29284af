"""The statements of a function or a block, and which of them others can see.

A linter that infers values looks into a function from outside in two ways: it infers
what a call returns, and it finds the attributes that the function assigns. The lines on
which neither depends can change without a verdict on anything outside of the function
changing.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lintseq_datasets.layout import read_layout
from lintseq_datasets.program import mask_lines

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
WORD = re.compile(r"[^\W\d]\w*")
"""Everything that looks like an identifier."""
_FLOW = (ast.Return, ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal, ast.Delete)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)
_MAKERS = {"namedtuple", "Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"}
"""Names of what reads the names of attributes from a sentence."""
ENDING = {"exit", "quit", "_exit", "abort", "suppress"}
"""Names of what ends a program or swallows its errors, when it is called."""


@dataclass(frozen=True, slots=True)
class Part:
    """A simple statement, the header of a block, or a nested definition."""

    lines: int  # mask
    words: frozenset[str]
    binds: frozenset[str]
    stores: frozenset[str]  # attributes that it assigns
    leaves: bool  # control or values leave through it
    kind: type[ast.AST]
    around: tuple[int, ...]  # indices of the headers around it
    is_certain: bool = True  # whether no branch and no loop is around it

    @property
    def flows(self) -> bool:
        """Whether it matters to more than what mentions the names that it binds."""
        return self.leaves or bool(self.stores)


def collect_parts(block: Iterable[ast.stmt], lines: Sequence[str]) -> list[Part]:
    """The parts of a block, in order."""
    parts: list[Part] = []
    _collect(block, lines, (), parts)
    return parts


def interface(function: Function, lines: Sequence[str]) -> int | None:
    """Mask of the lines of a function that others can see; None if they can see all of it.

    Args:
        function: The function in the tree of the whole program.
        lines: Lines of the whole program.
    """
    if not is_ordinary(function):
        return None
    parts = collect_parts(function.body, lines)
    visible = _mask(first_line(function), max(function.body[0].lineno - 1, function.lineno))
    for index in chosen_parts(parts, [index for index, part in enumerate(parts) if part.flows]):
        visible |= parts[index].lines
    return visible


def block_interface(block: ast.stmt, lines: Sequence[str]) -> int | None:
    """Mask of the lines of a top-level block that others can see; None for all of it.

    Args:
        block: The block in the tree of the whole program.
        lines: Lines of the whole program.
    """
    if not is_ordinary(block):
        return None
    parts = collect_parts([block], lines)
    visible = 0
    roots = [index for index, part in enumerate(parts) if part.flows or part.binds]
    for index in chosen_parts(parts, roots):
        visible |= parts[index].lines
    return visible


def is_ordinary(node: ast.AST) -> bool:
    """Whether names and attributes tell all that a body or a block means for others."""
    return not any(map(_is_special, walk(node)))


def walk(node: ast.AST) -> list[ast.AST]:
    """A node and all below it, level by level: `ast.walk`, but fast."""
    found = [node]
    for parent in found:
        for value in vars(parent).values():
            if isinstance(value, ast.AST):
                found.append(value)
            elif isinstance(value, list):
                found += [child for child in value if isinstance(child, ast.AST)]
    return found


def first_line(node: ast.stmt) -> int:
    """The 0-based first line of a statement, decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)]) - 1


def find_words(lines: Sequence[str], mask: int) -> frozenset[str]:
    """Everything on some lines that looks like an identifier, also in strings."""
    return frozenset(WORD.findall("\n".join([lines[line] for line in mask_lines(mask)])))


def without_prose(lines: Sequence[str]) -> list[str]:
    """The lines without comments and sentences in strings: no name is looked up for them.

    Raises:
        ProgramError: ``not_tokenizable``.
    """
    found = list(lines)
    if _MAKERS.isdisjoint(WORD.findall("\n".join(lines))):
        for line, start, stop in reversed(read_layout(tuple(lines)).prose):
            found[line] = found[line][:start] + " " + found[line][stop:]
    return found


def _is_special(node: ast.AST) -> bool:
    """Whether a body with this in it may be no ordinary one for a linter.

    It looks at the kind of the first and the last statement: whether a body only raises,
    or is a placeholder.
    """
    if isinstance(node, (ast.Raise, ast.Pass, ast.Match)):
        return True
    return isinstance(node, ast.Constant) and node.value is Ellipsis


def chosen_parts(parts: Sequence[Part], roots: Iterable[int]) -> set[int]:
    """Some parts, the headers around them, what binds a word of theirs, and so on."""
    binders: dict[str, list[int]] = defaultdict(list)
    for index, part in enumerate(parts):
        for name in part.binds:
            binders[name].append(index)
    chosen: set[int] = set()
    pending = list(roots)
    while pending:
        index = pending.pop()
        if index not in chosen:
            chosen.add(index)
            pending += parts[index].around
            for word in parts[index].words & binders.keys():
                pending += binders[word]
    return chosen


def _collect(
    block: Iterable[ast.stmt], lines: Sequence[str], around: tuple[int, ...], parts: list[Part]
) -> None:
    for statement in block:
        inner = [] if isinstance(statement, DEFINITIONS) else _inner_blocks(statement)
        stop = min([nodes[0].lineno for nodes in inner], default=None)
        end = statement.end_lineno or statement.lineno
        mask = _mask(
            first_line(statement), end if stop is None else max(stop - 1, statement.lineno)
        )
        index = len(parts)
        part = _part(statement, mask, lines, around, shallow=bool(inner))
        is_certain = all(parts[outer].kind is ast.With for outer in around)
        parts.append(replace(part, is_certain=is_certain))
        for nodes in inner:
            _collect(nodes, lines, (*around, index), parts)
        for handler in getattr(statement, "handlers", ()):
            _collect_handler(handler, lines, (*around, index), parts)


def _collect_handler(
    handler: ast.ExceptHandler, lines: Sequence[str], around: tuple[int, ...], parts: list[Part]
) -> None:
    mask = _mask(handler.lineno - 1, max(handler.body[0].lineno - 1, handler.lineno))
    binds = frozenset([handler.name] if handler.name else [])
    index = len(parts)
    words = find_words(lines, mask)
    parts.append(Part(mask, words, binds, frozenset(), False, type(handler), around, False))
    _collect(handler.body, lines, (*around, index), parts)


def _part(
    statement: ast.stmt, mask: int, lines: Sequence[str], around: tuple[int, ...], *, shallow: bool
) -> Part:
    binds: set[str] = set()
    stores: set[str] = set()
    leaves = False
    for node in _header_nodes(statement) if shallow else walk(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            binds.add(node.id)
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            stores.add(node.attr)
        elif isinstance(node, DEFINITIONS):
            binds.add(node.name)
        elif isinstance(node, ast.alias):
            leaves = leaves or node.name == "*"
            binds.add((node.asname or node.name).split(".")[0])
        leaves = leaves or isinstance(node, _FLOW)
    words = find_words(lines, mask)
    leaves = leaves or not words.isdisjoint(ENDING)
    return Part(mask, words, frozenset(binds), frozenset(stores), leaves, type(statement), around)


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
                found += walk(child)
    return found


def _mask(start: int, stop: int) -> int:
    return (1 << stop) - (1 << start)
