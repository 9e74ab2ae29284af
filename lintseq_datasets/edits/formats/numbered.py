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

from lintseq_datasets.edits.diff import Edit
from lintseq_datasets.edits.formats._changes import Change, changes_of, edit_of
from lintseq_datasets.edits.formats.base import EditForm
from lintseq_datasets.errors import DiffError

END, POINT, UNPOINT = ".", "..", "s/.//"
COMMAND = re.compile(r"(\d{1,9})(?:,(\d{1,9}))?([acd])", re.ASCII)


class Numbered(EditForm):
    """Scripts of ``ed``; see the module."""

    name = "numbered"

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


def _command(change: Change) -> Iterator[str]:
    first, last = change.start + 1, change.end
    if not change.removed:
        yield f"{change.start}a"
    else:
        lines = str(first) if first == last else f"{first},{last}"
        yield f"{lines}{'c' if change.added else 'd'}"
    if not change.added:
        return
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
    if not 1 <= first <= last:
        raise DiffError(f"{line!r} names no lines", hunk=number)
    return first - 1, last, letter == "c"


def _text(lines: Sequence[str], position: int, number: int) -> tuple[list[str], int]:
    """The text of a command, and the position behind it."""
    added: list[str] = []
    while True:
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
