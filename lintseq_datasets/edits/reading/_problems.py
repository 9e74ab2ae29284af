"""What was wrong with the text of a model: kinds of problems, and reports that add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lintseq_datasets.errors import DiffError
from lintseq_datasets.tables import ShownAsTable, aligned

PROBLEMS: Mapping[str, str] = {
    "no_edit": "there is text, but no edit in it",
    "stray_text": "lines belong to no hunk; they are passed over",
    "bad_header": "a header has no line numbers; its hunk goes where its context stands, or last",
    "fewer_lines": "a hunk has fewer lines than its header promises; those there are count",
    "more_lines": "a hunk has more lines than its header promises; they count",
    "wrong_signs": "a hunk has other signs, or another order of them, than its header promises",
    "missing_sign": "a line of a hunk has no sign; it is taken for one that lacks it",
    "missing_marker": "an edit or a part of it has no end; what is there counts",
    "missing_line": "a hunk removes or keeps a line that is not there; that line is ignored",
    "inexact_place": "lines that say the place differ, in white space or at the ends; it counts",
    "ambiguous_place": "lines that say the place stand there more than once; the first counts",
    "no_place": "lines that say the place are not there; the hunk is left out, or goes last",
    "truncated": "the text ends inside of a hunk or of its header",
    "clipped_position": "a hunk lies outside of the program; it goes to the nearest place",
    "moved": "lines that say the place stand elsewhere than the header says; the hunk goes there",
    "hunk_order": "the hunks of an edit do not stand in the order of their lines; they are sorted",
    "new_position": "a header names another line of the program after the edit; it is ignored",
    "header_form": "a header is written in another way than its form writes it",
    "empty_hunk": "a hunk changes nothing",
    "deleted_file": "a patch deletes the file; the program stays as it is",
    "file_header": "a line names the file, as git and diff write it; it is ignored",
    "fence": "a Markdown fence stands around edits or between them; it is ignored",
    "indented": "the edits are indented; the indentation is taken away",
    "crlf": "lines end in a carriage return, which is taken away",
}
"""Kinds of problems, and what is done about them under the policy ``"skip"``."""

REPAIRED = frozenset((
    "clipped_position", "moved", "hunk_order", "new_position", "header_form", "empty_hunk",
    "file_header", "fence", "indented", "crlf",
))  # fmt: skip
"""Kinds that leave no doubt about the lines of a hunk; the policy ``"stop"`` goes on after them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in the text of a model."""

    kind: str  # one of PROBLEMS
    detail: str  # for a person
    line: int  # 1-based line of the text
    offset: int  # 0-based character of the text at which that line starts
    edit: int | None = None  # 0-based number of the edit in the text; None if there is none
    hunk: int | None = None  # 0-based number of the hunk in its edit
    generation: int = 0  # 0-based number of the text, in a report on several

    def as_error(self) -> DiffError:
        """The same as an exception."""
        return DiffError(f"{self.detail} (line {self.line} of the text)", self.edit, self.hunk)

    def __str__(self) -> str:
        error = DiffError(f"{self.kind}: {self.detail}", self.edit, self.hunk)
        return f"text {self.generation}, line {self.line}: {error}"


@dataclass(frozen=True, slots=True)
class ReadingReport(ShownAsTable):
    """How well the texts of a model could be read; reports are merged with ``+``.

    Merging keeps the order of the texts and numbers them. ``ReadingReport()`` covers no text.

    Args:
        num_generations: Texts that were read.
        num_edits: Edits that were applied.
        num_eos: Texts in which an end-of-sequence token was found.
        num_stopped: Texts whose reading stopped at a problem, under the policy ``"stop"``.
        preamble: Characters in front of the first edits, which were ignored.
        problems: What was wrong, in the order of reading.

    >>> one = ReadingReport(
    ...     1, num_edits=2, problems=(Problem("bad_header", "'@@' is none", 3, 24, 1, 0),)
    ... )
    >>> both = one + ReadingReport(1, num_edits=3)
    >>> both.num_clean, both.num_edits, both.counts
    (1, 5, {'bad_header': 1})
    """

    num_generations: int = 0
    num_edits: int = 0
    num_eos: int = 0
    num_stopped: int = 0
    preamble: int = 0
    problems: tuple[Problem, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether nothing was wrong."""
        return not self.problems

    @property
    def num_clean(self) -> int:
        """Texts in which nothing was wrong."""
        return self.num_generations - len({problem.generation for problem in self.problems})

    @property
    def eos_seen(self) -> bool:
        """Whether an end-of-sequence token was found in every text."""
        return self.num_eos == self.num_generations > 0

    @property
    def counts(self) -> dict[str, int]:
        """How often each kind of problem was found, in the order of `PROBLEMS`."""
        found = Counter(problem.kind for problem in self.problems)
        return {kind: found[kind] for kind in PROBLEMS if found[kind]}

    @classmethod
    def merge(cls, reports: Iterable[ReadingReport]) -> ReadingReport:
        """The sum of reports, in linear time."""
        totals = Counter[str]()
        problems: list[Problem] = []
        for report in reports:
            first = totals["num_generations"]
            problems += [replace(p, generation=p.generation + first) for p in report.problems]
            for name in _NUMBERS:
                totals[name] += getattr(report, name)
        return cls(problems=tuple(problems), **{name: totals[name] for name in _NUMBERS})

    def as_dict(self) -> dict[str, Any]:
        """All numbers, counts and problems as plain values that JSON can hold."""
        problems = [
            {name: getattr(problem, name) for name in Problem.__slots__}
            for problem in self.problems
        ]
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        clean = {"num_clean": self.num_clean, "counts": self.counts}
        return {**numbers, **clean, "problems": problems}

    def as_table(self) -> str:
        """A table in plain text: the numbers, and below them each kind of problem."""
        rows = [
            ("texts", self.num_generations),
            ("  without a problem", self.num_clean),
            ("  with an end-of-sequence token", self.num_eos),
            *([("  left at a problem", self.num_stopped)] if self.num_stopped else []),
            ("edits applied", self.num_edits),
            ("problems", len(self.problems)),
            *((f"  {kind}", count) for kind, count in self.counts.items()),
        ]
        return aligned((name, f"{number:,}") for name, number in rows)

    def __add__(self, other: ReadingReport) -> ReadingReport:
        if not isinstance(other, ReadingReport):
            return NotImplemented
        return ReadingReport.merge([self, other])

    def __str__(self) -> str:
        return "\n".join([self.as_table(), *([""] if self.problems else []),
                          *map(str, self.problems)])  # fmt: skip


_NUMBERS = ("num_generations", "num_edits", "num_eos", "num_stopped", "preamble")
