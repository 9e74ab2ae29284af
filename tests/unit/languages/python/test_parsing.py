"""Reading texts as Python, and which line must go where that fails."""

from __future__ import annotations

import ast
import time
import warnings
from collections.abc import Callable

import pytest

from lintseq_datasets.languages.base import SyntaxProblem
from lintseq_datasets.languages.python.parsing import bad_cookie, is_python, parse


class TestParse:
    @pytest.mark.parametrize(
        ("text", "line"), [("x = 1\ny = (\n", 2), ("try:\n    x = 1\ny = 2\n", 1)]
    )
    def test_the_line_that_must_go_is_blamed(self, text: str, line: int) -> None:
        problem = parse(text)
        assert isinstance(problem, SyntaxProblem)
        assert problem.line == line
        assert not is_python(text)

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
        assert isinstance(message, SyntaxProblem)
        assert message.line == line
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
        assert time.process_time() - started < 2
