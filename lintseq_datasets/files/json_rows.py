"""Rows of JSON: lines, or one list, or values one after the other.

A line that is no JSON object is a row that cannot be read, and the next line is the next row.
Where a value may go over many lines, nobody knows where the next one begins: there, what is wrong
is an error that ends the reading, before anything is made of the rows:

    {"code": "a"} NEWLINE nonsense NEWLINE {"code": "b"}     a row, one that cannot be read, a row
    [{"code": "a"}, NEWLINE nonsense, {"code": "b"}]         an error, in line 2
"""

from __future__ import annotations

import codecs
import json
import logging
import re
from collections.abc import Iterator
from typing import IO, Any

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files.bounds import MOST_ROW_BYTES, PIECE_BYTES, row_too_long
from lintseq_datasets.files.opening import open_bytes
from lintseq_datasets.files.row_types import Broken
from lintseq_datasets.languages.python.parsing import steady_stack

_logger = logging.getLogger(__name__)

# What JSON takes for white space (RFC 8259, section 2); `str.isspace` knows more.
_SPACE = re.compile(r"[ \t\r\n]*")


def read_json(name: str) -> Iterator[dict[str, Any] | Broken]:
    """The rows of a file of JSON, compressed or not.

    Args:
        name: The file.

    Raises:
        ConfigError: A row is too large, or the file is not in UTF-8 as a whole, or it is a list
            that is not whole.
    """
    keys = _Keys(name)
    with open_bytes(name) as file:
        is_lines = _is_lines(name, file)
    with open_bytes(name) as file:
        yield from _lines(name, file, keys) if is_lines else _values(name, file, keys)
    keys.report()


