"""The format ``pylintseq``: the columns of the published package, for its training script."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from lintseq_datasets.edits.sequence import printed_edits
from lintseq_datasets.mapping.outputs.base import RowFormat, Types, Values
from lintseq_datasets.mapping.rows import Row


class Pylintseq(RowFormat):
    """The columns of the published package, which has none for a status or a state."""

    name = "pylintseq"
    tells_status = False
    tells_start = False
    tells_number = True
    tells_source_file = True
    tells_edit_format = False
    is_counted = False
    marks = ("edit_path",)
    meanings: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "edit_path": "one unified diff for each edit",
            "index": "number of the row in the source",
            "source_file": "name of the source",
            "source_instruction": "the instruction",
            "source_response": "the program as it stood in the source",
        }
    )

    def types(self) -> Types:
        """The columns of the published package."""
        return {
            "edit_path": ["string"],
            "index": "int64",
            "source_file": "string",
            "source_instruction": "string",
            "source_response": "string",
        }

    def rows_of_sequence(self, row: Row, number: int) -> list[Values]:
        """The one row of a sequence, with instruction and answer as they came."""
        return [
            {
                "edit_path": printed_edits(row.sequences[number]),
                "index": row.number,
                "source_file": self.writing.source_file,
                "source_instruction": row.asked,
                "source_response": row.source,
            }
        ]
