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

from lintseq_datasets.edits.edit import Edit, print_range
from lintseq_datasets.edits.formats._unified import UnifiedReader
from lintseq_datasets.edits.formats.base import EditForm


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
