"""What comes before the first edit, which is not told from prose by its first line alone.

Models head their edits with a prompt or an explanation, and many write an ordinary diff, without a
token. So a line from which an edit may begin only *waits*, with all that follow it:

    Here is the diff:         prose
    @@ -0,0 +1 @@             waits: an edit may begin here
    +x = 1                    waits
    <|diff|>@@ -0,0 +1 @@     the first edit: what waited was part of a prompt

If the text ends without a token, the lines that waited are the edits.
"""

from __future__ import annotations

from typing import NamedTuple

from lintseq_datasets.edits.formats import EditForm, Place
from lintseq_datasets.edits.training_text import DIFF_TOKEN


class WaitingLine(NamedTuple):
    """A line that waits for the end of the text."""

    text: str
    place: Place
    is_cut: bool


class Beginning(NamedTuple):
    """Where in a line the first edit begins."""

    at: int
    has_token: bool


class Preamble:
    """Looks for the first edit, line by line.

    Args:
        form: The form of the edits.
    """

    def __init__(self, form: EditForm) -> None:
        self.is_blank = True
        """Whether nothing but white space came so far."""
        self.waiting: list[WaitingLine] = []
        """The lines that wait."""
        self._form = form

    def look(self, line: WaitingLine, eos: int | None) -> Beginning | None:
        """Where in the next line the first edit begins; None if it begins later, or never.

        Args:
            line: The line.
            eos: Where in it an end-of-sequence token is, if there is one.
        """
        was_blank = self.is_blank
        self.is_blank = was_blank and not line.text[:eos].strip()
        if (at := self._first_token(line.text)) is not None:
            # What came before was a prompt, whatever it looked like.
            self.waiting.clear()
            return Beginning(at, has_token=True)
        at = len(self.indentation_of(line.text))
        begins = self._form.reader.begins(line.text[at:], was_blank)
        # Nothing stands before it, so the token is the one at the end of the prompt.
        if begins and was_blank:
            return Beginning(at, has_token=False)
        if begins or self.waiting:
            self.waiting.append(line)
        return None

    def settle(self) -> None:
        """There was no token: what waited, but is prose, waits no longer."""
        lines = [line.text for line in self.waiting]
        first = self._form.reader.first_of(lines) if lines else None
        self.waiting = [] if first is None else self.waiting[first:]

    def _first_token(self, line: str) -> int | None:
        """Where in a line the first edit starts with a token; None if it does not.

        Prose may mention the token. It starts an edit only at the head of the line, at its end,
        or in front of what edits begin with.
        """
        end = len(line.rstrip())
        at = line.find(DIFF_TOKEN)
        while at > 0:  # at the head of the line it starts an edit whatever follows
            behind = at + len(DIFF_TOKEN)
            if behind >= end or line.startswith(self._form.heads, behind):
                return at
            at = line.find(DIFF_TOKEN, at + 1)
        return at if at == 0 else None

    def indentation_of(self, line: str) -> str:
        """White space in front of a line from which edits may begin."""
        return line[: len(line) - len(line.lstrip(" \t"))] if self._form.may_be_indented else ""
