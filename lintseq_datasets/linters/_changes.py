"""What of a verdict on a unit holds in another state.

Between two states some lines of a unit and of its slice differ. The names that they bind
mean something else then, and so do those that others bind by means of them. Where none
of these is looked at, a linter says the same as before, but for whether names are bound.
"""

from __future__ import annotations

import ast
from collections.abc import Set
from typing import NamedTuple

from lintseq_datasets.linters._bound import Bound
from lintseq_datasets.linters._flow import Flow
from lintseq_datasets.linters._looks import Looks, results, without_results
from lintseq_datasets.linters._parts import FUNCTIONS, WORD, Function, declares_names, walk
from lintseq_datasets.linters._slices import Key, Slices, changed_lines
from lintseq_datasets.linters._units import BLOCKS, SIMPLE, Unit, extent, header_lines
from lintseq_datasets.program import mask_lines

_MAKERS = {
    "__new__", "__getattr__", "__getattribute__", "__setattr__", "__init_subclass__",
    "__class_getitem__", "__call__",
}  # fmt: skip
"""Methods that decide what attributes an instance has."""


class Change(NamedTuple):
    """How the state of a unit differs from one in which there is a verdict on it."""

    unit: int  # index
    own: int  # lines of the unit that are kept
    kept: int  # all lines that are
    gone: int  # lines of the unit that were kept before
    lines: int  # lines of its slice that are in only one of the states
    bodies: int  # the same of the first lines of such bodies as are not empty


class Changes:
    """The names of a program, and what happens to them from state to state.

    Args:
        slices: The slices of the program.
    """

    def __init__(self, slices: Slices) -> None:
        self._slices = slices
        self._functions = frozenset[str]()
        self._looks: Looks | None = None
        if not any(unit.binds_all for unit in slices.units):
            self._functions = slices.functions
            self._looks = Looks(slices.sources, slices.opaque, slices.functions)
        self._header_names = [
            _header_names(unit.node) if isinstance(unit.node, FUNCTIONS) else frozenset[str]()
            for unit in slices.units
        ]
        self._flows: dict[int, Flow | None] = {}
        self._bounds: dict[int, Bound] = {}
        self._makings: dict[int, tuple[int, frozenset[str]] | None] = {}

    def between(self, unit: int, own: int, kept: int, larger: int, keys: tuple[Key, Key]) -> Change:
        """The change to a state.

        Args:
            unit: Index of the unit.
            own: Its kept lines.
            kept: The state.
            larger: Its lines in the other state; holds ``own``.
            keys: What a verdict on ``own`` depends on in both.
        """
        key, other = keys
        return Change(unit, own, kept, larger & ~own, changed_lines(key, other), key[3] ^ other[3])

    def untouched(self, change: Change) -> tuple[int, set[str]]:
        """Mask of the lines of a unit on which only the binding of names may be new.

        Returns:
            The mask, and the names that come to mean something else.
        """
        flow = self._flow(change.unit)
        changing = mask_lines(self._slices.mentions.units_of(change.lines))
        units = self._slices.units
        if flow is None or any(units[index].binds_all for index in changing):
            return 0, set()
        unit = units[change.unit]
        local = {name for name, place in unit.local.items() if place.is_bound(change.own)}
        changed: set[str] = set()
        for index in changing:
            is_body = not (change.lines & units[index].header or change.bodies & units[index].lines)
            changed |= self._given(index) if is_body else units[index].binds
        changed -= local
        making = None if unit.shell is None else self._making(unit.shell)
        if making is not None and change.lines & making[0]:
            changed |= _self_names(unit)

        def spread(names: set[str]) -> None:
            outside = names - local
            self._spread(outside, change)
            names |= outside - local
            if making is not None and not names.isdisjoint(making[1]):
                names |= _self_names(unit)

        return flow.untouched(change.gone, change.own, changed, spread)

    def bound_anew(self, change: Change, names: set[str]) -> set[str] | None:
        """Names of a unit whose binding may be new, if all are bound for certain.

        Args:
            change: The change; nothing but the binding of names may be new.
            names: Names that come to mean something else by it.

        Returns:
            None if there is one of which it is not certain that it is bound before it is used.
        """
        mentions = self._slices.mentions
        bound = self._bound(change.unit)
        doubtful = mentions.uncertain - bound.doubtful
        if bound.may_go_other_ways(without_results(names), change.gone, change.own):
            doubtful |= bound.doubtful
        doubtful |= mentions.risky | mentions.early[change.unit]
        doubtful |= mentions.words_of(change.gone | change.lines)
        header_names = self._header_names[change.unit]
        looked_up = bound.loaded(change.own) | header_names
        affected = looked_up & doubtful & self._slices.sources.of.keys()
        if affected & self._slices.unruly:
            return None
        is_function = isinstance(self._slices.units[change.unit].node, FUNCTIONS)
        above = header_names | mentions.early[change.unit] if is_function else affected
        outside = [(name, True) for name in affected & header_names]
        for name, is_bound in bound.not_bound_above(affected, change.own):
            if is_function and is_bound:
                return None
            outside.append((name, name in above))
        if all(
            mentions.is_surely_bound(name, change.unit, change.kept, above=is_above)
            for name, is_above in outside
        ):
            return affected
        return None

    def _spread(self, names: set[str], change: Change) -> None:
        """Add to some names those that other units bind by means of them in a state."""
        bare = without_results(names)
        others = [
            (index, unit, own)
            for index, unit in enumerate(self._slices.units)
            if index != change.unit and (own := unit.lines & change.kept)
        ]
        while found := [
            given
            for index, unit, own in others
            if not unit.binds <= names
            and _uses(unit, own, bare)
            and not (given := self._given_by(index, own, bare)) <= names
        ]:
            for given in found:
                names |= given
                bare |= without_results(given)

    def _given_by(self, index: int, own: int, changed: set[str]) -> Set[str]:
        """What a unit binds by means of some names, in the lines that stay."""
        unit = self._slices.units[index]
        if isinstance(unit.node, (*BLOCKS, *SIMPLE)) and (flow := self._flow(index)):
            return flow.given(changed, own)
        return unit.binds if changed & self._header_names[index] else self._given(index)

    def _given(self, index: int) -> Set[str]:
        """What means something else outside of a unit if the body of a function does."""
        unit = self._slices.units[index]
        if isinstance(unit.node, FUNCTIONS) and unit.node.name in self._functions:
            return (unit.binds - {unit.node.name}) | results([unit.node.name])
        return unit.binds

    def _flow(self, index: int) -> Flow | None:
        if index not in self._flows:
            self._flows[index] = self._make_flow(index)
        return self._flows[index]

    def _make_flow(self, index: int) -> Flow | None:
        unit, node = self._slices.units[index], self._slices.units[index].node
        if self._slices.hides_an_end:
            return None
        looks = None if self._looks is None else self._looks.of
        if isinstance(node, FUNCTIONS):
            if declares_names(node):
                return None
            return Flow(
                unit.parts,
                None if node.name.startswith("__") else looks,
                function=node.name,
                is_plain=node.name in self._functions,
                header=unit.header,
                header_names=self._header_names[index],
            )
        if isinstance(node, (*BLOCKS, *SIMPLE)):
            return Flow(self._slices.parts(index), looks)
        return None

    def _bound(self, index: int) -> Bound:
        if index not in self._bounds:
            node = self._slices.units[index].node
            parameters = _parameters(node) if isinstance(node, FUNCTIONS) else {}
            self._bounds[index] = Bound(self._slices.parts(index), parameters)
        return self._bounds[index]

    def _making(self, shell: int) -> tuple[int, frozenset[str]] | None:
        if shell not in self._makings:
            node = self._slices.units[shell].node
            making = None
            if isinstance(node, ast.ClassDef):
                words = self._slices.words_on(header_lines(node)) - {node.name}
                making = _lines_making(node, self._slices.units[shell].lines), words
            self._makings[shell] = making
        return self._makings[shell]


