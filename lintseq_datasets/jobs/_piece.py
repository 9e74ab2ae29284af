"""A piece: rows that a worker gets at once, and that can be halved to find a guilty one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

PieceColumns: TypeAlias = Mapping[str, Sequence[Any]]
Rows: TypeAlias = "dict[str, list[Any]]"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows that follow one another.

    Args:
        first: Number of the first row in the source, from 0.
        columns: Columns by name.
        size: Number of rows.
    """

    first: int
    columns: PieceColumns
    size: int

    def part(self, start: int, stop: int) -> Piece:
        """Some of the rows, by their position."""
        columns = {name: values[start:stop] for name, values in self.columns.items()}
        return Piece(self.first + start, columns, stop - start)

    def halves(self) -> tuple[Piece, Piece]:
        """The rows in two parts."""
        middle = self.size // 2
        return self.part(0, middle), self.part(middle, self.size)
