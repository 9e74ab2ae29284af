"""What is read of a file at once, and what is too much: looked at before anything holds a row.

The readers of `datasets` hold a row, or a group of rows, several times. So files that are named as
a source are read through once in small pieces, and refused where a row is a gigantic one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files.json_lines import COMPRESSED

MOST_ROW_BYTES = 64 * 2**20
"""Of a line of a text file, which is a row."""

MOST_GROUP_BYTES = 2 * 2**30
"""Of a group of rows of a Parquet file, or of a JSON file that is one list: read as a whole."""

_PIECE_BYTES = 2**20
_MOST_UNFOLDED = 200  # times the size of a compressed file; texts unfold to 3 to 30 times
LEAST_BOMB = 256 * 2**20  # bytes; below, nobody minds


def check_bounds(files: Iterable[str]) -> None:
    """Refuse files that hold a row, or a group of rows, that is too large to be read.

    Raises:
        ConfigError: A file does; names it, and the line.
    """
    for name in files:
        if name.lower().endswith(".parquet"):
            _check_groups(name)
        else:
            _check_lines(name)


def _check_groups(name: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.read_metadata(name)
    except (pa.ArrowException, OSError):
        return  # reading it says what is wrong
    for number in range(footer.num_row_groups):
        size = footer.row_group(number).total_byte_size
        if size > MOST_GROUP_BYTES:
            problem = f"{name!r}: row group {number} is of {_gib(size)}, and is read as a whole: "
            problem += f"write groups of less than {_gib(MOST_GROUP_BYTES)}"
            raise ConfigError("source", problem)


def _check_lines(name: str) -> None:
    line, length, total, is_list = 1, 0, 0, False
    most = LEAST_BOMB
    if Path(name).suffix.lower() in COMPRESSED:
        most = max(most, _MOST_UNFOLDED * Path(name).stat().st_size)
    for piece in _pieces(name):
        if not total:
            is_list = ".json" in name.lower() and piece.lstrip()[:1] == b"["
        total += len(piece)
        if total > most and Path(name).suffix.lower() in COMPRESSED:
            problem = f"{name!r} unfolds to more than {_MOST_UNFOLDED} times its size"
            raise ConfigError("source", f"{problem}: unpack it first, if that is meant")
        if is_list:
            if total > MOST_GROUP_BYTES:
                problem = f"{name!r} is one list of more than {_gib(MOST_GROUP_BYTES)}"
                raise ConfigError("source", f"{problem}: write it as JSON lines")
            continue
        first, *others = piece.split(b"\n")
        for number, part in enumerate((first, *others)):
            length = len(part) + (length if number == 0 else 0)
            line += number > 0
            if length > MOST_ROW_BYTES:
                size = f"{MOST_ROW_BYTES / 2**20:.0f} MiB"
                raise ConfigError("source", f"{name!r}, line {line}: a row of more than {size}")


def _pieces(name: str) -> Iterator[bytes]:
    opened = COMPRESSED.get(Path(name).suffix.lower(), open)
    try:
        with opened(name, "rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece
    except (OSError, EOFError, ValueError, ImportError):
        return  # reading it says what is wrong


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"
