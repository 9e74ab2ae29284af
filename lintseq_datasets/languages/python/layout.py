"""What the tokens of a Python program tell about its lines. Line numbers are 0-based.

A *logical line* is a statement, or the header of a compound one, on as many lines as it takes.
An *atom* is a run of lines that only go together: the lines of a multi-line string, or lines
that end in a backslash and the one below. In

    0  if a:
    1      text = '''one
    2      two''' + f(
    3          b,
    4      )

the logical lines are line 0 at depth 0, and lines 1 to 4 at depth 1. The atoms are line 0, lines
1 and 2, line 3, line 4: what stands in brackets can go line by line. The brackets of ``f`` reach
from line 2 to line 4.
"""

from __future__ import annotations

import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_SILENT = {tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}

# From Python 3.12 on an f-string is many tokens, and its line breaks are tokens too.
_STRING_STARTS = {getattr(tokenize, name, -1) for name in ("FSTRING_START", "TSTRING_START")}
# -1 where this version has no such token; no token has that type.
_STRING_ENDS = {getattr(tokenize, name, -1) for name in ("FSTRING_END", "TSTRING_END")}


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """A statement, or the header of a compound one."""

    start: int  # first line
    stop: int  # line behind the last one
    depth: int  # number of blocks around it
    keyword: str  # its first token; the second one if that is ``async``


def read_logical_lines(tokens: Iterable[tokenize.TokenInfo]) -> Iterator[LogicalLine]:
    """The logical lines of a program, in order, without blank lines and mere comments."""
    depth = start_depth = start = 0
    keyword = ""  # empty between two logical lines
    for token in tokens:
        if token.type == tokenize.NEWLINE:
            if keyword:
                # The token stands in the last line. Counted from 1, as here, that is the number of
                # the line behind it, counted from 0.
                yield LogicalLine(start, token.start[0], start_depth, keyword)
            keyword = ""
        elif token.type not in _SILENT:
            if not keyword:
                start, start_depth = token.start[0] - 1, depth
            if keyword in ("", "async"):
                keyword = token.string
        depth += (token.type == tokenize.INDENT) - (token.type == tokenize.DEDENT)


def find_atoms(tokens: Iterable[tokenize.TokenInfo], num_lines: int) -> list[tuple[int, int]]:
    """The atoms of a program, in order: pairs (first line, line behind the last one).

    Every line is in one of them.
    """
    ends = set(_ends(tokens)) | {num_lines - 1}
    atoms: list[tuple[int, int]] = []
    start = 0
    for line in range(num_lines):
        if line in ends:
            atoms.append((start, line + 1))
            start = line + 1
    return atoms


def _ends(tokens: Iterable[tokenize.TokenInfo]) -> Iterator[int]:
    """Lines that end an atom: those whose line break is a token, outside of f-strings."""
    # Within a plain string and behind a backslash, a line break is no token of its own.
    strings = 0  # f-strings that are open
    for token in tokens:
        strings += (token.type in _STRING_STARTS) - (token.type in _STRING_ENDS)
        if token.type in (tokenize.NL, tokenize.NEWLINE) and not strings:
            yield token.start[0] - 1


def find_brackets(tokens: Iterable[tokenize.TokenInfo]) -> Iterator[tuple[int, int]]:
    """Brackets over several lines: pairs (line of the opening one, line of the closing one)."""
    opened: list[int] = []
    for token in tokens:
        if token.type == tokenize.OP and token.string in "([{":
            opened.append(token.start[0] - 1)
        elif token.type == tokenize.OP and token.string in ")]}" and opened:
            start, stop = opened.pop(), token.start[0] - 1  # the program parses, so they match
            if start != stop:
                yield start, stop
