r"""The form ``whole``: each state in full, in a Markdown fence, as Aider's ``whole`` has it.

For comparisons: a model that learns it writes every line again in each edit. The edit that leads to
a program of two lines::

    ```
    a = 1
    b = a
    ```

The fence is longer than any run of backticks at the head of a line of the program.
"""

from __future__ import annotations

from collections.abc import Sequence

from lintseq_datasets.edits.diff import Edit
from lintseq_datasets.edits.formats._changes import changes_between, edit_of
from lintseq_datasets.edits.formats.base import EditForm
from lintseq_datasets.errors import DiffError

TICK = "`"


class Whole(EditForm):
    """The state after the edit; see the module."""

    name = "whole"

    def write(self, edit: Edit, state: Sequence[str]) -> str:
        """The state in a fence."""
        after = edit.apply(state)
        fence = TICK * max([3, *(leading_ticks(line) + 1 for line in after)])
        return "\n".join([fence, *after, fence])

    def read(self, text: str, state: Sequence[str]) -> Edit:
        """What has changed between the two states."""
        fence, *after, end = text.split("\n") if "\n" in text else ("", "")
        if len(fence) < 3 or fence.strip(TICK) or fence != end:
            raise DiffError("the state does not stand in one fence", hunk=0)
        if any(leading_ticks(line) >= len(fence) for line in after):
            raise DiffError("the fence ends before its end", hunk=0)
        return edit_of(changes_between(state, after))


def leading_ticks(line: str) -> int:
    """Backticks at the head of a line, whatever its indentation."""
    bare = line.lstrip(" ")
    return len(bare) - len(bare.lstrip(TICK))
