"""The format ``next_edit``: a row for each edit, with the state that it starts from in the prompt.

The rows of a sequence of three edits, with two edits in a row::

    prompt                            completion     edit_index   is_last
    the instruction                   edits 0 and 1  0            False
    the instruction, state after 1    edit 2         2            True
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar

from lintseq_datasets.edits.sequence import printed_edits
from lintseq_datasets.edits.training_text import join_edits
from lintseq_datasets.mapping.outputs._between_texts import between_texts
from lintseq_datasets.mapping.outputs.base import Types, Values
from lintseq_datasets.mapping.outputs.default import (
    Conversational,
    Default,
    as_messages,
    as_texts,
)
from lintseq_datasets.mapping.rows import Row


class EditRows(Default):
    """Formats with several rows for a sequence; each starts from a state."""

    is_counted: ClassVar[bool] = False
    has_parts: ClassVar[bool] = True
    meanings: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "edit_index": "number of the row's first edit in its sequence, from 0; -1 without one",
            "is_last": "whether the row is the last one of its sequence",
        }
    )

    @property
    def has_state(self) -> bool:
        """Always."""
        return True

    def types(self) -> Types:
        """The columns of `FEATURES`, and where in its sequence a row is."""
        return {**Default.types(self), "edit_index": "int32", "is_last": "bool"}

    def rows_of_sequence(self, row: Row, number: int) -> list[Values]:
        """The rows of a sequence, in order."""
        # What all rows of the sequence share, such as the program; `parts` replaces what differs.
        (common,) = Default.rows_of_sequence(self, row, number)
        rows = [{**common, **values, "is_last": False} for values in self.parts(row, number)]
        return [*rows[:-1], *({**last, "is_last": True} for last in rows[-1:])]

    @abstractmethod
    def parts(self, row: Row, number: int) -> Iterator[Values]:
        """What differs between the rows of a sequence.

        Args:
            row: A row of the source that was sampled.
            number: Which of its sequences, from 0.

        Raises:
            ProgramError: The format cannot say an edit.
        """

    def row_without_sequence(self, row: Row) -> Values:
        """The row that says why there is no sequence."""
        return {**Default.row_without_sequence(self, row), "edit_index": -1, "is_last": False}


class NextEdit(EditRows):
    """Rows with one edit or several, and the state before them."""

    name = "next_edit"
    own_options: ClassVar[tuple[str, ...]] = (
        "edits_per_row",
        "edits_so_far",
        "done",
        "conversational",
    )
    marks: ClassVar[tuple[str, ...]] = ("edit_index",)
    shape: ClassVar[str] = (
        "Each row is a part of a sequence, from `edit_index` on; the prompt holds `state`."
    )

    def types(self) -> Types:
        """Prompt and completion are messages, if that is wanted."""
        kind = Conversational.text_type if self.writing.conversational else Default.text_type
        return {**EditRows.types(self), "prompt": kind, "completion": kind}

    def texts(self, row: Row, state: str, completion: str | None, so_far: str = "") -> Values:
        """Prompt and completion, as texts or as messages."""
        write = as_messages if self.writing.conversational else as_texts
        return write(row, lambda asked: self.prompt_of(asked, state, so_far), completion)

    def parts(self, row: Row, number: int) -> Iterator[Values]:
        """The edits of each row, in the form of the training text, and the state before them."""
        sequence, writing = between_texts(row.sequences[number]), self.writing
        states = [sequence.start, *sequence.states()]
        diffs, printed = (printed_edits(sequence, form) for form in ("diff", writing.edit_format))
        # Behind the last edit there is a row more, where something is said when all is done.
        starts = [*range(0, len(diffs), writing.edits_per_row), *[len(diffs)] * bool(writing.done)]
        for first in starts:
            some = slice(first, first + writing.edits_per_row)
            so_far = join_edits(printed[:first]) if writing.edits_so_far else ""
            completion = join_edits(printed[some]) or writing.done
            yield {
                **self.texts(row, states[first].text, completion, so_far),
                "edits": diffs[some],
                "num_edits": len(diffs),
                "state": states[first].text,
                "edit_index": first,
            }
