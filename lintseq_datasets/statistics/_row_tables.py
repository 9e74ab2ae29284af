"""The rows of a dataset as Arrow tables, with texts where an output format has messages.

In formats with several rows for a sequence, the rows of one are in one table, as they stand one
below the other. For example, with three rows read at once:

    read      edits 0, 1, 2 of a sequence, then edits 3 of it and 0, 1 of the next one
    tables    edits 0, 1, 2, 3             then edits 0, 1, ...
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import TYPE_CHECKING, Any

from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.mapping.accounting import AUDIT_COLUMNS
from lintseq_datasets.mapping.json_columns import rows_of_table
from lintseq_datasets.mapping.made_with import MADE_WITH
from lintseq_datasets.mapping.row_texts import part_columns, texts_of_row

if TYPE_CHECKING:
    import pyarrow

_ROWS = 20_000  # in one table
_COMMON = ("edits", "program", "sample_index", "status", "method", "linter", *AUDIT_COLUMNS)
_TEXTS, _MESSAGES = ("prompt", "completion"), ("messages",)
_KINDS = (
    (*_TEXTS, *_COMMON),
    (*_MESSAGES, *_COMMON),
    ("edit_path", "source_instruction", "source_response"),
)
_MORE = (MADE_WITH, "state", "num_edits")


def row_tables(dataset: Any) -> Iterator[pyarrow.Table]:
    """The columns of a dataset that are counted, with ``prompt`` and ``completion`` as texts.

    Args:
        dataset: A dataset of any output format, or a streaming one.

    Raises:
        ColumnError: The columns are not those of an output format.
        ConfigError: It is no dataset.
    """
    columns = columns_of(dataset)
    # The first kind whose columns are all there. Others may stand beside them, and are not read.
    wanted = next((names for names in _KINDS if set(names) <= set(columns)), None)
    if wanted is None:
        raise not_ours(columns)
    parts = part_columns(columns)
    more = [name for name in _MORE if name in columns]
    tables = _read(dataset.select_columns([*wanted, *more, *parts]))
    yield from _whole_sequences(tables, parts) if parts else tables


def columns_of(dataset: Any) -> list[str]:
    """The columns of a dataset, or of a streaming one.

    Raises:
        ConfigError: It is no dataset.
    """
    import datasets

    if not isinstance(dataset, (datasets.Dataset, datasets.IterableDataset)):
        raise ConfigError(
            "dataset",
            f"{type(dataset).__name__} is no dataset: give what load_dataset or refactor returns",
        )
    columns = dataset.column_names
    if columns is None:  # a streaming dataset may not know its columns before its first row
        columns = list(next(iter(dataset), {}))
    return list(columns)


def not_ours(columns: list[str]) -> ColumnError:
    """What is wrong with a dataset of these columns."""
    problem = "These are not the columns of an edit-sequence dataset: make one first, with"
    return ColumnError(f"{problem} `generate` or `refactor`.", tuple(columns))


def beginnings(table: pyarrow.Table) -> Any:
    """Which rows begin a sequence, or say why there is none, as an array of truths."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # Parts are counted from 0, and rows that have no sequence say -1.
    found = [pc.less_equal(table[name], 0) for name in part_columns(table.column_names)]
    return reduce(pc.and_, found) if found else pa.array([True] * len(table), pa.bool_())


def _read(dataset: Any) -> Iterator[pyarrow.Table]:
    import datasets
    import pyarrow

    if isinstance(dataset, datasets.Dataset):
        for table in dataset.with_format("arrow").iter(batch_size=_ROWS):
            yield _in_usual_types(_with_texts(table))
        return
    for batch in dataset.iter(batch_size=_ROWS):
        given = dict(batch)
        if "edit_path" not in given:
            names = [name for name in (*_TEXTS, *_MESSAGES) if name in given]
            several = zip(*(given.pop(name) for name in names), strict=True)
            given.update(_texts(dict(zip(names, values, strict=True)) for values in several))
        columns = {name: _array(name, values) for name, values in given.items()}
        yield _in_usual_types(pyarrow.table(columns))


def _array(name: str, values: list[Any]) -> Any:
    """Values of a stream, whose types some rows may not tell."""
    import pyarrow as pa

    if name in ("edits", "edit_path"):
        return pa.array(values, pa.list_(pa.string()))
    # Nothing but None is taken for text: a column of numbers always has some.
    is_text = any(isinstance(value, str) for value in values) or not any(
        value is not None for value in values
    )
    return pa.array(values, pa.string() if is_text else None)


def _whole_sequences(tables: Iterator[pyarrow.Table], parts: list[str]) -> Iterator[pyarrow.Table]:
    import numpy as np
    import pyarrow as pa

    rest = None
    for read in tables:
        table = read if rest is None else pa.concat_tables([rest, read])
        firsts = np.flatnonzero(np.asarray(beginnings(table)))
        # One without a beginning, or longer than a table, is not waited for.
        last = int(firsts[-1]) if len(firsts) and firsts[-1] else len(table)
        yield table.slice(0, last)
        rest = table.slice(last)
    if rest is not None and len(rest):
        yield rest


# --- columns -----------------------------------------------------------------------------


def _with_texts(table: pyarrow.Table) -> pyarrow.Table:
    """A table whose prompts and training texts are texts, where they are messages."""
    import pyarrow as pa

    if "messages" in table.column_names:
        for name, values in _texts(rows_of_table(table.select(["messages"]))).items():
            table = table.append_column(name, pa.array(values, pa.string()))
        return table.drop_columns(["messages"])
    for name in _TEXTS:
        if name in table.column_names and pa.types.is_nested(table.schema.field(name).type):
            place = table.column_names.index(name)
            table = table.set_column(place, name, _contents(table[name]))
    return table


def _texts(rows: Any) -> dict[str, list[Any]]:
    found = [texts_of_row(row) for row in rows]
    return {name: [getattr(one, name) for one in found] for name in _TEXTS}


def _contents(messages: Any) -> Any:
    """What chat messages say, below one another; null where there are none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    chunks = []
    for chunk in messages.chunks:
        # Flattening leaves out what is null, so the lists are cut anew by their lengths.
        contents = pc.struct_field(pc.list_flatten(chunk), "content")
        counts = pc.fill_null(pc.list_value_length(chunk), 0)
        ends = pa.concat_arrays([pa.array([0], counts.type), pc.cumulative_sum(counts)])
        lists = pa.ListArray.from_arrays(ends.cast("int32"), pc.fill_null(contents, ""))
        joined = pc.binary_join(lists, "\n")
        chunks.append(pc.if_else(pc.is_valid(chunk), joined, pa.scalar(None, joined.type)))
    return pa.chunked_array(chunks, pa.string()) if chunks else pa.chunked_array([], pa.string())


def _in_usual_types(table: pyarrow.Table) -> pyarrow.Table:
    """A table with the types of ours where another program has written others, such as pandas."""
    import pyarrow as pa

    fields = [field.with_type(_usual_type(field.type)) for field in table.schema]
    schema = pa.schema(fields)
    return table if schema.types == table.schema.types else table.cast(schema)


def _usual_type(kind: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_floating(kind):  # of whole numbers, by pandas
        return pa.int64()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(_usual_type(kind.value_type))
    if pa.types.is_struct(kind):
        fields = (kind.field(number) for number in range(kind.num_fields))
        return pa.struct([field.with_type(_usual_type(field.type)) for field in fields])
    return kind
