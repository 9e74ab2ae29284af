"""Reading the datasets that a source is prepared from, and finding their columns.

Take rows with the columns ``problem``, ``solution``, ``lang``, ``license`` and ``url``, and
``Source("rows.jsonl", language="python")``:

    instruction_column  problem         license_column   license
    program_column      solution        language_column  lang, since a language is asked for

``url`` is read by nobody. It goes before the first step, unless it is to be kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from lintseq_datasets.errors import ColumnError, ConfigError, Remedy
from lintseq_datasets.files.hub_names import local_path
from lintseq_datasets.files.programs import PROGRAM_SUFFIXES
from lintseq_datasets.files.sources import is_local, read_splits
from lintseq_datasets.mapping.cells import can_be_text
from lintseq_datasets.mapping.choices import KeepColumns
from lintseq_datasets.mapping.columns import find_columns
from lintseq_datasets.mapping.keeping import PREPARED, as_keep_columns, find_kept
from lintseq_datasets.mapping.origin import card_metadata, read_metadata, source_of
from lintseq_datasets.prepare._benchmark_tasks import Task, find_benchmark_columns, tasks_of
from lintseq_datasets.prepare._steps import Mark, license_text
from lintseq_datasets.prepare.specs import Benchmark, Source, as_specs, name_of, names_in

if TYPE_CHECKING:
    from datasets import Dataset

LICENSE_COLUMNS = ("license", "licenses")
"""Columns that are recognised as each row's own license."""

LANGUAGE_COLUMNS = ("lang", "language", "programming_language")
"""Columns that are recognised as the language of a row, if a language is asked for."""

_BATCH_ROWS = 1000


class Loaded(NamedTuple):
    """A source that was read."""

    source: Source  # with the columns that were found
    name: str
    dataset: Dataset  # with the columns that are needed, and no others
    facts: Mapping[str, str | None]  # repository, revision, config_name, split and license
    kept: tuple[str, ...]  # columns that are kept
    available: tuple[str, ...]  # all columns that there were


def load_source(
    source: Source,
    keep_columns: KeepColumns = None,
    suffixes: tuple[str, ...] = PROGRAM_SUFFIXES,
) -> Loaded:
    """Read a source, and find its columns.

    Args:
        source: The source.
        keep_columns: Columns to keep: names, or True for all others. Names that are not there are
            left out.
        suffixes: Ends of the names of files that are programs.

    Raises:
        ColumnError: A column is missing, ambiguous or holds no text.
        ConfigError: There is nothing of that name, or it cannot be read.
    """
    splits = _read(source, suffixes)
    if len(splits) > 1:
        raise ConfigError("split", f"of {name_of(source)}: choose one of {', '.join(splits)}")
    ((split, dataset),) = splits.items()
    facts = {**_origin(source, dataset), "config_name": source.config_name, "split": split}
    facts["license"] = source.license or _card_license(source, dataset, facts)
    with _naming(source):
        columns = _columns_of_source(source, dataset)
        kept = _kept_columns(keep_columns, dataset.column_names, columns)
    available = tuple(dataset.column_names)
    needed = {*(column for column in columns.values() if column is not None), *kept}
    # The columns that nobody reads would be carried through every step, and decoded.
    dataset = dataset.with_format(None).select_columns(
        [column for column in dataset.column_names if column in needed]
    )
    found_columns: dict[str, Any] = {n: c for n, c in columns.items() if n != "context"}
    named = replace(source, **found_columns)
    return Loaded(named, name_of(source), dataset, facts, kept, available)


def _kept_columns(
    wanted: KeepColumns, available: Sequence[str], found: Mapping[str, str | None]
) -> tuple[str, ...]:
    names = as_keep_columns(wanted)
    if isinstance(names, tuple):
        # A name need not be in every source; `prepare` checks that it is in one of them.
        names = tuple(name for name in names if name in available)
    # The label of a language is read, and not said otherwise.
    read = {column for what, column in found.items() if what != "language_column"}
    return find_kept(names, available, read, {*PREPARED, *Mark._fields})


def load_tasks(benchmarks: Any) -> tuple[Task, ...]:
    """Read benchmarks.

    Args:
        benchmarks: One or several `Benchmark`s. A path, an id on the Hub or a dataset can stand
            for one.

    Returns:
        The tasks of all of them, in order, for a `Decontaminator`.

    Raises:
        ColumnError: A column is missing, or there is neither prompt nor solution.
        ConfigError: There is nothing of that name, it cannot be read, or it has no task with a
            prompt or a solution.
    """
    tasks: list[Task] = []
    for spec in as_specs(benchmarks, Benchmark):
        # Tasks without a name are numbered through all splits, so that no two have one number.
        count = len(tasks)
        for dataset in _read(spec).values():
            tasks.extend(_tasks_in_batches(dataset, spec, len(tasks) - count))
        if not any(task.prompts or task.solutions for task in tasks[count:]):
            problem = (
                f"{name_of(spec)}: no task has a prompt or a solution, so nothing can be found"
            )
            raise ConfigError("benchmarks", problem)
    return tuple(tasks)


