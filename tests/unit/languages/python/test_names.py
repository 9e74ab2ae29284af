"""Bindings and uses, and which of them see each other."""

from __future__ import annotations

import ast

import pytest

from lintseq_datasets.edits.program import mask_lines
from lintseq_datasets.languages.python.names import ProgramNames, bound_by, read_names

EXAMPLE = """\
x = 1
class A:
    y = x
    def f(self):
        return x, y
"""


def names_of(text: str) -> ProgramNames:
    return read_names(ast.parse(text))


def bound_for_uses(text: str) -> dict[tuple[str, int], list[int]]:
    """For each use (name, line) the lines that bind the name for it. Lines are 0-based."""
    names = names_of(text)
    return {
        (name, line): mask_lines(names.bound_for(name, seen))
        for (name, seen), uses in names.uses.items()
        for use in uses
        for line in mask_lines(use.line)
    }


def test_the_example_of_the_module() -> None:
    assert bound_for_uses(EXAMPLE) == {("x", 2): [0], ("x", 4): [0], ("y", 4): []}
    names = names_of(EXAMPLE)
    found = {key: mask_lines(lines) for key, lines in names.bindings.items()}
    assert found == {
        ("x", 0): [0], ("A", 0): [1], ("y", 1): [2], ("f", 1): [3], ("self", 2): [3],
    }  # fmt: skip
    assert names.around == ((), (0,), (0,))


SEEN = {
    "a function in a function sees both": (
        "def f(a):\n    def g(b):\n        return a, b", {("a", 2): [0], ("b", 2): [1]},
    ),
    "defaults are read outside": (
        "a = 1\ndef f(a=a): pass\ng = lambda a=a: 1", {("a", 1): [0], ("a", 2): [0]},
    ),
    "a comprehension is a part of what is around": (
        "b = []\n[a for a in b]\na", {("a", 1): [1], ("b", 1): [0], ("a", 2): [1]},
    ),
    "a declared name is bound for all": (
        "def f():\n    global a\n    a = 1\na", {("a", 3): [1, 2]},
    ),
    "a header is bound without its block": (
        "for a in []:\n    pass\n@d\ndef f(\n    b,\n):\n    return b\na, f",
        {("d", 2): [], ("b", 6): [4], ("a", 7): [0], ("f", 7): [3, 4, 5]},
    ),
    "tolerant uses are left out": (
        "try:\n    a\nexcept NameError:\n    b\nwith suppress(c):\n    d", {},
    ),
    "what is tolerant ends": (
        "with suppress(a):\n    b\nwith d:\n    c", {("d", 2): [], ("c", 3): []},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEEN)
def test_what_uses_see(name: str) -> None:
    text, expected = SEEN[name]
    assert bound_for_uses(text) == expected


def test_a_use_has_the_lines_of_its_statement() -> None:
    ((use,),) = names_of("y = [\n    x,\n]").uses.values()
    assert (mask_lines(use.line), mask_lines(use.statement)) == ([1], [0, 1, 2])


def test_attributes_and_stars() -> None:
    names = names_of("from a import *\nself.b = self.c\ndel d.e\nf.b += 1")
    assert mask_lines(names.stars) == [0]
    assert {name: mask_lines(lines) for name, lines in names.attributes.items()} == {
        "b": [1, 3], "e": [2],
    }  # fmt: skip


BOUND = {
    "a": set(), "a = b": {"a"}, "a, *b = c": {"a", "b"}, "a[b] = c.d = 1": set(), "del a": {"a"},
    "a += 1": {"a"}, "a: b = 1": {"a"}, "(a := b)": {"a"}, "[a for b in c]": {"b"},
    "import a.b, c.d as e": {"a", "e"}, "from a import b as c, d": {"c", "d"},
    "from a import *": {"*"}, "def f(a, *b, c=d, **e): g": {"f", "a", "b", "c", "e"},
    "async def f(): a": {"f"}, "class A(b, c=d): pass": {"A"}, "lambda a: b": {"a"},
    "with a as b: pass": {"b"}, "for a in b: pass": {"a"}, "global a, b": {"a", "b"},
    "def f():\n nonlocal a": {"f", "a"}, "try: pass\nexcept A as b: pass": {"b"},
    "try: pass\nexcept A: pass": set(),
    "match a:\n case [b, *c]: pass\n case {'d': e, **f}: pass": {"b", "c", "e", "f"},
    "match a:\n case A(g=h) as i: pass\n case _: pass": {"h", "i"},
}  # fmt: skip


@pytest.mark.parametrize("text", BOUND)
def test_what_nodes_bind_by_themselves(text: str) -> None:
    assert {name for node in ast.walk(ast.parse(text)) for name in bound_by(node)} == BOUND[text]
