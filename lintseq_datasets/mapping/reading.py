r"""From the cells of a row to its program, its instruction and the state to start from.

A row usually has one program. A conversation or a list of solutions may have several; on request,
the row then becomes several rows. A row that cannot be read is a `Row` with a problem.

>>> from lintseq_datasets.mapping.columns import Columns
>>> columns = Columns(instruction="prompt", program="code")
>>> (row,) = read_row(columns, Cells(program="n = 4\r\n", instruction="Four."), Reading())
>>> row.instruction, row.program.lines
('Four.', ('n = 4',))
>>> (row,) = read_row(columns, Cells(program=4), Reading())
>>> row.status
'skipped:not_text'
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lintseq_datasets.edits.program import Program, normalize
from lintseq_datasets.errors import ConfigError, ProgramError
from lintseq_datasets.languages.python.parsing import is_python
from lintseq_datasets.mapping.answers import extract_program
from lintseq_datasets.mapping.cells import Batch, as_list, as_text, is_missing
from lintseq_datasets.mapping.chat import (
    Message,
    Turn,
    answers_in,
    is_conversation,
    read_messages,
)
from lintseq_datasets.mapping.columns import Columns
from lintseq_datasets.mapping.options import Reading
from lintseq_datasets.mapping.rows import Row

_PYTHON_3 = (3, "3", "python3", "python", "py", "PYTHON3", "Python")
"""What CodeContests and others call the language of a solution."""


class Cells(NamedTuple):
    """Values of the columns of a row, in whatever types they have."""

    program: object
    instruction: object = None
    context: object = None
    state: object = None


def cells_of(batch: Batch, columns: Columns) -> list[Cells]:
    """The cells of each row of a batch.

    Raises:
        ConfigError: This is a row, not a batch.
    """
    values = batch[columns.program]
    if is_one(values):
        raise ConfigError(
            "batched",
            "this function takes batches: call dataset.map(..., batched=True, "
            "remove_columns=dataset.column_names)",
        )
    programs = as_list(values)
    empty: list[Any] = [None] * len(programs)
    others = (columns.instruction, columns.context, columns.state)
    lists = (empty if name is None else as_list(batch[name]) for name in others)
    return list(map(Cells, programs, *lists))


def is_one(values: object) -> bool:
    """Whether this is the value of one row, not those of a batch."""
    is_list = hasattr(values, "__len__") and not isinstance(values, (str, bytes, Mapping))
    return not is_list or is_conversation(values)


def read_rows(batch: Batch, columns: Columns, reading: Reading) -> list[Row]:
    """Read the programs of a batch.

    Returns:
        For each row of the batch one or more in its order, whose ``position`` is its number.

    Raises:
        ConfigError: This is a row, not a batch.
    """
    rows: list[Row] = []
    for position, cells in enumerate(cells_of(batch, columns)):
        for row in read_row(columns, cells, reading):
            row.position = position
            rows.append(row)
    return rows


def read_row(columns: Columns, cells: Cells, reading: Reading) -> list[Row]:
    """Read the programs of a row: one, or several where it has several and each is wanted."""
    try:
        turns = list(_turns(columns, cells, reading))
    except ProgramError as error:
        return [unread_row(columns, cells, error)]
    return [_read_turn(columns, cells, turn, reading) for turn in turns]


def unread_row(columns: Columns, cells: Cells, problem: ProgramError | None = None) -> Row:
    """A row with those of its texts that are texts, as they are."""
    row = Row(problem=problem)
    names = (columns.instruction, columns.context, columns.program, columns.state)
    values = (cells.instruction, cells.context, cells.program, cells.state)
    texts = []
    for name, value in zip(names, values, strict=True):
        try:
            texts.append(as_text(name, value))
        except ProgramError:
            texts.append("")
    # Rows that are skipped appear in the output, where people look for what was wrong with them.
    row.instruction = _joined(texts[0], texts[1])
    row.source, row.state = texts[2], texts[3]
    return row


def _read_turn(columns: Columns, cells: Cells, turn: Turn, reading: Reading) -> Row:
    row = Row(turn.instruction, turn.history if reading.history else (), turn.answer or "")
    try:
        row.state = as_text(columns.state, cells.state)
        if turn.answer is None:
            raise ProgramError("no_program", "there is no text")
        # Arrow keeps texts as UTF-8, which has no lone surrogates: one would end the whole job.
        for text in (row.instruction, row.source, row.state):
            if not _is_storable(text):
                raise ProgramError("lone_surrogate", "a text cannot be encoded as UTF-8")
        row.program = _read_program(row.source, reading)
        if not row.program.lines:
            raise ProgramError("empty_program", "there is nothing but whitespace")
        row.state = normalize(row.state)
    except ProgramError as error:
        row.problem = error
    return row


def _read_program(text: str, reading: Reading) -> Program:
    # Fences are found in lines, so line ends come first; what is cut out ends in blank lines again.
    found = extract_program(normalize(text), reading.extract_code)
    return Program.from_text(normalize(found))


# --- which instruction, which answer -------------------------------------------------


def _turns(columns: Columns, cells: Cells, reading: Reading) -> Iterator[Turn]:
    """The instruction and the answers of a row.

    Raises:
        ProgramError: A cell is no text, or there is no answer.
    """
    if is_conversation(cells.program):
        messages = read_messages(columns.program, cells.program)
        # Where nobody asks in the conversation, the question is in the instruction's cell.
        if not any(message.role == "user" for message in messages):
            messages = [*_asked(columns, cells), *messages]
        yield from _chosen(answers_in(messages), reading)
        return
    *history, last = _asked(columns, cells)
    for text in _texts(columns.program, cells.program, reading):
        yield Turn(last.text, text, tuple(history))


def _asked(columns: Columns, cells: Cells) -> list[Message]:
    """What the instruction's cell says, the user's words last."""
    if not is_conversation(cells.instruction):
        instruction = as_text(columns.instruction, cells.instruction)
        context = as_text(columns.context, cells.context)
        return [Message("user", _joined(instruction, context))]
    messages = read_messages(columns.instruction, cells.instruction)
    # What comes after the last question is an answer, and the program is one already.
    last = max((n for n, each in enumerate(messages) if each.role == "user"), default=None)
    if last is None:
        return [*messages, Message("user", "")]
    return messages[: last + 1]


def _chosen(turns: Sequence[Turn], reading: Reading) -> Iterator[Turn]:
    """Those answers of a conversation that have a program, as many as are wanted."""
    if not turns:
        raise ProgramError("no_program", "nobody answers in the conversation")
    ordered = turns[::-1] if reading.turns == "last" else turns
    found = (turn for turn in ordered if _has_program(turn.answer, reading))
    if reading.turns != "each":
        yield next(found, ordered[0])  # an answer without a program says why it has none
        return
    first = next(found, None)
    yield first or turns[0]  # one row in any case, so that the row of the source is accounted for
    yield from found


def _has_program(text: str | None, reading: Reading) -> bool:
    try:
        program = _read_program(text or "", reading)
    except ProgramError:
        return False
    return bool(program.lines) and is_python(program.text)


def _texts(column: str | None, value: Any, reading: Reading) -> Sequence[str | None]:
    """The text of a program's cell, or the texts of a list of solutions."""
    if is_missing(value):
        return [None]
    solutions = _solutions(column, value)
    if solutions is None:
        return [as_text(column, value)]
    if not solutions:
        raise ProgramError("no_program", "the list of solutions is empty")
    texts = [as_text(column, solution) for solution in solutions]
    return texts if reading.solutions == "each" else texts[:1]


def _solutions(column: str | None, value: Any) -> list[Any] | None:
    """The solutions in a cell, if it holds a list of them.

    As a list, as JSON (APPS), or beside a list of their languages (CodeContests).
    """
    # Only by this name: a program may be JSON as well, such as a list of numbers.
    if isinstance(value, str) and column and column.lower() == "solutions":
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, list) else None
    if isinstance(value, Mapping) and {"solution", "language"} <= value.keys():
        # Other languages are no program here, so they are left out before one is chosen.
        pairs = zip(as_list(value["language"]), as_list(value["solution"]), strict=True)
        return [solution for language, solution in pairs if language in _PYTHON_3]
    if isinstance(value, (str, bytes, Mapping)) or not hasattr(value, "__iter__"):
        return None
    found = as_list(value)
    return found if all(isinstance(each, str) for each in found) else None


def _joined(instruction: str, context: str) -> str:
    return "\n".join(filter(None, (instruction, context)))


def _is_storable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
