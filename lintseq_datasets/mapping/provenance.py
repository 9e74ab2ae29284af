"""How the rows of a dataset were made: what they say themselves, and what was recorded.

Rows say it in their column ``made_with``. What no row can say is in the records of the dataset:
its source, and the accounting of the rows that came in. A record belongs to the rows that say the
same. For example, after two runs were concatenated, one of them a plain `Dataset.map`:

    made_with        rows   record              known of the run
    {... "seed":1}     40   source, accounting  everything
    {... "seed":2}     60                       how, and which columns were read
    None                5                       nothing

An output format without the column has its records alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.mapping.accounting import Accounting
from lintseq_datasets.mapping.made_with import MADE_WITH, count_made_with, read_made_with
from lintseq_datasets.mapping.origin import NO_SOURCE
from lintseq_datasets.mapping.outputs import OUTPUT_FORMATS
from lintseq_datasets.mapping.records import DESCRIPTIONS, provenances_of

_BATCH_ROWS = 10_000
_HOW = ("method", "config", "linter", "versions", "options")


@dataclass(frozen=True, slots=True)
class MadeRun:
    """A way in which rows of a dataset were made, as far as it is known.

    Args:
        said: What its rows say, or would say if they had a column for it.
        how: ``method``, ``config``, ``linter``, ``versions`` and ``options``.
        columns: The columns of the source that were read, by what they hold.
        rows: How many rows there are of it; None where the rows do not say it.
        sources: What was recorded of the datasets that came in.
        accounting: What became of all rows that came in; None where it was not recorded, or
            there are more rows than it knows of.
        descriptions: What became of the descriptions of edits; None where there are none.
    """

    said: str
    how: Mapping[str, Any]
    columns: Mapping[str, str | None]
    rows: int | None = None
    sources: tuple[Mapping[str, Any], ...] = ()
    accounting: Accounting | None = None
    descriptions: Mapping[str, Any] | None = None


def provenance(dataset: Any) -> dict[str, Any] | None:
    """How a dataset was made, as its rows say it and as `refactor` recorded it.

    What rows say stays with them, wherever they go. The record stands in
    ``dataset.info.description``. It is kept by `save_to_disk`, by pushing with `push` and loading
    again, and by operations such as `filter` and `select`, after which the accounting still is
    that of the whole run. Datasets that were made in the same way add up when concatenated.

    Args:
        dataset: A dataset or a streaming dataset; of this, the record counts alone.

    Returns:
        ``method``, ``config`` (fields of the configuration), ``linter`` (name and
        version), ``versions``, ``options`` (of the mapper), ``source`` (name,
        configuration, split, repository, revision and license of the dataset that came
        in, where recorded, and the columns that were read), ``accounting`` (see
        `Accounting.from_dict`; None if there is no record, or one of fewer rows) and
        ``made_with`` (what rows say); ``descriptions`` (what `merge_descriptions` counted) where
        there are some. None if neither rows nor a record say how all rows were
        made, or if they were made in several ways.

    Raises:
        ConfigError: ``dataset`` is not one dataset.
    """
    if not hasattr(dataset, "info"):
        splits = ", ".join(map(repr, dataset)) if isinstance(dataset, Mapping) else ""
        problem = f"choose one split: {splits}" if splits else "it is no dataset"
        raise ConfigError("dataset", f"{type(dataset).__name__}: {problem}")
    runs, unknown = runs_of(dataset)
    # None, too: then nobody knows whether all rows are of these runs.
    if unknown != 0 or len(runs) != 1:
        return None
    (run,) = runs
    accounting = None if run.accounting is None else run.accounting.as_dict()
    source = {**_in_common(run.sources), "columns": dict(run.columns)}
    described = {} if run.descriptions is None else {DESCRIPTIONS: dict(run.descriptions)}
    return {
        **run.how, "source": source, "accounting": accounting, MADE_WITH: run.said, **described,
    }  # fmt: skip


def runs_of(dataset: Any) -> tuple[list[MadeRun], int | None]:
    """The runs that the rows of a dataset come from, those of most rows first.

    Args:
        dataset: A dataset or a streaming dataset.

    Returns:
        The runs; and how many rows tell nothing of them, None if there is no
        telling: there are more rows than the records say, or no records.
    """
    records = provenances_of(dataset)
    said = rows_by_text(dataset)
    if not said:
        # No column, or a stream: all that is known stands in the records.
        is_whole = bool(records) and _accounts_for(dataset, records)
        return _merged(_of_records([record]) for record in records), 0 if is_whole else None
    runs, unknown = [], 0
    for text, rows in said.most_common():
        own = [record for record in records if text and record[MADE_WITH] == text]
        made = read_made_with(text)
        if made is None:
            unknown += rows
        else:
            runs.append(_of_rows(text, made, rows, own))
    return runs, unknown


def rows_by_text(dataset: Any) -> Counter[str]:
    """How many rows say each text in their column ``made_with``; the empty one for none.

    Args:
        dataset: A dataset. Of a streaming one, and of one without the column, nothing is counted.
    """
    import datasets

    counts: Counter[str] = Counter()
    if not isinstance(dataset, datasets.Dataset) or MADE_WITH not in dataset.column_names:
        return counts
    for table in dataset.select_columns([MADE_WITH]).with_format("arrow").iter(_BATCH_ROWS):
        counts += count_made_with(table[MADE_WITH])
    return counts


def merge_runs(several: Iterable[Sequence[MadeRun]]) -> list[MadeRun]:
    """The runs of several datasets, such as splits; those made in the same way are one."""
    return _merged(run for runs in several for run in runs)


# --- runs from rows and records ----------------------------------------------------------


def _of_rows(
    text: str, made: dict[str, Any], rows: int, records: Sequence[dict[str, Any]]
) -> MadeRun:
    columns = made.pop("columns")
    if not records:
        return MadeRun(text, made, columns, rows)
    run = _of_records(records)
    # After a dataset was put beside itself, its rows are there twice and its record once.
    is_whole = run.accounting is not None and rows <= _most_rows(run.accounting, records)
    accounting = run.accounting if is_whole else None
    return MadeRun(text, run.how, columns, rows, run.sources, accounting, run.descriptions)


def _of_records(records: Sequence[dict[str, Any]]) -> MadeRun:
    """The run of records that tell the same way."""
    sources = [dict(record["source"]) for record in records]
    columns = [
        {what: name for what, name in (source.pop("columns", None) or {}).items() if name}
        for source in sources
    ]
    counts = [record["accounting"] for record in records]
    total = None
    if None not in counts:
        total = sum(map(Accounting.from_dict, counts), Accounting())
    how = {name: records[0][name] for name in _HOW}
    said, described = records[0][MADE_WITH], [record.get(DESCRIPTIONS) for record in records]
    one = described[0] if all(found == described[0] for found in described) else None
    one = one if isinstance(one, dict) else None  # people can edit it
    return MadeRun(said, how, columns[0], None, _distinct(sources), total, one)


def _merged(runs: Iterable[MadeRun]) -> list[MadeRun]:
    found: dict[str, MadeRun] = {}
    for run in runs:
        found[run.said] = _plus(found[run.said], run) if run.said in found else run
    return sorted(found.values(), key=lambda run: -(run.rows or 0))


def _plus(one: MadeRun, other: MadeRun) -> MadeRun:
    rows = None if one.rows is None or other.rows is None else one.rows + other.rows
    total = None
    if one.accounting is not None and other.accounting is not None:
        total = one.accounting + other.accounting
    sources = _distinct([*one.sources, *other.sources])
    how = max(one.how, other.how, key=lambda how: len(how["versions"]))  # a record tells more
    described = one.descriptions if one.descriptions == other.descriptions else None
    return MadeRun(one.said, how, one.columns, rows, sources, total, described)


def _distinct(sources: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    found: list[Mapping[str, Any]] = []
    for source in sources:
        if source not in found:
            found.append(source)
    return tuple(found)


def _in_common(sources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is known of a source, or of several the same."""
    first = sources[0] if sources else {}
    return {
        name: first.get(name) if all(one.get(name) == first.get(name) for one in sources) else None
        for name in {**NO_SOURCE, **first}
    }


# --- whether records know of all rows ----------------------------------------------------


def _accounts_for(dataset: Any, records: Sequence[dict[str, Any]]) -> bool:
    """Whether records tell of as many rows as there are.

    Where rows of unknown provenance were added, there are more; concatenating keeps the
    records of the others alone.
    """
    # A streaming dataset has no length, and its records count nothing.
    if not hasattr(dataset, "__len__") or any(not record["accounting"] for record in records):
        return True
    total = sum((Accounting.from_dict(record["accounting"]) for record in records), Accounting())
    return len(dataset) <= _most_rows(total, records)


def _most_rows(total: Accounting, records: Sequence[dict[str, Any]]) -> float:
    if any(_may_be_any_number(record["options"]) for record in records):
        return float("inf")
    return total.num_sequences + total.num_skipped + total.num_failed


def _may_be_any_number(options: Mapping[str, Any]) -> bool:
    """Whether a run gives more rows than sequences and rows without one."""
    has_parts = {name for name, kind in OUTPUT_FORMATS.items() if kind.has_parts}
    return "each" in options.values() or options.get("output_format") in has_parts
