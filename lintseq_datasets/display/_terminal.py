"""An edit sequence as text for terminals, with or without colour."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import IO, Any

from lintseq_datasets.display._lines import one_line, shown_lines, size_of_edit, size_of_start
from lintseq_datasets.edits.sequence import EditSequence

_BOLD, _DIM, _GREEN, _RED = "1", "2", "32", "31"


def format_sequence(sequence: EditSequence, *, color: bool) -> str:
    r"""An edit sequence step by step: for each edit, the program state after it.

    A start that is not empty comes first. Lines have their numbers, from 1. What the edit
    inserts has a ``+`` and is green, what it removes has a ``-`` and is red. Control characters
    in program lines are written as escapes, so that no program can drive the terminal.

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
    start = sequence.start.lines
    width = max([3, *(len(str(len(state))) + 2 for state in (start, *states))])
    if start:
        lines = [_line(number, " ", text, width, color) for number, text in enumerate(start)]
        steps.append("\n".join([_paint(size_of_start(start), _BOLD, color), *lines]))
    for number, (edit, state) in enumerate(zip(sequence.edits, states, strict=True), start=1):
        heading = f"edit {number} of {len(states)}: {size_of_edit(edit)}"
        lines = [_line(*line, width, color) for line in shown_lines(edit, state)]
        steps.append("\n".join([_paint(heading, _BOLD, color), *lines]))
    return "\n\n".join(steps)


def wants_color(stream: IO[Any], environment: Mapping[str, str] | None = None) -> bool:
    """Whether to write colours to a stream.

    ``NO_COLOR`` forbids them. Otherwise ``FORCE_COLOR`` demands them, unless it is ``0``.
    Without either, they go to terminals, except where ``TERM`` is ``dumb``.

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


def _line(number: int | None, sign: str, text: str, width: int, color: bool) -> str:
    shown = one_line(text)
    gutter = _paint("" if number is None else str(number + 1), _DIM, color, width)
    if sign == " ":
        return f"{gutter}   {shown}".rstrip()
    return f"{gutter} " + _paint(f"{sign} {shown}".rstrip(), _GREEN if sign == "+" else _RED, color)


def _paint(text: str, code: str, color: bool, width: int = 0) -> str:
    return f"\x1b[{code}m{text:>{width}}\x1b[0m" if color else f"{text:>{width}}"
