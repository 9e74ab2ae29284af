"""The options of the mappers, each said once: how rows are read, sampled and written.

A `Plan` is what a mapper is told, as one frozen value. It has three parts: the configuration
of the sampler (`LintSeqConfig`, `RandSeqConfig` or, for programs in two versions,
`RevisionConfig`), `Reading` or `RevisionReading`, and `Writing`. A caller gives all
their fields as plain keyword arguments. For each part there is a `TypedDict` of these keywords,
which tells editors and type checkers their names and types; `plan_of` divides them.

    lintseq_map(batch, num_samples=2, program_column="code", output_format="conversational")
                       LintSeqConfig  Reading                Writing
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import Field, dataclass, fields, replace
from typing import Any, ClassVar, TypedDict, TypeVar, cast, get_args

from lintseq_datasets.edits.formats import edit_form
from lintseq_datasets.errors import ConfigError, did_you_mean
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
from lintseq_datasets.mapping.keeping import as_keep_columns, find_kept, usually_kept
from lintseq_datasets.mapping.outputs import OUTPUT_FORMATS, RowFormat, row_format
from lintseq_datasets.samplers.config import (
    LintSeqConfig,
    RandSeqConfig,
    RevisionConfig,
    SamplerConfig,
)
from lintseq_datasets.samplers.option_checks import (
    check_bool,
    check_choice,
    check_text,
    names_checked,
)
from lintseq_datasets.samplers.option_types import (
    LintSeqOptions,
    RandSeqOptions,
    RevisionOptions,
    Start,
)

_F = TypeVar("_F", bound=Callable[..., Any])


# --- as keyword arguments ------------------------------------------------------------


class ReadingOptions(TypedDict, total=False):
    """The fields of `Reading` as keyword arguments."""

    instruction_column: str | None
    program_column: str | None
    state_column: str | None
    extract_code: ExtractCode
    fences: Fences
    turns: Turns
    history: bool
    solutions: Solutions


class WritingOptions(TypedDict, total=False):
    """The fields of `Writing` as keyword arguments."""

    output_format: OutputFormat
    edit_format: str
    on_error: OnError
    keep_columns: KeepColumns
    source_file: str
    tools: Tools
    tool_answers: ToolAnswers
    file_name: str


class RandSeqMapOptions(RandSeqOptions, ReadingOptions, WritingOptions, total=False):
    """Options of `randseq_map`."""


class LintSeqMapOptions(LintSeqOptions, ReadingOptions, WritingOptions, total=False):
    """Options of `lintseq_map`, and of everything that does the same to whole datasets."""


class RevisionMapOptions(RevisionOptions, WritingOptions, total=False):
    """Options of `revision_map`, and of everything that does the same to whole datasets."""

    instruction_column: str | None
    before_column: str | None
    after_column: str | None


class TransformOptions(LintSeqOptions, ReadingOptions, total=False):
    """Options of `lintseq_transform`."""


# --- as values -----------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class Plan:
    """What a mapper is told: how rows are read, sampled and written.

    Args:
        config: Configuration of the sampler.
        reading: How rows are read.
        writing: How rows are written.

    Raises:
        ConfigError: These do not go together.
    """

    config: SamplerConfig
    reading: Reading | RevisionReading = Reading()
    writing: Writing = Writing()

    def __post_init__(self) -> None:
        _ = self.format

    @property
    def method(self) -> str:
        """That of the configuration, such as ``lintseq``."""
        return self.config.method

    @property
    def format(self) -> RowFormat:
        """The output format."""
        writing = self.writing
        return row_format(
            writing.output_format,
            self.config.start,
            writing.source_file,
            writing.edit_format,
            self.config.language,
            writing.of_formats,
        )

    @property
    def keeps_rows_without_sequence(self) -> bool:
        """Whether a row that gives no sequence has a row in the output."""
        return self.writing.on_error != "skip" and self.format.tells_status

    @property
    def counts_apart(self) -> bool:
        """Whether the columns of the format do not tell what became of the rows of the source."""
        return self.reading.divides_rows or not self.format.is_counted

    @property
    def gives_row_for_row(self) -> bool:
        """Whether each row of the source becomes exactly one row of the output."""
        is_one = self.config.num_samples == 1 and not self.counts_apart
        return is_one and self.keeps_rows_without_sequence

    def find_columns(self, available: Sequence[str]) -> Columns:
        """The columns of a dataset that are read.

        Args:
            available: Names of the columns that there are.

        Raises:
            ColumnError: See `find_columns`.
            ConfigError: A column is named that is not read.
        """
        return self.reading.find_columns(available, self.config.start)

    def find_kept(self, available: Sequence[str], read: Collection[Any]) -> tuple[str, ...]:
        """The columns of a dataset that are kept.

        Args:
            available: Names of the columns that there are.
            read: Those that are read.

        Raises:
            ColumnError: See `lintseq_datasets.mapping.keeping.find_kept`.
            ConfigError: See there, too.
        """
        return find_kept(self.writing.keep_columns, available, read, self.format.types())

    def keeping_as_usual(self, available: Sequence[str]) -> Plan:
        """The plan of a run over a whole dataset, which says what is kept of it unless told.

        Args:
            available: Names of the columns that there are.
        """
        if self.writing.keep_columns is not None or not self.format.tells_status:
            return self
        kept = usually_kept(available)
        return replace(self, writing=replace(self.writing, keep_columns=kept)) if kept else self

    def options(self) -> dict[str, Any]:
        """What changes the output beside the configuration, as plain values by name."""
        reading, writing = as_options(self.reading), as_options(self.writing)
        if self.config.start != "given":
            reading.pop("state_column", None)
        if not self.format.tells_source_file:
            del writing["source_file"]
        for name in ("tools", "tool_answers", "file_name"):
            if name not in self.format.own_options:
                del writing[name]
        if isinstance(kept := writing["keep_columns"], tuple):
            writing["keep_columns"] = list(kept)
        return {**reading, **writing}


def as_options(value: Any) -> dict[str, Any]:
    """The fields of a configuration, of `Reading` or of `Writing`, by name."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


