"""Static errors of generated programs: counts, hostile programs, every kind of input."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from lintseq_datasets.errors import ColumnError, ConfigError, LinterError
from lintseq_datasets.evaluation import StaticErrors, lint_programs, static_errors
from lintseq_datasets.languages.base import load_language
from lintseq_datasets.linters import LintMessage
from lintseq_datasets.linters.base import LintResult

PROGRAMS = [
    "import math\n\n\ndef area(r):\n    return math.pi * r * r\n",
    "print(undefined)\nprint(undefined, other)\n",
    "def f(:\n    pass\n",
    "",
    " \n\n",
    None,
]


class Words:
    """A linter of one's own: the word ``bad`` is an error, ``die`` kills it."""

    name = "words 1"

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        if any("die" in text for text in texts):
            raise RuntimeError("dead")
        return [
            LinterError("time_budget", "words")
            if "slow" in text
            else tuple(LintMessage("BAD", 1, 0) for _ in range(text.count("bad")))
            for text in texts
        ]


# --- counts --------------------------------------------------------------------------


def test_pylint_is_the_default() -> None:
    found = static_errors(PROGRAMS)
    assert found.linter.startswith("pylint ")
    assert (found.num_programs, found.judged, found.empty, found.failed) == (6, 3, 3, {})
    assert found.with_errors == 2
    assert found.error_rate == pytest.approx(2 / 3)
    assert found.errors_per_program == pytest.approx(4 / 3)
    assert found.messages == {"E0602": 3, "E0001": 1}
    assert found.programs == {"E0602": 1, "E0001": 1}
    assert found.unparsable == 1


@pytest.mark.parametrize("linter", load_language("python").linters)
def test_every_linter_by_name(linter: str) -> None:
    found = static_errors(PROGRAMS, linter)
    assert found.unparsable == 1
    assert found.with_errors == (1 if linter == "syntax" else 2)
    assert found.as_dict()["num_programs"] == 6


def test_a_linter_of_ones_own() -> None:
    found = static_errors(["bad bad", "fine", "slow", "die", "bad", ""], Words())
    assert found == StaticErrors(
        "words 1", judged=3, with_errors=2, empty=1, messages={"BAD": 3}, programs={"BAD": 2},
        failed={"time_budget": 1, "linter_crash": 1},
    )  # fmt: skip


def test_a_linter_of_ones_own_says_itself_what_does_not_parse() -> None:
    found = static_errors(["x = (", "bad = ("], Words())
    assert (found.judged, found.with_errors, found.unparsable) == (2, 1, 0)


def test_what_counts_as_an_error() -> None:
    text = "import numpy_that_is_missing\nprint(undefined)\n"
    assert static_errors([text]).messages == {"E0401": 1, "E0602": 1}
    assert static_errors([text], errors=["E0401"]).messages == {"E0401": 1}
    installed = "import pytest\n"
    assert static_errors([installed]).messages == {"E0401": 1}
    assert static_errors([installed], imports="environment").messages == {}


def test_parts_add_up() -> None:
    parts = [static_errors([text], Words()) for text in ("bad", "slow", "ok", "", "bad bad")]
    assert sum(parts[1:], start=parts[0]) == static_errors(
        ["bad", "slow", "ok", "", "bad bad"], Words()
    )
    with pytest.raises(ConfigError, match="do not add up"):
        parts[0] + static_errors(["a"], "syntax")


def test_rates_of_nothing_are_none() -> None:
    for found in (static_errors([], "syntax"), static_errors(["", None], "syntax")):
        assert found.error_rate is None
        assert found.errors_per_program is None
        assert found.as_dict()["error_rate"] is None


# --- hostile programs ----------------------------------------------------------------


HOSTILE = {
    "nul": "a = 1\0",
    "brackets": "(" * 100_000,
    "deep": "a" + ".b" * 50_000,
    "surrogate": "a = '\ud800'",
    "carriage returns": "a = 1\rprint(a)\r\n",
    "silenced": "# pylint: skip-file\n# ruff: noqa\nprint(b)  # pylint: disable=all # noqa",
}


