"""The options of the mappers, each said once: how rows are read and how they are written.

Those of sampling are the configurations (`lintseq_datasets.samplers.config`). What a mapper is
told all in all is a `lintseq_datasets.mapping.plan.Plan`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, get_args

from lintseq_datasets.edits.formats import edit_form
from lintseq_datasets.mapping.choices import (
    FENCES,
    ExtractCode,
    Fences,
    KeepColumns,
    OnError,
    OutputFormat,
    Solutions,
    ToolAnswers,
    Tools,
    Turns,
)
from lintseq_datasets.mapping.columns import Columns, find_columns, find_version_columns
from lintseq_datasets.mapping.keeping import as_keep_columns
from lintseq_datasets.mapping.outputs import OUTPUT_FORMATS
from lintseq_datasets.samplers.option_checks import (
    check_bool,
    check_choice,
    check_text,
    names_checked,
)
from lintseq_datasets.samplers.option_types import (
    Start,
)


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
            ``"join"``: all of them, but for those that define a function or class again;
            the ``"first"``, ``"last"`` or ``"longest"`` one; or ``"each"``, one row of its
            own for each.
        turns: Of a conversation, which answers with a program: the ``"last"`` one, the
            ``"first"`` one, or ``"each"``, one row of its own for each. The instruction is what
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


@names_checked
@dataclass(frozen=True, slots=True)
class RevisionReading:
    """How rows of programs in two versions are read: as they are, without fences or prose.

    Args:
        instruction_column: Column of what asks for the change, such as the message of a commit;
            found by itself among the usual names, and may be absent.
        before_column: Column of the version before; found by itself, also the next one.
        after_column: Column of the version after.
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
        return Reading(extract_code=None)

    def find_columns(self, available: Sequence[str], _start: Start) -> Columns:
        """The columns of a dataset that are read; see `find_version_columns`."""
        columns = (self.instruction_column, self.before_column, self.after_column)
        return find_version_columns(available, *columns)


@names_checked
@dataclass(frozen=True, slots=True)
class Writing:
    """How rows are written.

    Args:
        output_format: ``"default"`` (the columns of `FEATURES`), ``"conversational"``
            (the same with chat messages as prompt and completion) or ``"pylintseq"``
            (the columns of the published package; rows without a sequence are left out,
            as it has no column that could say why). With another ``start`` than
            ``"empty"`` there is a column ``state``, and the state is part of the prompt.
        edit_format: The form in which the edits stand in the training text, by name:
            ``"diff"`` (unified diffs without context), ``"context_diff"``,
            ``"search_replace"``, ``"apply_patch"``, ``"anchored"``, ``"numbered"`` or
            ``"whole"``; see ``docs/edit-formats.md``. The column ``edits`` holds unified diffs
            in any case.
        on_error: What becomes of a row that gives no sequence. ``"record"``: a row whose
            ``status`` says why. ``"skip"``: no row. ``"raise"``: a `RowError`.
        keep_columns: Columns of the source to keep beside those of the output, by name; True
            for all that are not read, False for none. None: in runs over whole datasets
            (`refactor`, jobs) what `prepare` adds (``license``, ``source``, ``source_id``), where
            the source is a prepared dataset; otherwise none.
        source_file: Value of the column of that name with ``output_format="pylintseq"``.
        tools: With ``output_format="tool_calls"``, what is called: ``"editor"`` (``create``,
            ``insert`` and ``str_replace``), ``"str_replace"`` (without ``insert``) or
            ``"apply_patch"``.
        tool_answers: There, what a tool answers: a ``"short"`` sentence, or the ``"file"`` with
            numbers of lines.
        file_name: There, the name of the file.
    """

    output_format: OutputFormat = "default"
    edit_format: str = "diff"
    on_error: OnError = "record"
    keep_columns: KeepColumns = None
    source_file: str = ""
    tools: Tools = "editor"
    tool_answers: ToolAnswers = "short"
    file_name: str = "program.py"

    def __post_init__(self) -> None:
        object.__setattr__(self, "keep_columns", as_keep_columns(self.keep_columns))
        check_choice("on_error", self.on_error, get_args(OnError))
        check_text("source_file", self.source_file)
        check_choice("tools", self.tools, get_args(Tools))
        check_choice("tool_answers", self.tool_answers, get_args(ToolAnswers))
        check_text("file_name", self.file_name, "the name of a file")
        edit_form(f"apply_patch:{self.file_name}")

    @property
    def of_formats(self) -> dict[str, str]:
        """The options that belong to some output formats, where they differ from the defaults."""
        names = sorted({name for kind in OUTPUT_FORMATS.values() for name in kind.own_options})
        return {
            name: getattr(self, name)
            for name in names
            if getattr(self, name) != type(self).__dataclass_fields__[name].default
        }


def as_options(value: Any) -> dict[str, Any]:
    """The fields of a configuration, of `Reading` or of `Writing`, by name."""
    return {field.name: getattr(value, field.name) for field in fields(value)}
