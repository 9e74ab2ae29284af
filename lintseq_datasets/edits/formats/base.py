"""What an edit format is: a text for each edit, written and read with the state before it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from lintseq_datasets.edits.diff import Edit
from lintseq_datasets.errors import ConfigError


@dataclass(frozen=True, slots=True)
class EditForm(ABC):
    """A form in which edits are printed.

    A form never changes which states there are: it is another print of the same edit. A subclass
    is one file. It says its `name`, and what may stand behind it (``context_diff:1``) in
    `with_argument`, where anything may.
    """

    name: ClassVar[str]
    needs_state: ClassVar[bool] = True  # to be read

    @classmethod
    def with_argument(cls, argument: str) -> Self:
        """The form with what stands behind the colon of its name.

        Raises:
            ConfigError: It takes no such argument.
        """
        raise ConfigError(
            "edit_format", f"{cls.name!r} takes nothing behind its name: {argument!r}"
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
