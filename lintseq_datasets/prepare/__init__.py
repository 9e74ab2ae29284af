"""Preparing a source: from several datasets to one of instructions and programs.

Imports run from here to `lintseq_datasets.files`, `lintseq_datasets.mapping` and what is above
them. Never here: sampling, or a row that is dropped without a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from lintseq_datasets.errors import ConfigError, LintSeqError
from lintseq_datasets.mapping.rows import OK
from lintseq_datasets.mapping.versions import data_versions
from lintseq_datasets.prepare._benchmarks import Task
from lintseq_datasets.prepare._decontaminate import Decontaminator, Match
from lintseq_datasets.prepare._duplicates import By, columns_of, drop_duplicates, find_duplicates
from lintseq_datasets.prepare._report import (
    Contamination,
    PrepareReport,
    SourceReport,
    contaminated_rows,
    report_sources,
)
from lintseq_datasets.prepare._rows import (
    POOLED,
    STEPS,
    Mark,
    extract_programs,
    find_syntax_errors,
    mark_features,
    pooled_features,
)
from lintseq_datasets.prepare._sources import Loaded, load_source, load_tasks
from lintseq_datasets.prepare.recipe import load_recipe
from lintseq_datasets.prepare.specs import Benchmark, Source, as_specs

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = [
    "POOLED", "STEPS", "Benchmark", "Contamination", "Decontaminator", "Match", "PrepareReport",
    "Prepared", "Source", "SourceReport", "Task", "drop_duplicates", "extract_programs",
    "find_duplicates", "find_syntax_errors", "is_kept", "load_recipe", "load_tasks", "pool",
    "prepare",
]  # fmt: skip


class Prepared(NamedTuple):
    """A source that was prepared."""

    dataset: Dataset
    """The rows that were kept: ``instruction``, ``program``, ``license``, ``source``,
    ``source_id``."""
    dropped: Dataset
    """The other rows, with ``status``, ``detail``, ``benchmark`` and ``task_id``."""
    report: PrepareReport
    """What became of the rows."""


def prepare(
    sources: Any,
    benchmarks: Any = (),
    *,
    duplicates: By | None = "pair",
    check_syntax: bool = True,
    ngram: int | None = 13,
    ngram_solutions: bool = True,
    prompt_substring: bool = True,
    solution_substring: bool = True,
    test_substring: bool = False,
    min_words: int = 4,
    num_proc: int | None = None,
    batch_size: int = 1000,
) -> Prepared:
    """Pool datasets into instructions and programs, cleaned (paper section 3.2, D.1).

    Markdown and prose around programs are stripped; then rows are dropped that are in
    another language, that do not parse, that hold text of a benchmark, and that repeat an
    earlier row. Every row is accounted for. The result does not depend on ``num_proc`` and
    ``batch_size``, and is what `lintseq_datasets.lintseq_map` takes.

    Args:
        sources: One or several `Source`s, or paths, ids on the Hub, datasets, or mappings
            with the fields of a source in their place.
        benchmarks: One or several `Benchmark`s, or what stands for one in the same way.
        duplicates: What makes rows duplicates, of which the first stays: an equal
            ``"pair"``, ``"program"`` or ``"instruction"``; None keeps all.
        check_syntax: Whether to drop programs that do not parse as Python.
        ngram: See `Decontaminator`, also for the next five.
        ngram_solutions: Whether solutions count in n-grams.
        prompt_substring: Whether no row may hold a prompt.
        solution_substring: Whether no row may hold a canonical solution.
        test_substring: Whether no row may hold an assertion of a test.
        min_words: Words of the shortest substring.
        num_proc: Processes.
        batch_size: Rows in a call of a mapper.

    Raises:
        ColumnError: A column is missing, ambiguous or holds no text.
        ConfigError: An option has no usable value, or a dataset cannot be read.
    """
    if duplicates is not None:
        columns_of(duplicates)
    loaded = _load(as_specs(sources, Source))
    tasks = load_tasks(benchmarks)
    options: dict[str, Any] = {
        "ngram": ngram, "ngram_solutions": ngram_solutions, "prompt_substring": prompt_substring,
        "solution_substring": solution_substring, "test_substring": test_substring,
        "min_words": min_words,
    }  # fmt: skip
    decontaminator = Decontaminator(tasks, **options)
    run: dict[str, Any] = {"num_proc": num_proc, "batch_size": batch_size}
    rows = _pool(loaded, run)
    if check_syntax:
        rows = _mark(rows, find_syntax_errors, "Parsing programs", run)
    if tasks:
        rows = _mark(rows, decontaminator, "Looking for benchmarks", run)
    if duplicates is not None:
        found = find_duplicates(rows, duplicates, **run)
        if found.rows:
            rows = _mark(rows, found, "Marking duplicates", run, with_indices=True)
    options = {"duplicates": duplicates, "check_syntax": check_syntax, **options}
    return _split(rows, loaded, tasks, options)


def pool(sources: Any, *, num_proc: int | None = None, batch_size: int = 1000) -> Dataset:
    """Pool datasets with different columns into one, without dropping a row.

    The first step of `prepare`. ``dataset.filter(is_kept, input_columns="status")`` leaves
    out the rows that hold no program.

    Args:
        sources: See `prepare`.
        num_proc: Processes.
        batch_size: Rows in a call of the mapper.

    Returns:
        The rows of all sources in order, with the columns of `extract_programs`.

    Raises:
        ColumnError: A column is missing, ambiguous or holds no text.
        ConfigError: A source cannot be read.
    """
    loaded = _load(as_specs(sources, Source))
    return _pool(loaded, {"num_proc": num_proc, "batch_size": batch_size})


def is_kept(status: str | Sequence[str]) -> bool | list[bool]:
    """Whether a row, or each row of a batch, was kept by all steps so far.

    For ``dataset.filter(is_kept, input_columns="status")``, batched or not.

    >>> is_kept("ok"), is_kept(["dropped:duplicate", "ok"])
    (True, [False, True])
    """
    return status == OK if isinstance(status, str) else [one == OK for one in status]


# --- the steps over whole datasets ---------------------------------------------------


def _load(sources: Sequence[Source]) -> list[Loaded]:
    if not sources:
        raise ConfigError("sources", "name at least one")
    loaded = [load_source(source) for source in sources]
    names = [one.name for one in loaded]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError("name", f"several sources are called {name!r}: give them a name=")
    return loaded


def _pool(loaded: Sequence[Loaded], run: dict[str, Any]) -> Dataset:
    from datasets import concatenate_datasets

    return concatenate_datasets([_extract(one, run) for one in loaded])


def _extract(loaded: Loaded, run: dict[str, Any]) -> Dataset:
    dataset, source = loaded.dataset, loaded.source
    names = ("instruction_column", "program_column", "extract_code", "fences",
             "license_column", "language", "language_column", "id_column")  # fmt: skip
    options = {name: getattr(source, name) for name in names}
    return _map(
        dataset, extract_programs, pooled_features(), f"Reading {loaded.name}", run,
        with_indices=True,
        fn_kwargs={"source": loaded.name, "license": loaded.facts["license"], **options},
    )  # fmt: skip


def _map(
    dataset: Dataset, step: Callable[..., Any], features: Any, desc: str, run: dict[str, Any],
    **options: Any,
) -> Dataset:  # fmt: skip
    """What a step makes of the rows, and nothing else."""
    from datasets import Dataset

    if not len(dataset):  # `map` calls nothing then, and keeps the columns that came in
        empty: dict[str, list[Any]] = {name: [] for name in features}
        return Dataset.from_dict(empty, features)
    return dataset.map(
        step, batched=True, features=features, remove_columns=dataset.column_names, desc=desc,
        **run, **options,
    )  # fmt: skip


def _mark(
    rows: Dataset, step: Callable[..., Any], desc: str, run: dict[str, Any], **options: Any
) -> Dataset:
    """Replace the marks of rows; their texts are not copied for it."""
    from datasets import concatenate_datasets

    if not len(rows):  # concatenating leaves empty datasets out, with their columns
        return rows
    marks = _map(rows, step, mark_features(), desc, run, **options)
    return concatenate_datasets([rows.remove_columns(list(Mark._fields)), marks], axis=1)


def _split(
    rows: Dataset, loaded: Sequence[Loaded], tasks: Sequence[Task], options: dict[str, Any]
) -> Prepared:
    import numpy as np

    statuses = rows.select_columns(["status"]).with_format("arrow")[:]["status"]
    kept = np.asarray(statuses.to_numpy(zero_copy_only=False) == OK, dtype=bool)
    dropped = rows.select(np.flatnonzero(~kept))
    report = PrepareReport(
        report_sources(rows, [one.name for one in loaded], [one.facts for one in loaded]),
        {name: sum(t.benchmark == name for t in tasks) for name in dict.fromkeys(
            task.benchmark for task in tasks)},
        contaminated_rows(dropped),
        options,
        dict(data_versions()),
    )  # fmt: skip
    if report.selection.rows_in != sum(len(one.dataset) for one in loaded):
        raise LintSeqError("not every row is accounted for")
    dataset = rows.select(np.flatnonzero(kept)).select_columns(list(POOLED))
    return Prepared(dataset, dropped, report)
