"""Mappers that give tables, whose types do not depend on the rows.

A stream of rows finds out the types of its columns anew in each batch, and a batch without a
sequence has none to show: writing such batches to one file fails. Tables have types.

A stream of Python objects cannot give them at once: its cells may be of any types, so no
table can be made before they are read. So its batches go through one cell of bytes each:

    rows  ->  packed_table  ->  {"packed": [b"..."]}  ->  unpacked_table  ->  a table
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lintseq_datasets.mapping.cells import Batch
from lintseq_datasets.mapping.columns import Columns
from lintseq_datasets.mapping.keeping import typed_table
from lintseq_datasets.mapping.mappers import planned_map
from lintseq_datasets.mapping.plan import Plan
from lintseq_datasets.mapping.versions import VersionedFunction

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Features

PACKED = "packed"
"""The column of `packed_table`."""


@VersionedFunction
def planned_table(
    batch: Batch,
    indices: Any = None,
    *,
    plan: Plan,
    features: Features,
    columns: Columns | None = None,
) -> pa.Table:
    """What `planned_map` gives, as a table.

    Args:
        batch: A table of the source dataset, or its columns by name.
        indices: Numbers of the rows.
        plan: How rows are read, sampled and written.
        features: Columns of the table.
        columns: See `planned_map`.
    """
    return typed_table(planned_map(batch, indices, plan=plan, columns=columns), features)


@VersionedFunction
def packed_table(batch: Batch, indices: Any = None, **told: Any) -> dict[str, list[bytes]]:
    """What `planned_table` gives, as the bytes of one cell.

    Args:
        batch: Columns of the source dataset by name.
        indices: Numbers of the rows.
        **told: See `planned_table`.
    """
    import pyarrow as pa

    table = planned_table(batch, indices, **told)
    # In Arrow's own form, with the schema: a batch without rows keeps its types.
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return {PACKED: [sink.getvalue().to_pybytes()]}


def unpacked_table(batch: pa.Table) -> pa.Table:
    """The table in the one cell that `packed_table` gave.

    Args:
        batch: A table with the column `PACKED`.
    """
    import pyarrow as pa

    (cell,) = batch[PACKED].to_pylist()
    with pa.ipc.open_stream(cell) as reader:
        return reader.read_all()
