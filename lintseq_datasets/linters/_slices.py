"""Which parts of a program a verdict on one part can depend on.

A program is cut into *units*: its top-level statements, and of a class every plain
method by itself. A unit depends on the units that bind a name or an attribute that it
mentions in any way, and so on: that is its *slice*. What a linter says about a unit is
the same in every program state in which the slice is the same.

All of this is computed on the whole program, where too much is mentioned and too much
is bound rather than too little. It holds for states that are closed under
`Structure.takes`: there every line that is kept keeps its meaning.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from lintseq_datasets.linters._parts import collect_parts, find_words
from lintseq_datasets.linters._reach import Reach
from lintseq_datasets.linters._units import BLOCKS, Unit, extent, find_units, maybe_bound
from lintseq_datasets.linters._unseen import Unseen, hides_an_end
from lintseq_datasets.program import mask_lines

_SUSPICIOUS = re.compile("[\x00\x08\x1a\x1b\u2000-\u20ff]|^[ \t\f]*#.*coding[:=]", re.MULTILINE)


def is_suspicious(text: str) -> bool:
    """Whether a text holds what pylint looks for in bytes: odd characters, an encoding."""
    return _SUSPICIOUS.search(text) is not None


class Slices:
    """The units of a program and their slices.

    Args:
        tree: The program, parsed.
        lines: Its lines.
        may_resolve: Whether a top-level module of some name may be found, so that a star
            import of it binds names.
    """

    def __init__(
        self, tree: ast.Module, lines: Sequence[str], may_resolve: Callable[[str], bool]
    ) -> None:
        self._text = lines
        self.units = tuple(find_units(tree, lines, may_resolve))
        self.unit_of_line = {
            line: index for index, unit in enumerate(self.units) for line in mask_lines(unit.lines)
        }
        self._users: dict[str, int] = defaultdict(int)  # name -> units that mention it
        self._top_users: dict[str, int] = defaultdict(int)  # the same without functions
        self._binders: dict[str, int] = defaultdict(int)  # name -> units that bind it
        self._find_binders()
        self._hides_an_end = hides_an_end(tree, self._users)
        self._risky = self._find_risky()
        self._needs = self._direct()
        self._full = [self._closure(index, -1) for index in range(len(self.units))]
        self._reach = self._reached()
        self._merged: dict[int, tuple[int, int, tuple[int, ...]]] = {}
        self._unseen: dict[int, Unseen | None] = {}

    def key(self, unit: int, needed: int, kept: int) -> tuple[int, ...]:
        """What a verdict on a unit depends on in a state, beside its own kept lines.

        Args:
            unit: Index of the unit.
            needed: Its slice in the state.
            kept: The state.
        """
        _, seen, bodies = self._merge(needed & ~(1 << unit))
        return (unit, seen & kept & self._reach[unit], *[bool(body & kept) for body in bodies])

    def _reached(self) -> list[int]:
        """For each unit the lines of others that a verdict on it can reach."""
        if not any(isinstance(unit.node, ast.ClassDef) for unit in self.units):
            return [-1] * len(self.units)
        reach = Reach(self._text)
        numbers = [self._add_to(reach, unit) for unit in self.units]
        always = [n for n, unit in zip(numbers, self.units, strict=True) if unit.binds_all]
        found: list[int] = []
        for unit in self.units:
            start = always if unit.shell is None else [*always, numbers[unit.shell]]
            is_all = bool(unit.deletes) or self._is_all_seen(unit)
            found.append(-1 if is_all else reach.reached(unit.words, start))
        return found

    def _add_to(self, reach: Reach, unit: Unit) -> int:
        if isinstance(unit.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return reach.add_function(unit.node)
        if not isinstance(unit.node, ast.ClassDef):
            return reach.add_statement(unit.lines, unit.words, unit.binds)
        left, methods = unit.lines, []
        for node in unit.node.body:
            start, stop = extent(node)
            mask = (1 << stop) - (1 << start)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not mask & ~left:
                methods.append(reach.add_function(node))
                left &= ~mask
        return reach.add_statement(left, find_words(self._text, left), unit.binds, methods)

    def unseen(self, unit: int) -> Unseen | None:
        """What can go from a unit unseen; None if nothing can."""
        if unit not in self._unseen:
            self._unseen[unit] = None if self._hides_an_end else self._make_unseen(unit)
        return self._unseen[unit]

    def _make_unseen(self, index: int) -> Unseen | None:
        node = self.units[index].node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if any(isinstance(child, (ast.Global, ast.Nonlocal)) for child in ast.walk(node)):
                return None
            parts = collect_parts(node.body, self._text)
            called = {word for part in parts for word in part.words}
            for other in mask_lines(self._full[index] & ~(1 << index)):
                called |= self.units[other].words
            is_called = node.name in called
            return Unseen(parts, node.name, is_called=is_called, others=frozenset())
        if isinstance(node, BLOCKS):
            parts = collect_parts([node], self._text)
            others = (unit.words for other, unit in enumerate(self.units) if other != index)
            return Unseen(parts, None, is_called=False, others=frozenset().union(*others))
        return None

    def complete(self, units: int, kept: int, present: int) -> int:
        """Add units until no class is without a body.

        A class of which only methods are left, none of them among the units, would be
        no program; its first method brings its own slice.
        """
        for index in mask_lines(units):
            unit = self.units[index]
            if unit.statement == unit.lines or unit.body & kept:
                continue
            methods = [m for m in mask_lines(present) if self.units[m].shell == index]
            if methods and not any(units >> method & 1 for method in methods):
                return self.complete(units | self.slice_of(methods[0], present), kept, present)
        return units

    def present(self, kept: int) -> int:
        """Mask of the units of which a state keeps anything."""
        return sum(1 << index for index, unit in enumerate(self.units) if unit.lines & kept)

    def slice_of(self, unit: int, present: int) -> int:
        """Mask of the units that a verdict on a unit depends on, itself included."""
        full = self._full[unit]
        return full if full & ~present == 0 else self._closure(unit, present)

    def slices_of(self, units: int, present: int) -> int:
        """Mask of the units that verdicts on some units depend on, themselves included."""
        found = 0
        for unit in mask_lines(units):
            found |= self.slice_of(unit, present)
        return found

    def with_companions(self, units: Iterable[int], present: int) -> tuple[int, int]:
        """Some units and those that share a doubtful name with them.

        A name that is used above everything that binds it, or that is bound in a branch
        only, is reported at its first use and at no other, so that all of its users must
        be looked at together.

        Returns:
            Mask of all of these units, and of those on which a verdict depends on uses
            that are not in their slices.
        """
        found = early = 0
        for unit in units:
            found |= 1 << unit
            for name in self.units[unit].words & self._binders.keys():
                used, bound = self._top_users[name] & present, self._binders[name] & present
                if used and bound and (used & -used) < (bound & -bound):
                    early |= self._users[name] & present
                elif name in self._risky:
                    found |= self._users[name] & present
        return found | early, early

    def users_of(self, name: str) -> int:
        """Mask of the units that mention a name."""
        return self._users.get(name, 0)

    def lines_of(self, units: int) -> int:
        """Mask of the lines of some units."""
        return self._merge(units)[0]

    def _merge(self, units: int) -> tuple[int, int, tuple[int, ...]]:
        """Of some units: all lines, the lines seen by others, the bodies seen by others."""
        found = self._merged.get(units)
        if found is None:
            lines = seen = 0
            bodies: list[int] = []
            for index in mask_lines(units):
                unit = self.units[index]
                lines |= unit.lines
                seen |= unit.lines if self._is_all_seen(unit) else unit.seen
                if unit.is_empty_without:
                    bodies.append(unit.is_empty_without)
            found = self._merged[units] = (lines, seen, tuple(bodies))
        return found

    def _is_all_seen(self, unit: Unit) -> bool:
        """Whether more than the parts of a unit that others can see matters to them."""
        return self._hides_an_end or not unit.words.isdisjoint(self._risky)

    def _find_binders(self) -> None:
        for index, unit in enumerate(self.units):
            for name in unit.binds:
                self._binders[name] |= 1 << index
            for name in unit.words:
                self._users[name] |= 1 << index
                if not isinstance(unit.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    self._top_users[name] |= 1 << index

    def _find_risky(self) -> frozenset[str]:
        """Names that several units mention and that may not be bound: see `with_companions`."""
        names = {name for unit in self.units for name in maybe_bound(unit, self._text)}
        return frozenset(name for name in names if self._users[name].bit_count() > 1)

    def _direct(self) -> list[int]:
        """For each unit the units that it depends on directly, itself included."""
        always = sum(unit.binds_all << index for index, unit in enumerate(self.units))
        needs: list[int] = []
        for index, unit in enumerate(self.units):
            found = always | 1 << index
            for name in unit.words & self._binders.keys():
                found |= self._binders[name]
            for name in unit.deletes | (unit.words & self._risky):
                found |= self._users[name]
            for other in mask_lines(found):  # a method never comes without its class
                if (shell := self.units[other].shell) is not None:
                    found |= 1 << shell
            needs.append(found)
        return needs

    def _closure(self, unit: int, present: int) -> int:
        found = frontier = 1 << unit
        while frontier:
            reached = 0
            for index in mask_lines(frontier):
                reached |= self._needs[index]
            frontier = reached & present & ~found
            found |= frontier
        return found
