"""How values flow through a unit."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable

import pytest

from lintseq_datasets.linters._flow import Flow
from lintseq_datasets.linters._looks import Looks, find_sources, opaque_names
from lintseq_datasets.linters._parts import collect_parts, walk
from lintseq_datasets.program import mask_lines


def untouched(
    text: str, *, gone: Iterable[int] = (), changed: Iterable[str] = (), looks: bool = True
) -> list[int]:
    """1-based lines on which nothing that is inferred changes."""
    tree = ast.parse(text)
    sources = find_sources(walk(tree), lambda name: name in sys.stdlib_module_names)
    parts = collect_parts(tree.body, text.split("\n"))
    flow = Flow(parts, Looks(sources, opaque_names(sources), set()).of if looks else None)
    going = sum(1 << (line - 1) for line in gone)
    whole = (1 << len(text.split("\n"))) - 1
    lines, _ = flow.untouched(going, whole & ~going, set(changed), lambda names: None)
    return [line + 1 for line in mask_lines(lines)]


@pytest.mark.parametrize(
    ("text", "gone", "left"),
    [
        ("a = 1\nb = a\nb.c", [1], []),
        ("a = 1\nb = a\nprint(b)", [1], [2, 3]),
        ("a = 1\nb = d.a\nb.c", [1], []),
        ("a = 1\nif a:\n    b.c\n    d = 2\ne.f", [1], [2, 4, 5]),
        ("a = 1\nwhile a:\n    b.c\n    d = 2\ne.f", [1], [2, 3, 4, 5]),
        ("a = 1\nif x == a:\n    y = x\ny.z", [1], [2]),
        # where something is looked at, so is what it takes its names from
        ("a = 1\nb = 2\nc = b\nd = 3\na.e(c)", [1], [4]),
        ("x.a = 1\ny.a\ny.b", [1], [3]),
        # a handler guards what is tried, an import is always looked at
        ("try:\n    a.b\nexcept C:\n    d\nexcept E:\n    f", [3, 4], []),
        ("try:\n    a.b\nexcept C:\n    d", [1, 2, 3, 4], []),
        ("import a\nb = 1", [], [2]),
        # a header that goes, what tells the kind of a function
        ("if a:\n    b = 1\nelse:\n    c = 1", [1, 2], []),
        ("a = yield\nb = 1", [1], []),
        ("global a\nb = 1", [1], []),
        ("exit()\nb = 1", [1], [2]),
        # parts that share a line
        ("a = 1\nfor b in a.c: print(1)\nd = 1; a.e; f = 2\ng = 3", [1], [4]),
        # elements of a display
        ("a = [\n    1,\n    2,\n]\nprint(a)", [2], [1, 3, 4, 5]),
        ("a = f(\n    1,\n    2,\n)\na.b", [2], []),
    ],
)
def test_untouched(text: str, gone: list[int], left: list[int]) -> None:
    assert untouched(text, gone=gone) == left


def test_names_from_outside() -> None:
    text = "a = x\nb = a + 1\nprint(b)\nd.e"
    assert untouched(text, changed=["x"]) == [1, 2, 3, 4]
    assert untouched(text, changed=["x"], looks=False) == [4]
    assert untouched(text, changed=["f()"]) == [1, 2, 3, 4]


def test_the_result_of_a_function() -> None:
    text = "a = f(1)\nf(2)\nf(3).b"
    assert untouched(text, changed=["f()"]) == []
    tree = ast.parse(text)
    parts = collect_parts(tree.body, text.split("\n"))
    flow = Flow(parts, Looks(find_sources(walk(tree), lambda _: True), set(), {"f"}).of)
    lines, names = flow.untouched(0, 0b111, {"f()"}, lambda names: None)
    assert lines == 0b010  # it is called in the same way
    assert names == {"f()", "a"}


def test_a_header_stays_unless_the_name_means_something_else() -> None:
    text = "def f(a=b):\n    self.c = 1\n    return 2"
    (function,) = ast.parse(text).body
    assert isinstance(function, ast.FunctionDef)
    parts = collect_parts(function.body, text.split("\n"))
    flow = Flow(parts, None, function="f", header=1, header_names=frozenset("b"))

    def lines(gone: int, *changed: str) -> int:
        return flow.untouched(gone, 0b111 & ~gone, set(changed), lambda names: None)[0]

    assert lines(0b100) == 0b011
    assert lines(0, "f") == 0b110
    assert lines(0, "b") == 0
    assert lines(0b001) == 0


def test_given() -> None:
    text = "while a:\n    b = c\n    d = b\n    e = 1\n    if b:\n        g = 2"
    flow = Flow(collect_parts(ast.parse(text).body, text.split("\n")), None)
    assert flow.given({"c"}, -1) == {"b", "d", "g"}
    assert flow.given({"c"}, -1 & ~0b10) == set()
    assert flow.given({"e"}, -1) == set()
