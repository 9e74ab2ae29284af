r"""From rows of any values to columns of one type each, without losing what a value is.

What a reader gives is a row (a dictionary), or a `Broken` row that says why there is none. A pass
over all rows finds the kind of each column, and a second one writes tables:

    {"id": 1, "code": "x = 1"}       id    whole, then number    -> Value("float64")
    {"id": 1.5, "code": 42}          code  text, then any        -> Json()
    Broken("unreadable", "line 3")   a cell with the problem in each column that may be text

A column of mixed values is one of JSON, so that a number in it stays a number. What no column can
hold, such as half of a surrogate pair, is a cell with a problem, too.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from lintseq_datasets.mapping.cells import problem_cell, storable

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Features

MOST_COLUMNS = 1000
"""Columns of a dataset; where rows have more keys in all, those that come later are left out."""

_BATCH_ROWS = 1000
_BATCH_CHARACTERS = 8 * 2**20
_DEEPEST = 20  # levels of lists and structures that get a type of their own
_EXACT = 2**53  # whole numbers that a float can hold
_LONGEST = 2**63
_MANY_DIGITS = re.compile(r"\d{19}")  # as many as 2**63 has; to compare values costs time
_SURROGATE = re.compile("[\ud800-\udfff]")

CellKind: TypeAlias = str | tuple[Any, ...]
"""``"null"``, ``"bool"``, ``"whole"``, ``"long"`` (no float can hold it), ``"number"``, ``"text"``,
``"any"``, ``("list", kind)`` or ``("struct", names, kinds)``."""

_VALUES = {
    "null": "string", "bool": "bool", "whole": "int64", "long": "int64", "number": "float64",
    "text": "string",
}  # fmt: skip


class Broken(NamedTuple):
    """A row that cannot be read."""

    reason: str  # of its status
    detail: str  # where it is and what is wrong, for a person


@dataclass(slots=True)
class RowTypes:
    """The kinds of the columns of all rows that were looked at.

    Args:
        kinds: By the name of the column, in the order in which they appeared.
        rows: How many rows there were.
        broken: How many of them cannot be read.
        first: The first of these.
        left_out: Names of columns that are too many; some of them.
    """

    kinds: dict[str, CellKind] = field(default_factory=dict)
    rows: int = 0
    broken: int = 0
    first: Broken | None = None
    left_out: list[str] = field(default_factory=list)

    def look_at(self, rows: Iterable[Mapping[str, Any] | Broken]) -> None:
        """Take rows in."""
        for row in rows:
            self.rows += 1
            if isinstance(row, Broken):
                self.broken += 1
                self.first = self.first or row
            else:
                self._take(row)

    def _take(self, row: Mapping[str, Any]) -> None:
        kinds = self.kinds
        for name, value in row.items():
            kind = _kind_of(value)
            before = kinds.get(name)
            if before is None:
                self._add(name, kind)
            elif before != kind:
                kinds[name] = _merged(before, kind)

    def _add(self, name: str, kind: CellKind) -> None:
        if len(self.kinds) < MOST_COLUMNS and not _SURROGATE.search(name):
            self.kinds[name] = kind
        elif len(self.left_out) < MOST_COLUMNS and name not in self.left_out:
            self.left_out.append(name)

    def features(self) -> Features:
        """The columns and their types, as `datasets` has them."""
        from datasets import Features

        return Features({name: _feature(kind) for name, kind in self._final().items()})

    def _final(self) -> dict[str, CellKind]:
        """The kinds, with room for the problems of rows that cannot be read."""
        if not self.broken:
            return self.kinds
        return {
            name: "any" if kind in ("text", "null") else kind for name, kind in self.kinds.items()
        }

    def tables(self, rows: Iterable[Mapping[str, Any] | Broken]) -> Iterator[pa.Table]:
        """The same rows as tables of these columns, of bounded size."""
        waiting: list[Mapping[str, Any] | Broken] = []
        size = 0
        for row in rows:
            # So many rows, or so many characters: rows may be of any size up to the bound of one.
            waiting.append(row)
            size += sum(len(value) for value in _values(row) if isinstance(value, str))
            if len(waiting) == _BATCH_ROWS or size > _BATCH_CHARACTERS:
                yield self._table(waiting)
                waiting, size = [], 0
        if waiting:
            yield self._table(waiting)

    def _table(self, rows: Sequence[Mapping[str, Any] | Broken]) -> pa.Table:
        import pyarrow as pa

        schema = self.features().arrow_schema
        arrays = [
            _array([_cell(row, name, kind) for row in rows], kind, schema.field(position).type)
            for position, (name, kind) in enumerate(self._final().items())
        ]
        return pa.Table.from_arrays(arrays, schema=schema)


def _values(row: Mapping[str, Any] | Broken) -> Iterable[Any]:
    return row if isinstance(row, Broken) else row.values()


# --- kinds ---------------------------------------------------------------------------


def _kind_of(value: Any, depth: int = 0) -> CellKind:
    if isinstance(value, str):
        return "text" if value.isascii() or not _SURROGATE.search(value) else "any"
    if value is None:
        return "null"
    if isinstance(value, bool):  # before whole numbers, which it is one of in Python
        return "bool"
    if isinstance(value, int):
        size = abs(value)
        return "whole" if size <= _EXACT else "long" if size < _LONGEST else "any"
    if isinstance(value, float):
        return "null" if math.isnan(value) and not depth else "number"
    if depth == _DEEPEST:
        return "any"
    if isinstance(value, list):
        return _kind_of_list(value, depth)
    return _kind_of_struct(value, depth) if isinstance(value, dict) else "any"


def _kind_of_list(values: list[Any], depth: int) -> CellKind:
    inner: CellKind = "null"
    for value in values:
        inner = _merged(inner, _kind_of(value, depth + 1))
    return "any" if inner == "any" else ("list", inner)


def _kind_of_struct(values: dict[str, Any], depth: int) -> CellKind:
    kinds = [_kind_of(value, depth + 1) for value in values.values()]
    if not kinds or "any" in kinds or len(kinds) > MOST_COLUMNS:
        return "any"
    names = tuple(values)
    return "any" if any(map(_SURROGATE.search, names)) else ("struct", names, tuple(kinds))


def _merged(one: CellKind, other: CellKind) -> CellKind:
    """The kind of a column that holds values of both."""
    if one == other or other == "null":
        return one
    if one == "null":
        return other
    if isinstance(one, str) or isinstance(other, str):
        return _NUMBERS.get(frozenset((one, other)), "any")
    if one[0] != other[0]:
        return "any"
    if one[0] == "list":
        inner = _merged(one[1], other[1])
        return "any" if inner == "any" else ("list", inner)
    # Structures of other keys are no columns of one: a key that is missing is not one that is null.
    if one[1] != other[1]:
        return "any"
    kinds = tuple(map(_merged, one[2], other[2]))
    return "any" if "any" in kinds else ("struct", one[1], kinds)


# Not long and number: what no float can hold would be changed, so such a column is one of JSON.
_NUMBERS: dict[frozenset[CellKind], CellKind] = {
    frozenset(("whole", "long")): "long",
    frozenset(("whole", "number")): "number",
}


def _feature(kind: CellKind) -> Any:
    from datasets import Json, List, Value

    if kind == "any":
        return Json()
    if isinstance(kind, str):
        return Value(_VALUES[kind])
    if kind[0] == "list":
        return List(_feature(kind[1]))
    return {name: _feature(inner) for name, inner in zip(kind[1], kind[2], strict=True)}


# --- cells ---------------------------------------------------------------------------


def _cell(row: Mapping[str, Any] | Broken, name: str, kind: CellKind) -> Any:
    if isinstance(row, Broken):
        # Only a column of JSON can say it, which `_final` makes of those of texts.
        return problem_cell(row.reason, storable(row.detail)) if kind == "any" else None
    return row.get(name)


def _array(values: list[Any], kind: CellKind, dtype: Any) -> pa.Array:
    import pyarrow as pa

    if kind == "any":
        texts = pa.array([_as_json(value) for value in values], pa.string())
        return pa.ExtensionArray.from_storage(dtype, texts)
    if kind in ("text", "null"):  # NaN is how some programs write that there is nothing
        values = [value if isinstance(value, str) else None for value in values]
    if kind == "number":
        values = [None if value is None else float(value) for value in values]
    return pa.array(values, dtype)


def _as_json(value: Any) -> str | None:
    """A value as the JSON that a column of JSON holds, if that can be read back."""
    from datasets import Json

    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    try:
        text = json.dumps(value, ensure_ascii=False)
        text.encode("utf-8")
        # What `datasets` reads with is not `json`: of numbers of more than 64 bits it refuses some,
        # and takes the last 64 bits of the others.
        found = Json().decode_example(text)
        if _MANY_DIGITS.search(text) and found != value:
            raise ValueError("a number of more than 64 bits")
    except UnicodeEncodeError:
        return json.dumps(problem_cell("lone_surrogate", "a text cannot be encoded as UTF-8"))
    except (ValueError, RecursionError) as error:
        return json.dumps(problem_cell("not_text", f"{type(value).__name__}: {error}"))
    return text
