"""Which parts of a program a verdict on one part can depend on.

A program is cut into *units*: its top-level statements, and of a class every plain
method by itself. In a program state a unit depends on the units that bind a name or an
attribute which its lines mention in any way, these on others, and so on: that is its
*slice*. What a linter says about a unit is the same in every program state in which the
unit and its slice are the same.

What a line mentions and what it binds is read off the whole program, where too much is
mentioned and too much is bound rather than too little. It holds for states that are
closed under `Structure.takes`: there every line that is kept keeps its meaning.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from lintseq_datasets.linters._looks import find_sources, opaque_names
from lintseq_datasets.linters._mentions import Mentions
from lintseq_datasets.linters._parts import (
    DEFINITIONS,
    FUNCTIONS,
    Part,
    collect_parts,
    declares_names,
    find_words,
    walk,
)
from lintseq_datasets.linters._reach import Reach
from lintseq_datasets.linters._shallow import plain_functions
from lintseq_datasets.linters._units import BLOCKS, Unit, extent, find_units
from lintseq_datasets.linters._unseen import Unseen, hides_an_end
from lintseq_datasets.program import mask_lines

_SUSPICIOUS = re.compile("[\x00\x08\x1a\x1b\u2000-\u20ff]|^[ \t\f]*#.*coding[:=]", re.MULTILINE)

Key: TypeAlias = tuple[int, int, int, int]
"""What a verdict on some lines of a unit depends on beside these lines: the unit, and masks of
lines of others: those that matter, those that bind what it mentions, and the first lines of
such bodies of functions as are not empty."""
_NEVER_ASKED = {
    "__repr__", "__str__", "__format__", "__bytes__", "__eq__", "__ne__", "__lt__", "__le__",
    "__gt__", "__ge__", "__del__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__",
    "__copy__", "__deepcopy__", "__sizeof__", "__dir__",
}  # fmt: skip
"""Methods that no check of others asks for, unless they are named."""


def changed_lines(key: Key, other: Key) -> int:
    """Mask of the lines that are in one key and not in the other."""
    return (key[1] ^ other[1]) | (key[2] ^ other[2]) | (key[3] ^ other[3])


def is_suspicious(text: str) -> bool:
    """Whether a text holds what pylint looks for in bytes: odd characters, an encoding."""
    return _SUSPICIOUS.search(text) is not None


def _unruly_names(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Names that no rule tells whether they are bound.

    They are deleted somewhere, declared to be those of another scope, or bound in the body
    of a class, where lookups go two ways.
    """
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del):
            found.add(node.id)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            found.update(node.names)
        elif isinstance(node, ast.ClassDef):
            for statement in node.body:
                if isinstance(statement, DEFINITIONS):
                    found.add(statement.name)
                else:
                    found |= find_sources(walk(statement), lambda _: True).of.keys()
    return frozenset(found)


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
        self.mentions = mentions = Mentions(self.units, lines)
        self.unit_of_line = mentions.unit_of_line
        self._always = [index for index, unit in enumerate(self.units) if unit.binds_all]
        nodes = walk(tree)
        self.sources = find_sources(nodes, may_resolve)
        self.unruly = _unruly_names(nodes)
        self.hides_an_end = hides_an_end(nodes, mentions.words)
        self.opaque = opaque_names(self.sources)
        self.functions = plain_functions(self.units, self.sources)
        opaque = self.opaque - self.sources.attributes
        functions = frozenset[str]() if self.hides_an_end else self.functions
        self._names = (mentions.names, mentions.deep_names(nodes, opaque, functions))
        # for all names and for deep ones: of each unit, own lines -> lines led to
        self._led: tuple[list[dict[int, int]], ...] = (
            [{} for _ in self.units],
            [{} for _ in self.units],
        )
        self._ever_led: tuple[dict[int, int], ...] = ({}, {})
        self._reach = self._reached()
        # of each unit: own lines -> (lines that matter in any state, those kept -> key)
        self._keys: list[dict[int, tuple[int, int, dict[int, Key]]]] = [{} for _ in self.units]
        self._merged: dict[int, tuple[int, tuple[int, ...]]] = {}
        self._unseen: dict[int, Unseen | None] = {}

    # --- slices ----------------------------------------------------------------------

    def present(self, kept: int) -> list[tuple[int, int]]:
        """Index and kept lines of each unit of which a state keeps anything."""
        return [(index, own) for index, unit in enumerate(self.units) if (own := unit.lines & kept)]

    def key(self, unit: int, own: int, kept: int) -> Key:
        """What a verdict on a unit depends on in a state, beside its own kept lines.

        Args:
            unit: Index of the unit.
            own: Its kept lines.
            kept: The state; it may differ from ``own`` in the lines of the unit.
        """
        known = self._keys[unit].get(own)
        if known is None:
            others = ~self.units[unit].lines
            led = self._led_to(unit, own, deep=True)
            bindings = self._led_to(unit, own) & ~led
            matter = self._reachable(led, deep=True)
            known = self._keys[unit][own] = (
                (self.lines_of(matter) | bindings) & others,
                bindings,
                {},
            )
        matter, bindings, keys = known
        kept &= matter
        key = keys.get(kept)
        if key is None:
            slice_ = self.slices_of([unit], own | kept, deep=True)
            seen, bodies = self._seen_of(slice_ & ~(1 << unit))
            present = sum(body & -body for body in bodies if body & kept)
            key = keys[kept] = (unit, seen & kept & self._reach[unit], bindings & kept, present)
        return key

    def slices_of(self, units: Iterable[int], kept: int, *, deep: bool = False) -> int:
        """Mask of the units that verdicts on some units depend on, themselves included.

        Args:
            units: Indices of units.
            kept: A state.
            deep: Whether to follow only names of which more matters than the binding.
        """
        pending = [*units, *self._always]
        found = sum(1 << index for index in set(pending))
        while pending:
            index = pending.pop()
            led = self._led_to(index, kept, deep=deep) & kept
            new = self.mentions.units_of(led) & ~found
            found |= new
            pending += mask_lines(new)
        return found

    def complete(self, units: int, kept: int) -> int:
        """Add units until no class is without a body.

        A class of which only methods are left, none of them among the units, would be
        no program; its first method brings its own slice.
        """
        for index in mask_lines(units):
            unit = self.units[index]
            if unit.statement == unit.lines or unit.body & kept:
                continue
            methods = [m for m, _ in self.present(kept) if self.units[m].shell == index]
            if methods and not any(units >> method & 1 for method in methods):
                return self.complete(units | self.slices_of(methods[:1], kept), kept)
        return units

    def lines_of(self, units: int) -> int:
        """Mask of the lines of some units."""
        lines = 0
        for index in mask_lines(units):
            lines |= self.units[index].lines
        return lines

    def _reachable(self, lines: int, *, deep: bool) -> int:
        """Mask of the units that a verdict may depend on in any state if it does on some lines."""
        found = 0
        pending = mask_lines(self.mentions.units_of(lines)) + self._always
        while pending:
            index = pending.pop()
            if not found >> index & 1:
                found |= 1 << index
                pending += mask_lines(self.mentions.units_of(self._ever_led_to(index, deep=deep)))
        return found

    def _ever_led_to(self, index: int, *, deep: bool) -> int:
        """Mask of the lines that the lines of a unit can lead to.

        A name that the unit binds for itself is that of others where the binding is gone.
        """
        lines = self._ever_led[deep].get(index)
        if lines is None:
            lines = self._led_anyway(index)
            names_of = self._names[deep]
            own = mask_lines(self.units[index].lines)
            for name in set[str]().union(*[names_of[line] for line in own]):
                lines |= self.mentions.leads[name]
            self._ever_led[deep][index] = lines
        return lines

    def _led_anyway(self, index: int) -> int:
        """Mask of the lines that a unit leads to whatever is kept of it."""
        shell = self.units[index].shell
        return self.mentions.deleted_by(index) | (0 if shell is None else self.units[shell].lines)

    def _led_to(self, index: int, kept: int, *, deep: bool = False) -> int:
        """Mask of the lines of other units that the kept lines of a unit lead to."""
        unit = self.units[index]
        own = unit.lines & kept
        led = self._led[deep][index]
        lines = led.get(own)
        if lines is None:
            names_of = self._names[deep]
            lines = self._led_anyway(index)
            for name in set[str]().union(*[names_of[line] for line in mask_lines(own)]):
                if name not in unit.local or not unit.local[name].is_bound(own):
                    lines |= self.mentions.leads[name]
            lines = led[own] = lines & ~unit.lines
        return lines

    def _seen_of(self, units: int) -> tuple[int, tuple[int, ...]]:
        """Of some units: the lines seen by others, the bodies seen by others."""
        found = self._merged.get(units)
        if found is None:
            seen = 0
            bodies: list[int] = []
            for index in mask_lines(units):
                unit = self.units[index]
                seen |= (unit.lines if self._is_all_seen(unit) else unit.seen) & ~unit.docs
                if unit.is_empty_without:
                    bodies.append(unit.is_empty_without)
            found = self._merged[units] = (seen, tuple(bodies))
        return found

    def _is_all_seen(self, unit: Unit) -> bool:
        """Whether more than the parts of a unit that others can see matters to them."""
        return self.hides_an_end or not unit.names.isdisjoint(self.mentions.risky)

    # --- parts of units --------------------------------------------------------------

    def unseen(self, unit: int) -> Unseen | None:
        """What can go from a unit unseen; None if nothing can."""
        if unit not in self._unseen:
            self._unseen[unit] = None if self.hides_an_end else self._make_unseen(unit)
        return self._unseen[unit]

    def _make_unseen(self, index: int) -> Unseen | None:
        unit, node = self.units[index], self.units[index].node
        if isinstance(node, FUNCTIONS):
            if declares_names(node):
                return None
            called = {word for part in unit.parts for word in part.words}
            reachable = self._reachable(self._ever_led_to(index, deep=False), deep=False)
            for other in mask_lines(reachable & ~(1 << index)):
                called |= self.units[other].words
            is_called = node.name in called
            return Unseen(
                unit.parts, node.name, is_called=is_called, others=frozenset(), header=unit.header
            )
        if isinstance(node, BLOCKS):
            words = (unit.words for other, unit in enumerate(self.units) if other != index)
            others = frozenset[str]().union(*words)
            return Unseen(unit.parts, None, is_called=False, others=others)
        return None

    def parts(self, unit: int) -> Sequence[Part]:
        """The parts of a unit."""
        return self.units[unit].parts or collect_parts([self.units[unit].node], self._text)

    def words_on(self, lines: int) -> frozenset[str]:
        """Everything on some lines that looks like an identifier, also in strings."""
        return find_words(self._text, lines)

    def _reached(self) -> list[int]:
        """For each unit the lines of others that a verdict on it can reach."""
        if not any(isinstance(unit.node, ast.ClassDef) for unit in self.units):
            return [-1] * len(self.units)
        reach = Reach(self._text)
        numbers = [self._add_to(reach, unit) for unit in self.units]
        always = [numbers[index] for index in self._always]
        found: list[int] = []
        for unit in self.units:
            start = always if unit.shell is None else [*always, numbers[unit.shell]]
            is_all = bool(unit.deletes) or self._is_all_seen(unit)
            found.append(-1 if is_all else reach.reached(unit.uses, start))
        return found

    def _add_to(self, reach: Reach, unit: Unit) -> int:
        if isinstance(unit.node, FUNCTIONS):
            return reach.add_function(unit.node)
        if not isinstance(unit.node, ast.ClassDef):
            return reach.add_statement(unit.lines, unit.uses, unit.binds)
        left, methods = unit.lines, []
        for node in unit.node.body:
            start, stop = extent(node)
            mask = (1 << stop) - (1 << start)
            if isinstance(node, FUNCTIONS) and not mask & ~left:
                number = reach.add_function(node)
                if node.decorator_list or node.name not in _NEVER_ASKED:
                    methods.append(number)
                left &= ~mask
        return reach.add_statement(left, find_words(self._text, left), unit.binds, methods)
