"""Batch in, batch out: the functions for `datasets.Dataset.map`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, TypeVar, cast

from lintseq_datasets.errors import ConfigError, LinterError, RowError
from lintseq_datasets.linters.heap import collections_paused
from lintseq_datasets.mapping._sampling import Sampler, lintseq_sampler, randseq_sampler
from lintseq_datasets.mapping.answers import ExtractCode
from lintseq_datasets.mapping.columns import find_columns
from lintseq_datasets.mapping.output import OnError, Output, OutputFormat, features_of, print_edits
from lintseq_datasets.mapping.rows import (
    OK,
    Batch,
    Row,
    Texts,
    is_one,
    read_row,
    read_rows,
    read_texts,
)
from lintseq_datasets.mapping.versions import VersionedFunction
from lintseq_datasets.samplers.config import LintSeqConfig, RandSeqConfig, Start, with_options

__all__ = [
    "OK",
    "Batch",
    "OnError",
    "OutputFormat",
    "failed_row",
    "features_of",
    "lintseq_map",
    "lintseq_transform",
    "randseq_map",
]

_logger = logging.getLogger(__name__)

_Config = TypeVar("_Config", LintSeqConfig, RandSeqConfig)


# --- the public functions ------------------------------------------------------------


@VersionedFunction
def lintseq_map(
    batch: Batch,
    indices: Sequence[int] | None = None,
    *,
    config: LintSeqConfig | None = None,
    instruction_column: str | None = None,
    program_column: str | None = None,
    state_column: str | None = None,
    extract_code: ExtractCode = "auto",
    output_format: OutputFormat = "default",
    on_error: OnError = "record",
    source_file: str = "",
    **options: Any,
) -> dict[str, list[Any]]:
    """Refactor rows of instruction and program into rows of instruction and edit sequence.

    For ``dataset.map(lintseq_map, batched=True, remove_columns=dataset.column_names,
    features=FEATURES, fn_kwargs={...})``. The result depends on the rows and the
    options only, not on batches, order or processes.

    Args:
        batch: Columns of the source dataset by name, lists of the same length.
        indices: Numbers of the rows, as `datasets` gives them with ``with_indices=True``;
            used by ``output_format="pylintseq"`` only.
        config: Choices of the sampler; by default ``LintSeqConfig()``.
        instruction_column: Column of the instruction; found by itself among the usual
            names, and may be absent.
        program_column: Column of the program; found by itself among the usual names.
        state_column: With ``start="given"``: column of the program state to start from, whose
            lines must be lines of the program in the same order; found by itself if it is
            called ``state`` or ``program_start``.
        extract_code: ``"auto"`` takes the Python fences of an answer where there are
            any and the whole text otherwise, ``"markdown"`` wants fences, None takes
            the text as it is.
        output_format: ``"default"`` (the columns of `FEATURES`), ``"conversational"``
            (the same with chat messages as prompt and completion) or ``"pylintseq"``
            (the columns of the published package; rows without a sequence are left out,
            as it has no column that could say why). With another ``start`` than
            ``"empty"`` there is a column ``state``, and the state is part of the prompt.
        on_error: What becomes of a row that gives no sequence. ``"record"``: a row whose
            ``status`` says why. ``"skip"``: no row. ``"raise"``: a `RowError`.
        source_file: Value of the column of that name with ``output_format="pylintseq"``.
        **options: Fields of `LintSeqConfig`, for example ``num_samples``, ``seed``,
            ``linter``, ``unique``, ``start``; they change ``config``.

    Returns:
        Columns by name: for each row ``num_samples`` rows that belong together, in the
        order of the batch.

    Raises:
        ColumnError: A column is missing, ambiguous or holds no text.
        ConfigError: An option has no usable value.
        MissingExtraError: The linter is not installed.
        RowError: A row gives no sequence and ``on_error="raise"``.
    """
    chosen = _choose(LintSeqConfig, config, options)
    names = (instruction_column, program_column, state_column)
    output = Output(output_format, on_error, source_file, chosen.start)
    return _map(batch, indices, lintseq_sampler(chosen), names, extract_code, output)


@VersionedFunction
def randseq_map(
    batch: Batch,
    indices: Sequence[int] | None = None,
    *,
    config: RandSeqConfig | None = None,
    instruction_column: str | None = None,
    program_column: str | None = None,
    state_column: str | None = None,
    extract_code: ExtractCode = "auto",
    output_format: OutputFormat = "default",
    on_error: OnError = "record",
    source_file: str = "",
    **options: Any,
) -> dict[str, list[Any]]:
    """Refactor rows without a linter: the ablation "RandSeq" of paper section 3.4.

    Arguments, result and errors are those of `lintseq_map`, with the fields of
    `RandSeqConfig` as options. Programs need not parse.
    """
    chosen = _choose(RandSeqConfig, config, options)
    names = (instruction_column, program_column, state_column)
    output = Output(output_format, on_error, source_file, chosen.start)
    return _map(batch, indices, randseq_sampler(chosen), names, extract_code, output)


@VersionedFunction
def lintseq_transform(
    batch: Batch,
    *,
    config: LintSeqConfig | None = None,
    instruction_column: str | None = None,
    program_column: str | None = None,
    state_column: str | None = None,
    extract_code: ExtractCode = "auto",
    status_column: str | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Add the column ``edit_sequences`` to a row or a batch.

    For ``dataset.map(lintseq_transform)`` and ``dataset.with_transform(lintseq_transform)``;
    with ``functools.partial`` to set options. Another ``epoch`` draws afresh.

    Args:
        batch: A row, or columns by name.
        config: Choices of the sampler; by default ``LintSeqConfig()``.
        instruction_column: See `lintseq_map`; only used to find the program.
        program_column: Column of the program; found by itself among the usual names.
        state_column: See `lintseq_map`, also for the next.
        extract_code: How programs are found in chat answers.
        status_column: Name of another column that says why a row has no sequence.
        **options: Fields of `LintSeqConfig`.

    Returns:
        What came in, with ``edit_sequences``: for each row a list of ``num_samples``
        sequences, each a list of printed edits; an empty list if the row gives none. With
        another ``start`` than ``"empty"`` also ``start_states``: for each sequence the
        program that it starts from.

    Raises:
        ColumnError: A column is missing, ambiguous or holds no text.
        ConfigError: An option has no usable value.
    """
    chosen = _choose(LintSeqConfig, config, options)
    names = (instruction_column, program_column, state_column)
    columns = find_columns(list(batch), *names, start=chosen.start)
    values = batch[columns.program]
    states: Any = None if columns.state is None else batch[columns.state]
    if is_row := is_one(values):
        values, states = [values], [states]
    if columns.state is None:
        states = [None] * len(values)
    pairs = zip(values, states, strict=True)
    rows = [read_row(columns, Texts(one, state=state), extract_code) for one, state in pairs]
    lintseq_sampler(chosen).fill(rows)
    sequences = [[print_edits(sequence) for sequence in row.sequences] for row in rows]
    added: dict[str, list[Any]] = {"edit_sequences": sequences}
    if chosen.start != "empty":
        added["start_states"] = [[found.start.text for found in row.sequences] for row in rows]
    if status_column is not None:
        added[status_column] = [row.status for row in rows]
    return {**batch, **{name: new[0] if is_row else new for name, new in added.items()}}


