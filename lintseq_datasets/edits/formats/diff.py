r"""The diff form: printed edits, each headed by ``<|diff|>`` (paper section 2.4).

The sequence that writes ``a = 1`` and then ``b = a`` below it is, as a training text::

    <|diff|>@@ -0,0 +1 @@
    +a = 1
    <|diff|>@@ -1,0 +2 @@
    +b = a

Joining and splitting are exact inverses: every line of a program stands behind a ``+`` or ``-``,
so a token at the head of a line always starts an edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from lintseq_datasets.edits.diff import Edit, print_range
from lintseq_datasets.edits.formats._unified import UnifiedReader
from lintseq_datasets.edits.formats.base import EditForm
from lintseq_datasets.edits.program import EMPTY, Program
from lintseq_datasets.edits.sequence import (
    DIFF_TOKEN,
    EditSequence,
    join_edits,
    printed_edits,
    split_edits,
)
from lintseq_datasets.errors import ConfigError, DiffError

Style: TypeAlias = Literal["default", "reference"]
"""``"default"`` is the text form of this library, ``"reference"`` that of the published
training script: a newline before the first token, and two empty edits at the end."""


def check_style(style: Style) -> Style:
    """The style itself.

    Raises:
        ConfigError: There is no such style.
    """
    if style not in ("default", "reference"):
        raise ConfigError("style", f"{style!r} is none of 'default', 'reference'")
    return style


class Diff(EditForm):
    """Unified diffs without context, as `Edit` prints them."""

    name = "diff"
    needs_state = False
    heads = ("@@",)

    def write(self, edit: Edit, state: Sequence[str]) -> str:
        """The edit as a unified diff without context."""
        return str(edit)

    def read(self, text: str, state: Sequence[str]) -> Edit:
        """Parse the edit; whether it fits the state shows when it is applied."""
        return Edit.from_text(text)

    def begin(self, state: Sequence[str], after_line: int, num_lines: int | None) -> str:
        """A header, or the beginning of one."""
        if num_lines is None:
            return f"@@ -{after_line},0 +{after_line + 1}"
        return f"@@ -{after_line},0 +{print_range(after_line, num_lines)} @@\n"

    @property
    def reader(self) -> type[UnifiedReader]:
        """Reads unified diffs of any kind."""
        return UnifiedReader


_JOINT = "\n" + DIFF_TOKEN
_REFERENCE_END = _JOINT * 2


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
    edits = printed_edits(sequence)
    if check_style(style) == "reference":
        return _JOINT.join(["", *edits, "", ""])
    return join_edits(edits)


def decode(text: str, style: Style = "default", *, start: Program | str = EMPTY) -> EditSequence:
    """Parse a training text exactly; the inverse of `encode`.

    Args:
        text: What `encode` wrote.
        style: The style in which it was written.
        start: The program before the first edit. It is not part of the text.

    Raises:
        ConfigError: There is no such style.
        DiffError: The text is not of that style, or an edit is no unified diff without
            context.
    """
    if check_style(style) == "reference":
        if not (text.startswith(_JOINT) and text.endswith(_REFERENCE_END)):
            raise DiffError("the text does not start with one and end with two empty edits")
        text = text[1 : -len(_REFERENCE_END)]
    return EditSequence.from_edits(split_edits(text), start)
