"""Every exception of the library.

There is one base class, and one subclass for each way in which a caller can react. Exceptions
carry fields, and build their message from them. All of them survive pickling, because worker
processes return them.

Imports run from here to `lintseq_datasets.installing`, which says how to install what is missing.
Never here: an exception that no caller would catch by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from lintseq_datasets.installing import install_command, requirements_of


class Remedy(NamedTuple):
    """What to do about an error: arguments of the call, which are options of a command.

    Args:
        text: What to do, with ``{}`` in the place of each argument.
        arguments: The arguments, as they are written in Python.

    >>> remedy = Remedy("{} replaces it, {} keeps both", ("overwrite=True", "beside=True"))
    >>> remedy.in_python
    'overwrite=True replaces it, beside=True keeps both'
    >>> remedy.on_command_line
    '--overwrite replaces it, --beside keeps both'
    """

    text: str
    arguments: tuple[str, ...]

    @property
    def in_python(self) -> str:
        """The text with the arguments of Python."""
        return self.text.format(*self.arguments)

    @property
    def on_command_line(self) -> str:
        """The text with the options of the command line, whose names are those of the arguments."""
        names = [argument.partition("=")[0].replace("_", "-") for argument in self.arguments]
        return self.text.format(*(f"--{name}" for name in names))


class LintSeqError(Exception):
    """Base class of every exception that this library raises on purpose."""

    # Subclasses hand all their arguments on to `Exception`: unpickled, an exception is made again
    # from those.

    def on_command_line(self) -> str:
        """The message as a command says it: what to do is an option there, not an argument."""
        remedy: Remedy | None = getattr(self, "remedy", None)
        text = str(self)
        # It stands in the text as Python says it.
        return text.replace(remedy.in_python, remedy.on_command_line) if remedy else text


class ConfigError(LintSeqError, ValueError):
    """An option has a value that the library cannot work with.

    Args:
        option: Name of the option.
        problem: What is wrong and what to do.
        remedy: Arguments that help, where another one does.
    """

    def __init__(self, option: str, problem: str, remedy: Remedy | None = None) -> None:
        super().__init__(option, problem, remedy)
        self.option = option
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        text = f"{self.option}: {self.problem}"
        return f"{text}; {self.remedy.in_python}" if self.remedy else text


class ColumnError(LintSeqError, ValueError):
    """A column of the dataset is missing, ambiguous or of the wrong kind.

    Args:
        problem: What is wrong: a sentence, whose end is the remedy if there is one.
        available: Names of the columns that there are.
        remedy: Arguments that name a column.
    """

    def __init__(
        self, problem: str, available: tuple[str, ...], remedy: Remedy | None = None
    ) -> None:
        super().__init__(problem, available, remedy)
        self.problem = problem
        self.available = available
        self.remedy = remedy

    def __str__(self) -> str:
        columns = f"Columns of the dataset: {', '.join(self.available) or 'none'}."
        problem = f"{self.problem}: {self.remedy.in_python}." if self.remedy else self.problem
        return f"{problem} {columns}"


class MissingExtraError(LintSeqError, ImportError):
    """An optional dependency is not installed.

    Args:
        package: What could not be found.
        extra: Extra of this library that brings it; empty if none does.
        command: What installs it, if that is not the extra.
    """

    def __init__(self, package: str, extra: str, command: str = "") -> None:
        super().__init__(package, extra, command)
        self.package = package
        self.extra = extra
        self.command = command

    def __str__(self) -> str:
        if not self.command and not self.extra:
            return f"{self.package} is not found: install it, and have it on the PATH"
        # What no extra brings has a command of its own.
        command = self.command or install_command(*requirements_of(self.extra))
        return f"{self.package} is not installed. Run: {command}"


class ProgramError(LintSeqError, ValueError):
    """A row holds no program that can be refactored; the row is skipped.

    Args:
        reason: Stable token for accounting, for example ``"syntax_error"``.
        detail: What was found, for a person.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


class DiffError(LintSeqError, ValueError):
    """A text does not hold unified diffs, or a diff does not fit the program.

    Args:
        problem: What is wrong.
        edit: 0-based index of the edit in its sequence, where known.
        hunk: 0-based index of the hunk in its edit, where known.
    """

    def __init__(self, problem: str, edit: int | None = None, hunk: int | None = None) -> None:
        super().__init__(problem, edit, hunk)
        self.problem = problem
        self.edit = edit
        self.hunk = hunk

    def __str__(self) -> str:
        place = [
            f"{name} {index}"
            for name, index in (("edit", self.edit), ("hunk", self.hunk))
            if index is not None
        ]
        return f"{', '.join(place)}: {self.problem}" if place else self.problem


