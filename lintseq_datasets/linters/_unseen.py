"""What can go from a unit without the rest of it being judged anew.

A statement that nothing else mentions and that no control flow goes through can go
without the verdict on the others changing.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lintseq_datasets.linters._parts import DEFINITIONS, ENDING, JUMPS, Part, are_torn

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_PLAIN = (
    ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.If, ast.For, ast.While, ast.With,
    ast.Import, ast.ImportFrom, *DEFINITIONS,
)  # fmt: skip
_NEVER = {"NoReturn", "Never"}


@dataclass(frozen=True, slots=True)
class _PartBits:
    """What matters of a part when lines go. Names are bits."""

    lines: int
    mentions: int
    binds: int
    may_go: bool  # whether it can go unseen


class Unseen:
    """Knows which lines of a unit can go unseen by what is left of the unit.

    Args:
        parts: The parts of the unit.
        function: Name of the function, if the unit is one.
        is_called: Whether the function may call itself, directly or not.
        others: What others mention of the names that the unit binds.
        header: Mask of the lines above the first part.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        function: str | None,
        *,
        is_called: bool,
        others: frozenset[str],
        header: int = 0,
    ) -> None:
        bound = {name for part in parts for name in part.binds}
        names = {name: 1 << bit for bit, name in enumerate(sorted(bound))}
        self._header = header
        self._around = parts
        self._parts = [
            _PartBits(
                lines=part.lines,
                mentions=sum(names[word] for word in part.words & names.keys()),
                binds=sum(names[name] for name in part.binds),
                may_go=part.binds.isdisjoint(others)
                and _may_go(part, function is not None and not is_called),
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
        # lines of a jump, and of the headers of which one must go with it
        self._jumps = [
            (part.lines, [parts[outer].lines for outer in _left_by(parts, part)])
            for part in parts
            if part.kind in JUMPS and part.around
        ]

    def can_go(self, gone: int, kept: int) -> bool:
        """Whether lines can go from a unit without a verdict on the others changing.

        Args:
            gone: Mask of the lines that go.
            kept: Mask of the lines of the unit that stay.
        """
        mentioned = bound = used = 0
        if gone & self._header or are_torn(self._around, gone, kept):
            return False
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


def hides_an_end(nodes: Sequence[ast.AST], words: Collection[str]) -> bool:
    """Whether a program may end in a call that does not look like it.

    Functions that never come back by their annotation, and other names for `sys.exit`
    and its like.

    Args:
        nodes: All nodes of the program.
        words: All words in it.
    """
    if not any(word in words for word in ENDING | _NEVER):
        return False
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    return any(_hides_an_end(node, called) for node in nodes)


def _hides_an_end(node: ast.AST, called: set[int]) -> bool:
    if isinstance(node, ast.alias):
        return node.asname is not None and node.name.split(".")[-1] in ENDING
    if isinstance(node, (ast.Name, ast.Attribute)):
        name = node.id if isinstance(node, ast.Name) else node.attr
        return name in _NEVER or (name in ENDING and id(node) not in called)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in _NEVER


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
