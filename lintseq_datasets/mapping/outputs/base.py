"""What an output format is: the columns of the rows, and how a row of the source becomes them.

A row of the source that was sampled becomes one or more rows for each of its sequences; one
that gave none becomes a row that says why, where the format has a column for that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from lintseq_datasets.mapping.json_columns import typed_array
from lintseq_datasets.mapping.rows import Row
from lintseq_datasets.mapping.writing import Writing
from lintseq_datasets.samplers.option_types import Start

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Features

Values: TypeAlias = dict[str, Any]
"""The values of an output row, by column."""

Types: TypeAlias = dict[str, Any]
"""The types of columns: names of `datasets` types, a list of one for lists of it, or a
dictionary of them."""


@dataclass(frozen=True, slots=True)
class RowFormat(ABC):
    """An output format, as one run writes it.

    A subclass says what it has columns for: ``tells_status``, what became of a row of the
    source (if not, rows without a sequence are left out); ``tells_start``, the state that
    sequences start from; ``tells_number``, the number of the row; ``tells_source_file``, the
    option of that name; ``tells_edit_format``, texts in any form of an edit. ``is_counted``
    says whether there is one row for each sequence, with the columns that `Accounting.of`
    wants; if not, a run counts in columns of its own. ``has_parts`` says whether a sequence may
    have several rows. ``own_options`` names the fields of `Writing` that are of use to this format
    and to few others. ``marks`` are the columns by which its rows are known where nothing else says
    their format. For the card, ``shape`` says what a row is that is no whole sequence, and
    ``meanings`` what the columns hold that other formats have not, or have otherwise.

    Args:
        writing: How rows are written.
        start: Where sequences start, and with ``"segment"`` end.
        language: That of the programs.
    """

    name: ClassVar[str]
    tells_status: ClassVar[bool] = True
    tells_start: ClassVar[bool] = True
    tells_number: ClassVar[bool] = False
    tells_source_file: ClassVar[bool] = False
    tells_edit_format: ClassVar[bool] = True
    is_counted: ClassVar[bool] = True
    has_parts: ClassVar[bool] = False
    own_options: ClassVar[tuple[str, ...]] = ()
    marks: ClassVar[tuple[str, ...]] = ()
    shape: ClassVar[str] = ""
    meanings: ClassVar[Mapping[str, str]] = MappingProxyType({})

    writing: Writing = field(default=Writing())
    start: Start = "empty"
    language: str = "python"

    @property
    def has_state(self) -> bool:
        """Whether sequences start from a state that the rows have to tell."""
        return self.start != "empty"

    @property
    def has_end(self) -> bool:
        """Whether sequences end at a state that the rows have to tell."""
        return self.start == "segment"

    @abstractmethod
    def types(self) -> Types:
        """The columns and their types, in order."""

    @abstractmethod
    def rows_of_sequence(self, row: Row, number: int) -> list[Values]:
        """The rows of a sequence.

        Args:
            row: A row of the source that was sampled.
            number: Which of its sequences, from 0.

        Raises:
            ProgramError: The format cannot say the sequence; the row is skipped for that reason.
        """

    def row_without_sequence(self, row: Row) -> Values:
        """The row that says why there is no sequence; empty cells where none can say it."""
        # Of a format without a status, such a row is there to be counted, and left out afterwards.
        return dict.fromkeys(self.types())

    def features(self) -> Features:
        """The columns and their types, as `datasets` has them."""
        from datasets import Features

        return Features({name: _feature(value) for name, value in self.types().items()})

    def table(
        self, columns: Mapping[str, Sequence[Any]], more: Mapping[str, pa.Field] | None = None
    ) -> pa.Table:
        """Rows as a table, whose types do not depend on them.

        Args:
            columns: The columns by name.
            more: The fields of columns beside those of the format.
        """
        import pyarrow as pa

        schema = pa.schema([*self.features().arrow_schema, *(more or {}).values()])
        arrays = [typed_array(columns[field.name], field.type) for field in schema]
        return pa.Table.from_arrays(arrays, schema=schema)


def _feature(value: Any) -> Any:
    from datasets import Json, List, Value

    if isinstance(value, list):
        return List(_feature(value[0]))
    if isinstance(value, dict):
        return {name: _feature(part) for name, part in value.items()}
    return Json() if value == "json" else Value(value)
