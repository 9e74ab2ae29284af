from __future__ import annotations

import random

import pytest

from lintseq_datasets.errors import LinterError
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.linters.syntax import (
    SyntaxLinter,
    parse_error,
    syntax_error,
)


def line_of(text: str) -> int:
    (messages,) = SyntaxLinter().lint([text])
    assert isinstance(messages, tuple)
    (message,) = messages
    assert message.id == "E0001"
    return message.line


class TestParse:
    def test_what_parses_is_clean(self) -> None:
        assert SyntaxLinter().lint(["", "x = undefined\n", "return 1"]) == [(), (), ()]

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("x = 1\ny = (\n", 2),
            ("x = 1\n  y = 2\n", 2),
            ("def f():\nx = 1\n", 1),  # the header without a body, not the line below it
            ("x = 1\nif x:\n\n\n", 2),
            ("try:\n    x = 1\ny = 2\n", 1),  # noticed at line 3
            ("try:\n    try:\n        x = 1\n    finally:\n        pass\ny = 2\n", 1),
            ("print 'hello'\n", 1),
        ],
    )
    def test_the_line_that_must_go_is_blamed(self, text: str, line: int) -> None:
        assert line_of(text) == line

    @pytest.mark.parametrize("text", ["x\x00", "s = '\ud800'", "(" * 3000 + ")" * 3000])
    def test_what_python_cannot_read_is_a_syntax_error(self, text: str) -> None:
        assert line_of(text) == 1

    def test_nesting_beyond_the_parser_is_no_verdict(self) -> None:
        (result,) = SyntaxLinter().lint(["x = " + "+".join(["1"] * 50_000)])
        assert isinstance(result, LinterError)
        assert result.reason == "linter_recursion"

    def test_the_depth_of_the_caller_changes_nothing(self) -> None:
        texts = ["x = " + "+".join(["1"] * terms) for terms in range(300, 3000, 50)]

        def lint_below(frames: int) -> list[bool]:
            if frames:
                return lint_below(frames - 1)
            return [isinstance(result, LinterError) for result in SyntaxLinter().lint(texts)]

        assert lint_below(0) == lint_below(700)


WHOLE = """\
# coding: utf-8
import os

@property
@staticmethod
def f(
    a,
):
    if a:
        return '''
text = (
'''
    else:
        pass

# a comment
class A:
\tx = 1

try:
    y = [
1,
]
except ValueError: pass
else:
    z = 1 + \\
2
finally:
    pass
if z: pass
elif y: pass
print(x); s = "
"
"""


class TestParseError:
    def test_says_the_same_as_parse(self) -> None:
        rng = random.Random(0)
        lines = WHOLE.split("\n")
        verdicts = set()
        for _ in range(1500):
            gone = set(rng.sample(range(len(lines)), rng.randint(0, len(lines))))
            text = "\n".join(line for n, line in enumerate(lines) if n not in gone)
            problem = PythonSource(text).problem
            expected = None if problem is None else syntax_error(problem)
            assert parse_error(text) == expected, text
            verdicts.add(expected is None)
        assert verdicts == {True, False}

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("@a\nx = 1", 2),
            ("x = 1\n@a", 2),
            ("# coding: latin-1\nx = 1\ny = 'é'", 1),
            ("x = 1\nelse:\n    y = 1", 2),
            ("if x:\ny = 1", 1),
            ("x = (\ny = 1\n", 1),
        ],
    )
    def test_parts_that_do_not_stand_alone(self, text: str, line: int) -> None:
        error = parse_error(text)
        assert error is not None
        assert error.line == line
