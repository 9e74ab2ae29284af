"""How large the rows of a Parquet file are once they are read, which its size does not tell.

A value that occurs often is stored once (a dictionary), and a value may be stored as what differs
from the one before. So 2,000 rows of 20 MiB each can be a file of 1 MB. Texts are read here as
dictionaries and numbers of their entries, so that what is stored once is held once.

A group of 51 rows, 50 with the same text of 1,000 characters and one with ``y``:

    stored, by the footer      2,064 bytes
    read, at most            105,672 bytes    51 values, each as large as all that is stored
    read, at least               408 bytes    51 places where a text starts
    read, looked at           50,001 bytes    which is asked for only if the most is too much
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_BATCH_ROWS = 1024
_BYTES_OF_A_VALUE = 8  # a number, or where a text starts
_STORED_AS_DIFFERENCES = {"DELTA_BYTE_ARRAY"}
# With these a text takes as many bytes as it has. Of a column of texts, RLE and BIT_PACKED are only
# the encodings of levels, which say what is null and what is in a list.
_PLAIN = {"PLAIN", "RLE", "BIT_PACKED", "DELTA_LENGTH_BYTE_ARRAY", "BYTE_STREAM_SPLIT"}


class GroupSize(NamedTuple):
    """How large a group of rows is at most.

    Args:
        stored: Bytes, decompressed.
        read: Bytes of its values, as they are held when they are read.
    """

    stored: int
    read: int


def size_at_most(footer: pq.FileMetaData, group: int) -> GroupSize:
    """The size of a group of rows, as far as the footer of the file tells."""
    stored = read = 0
    for number in range(footer.num_columns):
        column = footer.row_group(group).column(number)
        size = column.total_uncompressed_size
        repeats = column.physical_type == "BYTE_ARRAY" and not set(column.encodings) <= _PLAIN
        stored += size
        read += column.num_values * _BYTES_OF_A_VALUE
        # The footer does not say how often an entry is used: each value may be the longest.
        read += size * column.num_values if repeats else size
    return GroupSize(stored, read)


def least_read(footer: pq.FileMetaData, group: int) -> int:
    """Bytes that the values of a group take at least, without what is in its texts."""
    columns = (footer.row_group(group).column(number) for number in range(footer.num_columns))
    return sum(int(column.num_values) for column in columns) * _BYTES_OF_A_VALUE


def row_sizes(file: Any, footer: pq.FileMetaData, group: int, most: int) -> Iterator[Any]:
    """The sizes of the rows of a group, in bytes, some at a time.

    Args:
        file: Name of the file, or the file.
        footer: Its footer.
        group: Number of the group.
        most: Bytes to hold at once, about.

    Yields:
        An array of sizes.
    """
    import pyarrow.parquet as pq

    columns = [footer.row_group(group).column(number) for number in range(footer.num_columns)]
    # Arrow cannot read these as dictionaries. A value is the start of the one before and what is
    # stored of its own, so none is longer than all that is stored: this bounds the rows at once.
    differs = [one for one in columns if _STORED_AS_DIFFERENCES & set(one.encodings)]
    texts = [
        one.path_in_schema
        for one in columns
        if one.physical_type == "BYTE_ARRAY" and one not in differs
    ]
    longest = sum(one.total_uncompressed_size for one in differs)
    rows = max(1, min(_BATCH_ROWS, most // max(1, longest)))
    parquet = pq.ParquetFile(file, read_dictionary=texts, metadata=footer)
    for batch in parquet.iter_batches(rows, row_groups=[group]):
        yield sum(_sizes(column) for column in batch.columns)


def _sizes(array: pa.Array) -> Any:
    """Bytes of each value of an array, as they would be without a dictionary."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_dictionary(kind):
        lengths = _sizes(array.dictionary)
        # A null has the place of the 0 behind all lengths.
        places = array.indices.fill_null(len(lengths)).to_numpy(zero_copy_only=False)
        return np.append(lengths, 0)[places]
    if pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_large_string(kind):
        lengths = pc.binary_length(array).fill_null(0).to_numpy(zero_copy_only=False)
        return lengths.astype(np.int64)
    if pa.types.is_struct(kind):
        nothing = np.zeros(len(array), np.int64)
        return sum((_sizes(child) for child in array.flatten()), nothing)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_map(kind):
        return _sizes_of_lists(array)
    return np.full(len(array), _BYTES_OF_A_VALUE, np.int64)


def _sizes_of_lists(array: pa.Array) -> Any:
    import numpy as np
    import pyarrow as pa

    # Offsets of a slice count in the values of the whole array, and `values` are these.
    places = array.offsets.to_numpy(zero_copy_only=False)
    values = array.values if not pa.types.is_map(array.type) else None
    inside = _sizes(values) if values is not None else _sizes(array.keys) + _sizes(array.items)
    total = np.concatenate([[0], np.cumsum(inside, dtype=np.int64)])
    return total[places[1:]] - total[places[:-1]]
