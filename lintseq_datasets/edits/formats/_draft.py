"""What the edit of a model makes of a state, step by step, in linear time.

Changes are made to the lines as they are now, and counted in the lines of the state before. Of the
state ``a b c``, with ``x`` put in behind line 1 and then ``c`` taken out:

    replace(Change(1, (), ("x",)))     a x b c    change of the state before: at 1
    replace(Change(3, ("c",), ()))     a x b      at 2, since one line more stands above
    edit()                             insert ``x`` behind line 1, remove line 3
"""

from __future__ import annotations

from collections.abc import Sequence

from lintseq_datasets.edits.edit import Edit
from lintseq_datasets.edits.formats._line_changes import Change, changes_between, edit_of

_STEPS_PER_CHARACTER = 4  # of the text, that may be spent on looking for lines
_LINES_PER_STEP = 8  # that `list.index` passes


class Allowance:
    """Steps that may be spent on looking for lines: so many for each character that was read.

    A text may ask thousands of times for lines of a long program. Its time stays linear because
    what is left of the allowance bounds each search; no text that a model means comes near it.
    """

    def __init__(self, characters: int) -> None:
        self._steps = 0
        self.earn(characters)

    def earn(self, characters: int) -> None:
        """Characters were read."""
        self._steps += characters * _STEPS_PER_CHARACTER

    def spend(self, lines: int) -> bool:
        """Pass some lines, if there is enough left for it."""
        steps = 1 + lines // _LINES_PER_STEP  # a call costs something, too
        if steps > self._steps:
            return False
        self._steps -= steps
        return True


class Draft:
    """The state before an edit, and the changes that were made to it.

    Args:
        lines: The state. It changes in place.
        allowance: Bounds the searches in it.
    """

    def __init__(self, lines: list[str], allowance: Allowance) -> None:
        self.lines = lines
        self._allowance = allowance
        self._changes: list[Change] = []  # of the state before, in the order of its lines
        self._grown = 0  # lines that they have added, less those they removed
        self._before: list[str] | None = None  # the state, where changes are out of order

    def edit(self) -> Edit:
        """All changes so far, as one edit of the state before."""
        if self._before is not None:
            return edit_of(changes_between(self._before, self.lines))
        return edit_of(self._changes)

    def replace(self, change: Change) -> bool:
        """Make a change to the lines as they are now.

        Returns:
            Whether it was made. It is not if the allowance is spent, and it stands above another.
        """
        start = change.start - self._grown
        if self._before is None and self._changes and start < self._changes[-1].end:
            # Above or within another change. What the edit did is then found by comparing.
            if not self._allowance.spend(2 * _LINES_PER_STEP * len(self.lines)):
                return False
            self._before = self._undone()  # once; from then on the changes do not count
        self._changes.append(Change(start, change.removed, change.added))
        self._grown += len(change.added) - len(change.removed)
        self.lines[change.start : change.end] = change.added
        return True

    def _undone(self) -> list[str]:
        # From the last change to the first, each by its place at the time: its start in the state
        # before, and what the changes above had grown by.
        lines = list(self.lines)
        grown = self._grown
        for start, removed, added in reversed(self._changes):
            grown -= len(added) - len(removed)
            lines[start + grown : start + grown + len(added)] = removed
        return lines

    def apply(self, changes: Sequence[Change]) -> None:
        """Make changes to the state before the edit, in the order of its lines, all at once."""
        self._changes += changes
        for change in reversed(changes):  # from below: places above stay right
            self.lines[change.start : change.end] = change.added

    # --- looking for lines -----------------------------------------------------------

    def places(self, wanted: Sequence[str], first: int = 0) -> list[int]:
        """The 0-based lines at which some lines stand.

        Args:
            wanted: The lines; at least one.
            first: Where to begin.
        """
        return _places(self.lines, list(wanted), first, self._allowance)

    def places_alike(self, wanted: Sequence[str], first: int = 0) -> list[int]:
        """The same, without regard to white space at both ends of lines."""
        if not self._allowance.spend(_LINES_PER_STEP * len(self.lines)):
            return []
        alike = [line.strip() for line in self.lines]
        return _places(alike, [line.strip() for line in wanted], first, self._allowance)

    def has(self, line: str) -> bool:
        """Whether a line stands anywhere."""
        return self._allowance.spend(len(self.lines)) and line in self.lines


def _places(lines: list[str], wanted: list[str], first: int, allowance: Allowance) -> list[int]:
    if not allowance.spend(len(lines) - first + len(wanted)):
        return []
    # By the longest of the lines, which is rarely there twice.
    rare = max(range(len(wanted)), key=lambda number: len(wanted[number]))
    found: list[int] = []
    at = first + rare - 1
    while True:
        try:
            at = lines.index(wanted[rare], at + 1)
        except ValueError:
            return found
        start = at - rare
        if not allowance.spend(len(wanted)):
            return found
        if lines[start : start + len(wanted)] == wanted:
            found.append(start)
