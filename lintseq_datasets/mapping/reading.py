r"""From the cells of a row to its program, its instruction and the state to start from.

A row usually has one program. A conversation or a list of solutions may have several; on request,
the row then becomes several rows. A row that cannot be read is a `Row` with a problem.

>>> from lintseq_datasets.mapping.columns import Columns
>>> columns = Columns(instruction="prompt", program="code")
>>> (row,) = rows_of_cells(columns, Cells(program="n = 4\r\n", instruction="Four."), Reading())
>>> row.instruction, row.program.lines
('Four.', ('n = 4',))
>>> (row,) = rows_of_cells(columns, Cells(program=4), Reading())
>>> row.status
'skipped:not_text'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from lintseq_datasets.edits.program import Program, normalize
from lintseq_datasets.errors import ConfigError, ProgramError
from lintseq_datasets.languages.base import Language, load_language
from lintseq_datasets.mapping.answers import Answer, continue_code, read_answer
from lintseq_datasets.mapping.cells import Batch, as_list, as_text, is_missing, storable
from lintseq_datasets.mapping.chat import (
    Message,
    Turn,
    answers_in,
    check_roles,
    is_conversation,
    read_messages,
)
from lintseq_datasets.mapping.columns import CHATS, Columns
from lintseq_datasets.mapping.options import Reading
from lintseq_datasets.mapping.rows import Row
from lintseq_datasets.mapping.solutions import list_of_texts, solutions_in
from lintseq_datasets.mapping.transcripts import structure_in, transcript_in


class Cells(NamedTuple):
    """Values of the columns of a row, as they came, of any type."""

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
    if is_row_of(batch, columns) or not _is_list(values):
        raise ConfigError(
            "batched",
            "this function takes batches: call dataset.map(..., batched=True, "
            "remove_columns=dataset.column_names)",
        )
    programs = as_list(values)
    empty: list[Any] = [None] * len(programs)
    others = (columns.instruction, columns.context, columns.state)
    lists = [empty if name is None else as_list(batch[name]) for name in others]
    if any(len(each) != len(programs) for each in lists):
        raise ConfigError(
            "batch", "its columns are of different lengths: give each one value for each row"
        )
    return list(map(Cells, programs, *lists))


def is_row_of(batch: Batch, columns: Columns) -> bool:
    """Whether this is a row for certain: no column of a batch is a text.

    Other columns are not touched: `datasets` decodes a column, of images say, when it is.
    """
    if type(batch).__name__ == "LazyRow":
        return True
    return any(isinstance(batch[name], str) for name in columns if name is not None)


def is_one(values: object) -> bool:
    """Whether this is the value of one row, not those of a batch."""
    return not _is_list(values) or is_conversation(values)


def _is_list(values: object) -> bool:
    return hasattr(values, "__len__") and not isinstance(values, (str, bytes, Mapping))


def read_rows(
    batch: Batch, columns: Columns, reading: Reading, language: str = "python"
) -> list[Row]:
    """Read the programs of a batch.

    Args:
        batch: Columns by name.
        columns: Which of them hold what.
        reading: How they are read.
        language: That of the programs.

    Returns:
        For each row of the batch one or more in its order, whose ``position`` is its number.

    Raises:
        ConfigError: This is a row, not a batch.
    """
    rows: list[Row] = []
    for position, cells in enumerate(cells_of(batch, columns)):
        for row in rows_of_cells(columns, cells, reading, language):
            row.position = position
            rows.append(row)
    return rows


def rows_of_cells(
    columns: Columns, cells: Cells, reading: Reading, language: str = "python"
) -> list[Row]:
    """Read the programs of a row: one, or several where it has several and each is wanted."""
    try:
        # A list, as errors of the generator are raised where it is read.
        turns = list(_turns(columns, cells, reading, language))
    except ProgramError as error:
        return [unread_row(columns, cells, error)]
    return [
        row
        for turn, answer in turns
        for row in _read_turn(columns, cells, turn, answer, reading, language)
    ]


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


def _read_turn(
    columns: Columns,
    cells: Cells,
    turn: Turn,
    answer: Answer | None,
    reading: Reading,
    language: str,
) -> list[Row]:
    """Read the programs of an answer, unless it was read: one, or several if each is wanted."""
    row = Row(turn.instruction, source=turn.answer or "")
    if reading.history:
        row.history, row.between = turn.history, turn.between
    try:
        row.state = as_text(columns.state, cells.state)
        if turn.answer is None:
            raise ProgramError("no_program", "there is no text")
        said = (text for message in (*row.history, *row.between) for text in message)
        # Arrow keeps texts as UTF-8, which has no lone surrogates: one would end the whole job.
        for text in (row.instruction, row.source, row.state, *said):
            if text != storable(text):
                raise ProgramError("lone_surrogate", "a text cannot be encoded as UTF-8")
        row.state = normalize(row.state)
        if answer is None:
            answer = _continued(row, reading, language) or _answer_in(row.source, reading, language)
        row.done = tuple(answer.done)
    except ProgramError as error:
        row.problem = error
        return [row]
    return [_with_program(row, text) for text in answer.programs]


def _with_program(row: Row, text: str) -> Row:
    # Fences are found in lines, so line ends come first; what is cut out ends in blank lines again.
    program = Program.from_text(normalize(text))
    problem = None
    if not program.lines:
        problem = ProgramError("empty_program", "there is nothing but whitespace")
    return replace(row, program=program, problem=problem)


# --- which instruction, which answer -------------------------------------------------


def _turns(
    columns: Columns, cells: Cells, reading: Reading, language: str
) -> Iterator[tuple[Turn, Answer | None]]:
    """The instruction and the answers of a row, with what was read of them to choose.

    Raises:
        ProgramError: A cell is no text, or there is no answer.
    """
    messages = _conversation(columns.program, cells.program, reading, load_language(language))
    if messages is not None:
        # Where nobody asks in the conversation, the question is in the instruction's cell.
        if not any(message.role == "user" for message in messages):
            asked = _asked(columns, cells)
            messages = [*(asked if asked != [Message("user", "")] else ()), *messages]
        yield from _chosen(answers_in(messages), reading, language)
        return
    *history, last = _asked(columns, cells)
    for text in _texts(columns.program, cells.program, reading, language):
        # All but the last is history, and nothing is between.
        yield Turn(last.text, text, history, len(history), len(history)), None


def _conversation(
    column: str | None, value: Any, reading: Reading, language: Language
) -> list[Message] | None:
    """The messages in a program's cell, in any form; None if it holds no conversation."""
    if reading.holds_files:  # such as a list of messages in a file of tests
        return None
    if is_conversation(value):
        return read_messages(column, value)
    if isinstance(value, str):
        found = structure_in(value)
        if found is None and reading.extract_code is not None:
            found = transcript_in(value, language)
        value = found
    if is_conversation(value):
        return read_messages(column, value)
    # Texts alone, in a column for chats: people take turns, and the first one asks.
    if column and column.lower() in CHATS and (said := list_of_texts(value)):
        return [Message(("user", "assistant")[n % 2], text) for n, text in enumerate(said)]
    return None


