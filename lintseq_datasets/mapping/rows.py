"""A row of a dataset on its way from a text to edit sequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from lintseq_datasets.edits.program import EMPTY, Program
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import LinterError, LintSeqError, ProgramError
from lintseq_datasets.mapping.chat import Message
from lintseq_datasets.samplers.audit import Audit
from lintseq_datasets.samplers.lintseq import Outcome

OK = "ok"
"""Status of a row that was refactored; others are ``skipped:<reason>`` and ``failed:<reason>``."""


class Sampled(NamedTuple):
    """What sampling gave for a program."""

    outcome: Outcome
    linter: str  # that judged the states; empty if there was none
    audits: tuple[Audit, ...] = ()  # of each sequence, where the program was audited


@dataclass(slots=True)
class Row:
    """A program of a row on its way through the mapper."""

    instruction: str = ""
    history: tuple[Message, ...] = ()  # of a conversation, before the instruction
    between: tuple[Message, ...] = ()  # and between the instruction and the answer
    source: str = ""  # the text that the program was read from
    program: Program = EMPTY
    state: str = ""  # to start from, where it is given; as it stands in the row if it is unusable
    sequences: tuple[EditSequence, ...] = ()
    written: tuple[list[dict[str, Any]], ...] = ()  # the output rows of each sequence
    problem: LintSeqError | None = None
    method: str = ""  # that sampled it
    linter: str = ""  # that judged the states; empty if there was none
    audits: tuple[Audit, ...] = ()
    position: int = 0  # of the row in the batch; several rows have the same if it has programs
    number: int = -1  # of the row in the source, where known
    done: tuple[str, ...] = ()  # to the answer, to find the program: names of `DONE`
    made_with: str = ""  # how the rows of its run are made

    @property
    def asked(self) -> str:
        """The instruction with the turns before and behind it, where they are wanted, as a text."""
        before, behind = ([turn.text for turn in turns] for turns in (self.history, self.between))
        return "\n\n".join([*before, self.instruction, *behind])

    @property
    def status(self) -> str:
        """What becomes of the row: ``ok``, or why it has no sequences."""
        if isinstance(self.problem, ProgramError):
            return f"skipped:{self.problem.reason}"
        if isinstance(self.problem, LinterError):
            return f"failed:{self.problem.reason}"
        return OK

    def take(self, sampled: Sampled) -> None:
        """Take in what sampling gave."""
        self.linter, self.audits = sampled.linter, sampled.audits
        if isinstance(sampled.outcome, LintSeqError):
            self.problem = sampled.outcome
        else:
            self.sequences = sampled.outcome

    def audit_of(self, number: int | None = None) -> Audit:
        """What the audit found in a sequence; without a number, in all of them together."""
        if number is not None:
            return self.audits[number] if number < len(self.audits) else Audit()
        # Field by field, as the sum of all sequences.
        return Audit(*map(sum, zip(*self.audits, strict=True))) if self.audits else Audit()


def by_position(rows: Sequence[Row]) -> list[list[Row]]:
    """The programs of each row of a batch, in its order."""
    # They stand together, as `read_rows` gives them.
    return [list(group) for _, group in groupby(rows, lambda row: row.position)]


def standing_one(programs: Sequence[Row]) -> Row:
    """The program that stands for a row of the source: the first that gave sequences, if any."""
    return next((row for row in programs if row.problem is None), programs[0])
