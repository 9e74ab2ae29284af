"""An edit sequence to look at."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Mapping
from typing import IO, Any

from lintseq_datasets.diff import Edit
from lintseq_datasets.sequence import EditSequence

_BOLD, _DIM, _GREEN, _RED = "1", "2", "32", "31"

# Control, format (they turn the direction of text, or hide), surrogate, line, paragraph.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


# --- terminals -----------------------------------------------------------------------


def format_sequence(sequence: EditSequence, *, color: bool) -> str:
    r"""An edit sequence step by step: for each edit, the program state after it.

    Lines have their numbers (1-based); what the edit inserts is marked by ``+`` and
    green, what it removes by ``-`` and red. Control characters in program lines are
    written as escapes, so that no program can drive the terminal.

    Args:
        sequence: Edits that fit each other.
        color: Whether to use ANSI colours; see `wants_color`.

    Raises:
        DiffError: An edit does not fit the state before it.

    >>> edits = ["@@ -0,0 +1 @@\n+b = a", "@@ -0,0 +1 @@\n+a = 1"]
    >>> print(format_sequence(EditSequence.from_edits(edits), color=False))
    edit 1 of 2: +1 line
      1 + b = a
    <BLANKLINE>
    edit 2 of 2: +1 line
      1 + a = 1
      2   b = a
    """
    steps: list[str] = []
    states = [state.lines for state in sequence.states()]
    width = max([3, *(len(str(len(state))) + 2 for state in states)])
    for number, (edit, state) in enumerate(zip(sequence.edits, states, strict=True), start=1):
        heading = f"edit {number} of {len(states)}: {_size(edit)}"
        lines = [_line(*line, width, color) for line in _marked(edit, state)]
        steps.append("\n".join([_paint(heading, _BOLD, color), *lines]))
    return "\n\n".join(steps)


def wants_color(stream: IO[Any], environment: Mapping[str, str] | None = None) -> bool:
    """Whether to write colours to a stream.

    A value of ``NO_COLOR`` forbids them, then one of ``FORCE_COLOR`` other than ``0``
    demands them; otherwise they go to terminals that are not ``TERM=dumb``.

    Args:
        stream: Where the text goes.
        environment: Environment variables; those of the process by default.
    """
    variables = os.environ if environment is None else environment
    if variables.get("NO_COLOR"):
        return False
    if variables.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream.isatty() and variables.get("TERM") != "dumb"


def printable(text: str) -> str:
    r"""A text without characters that a terminal obeys or hides; they become escapes.

    Newlines stay; tabs become spaces, as a terminal shows them.

    >>> printable("\x1b[2J\u202e")
    '\\x1b[2J\\u202e'
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_printable_character, text))
    return text.expandtabs(8)


def _printable_character(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in _HIDDEN:
        return character
    return character.encode("unicode_escape").decode("ascii")


def _marked(edit: Edit, after: tuple[str, ...]) -> Iterator[tuple[int | None, str, str]]:
    """The lines after an edit as (0-based number, sign, text), removed lines without number."""
    position = 0
    for hunk in edit.hunks:
        for number in range(position, hunk.new_start):
            yield number, " ", after[number]
        for text in hunk.removed:
            yield None, "-", text
        position = hunk.new_start + len(hunk.added)
        for number in range(hunk.new_start, position):
            yield number, "+", after[number]
    for number in range(position, len(after)):
        yield number, " ", after[number]


def _line(number: int | None, sign: str, text: str, width: int, color: bool) -> str:
    # a program line holds no newline of its own, but one that was built by hand might
    shown = printable(text).replace("\n", "\\n")
    gutter = _paint("" if number is None else str(number + 1), _DIM, color, width)
    if sign == " ":
        return f"{gutter}   {shown}".rstrip()
    return f"{gutter} " + _paint(f"{sign} {shown}".rstrip(), _GREEN if sign == "+" else _RED, color)


def _paint(text: str, code: str, color: bool, width: int = 0) -> str:
    return f"\x1b[{code}m{text:>{width}}\x1b[0m" if color else f"{text:>{width}}"


def _size(edit: Edit) -> str:
    removed = sum(len(hunk.removed) for hunk in edit.hunks)
    inserted = edit.num_added
    size = f"+{inserted} line" if inserted == 1 else f"+{inserted} lines"
    return f"{size}, -{removed}" if removed else size
