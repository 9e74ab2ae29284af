"""What a card says about one configuration, taken from its rows and their provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lintseq_datasets.display import printable
from lintseq_datasets.edits.sequence import join_edits
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.mapping.provenance import accounts_for, provenances_of
from lintseq_datasets.statistics import Statistics
from lintseq_datasets.statistics.counting import count_dataset

_SEARCHED_ROWS = 1000  # for a sample that reads well
_FITTING = (range(2, 7), range(4, 21), range(1, 401))  # edits, lines, characters of the prompt


@dataclass(frozen=True, slots=True)
class Sample:
    """A row to show."""

    prompt: str
    completion: str
    program: str
    num_edits: int
    has_state: bool = False  # whether the prompt holds a program state


@dataclass(frozen=True, slots=True)
class Facts:
    """One configuration of a dataset.

    Args:
        rows: Number of rows of each split.
        columns: Names and types of the columns.
        statistics: Of all splits together.
        provenances: How the rows of each split were made, for each run; see `provenances_of`.
        is_known: Whether the provenances account for all rows.
        sample: A row to show, if there is any.
    """

    rows: Mapping[str, int]
    columns: Mapping[str, str]
    statistics: Statistics = field(default_factory=Statistics)
    provenances: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    is_known: bool = False
    sample: Sample | None = None

    @property
    def num_rows(self) -> int:
        """Rows of all splits."""
        return sum(self.rows.values())

    @property
    def runs(self) -> list[dict[str, Any]]:
        """The distinct provenances of all splits."""
        runs: list[dict[str, Any]] = []
        for provenances in self.provenances.values():
            runs += [dict(made) for made in provenances if made not in runs]
        return runs


def gather(splits: Mapping[str, Any], statistics: Statistics | None = None) -> Facts:
    """Look at the splits of a configuration.

    Args:
        splits: Datasets by the names of their splits, all of the same columns.
        statistics: What `count_dataset` gives, where it is known already.

    Raises:
        ColumnError: The columns are those of no output format.
    """
    if statistics is None:
        statistics = count_dataset(splits)
    first = next(iter(splits.values()))
    provenances = {name: provenances_of(part) for name, part in splits.items()}
    return Facts(
        rows={name: len(part) for name, part in splits.items()},
        columns={name: str(_type(kind)) for name, kind in first.features.items()},
        statistics=statistics,
        provenances=provenances,
        is_known=_fit(splits, statistics),
        sample=next(filter(None, map(find_sample, splits.values())), None),
    )


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
            raise ConfigError("split", "a dictionary names its splits itself")
        if all(isinstance(part, datasets.Dataset) for part in dataset.values()):
            return {str(name): part for name, part in dataset.items()}
    if isinstance(dataset, datasets.IterableDataset | datasets.IterableDatasetDict):
        raise ConfigError("dataset", "is a stream: write it first, for example with to_parquet")
    raise ConfigError("dataset", f"{type(dataset).__name__} is neither a dataset nor splits")


def find_sample(dataset: Any) -> Sample | None:
    """The first row that reads well among the first rows, or else the best one."""
    best: tuple[int, Sample] | None = None
    for row in dataset.select(range(min(_SEARCHED_ROWS, len(dataset)))):
        sample = _sample(row)
        if sample is None:
            continue
        score = _score(sample)
        if best is None or score > best[0]:
            best = score, sample
        if score == len(_FITTING) + 2:
            break
    return best and best[1]


def _sample(row: Mapping[str, Any]) -> Sample | None:
    if "edit_path" in row:
        edits, prompt, program = row["edit_path"], row["source_instruction"], row["source_response"]
        completion = join_edits(edits)
    else:
        edits, prompt, program = row["edits"], row["prompt"], row["program"]
        completion = row["completion"]
        if not isinstance(prompt, str):  # chat messages
            prompt = "\n".join(message["content"] for message in prompt)
            completion = "\n".join(message["content"] for message in completion)
    has_state = bool(row.get("state"))
    return Sample(prompt or "", completion, program, len(edits), has_state) if edits else None


def _score(sample: Sample) -> int:
    lines = sample.program.split("\n")
    sizes = (sample.num_edits, len(lines), len(sample.prompt.strip()))
    score = sum(size in fitting for size, fitting in zip(sizes, _FITTING, strict=True))
    text = sample.prompt + sample.program
    score += (
        not any(mark in text for mark in ("```", "~~~", "<!--", "\r")) and printable(text) == text
    )
    return score + (max(map(len, lines)) <= 100)


def _fit(splits: Mapping[str, Any], statistics: Statistics) -> bool:
    """Whether the provenances account for the rows, and name the methods that the rows name."""
    if not all(map(accounts_for, splits.values())):
        return False
    provenances = [made for part in splits.values() for made in provenances_of(part)]
    named = {", ".join(filter(None, (made["method"], made["linter"]))) for made in provenances}
    return set(statistics.sources) <= named


def _type(kind: Any) -> str:
    if hasattr(kind, "dtype") and kind.__class__.__name__ == "Value":
        return str(kind.dtype)
    inner = getattr(kind, "feature", None)
    if isinstance(inner, dict):
        return "list of messages" if set(inner) == {"role", "content"} else "list of structures"
    if inner is not None:
        return f"list of {_type(inner)}s"
    return str(kind.__class__.__name__)