class _Keys:
    """Notices keys that are twice in an object; the last one counts."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._found: dict[str, int] = {}
        self.decoder = json.JSONDecoder(object_pairs_hook=self._take)

    def _take(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        taken = dict(pairs)
        if len(taken) < len(pairs):
            names = [name for name, _ in pairs]
            for name in taken:
                # Some are enough for a warning, and a hostile file may have any number of them.
                if names.count(name) > 1 and (name in self._found or len(self._found) < 10):
                    self._found[name] = self._found.get(name, 0) + 1
        return taken

    def report(self) -> None:
        """Say in the log what was found."""
        for name, count in self._found.items():
            text = "%s: %d objects have the key %r more than once: the last one counts"
            _logger.warning(text, self._name, count, name)


def _is_lines(name: str, file: IO[bytes]) -> bool:
    """Whether each line is a value of its own."""
    head = file.read(4)
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise ConfigError("source", f"{name!r} is in UTF-16: convert it to UTF-8")
    line = (head + file.readline(MOST_ROW_BYTES)).removeprefix(codecs.BOM_UTF8)
    while line and not line.strip():
        line = file.readline(MOST_ROW_BYTES)
    if line.lstrip()[:1] == b"[":
        return False
    if line.lstrip()[:1] != b"{" or isinstance(_row(line, 0, json.JSONDecoder()), dict):
        return True
    # An object that is printed over several lines, or else a first line that is no JSON.
    try:
        next(_decoded(name, _Text(file, line), json.JSONDecoder()), None)
    except ConfigError:
        return True
    return False


# --- lines ---------------------------------------------------------------------------


def _lines(name: str, file: IO[bytes], keys: _Keys) -> Iterator[dict[str, Any] | Broken]:
    number = 0
    # One byte more than may be, or a line of just the most could not be told from a longer one.
    while line := file.readline(MOST_ROW_BYTES + 1):
        number += 1
        if len(line) > MOST_ROW_BYTES:
            raise row_too_long(name, number)
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if line.strip():
            yield _row(line, number, keys.decoder)


def _row(line: bytes, number: int, decoder: json.JSONDecoder) -> dict[str, Any] | Broken:
    try:
        with steady_stack():  # how deep a row may be does not depend on who reads it
            row = decoder.decode(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Broken("not_utf8", f"line {number}: {error.reason} at byte {error.start}")
    except json.JSONDecodeError as error:
        return Broken("unreadable", f"line {number}, column {error.colno}: {error.msg}")
    except (ValueError, RecursionError) as error:
        return Broken("unreadable", f"line {number}: {error}")
    if not isinstance(row, dict):
        return Broken("unreadable", f"line {number} is {_named(row)}, not an object")
    return row


def _named(value: Any) -> str:
    kinds = {list: "a list", str: "a text", type(None): "null", bool: "true or false"}
    return kinds.get(type(value), "a number")


# --- values over several lines -------------------------------------------------------


class _Text:
    """A file as text that is read as it is needed; what was used is let go."""

    def __init__(self, file: IO[bytes], first: bytes = b"") -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self.text = self._decoder.decode(first)
        self.at = 0
        self.is_whole = False
        self.line = 1  # of the first character

    def read(self) -> bool:
        """Read as much again as there is; whether there was anything."""
        # Twice as much each time: the decoder starts again with a value that was not whole, and
        # with equal pieces a long value would take time as the square of its length.
        piece = self._file.read(max(PIECE_BYTES, len(self.text) - self.at))
        self.is_whole = not piece
        more = self._decoder.decode(piece, final=self.is_whole)
        if self.is_whole:
            return False
        self.line += self.text.count("\n", 0, self.at)
        self.text, self.at = self.text[self.at :] + more, 0
        return True

    def next(self) -> str:
        """The next character that is no space, which stays; empty at the end."""
        while True:
            self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.read():
                return ""


def _values(name: str, file: IO[bytes], keys: _Keys) -> Iterator[dict[str, Any] | Broken]:
    for number, row in enumerate(_decoded(name, _Text(file), keys.decoder)):
        if isinstance(row, dict):
            yield row
        else:
            yield Broken("unreadable", f"value {number} is {_named(row)}, not an object")


def _decoded(name: str, text: _Text, decoder: json.JSONDecoder) -> Iterator[Any]:
    """The values of a list, or those that follow one another."""
    try:
        is_list = text.next() == "["
        text.at += is_list
        is_first = True
        while (character := text.next()) and (not is_list or character != "]"):
            if is_list and not is_first:
                _expect(text, ",")
            is_first = False
            yield _decode(name, text, decoder)
        if is_list:
            _expect(text, "]")
            if text.next():
                raise json.JSONDecodeError("there is more behind the list", text.text, text.at)
    except json.JSONDecodeError as error:
        line = text.line + error.lineno - 1
        problem = f"{name!r}, line {line}, column {error.colno}: {error.msg}"
        raise ConfigError("source", f"{problem}; what follows cannot be read") from None
    except UnicodeDecodeError as error:
        problem = f"{name!r} is not in UTF-8: {error.reason}, behind line {text.line}"
        raise ConfigError("source", problem) from None
    except ConfigError:
        raise
    except (ValueError, RecursionError) as error:
        raise ConfigError("source", f"{name!r}, behind line {text.line}: {error}") from None


def _expect(text: _Text, character: str) -> None:
    if text.next() != character:
        raise json.JSONDecodeError(f"expecting {character!r}", text.text, text.at)
    text.at += 1


def _decode(name: str, text: _Text, decoder: json.JSONDecoder) -> Any:
    text.next()
    while True:
        try:
            with steady_stack():
                value, end = decoder.raw_decode(text.text, text.at)
        except json.JSONDecodeError:
            # It may be wrong, or not whole yet: only the end of the file, or the bound, tells.
            if len(text.text) - text.at > MOST_ROW_BYTES:
                raise row_too_long(name, text.line) from None
            if not text.read():
                raise
            continue
        if end == len(text.text) and not text.is_whole and text.read():
            continue  # a number may go on
        text.at = end
        return value