def failed_row(
    batch: Batch,
    problem: LinterError,
    *,
    method: str,
    linter: str,
    instruction_column: str | None = None,
    program_column: str | None = None,
    state_column: str | None = None,
    output_format: OutputFormat = "default",
    start: Start = "empty",
) -> dict[str, list[Any]]:
    """The output of a row that could not be refactored, without looking at its program.

    Args:
        batch: Columns by name, each with one value.
        problem: Why there is no sequence.
        method: Value of the column of that name.
        linter: Value of the column of that name.
        instruction_column: See `lintseq_map`, also for the next two.
        program_column: Column of the program; the text in it is kept as it is.
        state_column: Column of the state to start from.
        output_format: Columns of the output.
        start: Where sequences start.
    """
    named = (instruction_column, program_column, state_column)
    columns = find_columns(list(batch), *named, start=start)
    names = (columns.program, columns.instruction, columns.context, columns.state)
    row = read_texts(columns, Texts(*(name and batch[name][0] for name in names)))
    row.problem, row.linter = problem, linter
    output = Output(output_format, "record", "", start)
    written = output.rows(row, -1, method)
    values = zip(*written, strict=True)
    return {name: list(column) for name, column in zip(output.columns, values, strict=True)}


def _choose(kind: type[_Config], config: _Config | None, options: dict[str, Any]) -> _Config:
    if not isinstance(config, kind | None):
        raise ConfigError("config", f"{config!r} is no {kind.__name__}")
    return cast("_Config", with_options(config or kind(), options))


def _map(
    batch: Batch,
    indices: Sequence[int] | None,
    sampler: Sampler,
    names: tuple[str | None, str | None, str | None],
    extract_code: ExtractCode,
    output: Output,
) -> dict[str, list[Any]]:
    if extract_code not in ("auto", "markdown", None):
        raise ConfigError("extract_code", f"{extract_code!r} is none of 'auto', 'markdown', None")
    columns = find_columns(list(batch), *names, start=output.start)
    rows = read_rows(batch, columns, extract_code)
    with collections_paused():
        sampler.fill(rows)
    written: list[tuple[Any, ...]] = []
    for position, row in enumerate(rows):
        if row.problem is not None:
            _report(position, row, output.on_error)
        index = -1 if indices is None else indices[position]
        written += output.rows(row, index, sampler.method)
    values = zip(*written, strict=True) if written else ((),) * len(output.columns)
    return {name: list(column) for name, column in zip(output.columns, values, strict=True)}


def _report(position: int, row: Row, on_error: OnError) -> None:
    if on_error == "raise":
        raise RowError(position, row.status, str(row.problem)) from row.problem
    _logger.debug("row %d of the batch: %s (%s)", position, row.status, row.problem)
