"""Whole datasets in, whole datasets out.

Three kinds go three ways, as only one of them can be counted, and only one has types at once:

    Dataset                       mapped with a row for everything, counted, and then cut down to
                                  the rows and columns that are wanted
    IterableDataset of files      each table is mapped to a table
    IterableDataset of objects    each batch becomes the bytes of a table, and those a table
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, cast

from lintseq_datasets.errors import ColumnError, ConfigError, LintSeqError
from lintseq_datasets.mapping.accounting import DONE_COLUMN, Accounting
from lintseq_datasets.mapping.keywords import LintSeqMapOptions, spelled_out
from lintseq_datasets.mapping.mappers import planned_map
from lintseq_datasets.mapping.options import Reading
from lintseq_datasets.mapping.plan import plan_of
from lintseq_datasets.mapping.provenance import provenance
from lintseq_datasets.mapping.rows import OK
from lintseq_datasets.mapping.run import Run, rows_at_once
from lintseq_datasets.mapping.table_mappers import (
    PACKED,
    packed_table,
    planned_table,
    unpacked_table,
)
from lintseq_datasets.mapping.writing import Writing
from lintseq_datasets.samplers.config import LintSeqConfig, SamplerConfig
from lintseq_datasets.samplers.option_checks import check_int

if TYPE_CHECKING:
    from datasets import (
        Dataset,
        DatasetDict,
        IterableDataset,
        IterableDatasetDict,
    )

__all__ = ["only_ok", "provenance", "refactor"]

_logger = logging.getLogger(__name__)

# In a call of the mapper. A call takes about 2 ms beside its rows, and `Dataset.map` writes what it
# gives as a record batch of its own.
_LEAST_ROWS = 100

_AnyDataset = TypeVar(
    "_AnyDataset", "Dataset", "DatasetDict", "IterableDataset", "IterableDatasetDict"
)


class DatasetOptions(LintSeqMapOptions, total=False):
    """Options of `refactor`: those of `lintseq_map`, and of `datasets.Dataset.map`."""

    cache_file_name: str | None
    cache_file_names: Mapping[str, str | None] | None
    desc: str | None
    disable_nullable: bool
    keep_in_memory: bool
    load_from_cache_file: bool | None
    new_fingerprint: str | None
    suffix_template: str
    try_original_type: bool | None
    writer_batch_size: int | None


_MAP_OPTIONS = set(DatasetOptions.__annotations__) - set(LintSeqMapOptions.__annotations__)
_OWN_OPTIONS = {
    "batched", "drop_last_batch", "features", "fn_kwargs", "function", "input_columns",
    "remove_columns", "with_indices", "with_rank",
}  # fmt: skip


# --- the public functions ------------------------------------------------------------


@spelled_out(LintSeqConfig, Reading, Writing)
def refactor(
    dataset: _AnyDataset,
    config: SamplerConfig | None = None,
    num_proc: int | None = None,
    *,
    batch_size: int | None = None,
    **options: Unpack[DatasetOptions],
) -> _AnyDataset:
    """Refactor a dataset of programs into a dataset of edit sequences.

    What ``dataset.map(lintseq_map, ...)`` does, with the right arguments. The result
    remembers how it was made and what became of its rows: see `provenance`. The summary
    is logged as INFO, failures as WARNING.

    Args:
        dataset: What `datasets.load_dataset` returns: a dataset or a dictionary of splits,
            streaming or not. Of a streaming dataset that does not know its columns, the
            first row is looked at; it is read again with the others.
        config: Choices of the sampler: a `LintSeqConfig` (by default), or a
            `RandSeqConfig` for the ablation without a linter.
        num_proc: Processes; of no effect on a streaming dataset.
        batch_size: Rows in a call of the mapper; changes the speed, never the result. By
            default 1,000 for linters that judge many programs in one call, else 100.
        **options: Those of `lintseq_map`: fields of the configuration, which change
            ``config``, of `Reading` and of `Writing`; and some of `datasets.Dataset.map`, such
            as ``load_from_cache_file`` or ``desc``. Rows that ``on_error="skip"`` leaves out
            are accounted for all the same.

    Returns:
        A dataset of the same kind, with the columns of ``features_of(output_format, start)``, and
        those that are kept of the source.

    Raises:
        ColumnError: A column is missing, ambiguous or holds no text.
        ConfigError: An option has no usable value, or ``dataset`` is no dataset.
        MissingExtraError: The linter is not installed.
        RowError: A row gives no sequence and ``on_error="raise"``.
    """
    given: dict[str, Any] = {**options}
    for name in sorted(_OWN_OPTIONS & set(given)):
        raise ConfigError(name, "refactor sets this option; call dataset.map(lintseq_map) instead")
    map_options = {name: given.pop(name) for name in sorted(_MAP_OPTIONS & set(given))}
    plan = plan_of(config, given, others=[*_MAP_OPTIONS, "batch_size", "num_proc"])
    for name, value in (("num_proc", num_proc), ("batch_size", batch_size)):
        if value is not None:
            check_int(name, value, 1)
    size = batch_size or max(_LEAST_ROWS, rows_at_once(plan))
    run = Run(plan=plan, num_proc=num_proc, batch_size=size)
    return _refactor_any(dataset, run, map_options)


def only_ok(dataset: _AnyDataset) -> _AnyDataset:
    """The rows that have an edit sequence, of a dataset of edit sequences.

    The others are there to be accounted for, not to be trained on: their ``completion`` is
    None, and their ``status`` says why.

    Args:
        dataset: A dataset or a dictionary of splits, streaming or not, with a column
            ``status``.

    Returns:
        A dataset of the same kind.

    Raises:
        ColumnError: There is no such column.
        ConfigError: ``dataset`` is no dataset.
    """
    import datasets

    if isinstance(dataset, (datasets.DatasetDict, datasets.IterableDatasetDict)):
        return type(dataset)({split: only_ok(part) for split, part in dataset.items()})
    if not isinstance(dataset, (datasets.Dataset, datasets.IterableDataset)):
        how = "of rows that you have in hand, take those with row['status'] == 'ok'"
        raise ConfigError("dataset", f"{_no_dataset(dataset)}; {how}")
    if dataset.column_names is not None and "status" not in dataset.column_names:
        raise ColumnError(
            "There is no column 'status': is this a dataset of edit sequences?",
            tuple(dataset.column_names),
        )
    # In Arrow's format a status is a scalar, which equals no text: every row would be left out.
    rows: Any = dataset.with_format(None)
    kept = rows.filter(_is_ok, batched=True, input_columns=["status"])
    if isinstance(dataset, datasets.Dataset):
        kept = kept.with_format(**dataset.format)
    return cast("_AnyDataset", kept)


def _is_ok(status: Sequence[str]) -> list[bool]:
    return [each == OK for each in status]


# --- one dataset -------------------------------------------------------------------------


def _refactor_any(dataset: Any, run: Run, map_options: dict[str, Any]) -> Any:
    import datasets

    if isinstance(dataset, (datasets.DatasetDict, datasets.IterableDatasetDict)):
        # `DatasetDict.map` has a name for each split here, and `Dataset.map` one of its own.
        cache_files = map_options.pop("cache_file_names", None) or {}
        refactored = {}
        for split, part in dataset.items():
            own = {"cache_file_name": cache_files[split]} if split in cache_files else {}
            refactored[split] = _refactor_any(part, run, {**map_options, **own})
        return type(dataset)(refactored)
    if isinstance(dataset, datasets.IterableDataset):
        return _refactor_stream(dataset, run, map_options)
    if isinstance(dataset, datasets.Dataset):
        return _refactor_rows(dataset, run, map_options)
    raise ConfigError("dataset", _no_dataset(dataset))


def _no_dataset(dataset: object) -> str:
    return f"{type(dataset).__name__} is no dataset; pass what datasets.load_dataset returns"


def _refactor_stream(dataset: IterableDataset, run: Run, map_options: dict[str, Any]) -> Any:
    from datasets import Features, Value

    for name in (*map_options, *["num_proc"] * (run.num_proc is not None)):
        _logger.warning("%s is of no effect on a streaming dataset", name)
    columns = dataset.column_names
    if columns is None:  # of a generator, say; iterating again starts again
        # Looked at first, so that a missing column is an error here and not in the middle of a run.
        first = next(iter(dataset), None)
        columns = None if first is None else list(first)
    if columns is not None:
        run = run.on(columns, dataset.features, lambda: iter(dataset))
    arguments = run.map_arguments(counting=False)
    if _reads_tables(dataset):
        # Columns of a table do not stay, and `remove_columns` would take those of the same name.
        result = dataset.with_format("arrow").map(planned_table, **_with_types(arguments))
    else:
        packed = {**_with_types(arguments), "features": Features({PACKED: Value("binary")})}
        rows = dataset.map(packed_table, remove_columns=columns, **packed).with_format("arrow")
        # One cell at a time, since each holds a table of its own.
        result = rows.map(unpacked_table, batched=True, batch_size=1, features=run.features)
    # Arrow's format was for the mappers alone.
    result = result.with_format(None)
    run.write_provenance(result, dataset, None)
    return result


def _with_types(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments of ``map`` for a mapper that gives tables."""
    told = {**arguments["fn_kwargs"], "features": arguments["features"]}
    return {**arguments, "fn_kwargs": told}


