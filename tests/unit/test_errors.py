from __future__ import annotations

import copy
import importlib.metadata
import os
import pickle
import shlex
import sys
import types
from pathlib import Path

import pytest

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
    Remedy,
    RowError,
)
from lintseq_datasets.installing import requirements_of

EXAMPLES = [
    (LintSeqError("something"), "something"),
    (ConfigError("seed", "-1 is less than 0"), "seed: -1 is less than 0"),
    (
        ColumnError("There is no column 'a'.", ("b", "c")),
        "There is no column 'a'. Columns of the dataset: b, c.",
    ),
    (ColumnError("There is none.", ()), "There is none. Columns of the dataset: none."),
    (
        ColumnError("No column is recognised", ("a",), Remedy("name {}", ("program_column=",))),
        "No column is recognised: name program_column=. Columns of the dataset: a.",
    ),
    (
        MissingExtraError("php", "php", "apt-get install php-cli"),
        "php is not installed. Run: apt-get install php-cli",
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
    (
        JobError("is another's", "out", Remedy("{} replaces it", ("overwrite=True",))),
        "out: is another's; overwrite=True replaces it",
    ),
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


def test_a_command_names_its_options_and_nothing_else_changes() -> None:
    remedy = Remedy("name it with {}", ("program_column=",))
    named = ColumnError("It may be program_column= or b", ("program_column=", "b"), remedy)
    assert named.on_command_line() == (
        "It may be program_column= or b: name it with --program-column. "
        "Columns of the dataset: program_column=, b."
    )
    for error, text in EXAMPLES:
        if getattr(error, "remedy", None) is None:
            assert error.on_command_line() == text
    braces = ConfigError("output", "'{}' exists", Remedy("{} replaces it", ("overwrite=True",)))
    assert braces.on_command_line() == "output: '{}' exists; --overwrite replaces it"


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


# --- what is missing, and how to install it ------------------------------------------


def pretend(monkeypatch: pytest.MonkeyPatch, *, requires: list[str] | None, pip: str) -> None:
    """Other metadata of the library, none if None, and another first `pip` on the PATH."""

    def metadata(name: str) -> list[str] | None:
        if requires is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return requires

    monkeypatch.setattr(importlib.metadata, "requires", metadata)
    monkeypatch.setattr("shutil.which", lambda name: pip)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)


REQUIRES = [
    "datasets<6,>=4", "torch>=2.6; extra == 'lora'", "peft>=0.17; extra == 'lora'",
    "ruff<0.18,>=0.15; extra == 'ruff'", "old; extra == 'lora' and python_version < '3'",
]  # fmt: skip


def test_the_hint_names_what_the_extra_brings(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, requires=REQUIRES, pip=f"{os.path.dirname(sys.executable)}/pip")
    error = pickle.loads(pickle.dumps(MissingExtraError("peft", "lora")))
    expected = "peft is not installed. Run: pip install 'torch>=2.6' 'peft>=0.17'"
    assert str(error) == expected


def test_the_hint_is_for_this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, requires=REQUIRES, pip="/usr/bin/pip")
    command = str(MissingExtraError("ruff", "ruff")).partition("Run: ")[2]
    shown = [sys.executable, "-m", "pip", "install", "ruff<0.18,>=0.15"]
    assert shlex.split(command) == shown
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    assert str(MissingExtraError("ruff", "ruff")).endswith("%pip install 'ruff<0.18,>=0.15'")


@pytest.mark.parametrize("requires", [None, ["datasets"]])
def test_without_metadata_the_hint_names_the_checkout(
    requires: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, requires=requires, pip="")
    named = shlex.split(str(MissingExtraError("ruff", "ruff")))[-1]
    assert named.endswith("[ruff]")
    assert (Path(named.removesuffix("[ruff]")) / "lintseq_datasets" / "errors.py").is_file()


def test_an_extra_of_the_package_is_found_in_its_metadata() -> None:
    assert requirements_of("plots")[0].startswith("matplotlib")


def test_what_no_extra_brings() -> None:
    assert str(MissingExtraError("mylint", "")).startswith("mylint is not found")
