"""What every linter must keep to; see `lintseq_datasets.linters.base.Linter`."""

from __future__ import annotations

import ast
import dataclasses
import importlib.metadata
import pickle
import platform
from collections.abc import Callable
from pathlib import Path

import pytest

from lintseq_datasets.errors import ConfigError, LinterError
from lintseq_datasets.languages.base import load_language
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.linters import Linter, load_linter
from lintseq_datasets.linters.base import BatchLinter, LintMessage, LintResult, SourceLinter

for _package in ("ruff", "pyflakes"):
    pytest.importorskip(_package, reason=f"the extra {_package!r} is not installed")
try:
    importlib.metadata.distribution("prylint")  # an executable, nothing to import
except importlib.metadata.PackageNotFoundError:
    pytest.skip("the extra 'prylint' is not installed", allow_module_level=True)

pytestmark = pytest.mark.parametrize("name", load_language("python").linters)

BROKEN = "def f(a):\n    return a\n\nx = 1\ny = (\n"
UNDEFINED = "def f(a):\n    return a\n\nx = 1\nprint(missing)\n"

HOSTILE = {
    "empty": "",
    "blank": "  \n\t\n",
    "nul": "x = 1\x00\n",
    "surrogate": "x = '\ud800'\n",
    "surrogate in a comment": "x = 1  # \udfff\n",
    "bom": "\ufeffx = 1\n",
    "carriage returns": "x = 1\r\ny = 2\rz = 3\n",
    "parentheses": "x = " + "(" * 3000 + ")" * 3000,
    "open parentheses": "(" * 3000,
    "lists": "x = " + "[" * 95 + "]" * 95,
    "sum": "x = " + " + ".join(["1"] * 500),
    "huge sum": "x = " + " + ".join(["1"] * 20_000),
    "attributes": "x = 1\nx" + ".real" * 600,
    "calls": "f" + "()" * 3000,
    "elifs": "x = 1\nif x:\n    pass\n" + "elif x:\n    pass\n" * 1000,
    "lambdas": "x = " + "lambda: " * 900 + "1",
    "nots": "x = " + "not " * 5000 + "1",
    "python 2": "print 'hello'\nexec 'x'\n",
    "mixed indentation": "if 1:\n\tx = 1\n        y = 2\n",
    "separators": "s = 'a\u2028b\x85c\x0bd\x1ce'\n\x0cx = 1\n",
    "cookie": "# -*- coding: nonsense -*-\nx = 1\n",
    "long line": "x = '" + "a" * 200_000 + "'\n",
    "backslash": "x = 1 \\",
    "only a quote": "'''",
    "control characters": "x = 1 \x01\x02\x1b\x08\n",
    "names": "\uff41 = 1\nprint(a)\nclass \ufb01: pass\n",
    "not python": "Sure! Here is the code:\n```python\nprint(1)\n```\n",
}


@pytest.fixture
def linter(name: str) -> Linter:
    return load_linter(name)


def places(result: LintResult) -> list[tuple[str, int, int]]:
    assert not isinstance(result, LinterError), result
    return sorted((message.id, message.line, message.column) for message in result)


def test_name_holds_the_version(name: str, linter: Linter) -> None:
    grammar = "python " + ".".join(platform.python_version_tuple()[:2])
    version = "" if name == "syntax" else f"{importlib.metadata.version(name)} "
    if name == "pylint":
        assert linter.name.startswith(f"{name} {version.strip()}")
    else:
        assert linter.name == f"{name} {version}{grammar}"


def test_is_a_frozen_value_that_can_be_pickled(name: str, linter: Linter) -> None:
    assert dataclasses.is_dataclass(linter)
    assert not hasattr(linter, "__dict__")
    linter.lint([UNDEFINED])  # what is expensive was built, and stays out of the pickle
    copy = pickle.loads(pickle.dumps(linter))
    assert copy == linter == load_linter(name)
    assert hash(copy) == hash(linter)
    assert len(pickle.dumps(linter)) < 2000
    with pytest.raises((dataclasses.FrozenInstanceError, AttributeError, TypeError)):
        linter.errors = ()  # type: ignore[attr-defined]


