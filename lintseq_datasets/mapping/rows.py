"""A row of a dataset on its way from a text to edit sequences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from lintseq_datasets.edits.program import EMPTY, Program, normalize
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import (
    ColumnError,
    ConfigError,
    LinterError,
    LintSeqError,
    ProgramError,
)
from lintseq_datasets.mapping.answers import ExtractCode, Fences, read_answer
from lintseq_datasets.mapping.columns import Columns
from lintseq_datasets.samplers.audit import Audit
from lintseq_datasets.samplers.lintseq import Outcome

Batch: TypeAlias = Mapping[str, Any]
"""Columns by name, each a sequence of as many values."""

OK = "ok"
"""Status of a row that was refactored; others are ``skipped:<reason>`` and ``failed:<reason>``."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """What sampling gave for a program."""

    outcome: Outcome
    linter: str  # that judged the states; empty if there was none
    audits: tuple[Audit, ...] = ()  # of each sequence, where the program was audited


@dataclass(slots=True)
class Row:
    """A row on its way through the mapper."""

    instruction: str = ""
    source: str = ""
    program: Program = EMPTY
    state: str = ""  # to start from, where it is given; as it stands in the row if it is unusable
    sequences: tuple[EditSequence, ...] = ()
    problem: LintSeqError | None = None
    method: str = ""  # that sampled it
    linter: str = ""  # that judged the states; empty if there was none
    audits: tuple[Audit, ...] = ()
    number: int = -1  # of the row in the source, where known
    done: tuple[str, ...] = ()  # to the answer, to find the program: names of `DONE`

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
        return Audit(*map(sum, zip(*self.audits, strict=True))) if self.audits else Audit()


def read_rows(
    batch: Batch, columns: Columns, extract_code: ExtractCode, fences: Fences = "join"
) -> list[Row]:
    """Read the programs of a batch; a row without one has a problem.

    Raises:
        ColumnError: A column holds something that is no text.
        ConfigError: This is a row, not a batch.
    """
    values = batch[columns.program]
    if is_one(values):
        raise ConfigError(
            "batched",
            "this function takes batches: call dataset.map(..., batched=True, "
            "remove_columns=dataset.column_names)",
        )
    empty = [None] * len(values)
    instructions = empty if columns.instruction is None else batch[columns.instruction]
    contexts = empty if columns.context is None else batch[columns.context]
    states = empty if columns.state is None else batch[columns.state]
    return [
        read_row(columns, texts, extract_code, fences)
        for texts in map(Texts, values, instructions, contexts, states)
    ]


def is_one(values: object) -> bool:
    """Whether this is the value of one row, not those of a batch."""
    return isinstance(values, (str, bytes)) or not hasattr(values, "__len__")


class Texts(NamedTuple):
    """Values of the columns of a row, in whatever types they have."""

    program: object
    instruction: object = None
    context: object = None
    state: object = None


def read_texts(columns: Columns, texts: Texts) -> Row:
    """Take the texts of a row as they are.

    Raises:
        ColumnError: A value is no text.
    """
    row = Row(instruction=_text(columns.instruction, texts.instruction))
    if more := _text(columns.context, texts.context):
        row.instruction = f"{row.instruction}\n{more}" if row.instruction else more
    row.source = _text(columns.program, texts.program)
    row.state = _text(columns.state, texts.state)
    return row


def read_row(
    columns: Columns, texts: Texts, extract_code: ExtractCode, fences: Fences = "join"
) -> Row:
    """Read the program of a row; a row without one has a problem.

    Raises:
        ColumnError: A value is no text.
    """
    row = read_texts(columns, texts)
    try:
        if texts.program is None:
            raise ProgramError("no_program", "there is no text")
        for text in (row.instruction, row.source, row.state):
            if not _is_storable(text):
                raise ProgramError("lone_surrogate", "a text cannot be encoded as UTF-8")
        text = normalize(row.source)
        answer = read_answer(text, extract_code, fences)
        row.done = tuple(answer.done)
        row.program = Program.from_text(normalize(answer.programs[0]))
        if not row.program.lines:
            raise ProgramError("empty_program", "there is nothing but whitespace")
        row.state = normalize(row.state)
    except ProgramError as error:
        row.problem = error
    return row


def _text(column: str | None, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        problem = f"Column {column!r} holds {type(value).__name__}, not text."
        raise ColumnError(problem, () if column is None else (column,))
    return str(value)


def _is_storable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
