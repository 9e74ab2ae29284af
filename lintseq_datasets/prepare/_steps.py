"""The steps of preparing that look at one row at a time, and the marks that they leave.

A step never drops a row. It marks it, in four columns that all steps write:

    status                     detail                    benchmark    task_id
    ok
    dropped:syntax_error       line 3: invalid syntax
    dropped:prompt_substring   reverse the words of a    mine         7

A row that an earlier step marked as dropped keeps its mark, so the first reason counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from lintseq_datasets.errors import ColumnError, ConfigError, LinterError, ProgramError
from lintseq_datasets.languages.base import LANGUAGES, Language, load_language
from lintseq_datasets.linters import Linter, load_linter
from lintseq_datasets.linters.base import first_syntax_error
from lintseq_datasets.mapping.accounting import DONE_COLUMN
from lintseq_datasets.mapping.cells import Batch, as_batch, storable
from lintseq_datasets.mapping.choices import FENCES_OF_ONE, TURNS_OF_ONE, ExtractCode, Fences, Turns
from lintseq_datasets.mapping.columns import Columns, find_columns
from lintseq_datasets.mapping.keeping import PREPARED
from lintseq_datasets.mapping.options import Reading
from lintseq_datasets.mapping.reading import is_one, read_rows
from lintseq_datasets.mapping.rows import OK, Row
from lintseq_datasets.mapping.versions import VersionedFunction
from lintseq_datasets.samplers.option_checks import check_choice

if TYPE_CHECKING:
    from datasets import Features

POOLED = PREPARED
"""Columns of a prepared dataset."""

STEPS: dict[str, tuple[str, ...]] = {
    "language": ("other_language",),
    "extract": (
        "not_text", "unreadable", "not_utf8", "program_too_long", "unknown_role", "no_program",
        "lone_surrogate", "nul_character", *(f"no_{language}_fence" for language in LANGUAGES),
        "interactive_session", "notebook_magic", "empty_program", "no_instruction",
    ),
    "syntax": ("syntax_error",),
    "decontaminate": (
        "prompt_substring", "solution_substring", "test_substring", "ngram_overlap",
    ),
    "deduplicate": ("duplicate",),
}  # fmt: skip
"""The steps in their order, each with the reasons for which it drops rows."""


class Mark(NamedTuple):
    """What a step says of a row. The names are those of the columns.

    Empty texts stand for nothing, because a column that starts with None has no type.
    """

    status: str = OK  # or "dropped:<reason>"
    detail: str = ""  # what was found, for a person
    benchmark: str = ""  # where it was found, by decontamination
    task_id: str = ""


def dropped(reason: str, detail: str, **where: str) -> Mark:
    """The mark of a dropped row. The reason is one of those in `STEPS`."""
    return Mark(f"dropped:{reason}", storable(detail), **where)


def as_columns(marks: Iterable[Mark]) -> dict[str, list[Any]]:
    """Marks as columns by name."""
    values = [list(column) for column in zip(*marks, strict=True)] or [[] for _ in Mark._fields]
    return dict(zip(Mark._fields, values, strict=True))


def mark_features() -> Features:
    """The columns that a step adds, and their types."""
    from datasets import Features, Value

    return Features({name: Value("string") for name in Mark._fields})


def pooled_features() -> Features:
    """The columns that `extract_programs` gives, counting, and their types."""
    from datasets import Features, Value

    names = (*POOLED, DONE_COLUMN)
    return Features({**{name: Value("string") for name in names}, **mark_features()})


def earlier_marks(batch: Batch, needed: Sequence[str]) -> list[Mark]:
    """The marks of the rows of a batch, from earlier steps; empty if there were none.

    Args:
        batch: Columns by name.
        needed: Columns that the step looks at.

    Raises:
        ColumnError: One of them is not there.
        ConfigError: This is a row, not a batch.
    """
    for name in needed:
        if name not in batch:
            raise ColumnError(f"There is no column {name!r}.", tuple(batch))
    if is_one(batch[needed[0]]):
        raise ConfigError("batched", "this step takes batches: dataset.map(..., batched=True)")
    count = len(batch[needed[0]])
    columns = [batch[name] if name in batch else [default] * count
               for name, default in zip(Mark._fields, Mark(), strict=True)]  # fmt: skip
    return [Mark(*values) for values in zip(*columns, strict=True)]


# --- from a row of a source to instruction and program -------------------------------


@VersionedFunction
def extract_programs(
    batch: Batch,
    indices: Sequence[int] | None = None,
    *,
    source: str = "",
    instruction_column: str | None = None,
    program_column: str | None = None,
    extract_code: ExtractCode = "auto",
    fences: Fences = "join",
    turns: Turns = "last",
    history: bool = False,
    license: str | None = None,
    license_column: str | None = None,
    language: str | Sequence[str] | None = None,
    language_column: str | None = None,
    id_column: str | None = None,
    programs: str = "python",
    counting: bool = False,
) -> dict[str, list[Any]]:
    r"""Bring rows of any columns into those of a prepared dataset (paper section 3.2).

    It is a mapper for ``Dataset.map(..., batched=True, with_indices=True, remove_columns=...)``
    that gives one row for each row. The program is taken out of its Markdown and prose and is
    normalised. The instruction stays as it is.

    Args:
        batch: Columns by name.
        indices: Numbers of the rows in their source; given by ``with_indices=True``.
        source: The value of the column ``source``.
        instruction_column: Column of the instruction. By default one of the usual names; it may
            be absent.
        program_column: Column of the program. By default one of the usual names.
        extract_code: ``"auto"`` takes the fences of the language if there are any, and the whole
            text otherwise. ``"markdown"`` wants fences. None takes the text as it is.
        fences: Which of several fences are the program: ``"join"``, ``"first"``,
            ``"last"`` or ``"longest"``; see `lintseq_datasets.mapping.options.Reading`.
        turns: Of a conversation, the ``"last"`` or the ``"first"`` answer with a program.
        history: Whether the instruction is headed by the turns before, system prompts among them.
        license: License of the rows that have none of their own.
        license_column: Column with each row's own license.
        language: Names of languages. Rows with other labels are dropped.
        language_column: Column with these labels, compared without regard to case.
        id_column: Column that names a row. By default rows are called by their number.
        programs: Language of the programs.
        counting: Whether to say in one more column what was done to each answer, for the report.

    Returns:
        The columns ``instruction``, ``program``, ``license``, ``source``, ``source_id``,
        and ``status``: ``ok``, or ``dropped:`` and the reason, with a ``detail``.

    Raises:
        ColumnError: A column is missing or ambiguous.
        ConfigError: An option has no usable value.

    >>> rows = {"problem": ["Add 1."], "solution": ["Sure:\n```python\nx += 1\n```\nDone."]}
    >>> found = extract_programs(rows, source="mine", license="mit")
    >>> found["program"], found["license"], found["status"]
    (['x += 1'], ['mit'], ['ok'])
    """
    batch = as_batch(batch, "call prepare(sources)")
    columns = find_columns(list(batch), instruction_column, program_column)
    values = batch[columns.program]
    if is_one(values):
        raise ConfigError("batched", "this step takes batches: dataset.map(..., batched=True)")
    count = len(values)
    # Labels are written as "Python", "python " and more.
    languages = {name.strip().lower() for name in _list(language)}
    named = {"license": license_column, "language": language_column, "id": id_column}
    cells = {name: _column(batch, column, count) for name, column in named.items()}
    # Without `with_indices`, rows are called by their places in the batch.
    numbers = range(count) if indices is None else indices
    rows = []
    check_choice("fences", fences, FENCES_OF_ONE)
    check_choice("turns", turns, TURNS_OF_ONE)
    reading = Reading(
        instruction_column, program_column, extract_code=extract_code, fences=fences,
        turns=turns, history=history,
    )  # fmt: skip
    done = []
    for position, row in enumerate(read_rows(batch, columns, reading, programs)):
        mark = _check_row(row, columns)
        if language_column is not None:
            # The step "language" comes before "extract", so its reason counts where both have one.
            mark = _check_label(cells["language"][position], languages) or mark
        row_id = cells["id"][position]
        rows.append((
            storable(row.asked),
            # A row without a program shows where it was looked for.
            storable(row.program.text or row.source),
            license_text(cells["license"][position]) or license,
            source,
            str(numbers[position] if row_id is None else row_id),
            *mark,
        ))  # fmt: skip
        done.append(" ".join(row.done))
    names = (*POOLED, *Mark._fields)
    columns_out = zip(*rows, strict=True) if rows else ((),) * len(names)
    found = {name: list(column) for name, column in zip(names, columns_out, strict=True)}
    return {**found, DONE_COLUMN: done} if counting else found


def _list(value: str | Sequence[str] | None) -> Sequence[str]:
    return [value] if isinstance(value, str) else (value or [])


def _column(batch: Batch, name: str | None, count: int) -> Sequence[Any]:
    if name is None:
        return [None] * count
    if name not in batch:
        raise ColumnError(f"There is no column {name!r}.", tuple(batch))
    found: Sequence[Any] = batch[name]
    return found


def _check_row(row: Row, columns: Columns) -> Mark:
    if isinstance(row.problem, ProgramError):
        return dropped(row.problem.reason, row.problem.detail)
    if columns.instruction is not None and not row.instruction.strip():
        return dropped("no_instruction", f"column {columns.instruction!r} is empty")
    return Mark()


def _check_label(label: object, languages: set[str]) -> Mark | None:
    if label is not None and str(label).strip().lower() in languages:
        return None
    return dropped("other_language", "no label" if label is None else str(label))


def license_text(value: object) -> str | None:
    """A license as one text, several joined by commas; None if there is none."""
    if isinstance(value, (list, tuple)):
        names = [name for name in map(license_text, value) if name]
        return ", ".join(names) or None
    return (storable(str(value)).strip() or None) if value is not None else None


# --- whether it parses ---------------------------------------------------------------


@VersionedFunction
def find_syntax_errors(batch: Batch, *, language: str = "python") -> dict[str, list[Any]]:
    """Mark the rows whose program does not parse.

    It is a mapper for ``Dataset.map(..., batched=True)``. Rows that an earlier step dropped keep
    their status. Of a language whose reader does not tell, its first linter is asked; a program
    without a verdict is kept.

    Args:
        batch: Columns by name, ``program`` among them.
        language: That of the programs.

    Returns:
        The columns ``status``, ``detail``, ``benchmark`` and ``task_id``.

    Raises:
        ColumnError: There is no column ``program``.
        MissingExtraError: The linter is not installed.

    >>> find_syntax_errors({"program": ["x = 1", "puts 'no Python'"]})["status"]
    ['ok', 'dropped:syntax_error']
    """
    batch = as_batch(batch, "call prepare(sources)")
    marks = earlier_marks(batch, ["program"])
    spoken = load_language(language)
    found = [
        _check_syntax(text, spoken) if mark.status == OK else mark
        for mark, text in zip(marks, batch["program"], strict=True)
    ]
    # After the reader, which may have found rows that are nested too deeply or are no text.
    if not spoken.reads_syntax and spoken.linters:
        _ask_linter(found, batch["program"], load_linter(spoken.linters[0]))
    return as_columns(found)


def _check_syntax(text: object, language: Language) -> Mark:
    # Of a dataset of the caller; `extract_programs` gives texts alone.
    if not isinstance(text, str):
        return dropped("not_text", f"Column 'program' holds {type(text).__name__}, not text.")
    try:
        language.read(text)
    except RecursionError:
        return dropped("syntax_error", "nested too deeply to be parsed")
    except ProgramError as error:
        return dropped("syntax_error", error.detail)
    return Mark()


def _ask_linter(marks: list[Mark], texts: Sequence[str], linter: Linter) -> None:
    """Mark those rows that are not marked yet and have a syntax error by a linter."""
    asked = [number for number, mark in enumerate(marks) if mark.status == OK]
    results = linter.lint([texts[number] for number in asked])
    for number, result in zip(asked, results, strict=True):
        if not isinstance(result, LinterError) and (error := first_syntax_error(linter, result)):
            marks[number] = dropped("syntax_error", f"line {error.line}: {error.text}")
