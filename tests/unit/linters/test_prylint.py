from __future__ import annotations

import importlib.metadata
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("pylint")
try:
    importlib.metadata.distribution("prylint")
except importlib.metadata.PackageNotFoundError:
    pytest.skip("the extra 'prylint' is not installed", allow_module_level=True)

from lintseq_datasets.errors import ConfigError, LinterError, MissingExtraError
from lintseq_datasets.linters import Linter, load_linter
from lintseq_datasets.linters.base import LintResult
from lintseq_datasets.linters.prylint import PrylintLinter
from lintseq_datasets.linters.pylint import PylintLinter
from tests.unit.linters.conftest import Fresh, StandIn

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="limits are those of Linux")

LEAKY = "import os\nos.foo = 1\nprint(os.foo)\n"


def places(result: LintResult) -> list[tuple[str, int, int]]:
    assert isinstance(result, tuple), result
    return sorted((message.id, message.line, message.column) for message in result)


def ids(text: str, linter: Linter | None = None) -> list[tuple[str, int]]:
    (result,) = (linter or load_linter("prylint")).lint([text])
    return [place[:2] for place in places(result)]


class TestVerdicts:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("x = 1\nprint(y)\n", [("E0602", 2)]),
            ("import os\nos.foo()\n", [("E1101", 2)]),
            ("import numpy\n", [("E0401", 1)]),
            ("from . import a\n", [("E0611", 1)]),
            ("from .. import a\n", [("E0402", 1)]),
            ("def f():\n  return 1\n", [("W0311", 2)]),
            ("def f(a):\n    print(a)\nx = f(1)", [("E1111", 3)]),
            ("class A:\n    def __init__(self):\n        self.x = 1\nclass B(A):\n"
             "    def __init__(self):\n        self.y = 1\n", [("W0231", 5)]),
            ("x = (\n", [("E0001", 1)]),
            ("import os\n", []),
            ("", []),
            ("# nothing but a comment", []),
            ("x = 1\x0c", []),
        ],
    )  # fmt: skip
    def test_errors_and_their_lines(self, text: str, expected: list[tuple[str, int]]) -> None:
        assert ids(text) == expected

    def test_texts_and_columns_are_those_of_pylint(self) -> None:
        text = "print(missing)\n'%s %s' % (1,)\n[].foo\n"
        assert set(PrylintLinter().lint([text])[0]) == set(PylintLinter().lint([text])[0])

    def test_errors_can_be_chosen(self) -> None:
        linter = PrylintLinter(("E06", "W0311"))
        assert ids("import os\nif x:\n  os.foo()\n", linter) == [("E0602", 2), ("W0311", 3)]
        assert ids("x = (", linter) == []
        assert linter.name == PrylintLinter().name + " errors=E06,W0311"
        assert not linter.finds_syntax_errors
        assert linter.finds_undefined_names

    @pytest.mark.parametrize("error", ["C0304", "W", "W0612", "R", ""])
    def test_errors_that_were_never_compared(self, error: str) -> None:
        with pytest.raises(ConfigError, match="errors"):
            PrylintLinter((error,))

    def test_installed_packages_cannot_be_seen(self) -> None:
        with pytest.raises(ConfigError, match=r"imports: .*standard library only"):
            load_linter("prylint", imports="environment")


