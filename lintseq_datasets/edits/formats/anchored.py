r"""The form ``anchored``: hunks without numbers, placed by the lines above them.

A unified diff that has no line numbers, and no more context than it needs. The lines above an
insertion stand behind a space: the least that occur once in the state before the edit. Then come
the lines that are inserted, behind ``+``. Removed lines, behind ``-``, help to say the place. The
edit that inserts into two places::

     def f(x):
    +    y = x
    @@
     print(f(1))
    +print(f(2))

Every hunk is placed in the state *before* the edit. One without a line of the state stands at the
top. Where all that stands above is not enough, because it occurs again further down, the least
lines below stand behind the change.

The form is that of Aider's ``udiff`` and of ``apply_patch`` without their frames. Every line of a
program has its sign, so that none can be taken for ``@@``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lintseq_datasets.edits.edit import Edit
from lintseq_datasets.edits.formats._line_changes import Change, changes_of, edit_of
from lintseq_datasets.edits.formats._places import least_context, only_place
from lintseq_datasets.edits.formats._signs import changes_in, old_lines, signed
from lintseq_datasets.edits.formats._unified import Habits, UnifiedReader
from lintseq_datasets.edits.formats.base import EditForm
from lintseq_datasets.errors import DiffError

BETWEEN = "@@"
_CHANGED = re.compile(r"\+(?! \S|[-+]{2}).+|-(?! \S|[->]).+|@@.*")
"""A header, or a line that comes or goes and is no item of a list, no rule and no arrow."""


class Anchored(EditForm):
    """Hunks below the least lines that say where they are; see the module."""

    name = "anchored"
    may_be_indented = False
    heads = ("@@", "+")

    def write(self, edit: Edit, state: Sequence[str]) -> str:
        """The hunks, from top to bottom."""
        hunks = ["\n".join(_hunk(change, state)) for change in changes_of(edit)]
        return f"\n{BETWEEN}\n".join(hunks)

    def read(self, text: str, state: Sequence[str]) -> Edit:
        """Place every hunk in the state before the edit."""
        changes: list[Change] = []
        hunks = _split(text.split("\n")) if text else []
        for number, hunk in enumerate(hunks):
            old = old_lines(hunk, number)
            start = only_place(state, old, number) if old else 0
            for change in changes_in(hunk, start):
                # The writer never does that, and the hunks of an `Edit` stand in order.
                if changes and change.start < changes[-1].end:
                    raise DiffError("stands above the hunk before it", hunk=number)
                changes.append(change)
        return edit_of(changes)

    @property
    def reader(self) -> type[AnchoredReader]:
        """Reads hunks with and without headers."""
        return AnchoredReader


class AnchoredReader(UnifiedReader):
    """Reads hunks whose lines say the place."""

    habits = Habits(has_numbers=False, needs_header=False, goes_on_top=True)

    @classmethod
    def begins(cls, line: str, is_first: bool) -> bool:
        """At a sign or a header; whether there is a hunk behind, `first_of` tells."""
        return line.startswith(("+", "-", " ", "@@")) and bool(line.strip())

    @classmethod
    def first_of(cls, lines: Sequence[str]) -> int | None:
        """The first line that changes something, or that of its context."""
        changed = (n for n, line in enumerate(lines) if _CHANGED.fullmatch(line))
        # Not the first line with a space in front, as prose may be indented; from what changes up
        # to the lines above that have signs, too.
        first = next(changed, None)
        if first is None or lines[first].startswith("@"):
            return first
        while first and lines[first - 1].startswith((" ", "-", "+")):
            first -= 1
        return first


def _hunk(change: Change, state: Sequence[str]) -> Iterator[str]:
    start, end = change.start, change.end
    # An insertion at the top needs nothing: there is no line above it.
    above, below = 0, 0
    if change.removed or start:
        context = least_context(state, start, end, prefers_above=True)
        assert context is not None  # the whole state occurs once
        above, below = context
    yield from signed(" ", state[start - above : start])
    yield from signed("-", change.removed)
    yield from signed("+", change.added)
    yield from signed(" ", state[end : end + below])


def _split(lines: Sequence[str]) -> list[list[str]]:
    hunks: list[list[str]] = [[]]
    for line in lines:
        if line == BETWEEN:
            hunks.append([])
        else:
            hunks[-1].append(line)
    return hunks