def _tasks_in_batches(dataset: Dataset, spec: Benchmark, first: int) -> Iterator[Task]:
    named = (spec.id_column, spec.prompt_columns, spec.solution_columns, spec.test_columns)
    with _naming(spec):
        columns = find_benchmark_columns(dataset.column_names, *named)
    needed = {*columns.prompts, *columns.solutions, *columns.tests, columns.task_id, "entry_point"}
    rows = dataset.with_format(None).select_columns(
        [column for column in dataset.column_names if column in needed]
    )
    for start in range(0, len(rows), _BATCH_ROWS):
        batch = rows[start : start + _BATCH_ROWS]
        yield from tasks_of(batch, columns, name_of(spec), first + start)


@contextmanager
def _naming(spec: Source | Benchmark) -> Iterator[None]:
    """Let errors of columns say which of several datasets they are about."""
    try:
        yield
    except ColumnError as error:
        raise ColumnError(f"{name_of(spec)}: {error.problem}", error.available) from None


def _read(
    spec: Source | Benchmark, suffixes: tuple[str, ...] = PROGRAM_SUFFIXES
) -> dict[str, Dataset]:
    """The splits of a source, or the one that it names."""
    import datasets

    if isinstance(spec.path, str):
        if spec.data_files:
            return _read_files(spec, suffixes)
        options = {"config_name": spec.config_name, "revision": spec.revision}
        return read_splits(spec.path, split=spec.split, suffixes=suffixes, **options)
    if isinstance(spec.path, datasets.DatasetDict):
        return _choose(dict(spec.path), spec.split)
    if isinstance(spec.path, datasets.Dataset):
        # Whatever split was asked for: a dataset has only this one.
        return _choose({str(spec.path.split or "train"): spec.path}, None)
    kind = type(spec.path).__name__
    problem = f"{kind} cannot be pooled; the steps themselves take streaming datasets"
    raise ConfigError("path", problem)


def _read_files(spec: Source | Benchmark, suffixes: tuple[str, ...]) -> dict[str, Dataset]:
    """What is read in place of a path: its split may have any name."""
    from datasets import concatenate_datasets

    parts: dict[str, list[Dataset]] = {}
    for path in names_in(spec.data_files or ()):
        for name, part in _choose(read_splits(path, suffixes=suffixes), spec.split).items():
            # Files of one split are one dataset, in the order in which they were named.
            parts.setdefault(name, []).append(part)
    try:
        return {name: concatenate_datasets(some) for name, some in parts.items()}
    except ValueError as error:
        raise ConfigError("data_files", f"{spec.data_files}: {error}") from error


def _choose(splits: dict[str, Dataset], split: str | None) -> dict[str, Dataset]:
    # Single files are read as "train", also the one that was saved from a split "test".
    if split is None or (len(splits) == 1 and split not in splits):
        return splits
    if split not in splits:
        raise ConfigError("split", f"{split!r} is none of {', '.join(splits)}")
    return {split: splits[split]}


def _origin(source: Source, dataset: Dataset) -> dict[str, str | None]:
    """The repository that a dataset was read from, and its revision, where known."""
    if not isinstance(source.path, str):
        found = source_of(dataset)
        return {name: found[name] for name in ("repository", "revision")}
    if source.data_files or is_local(source.path):  # a checkout of git has a commit
        return {"repository": None, "revision": source_of(dataset)["revision"]}
    return {
        "repository": source.path,
        "revision": source_of(dataset)["revision"] or source.revision,
    }


def _card_license(source: Source, dataset: Dataset, facts: Mapping[str, str | None]) -> str | None:
    """The license in the card of a dataset, on the Hub or in a directory."""
    if dataset.info.license:
        return str(dataset.info.license)
    if facts["repository"] is None and isinstance(source.path, str) and not source.data_files:
        found = read_metadata(local_path(source.path) / "README.md")
    else:
        found = card_metadata(facts["repository"], facts["revision"])
    value = found.get("license")
    # Cards with a license that the Hub has no name for say "other", and its name beside that.
    name = found.get("license_name") if value == "other" else None
    return license_text(name or value)


def _columns_of_source(source: Source, dataset: Dataset) -> dict[str, str | None]:
    available = dataset.column_names
    columns = find_columns(available, source.instruction_column, source.program_column)
    for name in columns:
        if name is not None and not can_be_text(dataset.features[name]):
            problem = f"Column {name!r} holds {dataset.features[name]}, not text."
            raise ColumnError(problem, tuple(available))
    found = {
        "instruction_column": columns.instruction,
        "program_column": columns.program,
        "context": columns.context,
        "license_column": source.license_column,
        "language_column": source.language_column,
        "id_column": source.id_column,
    }
    for name, given in found.items():
        if given is not None and given not in available:
            raise ColumnError(f"There is no column {given!r} ({name}).", tuple(available))
    if source.license_column is None:
        found["license_column"] = _first(LICENSE_COLUMNS, available)
    # Labels that nobody asked for are left alone; where one was, a row without a label is no match.
    if source.language and source.language_column is None:
        found["language_column"] = _first(LANGUAGE_COLUMNS, available)
        if found["language_column"] is None:
            remedy = Remedy("name it with {}", ("language_column=",))
            problem = "No column is recognised as the language"
            raise ColumnError(problem, tuple(available), remedy)
    return found


def _first(names: Sequence[str], available: Sequence[str]) -> str | None:
    return next((name for name in names if name in available), None)
