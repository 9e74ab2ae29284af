"""JSON lines: those that Arrow refuses to read, and those that every reader can."""

from __future__ import annotations

import bz2
import gzip
import importlib
import json
import logging
import lzma
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_logger = logging.getLogger(__name__)


def _open_zst(name: str, *args: Any, **options: Any) -> Any:
    return importlib.import_module("zstandard").open(name, *args, **options)


COMPRESSED: dict[str, Callable[..., Any]] = {
    ".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open, ".zst": _open_zst,
}  # fmt: skip
"""Suffixes of compressed files, and what opens them."""


def read_repaired(files: Sequence[str]) -> Any:
    """Read JSON lines whose escapes are lone surrogates, which Arrow cannot hold.

    Such texts become None, and their rows are accounted for like others without a text.

    Args:
        files: Files of JSON lines, also compressed.

    Returns:
        A dataset, or None if something else is wrong with the files.
    """
    from datasets import Dataset, Split

    found: list[str] = []
    rows: list[dict[str, Any]] = []
    for name in files:
        opened = COMPRESSED.get(Path(name).suffix.lower(), open)
        with opened(name, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                try:
                    row = json.loads(line)
                    rows.append({key: _storable(value) for key, value in row.items()})
                except (ValueError, AttributeError):
                    return None
                if rows[-1] != row:
                    found.append(f"{name}:{number}")
    for place in found:
        _logger.warning("%s: a text with a lone surrogate is left out", place)
    return Dataset.from_list(rows, split=Split.TRAIN) if found else None


def _storable(value: Any) -> Any:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return None
    return value


def json_line(row: Any) -> bytes:
    """A value as one line of JSON, in UTF-8 and with its newline."""
    line = json.dumps(row, ensure_ascii=False)
    # some readers take these for the end of a line
    for character in "\x85\u2028\u2029":
        line = line.replace(character, f"\\u{ord(character):04x}")
    return line.encode("utf-8") + b"\n"
