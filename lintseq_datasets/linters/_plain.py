"""Any linter as one that judges the states of one program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import compress

from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters._deadline import TimeUp, deadline
from lintseq_datasets.linters.base import Linter, LintResult, in_program
from lintseq_datasets.program import mask_bits


@dataclass(frozen=True, slots=True)
class PlainLinter:
    """Judges every state as a text of its own, within one time budget for a program.

    Args:
        linter: Judges the texts.
    """

    linter: Linter

    @property
    def name(self) -> str:
        """Name and version of the linter."""
        return self.linter.name

    @property
    def finds_syntax_errors(self) -> bool:
        """See `lintseq_datasets.linters.base.Linter`."""
        return getattr(self.linter, "finds_syntax_errors", False)

    @property
    def finds_undefined_names(self) -> bool:
        """See `lintseq_datasets.linters.base.Linter`."""
        return getattr(self.linter, "finds_undefined_names", False)

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.Linter`."""
        return self.linter.lint(texts)

    @contextmanager
    def open_program(self, lines: Sequence[str], time_limit: float) -> Iterator[PlainProgram]:
        """Start on a program; see `lintseq_datasets.linters.base.IncrementalLinter`."""
        try:
            with deadline(time_limit):
                yield PlainProgram(lines, self.linter)
        except TimeUp:
            name = self.linter.name.split()[0]
            raise LinterError("time_budget", name, f"more than {time_limit:g} s") from None


@dataclass(frozen=True, slots=True)
class PlainProgram:
    """Judges the states of a program as texts."""

    lines: Sequence[str]
    linter: Linter

    def lint_state(self, kept: int) -> LintResult:
        """Judge the state that keeps some lines, given as a mask."""
        (result,) = self.linter.lint(["\n".join(compress(self.lines, mask_bits(kept)))])
        return in_program(kept, result)
