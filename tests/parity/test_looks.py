"""No check of pylint asks for a value at which `Looks` says that none looks."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from astroid import nodes
from astroid.nodes.node_ng import NodeNG
from pylint.checkers.variables import VariablesChecker

from benchmarks.rows import EXAMPLES, programs_of
from lintseq_datasets.linters import _pylint_engine as engine
from lintseq_datasets.linters._looks import Looks, find_sources, opaque_names
from lintseq_datasets.linters._parts import DEFINITIONS, FUNCTIONS, collect_parts, walk
from lintseq_datasets.linters._shallow import plain_functions
from lintseq_datasets.linters._units import find_units
from tests.parity.tricky import PROGRAMS


def may_resolve(module: str) -> bool:
    return module in sys.stdlib_module_names


class Follower:
    """Takes down each node whose value a check asks for, with the node that it checks."""

    def __init__(self) -> None:
        self.asked: list[tuple[NodeNG, NodeNG]] = []
        self._checked: NodeNG | None = None
        self._depth = 0
        self._infer = NodeNG.infer

    def infer(self, node: NodeNG, *args: Any, **options: Any) -> Iterator[Any]:
        """`NodeNG.infer`, with what is asked for from outside of it taken down."""
        if self._depth == 0 and self._checked is not None:
            self.asked.append((self._checked, node))
        values = self._inside(lambda: self._infer(node, *args, **options))
        while True:
            try:
                value = self._inside(lambda: next(values))
            except StopIteration:
                return
            yield value

    def choose(self, callbacks: Any, original: Callable[..., Any]) -> Any:
        """The visits of checkers, each of which says what it checks."""
        return tuple(map(self._followed, original(callbacks)))

    def _followed(self, callback: Callable[[NodeNG], None]) -> Callable[[NodeNG], None]:
        if isinstance(getattr(callback, "__self__", None), VariablesChecker):
            return callback  # whether names are bound is another question

        def visit(node: NodeNG) -> None:
            self._checked = node
            try:
                callback(node)
            finally:
                self._checked = None

        return visit

    def _inside(self, call: Callable[[], Any]) -> Any:
        self._depth += 1
        try:
            return call()
        finally:
            self._depth -= 1


def root_name(node: NodeNG) -> str | None:
    while isinstance(node, (nodes.Call, nodes.Attribute, nodes.Subscript)):
        node = (
            node.func if isinstance(node, nodes.Call) else getattr(node, "expr", None) or node.value
        )
    return node.name if isinstance(node, nodes.Name) else None


def unforeseen(text: str, asked: list[tuple[NodeNG, NodeNG]]) -> tuple[int, list[str]]:
    """How many of the questions are about names of a part, and those that were not expected."""
    tree, lines = ast.parse(text), text.split("\n")
    units = list(find_units(tree, lines, may_resolve))
    if any(unit.binds_all for unit in units):
        return 0, []
    sources = find_sources(walk(tree), may_resolve)
    opaque = opaque_names(sources)
    looks = Looks(sources, opaque, plain_functions(units, sources))
    parts: dict[int, list[tuple[int, frozenset[str]]]] = {}  # of each line: (lines, words)
    for unit in units:
        found = unit.parts
        if not found and not isinstance(unit.node, (*FUNCTIONS, *DEFINITIONS)):
            found = collect_parts([unit.node], lines)
        for part in found:
            words = looks.of(part.node).words
            for line in range(part.lines.bit_length()):
                if part.lines >> line & 1:
                    parts.setdefault(line + 1, []).append((part.lines, words))
    count, bad = 0, []
    for checked, node in asked:
        names = {name.name for name in node.nodes_of_class(nodes.Name)} - opaque - looks.takers
        here, there = parts.get(node.lineno, []), parts.get(checked.lineno, [])
        if (
            not names
            or root_name(node) in opaque
            or not {at for at, _ in here} & {at for at, _ in there}
        ):
            continue  # of another statement: values flow from there by names
        count += 1
        if not names <= frozenset[str]().union(*[words for _, words in here]):
            bad.append(
                f"{type(node).__name__} {node.as_string()} in {node.statement().as_string()}"
            )
    return count, bad


@pytest.mark.slow
def test_no_check_looks_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    follower = Follower()
    original = engine._Events._choose
    monkeypatch.setattr(
        engine._Events,
        "_choose",
        lambda events, callbacks: follower.choose(callbacks, lambda c: original(events, c)),
    )
    # a function, not a bound method, so that it becomes a method of nodes
    monkeypatch.setattr(NodeNG, "infer", lambda node, *a, **o: follower.infer(node, *a, **o))  # noqa: PLW0108
    linter = engine.Engine(lambda message: message.startswith(("E", "F", "W0231", "W0311")))
    total = 0
    for text in [*PROGRAMS.values(), *programs_of(EXAMPLES)]:
        follower.asked.clear()
        linter.lint(ast.parse(text), text)
        asked = [pair for pair in follower.asked if pair[1].root().name == engine.MODULE_NAME]
        count, bad = unforeseen(text, asked)
        total += count
        assert not bad, f"{bad}\n{text}"
    assert total > 500
