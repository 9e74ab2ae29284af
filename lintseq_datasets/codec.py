r"""Between edit sequences and text: the training text, and what a model wrote.

The strict side is exact in both directions. The tolerant side is a state machine
that takes one line after the other: a line starts an edit, starts a hunk, belongs to
the body of a hunk, or is malformed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from lintseq_datasets.errors import ConfigError, DiffError
from lintseq_datasets.program import Program
from lintseq_datasets.sequence import DIFF_TOKEN, EditSequence, join_edits, split_edits

Style: TypeAlias = Literal["default", "reference"]
"""``"default"`` is the text form of this library, ``"reference"`` that of the published
training script: a newline before the first token, and two empty edits at the end."""

_JOINT = "\n" + DIFF_TOKEN
_REFERENCE_END = _JOINT * 2
_HEADER = re.compile(
    r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@\s*", re.ASCII
)  # trailing white space is harmless here, a section heading is not


def encode(sequence: EditSequence | Sequence[str], style: Style = "default") -> str:
    r"""The training text of an edit sequence.

    Args:
        sequence: The sequence, or its printed edits (the column ``edits``).
        style: ``"default"``, or ``"reference"`` for the text of the published script.

    Raises:
        ConfigError: There is no such style.

    >>> encode(["@@ -0,0 +1 @@\n+a = 1"], "reference")
    '\n<|diff|>@@ -0,0 +1 @@\n+a = 1\n<|diff|>\n<|diff|>'
    """
    edits = _printed(sequence)
    if _checked(style) == "reference":
        return _JOINT.join(["", *edits, "", ""])
    return join_edits(edits)


def decode(text: str, style: Style = "default") -> EditSequence:
    """Parse a training text exactly; the inverse of `encode`.

    Args:
        text: What `encode` wrote.
        style: The style in which it was written.

    Raises:
        ConfigError: There is no such style.
        DiffError: The text is not of that style, or an edit is no unified diff without
            context.
    """
    if _checked(style) == "reference":
        if not (text.startswith(_JOINT) and text.endswith(_REFERENCE_END)):
            raise DiffError("the text does not start with one and end with two empty edits")
        text = text[1 : -len(_REFERENCE_END)]
    return EditSequence.from_edits(split_edits(text))


def prompt_of(instruction: str, style: Style = "default") -> str:
    r"""The prompt of an instruction.

    Args:
        instruction: The instruction; may be empty.
        style: ``"default"`` ends the instruction by a newline where it has none and is
            not empty; ``"reference"`` leaves it as it is.

    Raises:
        ConfigError: There is no such style.

    >>> prompt_of("Add two numbers.")
    'Add two numbers.\n'
    """
    if _checked(style) == "reference" or not instruction or instruction.endswith("\n"):
        return instruction
    return instruction + "\n"


def resolve(text_or_edits: str | Sequence[str] | EditSequence, *, strict: bool = True) -> str:
    r"""The program that a text or a sequence of edits writes.

    The tolerant way is for text that a model wrote. It never raises, and takes from the
    text whatever is a line of a hunk, as it stands:

    - Text before the first ``<|diff|>`` is ignored, unless it starts with a hunk header:
      models are prompted with the token. Later, a token starts an edit only at the head
      of a line; inside a line it belongs to the program.
    - A hunk is as long as its body is, whatever its header promises. A line that starts
      with neither ``+`` nor ``-`` is ignored; it ends the hunk unless lines are missing.
    - Lines below something that is no hunk header are ignored up to the next header.
    - A hunk goes to the old position that its header names, or the nearest that there
      is; the new position is ignored. A line is removed only where it is found.

    Args:
        text_or_edits: The text form, printed edits, or an edit sequence. Empty input is
            the empty program.
        strict: Whether everything must be exact.

    Returns:
        The text of the program.

    Raises:
        DiffError: Only if strict: something is no unified diff without context, or does
            not fit the program state. Says which edit and which hunk (0-based).

    >>> resolve("<|diff|>@@ -0,0 +1 @@\n+b = a\n<|diff|>@@ -0,0 +1 @@\n+a = 1")
    'a = 1\nb = a'
    >>> resolve("Sure!\n<|diff|>@@ -7,0 +8,5 @@\n+a = 1\nDone.", strict=False)
    'a = 1'
    """
    if strict:
        if isinstance(text_or_edits, str):
            return decode(text_or_edits).resolve().text
        return EditSequence.from_edits(_printed(text_or_edits)).resolve().text
    reader = _Reader()
    if isinstance(text_or_edits, str):
        for line in text_or_edits.split("\n"):
            reader.take(line)
    else:
        for edit in _printed(text_or_edits):
            reader.start_edit()
            for line in edit.split("\n"):
                reader.take(line)
    reader.finish()
    return Program(tuple(reader.program)).text


def _printed(sequence: EditSequence | Sequence[str]) -> list[str]:
    if isinstance(sequence, EditSequence):
        return [str(edit) for edit in sequence.edits]
    return list(sequence)


def _checked(style: Style) -> Style:
    if style not in ("default", "reference"):
        raise ConfigError("style", f"{style!r} is none of 'default', 'reference'")
    return style


# --- text that a model wrote ---------------------------------------------------------


@dataclass(slots=True)
class _OpenHunk:
    """A hunk whose body is being read."""

    start: int  # 0-based line of the program before the edit
    missing: int  # lines that the header promises and that have not come; may be negative
    number: int  # 0-based number in its edit
    body: list[str] = field(default_factory=list)  # with their signs


@dataclass(slots=True)
class _Reader:
    """Reads edits line by line and applies each when it ends.

    Nothing raises: what is malformed is noted in ``problems``, in the order of reading.
    """

    program: list[str] = field(default_factory=list)  # lines after the last finished edit
    problems: list[DiffError] = field(default_factory=list)
    edits: int = 0  # how many have started
    _hunks: list[_OpenHunk] = field(default_factory=list)  # of the edit that is being read
    _headers: int = 0  # of that edit, malformed ones included
    _body_is_open: bool = False
    _is_in_junk: bool = False  # a run of lines that belong nowhere is noted once
    _is_at_start: bool = True  # nothing but white space came so far

    def take(self, line: str) -> None:
        """Take the next line of the text, without its newline."""
        if self.edits:
            if line.startswith(DIFF_TOKEN):
                self.start_edit()
                line = line.removeprefix(DIFF_TOKEN)
            self._inside(line)
            return
        _, token, rest = line.partition(DIFF_TOKEN)
        if self._is_at_start and _HEADER.fullmatch(line):
            token, rest = DIFF_TOKEN, line
        self._is_at_start = self._is_at_start and not line.strip()
        if token:
            self.start_edit()
            self._inside(rest)

    def start_edit(self) -> None:
        """Finish the edit that is being read, and start the next one."""
        self.finish()
        self.edits += 1

    def finish(self) -> None:
        """Apply the edit that is being read; the text ends here, or another edit starts."""
        self._close_body()
        if self._hunks:
            self._apply()
        self._hunks, self._headers, self._is_in_junk = [], 0, False

    def _inside(self, line: str) -> None:
        if line.startswith("@@"):
            self._start_hunk(line)
        elif self._body_is_open and line.startswith(("+", "-")):
            self._hunks[-1].body.append(line)
            self._hunks[-1].missing -= 1
            self._is_in_junk = False
        else:
            self._pass_over(line)

    def _pass_over(self, line: str) -> None:
        if line and not self._is_in_junk:
            self._note(f"{line[:80]!r} belongs to no hunk")
            self._is_in_junk = True
        if self._body_is_open and self._hunks[-1].missing <= 0:
            self._close_body()

    def _start_hunk(self, line: str) -> None:
        self._close_body()
        self._headers += 1
        header = _HEADER.fullmatch(line)
        if header is None:
            self._note(f"{line[:80]!r} is no hunk header")
            self._is_in_junk = True
            return
        start, removed = _number(header[1]), _number(header[2] or "1")
        missing = removed + _number(header[4] or "1")
        start -= bool(removed)  # an empty range is 'after line n', others start at line n
        self._hunks.append(_OpenHunk(max(start, 0), missing, self._headers - 1))
        self._body_is_open, self._is_in_junk = True, False

    def _close_body(self) -> None:
        if self._body_is_open and self._hunks[-1].missing:
            missing = self._hunks[-1].missing
            many = f"{'fewer' if missing > 0 else 'more'} lines than its header promises"
            self._note(f"has {abs(missing)} {many}")
        self._body_is_open = False

    def _apply(self) -> None:
        lines = self.program
        result: list[str] = []
        position = 0  # first line of the old program that was not copied yet
        for hunk in sorted(self._hunks, key=_start):
            start = min(max(hunk.start, position), len(lines))
            if start != hunk.start:
                self._note(f"starts after old line {hunk.start}, put after {start}", hunk.number)
            result += lines[position:start]
            position = start
            for line in hunk.body:
                if line[0] == "+":
                    result.append(line[1:])
                elif position < len(lines) and lines[position] == line[1:]:
                    position += 1
                else:
                    self._note(f"removes {line[1:81]!r}, which is not there", hunk.number)
        self.program = result + lines[position:]

    def _note(self, problem: str, hunk: int | None = None) -> None:
        if hunk is None and self._headers:
            hunk = self._headers - 1
        self.problems.append(DiffError(problem, self.edits - 1, hunk))


def _start(hunk: _OpenHunk) -> int:
    return hunk.start


def _number(digits: str) -> int:
    # int() refuses endless digits; no program has 10**9 lines
    return int(digits.lstrip("0")[:10] or "0")
