"""Where the rows of a text file start and end, looked at in pieces that are not kept.

A row of JSON lines is a line. In CSV a quoted field may hold newlines, and where a quote is never
closed, the rest of the file is one field. A piece may end anywhere:

    a,b NEWLINE 1,"two NEWLINE li      the row that starts in line 2 is open, and in a quote
    nes" NEWLINE 3,"x""                it was closed; the last quote closes the field, or is the
                                       first half of a doubled one: it waits for what comes
    y" NEWLINE                         a letter behind two quotes: it was a doubled one
"""

from __future__ import annotations

import re

_OPENING = re.compile(rb'(?<=[,\n\r])"')  # a quote inside of a field is a character as others
# Possessive: to try shorter matches could find nothing, and would take time on each long field.
_INSIDE = re.compile(rb'[^"]*+(?:""[^"]*+)*+')


class LineRows:
    """Rows that are lines."""

    def __init__(self) -> None:
        self._line = 1
        self._length = 0  # of the line so far

    def longer(self, piece: bytes, most: int) -> int | None:
        """Take the next bytes in; the number of a line with more bytes than that, or None."""
        end = piece.find(b"\n")
        if self._length + (len(piece) if end < 0 else end) > most:
            return self._line
        if end < 0:
            self._length += len(piece)
            return None
        # Lines that begin and end in a piece are shorter than it, and a piece is below the most.
        self._line += piece.count(b"\n")
        self._length = len(piece) - piece.rfind(b"\n") - 1
        return self._line if self._length > most else None


class CsvRows:
    """Rows of CSV, as pandas takes them."""

    def __init__(self) -> None:
        self._before = b"\n"  # the last byte that was looked at, and what could not be
        self._line = 1  # where the row starts
        self._more = 0  # lines of it so far
        self._length = 0  # of the row so far
        self._is_quoted = False

    def longer(self, piece: bytes, most: int) -> int | None:
        """Take the next bytes in; the line where a row with more bytes starts, or None."""
        text, at = self._before + piece, 1
        while at < len(text):
            if self._is_quoted:
                end = _INSIDE.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing
                if end == len(text) - 1:  # a quote, and what comes behind it tells which
                    self._inside(text, at, end)
                    at = end
                    break
                self._is_quoted = end == len(text)
                self._inside(text, at, end)
            else:
                opening = _OPENING.search(text, at)
                end = opening.start() if opening else len(text)
                if self._outside(text, at, end, most):
                    return self._line
                self._is_quoted = opening is not None
            self._length += end < len(text)  # the quote
            at = end + 1
            if self._length > most:
                return self._line
        # With the byte before: whether a quote opens a field depends on it.
        self._before = text[min(at, len(text)) - 1 :]
        return None

    def _inside(self, text: bytes, start: int, end: int) -> None:
        self._length += end - start
        self._more += text.count(b"\n", start, end)

    def _outside(self, text: bytes, start: int, end: int, most: int) -> bool:
        """Go on to the last row that starts there; whether the one before is longer."""
        # A carriage return alone ends a row as well: so pandas has it.
        last = max(text.rfind(b"\n", start, end), text.rfind(b"\r", start, end))
        if last < 0:
            self._length += end - start
            return False
        ends = (text.find(b"\n", start, end), text.find(b"\r", start, end))
        if self._length + min(place for place in ends if place >= 0) - start > most:
            return True
        self._line += self._more + text.count(b"\n", start, last + 1)
        self._more = 0
        self._length = end - last - 1
        return False
