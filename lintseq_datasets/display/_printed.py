"""Edits as they stand in a training text, for people."""

from __future__ import annotations

from lintseq_datasets.display._shown_lines import printable, size_of_edit
from lintseq_datasets.edits.sequence import EditSequence, printed_edits


def format_printed(sequence: EditSequence, edit_format: str) -> str:
    r"""The edits of a sequence in a form, each below a line that says its size.

    Control characters are written as escapes.

    Args:
        sequence: Edits that fit each other.
        edit_format: The form; see `EditSequence.to_text`.

    Raises:
        ConfigError: There is no such form.
        DiffError: An edit does not fit the state before it.
        ProgramError: ``marker_in_program``: the form cannot say an edit.

    >>> print(format_printed(EditSequence.from_edits(["@@ -0,0 +1 @@\n+a = 1"]), "numbered"))
    edit 1 of 1: +1 line
    0a
    a = 1
    .
    """
    texts = printed_edits(sequence, edit_format)
    return "\n\n".join(
        f"edit {number} of {len(texts)}: {size_of_edit(edit)}\n{printable(text)}"
        for number, (edit, text) in enumerate(zip(sequence.edits, texts, strict=True), start=1)
    )
