from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("ruff", reason="the extra 'ruff' is not installed")

from lintseq_datasets.errors import ConfigError, LinterError, MissingExtraError
from lintseq_datasets.linters import load_linter
from lintseq_datasets.linters.ruff import DEFAULT_ERRORS, NOT_ERRORS, RuffLinter
from tests.unit.linters.conftest import Fresh, StandIn, executable

needs_shell = pytest.mark.skipif(os.name == "nt", reason="the stand-in for ruff is a shell script")


def ids(text: str, linter: RuffLinter | None = None) -> list[tuple[str, int]]:
    (result,) = (linter or RuffLinter()).lint([text])
    assert isinstance(result, tuple), result
    return sorted((message.id, message.line) for message in result)


class TestRules:
    def test_the_tables_hold_every_rule_of_the_pyflakes_family(self) -> None:
        output = subprocess.run(
            [executable("ruff"), "rule", "--all", "--output-format", "json"],
            capture_output=True,
            check=True,
        ).stdout
        rules = json.loads(output)
        family = {
            rule["code"]
            for rule in rules
            if rule["linter"] == "Pyflakes" and "Removed" not in str(rule.get("status"))
        }
        assert family
        assert family <= {*DEFAULT_ERRORS, *NOT_ERRORS}
        assert not set(DEFAULT_ERRORS) & set(NOT_ERRORS)

    def test_the_installed_ruff_takes_the_default_rules(self) -> None:
        RuffLinter(DEFAULT_ERRORS[::-1])  # others than the default are checked

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("x = 1\nprint(y)\n", [("F821", 2)]),
            ("__all__ = ['missing']\n", [("F822", 1)]),
            ("x = 1\nreturn x\n", [("F706", 2)]),
            ("break\n", [("F701", 1)]),
            ("def f(a, a):\n    return a\n", [("invalid-syntax", 1)]),
            ("x = 1\nfrom __future__ import annotations\n", [("F404", 2)]),
            ("\nx = '%s %s' % (1,)\n", [("F507", 2)]),
            ("\nx = '{} {}'.format(1)\n", [("F524", 2)]),
            ("def f():\n    raise NotImplemented\n", [("F901", 2)]),
            ("class A:\n    def __init__(self):\n        return 1\n", [("PLE0101", 3)]),
            ("s = 'a\u2028b\x0c'\n\x0cprint(y)\n", [("F821", 2)]),
        ],
    )
    def test_errors_and_their_lines(self, text: str, expected: list[tuple[str, int]]) -> None:
        assert ids(text) == expected

    @pytest.mark.parametrize(
        "text",
        [
            "import os\n",
            "def f():\n  x = 1\n",
            "def f(): pass\ndef f(): pass\n",
            "from os import *\nprint(path)\n",
            "def f(x: 'b c'): pass\n",
        ],
    )
    def test_style_is_no_error(self, text: str) -> None:
        assert ids(text) == []

    def test_one_syntax_error_is_one_message(self) -> None:
        assert ids("def f(:\n    (((\n  x = = 1\n") == [("E0001", 1)]

    def test_columns_count_from_zero(self) -> None:
        (result,) = RuffLinter().lint(["x = y\n"])
        assert result == (("F821", 1, 4, "Undefined name `y`"),)

    def test_errors_can_be_chosen(self) -> None:
        linter = RuffLinter(("F401", "F82"))
        assert ids("import os\nprint(x)\nreturn\n", linter) == [("F401", 1), ("F821", 2)]
        assert linter.name == RuffLinter().name + " errors=F401,F82"

    @pytest.mark.parametrize("errors", [("E0602",), ("E111",), (), ("E0001",)])
    def test_errors_that_ruff_does_not_have(self, errors: tuple[str, ...]) -> None:
        with pytest.raises(ConfigError):
            RuffLinter(errors)


@pytest.mark.parametrize(
    "pragma",
    [
        "x = missing  # noqa",
        "x = missing  # noqa: F821",
        "# ruff: noqa\nx = missing",
        "# flake8: noqa\nx = missing",
        "# ruff: noqa: F821\nx = missing",
        "# ruff: disable[F821]\nx = missing\n# ruff: enable[F821]",
        "# ruff: ignore[F821]\nx = missing",
        "# ruff: file-ignore[F821]\nx = missing",
        "# pylint: disable=all\nx = missing",
        "# /// script\n# [tool.ruff.lint]\n# ignore = ['F821']\n# ///\nx = missing",
    ],
)
def test_no_comment_silences(pragma: str) -> None:
    assert [message for message, _ in ids(pragma)] == ["F821"]


