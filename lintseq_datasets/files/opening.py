"""Opening files that may be compressed, and what their suffixes say."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast


def _open_zst(name: str) -> IO[bytes]:
    import pyarrow as pa

    # Arrow has a codec of its own, and is there in any case.
    return cast("IO[bytes]", io.BufferedReader(pa.CompressedInputStream(pa.OSFile(name), "zstd")))


COMPRESSED: dict[str, Callable[[str], Any]] = {
    ".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open, ".zst": _open_zst,
}  # fmt: skip
"""Suffixes of compressed files, and what opens them."""

READERS = {
    ".jsonl": "json", ".json": "json", ".parquet": "parquet", ".csv": "csv", ".ndjson": "json",
}  # fmt: skip
"""Suffixes of files of data that can be read, and what reads them; beside them are programs."""

# A gzip file with a wrong head or checksum raises an OSError, and one that was cut off an EOFError.
# What is damaged between the two is found by zlib, whose error is a class of its own.
DAMAGED = (OSError, EOFError, lzma.LZMAError, zlib.error)
"""What reading a file raises that cannot be read, or is no compressed file of its kind."""


def open_bytes(name: str) -> IO[bytes]:
    """Open a file for reading what is in it, unpacked where it is compressed."""
    opened: IO[bytes] = COMPRESSED.get(Path(name).suffix.lower(), _open_plain)(name)
    return opened


def _open_plain(name: str) -> IO[bytes]:
    return Path(name).open("rb")


def suffix_of(name: str) -> str:
    """The suffix of a file, in lower case and below that of its compression.

    >>> suffix_of("rows.JSONL.gz"), suffix_of("rows")
    ('.jsonl', '')
    """
    path = Path(name)
    if path.suffix.lower() in COMPRESSED:
        path = path.with_suffix("")
    return path.suffix.lower()