def _asked(columns: Columns, cells: Cells) -> list[Message]:
    """What the instruction's cell says, the user's words last."""
    value = cells.instruction
    if isinstance(value, str) and is_conversation(found := structure_in(value)):
        value = found
    if not is_conversation(value):
        instruction = as_text(columns.instruction, value)
        context = as_text(columns.context, cells.context)
        return [Message("user", _joined(instruction, context))]
    messages = read_messages(columns.instruction, value)
    # What comes after the last question is an answer, and the program is one already.
    last = max((n for n, each in enumerate(messages) if each.role == "user"), default=None)
    if last is None:
        check_roles(messages)
        # Nobody asks: what is there, such as a system prompt, is history.
        return [*messages, Message("user", "")]
    return messages[: last + 1]


def _chosen(
    turns: Sequence[Turn], reading: Reading, language: str
) -> Iterator[tuple[Turn, Answer | None]]:
    """Those answers of a conversation that have a program, as many as are wanted."""
    if not turns:
        raise ProgramError("no_program", "nobody answers in the conversation")
    ordered = turns[::-1] if reading.turns == "last" else turns
    # A generator: an answer behind the one that is wanted is not parsed.
    found = (
        (turn, answer)
        for turn in ordered
        if (answer := _answer_with_program(turn.answer, reading, language)) is not None
    )
    # One in any case: an answer without a program says why it has none.
    yield next(found, (ordered[0], None))
    if reading.turns == "each":
        yield from found


def _answer_in(text: str, reading: Reading, language: str) -> Answer:
    return read_answer(normalize(text), reading.extract_code, reading.fences, language)


def _continued(row: Row, reading: Reading, language: str) -> Answer | None:
    if reading.extract_code is None:
        return None
    return continue_code(row.instruction, normalize(row.source), language)


def _answer_with_program(text: str | None, reading: Reading, language: str) -> Answer | None:
    try:
        answer = _answer_in(text or "", reading, language)
    except ProgramError:
        return None
    is_program = load_language(language).snippets.is_program
    # An empty text parses.
    has_program = any(text.strip() and is_program(text) for text in answer.programs)
    return answer if has_program else None


def _texts(column: str | None, value: Any, reading: Reading, language: str) -> Sequence[str | None]:
    """The text of a program's cell, or the texts of a list of solutions."""
    if is_missing(value):
        return [None]
    if reading.holds_files:
        return [as_text(column, value)]
    solutions = solutions_in(column, value, reading, load_language(language))
    if solutions is None:
        return [as_text(column, value)]
    if not solutions:
        raise ProgramError("no_program", "the list of solutions is empty")
    texts = [as_text(column, solution) for solution in solutions]
    return texts if reading.solutions == "each" else texts[:1]


def _joined(instruction: str, context: str) -> str:
    return "\n".join(filter(None, (instruction, context)))
