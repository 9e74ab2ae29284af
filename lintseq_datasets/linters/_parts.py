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
from typing import TypeAlias

from lintseq_datasets.layout import read_layout
from lintseq_datasets.program import mask_lines

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
JUMPS = (ast.Break, ast.Continue, ast.Return, ast.Raise)
BLOCK_FIELDS = ("body", "orelse", "finalbody", "handlers")
WORD = re.compile(r"[^\W\d]\w*")
"""Everything that looks like an identifier."""
_RULING = (ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal, ast.Delete)
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
    rules: bool  # it tells what kind of function it is in, or what a name in it is
    kind: type[ast.AST]
    around: tuple[int, ...]  # indices of the headers around it
    branches: tuple[int, ...]  # in which of the blocks of each of them it is
    node: ast.AST
    is_certain: bool = True  # whether no branch and no loop is around it

    handles: int = 0  # mask of the lines whose errors it may catch

    @property
    def given(self) -> frozenset[str]:
        """What means something else once the part does."""
        return self.binds | self.stores

    @property
    def flows(self) -> bool:
        """Whether it matters to more than what mentions the names that it binds."""
        return self.leaves or bool(self.stores)


def collect_parts(block: Iterable[ast.stmt], lines: Sequence[str]) -> list[Part]:
    """The parts of a block, in order."""
    parts: list[Part] = []
    _collect(block, lines, ((), ()), parts)
    return parts


def declares_names(function: Function) -> bool:
    """Whether names in a function may be those of another scope by declaration."""
    return any(isinstance(node, (ast.Global, ast.Nonlocal)) for node in walk(function))


def are_torn(parts: Sequence[Part], gone: int, kept: int) -> bool:
    """Whether a header goes and an ``else`` or a handler of it stays: it is another's then.

    Args:
        parts: The parts of a block.
        gone: Mask of the lines that go.
        kept: Mask of the lines that stay.
    """
    return any(
        parts[outer].lines & gone for part in parts if part.lines & kept for outer in part.around
    )


def interface(function: Function, parts: Sequence[Part]) -> int | None:
    """Mask of the lines of a function that others can see; None if they can see all of it.

    Args:
        function: The function in the tree of the whole program.
        parts: The parts of its body.
    """
    if not is_ordinary(function):
        return None
    visible = _mask(first_line(function), max(function.body[0].lineno - 1, function.lineno))
    for index in chosen_parts(parts, [index for index, part in enumerate(parts) if part.flows]):
        visible |= parts[index].lines
    return visible


def block_interface(block: ast.stmt, parts: Sequence[Part]) -> int | None:
    """Mask of the lines of a top-level block that others can see; None for all of it.

    Args:
        block: The block in the tree of the whole program.
        parts: Its parts.
    """
    if not is_ordinary(block):
        return None
    visible = 0
    roots = [
        index
        for index, part in enumerate(parts)
        if part.flows or part.binds or part.kind in JUMPS  # is a name bound? that hangs on jumps
    ]
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


_Place: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]
"""The headers around a block, and in which of the blocks of each of them it is."""


def _collect(
    block: Iterable[ast.stmt], lines: Sequence[str], place: _Place, parts: list[Part]
) -> None:
    around, branches = place
    for statement in block:
        inner = [] if isinstance(statement, DEFINITIONS) else _inner_blocks(statement)
        stop = min([nodes[0].lineno for nodes in inner], default=None)
        end = statement.end_lineno or statement.lineno
        mask = _mask(
            first_line(statement), end if stop is None else max(stop - 1, statement.lineno)
        )
        index = len(parts)
        part = _part(statement, mask, lines, place, shallow=bool(inner))
        is_certain = all(parts[outer].kind is ast.With for outer in around)
        parts.append(replace(part, is_certain=is_certain))
        for branch, nodes in enumerate(inner):
            _collect(nodes, lines, ((*around, index), (*branches, branch)), parts)
        tried = 0
        for inside in parts[index:]:
            tried |= inside.lines
        for handler in getattr(statement, "handlers", ()):
            _collect_handler(handler, lines, ((*around, index), (*branches, -1)), tried, parts)


def _collect_handler(
    handler: ast.ExceptHandler,
    lines: Sequence[str],
    place: _Place,
    tried: int,
    parts: list[Part],
) -> None:
    around, branches = place
    mask = _mask(handler.lineno - 1, max(handler.body[0].lineno - 1, handler.lineno))
    binds = frozenset([handler.name] if handler.name else [])
    index = len(parts)
    words = find_words(lines, mask)
    parts.append(
        Part(
            lines=mask,
            words=words,
            binds=binds,
            stores=frozenset(),
            leaves=False,
            rules=False,
            kind=type(handler),
            around=around,
            branches=branches,
            node=handler,
            is_certain=False,
            handles=tried,
        )
    )
    _collect(handler.body, lines, ((*around, index), (*branches, 0)), parts)


def _part(
    statement: ast.stmt, mask: int, lines: Sequence[str], place: _Place, *, shallow: bool
) -> Part:
    binds: set[str] = set()
    stores: set[str] = set()
    leaves = rules = False
    for node in header_nodes(statement) if shallow else walk(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            binds.add(node.id)
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            stores.add(node.attr)
        elif isinstance(node, DEFINITIONS):
            binds.add(node.name)
        elif isinstance(node, ast.alias):
            rules = rules or node.name == "*"
            binds.add((node.asname or node.name).split(".")[0])
        rules = rules or isinstance(node, _RULING)
        leaves = leaves or rules or isinstance(node, ast.Return)
    words = find_words(lines, mask)
    leaves = leaves or not words.isdisjoint(ENDING)
    return Part(
        lines=mask,
        words=words,
        binds=frozenset(binds),
        stores=frozenset(stores),
        leaves=leaves,
        rules=rules,
        kind=type(statement),
        around=place[0],
        branches=place[1],
        node=statement,
    )


def _inner_blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    blocks = [getattr(statement, name, None) for name in ("body", "orelse", "finalbody")]
    return [block for block in blocks if block]


def header_nodes(statement: ast.AST) -> list[ast.AST]:
    """A statement without the blocks in it, as a list of nodes."""
    found: list[ast.AST] = []
    for field, value in vars(statement).items():
        if field in BLOCK_FIELDS:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                found += walk(child)
    return found


def _mask(start: int, stop: int) -> int:
    return (1 << stop) - (1 << start)
