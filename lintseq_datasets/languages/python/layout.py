"""The logical lines, brackets and blocks of a Python program, read from its tokens.

All line numbers are 0-based.
"""

from __future__ import annotations

import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

from lintseq_datasets.errors import ProgramError
from lintseq_datasets.languages.python.blocks import Blocks, Statement

# No f-string, with white space in it, and nothing of a type
_PROSE = re.compile(r"(?![^'\"]*[fF])(?=.*\s)[^\[|]*", re.DOTALL)
TYPE_COMMENT = re.compile(r"#\s*type:")


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """A logical line."""

    start: int  # first line, 0-based
    stop: int  # line behind the last one
    depth: int  # number of blocks around it
    keyword: str  # its first token; the second one if that is ``async``


@dataclass(frozen=True, slots=True)
class Layout:
    """What the tokens of a program tell about its lines."""

    groups: list[tuple[int, int]]  # lines that only go together: (first, behind the last)
    statements: list[LogicalLine]
    brackets: list[tuple[int, int]]  # (line of the opening one, line of the closing one)
    prose: list[tuple[int, int, int]]  # comments and sentences in strings: (line, start, stop)


_SILENT = {tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}

# From Python 3.12 on an f-string is many tokens, and its line breaks are tokens too.
_STRING_STARTS = {getattr(tokenize, name, -1) for name in ("FSTRING_START", "TSTRING_START")}
_STRING_ENDS = {getattr(tokenize, name, -1) for name in ("FSTRING_END", "TSTRING_END")}


@lru_cache(maxsize=4)
def read_layout(lines: tuple[str, ...]) -> Layout:
    """Read the layout of a program that parses.

    Raises:
        ProgramError: ``not_tokenizable``.
    """
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline))
    except (tokenize.TokenError, SyntaxError) as error:
        raise ProgramError("not_tokenizable", str(error)) from None
    groups = _groups(len(lines), set(_ends(tokens)))
    prose = [span for token in tokens for span in _prose(token)]
    return Layout(groups, list(_statements(tokens)), list(_brackets(tokens)), prose)


def _ends(tokens: Iterable[tokenize.TokenInfo]) -> Iterator[int]:
    """Lines that end a group: the next one does not hang on them."""
    strings = 0
    for token in tokens:
        strings += (token.type in _STRING_STARTS) - (token.type in _STRING_ENDS)
        if token.type in (tokenize.NL, tokenize.NEWLINE) and not strings:
            yield token.start[0] - 1


def _statements(tokens: Iterable[tokenize.TokenInfo]) -> Iterator[LogicalLine]:
    depth = start_depth = start = 0
    keyword = ""
    for token in tokens:
        if token.type == tokenize.NEWLINE:
            if keyword:
                yield LogicalLine(start, token.start[0], start_depth, keyword)
            keyword = ""
        elif token.type not in _SILENT:
            if not keyword:
                start, start_depth = token.start[0] - 1, depth
            if keyword in ("", "async"):
                keyword = token.string
        depth += (token.type == tokenize.INDENT) - (token.type == tokenize.DEDENT)


def _brackets(tokens: Iterable[tokenize.TokenInfo]) -> Iterator[tuple[int, int]]:
    opened: list[int] = []
    for token in tokens:
        if token.type == tokenize.OP and token.string in "([{":
            opened.append(token.start[0] - 1)
        elif token.type == tokenize.OP and token.string in ")]}" and opened:
            start, stop = opened.pop(), token.start[0] - 1
            if start != stop:
                yield start, stop


def _prose(token: tokenize.TokenInfo) -> Iterator[tuple[int, int, int]]:
    if token.type == tokenize.COMMENT:
        is_prose = TYPE_COMMENT.match(token.string) is None
    else:
        is_prose = token.type == tokenize.STRING and _PROSE.fullmatch(token.string) is not None
    if is_prose:
        (first, start), (last, stop) = token.start, token.end
        for line in range(first, last + 1):
            yield line - 1, start if line == first else 0, stop if line == last else sys.maxsize


def _groups(num_lines: int, ended: set[int]) -> list[tuple[int, int]]:
    groups: list[tuple[int, int]] = []
    start = 0
    for row in range(num_lines):
        if row in ended or row == num_lines - 1:
            groups.append((start, row + 1))
            start = row + 1
    return groups


def make_blocks(lines: Sequence[str], layout: Layout) -> Blocks | None:
    """What may be left of the blocks of a program; None if only a parser can tell."""
    if any(map(TYPE_COMMENT.search, lines)):  # can be a syntax error by itself
        return None
    found: list[Statement] = []
    for statement, below in zip_longest(layout.statements, layout.statements[1:]):
        found.append(
            Statement(
                lines=span(statement.start, statement.stop),
                first=1 << statement.start,
                depth=statement.depth,
                keyword=statement.keyword,
                has_block=below is not None and below.depth > statement.depth,
            )
        )
    return Blocks(tuple(found))


def span(start: int, stop: int) -> int:
    """Mask of the lines from ``start`` to before ``stop``."""
    return (1 << stop) - (1 << start)