# --- from keyword arguments to values ------------------------------------------------


def plan_of(
    config: SamplerConfig | None,
    options: Mapping[str, Any],
    *,
    kinds: Sequence[type[SamplerConfig]] = (LintSeqConfig, RandSeqConfig, RevisionConfig),
    others: Iterable[str] = (),
) -> Plan:
    """What a mapper is told by a configuration and by keyword arguments.

    Args:
        config: Configuration of the sampler; None for the default one of the first kind.
        options: Fields of the configuration, which change it, and of `Reading` and `Writing`.
        kinds: Configurations that are taken.
        others: Options that the caller knows beside these, for its messages.

    Raises:
        ConfigError: There is no such option, or it has no usable value.
    """
    if config is not None and not isinstance(config, tuple(kinds)):
        names = " and no ".join(kind.__name__ for kind in kinds)
        raise ConfigError("config", f"{config!r} is no {names}")
    chosen = config or kinds[0]()
    reading = RevisionReading if isinstance(chosen, RevisionConfig) else Reading
    of_config, of_reading, of_writing = _divide(options, (type(chosen), reading, Writing), others)
    return Plan(replace(chosen, **of_config), reading(**of_reading), Writing(**of_writing))


def _divide(
    options: Mapping[str, Any], kinds: Sequence[type], others: Iterable[str]
) -> list[dict[str, Any]]:
    """Give each option to the class that has a field of its name."""
    names = [{field.name for field in fields(kind)} for kind in kinds]
    known = sorted({*others}.union(*names))
    for name in options:
        if not any(name in own for own in names):
            near = did_you_mean(name, known) or f"; there are: {', '.join(known)}"
            raise ConfigError(name, f"there is no such option with {kinds[0].__name__}{near}")
    return [{name: options[name] for name in own & options.keys()} for own in names]


def spelled_out(*kinds: type) -> Callable[[_F], _F]:
    """Let the signature of a function show the fields of classes in place of ``**options``.

    For `help`, notebooks and whatever else asks `inspect.signature`. Type checkers read the
    `TypedDict` that the function itself names.

    Args:
        *kinds: The classes, whose fields have defaults.
    """
    found: dict[str, Field[Any]] = {field.name: field for kind in kinds for field in fields(kind)}
    keywords = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=field.type
        )
        for name, field in found.items()
    ]

    def show(function: _F) -> _F:
        signature = inspect.signature(function)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        shown = signature.replace(parameters=[*own, *keywords])
        cast("Any", function).__signature__ = shown
        return function

    return show
