"""What is in an output, whatever kind of file it is, and a digest of its rows.

A file is read back before the parts that it was made from go, and must hold the same rows. Its
tables are cut in other places, so each column has hashes of its own, which only ever grow:

    "ab", None, "c"    name: 2, -2, 1    name:text: abc
    "a", None, "bc"    name: 1, -2, 2    name:text: abc

The texts are hashed as they lie in Arrow's buffers, and the lengths say where one ends.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lintseq_datasets.mapping.json_columns import typed_array

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 1000


class Content:
    """A number of rows and a digest of them.

    Equal rows give the same digest, however they are cut into tables and whatever file they
    come from.
    """

    def __init__(self) -> None:
        self._hashes: defaultdict[str, Any] = defaultdict(hashlib.sha256)
        self.rows = 0

    @classmethod
    def of(cls, tables: Iterable[pa.Table]) -> Content:
        """The content of tables that follow one another."""
        content = cls()
        for table in tables:
            content.add(table)
        return content

    def add(self, table: pa.Table) -> None:
        """Take rows in, in their order."""
        self.rows += table.num_rows
        for name, column in zip(table.column_names, table.columns, strict=True):
            for chunk in column.chunks:
                self._add(name, chunk)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Content) and self._values() == other._values()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def _values(self) -> tuple[int, dict[str, str]]:
        return self.rows, {name: one.hexdigest() for name, one in self._hashes.items()}

    def _add(self, name: str, array: pa.Array) -> None:
        """Take an array in: of lists and texts their lengths, and then what is in them."""
        import pyarrow as pa
        import pyarrow.compute as pc

        kind = array.type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            self._add_numbers(name, pc.binary_length(array))
            self._hashes[f"{name}:text"].update(_bytes_of(array))
        elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
            self._add_numbers(name, pc.list_value_length(array))
            # Unlike `values`, this leaves out what is outside of a slice, or under a null.
            self._add(f"{name}[]", array.flatten())
        elif pa.types.is_struct(kind):
            # Or else no struct at all would be the same as one of nulls.
            self._add_numbers(name, array.is_valid().cast(pa.int8()))
            for position, child in enumerate(array.flatten()):
                self._add(f"{name}.{kind.field(position).name}", child)
        elif pa.types.is_integer(kind):
            self._add_numbers(name, array)
        else:  # of all that has no plain numbers; NaN, which is not equal to itself, has one repr
            values = (repr(value).encode("utf-8", "surrogatepass") for value in array.to_pylist())
            self._hashes[name].update(b"".join(value + b"\0" for value in values))

    def _add_numbers(self, name: str, numbers: pa.Array) -> None:
        import pyarrow as pa

        if pa.types.is_uint64(numbers.type):  # the same bits: a cast refuses the upper half
            numbers = numbers.view(pa.int64())
        # No length and no number of ours is less than -1. In a column of the source -2 may stand
        # for itself, which is then not told from a null.
        if numbers.null_count:
            numbers = numbers.fill_null(-2)
        self._hashes[name].update(numbers.cast(pa.int64()).to_numpy(zero_copy_only=False).tobytes())


def _bytes_of(array: pa.Array) -> memoryview:
    """The texts of an array one after the other."""
    import numpy as np
    import pyarrow as pa

    if array.null_count:  # there may be anything in their place
        array = array.fill_null("")
    _, offsets, data = array.buffers()
    if not len(array) or data is None:
        return memoryview(b"")
    # A slice has all of the buffers of the array that it was cut from.
    kind = np.int64 if pa.types.is_large_string(array.type) else np.int32
    places = np.frombuffer(offsets, dtype=kind)[array.offset : array.offset + len(array) + 1]
    return memoryview(data)[int(places[0]) : int(places[-1])]


def read_output(output: Path, schema: pa.Schema) -> Iterator[pa.Table]:
    """All rows of an output in order.

    Args:
        output: A file ``.parquet`` or ``.jsonl``; or a directory, as a job writes them.
        schema: Its columns.
    """
    for table in _read(output, schema):
        yield table.select(schema.names).cast(schema).replace_schema_metadata(schema.metadata)


def _read(output: Path, schema: pa.Schema) -> Iterator[pa.Table]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if output.suffix.lower() == ".jsonl":
        with output.open(encoding="utf-8", newline="\n") as file:
            while lines := list(islice(file, _BATCH_ROWS)):
                rows = [json.loads(line) for line in lines]
                arrays = [typed_array([row[f.name] for row in rows], f.type) for f in schema]
                yield pa.Table.from_arrays(arrays, schema=schema)
    elif (output / "state.json").exists():  # which `save_to_disk` writes
        from datasets import load_from_disk

        yield from load_from_disk(str(output)).with_format("arrow").iter(_BATCH_ROWS)
    else:
        # The numbers in their names begin with zeros, so this is the order of the rows.
        files = sorted(output.glob("data/*.parquet")) if output.is_dir() else [output]
        for path in files:
            for batch in pq.ParquetFile(path).iter_batches(_BATCH_ROWS):
                yield pa.Table.from_batches([batch])
