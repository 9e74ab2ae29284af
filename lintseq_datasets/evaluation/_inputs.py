"""Columns of rows in any form: a dataset, a streaming one, a list of dictionaries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from lintseq_datasets.errors import ColumnError, ConfigError


class TaskProgram(NamedTuple):
    """A program that a model wrote for a task."""

    task_id: str
    program: str  # empty where there is none


def read_task_programs(rows: Any, task_column: str, program_column: str) -> Iterator[TaskProgram]:
    """The programs in rows, each with the name of its task, in order.

    A row may hold several programs in a list. None is an empty program.

    Raises:
        ColumnError: A column is missing, or holds something else.
        ConfigError: ``rows`` does not hold rows.
    """
    for task_id, programs in read_columns(rows, task_column, program_column):
        if not isinstance(task_id, str) or not task_id:
            problem = f"Column {task_column!r} holds {task_id!r}, not the name of a task."
            raise ColumnError(problem, (task_column, program_column))
        for program in values_in_cell(programs):
            yield TaskProgram(task_id, text_of(program, program_column))


def read_columns(rows: Any, *columns: str) -> Iterator[tuple[Any, ...]]:
    """Some columns of rows, row by row.

    Raises:
        ColumnError: A column is missing.
        ConfigError: ``rows`` does not hold rows.
    """
    if isinstance(rows, str | bytes) or not isinstance(rows, Iterable):
        raise ConfigError(
            "rows",
            f"{type(rows).__name__} is neither a dataset nor a list of rows: give one of these",
        )
    names = getattr(rows, "column_names", None)
    # A dictionary of splits has a mapping here, from its splits to their columns.
    if isinstance(names, Mapping):
        raise ConfigError("rows", f"choose one of the splits {', '.join(map(repr, names))}")
    # Otherwise the first row tells which one is missing, or that the columns were not known.
    if names is not None and set(columns) <= set(names):
        rows = cast("Any", rows).select_columns(list(columns))  # so that no other is decoded
    for row in rows:
        if not isinstance(row, Mapping):
            raise ConfigError("rows", f"{type(row).__name__} is no row: give dictionaries")
        for name in columns:
            if name not in row:
                raise ColumnError(f"There is no column {name!r}.", tuple(map(str, row)))
        yield tuple(row[name] for name in columns)


def values_in_cell(value: Any) -> Sequence[Any]:
    """A cell as a list, whether it holds one value or several."""
    return value if isinstance(value, list | tuple) else [value]


def text_of(value: Any, column: str) -> str:
    """A cell as text; the empty text for None.

    Raises:
        ColumnError: The cell holds something else.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ColumnError(f"Column {column!r} holds {type(value).__name__}, not text.", (column,))
    return value
