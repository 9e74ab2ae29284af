r"""The form ``context_diff``: unified diffs with context, as ``diff -U3`` and git write them.

The edit that inserts ``b = a`` behind the first of two lines::

    @@ -1,2 +1,3 @@
     a = 1
    +b = a
     print(a)

There are three lines of context, or as many as stand behind the name of the form:
``context_diff:1``. Hunks whose contexts would touch are one, as `difflib.unified_diff` has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from lintseq_datasets.edits.edit import Edit, parse_header, print_range
from lintseq_datasets.edits.formats._line_changes import Change, changes_of, edit_of
from lintseq_datasets.edits.formats._signs import changes_in, old_lines, signed
from lintseq_datasets.edits.formats._unified import UnifiedReader
from lintseq_datasets.edits.formats.base import EditForm
from lintseq_datasets.errors import ConfigError, DiffError


@dataclass(frozen=True, slots=True)
class ContextDiff(EditForm):
    """Unified diffs with context; see the module.

    Args:
        context: Lines of context above and below a change.
    """

    name = "context_diff"
    heads = ("@@",)
    context: int = 3

    @classmethod
    def with_argument(cls, argument: str) -> Self:
        """The form with another number of lines."""
        if not (argument.isascii() and argument.isdigit() and len(argument) < 5):
            raise ConfigError(
                "edit_format",
                f"{argument!r} is no number of lines of context: give one such as context_diff:3",
            )
        return cls(int(argument))

    def write(self, edit: Edit, state: Sequence[str]) -> str:
        """The hunks, from top to bottom."""
        lines: list[str] = []
        shift = 0  # lines that the hunks above have added, less those they removed
        for group in self._groups(changes_of(edit)):
            start = max(group[0].start - self.context, 0)
            end = min(group[-1].end + self.context, len(state))
            grown = sum(len(change.added) - len(change.removed) for change in group)
            old = print_range(start, end - start)
            new = print_range(start + shift, end - start + grown)
            lines += [f"@@ -{old} +{new} @@", *_body(group, state, start, end)]
            shift += grown
        return "\n".join(lines)

    def read(self, text: str, state: Sequence[str]) -> Edit:
        """Read the hunks, with any number of lines of context; all of them must be there."""
        lines = text.split("\n") if text else []
        changes: list[Change] = []
        position = number = passed = shift = 0
        while position < len(lines):
            old, new = parse_header(lines[position], number)
            position += 1
            end = _end_of_body(lines, position, len(old), len(new), number)
            body, position = lines[position:end], end
            # The context counts, too: a hunk that only its numbers fit is not the one that was
            # written.
            if old.start < passed or tuple(old_lines(body, number)) != tuple(
                state[old.start : old.stop]
            ):
                raise DiffError("has other lines than the program has there", hunk=number)
            # It follows from the hunks above. What says something else is not exact.
            if new.start != old.start + shift:
                raise DiffError("its header names another line after the edit", hunk=number)
            changes += changes_in(body, old.start)
            passed = old.stop
            shift += len(new) - len(old)
            number += 1
        return edit_of(changes)

    def begin(self, state: Sequence[str], after_line: int, num_lines: int | None) -> str:
        """A header, and the lines above what is inserted."""
        if num_lines is None:
            raise ConfigError("num_lines", f"the form {self.name!r} needs it for its header")
        return self._begin(state, after_line, num_lines)

    @property
    def reader(self) -> type[UnifiedReader]:
        """Reads unified diffs of any kind."""
        return UnifiedReader

    def _groups(self, changes: Sequence[Change]) -> Iterator[list[Change]]:
        """Changes with no more lines between them than two contexts have."""
        group: list[Change] = []
        for change in changes:
            # As many lines as two contexts have: these touch, and a hunk must not share lines.
            if group and change.start - group[-1].end > 2 * self.context:
                yield group
                group = []
            group.append(change)
        if group:
            yield group


def _body(group: Sequence[Change], state: Sequence[str], start: int, end: int) -> Iterator[str]:
    for change in group:
        yield from signed(" ", state[start : change.start])
        yield from signed("-", change.removed)
        yield from signed("+", change.added)
        start = change.end
    yield from signed(" ", state[start:end])


def _end_of_body(lines: Sequence[str], position: int, old: int, new: int, number: int) -> int:
    """Where the lines end that a header promises."""
    # By the counts, not by the next header: a line of the program may look like one.
    while old > 0 or new > 0:
        if position == len(lines):
            raise DiffError("has fewer lines than its header promises", hunk=number)
        sign = lines[position][:1]
        old -= sign in (" ", "-")
        new -= sign in (" ", "+")
        if sign not in (" ", "-", "+") or old < 0 or new < 0:
            raise DiffError("has other lines than its header promises", hunk=number)
        position += 1
    return position
