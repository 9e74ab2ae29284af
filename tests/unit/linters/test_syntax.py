from __future__ import annotations

import ast
import random
import time
import warnings
from collections.abc import Callable

import pytest

from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters.base import LintMessage
from lintseq_datasets.linters.syntax import (
    SyntaxLinter,
    bad_cookie,
    is_python,
    parse,
    parse_error,
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
        assert is_python("x = 1")

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
        assert not is_python(text)

    @pytest.mark.parametrize("text", ["x\x00", "s = '\ud800'", "(" * 3000 + ")" * 3000])
    def test_what_python_cannot_read_is_a_syntax_error(self, text: str) -> None:
        assert line_of(text) == 1

    def test_type_comments_are_read_unless_they_are_wrong(self) -> None:
        tree = parse("x = []  # type: list[int]\n")
        assert isinstance(tree, ast.Module)
        assert isinstance(tree.body[0], ast.Assign)
        assert tree.body[0].type_comment == "list[int]"
        assert isinstance(parse("x = [\n    1,  # type: int\n]\n"), ast.Module)
        assert isinstance(parse("# type: ignore me (\nx = 1\n"), ast.Module)

    def test_warnings_of_the_parser_are_not_shown(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert isinstance(parse("s = '\\d'\nx = 1 is 1\n"), ast.Module)

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
            parsed = parse(text)
            expected = parsed if isinstance(parsed, LintMessage) else None
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


class TestCodingCookie:
    @pytest.mark.parametrize(
        "text",
        [
            "# coding: utf-8\nx = 'é'",
            "#!/usr/bin/python\n# -*- coding: UTF8 -*-\nx = 'é'",
            "# vim: set fileencoding=utf-8-unix :\nx = 'é'",
            "# -*- coding: latin-1 -*-\nx = 1",
            "x = 1\n# coding: nonsense",
            "\n\n# coding: nonsense",
            "'''\n# coding: nonsense\n'''",
            "# a remark on coding\nx = 1",
            "",
        ],
    )
    def test_one_that_fits_or_is_none(self, text: str) -> None:
        assert bad_cookie(text) is None
        assert is_python(text)

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("# coding: nonsense\nx = 1", 1),
            ("#!/usr/bin/python\n# coding: nonsense\nx = 1", 2),
            ("\n \t# Encoding: see below\nx = 1", 2),
            ("# -*- coding: latin-1 -*-\nx = 'é'", 1),
            ("# coding: ascii\nx = 'é'", 1),
            ("# coding: utf-16\nx = 1", 1),
            ("# coding: utf-7\nx = 1", 1),
            ("# coding: punycode\nx = 1", 1),
            ("# coding: base64\nx = 1", 1),
        ],
    )
    def test_one_that_does_not_fit_is_an_error(self, text: str, line: int) -> None:
        message = bad_cookie(text)
        assert isinstance(message, LintMessage)
        assert (message.id, message.line) == ("E0001", line)
        assert parse(text) == message

    @pytest.mark.parametrize("text", ["# coding: nonsense\nx = 1", "# coding: utf-16\nx = 1"])
    def test_python_refuses_the_same_in_a_file(
        self, text: str, run_python: Callable[..., str]
    ) -> None:
        code = (
            "import pathlib, py_compile, sys\n"
            "pathlib.Path('row.py').write_text(sys.argv[1], encoding='utf-8')\n"
            "try:\n    py_compile.compile('row.py', doraise=True)\n"
            "except (py_compile.PyCompileError, ValueError):\n    print('refused')\n"
        )
        assert run_python(code, text) == "refused\n"

    def test_takes_linear_time(self) -> None:
        started = time.process_time()
        bad_cookie("#" + "coding" * 300_000)
        bad_cookie("\t" * 1_000_000 + "#" * 1_000_000)
        assert time.process_time() - started < 60  # and not for hours
