"""From what a text says of lines to the hunks of an edit.

A `Change` counts in the lines of the state before; a hunk says its place after the edit as well. Of
the state ``a b``, the changes to ``a x b y`` are two insertions, and each is a hunk:

    Change(1, (), ("x",))     Hunk(old_start=1, new_start=1, added=("x",))
    Change(2, (), ("y",))     Hunk(old_start=2, new_start=3, added=("y",))
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lintseq_datasets.edits.edit import Edit, Hunk


class Change(NamedTuple):
    """Lines of a state that are replaced."""

    start: int  # 0-based line of the state, where the removed lines start
    removed: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def end(self) -> int:
        """Behind the removed lines."""
        return self.start + len(self.removed)


def edit_of(changes: Iterable[Change]) -> Edit:
    """The edit of changes to the same state, in the order of their lines.

    Changes that touch become one hunk, and those that change nothing are left out.
    """
    joined: list[Change] = []
    for change in changes:
        # Two that touch could be told in either order, and an edit must have one text. A unified
        # diff joins them, too.
        if joined and joined[-1].end == change.start:
            start, removed, added = joined[-1]
            joined[-1] = Change(start, removed + change.removed, added + change.added)
        else:
            joined.append(change)
    hunks: list[Hunk] = []
    shift = 0
    for start, removed, added in joined:
        if removed or added:  # a text may replace nothing by nothing
            hunks.append(Hunk(start, start + shift, added, removed))
        shift += len(added) - len(removed)
    return Edit(tuple(hunks))


def changes_of(edit: Edit) -> list[Change]:
    """The changes of an edit; hunks that touch are one."""
    found = [Change(hunk.old_start, hunk.removed, hunk.added) for hunk in edit.hunks]
    hunks = edit_of(found).hunks
    return [Change(hunk.old_start, hunk.removed, hunk.added) for hunk in hunks]


def changes_between(before: Sequence[str], after: Sequence[str], start: int = 0) -> list[Change]:
    """Changes from some lines to others, in linear time.

    Where lines are only inserted, or only removed, the changes say so. Otherwise all that lies
    between the equal lines at both ends is replaced.

    Args:
        before: Lines of a state.
        after: What is to stand in their place.
        start: 0-based line of the state at which ``before`` starts.
    """
    # Not the fewest changes, which would take more than linear time on a text that wants it to.
    top = _common(before, after)
    # Of what is left, so that no line counts at both ends: of "a" and "a a", one is put in.
    bottom = _common(before[top:][::-1], after[top:][::-1])
    old = tuple(before[top : len(before) - bottom])
    new = tuple(after[top : len(after) - bottom])
    place = start + top
    # Insertions first, as they are what sequences are made of: lines that stay in between keep
    # their place in the edit, where a replacement would write them again.
    if (runs := _runs(old, new)) is not None:
        return [Change(place + at, (), run) for at, run in runs]
    if (runs := _runs(new, old)) is not None:
        # Only removed: the same turned around. A run stands behind ``at`` lines that stay, and
        # behind those that were removed above.
        shift = 0
        found = []
        for at, run in runs:
            found.append(Change(place + at + shift, run, ()))
            shift += len(run)
        return found
    return [Change(place, old, new)]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    for number, (line, same) in enumerate(zip(one, other, strict=False)):
        if line != same:
            return number
    return min(len(one), len(other))


def _runs(fewer: Sequence[str], more: Sequence[str]) -> list[tuple[int, tuple[str, ...]]] | None:
    """Runs of lines that ``more`` has beside ``fewer``, and before which line of these.

    None if ``more`` has not all lines of ``fewer``, in their order.
    """
    runs: list[tuple[int, tuple[str, ...]]] = []
    run: list[str] = []
    # Each line is taken at its first place. If there is any way to take all, this is one.
    taken = 0
    for line in more:
        if taken < len(fewer) and line == fewer[taken]:
            if run:
                runs.append((taken, tuple(run)))
                run = []
            taken += 1
        else:
            run.append(line)
    if taken < len(fewer):
        return None
    return [*runs, *([(taken, tuple(run))] if run else [])]
