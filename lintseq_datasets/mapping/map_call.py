"""What `datasets.Dataset.map` was told beside the function that it calls.

`datasets` tells a mapper nothing of its own arguments, and answers what does not fit with an error
of Arrow, far from the cause, or with rows that stand beside each other and do not belong together:

    dataset.map(lintseq_map, batched=True)      the columns of the source stay
    rows in    2: "n = 4", "n ="
    rows out   2: both of the first program, with on_error="skip"

So the arguments are looked up in the frames that called the mapper. If they are others,
because another version of `datasets` or another library calls, nothing is checked.
"""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import FrameType
from typing import Any, NamedTuple

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.mapping.plan import Plan

_logger = logging.getLogger(__name__)

_MOST_FRAMES = 12  # between the mapper and the method that was told


class MapCall(NamedTuple):
    """The arguments of a call of ``map`` that matter to a mapper."""

    removed: frozenset[str]  # remove_columns
    features: Mapping[str, Any] | None
    schema: Any = None  # of the rows that were written before, where the types are inferred
    is_stream: bool = False
    wants_table: bool = False  # of a stream in the format of tables

    def check(self, batch: Any, plan: Plan, kept: Sequence[str]) -> None:
        """Check that rows of another number, with other columns, are what was asked for.

        Args:
            batch: What the mapper was given.
            plan: What the mapper is told.
            kept: The columns of the source that it keeps.

        Raises:
            ConfigError: ``remove_columns`` or ``features`` does not fit.
        """
        # None: a column that is kept may be of any type.
        own = {**plan.format.features(), **dict.fromkeys(kept)}
        # Columns of a table do not stay: only those of a dictionary are put beside ours.
        names = list(batch) if isinstance(batch, Mapping) else []
        left = [name for name in names if name not in self.removed and name not in own]
        lacking = [] if self.features is None else [n for n in left if n not in self.features]
        if lacking or (left and not plan.gives_row_for_row):
            problem = (
                f"columns of the source, such as {left[0]!r}, have no place beside the rows that "
                "come out: pass remove_columns=dataset.column_names, or call refactor(dataset)"
            )
            raise ConfigError("remove_columns", problem)
        if self.wants_table and (lost := [name for name in own if name in self.removed]):
            problem = f"{lost[0]!r} of the result would be removed: call with_format(None) before"
            raise ConfigError("remove_columns", problem)
        if self.features is None:
            if self.is_stream:
                _warn_of_types(_features_call(plan, kept))
            return
        # Plain types are not compared: Arrow casts an int32 to an int64, say.
        if wrong := list(_misfits(self.features, own, left)):
            fitting = _features_call(plan, kept)
            problem = f"they do not fit these rows ({', '.join(wrong[:3])}): pass {fitting}"
            raise ConfigError("features", problem)

    def check_types(
        self, columns: Mapping[str, list[Any]], plan: Plan, kept: Sequence[str]
    ) -> None:
        """Check that values fit the types that were inferred from the rows before.

        Args:
            columns: What the mapper gives.
            plan: What the mapper is told.
            kept: The columns of the source that it keeps.

        Raises:
            ConfigError: ``features`` is missing.
        """
        for field in () if self.schema is None else self.schema:
            if "null" in str(field.type) and any(columns.get(field.name) or ()):
                problem = (
                    f"the first rows have nothing in {field.name!r} to tell its type by: "
                    f"pass {_features_call(plan, kept)}"
                )
                raise ConfigError("features", problem)


def map_call() -> MapCall | None:
    """The call of ``map`` whose function this library's function is; None if there is none."""
    # The first caller that is not ours. Where it is a function of the user's, what becomes of the
    # rows is that function's affair.
    frames = _frames()
    caller = next((f for f in frames if not _module(f).startswith("lintseq_datasets.")), None)
    name = "" if caller is None else caller.f_code.co_name
    if caller is None or name not in ("apply_function", "_iter_arrow"):
        return None
    try:
        if _module(caller) == "datasets.iterable_dataset":
            return _call_of_stream(caller.f_locals["self"], wants_table=name == "_iter_arrow")
        if _module(caller) == "datasets.arrow_dataset":
            # The frames outside of the caller: the iterator goes on from there.
            method = next(frame for frame in frames if frame.f_code.co_name == "_map_single")
            return _call_of_dataset(method.f_locals)
    except (AttributeError, KeyError, StopIteration, TypeError):
        _logger.debug("this version of datasets does not show its arguments")
    return None


def _frames() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return
        yield frame
        frame = frame.f_back


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _call_of_dataset(told: Mapping[str, Any]) -> MapCall | None:
    if not told["batched"]:  # what the function then is given is no batch, and it says so
        return None
    removed, features, writer = told["remove_columns"], told["features"], told.get("writer")
    # Without features, the types are those of the first batch. There are none before it is written.
    is_begun = features is None and getattr(writer, "pa_writer", None) is not None
    return MapCall(_names(removed), features, writer.schema if is_begun and writer else None)


def _call_of_stream(mapped: Any, *, wants_table: bool) -> MapCall | None:
    if not mapped.batched:
        return None
    removed = _names(mapped.remove_columns)
    return MapCall(removed, mapped.features, is_stream=True, wants_table=wants_table)


def _names(removed: Any) -> frozenset[str]:
    return frozenset([removed] if isinstance(removed, str) else removed or ())


def _misfits(given: Mapping[str, Any], own: Mapping[str, Any], left: list[str]) -> Iterator[str]:
    """What does not fit between the types of columns and the columns that there are."""
    for name, feature in own.items():
        if name not in given:
            yield f"{name!r} is missing"
        elif feature is not None and _is_nested(given[name]) != _is_nested(feature):
            yield f"{name!r} is of another type"
    for name in given:
        if name not in own and name not in left:
            yield f"there is no {name!r}"


def _is_nested(feature: Any) -> bool:
    return not hasattr(feature, "dtype") or feature.dtype in ("list", "struct")


def _features_call(plan: Plan, kept: Sequence[str]) -> str:
    """The features that fit, as an argument."""
    name, start = plan.writing.output_format, plan.config.start
    arguments = [repr(name)] if name != "default" else []
    arguments += [f"start={start!r}"] if start != "empty" else []
    arguments += ["conversational=True"] if plan.writing.conversational else []
    if kept:
        arguments += ["dataset=dataset", f"keep_columns={list(kept)!r}"]
    return f"features=features_of({', '.join(arguments)})" if arguments else "features=FEATURES"


@functools.cache  # once in a process: it would come with each batch
def _warn_of_types(features: str) -> None:
    text = "a stream without features does not know its types, and may not be written: pass %s"
    _logger.warning(text, features)
