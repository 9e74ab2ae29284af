"""Rows of CSV: each cell is the text that stands there.

CSV has no types: ``42`` is a text, ``null`` too, and an empty field is an empty text.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from typing import IO

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files.bounds import MOST_ROW_BYTES, row_too_long
from lintseq_datasets.files.opening import open_bytes
from lintseq_datasets.files.row_types import Broken


def read_csv(name: str) -> Iterator[dict[str, str] | Broken]:
    """The rows of a file of CSV with a header, compressed or not.

    Args:
        name: The file.

    Raises:
        ConfigError: A row is too large, a quote is not closed, or the header is no header.
    """
    with open_bytes(name) as file:
        lines = _CsvLines(name, file)
        # The limit is one for the process, and 128 KiB: raised, never lowered for anybody else.
        csv.field_size_limit(max(csv.field_size_limit(), MOST_ROW_BYTES))
        # Strict, or a quote that is not closed takes in the rest of the file without a word.
        records = csv.reader(lines, strict=True)
        header = next(_records(name, records, lines), None)
        if header is None:
            return
        if len(set(header)) < len(header):
            names = ", ".join(sorted({one for one in header if header.count(one) > 1}))
            raise ConfigError(
                "source", f"{name!r}: several columns are called {names}: rename them"
            )
        for fields in _records(name, records, lines):
            if lines.problem:
                yield Broken("not_utf8", lines.problem)
            elif len(fields) == len(header):
                yield dict(zip(header, fields, strict=True))
            else:
                counts = f"{len(fields)} fields where the header has {len(header)}"
                yield Broken("unreadable", f"line {lines.first}: {counts}")


def _records(name: str, records: Iterator[list[str]], lines: _CsvLines) -> Iterator[list[str]]:
    """The fields of each record; blank lines are none."""
    while True:
        lines.begin()
        try:
            fields = next(records, None)
        except csv.Error as error:
            hint = "is a quote not closed, or one in a text not doubled?"
            problem = f"{name!r}, line {lines.first}: {error}; {hint}"
            raise ConfigError("source", problem) from None
        if fields is None:
            return
        if fields:
            yield fields


class _CsvLines:
    """The lines of a file as text, which the reader of CSV takes one by one."""

    def __init__(self, name: str, file: IO[bytes]) -> None:
        self._name = name
        self._file = file
        self._number = 0
        self._size = 0
        self.first = 1  # line of the record that is read
        self.problem = ""

    def begin(self) -> None:
        """Begin with a record."""
        self.first, self._size, self.problem = self._number + 1, 0, ""

    def __iter__(self) -> _CsvLines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(MOST_ROW_BYTES + 1)
        self._size += len(line)
        if not line:
            raise StopIteration
        self._number += 1
        if self._size > MOST_ROW_BYTES:
            raise row_too_long(self._name, self.first, "; is a quote not closed?")
        if self._number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            # Read on, so that the reader finds the end of this record, which alone is lost.
            self.problem = f"line {self._number}: {error.reason} at byte {error.start}"
            return line.decode("utf-8", "replace")
