"""What an edit format is: a text for each edit, written and read with the state before it."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol, Self

from lintseq_datasets.edits.edit import Edit, Hunk
from lintseq_datasets.edits.formats._draft import Draft
from lintseq_datasets.edits.training_text import DIFF_TOKEN
from lintseq_datasets.errors import ConfigError

_NO_LINE = "\0"  # no program holds a null character: `normalize` refuses it


@dataclass(frozen=True, slots=True)
class EditForm(ABC):
    """A form in which edits are printed.

    A form never changes which states there are: it is another print of the same edit. A subclass
    is one file. It says its `name`, and what may stand behind it (``context_diff:1``) in
    `with_argument`, where anything may.
    """

    name: ClassVar[str]
    needs_state: ClassVar[bool] = True  # to be read
    may_be_indented: ClassVar[bool] = True  # as a whole, where there is no token
    heads: ClassVar[tuple[str, ...]]  # what the text of an edit may begin with

    @classmethod
    def with_argument(cls, argument: str) -> Self:
        """The form with what stands behind the colon of its name.

        Raises:
            ConfigError: It takes no such argument.
        """
        raise ConfigError(
            "edit_format", f"{cls.name!r} takes nothing behind its name: leave out {argument!r}"
        )

    @abstractmethod
    def write(self, edit: Edit, state: Sequence[str]) -> str:
        """The text of an edit.

        Args:
            edit: The edit. It must fit the state.
            state: Lines of the program before it.

        Raises:
            ProgramError: ``marker_in_program``: the form cannot say this edit, because a line of
                it would be read as a marker of the form.
        """

    @abstractmethod
    def read(self, text: str, state: Sequence[str]) -> Edit:
        """The edit of a text that `write` gave for the same state; nothing else is taken.

        The edit leads to the same state as the one that was written. It may have other hunks:
        which of two equal lines was inserted, for example, the text does not say.

        Args:
            text: What `write` gave.
            state: Lines of the program before the edit.

        Raises:
            DiffError: The text is not of the form, or does not fit the state.
        """

    def begin(self, state: Sequence[str], after_line: int, num_lines: int | None) -> str:
        """The beginning of an edit that inserts, up to what is inserted.

        Args:
            state: Lines of the program before the edit.
            after_line: Behind which of them, from 1; 0 for the top.
            num_lines: How many lines, for forms that say it.

        Raises:
            ConfigError: The form needs to be told how many, or does not say it.
        """
        if num_lines is not None:
            raise ConfigError("num_lines", f"the form {self.name!r} says no number of lines")
        return self._begin(state, after_line, 1)

    def _begin(self, state: Sequence[str], after_line: int, num_lines: int) -> str:
        # A line that no program has stands for what the model will write.
        hunk = Hunk(after_line, after_line, (_NO_LINE,) * num_lines)
        begin, found, _ = self.write(Edit((hunk,)), state).partition(_NO_LINE)
        assert found, f"{type(self).__name__} prints no lines as they are: it needs its own _begin"
        return begin

    @property
    @abstractmethod
    def reader(self) -> type[FormReader]:
        """The class that reads an edit which a model wrote."""


# --- what a model wrote --------------------------------------------------------------


class Notes(Protocol):
    """Where a tolerant reader notes what is wrong; the policy of the reader is behind it."""

    @property
    def stopped(self) -> bool:
        """Whether reading has stopped: nothing may be taken any more."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing was wrong with this edit so far."""

    def is_doubt(self, kind: str) -> bool:
        """Whether a kind of problem leaves doubt about what was meant."""

    def add(self, kind: str, detail: str, place: Place | None = None, hunk: int = -1) -> None:
        """Note a problem.

        Args:
            kind: One of `lintseq_datasets.edits.reading.PROBLEMS`.
            detail: For a person.
            place: Where it is; by default the line that is being read.
            hunk: 0-based number of the hunk; by default there is none.

        Raises:
            DiffError: Only with the policy ``"raise"``.
        """


class Place(NamedTuple):
    """A line of the text of a model."""

    line: int  # 1-based
    offset: int  # 0-based character at which it starts


class FormReader(ABC):
    """Reads the lines of one edit as a model wrote it, and makes what it can of them.

    What is wrong is noted, never raised. After a note that stops the reading, what is open is
    left out, and what came before it counts.

    Args:
        draft: The state before the edit, and what the edit makes of it.
        notes: What is wrong.
    """

    def __init__(self, draft: Draft, notes: Notes) -> None:
        self.draft = draft
        self.notes = notes

    @classmethod
    def begins(cls, line: str, is_first: bool) -> bool:
        """Whether an edit begins in a line that has no token.

        Args:
            line: The line.
            is_first: Whether nothing but white space came before. The token is then that at the
                end of the prompt.
        """
        return False

    @classmethod
    def first_of(cls, lines: Sequence[str]) -> int | None:
        """Which line of a text without a token is the first of an edit; None if none is.

        Args:
            lines: The text, from the first line on from which an edit may begin (`begins`).
        """
        return 0

    def begins_again(self, line: str) -> bool:
        """Whether another edit begins in a line, in a text that has no tokens."""
        return False

    @abstractmethod
    def is_body(self, line: str) -> bool:
        """Whether a line stands where lines of the program stand, whatever is in it."""

    @property
    def lacks_lines(self) -> bool:
        """Whether more lines of the program must follow."""
        return False

    def wants(self, line: str) -> bool:
        """Whether a line would go on with lines of the program that are not complete."""
        return self.lacks_lines and not line.startswith(DIFF_TOKEN)

    def is_edit(self, line: str) -> bool:
        """Whether a line is one of an edit, as far as the line tells."""
        return self.lacks_lines

    @abstractmethod
    def take(self, line: str, place: Place, is_cut: bool) -> None:
        """Take the next line.

        Args:
            line: The line, without its end.
            place: Where it is.
            is_cut: Whether the text ends in it.
        """

    @abstractmethod
    def close(self, is_cut: bool) -> None:
        """The edit ends: apply what was not applied yet.

        Args:
            is_cut: Whether the text ends here, and not an edit alone.
        """

    @abstractmethod
    def leave(self) -> None:
        """Leave out what is open, because reading has stopped."""


_FENCE = re.compile(r"\s{0,3}(?:`{3,}[^`]*|~{3,}.*)")


def is_fence(line: str) -> bool:
    """Whether a line opens or closes a Markdown fence."""
    return _FENCE.fullmatch(line) is not None
