"""An edit sequence as text for terminals, with or without colour."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from lintseq_datasets.display._shown_lines import (
    ErrorsByLine,
    ShownLine,
    errors_in_states,
    one_line,
    shown_lines,
    size_of_edit,
    size_of_start,
)
from lintseq_datasets.display._tokens import HighlightedText, highlighted
from lintseq_datasets.edits.edit import Edit
from lintseq_datasets.edits.sequence import EditSequence

_BOLD, _DIM, _GREEN, _RED, _YELLOW = "1", "2", "32", "31", "33"
_STRUCK = "9;31"  # terminals that cannot strike leave it at the colour
_CODES = {"comment": _DIM, "keyword": "35", "string": _YELLOW, "number": "36", "name": "34"}


def format_sequence(
    sequence: EditSequence,
    *,
    color: bool,
    language: str = "python",
    own_errors: ErrorsByLine | None = None,
) -> str:
    r"""An edit sequence step by step: for each edit, the program state after it.

    A start that is not empty comes first. Lines have their numbers, from 1. What the edit
    inserts has a ``+`` and is green, what it removes has a ``-`` and is red. With colours, and
    where Pygments is installed, the code is highlighted. Control characters in program lines
    are written as escapes, so that no program can drive the terminal.

    Args:
        sequence: Edits that fit each other.
        color: Whether to use ANSI colours; see `wants_color`.
        language: What the programs are written in, as Pygments calls it.
        own_errors: Errors that the whole program itself has, and that its states may have, too:
            by 0-based line of the program, what is said of it. Each is shown with a ``!`` below
            its line, where that is inserted.

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
    states = [sequence.start.lines, *(state.lines for state in sequence.states())]
    width = max([3, *(len(str(len(state))) + 2 for state in states)])
    # Without colours no kind of a token would show, so nothing is read for them.
    painter = _Painter(color, language if color else "", width)
    edits = [None, *sequence.edits]
    errors = errors_in_states(sequence, own_errors or {})
    steps = [
        painter.step(number, len(sequence), edit, state, found)
        for number, (edit, state, found) in enumerate(zip(edits, states, errors, strict=True))
        if number or state
    ]
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
    # By the convention of no-color.org, whatever its value, unless it is empty.
    if variables.get("NO_COLOR"):
        return False
    if variables.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream.isatty() and variables.get("TERM") != "dumb"


@dataclass(frozen=True, slots=True)
class _Painter:
    color: bool
    language: str
    width: int  # of the numbers of lines

    def step(
        self,
        number: int,
        last: int,
        edit: Edit | None,
        state: tuple[str, ...],
        errors: Mapping[int, Sequence[str]],
    ) -> str:
        heading = f"edit {number} of {last}: {size_of_edit(edit)}" if edit else size_of_start(state)
        pieces = highlighted([one_line(line) for line in state], self.language)
        shown = [_paint(heading, _BOLD, self.color)]
        for line in shown_lines(edit or Edit(()), state):
            if line.number is None:  # removed, so it is in no state to be read with
                shown.append(self.line(line, [HighlightedText("", one_line(line.text))]))
                continue
            shown.append(self.line(line, pieces[line.number]))
            if edit is None or line.sign == "+":
                shown += [self.error(text) for text in errors.get(line.number, ())]
        return "\n".join(shown)

    def line(self, line: ShownLine, pieces: Sequence[HighlightedText]) -> str:
        number = "" if line.number is None else str(line.number + 1)
        gutter = _paint(number, _DIM, self.color, self.width)
        base = {"+": _GREEN, "-": _RED}.get(line.sign, "")
        plain = _STRUCK if line.sign == "-" else base
        text = "".join(_paint(text, _CODES.get(kind, plain), self.color) for kind, text in pieces)
        if not base:
            return f"{gutter}   {text}".rstrip()
        sign = line.sign if not text else f"{line.sign} "
        return f"{gutter} {_paint(sign, base, self.color)}{text}".rstrip()

    def error(self, text: str) -> str:
        said = f"! error of the program itself: {one_line(text)}"
        return f"{'':{self.width}} {_paint(said, _YELLOW, self.color)}"


def _paint(text: str, code: str, color: bool, width: int = 0) -> str:
    return f"\x1b[{code}m{text:>{width}}\x1b[0m" if color and code else f"{text:>{width}}"
