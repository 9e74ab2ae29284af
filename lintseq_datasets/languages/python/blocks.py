"""Whether what is left of the blocks of a Python program still parses.

If every statement of a program that parses is either kept whole or deleted whole, and
goes together with its block, only the order of what is left can be wrong: a header
without a block, an ``else`` that nothing opens, a ``try`` without handlers. The parser
reports the first of these, and it takes no parser to find it.

A *clause* is a header with its block, such as the ``if`` and the ``else`` of one statement.
Each clause but the first *follows* one before it at its own depth. In

    0  for a in b:
    1      if a:
    2          break
    3  else:
    4      c

without lines 1 and 2 the ``for`` in line 0 has no block any more, and is the first error.
Without lines 0 to 2, the ``else`` in line 3 follows nothing, and is. Without line 2 it is the
``if`` in line 1: the next statement, line 3, is not deeper.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from lintseq_datasets.languages.python.layout import LogicalLine

TYPE_COMMENT = re.compile(r"#\s*type:")

_FOLLOWERS = {  # what may follow a clause at its own depth, as a clause of the same statement
    "if": frozenset({"elif", "else"}),
    "elif": frozenset({"elif", "else"}),
    "for": frozenset({"else"}),
    "while": frozenset({"else"}),
    "try": frozenset({"except", "finally"}),
    "except": frozenset({"except", "else", "finally"}),
    "try else": frozenset({"finally"}),
}
_CLAUSES = frozenset({"elif", "else", "except", "finally"})
_NONE: frozenset[str] = frozenset()


class _Statement(NamedTuple):
    """A logical line of a program."""

    lines: int  # mask
    first: int  # mask of its first line
    depth: int  # number of blocks around it
    keyword: str  # its first token; the second one if that is ``async``
    has_block: bool  # whether a block hangs on it


@dataclass(frozen=True, slots=True)
class PythonBlocks:
    """The statements of a program that parses, in order."""

    statements: tuple[_Statement, ...]

    def first_error(self, kept: int) -> int | None:
        """The line that the first syntax error of a state points at.

        Args:
            kept: Mask of the lines that are kept; of a deleted statement its block is
                deleted, too, and of a definition the decorators.

        Returns:
            Mask of that line, 0 if the state parses, None if only the parser can tell
            because a part of a statement is deleted.
        """
        left: list[_Statement] = []
        for statement in self.statements:
            present = statement.lines & kept
            if present == statement.lines:
                left.append(statement)
            elif present:  # half a statement may still be one, such as a call with fewer arguments
                return None
        return next(_errors(left), 0)


def make_blocks(lines: Iterable[str], logical_lines: Sequence[LogicalLine]) -> PythonBlocks | None:
    """The blocks of a program that parses.

    Returns:
        None if only a parser can tell what parses: a type comment can be a syntax error by
        itself.
    """
    if any(map(TYPE_COMMENT.search, lines)):
        return None
    return PythonBlocks(
        tuple(
            _Statement(
                lines=span(line.start, line.stop),
                first=1 << line.start,
                depth=line.depth,
                keyword=line.keyword,
                has_block=below is not None and below.depth > line.depth,
            )
            for line, below in zip_longest(logical_lines, logical_lines[1:])
        )
    )


def span(start: int, stop: int) -> int:
    """Mask of the lines from ``start`` to before ``stop``."""
    return (1 << stop) - (1 << start)


def _errors(statements: Iterable[_Statement]) -> Iterator[int]:
    """Lines with errors, in the order in which a parser meets them."""
    clauses: list[tuple[str, int]] = []  # for each open depth the last clause and its line
    header: _Statement | None = None  # the statement before, if it needs a block
    for statement in statements:
        depth, keyword = statement.depth, statement.keyword
        # A parser expects the block right here, so this is its error before any other.
        if header is not None and depth <= header.depth:
            yield header.first
        yield from _close(clauses, depth + 1)
        before, line = clauses.pop() if len(clauses) > depth else ("", 0)
        if keyword in _CLAUSES:
            if keyword not in _FOLLOWERS.get(before, _NONE):
                # what follows a ``try`` without being a handler is the fault of the ``try``
                yield line if before == "try" else statement.first
            elif keyword == "else" and before == "except":
                keyword = "try else"  # unlike the ``else`` of a loop, ``finally`` may follow it
        elif before == "try":
            yield line
        clauses.append((keyword, statement.first))
        header = statement if statement.has_block else None
    if header is not None:
        yield header.first
    yield from _close(clauses, 0)


def _close(clauses: list[tuple[str, int]], depth: int) -> Iterator[int]:
    """Close the blocks at some depth and deeper, innermost first."""
    while len(clauses) > depth:
        keyword, line = clauses.pop()
        if keyword == "try":  # still the last clause, so there are no handlers
            yield line
