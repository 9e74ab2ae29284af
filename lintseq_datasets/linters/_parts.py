"""The statements of a function or a block, and which of them others can see.

A linter that infers values looks into a function from outside in two ways: it infers
what a call returns, and it finds the attributes that the function assigns. The lines on
which neither depends can change without a verdict on anything outside of the function
changing. Inside, a statement that nothing else mentions and that no control flow goes
through can go without the verdict on the others changing.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from lintseq_datasets.program import mask_lines

Function = ast.FunctionDef | ast.AsyncFunctionDef
_WORD = re.compile(r"[^\W\d]\w*")
_FLOW = (ast.Return, ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal, ast.Delete)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_JUMPS = (ast.Break, ast.Continue, ast.Return, ast.Raise)
_PLAIN = (
    ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.If, ast.For, ast.While, ast.With,
    ast.Import, ast.ImportFrom, *_DEFINITIONS,
)  # fmt: skip
_ENDING = {"exit", "quit", "_exit", "abort", "suppress"}
"""Names of what ends a program or swallows its errors, when it is called."""
_NEVER = {"NoReturn", "Never"}


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
    return not any(map(_is_special, ast.walk(node)))


@dataclass(frozen=True, slots=True)
class _PartBits:
    """What matters of a part when lines go. Names are bits."""

    lines: int
    mentions: int
    binds: int
    gives: int  # what it binds, and the attributes that it stores
    may_go: bool  # whether it can go unseen
    is_import: bool
    is_fatal: bool  # whether nothing is certain once it goes


class Unseen:
    """Knows which lines of a unit can go unseen by what is left of the unit.

    Args:
        parts: The parts of the unit.
        function: Name of the function, if the unit is one.
        is_called: Whether the function may call itself, directly or not.
        others: What others mention of the names that the unit binds.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        function: str | None,
        *,
        is_called: bool,
        others: frozenset[str],
    ) -> None:
        given = {name for part in parts for name in part.binds | part.stores}
        names = {name: 1 << bit for bit, name in enumerate(sorted(given | {function or ""}))}
        self._name = names[function or ""]
        self._parts = [
            _PartBits(
                lines=part.lines,
                mentions=sum(names[word] for word in part.words & names.keys()),
                binds=sum(names[name] for name in part.binds),
                gives=sum(names[name] for name in part.binds | part.stores),
                may_go=part.binds.isdisjoint(others)
                and _may_go(part, function is not None and not is_called),
                is_import=part.kind in (ast.Import, ast.ImportFrom),
                is_fatal=part.leaves and part.kind is not ast.Return,
            )
            for part in parts
        ]
        # names that may not be bound where they are used, and for each the lines of the parts
        # that mention it, in order, with whether it is bound there for certain
        self._risky = 0
        self._mentions: dict[int, list[tuple[int, bool]]] = {}
        for name in sorted({name for part in parts if not part.is_certain for name in part.binds}):
            self._risky |= names[name]
            self._mentions[names[name]] = [
                (part.lines, part.is_certain and name in part.binds)
                for part in parts
                if name in part.words
            ]
        self._returns = sum({part.lines for part in parts if part.kind is ast.Return})
        # lines of a jump, and of the headers of which one must go with it
        self._jumps = [
            (part.lines, [parts[outer].lines for outer in _left_by(parts, part)])
            for part in parts
            if part.kind in _JUMPS and part.around
        ]

    def can_go(self, gone: int, kept: int) -> bool:
        """Whether lines can go from a unit without a verdict on the others changing.

        Args:
            gone: Mask of the lines that go.
            kept: Mask of the lines of the unit that stay.
        """
        mentioned = bound = used = 0
        for part in self._parts:
            if not part.lines & gone:
                if part.lines & kept:
                    mentioned |= part.mentions
            elif part.may_go and not part.lines & kept:
                bound |= part.binds
                used |= part.mentions
            else:
                return False
        if bound & mentioned or not self._are_bound(used & mentioned & self._risky, gone, kept):
            return False
        return all(
            any(loop & gone for loop in loops) for lines, loops in self._jumps if lines & gone
        )

    def _are_bound(self, names: int, gone: int, kept: int) -> bool:
        """Whether names are bound for certain before anything else mentions them.

        Otherwise one use of a name can hide from the linter that it may not be bound at
        the next one.
        """
        for name, mentions in self._mentions.items():
            if name & names:
                first = next((m for m in mentions if m[0] & (gone | kept)), (0, False))
                if not first[1] or not first[0] & kept:
                    return False
        return True

    def untouched(self, gone: int, kept: int) -> int:
        """Mask of the lines on which nothing that is inferred changes when lines go.

        Whether the names on them are bound may change all the same.

        Args:
            gone: Mask of the lines that go.
            kept: Mask of the lines of the unit that stay.
        """
        changed = self._name if self._returns & gone else 0
        left: list[_PartBits] = []
        for part in self._parts:
            if part.lines & gone:
                changed |= part.gives
                if part.is_fatal:
                    return 0
            elif part.lines & kept and not part.is_import:
                left.append(part)
        while touched := [part for part in left if part.mentions & changed]:
            left = [part for part in left if not part.mentions & changed]
            for part in touched:
                changed |= part.gives
        return sum({part.lines for part in left}) & kept


