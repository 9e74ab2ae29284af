r"""The form ``whole``: each state in full, in a Markdown fence, as Aider's ``whole`` has it.

For comparisons: a model that learns it writes every line again in each edit. The edit that leads to
a program of two lines::

    ```
    a = 1
    b = a
    ```

The fence is longer than any run of backticks at the head of a line of the program.
"""

from __future__ import annotations

from collections.abc import Sequence

from lintseq_datasets.edits.edit import Edit
from lintseq_datasets.edits.formats._draft import Draft
from lintseq_datasets.edits.formats._line_changes import changes_between, edit_of
from lintseq_datasets.edits.formats.base import EditForm, FormReader, Notes, Place, is_fence
from lintseq_datasets.errors import DiffError

TICK = "`"


class Whole(EditForm):
    """The state after the edit; see the module."""

    name = "whole"
    heads = ("```", "~~~")

    def write(self, edit: Edit, state: Sequence[str]) -> str:
        """The state in a fence."""
        after = edit.apply(state)
        # Longer than what any line begins with, or that line would close it.
        fence = TICK * max([3, *(leading_ticks(line) + 1 for line in after)])
        return "\n".join([fence, *after, fence])

    def read(self, text: str, state: Sequence[str]) -> Edit:
        """What has changed between the two states."""
        # Of one line there is no fence around anything: the two empty ones fail below.
        fence, *after, end = text.split("\n") if "\n" in text else ("", "")
        if len(fence) < 3 or fence.strip(TICK) or fence != end:
            raise DiffError("the state does not stand in one fence", hunk=0)
        if any(leading_ticks(line) >= len(fence) for line in after):
            raise DiffError("the fence ends before its end", hunk=0)
        return edit_of(changes_between(state, after))

    @property
    def reader(self) -> type[WholeReader]:
        """Reads the state in a fence, or all there is where there is none."""
        return WholeReader


class WholeReader(FormReader):
    """Reads a whole state as a model wrote it."""

    def __init__(self, draft: Draft, notes: Notes) -> None:
        super().__init__(draft, notes)
        self._fence = ""  # that is open
        self._lines: list[str] = []  # within it
        self._outside: list[str] = []  # lines that stand in no fence
        self._place = Place(1, 0)
        self._num_states = 0

    @classmethod
    def begins(cls, line: str, is_first: bool) -> bool:
        """At a fence."""
        return is_fence(line)

    def begins_again(self, line: str) -> bool:
        """At another fence."""
        return self._num_states > 0 and not self._fence and is_fence(line)

    def is_body(self, line: str) -> bool:
        """Within a fence, whatever does not close it."""
        return bool(self._fence) and not self._closes(line)

    @property
    def lacks_lines(self) -> bool:
        """Whether a fence is open."""
        return bool(self._fence)

    def take(self, line: str, place: Place, is_cut: bool) -> None:
        """Take a fence, a line within, or one outside."""
        if self._fence and self._closes(line):
            self._apply(self._lines)
        elif self._fence:
            self._lines.append(line)
        elif is_fence(line):
            bare = line.strip()
            # Of ``` ```python ```, the signs alone: what closes has no label.
            self._fence = bare[: len(bare) - len(bare.lstrip(bare[0]))]
            self._lines, self._place = [], place
            if self._num_states:
                self.notes.add("more_lines", "there is another state", place)
        else:
            self._outside.append(line)

    def close(self, is_cut: bool) -> None:
        """A fence without an end counts, and so does a text without a fence."""
        if self._fence:
            kind = "truncated" if is_cut else "missing_marker"
            self.notes.add(kind, "the fence has no end", self._place)
            # A fence with nothing behind it is the end of one that ended before, or is cut.
            if not self.notes.stopped and any(line.strip() for line in self._lines):
                self._apply(self._lines)
        elif stray := next((line for line in self._outside if line.strip()), None):
            if self._num_states:
                self.notes.add("stray_text", f"{stray[:80]!r} stands in no fence")
            else:
                self.notes.add("missing_marker", "there is no fence; all lines count")
                if not self.notes.stopped:
                    self._apply(_without_blank_ends(self._outside))

    def leave(self) -> None:
        """Leave out the state that is open."""
        self._fence, self._outside = "", []

    def _apply(self, lines: list[str]) -> None:
        self._fence = ""
        self._num_states += 1
        changes = changes_between(self.draft.lines, lines)
        for change in reversed(changes):  # from below: places above stay right
            self.draft.replace(change)

    def _closes(self, line: str) -> bool:
        # At least as long as the one that opened, and without a label: so Markdown has it.
        bare = line.strip()
        return bare.startswith(self._fence) and not bare.strip(self._fence[0])


def _without_blank_ends(lines: list[str]) -> list[str]:
    kept = [number for number, line in enumerate(lines) if line.strip()]
    return lines[kept[0] : kept[-1] + 1] if kept else []


def leading_ticks(line: str) -> int:
    """Backticks at the head of a line, whatever its indentation."""
    bare = line.lstrip(" ")
    return len(bare) - len(bare.lstrip(TICK))