def test_options_are_part_of_the_name(name: str) -> None:
    if name == "syntax":
        with pytest.raises(ConfigError, match="one error only"):
            load_linter(name, errors=("E0602",))
        return
    chosen = {"ruff": ("F821",), "pyflakes": ("UndefinedName",)}.get(name, ("E0602",))
    linter = load_linter(name, errors=chosen)
    assert linter.name != load_linter(name).name
    assert chosen[0] in linter.name


def test_results_are_in_the_order_of_the_texts(linter: Linter) -> None:
    texts = ["", BROKEN, "x = 1\n", "\n" + BROKEN, "print(1)\n"] * 7
    results = linter.lint(texts)
    assert len(results) == len(texts)
    lines = [[line for _, line, _ in places(result)] for result in results]
    assert lines == [[], [5], [], [6], []] * 7
    assert linter.lint([]) == []


def test_messages_are_values_with_1_based_lines(name: str, linter: Linter) -> None:
    (result,) = linter.lint([UNDEFINED])
    assert isinstance(result, tuple)
    assert all(type(message) is LintMessage for message in result)
    expected = {"ruff": "F821", "pyflakes": "UndefinedName"}.get(name, "E0602")
    assert places(result) == ([] if name == "syntax" else [(expected, 5, 6)])


def test_a_text_that_does_not_parse_has_one_syntax_error(linter: Linter) -> None:
    for text in (BROKEN, "def f(:\n    (((\nprint(missing)\n", "x = 1\x00", "'\ud800'"):
        (result,) = linter.lint([text])
        assert [message_id for message_id, _, _ in places(result)] == ["E0001"]


def test_never_raises_for_a_text(linter: Linter) -> None:
    usual = places(linter.lint([UNDEFINED])[0])
    for name, text in HOSTILE.items():
        before, result, after = linter.lint([UNDEFINED, text, UNDEFINED])
        if isinstance(result, LinterError):
            reasons = ("linter_crash", "linter_recursion", "time_budget", "memory_budget")
            assert result.reason in reasons, name
            assert result.linter in linter.name
            assert pickle.loads(pickle.dumps(result)).reason == result.reason
        else:
            lines = range(1, text.count("\n") + 4)
            assert all(at in lines and column >= 0 for _, at, column in places(result)), name
        assert places(before) == places(after) == usual, name


def test_a_verdict_depends_on_nothing_but_the_text(linter: Linter) -> None:
    texts = [UNDEFINED, BROKEN, "import os\nos.missing_member\n", "class A: pass\nA().b\n"]
    together = linter.lint(texts)
    assert linter.lint(texts[::-1])[::-1] == together
    assert [linter.lint([text])[0] for text in texts] == together


PRAGMAS = (
    "# pylint: disable=all", "# pylint: skip-file",
    "# pylint: disable=undefined-variable,E0602", "# noqa", "# ruff: noqa", "# flake8: noqa",
    "# type: ignore", "# pragma: no cover", "# fmt: off",
)  # fmt: skip


def test_comments_silence_nothing(linter: Linter) -> None:
    plain = places(linter.lint(["#\nx = 1\nprint(missing)\n"])[0])
    for pragma in PRAGMAS:
        first, last = linter.lint(
            [
                f"{pragma}\nx = 1\nprint(missing)\n",
                f"#\nx = 1  {pragma}\nprint(missing)  {pragma}\n",
            ]
        )
        assert places(first) == places(last) == plain, pragma


