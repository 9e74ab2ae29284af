"""What a card says about one configuration, taken from its rows and their provenance."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lintseq_datasets.display import printable
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.hub._origins import count_origins
from lintseq_datasets.mapping.accounting import Accounting
from lintseq_datasets.mapping.made_with import MADE_WITH
from lintseq_datasets.mapping.provenance import MadeRun, merge_runs, runs_of
from lintseq_datasets.mapping.records import provenances_of
from lintseq_datasets.mapping.row_texts import (
    edits_of_row,
    part_columns,
    program_of_row,
    texts_of_row,
)
from lintseq_datasets.statistics import Statistics
from lintseq_datasets.statistics.counting import count_dataset

_log = logging.getLogger(__name__)

_SEARCHED_ROWS = 1000  # for a sample that reads well
_FITTING = (range(2, 7), range(4, 21), range(1, 401))  # edits, lines, characters of the prompt


@dataclass(frozen=True, slots=True)
class ExampleRow:
    """A row to show."""

    prompt: str
    completion: str
    program: str
    num_edits: int
    has_state: bool = False  # whether the prompt holds a program state
    is_part: bool = False  # whether the row is a part of a sequence


@dataclass(frozen=True, slots=True)
class Facts:
    """One configuration of a dataset.

    Args:
        rows: Number of rows of each split.
        columns: Names and types of the columns.
        statistics: Of all splits together.
        runs: How the rows were made, those of most rows first.
        unknown: How many rows do not tell; None if there is no telling.
        provenances: The records of each split that belong to its rows; see `provenances_of`.
        origins: How many edit sequences have each ``license`` and ``source``, if rows say it.
        said_sources: What the programs come from, as the user says it.
        sample: A row to show, if there is any.
    """

    rows: Mapping[str, int]
    columns: Mapping[str, str]
    statistics: Statistics = field(default_factory=Statistics)
    runs: Sequence[MadeRun] = ()
    unknown: int | None = None
    provenances: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    origins: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    said_sources: Sequence[str] = ()
    sample: ExampleRow | None = None

    @property
    def num_rows(self) -> int:
        """Rows of all splits."""
        return sum(self.rows.values())

    @property
    def lacks_sequences(self) -> bool:
        """Whether some rows say why they have no edit sequence."""
        counted = self.statistics.accounting
        return "status" in self.columns and (
            counted is None or counted.num_skipped + counted.num_failed > 0
        )

    @property
    def names_source(self) -> bool:
        """Whether it is known of all rows what they come from."""
        recorded = [source for run in self.runs for source in run.sources or ({},)]
        return bool(self.said_sources or "source" in self.origins) or (
            self.is_known and all(map(name_of_source, recorded))
        )

    @property
    def is_known(self) -> bool:
        """Whether some rows tell how they were made, and it is known how many do not."""
        return self.unknown is not None and bool(self.runs)

    @property
    def accounting(self) -> Accounting | None:
        """What became of the rows that came in, where it was recorded for all of them."""
        found = [run.accounting for run in self.runs]
        if self.unknown != 0 or None in found:
            return None
        return sum(filter(None, found), Accounting())


def name_of_source(recorded: Mapping[str, Any]) -> str:
    """The name of what came in, in a record of it; empty if it has none."""
    return str(recorded.get("repository") or recorded.get("name") or "")


def gather(
    splits: Mapping[str, Any],
    statistics: Statistics | None = None,
    source: str | Iterable[str] | None = None,
) -> Facts:
    """Look at the splits of a configuration.

    Args:
        splits: Datasets by the names of their splits, all of the same columns.
        statistics: What `count_dataset` gives, where it is known already.
        source: What the programs come from, where the user says it.

    Raises:
        ColumnError: The columns are those of no output format.
        ConfigError: A source has no name.
    """
    if statistics is None:
        statistics = count_dataset(splits)
    first = next(iter(splits.values()))
    found = {name: runs_of(part) for name, part in splits.items()}
    runs = merge_runs(some for some, _ in found.values())
    found_facts = Facts(
        rows={name: len(part) for name, part in splits.items()},
        columns={name: str(_type(kind)) for name, kind in first.features.items()},
        statistics=statistics,
        runs=runs,
        unknown=_unknown([number for _, number in found.values()], runs, statistics),
        provenances={name: _records(splits[name], some) for name, (some, _) in found.items()},
        origins=count_origins(splits),
        said_sources=_names(source),
        # One by one: splits behind the first that has a row to show are not looked at.
        sample=next(filter(None, map(find_sample, splits.values())), None),
    )
    if not found_facts.names_source:
        _log.warning(
            "the card does not name the source of the rows, which is not recorded; say it with "
            "source=, or --source-dataset: an id on the Hub, or the name of a file"
        )
    return found_facts


def _names(source: str | Iterable[str] | None) -> list[str]:
    """What the user says of the source, each name once."""
    if source is None:
        return []
    is_one = isinstance(source, str) or not isinstance(source, Iterable)
    names: list[Any] = [source] if is_one else [*source]
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise ConfigError("source", f"{name!r} is no name: give an id on the Hub, or a file's")
    return list(dict.fromkeys(names))


def as_splits(dataset: Any, split: str | None = None) -> dict[str, Any]:
    """The splits of a dataset by name.

    Args:
        dataset: A dataset or a dictionary of splits.
        split: Name for a dataset that has none; by default its own, or ``"train"``.

    Raises:
        ConfigError: It is something else.
    """
    import datasets

    if isinstance(dataset, datasets.Dataset):
        name = str(dataset.split or "train")
        # slices and sums of splits have names that are no names
        is_name = name.replace("_", "").replace(".", "").isalnum()
        return {split or (name if is_name else "train"): dataset}
    if isinstance(dataset, Mapping) and dataset:
        if split is not None:
            raise ConfigError("split", "a dictionary names its splits itself: leave this out")
        if all(isinstance(part, datasets.Dataset) for part in dataset.values()):
            return {str(name): part for name, part in dataset.items()}
    if isinstance(dataset, datasets.IterableDataset | datasets.IterableDatasetDict):
        raise ConfigError("dataset", "is a stream: write it first, for example with to_parquet")
    raise ConfigError(
        "dataset",
        f"{type(dataset).__name__} is neither a dataset nor splits: give one of these",
    )


def find_sample(dataset: Any) -> ExampleRow | None:
    """The first row that reads well among the first rows, or else the best one."""
    best: tuple[int, ExampleRow] | None = None
    for row in dataset.select(range(min(_SEARCHED_ROWS, len(dataset)))):
        sample = _sample(row)
        if sample is None:
            continue
        score = _score(sample)
        if best is None or score > best[0]:
            best = score, sample
        # No row has more points: one for each size, one for harmless text, one for short lines.
        if score == len(_FITTING) + 2:
            break
    return best and best[1]


def _sample(row: Mapping[str, Any]) -> ExampleRow | None:
    edits = edits_of_row(row)
    texts = texts_of_row(row)
    if not edits or texts.completion is None:
        return None
    program = program_of_row(row)
    has_state = bool(row.get("state"))
    is_part = bool(part_columns(row))
    return ExampleRow(texts.prompt, texts.completion, program, len(edits), has_state, is_part)


def _score(sample: ExampleRow) -> int:
    lines = sample.program.split("\n")
    sizes = (sample.num_edits, len(lines), len(sample.prompt.strip()))
    fits = [size in fitting for size, fitting in zip(sizes, _FITTING, strict=True)]
    if sample.is_part:  # one edit is enough, but not the first
        fits[0] = sample.has_state
    score = sum(fits)
    text = sample.prompt + sample.program
    score += (
        not any(mark in text for mark in ("```", "~~~", "<!--", "\r")) and printable(text) == text
    )
    return score + (max(map(len, lines)) <= 100)


def _unknown(
    numbers: Sequence[int | None], runs: Sequence[MadeRun], statistics: Statistics
) -> int | None:
    """How many rows tell nothing; None if there is no knowing."""
    named = {", ".join(filter(None, (run.how["method"], run.how["linter"]))) for run in runs}
    # Where rows do not say it, records that name other methods than the rows are of other rows.
    is_said = all(run.rows is not None for run in runs)
    if not is_said and not set(statistics.sources) <= named:
        return None
    return None if None in numbers else sum(filter(None, numbers))


def _records(dataset: Any, runs: Sequence[MadeRun]) -> list[dict[str, Any]]:
    """The records of a dataset, but those of runs that none of its rows comes from."""
    records = provenances_of(dataset)
    if any(run.rows is None for run in runs):
        return records
    said = {run.said for run in runs}
    return [record for record in records if record[MADE_WITH] in said]


def _type(kind: Any) -> str:
    if hasattr(kind, "dtype") and kind.__class__.__name__ == "Value":
        return str(kind.dtype)
    if kind.__class__.__name__ == "Json":
        return "JSON value"
    inner = getattr(kind, "feature", None)
    if isinstance(inner, dict):
        return "list of messages" if set(inner) == {"role", "content"} else "list of structures"
    if inner is not None:
        return f"list of {_type(inner)}s"
    return str(kind.__class__.__name__)
