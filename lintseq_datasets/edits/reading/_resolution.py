"""`resolve`: one call for exact text and for what a model wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lintseq_datasets.edits.program import EMPTY, Program
from lintseq_datasets.edits.reading._eos import EOS_TOKENS
from lintseq_datasets.edits.reading._notes import Policy
from lintseq_datasets.edits.reading._tolerant import resolve_generation
from lintseq_datasets.edits.sequence import EditSequence, as_sequence, printed_edits
from lintseq_datasets.edits.training_text import join_edits
from lintseq_datasets.errors import ConfigError


def resolve(
    text_or_edits: str | Sequence[str] | EditSequence,
    *,
    strict: bool = True,
    start: Program | str | None = None,
    policy: Policy | None = None,
    eos: Iterable[str] | None = None,
    edit_format: str = "diff",
) -> str:
    r"""The program that a text or a sequence of edits writes.

    With ``strict=False`` it takes text that a model wrote, and does not raise unless the policy is
    ``"raise"``. `resolve_generation` does the same and also reports what was malformed.

    Args:
        text_or_edits: The text form, printed edits, or an edit sequence. Without edits, the
            program is ``start``.
        strict: Whether everything must be exact.
        start: The program before the first edit; by default that of the sequence, or the
            empty program.
        policy: If not strict: what becomes of malformed text, ``"skip"`` (the default),
            ``"stop"`` or ``"raise"``.
        eos: If not strict: tokens at which the text ends; by default `EOS_TOKENS` for a text,
            and none for printed edits.
        edit_format: The form of texts; see `EditSequence.to_text`.

    Returns:
        The text of the program.

    Raises:
        ConfigError: An option has no usable value, or what is given is no text.
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
        return as_sequence(text_or_edits, start, edit_format).resolve().text
    is_text = isinstance(text_or_edits, str)
    text = (
        text_or_edits
        if isinstance(text_or_edits, str)
        else join_edits(printed_edits(text_or_edits, edit_format))
    )
    if start is None:
        start = text_or_edits.start if isinstance(text_or_edits, EditSequence) else EMPTY
    # Printed edits come from rows, in which no text ends: such a token is part of the program.
    if eos is None:
        eos = EOS_TOKENS if is_text else ()
    return resolve_generation(
        text, policy=policy or "skip", start=start, eos=eos, edit_format=edit_format
    ).program
