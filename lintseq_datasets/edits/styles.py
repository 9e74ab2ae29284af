"""The training text of this library, and that of the published script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from lintseq_datasets.edits.program import EMPTY, Program
from lintseq_datasets.edits.sequence import EditSequence, printed_edits
from lintseq_datasets.edits.training_text import DIFF_TOKEN, join_edits, split_edits
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


_JOINT = "\n" + DIFF_TOKEN
# What `encode` puts behind the edits: two tokens with nothing behind them.
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
        text = text[1 : -len(_REFERENCE_END)]  # without the newline, and the two empty edits
    return EditSequence.from_edits(split_edits(text), start)
