"""The format ``fim``: insertions as prefix, suffix and middle, with the markers of a model.

There is a row for each hunk. Those of an edit are inserted from the top down, so a row starts from
what the row before has made, and the last one of an edit ends in the state after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar

from lintseq_datasets.edits.edit import Edit, Hunk
from lintseq_datasets.edits.formats.fim import FimMarkers, parts_of
from lintseq_datasets.mapping.cells import storable
from lintseq_datasets.mapping.outputs._between_texts import between_texts
from lintseq_datasets.mapping.outputs.base import Types, Values
from lintseq_datasets.mapping.outputs.next_edit import EditRows
from lintseq_datasets.mapping.rows import Row


class Fim(EditRows):
    """Rows with one hunk each, whose lines are the completion; the instruction is a column."""

    name = "fim"
    tells_edit_format: ClassVar[bool] = False
    own_options: ClassVar[tuple[str, ...]] = ("fim_markers",)
    marks: ClassVar[tuple[str, ...]] = ("edit_index", "hunk_index")
    shape: ClassVar[str] = (
        "Each row is a place of an edit, to be filled in: prefix and suffix, then the middle."
    )
    meanings: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            **EditRows.meanings,
            "instruction": "the instruction",
            "prompt": "prefix and suffix",
            "completion": "the lines between them",
            "hunk_index": "number of the hunk in its edit, from 0; -1 without a sequence",
            "num_hunks": "number of hunks of the edit",
        }
    )

    def types(self) -> Types:
        """The columns of all formats with a row for each edit, and those of the hunk."""
        hunk = {"hunk_index": "int32", "num_hunks": "int32"}
        return {"instruction": "string", **EditRows.types(self), **hunk}

    def texts(self, row: Row, state: str, completion: str | None, so_far: str = "") -> Values:
        """The instruction; without an edit there is no prompt."""
        return {"instruction": row.asked, "prompt": None, "completion": None}

    def parts(self, row: Row, number: int) -> Iterator[Values]:
        """Prompt and middle of each hunk, and the state before it."""
        sequence = between_texts(row.sequences[number])
        markers = FimMarkers.of(self.writing.fim_markers)
        lines = sequence.start.lines
        # For example, an edit of two hunks in "a, d", which become "a, b, c, d, e":
        #
        #     row   state before   middle   in the edit   here
        #     0     a, d           b, c     @@ -1,0 +2,2  @@ -1,0 +2,2
        #     1     a, b, c, d     e        @@ -2,0 +5    @@ -4,0 +5
        for index, edit in enumerate(sequence.edits):
            for place, hunk in enumerate(edit.hunks):
                # with the hunks above it, its place in the state is that after the edit
                own = Hunk(hunk.new_start, hunk.new_start, hunk.added, hunk.removed)
                prefix, middle, suffix = parts_of(own, lines)
                yield {
                    "prompt": markers.prompt(prefix, suffix, middle),
                    "completion": middle,
                    "edits": [str(Edit((own,)))],
                    "num_edits": len(sequence.edits),
                    "state": prefix + suffix,
                    "edit_index": index,
                    "hunk_index": place,
                    "num_hunks": len(edit.hunks),
                }
                lines = Edit((own,)).apply(lines)

    def row_without_sequence(self, row: Row) -> Values:
        """The row that says why there is no sequence."""
        asked = {"instruction": storable(row.asked), "hunk_index": -1, "num_hunks": 0}
        return {**EditRows.row_without_sequence(self, row), **asked}