@pytest.mark.parametrize("linter", load_language("python").linters)
def test_hostile_programs_are_named(linter: str) -> None:
    texts = [*HOSTILE.values(), "print(a_name)"]
    out = lint_programs({"program": texts}, linter=linter)
    statuses = dict(zip([*HOSTILE, "last"], out["lint_status"], strict=True))
    kinds = {
        "nul": "errors",
        "brackets": "errors",
        "deep": "failed:linter_recursion",
        "surrogate": "failed:lone_surrogate",
        "carriage returns": "clean",
        "silenced": "clean" if linter == "syntax" else "errors",
        "last": "clean" if linter == "syntax" else "errors",
    }
    assert statuses == kinds
    found = static_errors(texts, linter)
    assert found.failed == {"linter_recursion": 1, "lone_surrogate": 1}
    assert found.num_programs == len(texts)


def test_a_slow_program_is_named() -> None:
    found = static_errors(["x = 1\n" * 150_000, "a = 1"], "pylint", time_limit=1)
    assert found.failed == {"time_budget": 1}
    assert found.judged == 1


def test_nothing_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    text = f"import pathlib\npathlib.Path({str(mark)!r}).touch()\nraise SystemExit\n"
    for linter in load_language("python").linters:
        assert static_errors([text], linter).with_errors == 0
    assert not mark.exists()


# --- kinds of input ------------------------------------------------------------------


def test_rows_of_any_kind() -> None:
    rows = [{"program": text, "n": 1} for text in PROGRAMS]
    expected = static_errors(PROGRAMS, "syntax")
    dataset = Dataset.from_list(rows)
    for source in (rows, iter(rows), dataset, dataset.to_iterable_dataset(), tuple(PROGRAMS)):
        assert static_errors(source, "syntax") == expected
    renamed = dataset.rename_column("program", "code")
    assert static_errors(renamed, "syntax", program_column="code") == expected
    wide = [{"program": PROGRAMS[:2]}, {"program": PROGRAMS[2:]}, {"program": []}]
    assert static_errors(wide, "syntax") == expected


def test_the_mapper_gives_the_same() -> None:
    # one row at a time: the type of a column must not depend on the first rows
    dataset = Dataset.from_dict({"program": PROGRAMS})
    mapped = dataset.map(
        lint_programs, batched=True, batch_size=1, num_proc=2, fn_kwargs={"linter": "pyflakes"}
    )
    found = static_errors(PROGRAMS, "pyflakes")
    assert StaticErrors.of(mapped, found.linter) == found
    assert mapped["lint_status"][:] == ["clean", "errors", "errors", "empty", "empty", "empty"]
    assert mapped["lint_errors"][1] == "UndefinedName,UndefinedName,UndefinedName"


@pytest.mark.parametrize(
    ("programs", "error", "problem"),
    [
        ("a = 1", ConfigError, "str is no list of programs"),
        (3, ConfigError, "int is no list"),
        ({"a": "b"}, ConfigError, "dict is no list"),
        ([3], ColumnError, "holds int, not text"),
        ([{"code": "a"}], ColumnError, "no column 'program'"),
        (Dataset.from_dict({"code": ["a"]}), ColumnError, "no column 'program'"),
    ],
)
def test_wrong_input_is_named(programs: Any, error: type[Exception], problem: str) -> None:
    with pytest.raises(error, match=problem):
        static_errors(programs, "syntax")


def test_wrong_linters_are_named() -> None:
    for linter in ("flake8", 3, None):
        with pytest.raises(ConfigError, match="linter"):
            static_errors(["a"], linter)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="batched=True"):
        lint_programs({"program": "a = 1"})

    class Short(Words):
        def lint(self, texts: Sequence[str]) -> list[LintResult]:
            return [()]

    with pytest.raises(ConfigError, match="1 results for 2 texts"):
        static_errors(["a", "b"], Short())


def test_a_missing_linter_is_no_verdict() -> None:
    class Missing(Words):
        def lint(self, texts: Sequence[str]) -> list[LintResult]:
            raise FileNotFoundError("no such executable")

    with pytest.raises(FileNotFoundError):
        static_errors(["a"], Missing())