def _reads_tables(dataset: IterableDataset) -> bool:
    """Whether a stream comes from files of tables, say, and not from objects of Python."""
    # A private name of `datasets`. Where it is gone, streams go the longer way, to the same rows.
    source = getattr(dataset, "_ex_iterable", None)
    return getattr(source, "iter_arrow", None) is not None


def _refactor_rows(dataset: Dataset, run: Run, map_options: dict[str, Any]) -> Any:
    run = run.on(dataset.column_names, dataset.features, lambda: iter(dataset))
    linter = run.linter
    # Another format changes the types of cells, and may show some of the columns only.
    if dataset.format["type"] != "custom":  # a transform of the user's stays
        dataset = dataset.with_format(None)
    result = _map_rows(dataset, run, map_options)
    accounting = _account(result, run)
    # Counted from the rows that came back, so that a row that got lost would be noticed here.
    if accounting.rows_in != len(dataset):
        raise LintSeqError(f"{len(dataset)} rows went in, {accounting.rows_in} are accounted for")
    # Only where there are such rows: a filter goes through all of them.
    if run.leaves_out and accounting.num_skipped + accounting.num_failed:
        result = result.filter(
            _has_sequence,
            batched=True,
            input_columns=[run.counted_columns["sample_index"]],
            num_proc=run.num_proc,
            desc="Leaving out rows without a sequence",
        )
    # Without the columns that were there to be counted.
    result = result.select_columns(list(run.features))
    run.write_provenance(result, dataset, accounting)
    _logger.info("%s %s: %s", run.plan.method, linter, accounting.in_one_line())
    if accounting.num_failed:
        _logger.warning("failed rows: %s", dict(accounting.failed))
    run.warn_of_rows_without_sequence(accounting, len(result))
    return result


def _map_rows(dataset: Dataset, run: Run, map_options: dict[str, Any]) -> Any:
    """Map with rows for everything, so that everything can be counted."""
    import datasets

    arguments = run.map_arguments(counting=True)
    if not len(dataset):  # `map` calls nothing then, and keeps the columns that came in
        features = arguments["features"]
        empty: dict[str, list[Any]] = {name: [] for name in features}
        return datasets.Dataset.from_dict(empty, features, split=dataset.split)
    return dataset.map(
        planned_map,
        remove_columns=dataset.column_names,
        num_proc=run.num_proc,
        **{**arguments, "desc": run.description, **map_options},
    )


def _has_sequence(sample_index: Sequence[int]) -> list[bool]:
    # Rows that are `CONTINUED` have one: they go on with it.
    return [index != -1 for index in sample_index]


def _account(dataset: Dataset, run: Run) -> Accounting:
    names = [*run.counted_columns.values(), DONE_COLUMN]
    # In parts, and without the texts: a dataset may be larger than memory.
    columns = dataset.select_columns(names).with_format("arrow")
    parts = (Accounting.of(table.to_pydict()) for table in columns.iter(batch_size=10_000))
    return sum(parts, Accounting())
