"""Statistics of every output format: what is the same in all of them is counted the same."""

from __future__ import annotations

from typing import Any

import pytest
from datasets import Dataset

from lintseq_datasets import refactor
from lintseq_datasets.statistics import counting
from lintseq_datasets.statistics.form_lengths import count_forms
from tests.end_to_end.rows import ROWS

SOURCE = Dataset.from_list([*ROWS, {name: "n =" for name in ROWS[0]}])
PARTS: dict[str, Any] = {
    "next_edit": {},
    "next_edit, several": {"edits_per_row": 2, "done": "Done.", "conversational": True},
    "fim": {},
}
SAME = ("sources", "accounting", "edits", "edit_lines", "removed_lines", "lines_before",
        "characters_before", "growth", "num_programs", "num_distinct")  # fmt: skip


def edits(output_format: str, **options: Any) -> Dataset:
    name = output_format.partition(",")[0]
    given: Any = {"num_samples": 3, "linter": "syntax", "output_format": name, **options}
    return refactor(SOURCE, **given)


@pytest.mark.parametrize("name", ["conversational", "tool_calls", *PARTS])
@pytest.mark.parametrize("is_stream", [False, True])
def test_every_format_is_counted(name: str, is_stream: bool) -> None:
    plain = counting.count_dataset(edits("default"), str.split)
    dataset = edits(name, **PARTS.get(name, {}))
    found = counting.count_dataset(
        dataset.to_iterable_dataset() if is_stream else dataset, str.split
    )
    for what in SAME:
        assert getattr(found, what) == getattr(plain, what), what
    assert found.tokens.total == found.lines_after.total == dataset["status"][:].count("ok")
    assert found.as_table(100)


@pytest.mark.parametrize("name", PARTS)
def test_sequences_are_whole_however_many_rows_there_are(name: str) -> None:
    dataset = edits(name, **PARTS[name])
    times = 20_000 // len(dataset) + 2  # more rows than are read at once
    one, many = counting.count_dataset(dataset), counting.count_dataset(dataset.repeat(times))
    assert [step.total for step in many.growth] == [step.total * times for step in one.growth]
    assert many.edits.counts == {n: count * times for n, count in one.edits.counts.items()}
    assert many.pairs == one.pairs


def test_training_texts_are_those_of_the_rows() -> None:
    dataset = edits("next_edit")
    found = counting.count_dataset(dataset, len)
    texts = [row for row in dataset if row["status"] == "ok"]
    lengths = sorted(len(row["prompt"] + row["completion"]) + 1 for row in texts)
    counted = [number for number, count in found.tokens.counts.items() for _ in range(count)]
    assert sorted(counted) == lengths


@pytest.mark.parametrize("name", ["tool_calls", *PARTS])
def test_rows_of_every_format_are_printed_in_forms(name: str) -> None:
    dataset = edits(name, **PARTS.get(name, {}))
    with_edits = sum(1 for row in dataset if row["edits"])
    found = count_forms(dataset, ["diff", "search_replace", "whole"], len)
    assert [one.tokens.total for one in found.values()] == [with_edits] * 3


def test_part_of_the_rows() -> None:
    """Whatever rows are left, nothing is counted as whole that is not."""
    for name, options in PARTS.items():
        dataset = edits(name, **options).shuffle(seed=0)
        found = counting.count_dataset(dataset.select(range(len(dataset) // 2)))
        whole = counting.count_dataset(dataset)
        assert 0 < found.num_sequences < whole.num_sequences
        assert found.lines_after.total == sum(
            row["status"] == "ok" for row in dataset.select(range(len(dataset) // 2))
        )
