"""Sequences beside the columns that come in: a row or a batch in, the same rows out.

>>> out = lintseq_transform({"code": ["n = 4", "n ="]}, num_samples=2, status_column="why")
>>> [len(sequences) for sequences in out["edit_sequences"]], out["why"]
([2, 0], ['ok', 'skipped:syntax_error'])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack, cast

from lintseq_datasets.edits.sequence import printed_edits
from lintseq_datasets.errors import ConfigError, ProgramError
from lintseq_datasets.mapping._samplers import sampler_of
from lintseq_datasets.mapping.cells import Batch, as_batch
from lintseq_datasets.mapping.keywords import TransformOptions, spelled_out
from lintseq_datasets.mapping.options import Reading
from lintseq_datasets.mapping.plan import Plan, plan_of
from lintseq_datasets.mapping.reading import is_one, is_row_of, read_rows
from lintseq_datasets.mapping.rows import Row, by_position, standing_one
from lintseq_datasets.mapping.versions import VersionedFunction
from lintseq_datasets.samplers.config import LintSeqConfig
from lintseq_datasets.samplers.option_checks import check_text

_ADDED = ("edit_sequences", "start_states", "end_states")
_HOW = "call dataset.map(lintseq_transform), or dataset.with_transform(lintseq_transform)"


@VersionedFunction
@spelled_out(LintSeqConfig, Reading)
def lintseq_transform(
    batch: Batch,
    *,
    config: LintSeqConfig | None = None,
    status_column: str | None = None,
    edit_format: str = "diff",
    **options: Unpack[TransformOptions],
) -> dict[str, Any]:
    """Add the column ``edit_sequences`` to a row or a batch.

    For ``dataset.map(lintseq_transform)`` and ``dataset.with_transform(lintseq_transform)``;
    with ``functools.partial`` to set options. Another ``epoch`` draws afresh.

    Args:
        batch: A row, or columns by name, or a table of pyarrow, pandas or polars.
        config: Choices of the sampler; by default ``LintSeqConfig()``.
        status_column: Name of another column that says why a row has no sequence.
        edit_format: The form in which the edits are printed; see `Writing`.
        **options: Fields of `LintSeqConfig`, which change ``config``, and of `Reading`.

    Returns:
        What came in, with ``edit_sequences``: for each row a list of ``num_samples``
        sequences (for each of its programs, with ``"each"``), each a list of printed edits; an
        empty list if the row gives none. With
        another ``start`` than ``"empty"`` also ``start_states``: for each sequence the
        program that it starts from; with ``"segment"`` also ``end_states``, those that they
        lead to. Of a table, a table of pyarrow, whose types do not depend on the rows.

    Raises:
        ColumnError: A column is missing or ambiguous.
        ConfigError: An option has no usable value.
    """
    plan = plan_of(config, {**options, "edit_format": edit_format}, kinds=[LintSeqConfig])
    given, batch = batch, as_batch(batch, _HOW)
    columns = plan.find_columns(list(batch))
    _check_status_column(status_column, batch)
    # A table has as many rows as it has; of a dictionary, its cells must tell.
    is_row = given is batch and (is_row_of(batch, columns) or is_one(batch[columns.program]))
    several = {name: [batch[name]] for name in batch} if is_row else batch
    rows = read_rows(several, columns, plan.reading.of_cells, plan.config.language)
    sampler_of(plan.config).fill(rows)
    added = _added(by_position(rows), plan, edit_format, status_column)
    if given is not batch:
        return cast("dict[str, Any]", _with_columns(given, added))
    return {**batch, **{name: new[0] if is_row else new for name, new in added.items()}}


def _with_columns(table: Any, added: Mapping[str, list[Any]]) -> Any:
    """A table of pyarrow, pandas or polars with more columns, as a table of pyarrow."""
    import pyarrow as pa

    if not isinstance(table, pa.Table):
        to_arrow = getattr(table, "to_arrow", None)
        # polars has such a method, pandas has none. An index of pandas is no column.
        table = to_arrow() if to_arrow else pa.Table.from_pandas(table, preserve_index=False)
    texts = pa.list_(pa.string())
    types = {"edit_sequences": pa.list_(texts), "start_states": texts, "end_states": texts}
    for name, values in added.items():
        table = table.append_column(name, pa.array(values, types.get(name, pa.string())))
    return table


def _check_status_column(name: object, batch: Batch) -> None:
    if name is None:
        return
    check_text("status_column", name, "the name of a column")
    if name in batch or name in _ADDED:
        raise ConfigError("status_column", f"there is a column {name!r}: choose another name")


def _added(
    rows: Sequence[Sequence[Row]], plan: Plan, edit_format: str, status_column: str | None
) -> dict[str, list[Any]]:
    """The columns that the transform adds: all programs of a row of the source together."""
    # First, as it takes the sequences from rows that the form cannot say.
    printed = [
        [edits for row in programs for edits in _printed_sequences(row, edit_format)]
        for programs in rows
    ]
    found: dict[str, list[Any]] = {"edit_sequences": printed}
    if plan.config.start != "empty":
        found["start_states"] = [
            [sequence.start.text for row in programs for sequence in row.sequences]
            for programs in rows
        ]
    if plan.config.start == "segment":
        found["end_states"] = [
            [sequence.resolve().text for row in programs for sequence in row.sequences]
            for programs in rows
        ]
    if status_column is not None:
        found[status_column] = [standing_one(programs).status for programs in rows]
    return found


def _printed_sequences(row: Row, edit_format: str) -> list[list[str]]:
    try:
        return [printed_edits(sequence, edit_format) for sequence in row.sequences]
    except ProgramError as problem:
        row.sequences, row.problem = (), problem
        return []
