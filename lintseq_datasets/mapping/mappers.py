"""Batch in, batch out: the functions for `datasets.Dataset.map`.

>>> rows = lintseq_map({"code": ["n = 4", "n ="]}, num_samples=2)
>>> rows["status"]
['ok', 'ok', 'skipped:syntax_error']

A row of the source gives several rows, and each of them says what became of it. To count rows of
the source, ``sample_index`` tells which rows begin one: it is 0, 1 for the two of ``n = 4``, and -1
for the one without a sequence.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Unpack, cast

from lintseq_datasets.errors import LinterError, ProgramError, RowError
from lintseq_datasets.linters.heap import collections_paused
from lintseq_datasets.mapping._columns_out import in_columns
from lintseq_datasets.mapping._samplers import sampler_of
from lintseq_datasets.mapping.cells import UNREADABLE, Batch, as_batch
from lintseq_datasets.mapping.choices import OnError
from lintseq_datasets.mapping.columns import Columns
from lintseq_datasets.mapping.keywords import (
    LintSeqMapOptions,
    RandSeqMapOptions,
    RevisionMapOptions,
    spelled_out,
)
from lintseq_datasets.mapping.made_with import made_with
from lintseq_datasets.mapping.map_call import map_call
from lintseq_datasets.mapping.options import Reading, RevisionReading
from lintseq_datasets.mapping.outputs import RowFormat
from lintseq_datasets.mapping.plan import Plan, plan_of
from lintseq_datasets.mapping.reading import cells_of, read_rows, unread_row
from lintseq_datasets.mapping.rows import Row
from lintseq_datasets.mapping.versions import VersionedFunction
from lintseq_datasets.mapping.writing import Writing
from lintseq_datasets.samplers.config import LintSeqConfig, RandSeqConfig, RevisionConfig

_logger = logging.getLogger(__name__)

_ODD = (*UNREADABLE, "unknown_role")  # reasons that say more of the dataset than of a row


# --- the public functions ------------------------------------------------------------


@VersionedFunction
@spelled_out(LintSeqConfig, Reading, Writing)
def lintseq_map(
    batch: Batch,
    indices: Sequence[int] | None = None,
    *,
    config: LintSeqConfig | None = None,
    **options: Unpack[LintSeqMapOptions],
) -> dict[str, list[Any]]:
    """Refactor rows of instruction and program into rows of instruction and edit sequence.

    For ``dataset.map(lintseq_map, batched=True, remove_columns=dataset.column_names,
    features=FEATURES, fn_kwargs={...})``. The result depends on the rows and the
    options only, not on batches, order or processes.

    Args:
        batch: Columns of the source dataset by name, lists of the same length.
        indices: Numbers of the rows, as `datasets` gives them with ``with_indices=True``: for
            messages, which count in the batch without them, and for the column ``index`` of
            ``output_format="pylintseq"``.
        config: Choices of the sampler; by default ``LintSeqConfig()``.
        **options: Fields of `LintSeqConfig`, which change ``config``, for example
            ``num_samples``, ``seed``, ``linter``, ``unique``, ``start``; of `Reading`:
            ``instruction_column``, ``program_column``, ``state_column``, ``extract_code``,
            ``fences``; and of `Writing`: ``output_format``, ``edit_format``, ``on_error``,
            ``keep_columns``, ``source_file``.

    Returns:
        Columns by name: for each row ``num_samples`` rows that belong together, in the
        order of the batch.

    Raises:
        ColumnError: A column is missing or ambiguous.
        ConfigError: An option has no usable value.
        MissingExtraError: The linter is not installed.
        RowError: A row gives no sequence and ``on_error="raise"``.
    """
    return _called_map(batch, indices, plan_of(config, options, kinds=[LintSeqConfig]))


@VersionedFunction
@spelled_out(RandSeqConfig, Reading, Writing)
def randseq_map(
    batch: Batch,
    indices: Sequence[int] | None = None,
    *,
    config: RandSeqConfig | None = None,
    **options: Unpack[RandSeqMapOptions],
) -> dict[str, list[Any]]:
    """Refactor rows without a linter: the ablation "RandSeq" of paper section 3.4.

    Arguments, result and errors are those of `lintseq_map`, with the fields of
    `RandSeqConfig` as options. Programs need not parse.
    """
    return _called_map(batch, indices, plan_of(config, options, kinds=[RandSeqConfig]))


@VersionedFunction
@spelled_out(RevisionConfig, RevisionReading, Writing)
def revision_map(
    batch: Batch,
    indices: Sequence[int] | None = None,
    *,
    config: RevisionConfig | None = None,
    **options: Unpack[RevisionMapOptions],
) -> dict[str, list[Any]]:
    """Turn rows of a program before and after a change into rows of edit sequences between them.

    For ``dataset.map(revision_map, batched=True, remove_columns=dataset.column_names,
    features=features_of(start="given"), fn_kwargs={...})``. Edits insert and delete; every state
    between the versions has no error that neither of them has.

    Args:
        batch: Columns of the source dataset by name, lists of the same length.
        indices: See `lintseq_map`.
        config: Choices of the sampler; by default ``RevisionConfig()``.
        **options: Fields of `RevisionConfig`, which change ``config``; of `RevisionReading`:
            ``instruction_column``, ``before_column``, ``after_column``; and of `Writing`.

    Returns:
        Columns by name, as `lintseq_map` gives them with ``start="given"``: ``state`` is the
        version before, which the prompt holds, and ``program`` the one after.

    Raises:
        ColumnError: A column is missing or ambiguous.
        ConfigError: An option has no usable value.
        MissingExtraError: The linter is not installed.
        RowError: A row gives no sequence and ``on_error="raise"``.
    """
    return _called_map(batch, indices, plan_of(config, options, kinds=[RevisionConfig]))


# --- for runs over whole datasets ----------------------------------------------------


@VersionedFunction
def planned_map(
    batch: Batch,
    indices: Sequence[int] | None = None,
    *,
    plan: Plan,
    counting: bool = False,
    columns: Columns | None = None,
) -> dict[str, list[Any]]:
    """What `lintseq_map` and `randseq_map` do, told by one value.

    Args:
        batch: Columns of the source dataset by name, lists of the same length.
        indices: Numbers of the rows.
        plan: How rows are read, sampled and written.
        counting: Whether to give rows for everything, so that everything can be counted: also
            those without a sequence that the plan leaves out; and, where the format has no
            columns to count by, these beside its own.
        columns: The columns that are read, where they were found already.
    """
    return _map(batch, indices, plan, counting=counting, columns=columns)


def failed_row(
    batch: Batch,
    problem: LinterError,
    *,
    plan: Plan,
    linter: str,
    columns: Columns | None = None,
) -> dict[str, list[Any]]:
    """What `planned_map` would give, counting, for a row that could not even be looked at.

    Args:
        batch: Columns by name, each with one value.
        problem: Why there is no sequence.
        plan: How rows are read, sampled and written.
        linter: Value of the column of that name.
        columns: See `planned_map`.
    """
    columns = columns or plan.find_columns(list(batch))
    (cells,) = cells_of(batch, columns)
    row = unread_row(columns, cells)
    row.problem, row.method, row.linter = problem, plan.method, linter
    row.made_with = made_with(plan, columns, linter)
    kept = plan.find_kept(list(batch), columns)
    return in_columns([row], plan, {name: batch[name] for name in kept}, counting=True)


# --- rows in, rows out ---------------------------------------------------------------


def _called_map(batch: Batch, indices: Sequence[int] | None, plan: Plan) -> dict[str, list[Any]]:
    """What a user's call of ``map`` is given, if what else it was told fits."""
    call = map_call()
    if call is None:
        return _map(batch, indices, plan)
    names = list(as_batch(batch))
    read = plan.find_columns(names)  # whose errors come first
    kept = plan.find_kept(names, read)
    # Before anything is sampled: the check needs the names alone.
    call.check(batch, plan, kept)
    columns = _map(batch, indices, plan, columns=read)
    call.check_types(columns, plan, kept)
    # A stream in Arrow's format takes nothing but tables from a function that was given one.
    if call.wants_table:
        schema = cast("Any", batch).schema
        columns = cast("Any", plan.format.table(columns, {n: schema.field(n) for n in kept}))
    return columns


