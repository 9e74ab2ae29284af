"""Which lines a verdict can reach, from word to word."""

from __future__ import annotations

import ast

from lintseq_datasets.linters._parts import find_words
from lintseq_datasets.linters._reach import Reach
from lintseq_datasets.program import mask_lines

TEXT = """\
def first(self):
    x = self.a
    print(x, self.b)
    self.c = x
    return self.d
def second(self):
    y = 1
    self.d = y
    self.e = 2
def third(self):
    raise E(self.e)
other = 3
c = other
first = other"""


def reach() -> tuple[Reach, dict[str, int]]:
    lines = TEXT.split("\n")
    found, numbers = Reach(lines), {}
    for node in ast.parse(TEXT).body:
        if isinstance(node, ast.FunctionDef):
            numbers[node.name] = found.add_function(node)
    for line in (11, 12, 13):
        words = find_words(lines, 1 << line)
        found.add_statement(1 << line, words, frozenset([lines[line].split()[0]]))
    return found, numbers


def reached(*words: str, start: tuple[str, ...] = ()) -> list[int]:
    """1-based lines."""
    found, numbers = reach()
    return [n + 1 for n in mask_lines(found.reached(words, [numbers[name] for name in start]))]


def test_nothing_leads_nowhere() -> None:
    assert reached("unknown") == []
    assert reached() == []


def test_what_a_function_returns() -> None:
    # Its header, what flows out of it, and whoever assigns the attribute; not what it prints,
    # and of the function that assigns only that. The other thing of this name, too.
    assert reached("first") == [1, 5, 7, 8, 12, 14]


def test_who_assigns_an_attribute() -> None:
    assert reached("d") == [7, 8]
    assert reached("e") == [9]
    assert reached("c") == [2, 4, 12, 13]


def test_a_function_that_is_not_ordinary_matters_as_a_whole() -> None:
    assert reached("third") == [9, 10, 11]


def test_where_to_start() -> None:
    assert reached(start=("second",)) == [6]
    assert reached("other", start=("third",)) == [9, 10, 11, 12]


def test_circles_end() -> None:
    text = "def f():\n    return g()\ndef g():\n    return f()"
    found = Reach(text.split("\n"))
    for node in ast.parse(text).body:
        assert isinstance(node, ast.FunctionDef)
        found.add_function(node)
    assert found.reached(["f"], []) == 0b1111


def test_pulled_nodes_come_along() -> None:
    found = Reach(["a", "b", "c"])
    low = found.add_statement(1, frozenset(), frozenset())
    found.add_statement(2, frozenset(), frozenset(["b"]), [low])
    assert found.reached(["b"], []) == 0b11
    assert found.reached([], [low]) == 0b01
