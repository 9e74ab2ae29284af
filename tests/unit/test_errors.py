from __future__ import annotations

import copy
import pickle

import pytest

from lintseq_datasets import errors
from lintseq_datasets.errors import (
    ColumnError,
    ConfigError,
    DiffError,
    HubError,
    JobError,
    LinterError,
    LintSeqError,
    MissingExtraError,
    ProgramError,
    RowError,
)

EXAMPLES = [
    (LintSeqError("something"), "something"),
    (ConfigError("seed", "-1 is less than 0"), "seed: -1 is less than 0"),
    (
        ColumnError("There is no column 'a'.", ("b", "c")),
        "There is no column 'a'. Columns of the dataset: b, c.",
    ),
    (ColumnError("There is none.", ()), "There is none. Columns of the dataset: none."),
    (
        MissingExtraError("ruff", "ruff"),
        "ruff is not installed. Run: pip install 'lintseq-datasets[ruff]'",
    ),
    (ProgramError("no_code"), "no_code"),
    (ProgramError("syntax_error", "line 3"), "syntax_error: line 3"),
    (DiffError("no header"), "no header"),
    (DiffError("no header", edit=0), "edit 0: no header"),
    (DiffError("no header", edit=2, hunk=0), "edit 2, hunk 0: no header"),
    (LinterError("linter_crash", "pylint"), "pylint: linter_crash"),
    (LinterError("time_budget", "pylint", "2 s"), "pylint: time_budget (2 s)"),
    (
        RowError(3, "skipped:no_code", "no line"),
        "row 3 of the batch: skipped:no_code (no line). "
        "Use on_error='record' to keep such rows with their status.",
    ),
    (HubError("offline", "me/edits"), "me/edits: offline"),
    (HubError("no_token", "me/edits", "there is no token"), "me/edits: there is no token"),
    (JobError("the disk is full", "out"), "out: the disk is full"),
]


def _classes() -> set[type]:
    return {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, BaseException)
    }


def test_every_exception_has_an_example() -> None:
    assert {type(error) for error, _ in EXAMPLES} == _classes()


def test_one_base_class() -> None:
    assert all(issubclass(kind, LintSeqError) for kind in _classes())


@pytest.mark.parametrize(("error", "text"), EXAMPLES, ids=lambda value: str(value)[:30])
def test_text(error: LintSeqError, text: str) -> None:
    assert str(error) == text


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("error", [error for error, _ in EXAMPLES], ids=repr)
def test_survives_pickling(error: LintSeqError, protocol: int) -> None:
    returned = pickle.loads(pickle.dumps(error, protocol))
    assert type(returned) is type(error)
    assert vars(returned) == vars(error)
    assert returned.args == error.args
    assert str(returned) == str(error)


@pytest.mark.parametrize("error", [error for error, _ in EXAMPLES[1:]], ids=repr)
def test_fields_are_the_arguments(error: LintSeqError) -> None:
    assert tuple(vars(error).values()) == error.args


@pytest.mark.parametrize("error", [error for error, _ in EXAMPLES], ids=repr)
def test_can_be_copied(error: LintSeqError) -> None:
    assert vars(copy.copy(error)) == vars(error)


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (ConfigError, ValueError),
        (ColumnError, ValueError),
        (ProgramError, ValueError),
        (DiffError, ValueError),
        (MissingExtraError, ImportError),
        (LinterError, RuntimeError),
    ],
)
def test_is_also_the_builtin_that_callers_expect(kind: type, builtin: type) -> None:
    assert issubclass(kind, builtin)