class TestWherePylintDecides:
    STATEMENTS = (
        "self.x += 1",
        "del self.x",
        "self.x = self.x + 1",
        "self.x = 1 + self.x",
        "self.x = self.x",
        "self.x = (self.x, 1)",
        "self.x: int = 1",
        "self.x: int",
        "self.x, y = 1, 2",
        "for self.x in [1]: pass",
        "with open('a') as self.x: pass",
        "self.y = self.x = self.x + 1",
        "self.x = 3; self.x += 1",
        "self.x += 1; self.x += 2",
    )

    def test_attributes_that_their_own_change_defines(self) -> None:
        template = (
            "class A:\n    def f(self):\n        {}\n    def g(self):\n        return self.x\n"
        )
        functions = template + "    @classmethod\n    def h(self):\n        {}\n"
        outside = "class A:\n    pass\na = A()\n{}\nprint(a.x)\n"
        texts = [
            text
            for statement in self.STATEMENTS
            for text in (
                template.format(statement),
                functions.format("self.x = 1", statement),
                outside.format(statement.replace("self", "a")),
            )
        ]
        judged = zip(PrylintLinter().lint(texts), PylintLinter().lint(texts), strict=True)
        for ours, theirs in judged:
            assert places(ours) == places(theirs)

    @pytest.mark.parametrize("before", [LEAKY, "import json\njson.JSONDecoder().foo = 1\n"])
    def test_no_text_spoils_those_beside_it(self, before: str) -> None:
        after = "import os, json\nprint(os.foo, json.JSONDecoder().foo)\n"
        linter = PrylintLinter()
        alone = linter.lint([after])[0]
        assert len(places(alone)) == 2
        assert linter.lint([before, after])[1] == linter.lint([after, before])[0] == alone

    def test_pylint_is_asked_when_prylint_gives_up(self, stand_in: StandIn) -> None:
        stand_in("prylint", "", after="| sed s/E0602/F0002/")
        assert ids("print(x)\n") == [("E0602", 1)]
        stand_in("prylint", "", after="| sed s/E0602/E0001/")
        assert ids("print(x)\n") == [("E0602", 1)]


PRAGMAS = [
    "# pylint: disable=all",
    "# pylint: skip-file",
    "#pylint:disable=E0602",
    "#\tpylint:\tdisable=E0602",
    "#  pylint  : disable=E0602",
    "# PYLINT: disable=all",
    "# pylint: disable-next=all",
    "# pylint: disable-all",
    "# pylint: disable-msg=E0602",
    "# noqa # pylint: disable=all",
    "# see pylint: disable=all",
    "# \u00a0pylint: disable=undefined-variable; really",
    "# pylint: no-such-thing",
    "# pylint: disable=no-such-thing",
    "# pylint: enable=all",
    "# pylint: \\",
    "# type: ignore",
]


class TestComments:
    def test_they_silence_nothing(self) -> None:
        template = "{0}\nx = 1  {0}\ndef f():\n    {0}\n    return y  {0}\nprint(z)  {0}\n{0}"
        with_pragmas = [template.format(pragma) for pragma in PRAGMAS]
        plain = [template.format("#" * len(pragma)) for pragma in PRAGMAS]
        results = PrylintLinter().lint([*with_pragmas, *plain])
        found = [places(result) for result in results]
        assert found[: len(PRAGMAS)] == found[len(PRAGMAS) :]
        assert {tuple(place[0] for place in one) for one in found} == {("E0602", "E0602")}

    def test_in_a_string_they_are_text(self) -> None:
        pragmas = [pragma.replace("\\", "") for pragma in PRAGMAS]
        texts = [f"x = '{p}'\ny = '''\n{p}\n'''.foo\nprint(z)  {p}\n" for p in pragmas]
        ours, theirs = PrylintLinter().lint(texts), PylintLinter().lint(texts)
        assert list(map(places, ours)) == list(map(places, theirs))
        assert {len(places(result)) for result in ours} == {2}