def _uses(unit: Unit, own: int, names: set[str]) -> bool:
    """Whether the kept lines of a unit may use any of some names of others."""
    return any(
        name not in unit.local or not unit.local[name].is_bound(own) for name in unit.uses & names
    )


def _lines_making(node: ast.ClassDef, lines: int) -> int:
    """Mask of what decides what the instances of a class are, beside attributes by their names.

    Args:
        node: The class.
        lines: Its lines without its plain methods.
    """
    for statement in node.body:
        if _only_binds(statement):
            start, stop = extent(statement)
            lines &= ~((1 << stop) - (1 << start))
    return lines


def _only_binds(statement: ast.stmt) -> bool:
    """Whether a statement of a class does no more than give it an attribute."""
    if isinstance(statement, FUNCTIONS):
        return statement.name not in _MAKERS
    if isinstance(statement, ast.Assign):
        return all(
            isinstance(target, ast.Name) and not target.id.startswith("__")
            for target in statement.targets
        )
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _self_names(unit: Unit) -> set[str]:
    """Names by which a method reaches its class without naming it."""
    names = {"super", "__class__"}
    if isinstance(unit.node, FUNCTIONS):
        given = unit.node.args
        names.update(argument.arg for argument in [*given.posonlyargs, *given.args][:1])
    return names


def _header_names(node: Function) -> frozenset[str]:
    """What the header of a function looks up where the function is defined."""
    found: set[str] = set()
    for part in (node.args, *node.decorator_list, *filter(None, [node.returns])):
        for child in walk(part):
            if isinstance(child, ast.Name):
                found.add(child.id)
            elif isinstance(child, ast.Constant) and isinstance(child.value, str):
                found.update(WORD.findall(child.value))
    return frozenset(found)


def _parameters(node: Function) -> dict[str, int]:
    """For each parameter the mask of its line."""
    given = node.args
    found = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    more = [argument for argument in (given.vararg, given.kwarg) if argument is not None]
    return {argument.arg: 1 << (argument.lineno - 1) for argument in found + more}
