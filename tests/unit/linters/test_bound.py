"""Names that are certain to be bound where they are looked up."""

from __future__ import annotations

import ast

import pytest

from lintseq_datasets.linters._bound import Bound
from lintseq_datasets.linters._parts import collect_parts


def bound(text: str, *parameters: str) -> Bound:
    lines = text.split("\n")
    return Bound(collect_parts(ast.parse(text).body, lines), dict.fromkeys(parameters, 1 << 20))


def not_bound(text: str, kept: int = -1) -> dict[str, bool]:
    """Names that are looked up and not bound for certain, and whether the text binds them."""
    unit = bound(text, "p")
    return dict(unit.not_bound_above(unit.loaded(kept), kept))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x = 1\nprint(x)", {"print": False}),
        ("print(x)\nx = 1", {"print": False, "x": True}),
        ("x = x + 1", {"x": True}),
        ("x += 1\ny = x", {"x": True}),
        ("x = 1\nx += 1", {}),
        ("y = p", {}),
        ("import a.b, c as d\ny = a, d, c", {"c": False}),
        ("a, (b, *c) = p\ny = a, b, c", {}),
        # blocks
        ("if p:\n    x = 1\n    y = x", {}),
        ("if p:\n    x = 1\ny = x", {"x": True}),
        ("if p:\n    x = 1\nelse:\n    y = x", {"x": True}),
        ("x = 1\nif p:\n    x = 2\ny = x", {}),
        ("for x in p:\n    y = x", {}),
        ("for x in p:\n    pass\nelse:\n    y = x", {"x": True}),
        ("for x in p:\n    pass\ny = x", {"x": True}),
        ("with p as x:\n    y = x\nz = x, y", {}),
        ("with p as x:\n    if p:\n        y = x\nz = y", {"y": True}),
        ("try:\n    x = 1\n    y = x\nexcept p:\n    y = x", {"x": True}),
        ("try:\n    x = 1\nfinally:\n    y = x", {"x": True}),
        ("try:\n    pass\nexcept p as e:\n    y = e", {"e": True}),
        ("while p:\n    x = 1\n    while x:\n        y = x", {}),
        # scopes of their own
        ("y = [x for x in p]", {}),
        ("y = [x for x in x]", {"x": True}),
        ("y = [z for x in p for z in x]", {"x": True}),
        ("y = lambda z: z", {"z": False}),
        ("def f(a): return a", {"a": False}),
        ("y: 'A' = 1", {"A": False}),
        ("y = 'A'", {}),
    ],
)
def test_not_bound_above(text: str, names: dict[str, bool]) -> None:
    assert not_bound(text) == names


def test_only_kept_lines_count() -> None:
    text = "x = 1\nx = 2\ny = x"
    assert not_bound(text, 0b110) == {}
    assert not_bound(text, 0b100) == {"x": False}
    assert not_bound(text, 0b011) == {}


def test_a_parameter_may_go() -> None:
    text = "y = p"
    assert not_bound(text, 1 | 1 << 20) == {}
    assert not_bound(text, 1) == {"p": False}


def test_doubtful_names() -> None:
    unit = bound("x = 1\nwith p as y:\n    z = 2\nif p:\n    a = 3\nfor b in p: c = 4")
    assert unit.doubtful == {"a", "c"}


@pytest.mark.parametrize(
    ("names", "gone", "other_ways"),
    [
        ({"a"}, 0, True),  # a test that is left mentions it
        ({"b"}, 0, False),
        (set(), 1 << 1, False),
        (set(), 1 << 3, True),  # a break goes
        (set(), 1 << 6, True),  # a handler goes
        (set(), 1 << 8, True),  # something that may end the program goes
    ],
)
def test_other_ways(names: set[str], gone: int, other_ways: bool) -> None:
    text = (
        "while a:\n    x = b\n    if c:\n        break\n"
        "try:\n    x = 1\nexcept E:\n    x = 2\nexit()"
    )
    assert bound(text).may_go_other_ways(names, gone, -1 & ~gone) is other_ways