def test_the_working_directory_changes_nothing(
    name: str, linter: Linter, tmp_path: Path, run_python: Callable[..., str]
) -> None:
    marker = tmp_path / "marker"
    for module in ("numpy.py", "requests.py", "colorsys.py"):
        (tmp_path / module).write_text(f"open({str(marker)!r}, 'w').close()\nimported = 1\n")
    hook = f"init-hook=open({str(marker)!r}, 'w').close()"
    (tmp_path / ".pylintrc").write_text(f"[MAIN]\n{hook}\n[MESSAGES CONTROL]\ndisable=all\n")
    (tmp_path / "setup.cfg").write_text("[flake8]\nignore=F821\n[pylint.main]\ndisable=all\n")
    (tmp_path / "pyproject.toml").write_text(
        "[tool.ruff.lint]\nignore = ['F821']\n[tool.pylint.main]\ndisable = 'all'\n"
    )
    texts = [UNDEFINED, "import numpy\nimport colorsys\nprint(numpy.absent, colorsys.absent)\n"]
    code = (
        "import os, sys\n"
        "from lintseq_datasets.linters import load_linter\n"
        "os.chdir(sys.argv[2])\n"
        "sys.path.insert(0, '')\n"
        f"for result in load_linter(sys.argv[1]).lint({texts!r}):\n"
        "    print(sorted((m.id, m.line, m.column) for m in result))\n"
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    env = {"PYLINTRC": str(tmp_path / ".pylintrc"), "HOME": str(tmp_path)}
    printed = run_python(code, name, str(tmp_path), env=env, cwd=elsewhere)
    assert printed.splitlines() == [str(places(result)) for result in linter.lint(texts)]
    assert not marker.exists()


def test_what_is_no_linter(name: str) -> None:
    with pytest.raises(ConfigError, match="flake9"):
        load_linter("flake9")
    with pytest.raises(ConfigError, match="neither a name nor a Linter"):
        load_linter(3)  # type: ignore[arg-type]
    linter = load_linter(name)
    assert load_linter(linter) is linter


SEEN = {  # the table of docs/linters.md; columns: pylint and prylint, ruff, pyflakes
    "print(x)\n": ("E0602", "F821", "UndefinedName"),
    "x = 1\ndef f():\n    print(x)\n    x = 2\n": ("E0601", "F823", "UndefinedLocal"),
    "print(x)\nx = 1\n": ("E0601", "F821", "UndefinedName"),
    "import sys\nif sys.argv:\n    x = 1\nprint(x)\n": ("E0606", "", ""),
    "from os import *\nprint(x)\n": ("E0602", "", ""),
    "return 1\n": ("E0104", "F706", "ReturnOutsideFunction"),
    "def f():\n    nonlocal q\n": ("E0117", "PLE0117", ""),
    "print('%s %s' % (1,))\n": ("E1306", "F507", "PercentFormatPositionalCountMismatch"),
    "class A:\n    pass\nprint(A().b)\n": ("E1101", "", ""),
    "def f(a):\n    print(a)\nx = f(1)\n": ("E1111", "", ""),
    "def f(a):\n    return a\nf()\n": ("E1120", "", ""),
    "def f(a):\n    return a\nf(1, 2)\n": ("E1121", "", ""),
    "x = 1\nx()\n": ("E1102", "", ""),
    "for a in 5:\n    pass\n": ("E1133", "", ""),
    "x = 5\nprint(x[0])\n": ("E1136", "", ""),
    "def f():\n    return 1\ndef f():\n    return 2\n": ("E0102", "", ""),
    "class A:\n    def f():\n        return 1\n": ("E0211", "", ""),
    "import not_installed_module\n": ("E0401", "", ""),
    "def f():\n  return 1\n": ("W0311", "", ""),
}


def test_what_each_linter_sees(name: str, linter: Linter) -> None:
    place = {"ruff": 1, "pyflakes": 2}.get(name, 0)
    expected = {text: {ids[place]} - {""} for text, ids in SEEN.items()}
    if name == "syntax":
        expected = {text: set() for text in SEEN}
    results = dict(zip(SEEN, linter.lint(list(SEEN)), strict=True))
    found = {text: {at[0] for at in places(result)} for text, result in results.items()}
    assert found == expected


@pytest.mark.parametrize("text", [*SEEN, BROKEN, "def f():\n    'Why.'\nclass A:\n    'B'"])
def test_what_was_read_says_the_same_and_stays_as_it_is(
    name: str, linter: Linter, text: str
) -> None:
    if not isinstance(linter, SourceLinter):
        assert isinstance(linter, BatchLinter)
        return
    source = PythonSource(text)
    before = None if source.tree is None else ast.dump(source.tree, include_attributes=True)
    for _ in range(2):
        assert linter.lint_sources([text, text], [source, None]) == linter.lint([text] * 2)
    after = None if source.tree is None else ast.dump(source.tree, include_attributes=True)
    assert after == before
