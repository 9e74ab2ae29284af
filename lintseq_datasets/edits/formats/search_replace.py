r"""The form ``search_replace``: lines of the state, and what is to stand in their place.

Blocks as Aider writes them and Clean-PR and Diff-XYZ use them. The edit that inserts ``b = a``
behind the line ``a = 1`` is the text right of the bars::

    | <<<<<<< SEARCH
    | a = 1
    | =======
    | a = 1
    | b = a
    | >>>>>>> REPLACE

Blocks are applied one after another, each to what the one before has left. The lines that are
searched occur there once and are no more than they must be; they are empty for the empty program.

Aider reads 5 to 9 signs as a marker, with white space behind it, and has no escape. So an edit with
such a line in a block, for example the underline of a heading, cannot be said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lintseq_datasets.edits.diff import Edit
from lintseq_datasets.edits.formats._changes import changes_between, changes_of
from lintseq_datasets.edits.formats._places import least_context, only_place
from lintseq_datasets.edits.formats._sequential import GrowingState
from lintseq_datasets.edits.formats.base import EditForm
from lintseq_datasets.errors import DiffError, ProgramError

SEARCH, DIVIDER, REPLACE = "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE"
MARKER = re.compile(r"<{5,9} SEARCH>?\s*|={5,9}\s*|>{5,9} REPLACE\s*")
"""What Aider takes for a marker, as a whole line."""


class SearchReplace(EditForm):
    """Search/replace blocks; see the module."""

    name = "search_replace"

    def write(self, edit: Edit, state: Sequence[str]) -> str:
        """One block for each hunk, from top to bottom."""
        return "\n".join(line for block in _blocks(edit, state) for line in block)

    def read(self, text: str, state: Sequence[str]) -> Edit:
        """Apply the blocks one after another."""
        grown = GrowingState(state)
        lines = text.split("\n") if text else []
        position = number = 0
        while position < len(lines):
            search, position = _part(lines, position, SEARCH, DIVIDER, number)
            replace, position = _part(lines, position - 1, DIVIDER, REPLACE, number)
            if not search and grown.lines:
                raise DiffError("searches nothing, and the program is not empty", hunk=number)
            start = only_place(grown.lines, search, number) if search else 0
            grown.apply(changes_between(search, replace, start))
            number += 1
        return grown.edit()


def _blocks(edit: Edit, state: Sequence[str]) -> Iterator[list[str]]:
    grown = list(state)
    shift = 0
    for change in changes_of(edit):
        start, end = change.start + shift, change.end + shift
        context = least_context(grown, start, end)
        assert context is not None  # the whole state occurs once
        above, below = grown[start - context.above : start], grown[end : end + context.below]
        search, replace = [*above, *change.removed, *below], [*above, *change.added, *below]
        for line in (*search, *replace):
            if MARKER.fullmatch(line):
                raise ProgramError("marker_in_program", f"{line[:80]!r} is a marker of blocks")
        yield [SEARCH, *search, DIVIDER, *replace, REPLACE]
        grown[start:end] = change.added
        shift += len(change.added) - len(change.removed)


def _part(
    lines: Sequence[str], position: int, head: str, tail: str, number: int
) -> tuple[Sequence[str], int]:
    """The lines between two markers, and the position behind the second."""
    if lines[position] != head:
        raise DiffError(f"{lines[position][:80]!r} is not {head!r}", hunk=number)
    for end in range(position + 1, len(lines)):
        if MARKER.fullmatch(lines[end]):
            if lines[end] != tail:
                raise DiffError(f"{lines[end][:80]!r} is not {tail!r}", hunk=number)
            return lines[position + 1 : end], end + 1
    raise DiffError(f"there is no {tail!r}", hunk=number)
