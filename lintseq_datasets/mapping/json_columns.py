"""Arrays of values that are JSON, such as the arguments of a call, which differ from tool to tool.

Arrow cannot make such arrays of values: they are made of texts, and get their type afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def typed_array(values: Sequence[Any], kind: Any) -> Any:
    """Values as an Arrow array of a type, which may hold JSON.

    Args:
        values: The values; JSON as values, or as texts.
        kind: The type.
    """
    import pyarrow as pa

    plain = _without_json(kind)
    if plain == kind:
        return pa.array(values, type=kind)
    return _in_type(pa.array([_as_texts(value, kind) for value in values], type=plain), kind)


def rows_of_table(table: Any) -> list[dict[str, Any]]:
    """The rows of an Arrow table, with JSON as values."""
    kinds = {field.name: field.type for field in table.schema if has_json(field.type)}
    rows: list[dict[str, Any]] = table.to_pylist()
    for row in rows if kinds else ():
        for name, kind in kinds.items():
            row[name] = _as_values(row[name], kind)
    return rows


def has_json(kind: Any) -> bool:
    """Whether there is JSON in values of an Arrow type."""
    return bool(_without_json(kind) != kind)


def _as_values(value: Any, kind: Any) -> Any:
    """A value whose parts that are JSON are no texts any more."""
    import pyarrow as pa

    if value is None:
        return None
    if isinstance(kind, pa.JsonType):
        return json.loads(value)
    if pa.types.is_list(kind):
        return [_as_values(part, kind.value_type) for part in value]
    if pa.types.is_struct(kind):
        return {field.name: _as_values(value[field.name], field.type) for field in kind}
    return value


def _without_json(kind: Any) -> Any:
    import pyarrow as pa

    if isinstance(kind, pa.JsonType):
        return kind.storage_type
    if pa.types.is_list(kind):
        return pa.list_(_without_json(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_without_json(field.type)) for field in kind])
    return kind


def _as_texts(value: Any, kind: Any) -> Any:
    """A value whose parts that are JSON are texts."""
    import pyarrow as pa

    if value is None:
        return None
    if isinstance(kind, pa.JsonType):
        # one spelling: a job compares what it reads with what it wrote
        return json.dumps(json.loads(value) if isinstance(value, str) else value)
    if pa.types.is_list(kind):
        return [_as_texts(part, kind.value_type) for part in value]
    if pa.types.is_struct(kind):
        # A value need not have all fields: Arrow has None for those that are missing.
        return {field.name: _as_texts(value.get(field.name), field.type) for field in kind}
    return value


def _in_type(array: Any, kind: Any) -> Any:
    """An array of texts with the type that holds JSON."""
    import pyarrow as pa

    # An array that is put together from parts has no nulls but those of a mask: without it, a list
    # that is null would be an empty one, and a structure one of empty values.
    if isinstance(kind, pa.JsonType):
        return pa.ExtensionArray.from_storage(kind, array)
    if pa.types.is_list(kind):
        inner = _in_type(array.values, kind.value_type)
        return pa.ListArray.from_arrays(array.offsets, inner, type=kind, mask=array.is_null())
    if pa.types.is_struct(kind):
        parts = [_in_type(array.field(place), field.type) for place, field in enumerate(kind)]
        return pa.StructArray.from_arrays(parts, fields=list(kind), mask=array.is_null())
    return array
