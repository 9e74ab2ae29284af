"""At which values the checks of a linter look."""

from __future__ import annotations

import ast
import sys

import pytest

from lintseq_datasets.linters._looks import Looks, find_sources, opaque_names
from lintseq_datasets.linters._parts import walk
from lintseq_datasets.program import mask_lines


def may_resolve(module: str) -> bool:
    return module in sys.stdlib_module_names


@pytest.mark.parametrize(
    ("text", "opaque"),
    [
        ("import gone", {"gone"}),
        ("import os", set()),
        ("import gone.sub as g", {"g"}),
        ("import gone.sub", {"gone"}),
        ("from gone import a as b, c", {"b", "c"}),
        ("from os import path", set()),
        ("from . import gone", set()),
        ("import gone\nx = gone.f(1)[2].y\nz = x", {"gone", "x", "z"}),
        ("import gone\nx = gone.f() + 1", {"gone"}),
        ("import gone\nx = gone.f()\nx = 1", {"gone"}),
        ("import gone\nx = gone\ndef f():\n    global x\n    x = 1", {"gone"}),
        ("import gone\nx = gone\nclass A:\n    def f(self):\n        self.x = 1", {"gone", "x"}),
        ("import gone\nimport os as gone", set()),
        ("import gone\nx, y = gone.f()", {"gone"}),
        ("import gone\nfor x in gone.f():\n    pass", {"gone", "x"}),
        ("import gone\nwith gone.f() as x, open(y) as z:\n    pass", {"gone", "x"}),
        ("import gone\ndef f(gone):\n    pass", set()),
        ("import gone\ndef f():\n    gone = A()", set()),
        ("import gone\ndef f():\n    x = gone.y", {"gone", "x"}),
        ("import gone\nx = gone\nx += 1", {"gone"}),
        ("import gone\n[gone for gone in y]", set()),
        ("import gone\nlen = gone.len", {"gone"}),
        ("try:\n    import gone\nexcept E as e:\n    gone = None", set()),
        ("y = x.a\nx = y.b", set()),
        ("import numpy as np\nx = np.array([1])", set()),
        ("import gone\nx = gone.sample([1, 2], 1)\ny = gone.namedtuple('y', 'z')[0]", {"gone"}),
    ],
)
def test_opaque_names(text: str, opaque: set[str]) -> None:
    assert opaque_names(find_sources(walk(ast.parse(text)), may_resolve)) == opaque


PROGRAM = "import gone\ndef f(a): pass\nh = 'a'.strip\na.i = h\nfrom os import getenv as j\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        # nothing is inferred of what is combined, compared, kept or given back
        ("x = a + b * 2", set()),
        ("x = a < b and (c or d)", set()),
        ("x = y = [a, (b, c)]", set()),
        ("x = f'{a} of {b:.2f}'", set()),
        ("x += a", set()),
        ("return a", set()),
        ("if a > b: c", set()),
        ("while a: c", set()),
        ("x = {'k': a}", {"k"}),
        ("x = {k: a, **b}", {"k", "b"}),
        ("x = a if b else c", {"b"}),
        # but of what has attributes, is called, is indexed, unpacked or looped over
        ("x = a.b", {"a", "b"}),
        ("a.b = c", {"a", "b"}),
        ("a[b] = c", {"a", "b"}),
        ("a.b += c", {"a", "b"}),
        ("x = -a", {"a"}),
        ("x = a in b", {"a", "b"}),
        ("x = 'a' % b", {"a", "b"}),
        ("x = a % b", set()),
        ("x = a | b", {"a", "b"}),
        ("x, y = a", {"x", "y", "a"}),
        ("__all__ = a", {"__all__", "a"}),
        ("x = [*a]", {"a"}),
        ("x = {a}", {"a"}),
        ("x = [a for b in c]", {"a", "b", "c"}),
        ("x = lambda a: b", {"a", "b"}),
        ("x: A = b", {"x", "A", "b"}),
        ("for a in b: c", {"b"}),
        ("for a.b in c: d", {"a", "b", "c"}),
        ("with a as b: c", {"a"}),
        ("raise a", {"a"}),
        ("assert a", {"a"}),
        ("del a", {"a"}),
        ("import a.b as c", {"a", "b", "c"}),
        ("def g(a=b): c", {"g", "a", "b", "c"}),
        # of arguments nothing is, but for some functions
        ("g(a, b=c)", {"g"}),
        ("a.g(b)", {"a", "g"}),
        ("g(*a, **b)", {"g", "a", "b"}),
        ("isinstance(a, b)", {"isinstance", "a", "b"}),
        ("a.format(b)", {"a", "format", "b"}),
        ("a.strip(b)", {"a", "strip", "b"}),
        ("h(a)", {"h", "a"}),
        ("a.h(b)", {"a", "h", "b"}),
        ("a.i(b)", {"a", "i", "b"}),
        ("j(a)", {"j", "a"}),
        ("print(a, b.c)", {"b", "c"}),
        ("x = len(a)", {"len()"}),
        ("gone.g(a)[b].c", {"gone", "g", "a", "b"}),
        ("gone.g(a, b.c)", {"b", "c"}),
        ("gone.get(a)", set()),
        # of a function whose result is not looked at only how to call it matters
        ("f(a)", {"f"}),
        ("g(f(a))", {"g", "f"}),
        ("x = f(a)", {"f", "f()"}),
        ("x = f(a) + 1", {"f"}),
        ("f(a).b", {"f", "f()", "a", "b"}),
        ("x = f", set()),
    ],
)  # fmt: skip
def test_looks(line: str, words: set[str]) -> None:
    sources = find_sources(walk(ast.parse(PROGRAM + line)), may_resolve)
    (statement,) = ast.parse(line).body
    found = Looks(sources, opaque_names(sources), {"f"}).of(statement).words
    plain = {word for word in found if not word.endswith("()")}
    assert words <= found
    assert plain == {word for word in words if not word.endswith("()")}
    assert ("f()" in found) == ("f()" in words)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("x = [\n    a,\n    b,\n]", [[1], [2]]),
        ("x = [a,\n    b, c,\n    d]", [[1], [2]]),
        ("x = {\n    'a': b,\n    'c': {\n        'd': e,\n    },\n}", [[1], [2, 3, 4], [3]]),
        ("f([\n    a,\n    'b'\n    'c',\n])", [[1], [2, 3]]),
        ("x = [1 +\n    2, c,\n    d]", [[2]]),
        ("x = (\n    a,\n    b,\n)", []),
        ("x = {\n    a,\n    b,\n}", []),
        ("x = f(\n    a,\n    b,\n)", []),
        ("x, y = [\n    a,\n    b,\n]", []),
        ("for x in [\n    a,\n    b,\n]: pass", []),
    ],
)
def test_elements(text: str, lines: list[list[int]]) -> None:
    sources = find_sources(walk(ast.parse(text)), may_resolve)
    (statement,) = ast.parse(text).body
    found = Looks(sources, opaque_names(sources), {"f"}).of(statement).elements
    assert sorted(mask_lines(mask) for mask in found) == lines
