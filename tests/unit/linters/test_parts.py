"""The statements of a function or a block, and what others can see of it."""

from __future__ import annotations

import ast

import pytest

from lintseq_datasets.linters._parts import (
    block_interface,
    chosen_parts,
    collect_parts,
    find_words,
    first_line,
    interface,
    is_ordinary,
    walk,
)
from lintseq_datasets.linters._unseen import Unseen, hides_an_end
from lintseq_datasets.program import mask_lines


def numbers(mask: int | None) -> list[int] | None:
    """1-based lines; None stays None."""
    return None if mask is None else [line + 1 for line in mask_lines(mask)]


def mask(*lines: int) -> int:
    return sum(1 << (line - 1) for line in lines)


def parts_of(text: str) -> list[tuple[list[int] | None, set[str], tuple[int, ...]]]:
    """Lines, names bound and headers around for each part."""
    found = collect_parts(ast.parse(text).body, text.split("\n"))
    return [(numbers(part.lines), set(part.binds), part.around) for part in found]


def seen_of_function(text: str) -> list[int] | None:
    (function,) = ast.parse(text).body
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    parts = collect_parts(function.body, text.split("\n"))
    return numbers(interface(function, parts))


def seen_of_block(text: str) -> list[int] | None:
    (block,) = ast.parse(text).body
    return numbers(block_interface(block, collect_parts([block], text.split("\n"))))


class TestParts:
    def test_simple_statements_and_headers(self) -> None:
        text = "x = 1\nif x:\n    y, z = 2, (\n        3)\nelse:\n    import os.path as p, sys"
        assert parts_of(text) == [
            ([1], {"x"}, ()),
            ([2], set(), ()),
            ([3, 4], {"y", "z"}, (1,)),
            ([6], {"p", "sys"}, (1,)),
        ]

    def test_headers_bind(self) -> None:
        text = "for i in x:\n    pass\nwith a as b:\n    while (c := d):\n        e"
        assert parts_of(text) == [
            ([1], {"i"}, ()),
            ([2], set(), (0,)),
            ([3], {"b"}, ()),
            ([4], {"c"}, (2,)),
            ([5], set(), (2, 3)),
        ]

    def test_handlers(self) -> None:
        text = "try:\n    a\nexcept B as e:\n    c\nfinally:\n    d"
        assert parts_of(text) == [
            ([1], set(), ()),
            ([2], set(), (0,)),
            ([6], set(), (0,)),
            ([3], {"e"}, (0,)),
            ([4], set(), (0, 3)),
        ]

    def test_definitions_are_one_part(self) -> None:
        text = "@a\ndef f():\n    x = 1\n    return x\nclass B:\n    y = 1"
        lines = [lines for lines, _, _ in parts_of(text)]
        assert lines == [[1, 2, 3, 4], [5, 6]]
        assert {"f"} <= parts_of(text)[0][1]

    @pytest.mark.parametrize(
        ("text", "flows"),
        [
            ("x = 1", False), ("print(x)", False), ("x += 1", False), ("import os", False),
            ("def f():\n    pass", False), ("return x", True), ("yield x", True),
            ("x = yield", True), ("await x", True), ("self.x = 1", True), ("self.x += 1", True),
            ("x.y[0] = 1", False), ("global x", True), ("del x", True), ("exit()", True),
            ("sys.exit(1)", True), ("from os import *", True), ("with suppress(E):\n    x", True),
        ],
    )  # fmt: skip
    def test_what_flows(self, text: str, flows: bool) -> None:
        assert collect_parts(ast.parse(text).body, text.split("\n"))[0].flows is flows

    def test_what_leads_to_some_parts(self) -> None:
        text = "a = 1\nb = a\nif c:\n    d = b\ne = 2\nreturn d"
        parts = collect_parts(ast.parse(text).body, text.split("\n"))
        chosen = chosen_parts(parts, [len(parts) - 1])
        assert sorted(parts[index].lines for index in chosen) == [mask(n) for n in (1, 2, 3, 4, 6)]


