r"""The form ``numbered``: what is inserted behind which line, by its number.

The scripts of the editor ``ed`` (POSIX), as ``diff -e`` writes them and ``patch -e`` reads them.
The edit that inserts ``b = a`` behind line 1, and ``import c`` at the top::

    1a
    b = a
    .
    0a
    import c
    .

``2,3d`` removes lines, and ``2,3c`` puts others in their place. The command that is furthest down
comes first, so that the numbers are those of the state before the edit, whoever applies them.

A line of a program that is nothing but ``.`` would end the text of a command. As ``diff -e`` does,
it is written ``..``, and the command ``s/.//`` behind the text takes one point away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from lintseq_datasets.edits.edit import Edit
from lintseq_datasets.edits.formats._draft import Draft
from lintseq_datasets.edits.formats._line_changes import Change, changes_of, edit_of
from lintseq_datasets.edits.formats.base import EditForm, FormReader, Notes, Place, is_fence
from lintseq_datasets.errors import DiffError

END, POINT, UNPOINT = ".", "..", "s/.//"
COMMAND = re.compile(r"(\d{1,9})(?:,(\d{1,9}))?([acd])", re.ASCII)
_ALSO = re.compile(r"(\d{1,9}|\$)(?: ?, ?(\d{1,9}|\$))? ?([acdi])", re.ASCII)  # as ed takes it


class Numbered(EditForm):
    """Scripts of ``ed``; see the module."""

    name = "numbered"
    heads = tuple("0123456789")

    def write(self, edit: Edit, state: Sequence[str]) -> str:
        """One command for each hunk, from bottom to top."""
        return "\n".join(line for change in changes_of(edit)[::-1] for line in _command(change))

    def read(self, text: str, state: Sequence[str]) -> Edit:
        """Read the commands; each must stand above the one before it."""
        lines = text.split("\n") if text else []
        changes: list[Change] = []
        position = 0
        while position < len(lines):
            start, end, has_text = _place(lines[position], len(changes))
            position += 1
            added: list[str] = []
            if has_text:
                added, position = _text(lines, position, len(changes))
            if end > (changes[-1].start if changes else len(state)):
                raise DiffError("goes to a line that is not there above", hunk=len(changes))
            changes.append(Change(start, tuple(state[start:end]), tuple(added)))
        return edit_of(changes[::-1])

    @property
    def reader(self) -> type[ScriptReader]:
        """Reads commands; their numbers are those of the state before the edit."""
        return ScriptReader


@dataclass(slots=True)
class _Command:
    """A command of a model."""

    place: Place
    start: int  # 0-based lines that it removes; behind which it inserts
    end: int
    text: list[str] = field(default_factory=list)


class ScriptReader(FormReader):
    """Reads ``ed`` scripts as a model wrote them."""

    def __init__(self, draft: Draft, notes: Notes) -> None:
        super().__init__(draft, notes)
        self._commands: list[_Command] = []
        self._is_open = False  # whether the text of the last one has not ended
        self._goes_on = False  # whether it may be continued
        self._is_in_junk = False

    @classmethod
    def begins(cls, line: str, is_first: bool) -> bool:
        """At a command."""
        return _ALSO.fullmatch(line) is not None

    def is_body(self, line: str) -> bool:
        """Within the text of a command, whatever does not end it."""
        return self._is_open and line != END

    @property
    def lacks_lines(self) -> bool:
        """Whether the text of a command has not ended."""
        return self._is_open

    def take(self, line: str, place: Place, is_cut: bool) -> None:
        """Take a command, a line of its text, or one between commands."""
        if self._is_open and line == END:
            self._end_command()
        elif self._is_open:
            self._commands[-1].text.append(line)
        elif self._goes_on and line == UNPOINT:
            text = self._commands[-1].text
            text[-1] = text[-1][1:]
        elif self._goes_on and line == "a":  # as the writer goes on behind a line that is a point
            self._is_open = True
        elif found := _ALSO.fullmatch(line):
            self._start_command(found, place)
        else:
            self._take_outside(line)

    def close(self, is_cut: bool) -> None:
        """Make all changes to the state before the edit."""
        if self._is_open:
            kind = "truncated" if is_cut else "missing_marker"
            self._note(kind, f"there is no {END!r} behind the text of a command")
            self._end_command() if not self.notes.stopped else self.leave()
        starts = [command.start for command in self._commands]
        if starts != sorted(starts, reverse=True):
            self.notes.add("hunk_order", "commands do not stand from bottom to top")
        self.draft.apply(self._changes())

    def leave(self) -> None:
        """Leave out the command that is open."""
        if self._is_open:
            self._commands.pop()
        self._is_open = False

    def _take_outside(self, line: str) -> None:
        self._goes_on = False
        if is_fence(line):
            self.notes.add("fence", f"{line[:80]!r} is ignored")
        elif line.strip() and not self._is_in_junk:
            self.notes.add("stray_text", f"{line[:80]!r} is no command")
            self._is_in_junk = True

    def _start_command(self, found: re.Match[str], place: Place) -> None:
        size = len(self.draft.lines)
        first, last = (size if one == "$" else int(one) for one in (found[1], found[2] or found[1]))
        start, end = (last, last) if found[3] == "a" else (first - 1, last)
        if found[3] == "i":
            start = end = max(last - 1, 0)  # in front of the line
        put = min(max(start, 0), size), min(max(end, start, 0), size)
        self._commands.append(_Command(place, *put))
        self._is_open, self._goes_on, self._is_in_junk = True, False, False
        if not COMMAND.fullmatch(found[0]):
            self._note("header_form", f"{found[0]!r} is not written as diff -e writes it")
        if put != (start, end):
            self._note("clipped_position", f"{found[0]!r} names lines that are not there")
        if found[3] == "d":
            self._end_command()

    def _end_command(self) -> None:
        command = self._commands[-1]
        self._is_open, self._goes_on = False, bool(command.text)
        if command.start == command.end and not command.text:
            self._note("empty_hunk", "changes nothing")

    def _changes(self) -> list[Change]:
        """The changes from top to bottom; of those at one place, the last command stands first."""
        kept: list[Change] = []
        # Behind one line, ``1a x`` and then ``1a y`` give ``y x``: the later one goes right behind
        # it.
        for command in sorted(self._commands[::-1], key=attrgetter("start")):
            first = max(command.start, kept[-1].end if kept else 0)
            if first > command.start:
                self.notes.add("missing_line", "names lines that another command has removed")
            removed = self.draft.lines[first : max(command.end, first)]
            kept.append(Change(first, tuple(removed), tuple(command.text)))
        return kept

    def _note(self, kind: str, detail: str) -> None:
        self.notes.add(kind, detail, self._commands[-1].place, len(self._commands) - 1)


def _command(change: Change) -> Iterator[str]:
    first, last = change.start + 1, change.end
    if not change.removed:
        yield f"{change.start}a"
    else:
        lines = str(first) if first == last else f"{first},{last}"
        yield f"{lines}{'c' if change.added else 'd'}"
    if not change.added:
        return
    # For the lines "a", ".", "b" behind line 1:  1a / a / .. / . / s/.// / a / b / .
    is_open = True
    for line in change.added:
        if not is_open:
            yield "a"  # goes on behind the line that was mended
        is_open = line != END
        if is_open:
            yield line
        else:
            yield from (POINT, END, UNPOINT)
    if is_open:
        yield END


def _place(line: str, number: int) -> tuple[int, int, bool]:
    """The 0-based lines of a command, behind the last of them, and whether text follows."""
    found = COMMAND.fullmatch(line)
    if found is None:
        raise DiffError(f"{line[:80]!r} is no command", hunk=number)
    first, last, letter = int(found[1]), int(found[2] or found[1]), found[3]
    if letter == "a":
        if found[2]:
            raise DiffError(f"{line!r} names two lines to go behind", hunk=number)
        return first, first, True
    # Only ``0a`` may name line 0, which is the place above all lines.
    if not 1 <= first <= last:
        raise DiffError(f"{line!r} names no lines", hunk=number)
    return first - 1, last, letter == "c"


def _text(lines: Sequence[str], position: int, number: int) -> tuple[list[str], int]:
    """The text of a command, and the position behind it."""
    added: list[str] = []
    while True:
        # For .. / . / s/.// / a / b / . the first round takes "..", which `UNPOINT` makes a point;
        # the command ``a`` goes on, and the second round takes "b".
        end = next((at for at in range(position, len(lines)) if lines[at] == END), None)
        if end is None:
            raise DiffError(f"there is no {END!r} behind the text of a command", hunk=number)
        added += lines[position:end]
        if end == position:
            raise DiffError("a command has no text", hunk=number)
        position = end + 1
        if lines[position : position + 1] != [UNPOINT]:
            return added, position
        if added[-1] != POINT:
            raise DiffError(f"{UNPOINT!r} is not behind {POINT!r}", hunk=number)
        added[-1] = END
        position += 1
        if lines[position : position + 1] != ["a"]:
            return added, position
        position += 1
