"""From what a text says of lines to the hunks of an edit."""

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

    Changes that touch are one hunk, and those that change nothing are none.
    """
    joined: list[Change] = []
    for change in changes:
        if joined and joined[-1].end == change.start:
            start, removed, added = joined[-1]
            joined[-1] = Change(start, removed + change.removed, added + change.added)
        else:
            joined.append(change)
    hunks: list[Hunk] = []
    shift = 0
    for start, removed, added in joined:
        if removed or added:
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
    top = _common(before, after)
    bottom = _common(before[top:][::-1], after[top:][::-1])
    old = tuple(before[top : len(before) - bottom])
    new = tuple(after[top : len(after) - bottom])
    place = start + top
    if (runs := _runs(old, new)) is not None:
        return [Change(place + at, (), run) for at, run in runs]
    if (runs := _runs(new, old)) is not None:
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
