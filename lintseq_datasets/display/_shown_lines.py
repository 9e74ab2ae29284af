"""What terminals and browsers both show: the lines around an edit, free of control characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from lintseq_datasets.edits.edit import Edit
from lintseq_datasets.edits.sequence import EditSequence

ErrorsByLine: TypeAlias = "Mapping[int, Sequence[str]]"
"""By 0-based line of the whole program, what the linter says of it; see `format_sequence`."""

# Categories of characters that a terminal obeys, or that hide or reorder what stands beside
# them: control, format, surrogate, line separator, paragraph separator.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str) -> str:
    r"""A text in which characters that a terminal obeys or hides are written as escapes.

    Newlines stay, and tabs become spaces as a terminal shows them.

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


class ShownLine(NamedTuple):
    """A line of the program after an edit, or one that the edit removed."""

    number: int | None  # 0-based, in the program after the edit; None for a removed line
    sign: str  # "+" inserted, "-" removed, " " unchanged
    text: str


def shown_lines(edit: Edit, after: tuple[str, ...]) -> Iterator[ShownLine]:
    """The lines around an edit, from top to bottom.

    Args:
        edit: The edit.
        after: The lines of the program after it.
    """
    position = 0
    for hunk in edit.hunks:
        for number in range(position, hunk.new_start):
            yield ShownLine(number, " ", after[number])
        for text in hunk.removed:
            yield ShownLine(None, "-", text)
        position = hunk.new_start + len(hunk.added)
        for number in range(hunk.new_start, position):
            yield ShownLine(number, "+", after[number])
    for number in range(position, len(after)):
        yield ShownLine(number, " ", after[number])


def errors_in_states(
    sequence: EditSequence, own_errors: ErrorsByLine
) -> list[dict[int, Sequence[str]]]:
    """Where the errors of the whole program stand in its states.

    Args:
        sequence: Edits that fit each other.
        own_errors: The errors by line of the whole program.

    Returns:
        For the start and then for the state after each edit, the same by line of the state.
    """
    # For example, of an error in the last line of the program "a, b, c":
    #
    #     edit 1 inserts c        line 0 of the state
    #     edit 2 inserts a, b     line 2
    #
    # From the last state to the first: what an edit inserted is taken out again, and what it
    # removed has no place in the whole program. Hunks from below keep those above in place.
    origins: list[int | None] = list(range(len(sequence.resolve())))
    found = [_placed(origins, own_errors)]
    for edit in reversed(sequence.edits):
        for hunk in reversed(edit.hunks):
            end = hunk.new_start + len(hunk.added)
            origins[hunk.new_start : end] = [None] * len(hunk.removed)
        found.append(_placed(origins, own_errors))
    return found[::-1]


def _placed(origins: list[int | None], own_errors: ErrorsByLine) -> dict[int, Sequence[str]]:
    return {
        number: own_errors[origin]
        for number, origin in enumerate(origins)
        if origin is not None and own_errors.get(origin)
    }


def one_line(text: str) -> str:
    """The text of a program line, printable.

    Lines of a parsed program hold no newline; lines of one that was built by hand might.
    """
    return printable(text).replace("\n", "\\n")


def size_of_edit(edit: Edit) -> str:
    """How many lines an edit inserts and removes, such as ``+2 lines, -1``."""
    removed = sum(len(hunk.removed) for hunk in edit.hunks)
    inserted = edit.num_added
    size = f"+{inserted} line" if inserted == 1 else f"+{inserted} lines"
    return f"{size}, -{removed}" if removed else size


def size_of_start(lines: tuple[str, ...]) -> str:
    """How many lines the program has before the first edit."""
    return f"start: {len(lines)} line" + "s" * (len(lines) != 1)
