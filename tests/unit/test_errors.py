from __future__ import annotations

import copy
import pickle

from lintseq_datasets import errors
from lintseq_datasets.errors import (
    ColumnError,
    ConfigError,
    DiffError,
    EndpointError,
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
        RowError(3, "skipped:no_code", "no line", "batch"),
        "row 3 of the batch: skipped:no_code (no line). "
        "Use on_error='record' to keep such rows with their status.",
    ),
    (HubError("offline", "me/edits"), "me/edits: offline"),
    (HubError("no_token", "me/edits", "there is no token"), "me/edits: there is no token"),
    (EndpointError("unreachable", "http://host/v1"), "http://host/v1: unreachable"),
    (EndpointError("refused", "http://host", "status 400"), "http://host: status 400"),
    (JobError("the disk is full", "out"), "out: the disk is full"),
]


PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


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


def test_texts() -> None:
    assert [str(error) for error, _ in EXAMPLES] == [text for _, text in EXAMPLES]


def test_every_one_survives_pickling_and_copying() -> None:
    ways = [lambda e, p=p: pickle.loads(pickle.dumps(e, p)) for p in PROTOCOLS]  # type: ignore[misc]
    for error, _ in EXAMPLES:
        for way in (*ways, copy.copy):
            returned = way(error)
            assert type(returned) is type(error)
            assert vars(returned) == vars(error)
            assert returned.args == error.args
            assert str(returned) == str(error)


def test_fields_are_the_arguments() -> None:
    for error, _ in EXAMPLES[1:]:
        assert tuple(vars(error).values()) == error.args


def test_some_are_also_the_builtins_that_callers_expect() -> None:
    for kind, builtin in (
        (ConfigError, ValueError), (ColumnError, ValueError), (ProgramError, ValueError),
        (DiffError, ValueError), (MissingExtraError, ImportError), (LinterError, RuntimeError),
    ):  # fmt: skip
        assert issubclass(kind, builtin)
