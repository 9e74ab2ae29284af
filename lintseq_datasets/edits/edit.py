r"""Hunk and Edit: unified diffs without context, printed and parsed exactly.

An edit is printed as ``difflib.unified_diff(before, after, n=0, lineterm="")`` prints it, without
the two file lines and joined by ``\n`` (paper section 2.1, eq. 1). For example, the edit from

    a = 1                  to    a = 1
    print(a)                     b = 2
                                 print(a)
                                 print(b)

has two hunks, and is printed as::

    @@ -1,0 +2 @@
    +b = 2
    @@ -2,0 +4 @@
    +print(b)

``-1,0`` says: nothing is removed, after line 1 of the program *before* the edit. ``+2`` says: one
line is added, which is line 2 of the program *after* it. A count of 1 is left out.

Printed ranges count lines from 1, and an empty range names the line *before* it. In a `Hunk` both
starts are 0-based positions between lines, so that the two cases need not be told apart: the first
hunk above is ``Hunk(old_start=1, new_start=1, added=("b = 2",))``.

Nothing has to be escaped. A header says how many lines follow, and each of them starts with its
sign, so a program line such as ``@@ -1 +1 @@`` cannot be taken for a header.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lintseq_datasets.errors import DiffError

# Strict: this reads what is written here. What a model writes is for `OpenHunk`.
_HEADER = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True)
class Hunk:
    """One contiguous change: some lines are removed, and others stand in their place.

    All hunks of LintSeq and RandSeq are insertions: they remove nothing.
    """

    old_start: int  # 0-based line of the program before the edit, where the hunk starts
    new_start: int  # 0-based line of the program after the edit, where it starts
    added: tuple[str, ...]
    removed: tuple[str, ...] = ()

    @property
    def is_insertion(self) -> bool:
        """Whether the hunk removes nothing."""
        return not self.removed

    def __str__(self) -> str:
        body = [f"-{line}" for line in self.removed]
        body += [f"+{line}" for line in self.added]
        return "\n".join([self.header, *body])

    @property
    def header(self) -> str:
        """The first line of the printed hunk."""
        old = print_range(self.old_start, len(self.removed))
        new = print_range(self.new_start, len(self.added))
        return f"@@ -{old} +{new} @@"


@dataclass(frozen=True, slots=True)
class Edit:
    r"""A unified diff without context: hunks in the order of their lines.

    >>> edit = Edit.from_text("@@ -0,0 +1,2 @@\n+def f():\n+    return 1")
    >>> edit.is_insertion, edit.num_added
    (True, 2)
    >>> edit.apply(())
    ('def f():', '    return 1')
    """

    hunks: tuple[Hunk, ...]

    @classmethod
    def from_text(cls, text: str) -> Edit:
        """Parse one printed edit.

        Raises:
            DiffError: The text is not exactly what printing an edit gives.
        """
        # Not splitlines: a program line may hold a form feed or another separator. And the empty
        # text is no hunk, where splitting it would give one empty line.
        lines = text.split("\n") if text else []
        hunks: list[Hunk] = []
        position = 0
        while position < len(lines):
            header, index = lines[position], len(hunks)
            hunk, position = parse_hunk(lines, position, index)
            _check_header(hunk, header, index)
            hunks.append(hunk)
        return cls(tuple(hunks))

    @property
    def is_insertion(self) -> bool:
        """Whether every hunk is an insertion."""
        return not any(hunk.removed for hunk in self.hunks)

    @property
    def num_added(self) -> int:
        """Number of lines that the edit inserts."""
        return sum(len(hunk.added) for hunk in self.hunks)

    def apply(self, lines: Sequence[str]) -> tuple[str, ...]:
        """The lines of the program after the edit.

        Args:
            lines: The lines of the program before the edit.

        Raises:
            DiffError: A hunk lies outside of the program or out of order, its header names
                another place than it has, or it removes lines that are not there.
        """
        return tuple(_apply(self.hunks, lines))

    def __str__(self) -> str:
        return "\n".join(map(str, self.hunks))


def _apply(hunks: tuple[Hunk, ...], lines: Sequence[str]) -> list[str]:
    result: list[str] = []
    position = 0  # first line of the old program that was not copied yet
    for index, hunk in enumerate(hunks):
        # Hunks stand in the order of their lines, so the copied part never shrinks. A start at
        # the very end is allowed: that is where an insertion after the last line goes.
        if not position <= hunk.old_start <= len(lines):
            raise DiffError(
                f"starts after old line {hunk.old_start}, "
                f"outside of lines {position} to {len(lines)}",
                hunk=index,
            )
        result += lines[position : hunk.old_start]
        # The new position follows from all that stands above, so it says nothing new. It is
        # checked because an edit that claims something wrong is not exact.
        if len(result) != hunk.new_start:
            raise DiffError(
                f"its header puts it after new line {hunk.new_start}, it is at {len(result)}",
                hunk=index,
            )
        position = hunk.old_start + len(hunk.removed)
        if tuple(lines[hunk.old_start : position]) != hunk.removed:
            raise DiffError("removes lines that the program does not have there", hunk=index)
        result += hunk.added
    result += lines[position:]
    return result


def insertions(lines: Sequence[str], deletions: Sequence[Sequence[int]]) -> Iterator[Edit]:
    """Turn deletions around into edits (paper section 2.2, forward edits).

    Texts are not compared. The hunks are built from the known positions of the lines, so edits
    only insert by construction, also where a program repeats its lines.

    Args:
        lines: The lines of the whole program.
        deletions: For each deletion, in the order of deleting, the 0-based numbers of
            the lines that it took, ascending. No two hold the same line.

    Yields:
        One edit for each deletion, last deletion first.
    """
    # Deletions are undone from the last to the first, and `present` grows from state to state.
    present: list[int] = []  # lines of the current state, ascending
    if sum(map(len, deletions)) < len(lines):
        present = sorted(set(range(len(lines))).difference(*deletions))
    for deleted in reversed(deletions):
        present += deleted
        present.sort()  # merges two ascending runs: linear
        yield _insertion(lines, present, deleted)


def _insertion(lines: Sequence[str], present: list[int], inserted: Sequence[int]) -> Edit:
    # The rank of a line among those that are present is its place. A few are looked up by
    # bisection, for many a table costs less.
    rank = {line: place for place, line in enumerate(present)} if len(inserted) > 8 else None
    places = [rank[line] if rank else bisect_left(present, line) for line in inserted]
    hunks: list[Hunk] = []
    first = 0
    for last in range(len(places)):
        if last + 1 < len(places) and places[last + 1] == places[last] + 1:
            continue  # the next line stands right below: the same hunk
        added = tuple([lines[line] for line in inserted[first : last + 1]])
        # Above it stand ``first`` lines of this edit, which the state before does not have.
        hunks.append(Hunk(places[first] - first, places[first], added))
        first = last + 1
    return Edit(tuple(hunks))


def print_range(start: int, count: int) -> str:
    """A range of lines as a unified diff prints it: 1-based, and 'after line n' if empty.

    Args:
        start: 0-based line where it starts.
        count: Number of lines.

    >>> print_range(4, 1), print_range(4, 2), print_range(4, 0)
    ('5', '5,2', '4,0')
    """
    if count == 1:
        return str(start + 1)
    return f"{start + 1 if count else start},{count}"


def parse_hunk(lines: Sequence[str], position: int, index: int = 0) -> tuple[Hunk, int]:
    """Parse the hunk whose header stands at a position.

    Args:
        lines: Lines of a printed diff.
        position: 0-based line where the header of the hunk is expected.
        index: 0-based number of the hunk, for errors.

    Returns:
        The hunk and the position behind it.

    Raises:
        DiffError: There is no header, or the body has not as many lines as it says.
    """
    old, new = parse_header(lines[position], index)
    # The header alone says how many lines there are. Looking for the next header instead would
    # fail on a program line that looks like one.
    middle = position + 1 + len(old)
    end = middle + len(new)
    removed = _body(lines[position + 1 : middle], "-", len(old), index)
    added = _body(lines[middle:end], "+", len(new), index)
    return Hunk(old.start, new.start, added, removed), end


def parse_header(line: str, index: int = 0) -> tuple[range, range]:
    """The lines that the header of a hunk names: 0-based, before and after the edit.

    Args:
        line: The header.
        index: 0-based number of the hunk, for errors.

    Raises:
        DiffError: It is no header, or names lines that there cannot be.

    >>> parse_header("@@ -3,2 +3,0 @@")
    (range(2, 4), range(3, 3))
    """
    header = _HEADER.fullmatch(line)
    if header is None:
        raise DiffError(f"{line[:80]!r} is no hunk header", hunk=index)
    old = _parse_range(header[1], header[2], index)
    return old, _parse_range(header[3], header[4], index)


def _parse_range(start: str, count: str | None, index: int) -> range:
    # int() raises a ValueError for thousands of digits; no program has 10**9 lines.
    if len(start) > 9 or len(count or "") > 9:
        raise DiffError("its header names an impossible line", hunk=index)
    number = 1 if count is None else int(count)
    # A range of lines starts at line n, and an empty range stands after line n: 0-based, the first
    # is n - 1 and the second n.
    first = int(start) - 1 if number else int(start)
    if first < 0:
        raise DiffError("its header names line 0", hunk=index)
    return range(first, first + number)


def _check_header(hunk: Hunk, header: str, index: int) -> None:
    """Refuse what would be printed in another way, such as ``+01,1`` for ``+1``.

    One edit then has one text, and parsing and printing are inverses in both directions.
    """
    if not hunk.added and not hunk.removed:
        raise DiffError(f"{header!r} changes nothing", hunk=index)
    if header != hunk.header:
        raise DiffError(f"{header!r} is not written as {hunk.header!r}", hunk=index)


def _body(lines: Sequence[str], sign: str, count: int, index: int) -> tuple[str, ...]:
    if len(lines) < count:
        raise DiffError(
            f"its header promises {count} '{sign}' lines, {len(lines)} follow", hunk=index
        )
    for line in lines:
        if line[:1] != sign:
            raise DiffError(f"{line[:80]!r} does not start with '{sign}'", hunk=index)
    return tuple([line[1:] for line in lines])
