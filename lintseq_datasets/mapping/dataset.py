"""Whole datasets in, whole datasets out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from lintseq_datasets.errors import ConfigError, LintSeqError
from lintseq_datasets.mapping.accounting import Accounting
from lintseq_datasets.mapping.answers import ExtractCode
from lintseq_datasets.mapping.mappers import OnError, OutputFormat
from lintseq_datasets.mapping.provenance import provenance
from lintseq_datasets.mapping.run import COUNTED, Run, rows_at_once
from lintseq_datasets.samplers.config import LintSeqConfig, RandSeqConfig, with_options

if TYPE_CHECKING:
    from datasets import (
        Dataset,
        DatasetDict,
        IterableDataset,
        IterableDatasetDict,
    )

__all__ = ["provenance", "refactor"]

_logger = logging.getLogger(__name__)

_LEAST_ROWS = 100  # in a call of the mapper

_AnyDataset = TypeVar(
    "_AnyDataset", "Dataset", "DatasetDict", "IterableDataset", "IterableDatasetDict"
)

_MAP_OPTIONS = {
    "cache_file_name", "cache_file_names", "desc", "disable_nullable", "keep_in_memory",
    "load_from_cache_file", "new_fingerprint", "suffix_template", "try_original_type",
    "writer_batch_size",
}  # fmt: skip
_OWN_OPTIONS = {
    "batched", "drop_last_batch", "features", "fn_kwargs", "function", "input_columns",
    "remove_columns", "with_indices", "with_rank",
}  # fmt: skip


# --- the public functions ------------------------------------------------------------


def refactor(
    dataset: _AnyDataset,
    config: LintSeqConfig | RandSeqConfig | None = None,
    num_proc: int | None = None,
    *,
    instruction_column: str | None = None,
    program_column: str | None = None,
    state_column: str | None = None,
    extract_code: ExtractCode = "auto",
    output_format: OutputFormat = "default",
    on_error: OnError = "record",
    source_file: str = "",
    batch_size: int | None = None,
    **options: Any,
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
        instruction_column: See `lintseq_map`, also for the next six.
        program_column: Column of the program.
        state_column: Column of the state to start from, with ``start="given"``.
        extract_code: How programs are found in chat answers.
        output_format: ``"default"``, ``"conversational"`` or ``"pylintseq"``.
        on_error: What becomes of a row that gives no sequence. Rows that are left out
            are accounted for all the same.
        source_file: Value of the column of that name with ``output_format="pylintseq"``.
        batch_size: Rows in a call of the mapper; changes the speed, never the result. By
            default 1,000 for linters that judge many programs in one call, else 100.
        **options: Fields of the configuration, which change ``config``; and options of
            `datasets.Dataset.map`, such as ``load_from_cache_file`` or ``desc``.

    Returns:
        A dataset of the same kind, with the columns of ``features_of(output_format, start)``.

    Raises:
        ColumnError: A column is missing, ambiguous or holds no text.
        ConfigError: An option has no usable value, or ``dataset`` is no dataset.
        MissingExtraError: The linter is not installed.
        RowError: A row gives no sequence and ``on_error="raise"``.
    """
    for name in sorted(_OWN_OPTIONS & set(options)):
        raise ConfigError(name, "refactor sets this option; call dataset.map(lintseq_map) instead")
    map_options = {name: options.pop(name) for name in sorted(_MAP_OPTIONS & set(options))}
    if not isinstance(config, (LintSeqConfig, RandSeqConfig, type(None))):
        raise ConfigError("config", f"{config!r} is neither a LintSeqConfig nor a RandSeqConfig")
    chosen = with_options(config or LintSeqConfig(), options)
    size = batch_size or max(_LEAST_ROWS, rows_at_once(chosen))
    job = Run(
        chosen, num_proc, size, instruction_column,
        program_column, extract_code, output_format, on_error, source_file, state_column,
    )  # fmt: skip
    return _refactor_any(dataset, job, map_options)


# --- one dataset -------------------------------------------------------------------------


