"""From the columns of a batch to Python values, and from a value to text.

A batch comes in the form that `datasets` was told to give: lists, numpy arrays, or tables of
Arrow, pandas or polars. Here it becomes lists. What a cell holds decides how it is read: texts
are texts, dates too, which readers of JSON make of texts; anything else is no text, and it is
the row that says so, not an exception.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from lintseq_datasets.errors import ConfigError, ProgramError

Batch: TypeAlias = Mapping[str, Any]
"""Columns by name, each a sequence of as many values."""

_TEXTS = ("string", "large_string", "null", "timestamp", "date", "time")  # types of `datasets`
# A reader of files cannot raise for one row of many. It puts a mapping with this key in the cell
# instead, and the row gets a status when the cell is read.
_PROBLEM = "lintseq_problem"

UNREADABLE = ("not_text", "unreadable", "not_utf8", "lone_surrogate")
"""Reasons for which a row is skipped before anything is known of its program."""

HOW = "call refactor(dataset), or dataset.map(lintseq_map, batched=True, ...)"
"""What to do with what is no batch."""


def as_batch(batch: Any, how: str = HOW) -> Batch:
    """A batch with its columns by name.

    Args:
        batch: A mapping of columns, or a table of pyarrow, pandas or polars.
        how: What to do with a dataset instead.

    Raises:
        ConfigError: It is neither.
    """
    if isinstance(batch, Mapping) and not hasattr(batch, "map"):  # splits of a dataset have one
        return batch
    # By the name of the module, so that none of the three has to be imported for this.
    kind = type(batch).__module__.partition(".")[0]
    if kind == "pyarrow":
        return {name: batch[name] for name in batch.column_names}
    if kind in ("pandas", "polars"):
        # pandas numbers the columns of a frame that was made without names.
        return {str(name): batch[name] for name in batch.columns}
    if hasattr(batch, "map"):
        raise ConfigError("batch", f"a dataset is no batch of columns: {how}")
    what = type(batch).__name__
    one = "pass columns by name, such as {'code': ['x = 1']}"
    raise ConfigError("batch", f"{what} is no batch of columns: {how}; or {one}")


def as_list(values: Any) -> list[Any]:
    """The values of a column, as Python objects."""
    if type(getattr(values, "type", None)).__name__ == "JsonType":  # Arrow gives it as text
        return [None if text is None else json.loads(text) for text in values.to_pylist()]
    # Arrow's, then pandas' and polars', then numpy's. `list` alone would give scalars of their own:
    # one of Arrow is no `str`, whatever it holds.
    for name in ("to_pylist", "to_list", "tolist"):
        if hasattr(values, name):
            return list(getattr(values, name)())
    return list(values)


def is_missing(value: object) -> bool:
    """Whether a cell is empty; NaN and NaT are how pandas says so."""
    # Nothing else differs from itself. NaT is a `datetime` for Python.
    return value is None or (isinstance(value, (float, datetime.datetime)) and value != value)


def problem_cell(reason: str, detail: str) -> dict[str, str]:
    """What a reader of files puts in a cell that has no value: why, for `as_text`.

    Args:
        reason: Of the status of the row.
        detail: What was found, for a person.
    """
    return {_PROBLEM: reason, "detail": detail}


def as_text(column: str | None, value: object) -> str:
    """The text in a cell; empty where there is nothing.

    Args:
        column: Its column, for a person.
        value: What it holds.

    Raises:
        ProgramError: ``not_text``, or the reason of a `problem_cell`.
    """
    if is_missing(value):
        return ""
    if isinstance(value, str):
        # numpy's texts are of a subclass of `str`; from here on they are plain ones.
        return str(value)
    # Readers of JSON make a time of what stood there as a day.
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    # Only reasons that a reader gives: in somebody else's rows, this key may hold anything.
    if isinstance(value, Mapping) and value.get(_PROBLEM) in (*UNREADABLE, "program_too_long"):
        raise ProgramError(value[_PROBLEM], f"column {column!r}: {value.get('detail', '')}")
    raise ProgramError("not_text", f"column {column!r} holds {type(value).__name__}")


def storable(text: str) -> str:
    """A text that can be encoded as UTF-8: what cannot is replaced by ``?``."""
    return text.encode("utf-8", "replace").decode("utf-8")


def can_be_text(feature: Any) -> bool:
    """Whether a value of a column can be text, or hold texts as messages or solutions do.

    Args:
        feature: Type of the column, as `datasets` has it.
    """
    if isinstance(feature, Mapping):
        return any(map(can_be_text, feature.values()))
    if isinstance(feature, list) and feature:
        return can_be_text(feature[0])
    if type(feature).__name__ == "Json":  # values of any kind
        return True
    inner = getattr(feature, "feature", None)
    if inner is not None:
        return can_be_text(inner)
    return str(getattr(feature, "dtype", "")).startswith(_TEXTS)