def _map(
    batch: Batch,
    indices: Sequence[int] | None,
    plan: Plan,
    *,
    counting: bool = False,
    columns: Columns | None = None,
) -> dict[str, list[Any]]:
    batch = as_batch(batch)
    columns = columns or plan.find_columns(list(batch))
    kept = plan.find_kept(list(batch), columns)
    rows = read_rows(batch, columns, plan.reading.of_cells, plan.config.language)
    sampler = sampler_of(plan.config)
    # Between two programs, too, a full collection would walk the trees of the library.
    with collections_paused():
        sampler.fill(rows)
    made = made_with(plan, columns, sampler.linter)
    output = plan.format
    for row in rows:
        row.made_with = made
        row.number = -1 if indices is None else indices[row.position]
        _print_sequences(row, output)
        if row.problem is not None:
            _report(row, plan.writing.on_error)
    return in_columns(rows, plan, {name: batch[name] for name in kept}, counting=counting)


def _print_sequences(row: Row, output: RowFormat) -> None:
    """Write the output rows of a row's sequences; without any if the format cannot say one."""
    try:
        row.written = tuple(
            output.rows_of_sequence(row, number) for number in range(len(row.sequences))
        )
    except ProgramError as problem:
        row.sequences, row.problem = (), problem


def _report(row: Row, on_error: OnError) -> None:
    if on_error == "raise":
        number, of = (row.number, "dataset") if row.number >= 0 else (row.position, "batch")
        raise RowError(number, row.status, str(row.problem), of) from row.problem
    is_odd = isinstance(row.problem, ProgramError) and row.problem.reason in _ODD
    where = f"row {row.number}" if row.number >= 0 else f"row {row.position} of its batch"
    _logger.log(
        logging.INFO if is_odd else logging.DEBUG, "%s: %s (%s)", where, row.status, row.problem
    )
