"""A state that changes step by step within an edit, and the edit that all steps make together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lintseq_datasets.edits.edit import Edit
from lintseq_datasets.edits.formats._line_changes import Change, edit_of


class GrowingState:
    """The lines of a state, each with where it comes from.

    Args:
        lines: The state before the edit.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._before = tuple(lines)
        self.lines = list(lines)
        """The lines as they are now."""
        self._origins: list[int | None] = list(range(len(lines)))  # None: added since

    def apply(self, changes: Iterable[Change]) -> None:
        """Make changes to the lines as they are now, in the order of these lines."""
        for change in reversed(list(changes)):  # from below: places above stay right
            self.lines[change.start : change.end] = change.added
            self._origins[change.start : change.end] = [None] * len(change.added)

    def edit(self) -> Edit:
        """All changes so far, as one edit of the state before."""
        # Of "a b", with "x" behind "a" and "b" gone: the lines "a x", the origins 0 and None. The
        # end has an origin, too, so that what is added or gone there comes out as well.
        changes: list[Change] = []
        passed = 0  # lines of the state before
        added: list[str] = []
        ends = (*self.lines, ""), (*self._origins, len(self._before))
        for line, origin in zip(*ends, strict=True):
            if origin is None:
                added.append(line)
                continue
            changes.append(Change(passed, self._before[passed:origin], tuple(added)))
            passed, added = origin + 1, []
        return edit_of(changes)
