"""Whether what is left of the blocks of a Python program still parses.

If every statement of a program that parses is either kept whole or deleted whole, and
goes together with its block, only the order of what is left can be wrong: a header
without a block, an ``else`` that nothing opens, a ``try`` without handlers. The parser
reports the first of these, and it takes no parser to find it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

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


class Statement(NamedTuple):
    """A logical line of a program."""

    lines: int  # mask
    first: int  # mask of its first line
    depth: int  # number of blocks around it
    keyword: str  # its first token; the second one if that is ``async``
    has_block: bool  # whether a block hangs on it


@dataclass(frozen=True, slots=True)
class Blocks:
    """The statements of a program that parses, in order."""

    statements: tuple[Statement, ...]
    _last: list[tuple[int, int | None]] = field(default_factory=list, compare=False, repr=False)

    def first_error(self, kept: int) -> int | None:
        """The line that the first syntax error of a state points at.

        Args:
            kept: Mask of the lines that are kept; of a deleted statement its block is
                deleted, too, and of a definition the decorators.

        Returns:
            Mask of that line, 0 if the state parses, None if only the parser can tell
            because a part of a statement is deleted.
        """
        if not self._last or self._last[0][0] != kept:  # samplers and linters ask one by one
            self._last[:] = [(kept, self._first_error(kept))]
        return self._last[0][1]

    def _first_error(self, kept: int) -> int | None:
        left: list[Statement] = []
        for statement in self.statements:
            present = statement.lines & kept
            if present == statement.lines:
                left.append(statement)
            elif present:
                return None
        return next(_errors(left), 0)


def _errors(statements: list[Statement]) -> Iterator[int]:
    """Lines with errors, in the order in which a parser meets them."""
    clauses: list[tuple[str, int]] = []  # for each open depth the last clause and its line
    header: Statement | None = None  # the statement before, if it needs a block
    for statement in statements:
        depth, keyword = statement.depth, statement.keyword
        if header is not None and depth <= header.depth:
            yield header.first
        yield from _close(clauses, depth + 1)
        before, line = clauses.pop() if len(clauses) > depth else ("", 0)
        if keyword in _CLAUSES:
            if keyword not in _FOLLOWERS.get(before, _NONE):
                yield line if before == "try" else statement.first
            elif keyword == "else" and before == "except":
                keyword = "try else"
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
        if keyword == "try":
            yield line
