from __future__ import annotations

import builtins
import inspect
import sys
import time
from collections.abc import Callable

import pytest

pytest.importorskip("pyflakes", reason="the extra 'pyflakes' is not installed")

import pyflakes.checker
import pyflakes.messages

from lintseq_datasets.errors import ConfigError, LinterError, MissingExtraError
from lintseq_datasets.linters.pyflakes import (
    DEFAULT_ERRORS,
    NOT_ERRORS,
    PyflakesLinter,
    builtin_names,
)


def ids(text: str, linter: PyflakesLinter | None = None) -> list[tuple[str, int]]:
    (result,) = (linter or PyflakesLinter()).lint([text])
    assert isinstance(result, tuple), result
    return sorted((message.id, message.line) for message in result)


def test_the_tables_hold_every_message_of_pyflakes() -> None:
    installed = {
        name
        for name, value in vars(pyflakes.messages).items()
        if inspect.isclass(value) and value is not pyflakes.messages.Message
    }
    assert not set(DEFAULT_ERRORS) & set(NOT_ERRORS)
    assert installed <= {*DEFAULT_ERRORS, *NOT_ERRORS}


def test_no_error_is_a_prefix_of_something_else() -> None:
    assert not [name for name in NOT_ERRORS if name.startswith(DEFAULT_ERRORS)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1\nprint(y)\n", [("UndefinedName", 2)]),
        ("__all__ = ['missing']\n", [("UndefinedExport", 1)]),
        ("x = 1\nreturn x\n", [("ReturnOutsideFunction", 2)]),
        ("x = 1\nyield x\n", [("YieldOutsideFunction", 2)]),
        ("break\n", [("BreakOutsideLoop", 1)]),
        ("continue\n", [("ContinueOutsideLoop", 1)]),
        ("def f(a, a):\n    return a\n", [("DuplicateArgument", 1)]),
        ("x = 1\nfrom __future__ import annotations\n", [("LateFutureImport", 2)]),
        ("*a, *b = [1]\n", [("TwoStarredExpressions", 1)]),
        ("\nx = '%s %s' % (1,)\n", [("PercentFormatPositionalCountMismatch", 2)]),
        ("\nx = '{} {}'.format(1)\n", [("StringDotFormatMissingArgument", 2)]),
        ("def f():\n    raise NotImplemented\n", [("RaiseNotImplemented", 2)]),
        ("x = = 1\n", [("E0001", 1)]),
    ],
)
def test_errors_and_their_lines(text: str, expected: list[tuple[str, int]]) -> None:
    assert ids(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "import os\n",
        "def f():\n    x = 1\n",
        "def f(): pass\ndef f(): pass\n",
        "from os import *\nprint(path)\n",
        "x = f'a'\n",
        "def f():\n    '''\n    >>> undefined (\n    '''\n",
        "def f(x: 'b c'): pass\n",
    ],
)
def test_style_is_no_error(text: str) -> None:
    assert ids(text) == []


def test_columns_count_from_zero() -> None:
    (result,) = PyflakesLinter().lint(["x = y\n"])
    assert result == (("UndefinedName", 1, 4, "undefined name 'y'"),)


def test_errors_can_be_chosen() -> None:
    linter = PyflakesLinter(("Unused", "UndefinedName"))
    assert ids("import os\nprint(x)\nreturn\n", linter) == [
        ("UndefinedName", 2),
        ("UnusedImport", 1),
    ]
    assert linter.name == PyflakesLinter().name + " errors=Unused,UndefinedName"


def test_an_error_that_pyflakes_does_not_have() -> None:
    with pytest.raises(ConfigError, match="E0602"):
        PyflakesLinter(("E0602",))


def test_the_environment_changes_nothing(run_python: Callable[..., str]) -> None:
    code = (
        "from lintseq_datasets.linters.pyflakes import PyflakesLinter\n"
        'text = \'def f():\\n    """\\n    >>> other\\n    """\\nprint(extra)\\n\'\n'
        "(messages,) = PyflakesLinter().lint([text])\n"
        "print([message.text for message in messages])\n"
    )
    env = {"PYFLAKES_BUILTINS": "extra", "PYFLAKES_DOCTEST": "1", "PYFLAKES_ERROR_UNKNOWN": "1"}
    assert run_python(code, env=env) == "[\"undefined name 'extra'\"]\n"


def test_builtins_are_those_of_python() -> None:
    names = builtin_names(vars(builtins))
    assert {"print", "open", "exit", "__import__", "ValueError", "None"} <= names
    assert names - {"__file__"} <= pyflakes.checker.builtin_vars


def test_builtins_of_a_notebook_do_not_count() -> None:
    def display() -> None: ...

    namespace = {**vars(builtins), "display": display, "_": print, "answer": 42}
    assert builtin_names(namespace) == builtin_names(vars(builtins))


def test_a_crash_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise KeyError("inside")

    monkeypatch.setattr(pyflakes.checker.Checker, "handleChildren", crash)
    (result,) = PyflakesLinter().lint(["x = 1"])
    assert isinstance(result, LinterError)
    assert (result.reason, result.linter, result.detail) == (
        "linter_crash",
        "pyflakes",
        "KeyError: 'inside'",
    )


def test_a_hang_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> None:
        while True:
            time.process_time()

    monkeypatch.setattr(pyflakes.checker.Checker, "handleChildren", hang)
    (result,) = PyflakesLinter(time_limit=0.1).lint(["x = 1"])
    assert isinstance(result, LinterError)
    assert result.reason == "time_budget"


def test_deep_nesting_is_named_and_does_not_depend_on_the_caller() -> None:
    texts = ["x = " + "+".join(["1"] * terms) for terms in (50, 150, 200, 250, 300, 350, 900)]

    def lint_below(frames: int) -> list[bool]:
        if frames:
            return lint_below(frames - 1)
        return [isinstance(result, LinterError) for result in PyflakesLinter().lint(texts)]

    verdicts = lint_below(0)
    assert verdicts[0] is False
    assert verdicts[-1] is True
    assert lint_below(600) == verdicts


def test_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install .*pyflakes[<>=\]]"):
        PyflakesLinter()


def test_the_module_needs_pyflakes_only_when_it_is_used(run_python: Callable[..., str]) -> None:
    code = (
        "import sys\n"
        "import lintseq_datasets.linters, lintseq_datasets.linters.pyflakes\n"
        "print('pyflakes' in sys.modules)\n"
    )
    assert run_python(code) == "False\n"
    assert "pyflakes" in sys.modules
