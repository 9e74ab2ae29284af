"""The text form: printed edits one after another, each headed by ``<|diff|>`` (paper section 2.4).

The sequence that writes ``a = 1`` and then ``b = a`` below it, and what its first edit does::

    <|description|>Begin with a number.
    <|diff|>@@ -0,0 +1 @@
    +a = 1
    <|diff|>@@ -1,0 +2 @@
    +b = a
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain, repeat

from lintseq_datasets.errors import DiffError

DIFF_TOKEN = "<|diff|>"
"""Stands at the head of each edit in the text form (paper section 2.4)."""
DESCRIPTION_TOKEN = "<|description|>"
"""Stands at the head of a line that says what the next edit does, where edits are described."""

# Of the text form: in it, a program line that begins so stands behind a sign, or is refused.
_DESCRIPTION = re.compile(
    rf"^{re.escape(DESCRIPTION_TOKEN)}[^\n]*\n(?={re.escape(DIFF_TOKEN)})", re.MULTILINE
)


def join_edits(edits: Iterable[str], descriptions: Iterable[str | None] = ()) -> str:
    r"""Join printed edits into the text form.

    Args:
        edits: The edits.
        descriptions: What each of them does, as far as that is known. It stands in front of the
            edit, in a line of its own, and readers pass over it.

    >>> join_edits(["@@ -0,0 +1 @@\n+import os"], ["Import os."])
    '<|description|>Import os.\n<|diff|>@@ -0,0 +1 @@\n+import os'
    """
    pairs = zip(edits, chain(descriptions, repeat(None)), strict=False)
    return "\n".join([_description_line(text) + DIFF_TOKEN + edit for edit, text in pairs])


def _description_line(text: str | None) -> str:
    words = (text or "").split()  # of one line
    return f"{DESCRIPTION_TOKEN}{' '.join(words)}\n" if words else ""


def split_edits(text: str) -> list[str]:
    r"""Split the text form into printed edits.

    Program lines inside an edit start with ``+``, so a token at the head of a line
    always starts an edit, also when the program itself holds the token. Descriptions in front of
    edits are left out.

    Raises:
        DiffError: The text does not start with the token.
    """
    if not text:
        return []
    if DESCRIPTION_TOKEN in text:
        text = _DESCRIPTION.sub("", text)
    if not text.startswith(DIFF_TOKEN):
        raise DiffError(f"the text does not start with {DIFF_TOKEN}")
    return text.removeprefix(DIFF_TOKEN).split("\n" + DIFF_TOKEN)
