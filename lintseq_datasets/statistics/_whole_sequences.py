"""From rows that are parts of sequences to what is counted of sequences.

In tables with a row for each sequence, everything is as it stands there. Otherwise the rows of a
sequence follow each other, and each says which of its edits it begins with:

    edit_index   0  1  2 | 0  1 | 0        the last one lacks its second edit
    num_edits    3  3  3 | 2  2 | 2
    sequences    3 edits | 2    | (not whole, and so without a growth)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lintseq_datasets.mapping.row_texts import part_columns
from lintseq_datasets.statistics._row_tables import beginnings

if TYPE_CHECKING:
    import pyarrow


def lines_of_edits(table: pyarrow.Table, lines: Any) -> Any:
    """The lines of each edit, of rows with some edits or with a hunk of one.

    Args:
        table: The rows.
        lines: The lines of what the rows have in ``edits``, one after the other.
    """
    import numpy as np

    values = np.asarray(lines)
    if "hunk_index" not in table.column_names or not len(values):
        return values
    # Each row has one hunk, and `hunk_index` begins anew with each edit:
    #
    #     hunk_index  0 1 0       lines  2 1 4       lines of edits  3 4
    starts = np.flatnonzero(np.asarray(table["hunk_index"]) == 0)
    return np.add.reduceat(values, starts) if len(starts) else values


def whole_sequences(table: pyarrow.Table, edits: Any, edit_lines: Any) -> tuple[Any, Any]:
    """The lengths of the sequences that are whole, and the lines of their edits.

    Args:
        table: The rows.
        edits: Their edits.
        edit_lines: What `lines_of_edits` gives.
    """
    import numpy as np
    import pyarrow.compute as pc

    lengths = np.asarray(pc.list_value_length(edits))
    if not part_columns(table.column_names):
        return lengths, edit_lines
    if "hunk_index" in table.column_names:
        # An edit is counted at its first hunk; the rows of its others are of no edit.
        lengths = (np.asarray(table["hunk_index"]) == 0).astype(lengths.dtype)
    starts = np.flatnonzero(np.asarray(beginnings(table)))
    if not len(starts):
        return lengths[:0], edit_lines[:0]
    # With the table above: starts 0 3 5, wanted 3 2 2, sums 3 2 1. The last one is not whole.
    wanted = np.asarray(table["num_edits"])[starts]
    sums = np.add.reduceat(lengths, starts)
    # For each edit whether its sequence is whole: 1 1 1 1 1 0.
    is_whole = np.repeat(sums == wanted, sums)
    # Rows above the first beginning are the end of a sequence that began elsewhere.
    return sums[sums == wanted], edit_lines[lengths[: starts[0]].sum() :][is_whole]


def texts_of_sequences(table: pyarrow.Table, texts: Any) -> list[str]:
    """The training texts of each sequence, one below the other.

    Args:
        table: The rows.
        texts: Their training texts.
    """
    import numpy as np

    values: list[str] = texts.to_pylist()
    if not part_columns(table.column_names):
        return values
    starts = np.flatnonzero(np.asarray(beginnings(table))).tolist()
    # Without any beginning there is no start, and the one end is left over.
    ends = [*starts[1:], len(values)]
    return ["\n".join(values[start:end]) for start, end in zip(starts, ends, strict=False)]
