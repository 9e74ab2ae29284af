"""The output rows of programs as columns, each row with what it counts for.

Rows of the output are counted as rows of the source, so one of them has to stand for each. Say a
row of the source holds two programs (``solutions="each"``), and that the first gives two sequences
while the second has a syntax error. What is counted:

    counted_status        counted_sample_index
    ok                     0                    begins the row of the source
    ok                     1
    skipped:syntax_error  -2                    `CONTINUED`: the row was counted already
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from lintseq_datasets.mapping.accounting import CONTINUED, COUNTED, DONE_COLUMN, Counts, own_column
from lintseq_datasets.mapping.cells import Batch
from lintseq_datasets.mapping.keeping import kept_values
from lintseq_datasets.mapping.outputs import RowFormat, Values
from lintseq_datasets.mapping.plan import Plan
from lintseq_datasets.mapping.rows import Row, by_position, standing_one


class _WrittenRow(NamedTuple):
    """A row of the output."""

    values: Values
    counts: Counts
    done: str
    position: int  # of the row of the source, in the batch


def in_columns(
    rows: Sequence[Row], plan: Plan, kept: Batch, *, counting: bool
) -> dict[str, list[Any]]:
    """The output rows of programs, by column, and what is kept of the rows of the source.

    Args:
        rows: The rows, each with its sequences written (`Row.written`) or a problem.
        plan: How rows are written.
        kept: Columns of the source that are kept.
        counting: See `lintseq_datasets.mapping.mappers.planned_map`.
    """
    output = plan.format
    written = list(_write(rows, output, plan.keeps_rows_without_sequence, counting))
    columns = {name: [row.values[name] for row in written] for name in output.types()}
    for name in kept:
        values = kept_values(kept[name])
        columns[name] = [values[row.position] for row in written]
    if counting and plan.counts_apart:
        for place, name in enumerate(COUNTED):
            columns[own_column(name)] = [row.counts[place] for row in written]
    if counting:
        columns[DONE_COLUMN] = [row.done for row in written]
    return columns


def _write(
    rows: Sequence[Row], output: RowFormat, keeps_all: bool, counting: bool
) -> Iterator[_WrittenRow]:
    """The output rows of programs, each with what it counts for and `DONE_COLUMN`.

    Of several programs of a row of the source, one stands for it.
    """
    for programs in by_position(rows):
        one = standing_one(programs)
        for row in programs:
            keeps = keeps_all or (counting and row is one)
            yield from _write_program(row, output, keeps, row is one)


def _write_program(row: Row, output: RowFormat, keeps: bool, stands: bool) -> Iterator[_WrittenRow]:
    done = " ".join(row.done) if stands else ""
    if row.problem is not None and keeps:
        counts: Counts = (row.status, -1 if stands else CONTINUED, 0, *row.audit_of())
        yield _WrittenRow(output.row_without_sequence(row), counts, done, row.position)
    for number, sequence in enumerate(row.sequences):
        # Index 0 begins a row of the source, so only the program that stands for it may have one.
        index = number if stands else number + 1
        counts = (row.status, index, len(sequence.edits), *row.audit_of(number))
        for values in row.written[number]:
            yield _WrittenRow(values, counts, done, row.position)
            # What was done to the answer counts once for a row of the source.
            done = ""
            # A format may write several rows for a sequence, which counts once.
            counts = (row.status, CONTINUED, 0, 0, 0)
