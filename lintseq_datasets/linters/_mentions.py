"""Which lines of a program look up and bind which names, and where a name leads."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Sequence

from lintseq_datasets.linters._parts import FUNCTIONS, WORD, walk
from lintseq_datasets.linters._shallow import shallow_names
from lintseq_datasets.linters._units import Unit, maybe_bound
from lintseq_datasets.program import mask_lines


class Mentions:
    """The names on the lines of a program. Masks are over 0-based lines or over units.

    Args:
        units: The units of the program.
        lines: Its lines, without prose.
    """

    def __init__(self, units: Sequence[Unit], lines: Sequence[str]) -> None:
        self._units = units
        self._lines = lines
        self.unit_of_line = {
            line: index for index, unit in enumerate(units) for line in mask_lines(unit.lines)
        }
        self._uses: dict[str, int] = defaultdict(int)  # name -> lines that look it up
        self._top_uses: dict[str, int] = defaultdict(int)  # the same outside of bodies
        self._bindings: dict[str, int] = defaultdict(int)  # name -> lines that may bind it
        self._words = {line: frozenset(WORD.findall(lines[line])) for line in self.unit_of_line}
        for unit in units:
            self._read(unit)
        self.uncertain = frozenset(name for unit in units for name in maybe_bound(unit))
        """Names that some unit binds for others, but not for certain."""
        self._surely = _surely_bound(units)
        self.risky = frozenset(
            name for name in self.uncertain if self.units_of(self._uses[name]).bit_count() > 1
        )
        """Names that several units use and that may not be bound."""
        self.early = self._find_early()
        self.leads = dict(self._bindings)
        """For each name the lines that a verdict on a line with it may depend on."""
        for name in self.risky:
            self.leads[name] = self.leads.get(name, 0) | self._uses[name]
        self.names = {
            line: words & units[self.unit_of_line[line]].uses & self.leads.keys()
            for line, words in self._words.items()
        }
        """For each line the names that lead anywhere."""

    @property
    def words(self) -> frozenset[str]:
        """Everything on any line that looks like an identifier."""
        return frozenset[str]().union(*self._words.values())

    def words_of(self, lines: int) -> set[str]:
        """Everything on some lines that looks like an identifier."""
        return set[str]().union(*[self._words[line] for line in mask_lines(lines)])

    def is_surely_bound(self, name: str, unit: int, kept: int, *, above: bool) -> bool:
        """Whether other units bind a name for certain in a state.

        Args:
            name: A name that no unit deletes or declares.
            unit: Index of the unit that uses it.
            kept: The state.
            above: Whether it must be bound above the unit.
        """
        lines = self._units[unit].lines
        kept &= ((lines & -lines) - 1) if above else ~lines
        return bool(self._surely.get(name, 0) & kept)

    def units_of(self, lines: int) -> int:
        """Mask of the units that some lines belong to."""
        found = 0
        while lines:
            index = self.unit_of_line[(lines & -lines).bit_length() - 1]
            lines &= ~self._units[index].lines
            found |= 1 << index
        return found

    def users_of(self, name: str, kept: int) -> int:
        """Mask of the units that use a name in a state."""
        return self.units_of(self._uses.get(name, 0) & kept)

    def deleted_by(self, unit: int) -> int:
        """Mask of the lines that look up what a unit deletes."""
        lines = 0
        for name in self._units[unit].deletes:
            lines |= self._uses[name]
        return lines

    def with_companions(self, units: Iterable[int], kept: int) -> tuple[int, int]:
        """Some units and those that share a doubtful name with them.

        A name that is used above everything that binds it, or that is bound in a branch
        only, is reported at its first use and at no other, so that all of its users must
        be looked at together.

        Returns:
            Mask of all of these units, and of those on which a verdict depends on uses
            that are not in their slices.
        """
        found = early = 0
        for index in units:
            found |= 1 << index
            own = self._units[index].lines & kept
            for name in sorted(self.early[index]):
                if self._uses[name] & own and self._is_early(name, kept):
                    early |= self.users_of(name, kept)
            for name in self._units[index].names & self.risky:
                if self._uses[name] & own:
                    found |= self.users_of(name, kept)
        return found | early, early

    def deep_names(
        self, nodes: Iterable[ast.AST], opaque: frozenset[str], functions: frozenset[str]
    ) -> dict[int, frozenset[str]]:
        """For each line those of its names of which more matters than what binds them.

        Args:
            nodes: All nodes of the program, level by level.
            opaque: Names, and no attributes, of whose values nothing is known.
            functions: Names that are functions for certain, and come back when they are called.
        """
        if any(unit.binds_all for unit in self._units) or "print" in self._bindings:
            return self.names
        uncertain = self.uncertain.union(*(unit.deletes for unit in self._units))
        opaque -= uncertain
        shallow = shallow_names(nodes, self._lines, opaque, functions - uncertain)
        nothing: set[str] = set()
        return {
            line: names - opaque - (shallow.get(line, nothing) - uncertain)
            for line, names in self.names.items()
        }

    def _read(self, unit: Unit) -> None:
        is_function = isinstance(unit.node, FUNCTIONS)
        for line in mask_lines(unit.lines):
            for name in self._words[line] & unit.names:
                self._uses[name] |= 1 << line
                if not is_function or unit.header >> line & 1:
                    self._top_uses[name] |= 1 << line
            for name in self._words[line] & unit.binds:
                self._bindings[name] |= 1 << line
        if isinstance(unit.node, FUNCTIONS):
            self._bindings[unit.node.name] |= unit.header

    def _find_early(self) -> list[frozenset[str]]:
        """For each unit the names that it uses and that may be used above all bindings."""
        names = {
            name
            for name, bound in self._bindings.items()
            if (used := self.units_of(self._top_uses.get(name, 0)))
            and (used & -used).bit_length() < self.units_of(bound).bit_length()
        }
        return [unit.names & names for unit in self._units]

    def _is_early(self, name: str, kept: int) -> bool:
        used, bound = self._top_uses[name] & kept, self._bindings[name] & kept
        if not used or not bound or used & -used >= bound & -bound:
            return False
        return self.units_of(used & -used) != self.units_of(bound & -bound)


def _surely_bound(units: Sequence[Unit]) -> dict[str, int]:
    """For each name the lines at top level that bind it whatever happens."""
    found: dict[str, int] = defaultdict(int)
    for unit in units:
        node = unit.node
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and unit.shell is None:
            found[node.name] |= 1 << (node.lineno - 1)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                found[(alias.asname or alias.name).split(".")[0]] |= 1 << (alias.lineno - 1)
        elif isinstance(node, ast.Assign):
            names = [child for child in walk(node) if isinstance(child, ast.Name)]
            read = {name.id for name in names if isinstance(name.ctx, ast.Load)}
            for name in names:
                if name.id not in read:
                    found[name.id] |= 1 << (name.lineno - 1)
    return found
