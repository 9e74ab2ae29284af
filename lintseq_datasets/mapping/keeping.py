"""Columns of the source that are kept: beside the columns of the output, in each of its rows.

    source                          keep_columns            output
    instruction, program, id, url   ["id"]                  prompt, completion, ..., id
                                    True                    prompt, completion, ..., id, url
                                    None (default)          prompt, completion, ...

A row of the source that gives several rows has its values in each of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from lintseq_datasets.errors import ColumnError, ConfigError, did_you_mean
from lintseq_datasets.mapping.accounting import COUNTED, DONE_COLUMN, own_column
from lintseq_datasets.mapping.cells import as_list
from lintseq_datasets.mapping.choices import KeepColumns
from lintseq_datasets.mapping.json_columns import typed_array

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Features

PREPARED = ("instruction", "program", "license", "source", "source_id")
"""Columns of a prepared dataset; the last three say where a row comes from."""

# As `_kinds` gives them: types of Arrow whose values JSON gives back as they were.
_OF_JSON = {
    "bool", "double", "float", "halffloat", "int", "large_string", "null", "string", "uint",
}  # fmt: skip
_FIRST_ROWS = 1000  # of a stream, which tell the types of its columns
# A run counts in columns of its own, and trainers take a column of that name for theirs.
_TAKEN = {*map(own_column, COUNTED), DONE_COLUMN, "text"}


def as_keep_columns(value: Any) -> tuple[str, ...] | bool | None:
    """A value of the option ``keep_columns`` in one form.

    Raises:
        ConfigError: It is no name of a column, no list of names, no truth and not None.
    """
    if value is None or isinstance(value, bool):
        return value
    names = [value] if isinstance(value, str) else value
    if isinstance(names, Mapping) or not hasattr(names, "__iter__"):
        raise ConfigError(
            "keep_columns", f"{value!r} is neither names of columns nor True: give a list of names"
        )
    found = list(names)
    if not all(isinstance(name, str) for name in found):
        raise ConfigError("keep_columns", f"{value!r} holds something else than names of columns")
    return tuple(dict.fromkeys(found))


def find_kept(
    wanted: KeepColumns,
    available: Sequence[str],
    read: Collection[Any],
    own: Collection[str],
) -> tuple[str, ...]:
    """The columns of a dataset that are kept.

    Args:
        wanted: Names; True for all columns but those that are read; None for none.
        available: Names of the columns that there are.
        read: The columns that are read.
        own: Names of the columns of the output.

    Raises:
        ColumnError: There is no such column.
        ConfigError: The output has a column of that name, or none may have it.
    """
    if wanted is None or isinstance(wanted, bool):
        names = tuple(name for name in available if name not in read) if wanted else ()
    else:
        names = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    for name in names:
        if name not in available:
            near = did_you_mean(name, available) or "."
            raise ColumnError(f"keep_columns: there is no {name!r}{near}", tuple(available))
    if clashes := [name for name in names if name in own or name in _TAKEN]:
        raise ConfigError("keep_columns", _clash(clashes, own, is_all=wanted is True))
    return names


def _clash(names: Sequence[str], own: Collection[str], *, is_all: bool) -> str:
    shown = ", ".join(map(repr, names))
    if names[0] in own:
        why = f"the output has columns of its own called {shown}"
    else:
        why = f"no column of the output may be called {shown}"
    way = f"rename such a column before, with dataset.rename_column({names[0]!r}, ...)"
    return f"{why}: {way}" + (", or name the columns to keep" if is_all else "")


def kept_values(values: Any) -> list[Any]:
    """The values of a column of a batch: a list, or an array of numpy, pandas or Arrow."""
    found = as_list(values)
    # Of a list, NaN is a value of the source, and stays.
    if type(values).__module__.partition(".")[0] not in ("numpy", "pandas"):
        return found
    # Their formats have no other way to say that there is no number.
    return [None if isinstance(value, float) and value != value else value for value in found]


def usually_kept(available: Collection[str]) -> tuple[str, ...]:
    """What a run keeps unless it is told otherwise: what `prepare` adds, of a prepared dataset."""
    return PREPARED[2:] if set(PREPARED) <= set(available) else ()


# --- their types -------------------------------------------------------------------------


def kept_features(
    names: Sequence[str],
    features: Mapping[str, Any] | None,
    rows: Callable[[], Iterator[Mapping[str, Any]]],
) -> dict[str, Any]:
    """The types of columns that are kept.

    Args:
        names: The columns.
        features: Types of the columns of the source, where they are known.
        rows: Gives the rows of a source of unknown types; the first of them tell.

    Raises:
        ConfigError: They cannot be told.
    """
    if features is not None or not names:
        return {name: (features or {})[name] for name in names}
    first = list(islice(rows(), _FIRST_ROWS))
    return {name: _feature_of([row.get(name) for row in first], name) for name in names}


def _feature_of(values: Sequence[Any], name: str) -> Any:
    import pyarrow as pa
    from datasets import Features, Value

    try:
        kind = pa.array(values).type
    # OverflowError: an integer that 64 bits cannot hold.
    except (pa.ArrowException, OverflowError) as error:
        raise ConfigError("keep_columns", _untold(name, f"are of no one type ({error})")) from None
    # Also within a list or a structure: an array of that type takes no value that comes later.
    if "null" not in str(kind):
        return Features.from_arrow_schema(pa.schema({name: kind}))[name]
    # What `prepare` writes is text, also where the first rows have none.
    if name in PREPARED:
        return Value("string")
    raise ConfigError("keep_columns", _untold(name, "do not tell their type"))


def _untold(name: str, problem: str) -> str:
    return (
        f"the first values of {name!r} in this stream {problem}: say it with features= where the "
        "stream is made, for example load_dataset(..., features=...)"
    )


def check_json(features: Mapping[str, Any]) -> None:
    """Check that JSON has values of these types.

    Raises:
        ConfigError: It has not.
    """
    for name, feature in features.items():
        if kind := next((kind for kind in _kinds(feature) if kind not in _OF_JSON), None):
            problem = f"{name!r} holds {kind}, which JSON lines cannot: write .parquet, a directory"
            raise ConfigError("keep_columns", f"{problem}, or leave it out")


def _kinds(feature: Any) -> Iterator[str]:
    """The types of the values in a column, without numbers of bits."""
    import pyarrow as pa
    from datasets import Features

    waiting = [Features({"": feature}).arrow_schema.field(0).type]
    while waiting:
        kind = waiting.pop()
        if pa.types.is_nested(kind):
            waiting += [kind.field(number).type for number in range(kind.num_fields)]
        else:
            # As ``int`` of ``int64``, ``timestamp`` of ``timestamp[ns]``.
            yield re.split(r"[\d\[(]", str(kind))[0]


def typed_table(columns: Mapping[str, Sequence[Any]], features: Features) -> pa.Table:
    """Columns as a table of given types.

    Args:
        columns: Values of all columns.
        features: The columns and their types.

    Raises:
        ConfigError: The values of a column that is kept are of another type.
    """
    import pyarrow as pa

    arrays = []
    for name, field in zip(features, features.arrow_schema, strict=True):
        values = columns[name]
        try:
            encoded = _encoded(values, features, name)
            arrays.append(typed_array(encoded, field.type))
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            problem = f"values of {name!r} are not of the type {features[name]}: {error}"
            raise ConfigError("keep_columns", problem) from error
    return pa.Table.from_arrays(arrays, schema=features.arrow_schema)


def _encoded(values: Sequence[Any], features: Features, name: str) -> Any:
    """Values as Arrow can store them: of types such as `ClassLabel` and `Image`, too."""
    from datasets import Features, Value

    # `datasets` would make a text of a number, for example. Arrow refuses it, and so does the run.
    if isinstance(features[name], Value):
        return values
    return Features({name: features[name]}).encode_batch({name: list(values)})[name]