class TestSurroundings:
    def test_no_configuration_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "node_modules" / "build"
        folder.mkdir(parents=True)
        for place in (tmp_path, folder):
            (place / "pyproject.toml").write_text("[tool.ruff]\nlint.ignore = ['F821']\n")
            (place / "ruff.toml").write_text("exclude = ['*.py']\nthis is no TOML")
            (place / ".gitignore").write_text("*\n")
        for name, value in {
            "TMPDIR": str(folder),
            "RUFF_OUTPUT_FILE": str(tmp_path / "output"),
            "RUFF_OUTPUT_FORMAT": "concise",
            "RUFF_CONFIG": str(tmp_path / "ruff.toml"),
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("tempfile.tempdir", None)
        monkeypatch.chdir(tmp_path)
        assert ids("x = missing\n") == [("F821", 1)]
        assert not (tmp_path / "output").exists()

    def test_no_other_executable_is_taken(
        self, tmp_path: Path, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake = tmp_path / "ruff"
        fake.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        fake.chmod(0o700)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        monkeypatch.chdir(tmp_path)
        assert ids("x = missing\n", fresh("ruff").RuffLinter()) == [("F821", 1)]
        assert not (tmp_path / "ran").exists()

    def test_nothing_is_left_behind(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        monkeypatch.setattr("tempfile.tempdir", None)
        RuffLinter().lint(["x = 1", "x = missing", "x = ("])
        assert list(tmp_path.iterdir()) == []

    def test_not_installed(self, fresh: Fresh, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "ruff", None)
        with pytest.raises(MissingExtraError, match=r"pip install .*ruff[<>=\]]"):
            fresh("ruff").RuffLinter()

    def test_the_module_needs_ruff_only_when_it_is_used(
        self, run_python: Callable[..., str]
    ) -> None:
        code = (
            "import sys\n"
            "import lintseq_datasets.linters, lintseq_datasets.linters.ruff\n"
            "print('ruff' in sys.modules)\n"
        )
        assert run_python(code) == "False\n"


@needs_shell
class TestCalls:
    def test_one_call_judges_many_texts_in_order(self, stand_in: StandIn) -> None:
        log = stand_in("ruff", "")
        texts = [f"x = {'missing' if number % 3 else '1'}" for number in range(120)]
        results = load_linter("ruff").lint([*texts, "x = ("])
        assert [bool(result) for result in results] == [number % 3 > 0 for number in range(120)] + [
            True
        ]
        assert len(log.read_text().split()) == 1

    def test_no_call_without_texts(self, stand_in: StandIn) -> None:
        log = stand_in("ruff", "")
        assert load_linter("ruff").lint([]) == []
        (result,) = load_linter("ruff").lint(["x = ("])
        assert result
        assert not log.exists()

    def test_large_batches_are_cut(self, stand_in: StandIn) -> None:
        log = stand_in("ruff", "")
        long = "y = '" + "long" * 1_100_000 + "'\nx = missing"
        texts = ["x = 1"] * 1002 + [long] + ["x = missing"] * 3
        assert [len(result) for result in load_linter("ruff").lint(texts)] == [0] * 1002 + [1] * 4
        assert len(log.read_text().split()) == 4  # 1000, 2, the long one, 3

    def test_a_crash_fails_the_guilty_text_alone(
        self, stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log = stand_in("ruff", "grep -q CRASH ./*.py && { echo overflow >&2; kill -ABRT $$; }")
        folder = tmp_path / "temporary"
        folder.mkdir()
        monkeypatch.setenv("TMPDIR", str(folder))
        monkeypatch.setattr("tempfile.tempdir", None)
        texts = [f"x = missing{number}" for number in range(16)]
        texts[5] = texts[11] = "x = 'CRASH'"
        results = load_linter("ruff").lint(texts)
        for number, result in enumerate(results):
            if number in (5, 11):
                assert isinstance(result, LinterError)
                assert (result.reason, result.linter) == ("linter_crash", "ruff")
                assert "overflow" in result.detail
            else:
                assert isinstance(result, tuple)
                assert f"missing{number}`" in result[0].text
        assert len(log.read_text().split()) <= 17
        assert list(folder.iterdir()) == []

    def test_a_hang_fails_the_guilty_text_alone(self, stand_in: StandIn) -> None:
        stand_in("ruff", "grep -q HANG ./*.py && while :; do :; done")
        hanging, other = load_linter("ruff", time_limit=1).lint(["x = 'HANG'", "x = missing"])
        assert isinstance(hanging, LinterError)
        assert hanging.reason == "time_budget"
        assert isinstance(other, tuple)
        assert other

    @pytest.mark.parametrize("script", ["rm 1.py", "printf '\\377' > 1.py"])
    def test_a_file_that_ruff_cannot_read_is_not_clean(
        self, stand_in: StandIn, script: str
    ) -> None:
        stand_in("ruff", script)
        first, second, third = load_linter("ruff").lint(["x = 1", "x = 2", "x = missing"])
        assert first == ()
        assert isinstance(second, LinterError)
        assert second.reason == "linter_crash"
        assert isinstance(third, tuple)
        assert third
