r"""Reads diffs as models write them: ``diff``, ``context_diff``, ``anchored`` and ``apply_patch``.

They have lines behind signs in common, and differ in what says the place of a hunk. An example with
all that is tolerated, in the form ``diff``, for the state ``a = 1``, ``b = 2``, ``c = 3``::

    @@ -7,3 +7,5 @@ def f():     the heading is ignored; line 7 is not there: the lines are searched
     a = 1                      stays, and says the place
    -b = 2                      goes
    x = 9                       has no sign, but the header promises a line more: it is taken
    +b = 3                      comes
     c = 3                      stays
    Done.                       belongs to no hunk

Lines go into an `OpenHunk`. It is closed by the next header or the end of the edit, and only then
it is decided what lines without a sign are. All hunks are placed in the state before the edit, when
the edit ends.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import ClassVar

from lintseq_datasets.edits.formats._draft import Draft
from lintseq_datasets.edits.formats._line_changes import Change
from lintseq_datasets.edits.formats._open_hunk import CUT_HEADER, OpenHunk
from lintseq_datasets.edits.formats._placing import place_hunk
from lintseq_datasets.edits.formats.base import FormReader, Notes, Place, is_fence
from lintseq_datasets.edits.training_text import DIFF_TOKEN

_FILES = re.compile(
    r"diff --git .*|index [0-9a-f]{4,}\.\..*|(?:new|deleted) file mode \d+|(?:old|new) mode \d+|"
    r"similarity index .*|rename (?:from|to) .*|"
    r"(?:---|\+\+\+) (?:[ab]/.*|/dev/null.*|[^\s].*\.\w{1,9}(?:\t.*)?)"
)
_NO_NEWLINE = "\\ No newline"


@dataclass(frozen=True, slots=True)
class Habits:
    """What differs between the forms that are diffs.

    Args:
        has_numbers: Whether headers have line numbers.
        needs_header: Whether the first hunk of an edit needs a header.
        goes_on_top: Whether a hunk that says no place stands at the top, and not at the end.
    """

    has_numbers: bool = True
    needs_header: bool = True
    goes_on_top: bool = False


class UnifiedReader(FormReader):
    """Reads hunks of lines behind signs; see the module.

    Args:
        draft: The state before the edit, and what the edit makes of it.
        notes: What is wrong.
    """

    habits: ClassVar[Habits] = Habits()

    def __init__(self, draft: Draft, notes: Notes) -> None:
        super().__init__(draft, notes)
        self._hunks: list[OpenHunk] = []
        self._open: OpenHunk | None = None
        self._number = 0  # of hunks that have begun
        self._is_in_junk = False  # so that a run of stray lines is noted once
        self._was_in_hunk = False  # whether the last line that was not empty was in a hunk

    @classmethod
    def begins(cls, line: str, is_first: bool) -> bool:
        """At a header with line numbers; at signs, where these begin the text of a model."""
        # Behind other text a sign alone begins nothing: prose has lists with ``-``.
        if not cls.habits.needs_header and is_first and line[:1] in ("+", "-", " "):
            return bool(line.strip())
        return OpenHunk.is_header(line, needs_numbers=cls.habits.has_numbers)

    @property
    def num_hunks(self) -> int:
        """Hunks that have begun."""
        return self._number

    @property
    def has_hunks(self) -> bool:
        """Whether there is a hunk so far."""
        return bool(self._hunks or self._open)

    def begins_again(self, line: str) -> bool:
        """Where another file begins, or another fence."""
        return self.has_hunks and (self._is_file_line(line) or is_fence(line))

    def is_body(self, line: str) -> bool:
        """Whether a line has a sign, and there is a hunk."""
        if self._open is None and not self._starts_without_header():
            return False
        return line.startswith(("+", "-")) and not self._is_file_line(line)

    @property
    def lacks_lines(self) -> bool:
        """Whether the header of the hunk promises more lines."""
        return self._open is not None and self._open.missing > 0

    def wants(self, line: str) -> bool:
        """Whether the hunk lacks lines, as far as its header tells, and this may be one."""
        if self._open is None or not line.startswith(("+", "-")):
            return False
        # More than one, because the line before is one of those that are missing.
        return self._open.missing > 1 or not self._open.has_numbers

    def is_edit(self, line: str) -> bool:
        """Whether a line has a sign, or begins a hunk or an edit."""
        return line.startswith(("+", "-", "@@", DIFF_TOKEN))

    def take(self, line: str, place: Place, is_cut: bool) -> None:
        """Take a line of a hunk, a header, or something else."""
        # Signs first: behind one, a program line may look like anything below.
        if self.is_body(line):
            self._add(line, place)
        elif self._is_header(line):
            self._start_hunk(line, place, is_cut)
        # The beginning of a header in which the text ends; a longer one starts with ``@@``.
        elif is_cut and line == "@":
            self._cut(line)
        elif self._is_context(line):
            # An empty line has lost the space that was its sign.
            self._add(line or " ", place)
        elif line.startswith(_NO_NEWLINE) or (not line and not self.lacks_lines):
            pass
        elif is_fence(line) or self._is_file_line(line):
            self._take_frame(line)
        else:
            self._take_unsigned(line, place)

    def _take_frame(self, line: str) -> None:
        self.end_hunk()
        kind = "fence" if is_fence(line) else "file_header"
        self.notes.add(kind, f"{line[:80]!r} is ignored")
        self._was_in_hunk = False

    def _is_header(self, line: str) -> bool:
        # A space in front of the first one does no harm, where no line could stand there.
        may_be_indented = self._number == 0 and self.habits.needs_header
        return (line.lstrip(" ") if may_be_indented else line).startswith("@@")

    def _take_unsigned(self, line: str, place: Place) -> None:
        # Nothing is missing, so it is prose, and a list with signs behind it is none of the hunk.
        if self._open is not None and self._open.is_complete:
            self.end_hunk()
        # An anchor may have lost its space. It is one if the state has such a line.
        if self._starts_without_header() and self.draft.has(line):
            self.open_hunk(OpenHunk(self._number, place))
        if self._open is None:
            self._note_stray(line, place)
        else:
            self._open.add_unsigned(line, place)
            self._was_in_hunk = self._was_in_hunk and not line

    def _cut(self, line: str) -> None:
        self.end_hunk()
        self.notes.add("truncated", f"the text ends inside of the header {line!r}")

    def _note_stray(self, line: str, place: Place) -> None:
        if not self._is_in_junk:
            detail = f"{line[:80]!r} belongs to no hunk"
            self.notes.add("stray_text", detail, place, self._number - 1)
        self._is_in_junk = True
        self._was_in_hunk = False

    def _starts_without_header(self) -> bool:
        return self._number == 0 and not self.habits.needs_header

    def _is_context(self, line: str) -> bool:
        if self._open is None:
            return self._starts_without_header() and line.startswith(" ")
        return self._open.takes_context(line)

    def _is_file_line(self, line: str) -> bool:
        if not _FILES.fullmatch(line):
            return False
        # While lines are missing, ``--- a/x`` is the removal of a comment in SQL or Lua.
        return self._open is None or self._open.is_complete

    def _add(self, line: str, place: Place) -> None:
        if self._open is None:
            self.open_hunk(OpenHunk(self._number, place))
        assert self._open is not None
        self._open.add(line)
        self._is_in_junk, self._was_in_hunk = False, True

    def _start_hunk(self, line: str, place: Place, is_cut: bool) -> None:
        self.end_hunk()
        if self.notes.stopped:
            return
        hunk = OpenHunk.from_header(line, self._number, place)
        # The beginning of a header with numbers looks like one without.
        is_unfinished = is_cut and self.habits.has_numbers and not hunk.has_numbers
        if is_unfinished and CUT_HEADER.fullmatch(line.lstrip(" ")):
            self._cut(line)
            return
        self._is_in_junk, self._was_in_hunk = False, True
        self.open_hunk(hunk)
        if hunk.has_numbers != self.habits.has_numbers:
            kind = "header_form" if hunk.has_numbers else "bad_header"
            what = "is no header of this form" if hunk.has_numbers else "is no hunk header"
            self.notes.add(kind, f"{line[:80]!r} {what}", place, hunk.number)
        elif hunk.has_numbers and line != hunk.header:
            detail = f"{line[:80]!r} is not written as a unified diff writes it"
            self.notes.add("header_form", detail, place, hunk.number)

    def open_hunk(self, hunk: OpenHunk) -> None:
        """Begin a hunk."""
        self._open = hunk
        self._number = hunk.number + 1

    def end_hunk(self, is_cut: bool = False, ends_file: bool = False) -> None:
        """Close the hunk that is open, if one is."""
        hunk, self._open = self._open, None
        if hunk is None:
            return
        hunk.ends_file = ends_file
        for kind, detail, place in hunk.settle(is_cut, self.draft.has):
            self.notes.add(kind, detail, place or hunk.place, hunk.number)
        # A header without numbers and without lines only stands between two hunks.
        if not self.notes.stopped and (hunk.body or hunk.has_numbers):
            self._hunks.append(hunk)

    # --- from hunks to changes -------------------------------------------------------

    def leave(self) -> None:
        """Leave out the hunk that is open."""
        self._open = None

    def close(self, is_cut: bool) -> None:
        """Place all hunks in the state before the edit."""
        # If prose stands behind the hunk, it is that which was cut, and the hunk ended before.
        self.end_hunk(is_cut and self._was_in_hunk)
        hunks = self._hunks
        if self.habits.has_numbers:
            hunks = sorted(hunks, key=_order)  # stable: those at one place keep their order
        numbers = [hunk.number for hunk in hunks if hunk.has_numbers]
        for one, other in pairwise(numbers):
            if other < one:
                place = self._hunks[0].place
                self.notes.add("hunk_order", "hunks stand out of order", place, other)
                break
        self.draft.apply(self._without_overlaps(self._placed(hunks)))

    def _placed(self, hunks: Sequence[OpenHunk]) -> Iterator[Change]:
        first = shift = 0  # first old line that was not passed; lines that the edit has added
        for hunk in hunks:
            # The new position follows from all that stands above. If something there was
            # malformed, it is wrong for that reason, which was noted.
            was_clean = self.notes.is_clean
            start, changes, remarks = place_hunk(hunk, self.draft, first, self.habits.goes_on_top)
            for kind, detail, _ in remarks:
                self.notes.add(kind, detail, hunk.place, hunk.number)
            if self.notes.stopped and any(self.notes.is_doubt(one.kind) for one in remarks):
                return
            if hunk.has_numbers and was_clean and not remarks and hunk.new_start != start + shift:
                detail = f"its header puts it after new line {hunk.new_start}, it is at "
                self.notes.add("new_position", f"{detail}{start + shift}", hunk.place, hunk.number)
            for change in changes:
                yield change
                first = max(first, change.end)
                shift += len(change.added) - len(change.removed)

    def _without_overlaps(self, changes: Iterable[Change]) -> list[Change]:
        """Changes in the order of their lines; none removes what another has passed."""
        kept: list[Change] = []
        # Hunks without numbers may stand in any order. Sorting is stable: those at one place keep
        # it.
        for start, removed, added in sorted(changes, key=attrgetter("start")):
            passed = kept[-1].end if kept else 0
            if start < passed and removed:
                self.notes.add("missing_line", "removes lines that another hunk has removed")
                if self.notes.stopped:
                    break
            first = max(start, passed)
            kept.append(Change(first, removed[first - start :], added))
        return kept


def _order(hunk: OpenHunk) -> float:
    return hunk.start if hunk.has_numbers else math.inf
