"""Columns of whatever holds rows: a dataset, a streaming one, a list of dictionaries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from lintseq_datasets.errors import ColumnError, ConfigError


class TaskProgram(NamedTuple):
    """A program that was written for a task."""

    task_id: str
    program: str  # empty where there is none


def read_task_programs(rows: Any, task_column: str, program_column: str) -> Iterator[TaskProgram]:
    """The programs of rows with the names of their tasks, in order.

    A row may hold several programs, in a list. None is an empty program.

    Raises:
        ColumnError: A column is missing, or holds something else.
        ConfigError: These are no rows.
    """
    for task_id, programs in read_columns(rows, task_column, program_column):
        if not isinstance(task_id, str) or not task_id:
            problem = f"Column {task_column!r} holds {task_id!r}, not the name of a task."
            raise ColumnError(problem, (task_column, program_column))
        for program in as_list(programs):
            yield TaskProgram(task_id, text_of(program, program_column))


def read_columns(rows: Any, *columns: str) -> Iterator[tuple[Any, ...]]:
    """Some columns of rows, row by row.

    Raises:
        ColumnError: A column is missing.
        ConfigError: These are no rows.
    """
    if isinstance(rows, str | bytes) or not isinstance(rows, Iterable):
        raise ConfigError("rows", f"{type(rows).__name__} is neither a dataset nor a list of rows")
    names = getattr(rows, "column_names", None)
    if isinstance(names, Mapping):
        raise ConfigError("rows", f"choose one of the splits {', '.join(map(repr, names))}")
    if names is not None and set(columns) <= set(names):
        rows = cast("Any", rows).select_columns(list(columns))  # others are not read
    for row in rows:
        if not isinstance(row, Mapping):
            raise ConfigError("rows", f"{type(row).__name__} is no row: give dictionaries")
        for name in columns:
            if name not in row:
                raise ColumnError(f"There is no column {name!r}.", tuple(map(str, row)))
        yield tuple(row[name] for name in columns)


def as_list(value: Any) -> Sequence[Any]:
    """The values of a row that may hold one or several."""
    return value if isinstance(value, list | tuple) else [value]


def text_of(value: Any, column: str) -> str:
    """A text; nothing where there is none.

    Raises:
        ColumnError: This is no text.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ColumnError(f"Column {column!r} holds {type(value).__name__}, not text.", (column,))
    return value