def first_line(node: ast.stmt) -> int:
    """The 0-based first line of a statement, decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)]) - 1


def find_words(lines: Sequence[str], mask: int) -> frozenset[str]:
    """Everything on some lines that looks like an identifier, also in strings."""
    return frozenset(_WORD.findall("\n".join([lines[line] for line in mask_lines(mask)])))


def hides_an_end(tree: ast.Module, words: Collection[str]) -> bool:
    """Whether a program may end in a call that does not look like it.

    Functions that never come back by their annotation, and other names for `sys.exit`
    and its like.

    Args:
        tree: The program.
        words: All words in it.
    """
    if not any(word in words for word in _ENDING | _NEVER):
        return False
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return any(_hides_an_end(node, called) for node in ast.walk(tree))


def _hides_an_end(node: ast.AST, called: set[int]) -> bool:
    if isinstance(node, ast.alias):
        return node.asname is not None and node.name.split(".")[-1] in _ENDING
    if isinstance(node, (ast.Name, ast.Attribute)):
        name = node.id if isinstance(node, ast.Name) else node.attr
        return name in _NEVER or (name in _ENDING and id(node) not in called)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in _NEVER


def _is_special(node: ast.AST) -> bool:
    """Whether a body with this in it may be no ordinary one for a linter.

    It looks at the kind of the first and the last statement: whether a body only raises,
    or is a placeholder.
    """
    if isinstance(node, (ast.Raise, ast.Pass, ast.Match)):
        return True
    return isinstance(node, ast.Constant) and node.value is Ellipsis


def _left_by(parts: Sequence[Part], jump: Part) -> Sequence[int]:
    """The headers of which one must go for a jump to go unseen.

    Whether a name is bound for certain depends on the branches that jump away. A jump out
    of a loop matters inside of the loop, a jump out of a function everywhere around it.
    """
    if jump.kind in (ast.Break, ast.Continue):
        return [outer for outer in jump.around if parts[outer].kind in _LOOPS]
    return jump.around[:1]


def _may_go(part: Part, in_function: bool) -> bool:
    if part.kind is ast.Return:  # of a function that nobody here calls
        return in_function
    if part.kind is ast.Raise:
        return bool(part.around)
    return part.kind in (ast.Break, ast.Continue) or (part.kind in _PLAIN and not part.flows)


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
        inner = [] if isinstance(statement, _DEFINITIONS) else _inner_blocks(statement)
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
    for node in _header_nodes(statement) if shallow else ast.walk(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            binds.add(node.id)
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            stores.add(node.attr)
        elif isinstance(node, _DEFINITIONS):
            binds.add(node.name)
        elif isinstance(node, ast.alias):
            leaves = leaves or node.name == "*"
            binds.add((node.asname or node.name).split(".")[0])
        leaves = leaves or isinstance(node, _FLOW)
    words = find_words(lines, mask)
    leaves = leaves or not words.isdisjoint(_ENDING)
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
                found += ast.walk(child)
    return found


def _mask(start: int, stop: int) -> int:
    return (1 << stop) - (1 << start)
