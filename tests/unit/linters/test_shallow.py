"""Names of which a verdict needs no more than whether they are bound."""

from __future__ import annotations

import ast
import sys

import pytest

from lintseq_datasets.linters._looks import find_sources
from lintseq_datasets.linters._parts import walk
from lintseq_datasets.linters._shallow import plain_functions, shallow_names
from lintseq_datasets.linters._units import Unit, find_units


def may_resolve(module: str) -> bool:
    return module in sys.stdlib_module_names


def units(text: str) -> list[Unit]:
    return list(find_units(ast.parse(text), text.split("\n"), may_resolve))


@pytest.mark.parametrize(
    ("text", "functions"),
    [
        ("def f(): pass", {"f"}),
        ("@a\ndef f(): pass", set()),
        ("def f(): pass\nf = 1", set()),
        ("def f(): pass\ndef f(): pass", set()),
        ("def f(): pass\nx.f = 1", set()),
        ("class A:\n    def f(self): pass", set()),
        ("def f(): pass\ndef g(f): pass", {"g"}),
    ],
)
def test_plain_functions(text: str, functions: set[str]) -> None:
    sources = find_sources(walk(ast.parse(text)), may_resolve)
    assert plain_functions(units(text), sources) == functions


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("print(x, sep=y)", {"x", "y"}),
        ("print((x, [y]))", {"x", "y"}),
        ("print(f'{x} of {y.z}')", {"x"}),
        ("print(f'{x:>{y}}')", set()),
        ("print(x.y)", set()),
        ("print(x, x.y)", set()),
        ("print(x, 'x')", set()),
        ("print(x + 1, -y)", set()),
        ("print(*x)", set()),
        ("print({x: 1}, {y})", set()),
        ("print(f(x))", {"f", "x"}),
        ("f(x, y=f(x))", {"f", "x"}),
        ("z = f(x)", set()),
        ("z = gone.f(x)", {"x"}),
        ("f(x).y", set()),
        ("g(x)", set()),
        ("z = print(x)", {"x"}),
        ("gone.a.b(x, 1)", {"x"}),
        ("x.print(y)", set()),
    ],
)
def test_shallow_names(line: str, names: set[str]) -> None:
    found = shallow_names(walk(ast.parse(line)), [line], {"gone"}, {"f"})
    assert found.get(0, set()) == names
