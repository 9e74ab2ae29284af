"""The options of the mappers that say how rows are read, each said once.

`lintseq_datasets.mapping.writing` has those that say how rows are written, and the
configurations in `lintseq_datasets.samplers.config` say how they are sampled.
All of them together are a `lintseq_datasets.mapping.plan.Plan`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, get_args

from lintseq_datasets.mapping.choices import (
    FENCES,
    ExtractCode,
    Fences,
    Solutions,
    Turns,
)
from lintseq_datasets.mapping.columns import Columns, find_columns, find_version_columns
from lintseq_datasets.samplers.option_checks import (
    check_bool,
    check_choice,
    check_text,
    names_checked,
)
from lintseq_datasets.samplers.option_types import Start


@names_checked
@dataclass(frozen=True, slots=True)
class Reading:
    """How rows are read.

    Args:
        instruction_column: Column of the instruction; found by itself among the usual
            names, and may be absent.
        program_column: Column of the program; found by itself among the usual names.
        state_column: With ``start="given"``: column of the program state to start from, whose
            lines must be lines of the program in the same order; found by itself if it is
            called ``state`` or ``program_start``.
        extract_code: ``"auto"`` takes the fences of the language in an answer where there
            are any and the whole text otherwise, ``"markdown"`` wants fences, None takes
            the text as it is.
        fences: Which fences of the language in an answer are its program, where there are several:
            ``"join"``: all of them, except those that define a function or class again;
            the ``"first"``, ``"last"`` or ``"longest"`` one; or ``"each"``, with a row for each.
        turns: Of a conversation, which answers with a program: the ``"last"`` one, the
            ``"first"`` one, or ``"each"``, with a row for each. The instruction is what
            the user said last before it.
        history: Whether the instruction is headed by the turns before, system prompts among
            them; as messages of their own in the conversational output format.
        solutions: Of a list of programs, the ``"first"`` one, or ``"each"``.
    """

    instruction_column: str | None = None
    program_column: str | None = None
    state_column: str | None = None
    extract_code: ExtractCode = "auto"
    fences: Fences = "join"
    turns: Turns = "last"
    history: bool = False
    solutions: Solutions = "first"

    holds_files: ClassVar[bool] = False  # or answers, conversations and lists of them

    def __post_init__(self) -> None:
        for name in ("instruction_column", "program_column", "state_column"):
            if (value := getattr(self, name)) is not None:
                check_text(name, value, "the name of a column")
        check_choice("extract_code", self.extract_code, ("auto", "markdown", None))
        check_choice("fences", self.fences, FENCES)
        check_choice("turns", self.turns, get_args(Turns))
        check_bool("history", self.history)
        check_choice("solutions", self.solutions, get_args(Solutions))

    @property
    def divides_rows(self) -> bool:
        """Whether a row of the source may become several, with a program each."""
        return "each" in (self.fences, self.turns, self.solutions)

    @property
    def of_cells(self) -> Reading:
        """How the cells of a row are read."""
        return self

    def find_columns(self, available: Sequence[str], start: Start) -> Columns:
        """The columns of a dataset that are read; see `find_columns`."""
        columns = (self.instruction_column, self.program_column, self.state_column)
        return find_columns(available, *columns, start=start)


# A kind of its own and no field: as a field it would be an option of every mapper.
class _ReadingOfFiles(Reading):
    """Cells hold texts of files, whatever they look like."""

    __slots__ = ()
    holds_files: ClassVar[bool] = True


@names_checked
@dataclass(frozen=True, slots=True)
class RevisionReading:
    """How rows of programs in two versions are read: as they are, without fences or prose.

    Args:
        instruction_column: Column of what asks for the change, such as the message of a commit;
            found by itself among the usual names, and may be absent.
        before_column: Column of the version before; found by itself among the usual names.
        after_column: Column of the version after; found in the same way.
    """

    instruction_column: str | None = None
    before_column: str | None = None
    after_column: str | None = None

    divides_rows: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for name, value in as_options(self).items():
            if value is not None:
                check_text(name, value, "the name of a column")

    @property
    def of_cells(self) -> Reading:
        """How the cells of a row are read: both versions are files, and no answers."""
        return _ReadingOfFiles(extract_code=None)

    def find_columns(self, available: Sequence[str], _start: Start) -> Columns:
        """The columns of a dataset that are read; see `find_version_columns`."""
        columns = (self.instruction_column, self.before_column, self.after_column)
        return find_version_columns(available, *columns)


def as_options(value: Any) -> dict[str, Any]:
    """The fields of a configuration, of `Reading` or of `Writing`, by name."""
    return {field.name: getattr(value, field.name) for field in fields(value)}