class LinterError(LintSeqError, RuntimeError):
    """A linter gave no verdict on a program; the row fails, it is never 'clean'.

    Args:
        reason: Stable token for accounting: ``"linter_crash"``, ``"linter_recursion"``,
            ``"time_budget"``, ``"memory_budget"`` or ``"lint_budget"``.
        linter: Name of the linter.
        detail: What happened, for a person.
    """

    def __init__(self, reason: str, linter: str, detail: str = "") -> None:
        super().__init__(reason, linter, detail)
        self.reason = reason
        self.linter = linter
        self.detail = detail

    def __str__(self) -> str:
        text = f"{self.linter}: {self.reason}"
        return f"{text} ({self.detail})" if self.detail else text


class RowError(LintSeqError):
    """A row could not be refactored and ``on_error="raise"`` was asked for.

    Args:
        index: Number of the row, from 0.
        status: The status that the row would have got.
        detail: What happened, for a person.
        of: What the number counts in: ``"dataset"``, or ``"batch"`` where a mapper was not given
            the numbers of the rows (``with_indices=True`` of `datasets.Dataset.map`).
    """

    def __init__(self, index: int, status: str, detail: str = "", of: str = "dataset") -> None:
        super().__init__(index, status, detail, of)
        self.index = index
        self.status = status
        self.detail = detail
        self.of = of

    def __str__(self) -> str:
        text = f"row {self.index} of the {self.of}: {self.status}"
        text = f"{text} ({self.detail})" if self.detail else text
        return f"{text}. Use on_error='record' to keep such rows with their status."


class HubError(LintSeqError):
    """The Hub, or the way to it, does not let a dataset be read or pushed.

    Args:
        reason: Stable token: ``"offline"``, ``"no_token"``, ``"no_rights"``,
            ``"not_found"``, ``"card"`` (the README of the repository cannot be edited),
            ``"format"`` (there are configurations that are not of Parquet files),
            ``"features"`` (other columns than those of the splits that stay),
            ``"name"`` (it is too long, or is taken), ``"refused"``, ``"unreachable"`` (the
            Hub kept failing, or contradicts itself; try again) or ``"differs"`` (what was
            pushed is not what can be read).
        repo_id: The repository.
        detail: What happened and what to do, for a person; never holds a token.
    """

    def __init__(self, reason: str, repo_id: str, detail: str = "") -> None:
        super().__init__(reason, repo_id, detail)
        self.reason = reason
        self.repo_id = repo_id
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.repo_id}: {self.detail or self.reason}"


class EndpointError(LintSeqError, RuntimeError):
    """A server that samples programs gives no answer that can be used.

    What was sampled before is kept, and the same call goes on from there.

    Args:
        reason: Stable token: ``"unreachable"`` or ``"unavailable"`` (it was asked several times),
            ``"unreadable"`` (an answer of another shape), ``"no_rights"``, ``"not_found"``,
            ``"redirected"`` (to another address, where nothing is sent) or ``"refused"``.
        url: The address that was asked.
        detail: What happened, for a person; never holds a key.
    """

    def __init__(self, reason: str, url: str, detail: str = "") -> None:
        super().__init__(reason, url, detail)
        self.reason = reason
        self.url = url
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.url}: {self.detail or self.reason}"


class JobError(LintSeqError, RuntimeError):
    """A job cannot go on; what it finished is kept, and the same call goes on from there.

    Args:
        problem: What is wrong and what to do.
        folder: Folder of the job.
        remedy: Arguments that help.
    """

    def __init__(self, problem: str, folder: str, remedy: Remedy | None = None) -> None:
        super().__init__(problem, folder, remedy)
        self.problem = problem
        self.folder = folder
        self.remedy = remedy

    def __str__(self) -> str:
        text = f"{self.folder}: {self.problem}"
        return f"{text}; {self.remedy.in_python}" if self.remedy else text


def did_you_mean(given: object, known: Iterable[object]) -> str:
    """The end of a message about an unknown name: the nearest known one, if any is near.

    >>> did_you_mean("num_sample", ["num_samples", "seed"])
    "; did you mean 'num_samples'?"
    """
    found = get_close_matches(str(given), [name for name in known if isinstance(name, str)], 1)
    return f"; did you mean {found[0]!r}?" if found else ""