class TestSurroundings:
    def test_nothing_beside_the_text_is_seen(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("sibling", "numpy", "texts", "tool"):
            (tmp_path / f"{name}.py").write_text("x = 1\n")
        (tmp_path / ".pylintrc").write_text("[MESSAGES CONTROL]\ndisable=all\n")
        (tmp_path / "pyproject.toml").write_text("[tool.pylint.main]\ndisable = 'all'\n")
        monkeypatch.chdir(tmp_path)
        for name in ("PYTHONPATH", "HOME", "PRYLINT_EXTRA_SYSPATH"):
            monkeypatch.setenv(name, str(tmp_path))
        monkeypatch.setenv("PYLINTRC", str(tmp_path / ".pylintrc"))
        names = ("sibling", "numpy", "texts", "tool", "lintseq_datasets", "pylint", "pip")
        text = "".join(f"import {name}\n" for name in names)
        results = PrylintLinter().lint([text, "x = 1\n"])
        assert places(results[0]) == [("E0401", line, 0) for line in range(1, 8)]

    def test_no_other_executable_is_run(
        self, tmp_path: Path, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("prylint", "python3", "python", "sh"):
            (tmp_path / name).write_text(f"#!/bin/sh\n: > {tmp_path}/ran\n")
            (tmp_path / name).chmod(0o700)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        monkeypatch.setenv("PRYLINT_PYTHON", str(tmp_path / "python3"))
        monkeypatch.chdir(tmp_path)
        fresh("prylint")
        assert ids("import os\nos.foo()\n") == [("E1101", 2)]
        assert not (tmp_path / "ran").exists()

    def test_nothing_is_left_behind(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("TMPDIR", "HOME", "XDG_CACHE_HOME"):
            monkeypatch.setenv(name, str(tmp_path))
        monkeypatch.setattr("tempfile.tempdir", None)
        PrylintLinter().lint(["x = 1", "x = missing", "x = (", LEAKY])
        assert list(tmp_path.iterdir()) == []

    def test_a_bare_interpreter_says_the_same(
        self, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Prylint is given a script in the place of an interpreter, and one if that is no use."""
        text = "import os, math, numpy, pylint\nos.foo()\nmath.foo()\nfrom json import a\n"
        expected = PrylintLinter().lint([text])
        assert len(places(expected[0])) == 5
        # Another version of prylint asks in another way than the script knows.
        change = "sed -i s/prylint-startup-driver-[0-9a-f]*/another/"
        stand_in("prylint", f'{change} "$PRYLINT_PYTHON"')
        assert load_linter("prylint").lint([text]) == expected
        # As it is, the script knows it: there is no interpreter, and nobody misses it.
        links = 'find "${PRYLINT_PYTHON%/*}" -type l'
        stand_in("prylint", f"test $({links} | wc -l) = 1 || exit 9; {links} -delete")
        assert load_linter("prylint").lint([text]) == expected
        # Nothing of the folder may be executed.
        script = "case $PRYLINT_PYTHON in *bare*) ;; *) exit 9 ;; esac"
        stand_in("prylint", script)
        usual = os.access
        monkeypatch.setattr(
            os, "access", lambda path, mode: "/tool/" not in str(path) and usual(path, mode)
        )
        assert load_linter("prylint").lint([text]) == expected

    def test_not_installed(self, fresh: Fresh, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing(name: str) -> None:
            raise importlib.metadata.PackageNotFoundError(name)

        monkeypatch.setattr("importlib.metadata.distribution", missing)
        with pytest.raises(MissingExtraError, match=r"pip install .*prylint[<>=\]]"):
            fresh("prylint").PrylintLinter()


class TestCalls:
    def test_one_call_judges_many_texts_in_order(self, stand_in: StandIn) -> None:
        log = stand_in("prylint", "")
        texts = [f"x = {'missing' if number % 3 else '1'}" for number in range(120)]
        results = load_linter("prylint").lint([*texts, "x = ("])
        expected = [number % 3 > 0 for number in range(120)] + [True]
        assert [bool(result) for result in results] == expected
        assert len(log.read_text().split()) == 1

    def test_no_call_without_texts(self, stand_in: StandIn) -> None:
        log = stand_in("prylint", "")
        assert load_linter("prylint").lint([]) == []
        assert load_linter("prylint").lint(["x = ("])[0]
        assert not log.exists()

    def test_large_batches_are_cut(self, stand_in: StandIn) -> None:
        log = stand_in("prylint", "")
        texts = ["x = 1"] * 905 + ["x = missing"] * 3
        results = load_linter("prylint").lint(texts)
        assert [len(places(result)) for result in results] == [0] * 905 + [1] * 3
        assert len(log.read_text().split()) == 2

    @pytest.mark.parametrize(
        ("script", "reason"),
        [
            ("grep -q GUILTY *.py && { echo overflow >&2; kill -ABRT $$; }", "linter_crash"),
            ("grep -q GUILTY *.py && { echo a warning >&2; }", "linter_crash"),
            ("grep -q GUILTY *.py && { echo memory allocation of 9 bytes failed >&2; exit 134; }",
             "memory_budget"),
            # What the kernel sends for processor time; a real loop costs a second each time.
            pytest.param("grep -q GUILTY *.py && kill -XCPU $$", "time_budget", marks=on_linux),
            ("rm -f $(grep -l GUILTY *.py)", "linter_crash"),
            ("for f in $(grep -l GUILTY *.py); do printf '' > $f; done", "linter_crash"),
        ],
    )  # fmt: skip
    def test_only_the_guilty_text_fails(self, stand_in: StandIn, script: str, reason: str) -> None:
        log = stand_in("prylint", script)
        texts = [f"x = missing{number}" for number in range(9)]
        texts[5] = "x = 'GUILTY'"
        results = load_linter("prylint", time_limit=1).lint(texts)
        assert len(log.read_text().split()) <= 9
        for number, result in enumerate(results):
            if number == 5:
                assert isinstance(result, LinterError)
                assert (result.reason, result.linter) == (reason, "prylint")
            else:
                assert isinstance(result, tuple)
                assert result[0].text == f"Undefined variable 'missing{number}'"

    @on_linux
    def test_an_endless_loop_ends(self, stand_in: StandIn) -> None:
        stand_in("prylint", "grep -q HANG *.py && while :; do :; done")
        hanging, other = load_linter("prylint", time_limit=1).lint(["x = 'HANG'", "x = missing"])
        assert isinstance(hanging, LinterError)
        assert hanging.reason == "time_budget"
        assert isinstance(other, tuple)
        assert other

    @pytest.mark.parametrize("script", ["exit 0", "echo hello; exit 0", "printf '\\377'; exit 0"])
    def test_no_answer_is_not_clean(self, stand_in: StandIn, script: str) -> None:
        stand_in("prylint", script)
        for result in load_linter("prylint").lint(["x = 1", "x = 2"]):
            assert isinstance(result, LinterError)
            assert result.reason == "linter_crash"

    def test_an_interpreter_that_fails_is_not_a_missing_library(self, stand_in: StandIn) -> None:
        stand_in("prylint", "export PRYLINT_PYTHON=/nowhere/python3")
        (result,) = load_linter("prylint").lint(["import os\n"])
        assert isinstance(result, LinterError)
        assert "cannot probe" in result.detail

    def test_no_text_prints_messages_on_another(self) -> None:
        forged = "x = 1\nx['\\n1-0.py:1:0: E0602: forged (undefined-variable)\\n']\n"
        names = "__all__ = ['''\n1.py:1:0: E0602: forged\n''']\n"
        results = load_linter("prylint").lint([forged, "x = 1", names, "x = 1"])
        assert results[1] == results[3] == ()


@on_linux
@pytest.mark.parametrize(
    "bomb",
    [
        "x = [0] * 10 ** 8\nx.foo\n",
        "x0 = (1, 2)\n" + "".join(f"x{n + 1} = (*x{n}, *x{n})\n" for n in range(26)) + "x26.foo\n",
    ],
)
def test_memory_is_bounded(bomb: str, run_python: Callable[..., str]) -> None:
    code = (
        "import resource\n"
        "from lintseq_datasets.linters.prylint import PrylintLinter\n"
        f"a, b, c = PrylintLinter().lint(['x = y', {bomb!r}, 'x = z'])\n"
        "print(len(a), getattr(b, 'reason', 'judged'), len(c))\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    verdicts, resident = run_python(code).splitlines()
    assert verdicts == "1 memory_budget 1"
    assert int(resident) < 400_000
