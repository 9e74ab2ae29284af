"""From answers to the column ``description``, and into the training text."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lintseq_datasets.descriptions._batch_answers import Answers, AnswerStore
from lintseq_datasets.descriptions._parts import (
    DESCRIPTION,
    DESCRIPTION_MODEL,
    Per,
    described_parts,
    known_descriptions,
    per_of,
    rows_of,
)
from lintseq_datasets.descriptions._report import DescriptionReport
from lintseq_datasets.edits.training_text import join_edits, split_edits
from lintseq_datasets.errors import ColumnError, ConfigError, DiffError
from lintseq_datasets.files.whole_files import write_whole
from lintseq_datasets.mapping.provenance import provenance
from lintseq_datasets.mapping.records import (
    attach_descriptions,
    attach_provenance,
    provenances_of,
)
from lintseq_datasets.prepare.saving import save_dataset

if TYPE_CHECKING:
    from datasets import Dataset, Features

_BATCH_ROWS = 500


class Described(NamedTuple):
    """A dataset with descriptions, and what became of the answers."""

    dataset: Dataset
    report: DescriptionReport


def merge_descriptions(
    dataset: Dataset,
    answers: Iterable[Answers] | Answers,
    *,
    per: Per | None = None,
    in_front: bool = False,
) -> Described:
    r"""Put answers of a batch interface into the column ``description``.

    Answers may come in any order. Descriptions that a row has already stay, unless there is a new
    answer. What is answered that is no description, or to nothing that is there, is counted.

    Args:
        dataset: The rows that requests were made of, whole or in part, in any order.
        answers: A file of JSON lines as batch interfaces write them, or several; or such lines
            as dictionaries.
        per: What was described; see `description_requests`.
        in_front: Whether each description also stands in front of its edit in the training text,
            in a line of its own behind ``<|description|>``; of a segment, in front of the first
            edit. In rows of calls of tools it is what the assistant says with the call; rows for
            infilling have no place for it.
            `resolve` and its kin pass over it.

    Returns:
        The dataset with the columns ``description`` (a list of texts for edits, a text for
        segments; None where there is none) and ``description_model``, and a report.

    Raises:
        ColumnError: The columns are others.
        ConfigError: An option has no usable value, or a file cannot be read.

    >>> from datasets import Dataset
    >>> from lintseq_datasets import refactor, resolve
    >>> from lintseq_datasets.descriptions import description_requests
    >>> rows = refactor(Dataset.from_dict({"code": ["a = 1"]}), linter="syntax", num_samples=1)
    >>> (request,) = description_requests(rows, model="m")
    >>> body = {"model": "m", "choices": [{"message": {"content": "Set a to 1."}}]}
    >>> answer = {"custom_id": request["custom_id"], "response": {"body": body}}
    >>> described, report = merge_descriptions(rows, [answer], in_front=True)
    >>> described[0]["description"], described[0]["completion"]
    (['Set a to 1.'], '<|description|>Set a to 1.\n<|diff|>@@ -0,0 +1 @@\n+a = 1')
    >>> resolve(described[0]["completion"]), report.described
    ('a = 1', 1)
    """
    per = per_of(dataset, per)
    _check_kind(dataset, per, in_front)
    with closing(AnswerStore()) as store:
        store.add(_as_several(answers))
        merging = _Merging(store, per, in_front)
        features = _features(dataset, per)
        # In this process alone: what is counted, and the database, are not shared with others.
        merged = dataset.map(
            merging,
            batched=True,
            batch_size=_BATCH_ROWS,
            features=features,
            desc="Merging descriptions",
            load_from_cache_file=False,  # nothing would be counted
            # By itself `datasets` would pickle the function, and with it a database that is open.
            new_fingerprint=merging.fingerprint(dataset),
        )
        if not len(dataset):  # `map` leaves it as it is, without the new columns
            info = merged.info.copy()
            info.features = features
            empty: dict[str, list[Any]] = {name: [] for name in features}
            merged = type(dataset).from_dict(empty, features, info, merged.split)
        report = merging.report()
    # Rows may say themselves how they were made, and have no record: they get one, which the counts
    # are written into.
    if not provenances_of(merged) and (made := provenance(dataset)) is not None:
        attach_provenance(merged, made)
    attach_descriptions(merged, report.as_dict())
    return Described(merged, report)


def save_described(
    described: Described, output: Path, *, report: Path | None = None, saved: bool = False
) -> None:
    """Write a dataset with descriptions, whole or not at all, and what was counted.

    Args:
        described: What `merge_descriptions` gives.
        output: A file ``.parquet`` or ``.jsonl``, or a directory.
        report: A file of JSON with the counts; None for none.
        saved: Whether a directory is written by `save_to_disk`.
    """
    made = provenance(described.dataset)
    save_dataset(described.dataset, output, saved=saved, provenance=made)
    if report is not None:
        text = json.dumps(described.report.as_dict(), indent=2) + "\n"
        write_whole(report, lambda file: file.write(text.encode()))


def _as_several(answers: Iterable[Answers] | Answers) -> list[Answers]:
    if isinstance(answers, str | Path):
        return [answers]
    # Files, or lines as dictionaries: those are one source.
    several = list(answers)
    is_files = bool(several) and all(isinstance(one, str | Path) for one in several)
    return several if is_files else [several]  # type: ignore[list-item, return-value]


def _check_kind(dataset: Any, per: Per, in_front: bool) -> None:
    """Check that the dataset can be merged into, and descriptions that are there are such ones."""
    from datasets import Dataset

    if not isinstance(dataset, Dataset):
        raise ConfigError("dataset", "is a stream: write it first, for example with to_parquet")
    if in_front and "hunk_index" in dataset.column_names:
        problem = "rows of output_format='fim' have no place for it: leave it out"
        raise ConfigError("in_front", problem)
    if DESCRIPTION not in dataset.column_names:
        return
    if DESCRIPTION_MODEL not in dataset.column_names:
        problem = f"There is a column {DESCRIPTION!r} of another kind: rename it first."
        raise ColumnError(problem, tuple(dataset.column_names))
    is_text = getattr(dataset.features[DESCRIPTION], "dtype", "") == "string"
    if is_text != (per == "segment"):
        problem = f"what is described there are {'segments' if is_text else 'edits'}"
        raise ConfigError("per", problem)


def _features(dataset: Dataset, per: Per) -> Features:
    from datasets import Features, List, Value

    text = Value("string")
    new = {DESCRIPTION: List(text) if per == "edit" else text, DESCRIPTION_MODEL: text}
    return Features({**dataset.features, **new})


class _Merging:
    """Puts descriptions into batches of rows, and counts."""

    def __init__(self, store: AnswerStore, per: Per, in_front: bool) -> None:
        self._store, self._per, self._in_front = store, per, in_front
        self._counts: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._models: Counter[str] = Counter()

    def __call__(self, batch: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        rows = [self._described(row) for row in rows_of(batch)]
        # There is a first row: `map` makes no call without any.
        return {name: [row[name] for row in rows] for name in rows[0]}

    def _described(self, row: dict[str, Any]) -> dict[str, Any]:
        parts = described_parts(row, self._per)
        self._counts.update(rows=1, without_sequence=not parts)
        models: dict[str, None] = {}
        before = row.get(DESCRIPTION_MODEL) or ""
        known = known_descriptions(row, len(parts))
        texts = []
        for part, old in zip(parts, known, strict=True):
            text, model = self._text_of(part.custom_id, old, before)
            texts.append(text)
            models.update(dict.fromkeys(filter(None, [model])))
        is_one = self._per == "segment"
        row[DESCRIPTION] = (texts[0] if texts else None) if is_one else texts
        row[DESCRIPTION_MODEL] = ", ".join(sorted(models)) or None
        return _with_texts_in_front(row, texts) if self._in_front and parts else row

    def _text_of(self, custom_id: str, known: str | None, before: str) -> tuple[str | None, str]:
        """The description of a part, and the model that wrote it."""
        answer = self._store.take(custom_id)
        # A new answer wins over what the row says; one that cannot be used leaves that alone.
        if answer is not None and not answer.reason:
            known, before = answer.text, answer.model
        if known is not None:
            self._counts["described"] += 1
            self._models[before] += 1
            return known, before
        if answer is None:
            self._counts["missing"] += 1
        else:
            self._failed[answer.reason] += 1
        return None, ""

    def fingerprint(self, dataset: Any) -> str:
        """What the result depends on."""
        content = f"{dataset._fingerprint} {self._per} {self._in_front} {self._store.digest()}"
        return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()

    def report(self) -> DescriptionReport:
        """What was counted."""
        return DescriptionReport(
            per=self._per,
            failed=dict(self._failed),
            answers=self._store.answers,
            repeated=self._store.repeated,
            unknown=self._store.unknown,
            unusable=dict(self._store.unusable),
            models=dict(self._models),
            **{n: self._counts[n] for n in ("rows", "without_sequence", "described", "missing")},
        )


# --- in front of edits ---------------------------------------------------------------


def _with_texts_in_front(row: dict[str, Any], texts: Sequence[str | None]) -> dict[str, Any]:
    if "messages" in row:
        # Each edit is a call; of a segment, the text stands with the first.
        left = iter(texts)
        turns = [
            {**turn, "content": next(left, None) or ""} if turn.get("tool_calls") else turn
            for turn in row["messages"]
        ]
        return {**row, "messages": turns}
    completion = row["completion"]
    if isinstance(completion, str):
        return {**row, "completion": _described_text(completion, row, texts)}
    *before, turn = completion
    content = _described_text(turn["content"], row, texts)
    return {**row, "completion": [*before, {**turn, "content": content}]}


def _described_text(text: str, row: Mapping[str, Any], texts: Sequence[str | None]) -> str:
    # Splitting drops the descriptions that are there, so merging again does not pile them up.
    try:
        edits = split_edits(text)
    except DiffError:
        edits = []
    if len(edits) != len(row["edits"]):
        problem = "The training text of a row is not that of its edits, so no description has a "
        raise ColumnError(f"{problem}place in it: {text[:60]!r}", tuple(row))
    return join_edits(edits, texts)