class TestInterface:
    def test_of_a_function(self) -> None:
        text = (
            "def f(x):\n    y = x\n    print(y)\n    z = 2\n    if z:\n        y = 3\n    return y"
        )
        assert seen_of_function(text) == [1, 2, 4, 5, 6, 7]

    def test_attributes_are_seen(self) -> None:
        text = "def f(self):\n    x = 1\n    y = 2\n    self.a = x\n    print(y)"
        assert seen_of_function(text) == [1, 2, 4]

    def test_decorators_and_long_headers(self) -> None:
        text = "@a\n@b\ndef f(\n    x,\n):\n    print(x)\n    return x"
        assert seen_of_function(text) == [1, 2, 3, 4, 5, 7]

    @pytest.mark.parametrize(
        "statement", ["raise E", "pass", "...", "match x:\n        case 1: y = 1"]
    )
    def test_all_of_what_is_not_ordinary(self, statement: str) -> None:
        assert seen_of_function(f"def f(x):\n    print(x)\n    {statement}") is None

    def test_of_a_block(self) -> None:
        text = "if x:\n    y = 1\n    print(y)\nelse:\n    print(2)\n    z = y"
        assert seen_of_block(text) == [1, 2, 6]
        assert seen_of_block("for i in x:\n    print(i)\n    a.b = 1\n    print(3)") == [1, 3]
        assert seen_of_block("if x:\n    raise E") is None

    def test_ordinary(self) -> None:
        assert is_ordinary(ast.parse("x = 1"))
        assert not is_ordinary(ast.parse("if x:\n    ..."))


def test_words() -> None:
    lines = ["x = 'a_b c1'", "é.f(2)", "other"]
    assert find_words(lines, 0b011) == {"x", "a_b", "c1", "é", "f"}


def test_first_line() -> None:
    (function,) = ast.parse("\n@a\n@b\ndef f(): pass").body
    assert first_line(function) == 1


class TestUnseen:
    TEXT = (
        "a = 1\nb = 2\nprint(a)\nfor c in d:\n    print(b)\n    if c:\n        break\n"
        "    e = 3\n    print(e)\nreturn a"
    )

    def unseen(self, *, is_called: bool = False, others: frozenset[str] = frozenset()) -> Unseen:
        tree = ast.parse(self.TEXT)
        parts = collect_parts(tree.body, self.TEXT.split("\n"))
        return Unseen(parts, "f", is_called=is_called, others=others)

    def can_go(self, *lines: int, **options: bool) -> bool:
        whole = (1 << 10) - 1
        return self.unseen(**options).can_go(mask(*lines), whole & ~mask(*lines))

    def test_what_nothing_mentions(self) -> None:
        assert self.can_go(3)
        assert self.can_go(5)
        assert self.can_go(8, 9)
        assert self.can_go(2, 5)
        assert self.can_go(4, 5, 6, 7, 8, 9)

    def test_what_is_mentioned_cannot(self) -> None:
        assert not self.can_go(1)
        assert not self.can_go(2)
        assert not self.can_go(8)

    def test_a_return_if_nobody_calls(self) -> None:
        assert self.can_go(10)
        assert not self.can_go(10, is_called=True)

    def test_a_jump_only_with_its_loop(self) -> None:
        assert not self.can_go(6, 7)
        assert not self.can_go(7)

    def test_nothing_that_others_mention(self) -> None:
        whole = (1 << 10) - 1
        unseen = self.unseen(others=frozenset("e"))
        assert not unseen.can_go(mask(8, 9), whole & ~mask(8, 9))
        assert unseen.can_go(mask(3), whole & ~mask(3))

    def test_a_use_can_hide_that_a_name_is_not_bound_at_the_next(self) -> None:
        text = "try:\n    a = 1\nexcept E as e:\n    print(e)\n    a = 2\nreturn e"
        parts = collect_parts(ast.parse(text).body, text.split("\n"))
        unseen = Unseen(parts, "f", is_called=False, others=frozenset())
        assert not unseen.can_go(mask(4), mask(1, 2, 3, 5, 6))


@pytest.mark.parametrize(
    ("text", "hides"),
    [
        ("import sys\nsys.exit(1)", False), ("exit()", False), ("leave = sys.exit", True),
        ("from sys import exit as leave", True), ("from sys import exit\nexit()", False),
        ("def f() -> NoReturn: g()", True), ("def f() -> 'Never': g()", True),
        ("def f() -> typing.NoReturn: g()", True), ("x = 1", False), ("f(os.abort)", True),
    ],
)  # fmt: skip
def test_hidden_ends(text: str, hides: bool) -> None:
    words = find_words(text.split("\n"), (1 << len(text.split("\n"))) - 1)
    assert hides_an_end(walk(ast.parse(text)), words) is hides
