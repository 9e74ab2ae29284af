r"""Between edit sequences and text: the training text, prompts, and what a model wrote.

The strict side is exact in both directions. The tolerant side takes what a model wrote
for what it is worth, and reports what was wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lintseq_datasets.codec._eos import EOS_TOKENS
from lintseq_datasets.codec._prompts import (
    Style,
    begin_edit,
    check_style,
    edit_prompt,
    prompt_of,
    split_prompt,
)
from lintseq_datasets.codec._reader import Policy
from lintseq_datasets.codec._report import PROBLEMS, Problem, Report
from lintseq_datasets.codec._tolerant import (
    IncrementalResolver,
    Resolved,
    resolve_generation,
    resolve_stream,
)
from lintseq_datasets.errors import ConfigError, DiffError
from lintseq_datasets.program import EMPTY, Program
from lintseq_datasets.sequence import (
    DIFF_TOKEN,
    EditSequence,
    as_sequence,
    join_edits,
    split_edits,
)

__all__ = [
    "EOS_TOKENS",
    "PROBLEMS",
    "IncrementalResolver",
    "Policy",
    "Problem",
    "Report",
    "Resolved",
    "Style",
    "begin_edit",
    "decode",
    "edit_prompt",
    "encode",
    "prompt_of",
    "resolve",
    "resolve_generation",
    "resolve_stream",
    "split_prompt",
]

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
    edits = _printed(sequence)
    if check_style(style) == "reference":
        return _JOINT.join(["", *edits, "", ""])
    return join_edits(edits)


def decode(text: str, style: Style = "default", *, start: Program | str = EMPTY) -> EditSequence:
    """Parse a training text exactly; the inverse of `encode`.

    Args:
        text: What `encode` wrote.
        style: The style in which it was written.
        start: The program before the first edit, of which the text says nothing.

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


# --- from text to programs -----------------------------------------------------------


def resolve(
    text_or_edits: str | Sequence[str] | EditSequence,
    *,
    strict: bool = True,
    start: Program | str | None = None,
    policy: Policy | None = None,
    eos: Iterable[str] | None = None,
) -> str:
    r"""The program that a text or a sequence of edits writes.

    The tolerant way is for text that a model wrote: see `resolve_generation`, which also
    says what was malformed. It never raises, unless the policy is ``"raise"``.

    Args:
        text_or_edits: The text form, printed edits, or an edit sequence. Without edits, the
            program is ``start``.
        strict: Whether everything must be exact.
        start: The program before the first edit; by default that of the sequence, or the
            empty program.
        policy: If not strict: what becomes of what is malformed, ``"skip"`` (by default),
            ``"stop"`` or ``"raise"``.
        eos: If not strict: tokens at which a text ends; by default `EOS_TOKENS` in a text,
            and none in printed edits.

    Returns:
        The text of the program.

    Raises:
        ConfigError: An option has no usable value.
        DiffError: If strict: something is no unified diff without context, or does
            not fit the program state. Says which edit and which hunk (0-based).

    >>> resolve("<|diff|>@@ -0,0 +1 @@\n+b = a\n<|diff|>@@ -0,0 +1 @@\n+a = 1")
    'a = 1\nb = a'
    >>> resolve("<|diff|>@@ -1,0 +2 @@\n+b = a", start="a = 1")
    'a = 1\nb = a'
    >>> resolve("Sure!\n<|diff|>@@ -7,0 +8,5 @@\n+a = 1\nDone.", strict=False)
    'a = 1'
    """
    if strict:
        for name, value in (("policy", policy), ("eos", eos)):
            if value is not None:
                raise ConfigError(name, "is for text of models: set strict=False")
        return as_sequence(text_or_edits, start).resolve().text
    is_text = isinstance(text_or_edits, str)
    text = text_or_edits if isinstance(text_or_edits, str) else join_edits(_printed(text_or_edits))
    if start is None:
        start = text_or_edits.start if isinstance(text_or_edits, EditSequence) else EMPTY
    if eos is None:
        eos = EOS_TOKENS if is_text else ()
    return resolve_generation(text, policy=policy or "skip", start=start, eos=eos).program


def _printed(sequence: EditSequence | Sequence[str]) -> list[str]:
    if isinstance(sequence, EditSequence):
        return [str(edit) for edit in sequence.edits]
    return list(sequence)
