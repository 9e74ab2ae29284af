"""What is known of a text is right, and computed once, when it is asked for."""

from __future__ import annotations

import ast
import builtins
import tokenize
from typing import Any

import pytest

from lintseq_datasets.errors import ProgramError
from lintseq_datasets.languages.base import StructureRules, SyntaxProblem
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.languages.python.structure import python_structure

TEXT = "def f(a):\n    return [\n        a,\n    ]\n\n# end"


def test_the_five_things_of_a_program() -> None:
    source = PythonSource(TEXT)
    assert source.text == TEXT
    assert source.lines == tuple(TEXT.split("\n"))
    assert source.problem is None
    assert source.tree is not None
    assert ast.dump(source.tree) == ast.dump(ast.parse(TEXT))
    assert [token.string for token in source.tokens][:3] == ["def", "f", "("]
    found = [(line.start, line.stop, line.depth, line.keyword) for line in source.logical_lines]
    assert found == [(0, 1, 0, "def"), (1, 4, 1, "return")]


def test_what_does_not_parse_has_a_problem_and_no_tree() -> None:
    source = PythonSource("x = 1\ny = (")
    assert source.tree is None
    assert source.problem == SyntaxProblem(2, 4, "'(' was never closed")
    with pytest.raises(ProgramError) as caught:
        source.tokens  # noqa: B018
    assert caught.value.reason == "not_tokenizable"


def test_lines_end_at_newlines_alone() -> None:
    assert PythonSource("a\x0c\u2028\x85b\n").lines == ("a\x0c\u2028\x85b", "")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the functions that read a text, each time that one is called."""
    called: list[str] = []

    def counted(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def count(*args: Any, **options: Any) -> Any:
            called.append(name)
            return original(*args, **options)

        monkeypatch.setattr(owner, name, count)

    counted(builtins, "compile")  # ast.parse calls it
    counted(tokenize, "generate_tokens")
    return called


def test_nothing_is_read_before_it_is_asked_for_and_nothing_twice(calls: list[str]) -> None:
    source = PythonSource(TEXT)
    assert source.lines
    assert calls == []
    assert source.problem is None
    assert source.tree is source.tree
    assert calls == ["compile"]
    assert source.logical_lines is source.logical_lines
    assert source.tokens is source.tokens
    assert calls == ["compile", "generate_tokens"]


def test_a_structure_reads_no_text_again(calls: list[str]) -> None:
    source = PythonSource(TEXT)
    assert source.problem is None
    first = python_structure(source)
    assert python_structure(source, StructureRules(unit="line")).drawable == first.drawable
    assert calls == ["compile", "generate_tokens"]