def _refactor_any(dataset: Any, job: Run, map_options: dict[str, Any]) -> Any:
    import datasets

    if isinstance(dataset, (datasets.DatasetDict, datasets.IterableDatasetDict)):
        cache_files = map_options.pop("cache_file_names", None) or {}
        refactored = {}
        for split, part in dataset.items():
            own = {"cache_file_name": cache_files[split]} if split in cache_files else {}
            refactored[split] = _refactor_any(part, job, {**map_options, **own})
        return type(dataset)(refactored)
    if isinstance(dataset, datasets.IterableDataset):
        return _refactor_stream(dataset, job, map_options)
    if isinstance(dataset, datasets.Dataset):
        return _refactor_rows(dataset, job, map_options)
    problem = f"{type(dataset).__name__} is no dataset; pass what datasets.load_dataset returns"
    raise ConfigError("dataset", problem)


def _refactor_stream(dataset: IterableDataset, job: Run, map_options: dict[str, Any]) -> Any:
    for name in (*map_options, *["num_proc"] * (job.num_proc is not None)):
        _logger.warning("%s is of no effect on a streaming dataset", name)
    columns = dataset.column_names
    if columns is None:  # of a generator, say; iterating again starts again
        first = next(iter(dataset), None)
        columns = None if first is None else list(first)
    if columns is not None:
        job.check_columns(columns)
    result = dataset.map(
        job.mapper,
        with_indices=job.output_format == "pylintseq",
        batched=True,
        batch_size=job.batch_size,
        remove_columns=columns,
        features=job.features,
        fn_kwargs={
            "config": job.config, **job.options, "output_format": job.output_format,
            "on_error": job.on_error, "source_file": job.source_file,
        },
    )  # fmt: skip
    job.record(result, dataset, None)
    return result


def _refactor_rows(dataset: Dataset, job: Run, map_options: dict[str, Any]) -> Any:
    job.check_columns(dataset.column_names)
    linter = job.linter
    if dataset.format["type"] != "custom":  # a transform of the user's stays
        dataset = dataset.with_format(None)
    result = _map_rows(dataset, job, map_options)
    accounting = _account(result)
    if accounting.rows_in != len(dataset):
        raise LintSeqError(f"{len(dataset)} rows went in, {accounting.rows_in} are accounted for")
    without_sequence = accounting.num_skipped + accounting.num_failed
    if without_sequence and (job.on_error == "skip" or job.output_format == "pylintseq"):
        result = result.filter(
            _has_sequence,
            batched=True,
            input_columns=["sample_index"],
            num_proc=job.num_proc,
            desc="Leaving out rows without a sequence",
        )
    if job.output_format == "pylintseq":
        result = result.remove_columns(list(COUNTED))
    job.record(result, dataset, accounting)
    _logger.info("%s %s: %s", job.method, linter, accounting)
    if accounting.num_failed:
        _logger.warning("failed rows: %s", dict(accounting.failed))
    return result


def _map_rows(dataset: Dataset, job: Run, map_options: dict[str, Any]) -> Any:
    """Map with rows for everything, so that everything can be counted."""
    import datasets

    function, kwargs = job.counting_mapper
    features = job.counted_features
    if not len(dataset):  # `map` calls nothing then, and keeps the columns that came in
        empty: dict[str, list[Any]] = {name: [] for name in features}
        return datasets.Dataset.from_dict(empty, features, split=dataset.split)
    return dataset.map(
        function,
        with_indices=job.output_format == "pylintseq",
        batched=True,
        batch_size=job.batch_size,
        remove_columns=dataset.column_names,
        features=features,
        fn_kwargs=kwargs,
        num_proc=job.num_proc,
        **{"desc": job.description, **map_options},
    )


def _has_sequence(sample_index: Sequence[int]) -> list[bool]:
    return [index >= 0 for index in sample_index]


def _account(dataset: Dataset) -> Accounting:
    columns = dataset.select_columns(list(COUNTED)).with_format("arrow")
    parts = (Accounting.of(table.to_pydict()) for table in columns.iter(batch_size=10_000))
    return sum(parts, Accounting())
