"""What is read of a file at once, and what is too much: looked at before anything holds a row.

The readers of `datasets` hold a row, or a group of rows, several times. So files that are named as
a source are read through once in small pieces, and refused where a row is a gigantic one. Others
are looked at while they are read; see `lintseq_datasets.files.guarded`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files._row_groups import least_read, row_sizes, size_at_most
from lintseq_datasets.files._text_rows import CsvRows, LineRows
from lintseq_datasets.files.opening import COMPRESSED, DAMAGED, open_bytes

MOST_ROW_BYTES = 64 * 2**20
"""Of a row: of a line of a text file, of the values of a row of a Parquet file."""

MOST_GROUP_BYTES = 2 * 2**30
"""Of a group of rows of a Parquet file, or of a JSON file that is one text: read as a whole."""

PIECE_BYTES = 2**20
"""That is read at once."""

_MOST_UNFOLDED = 200  # times the size; texts unfold to 3 to 30 times, zeros in gzip to 1,000
LEAST_BOMB = 256 * 2**20  # bytes; below, nobody minds


def check_bounds(files: Iterable[str]) -> None:
    """Refuse files that hold a row, or a group of rows, that is too large to be read.

    Raises:
        ConfigError: A file does; names it, and the line.
    """
    for name in files:
        if name.lower().endswith(".parquet"):
            check_groups(name, name, Path(name).stat().st_size)
        else:
            _check_text(name)


def row_too_long(name: str, line: int, hint: str = "") -> ConfigError:
    """The error for a row of more than `MOST_ROW_BYTES`."""
    size = _mib(MOST_ROW_BYTES)
    return ConfigError("source", f"{name!r}, line {line}: a row of more than {size}{hint}")


# --- Parquet -------------------------------------------------------------------------


def check_groups(file: Any, name: str, size: int) -> None:
    """Refuse a Parquet file whose rows, or groups of rows, are too large to be read.

    Args:
        file: Name of the file, or the file.
        name: Its name, for messages.
        size: Its bytes.

    Raises:
        ConfigError: They are.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.read_metadata(file)
        # Many groups may each be small enough, and be a bomb together.
        total = 0
        for group in range(footer.num_row_groups):
            total += _check_group(file, footer, group, f"{name!r}: row group {group}")
            if total > max(LEAST_BOMB, _MOST_UNFOLDED * size):
                _refuse_bomb(name)
    except (pa.ArrowException, OSError):
        return  # reading it says what is wrong


def _check_group(file: Any, footer: Any, group: int, name: str) -> int:
    """Refuse a group of rows; returns how many bytes it unfolds to."""
    at_most = size_at_most(footer, group)
    if at_most.stored > MOST_GROUP_BYTES or least_read(footer, group) > MOST_GROUP_BYTES:
        _refuse_group(name, at_most.stored)
    # All values together are no more than one row may be: this is most files, and costs nothing.
    if at_most.read <= MOST_ROW_BYTES:
        return at_most.stored
    total, row = least_read(footer, group), 0
    for sizes in row_sizes(file, footer, group, MOST_ROW_BYTES):
        longest = int(sizes.argmax())
        if sizes[longest] > MOST_ROW_BYTES:
            problem = f"{name}, row {row + longest}: a row of more than {_mib(MOST_ROW_BYTES)}"
            raise ConfigError("source", problem)
        row += len(sizes)
        total += int(sizes.sum())
        if total > MOST_GROUP_BYTES:
            _refuse_group(name, total)
    return total


def _refuse_group(name: str, size: int) -> None:
    size = max(size, MOST_GROUP_BYTES)
    problem = f"{name} is of {_gib(size)} or more, and is read as a whole: "
    problem += f"write groups of less than {_gib(MOST_GROUP_BYTES)}"
    raise ConfigError("source", problem)


# --- text ----------------------------------------------------------------------------


class TextCheck:
    """Looks at a text file, piece by piece, while it is read.

    Args:
        name: Its name; the suffix says what it is.
        compressed: Its bytes as they are stored, if it is compressed.
        is_whole: Whether it is read as a whole; what starts as one JSON text is.
    """

    def __init__(self, name: str, compressed: int | None = None, is_whole: bool = False) -> None:
        self._name = name
        self._rows: CsvRows | LineRows = CsvRows() if ".csv" in name.lower() else LineRows()
        self._most: int | None = None
        if compressed is not None:
            self._most = max(LEAST_BOMB, _MOST_UNFOLDED * compressed)
        self._total = 0
        self._is_whole = is_whole

    def look(self, piece: bytes) -> None:
        """Look at the next bytes.

        Raises:
            ConfigError: A row, or the file, is too large.
        """
        # The first piece tells: of what begins as one JSON text, a line is no row.
        if not self._total:
            self._is_whole |= ".json" in self._name.lower() and _is_no_line(piece)
        self._total += len(piece)
        if self._most is not None and self._total > self._most:
            _refuse_bomb(self._name)
        if self._is_whole:
            self._check_whole()
        elif line := self._rows.longer(piece, MOST_ROW_BYTES):
            raise row_too_long(self._name, line)

    def _check_whole(self) -> None:
        if self._total > MOST_GROUP_BYTES:
            problem = f"{self._name!r} is one text of more than {_gib(MOST_GROUP_BYTES)}"
            raise ConfigError("source", f"{problem}: write it as JSON lines")


def _check_text(name: str) -> None:
    size, is_compressed = Path(name).stat().st_size, Path(name).suffix.lower() in COMPRESSED
    if size <= MOST_ROW_BYTES and not is_compressed:  # no row is larger than its file
        return
    check = TextCheck(name, size if is_compressed else None)
    for piece in _pieces(name):
        check.look(piece)


def _pieces(name: str) -> Iterator[bytes]:
    try:
        with open_bytes(name) as file:
            while piece := file.read(PIECE_BYTES):
                yield piece
    except DAMAGED:
        return  # reading it says what is wrong


def _is_no_line(piece: bytes) -> bool:
    """Whether a JSON file that starts so is one text, such as a list, and no JSON lines."""
    first, newline, _ = piece.lstrip().partition(b"\n")
    # Of a first line that goes on behind the piece, the lines have bounds of their own.
    if first[:1] == b"[" or not newline:
        return first[:1] == b"["
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return True
    return False


def _refuse_bomb(name: str) -> None:
    problem = f"{name!r} unfolds to more than {_MOST_UNFOLDED} times its size"
    raise ConfigError("source", f"{problem}: unpack it first, if that is meant")


def _mib(size: int) -> str:
    return f"{size / 2**20:.0f} MiB"


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"
