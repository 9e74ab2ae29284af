"""The first of equal rows stays."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from datasets import Dataset, IterableDataset

from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.prepare import drop_duplicates, find_duplicates

ROWS = [
    {"instruction": "Add.", "program": "x + y", "source": "a", "source_id": "0"},
    {"instruction": " Add.\n", "program": "x + y", "source": "a", "source_id": "1"},
    {"instruction": "Sum.", "program": "x + y", "source": "b", "source_id": "0"},
    {"instruction": "Add.", "program": "y + x", "source": "b", "source_id": "1"},
    {"instruction": "Add.", "program": "x + y ", "source": "b", "source_id": "2"},
    {"instruction": None, "program": None, "source": "b", "source_id": "3"},
    {"instruction": "Add.", "program": "y + x", "source": "b", "source_id": "4"},
]
KEPT = {"pair": [0, 2, 3, 4, 5], "program": [0, 3, 4, 5], "instruction": [0, 2, 5]}


@pytest.mark.parametrize("by", KEPT)
@pytest.mark.parametrize("streaming", [False, True])
def test_what_must_be_equal(by: Any, streaming: bool) -> None:
    dataset: Any = Dataset.from_list(ROWS)
    dataset = dataset.to_iterable_dataset(num_shards=1) if streaming else dataset
    found = drop_duplicates(dataset, by)
    wanted = [ROWS[row] for row in KEPT[by]]
    assert list(found) == wanted
    assert list(found) == wanted  # a second time, as in a second epoch


def test_duplicates_say_what_they_repeat() -> None:
    dataset = Dataset.from_list(ROWS)
    assert find_duplicates(dataset).rows == {1: "of a 0", 6: "of b 1"}
    bare = dataset.remove_columns(["source", "source_id"])
    assert find_duplicates(bare).rows == {1: "of row 0", 6: "of row 3"}


def test_rows_that_were_dropped_are_neither_first_nor_duplicates() -> None:
    rows = [{**row, "status": "ok"} for row in ROWS]
    rows[0]["status"] = rows[6]["status"] = "dropped:ngram_overlap"
    assert find_duplicates(Dataset.from_list(rows)).rows == {}
    rows.append({**ROWS[0], "status": "ok"})
    dataset = Dataset.from_list(rows)
    found = find_duplicates(dataset)
    assert found.rows == {7: "of a 1"}
    marked = dataset.map(found, batched=True, batch_size=3, with_indices=True)
    assert marked["status"][:] == [
        "dropped:ngram_overlap", *["ok"] * 5, "dropped:ngram_overlap", "dropped:duplicate",
    ]  # fmt: skip
    assert marked[7]["detail"] == "of a 1"


@pytest.mark.parametrize("options", [{"num_proc": 2}, {"batch_size": 1}, {"batch_size": 2}])
def test_the_same_however_it_is_run(options: dict[str, int]) -> None:
    assert find_duplicates(Dataset.from_list(ROWS), **options).rows == {1: "of a 0", 6: "of b 1"}


def test_parts_of_a_row_do_not_run_together() -> None:
    rows = Dataset.from_dict({"instruction": ["ab", "a"], "program": ["c", "bc"]})
    assert find_duplicates(rows).rows == {}


def test_first_occurrences_as_by_looking() -> None:
    numbers = random.Random(0).choices(range(50), k=500)
    rows = Dataset.from_dict({"instruction": [""] * 500, "program": [f"x{n}" for n in numbers]})
    firsts = {row: numbers.index(number) for row, number in enumerate(numbers)}
    wanted = {row: f"of row {first}" for row, first in firsts.items() if first != row}
    assert find_duplicates(rows).rows == wanted


def test_no_rows() -> None:
    empty = Dataset.from_dict({"instruction": [], "program": []})
    assert len(drop_duplicates(empty)) == 0
    assert find_duplicates(empty).rows == {}


def test_bad_arguments() -> None:
    dataset = Dataset.from_list(ROWS)
    with pytest.raises(ConfigError, match="'both' is none of 'pair'"):
        drop_duplicates(dataset, "both")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="'both'"):
        drop_duplicates(dataset.to_iterable_dataset(), "both")  # type: ignore[arg-type]
    with pytest.raises(ColumnError, match="'program'"):
        drop_duplicates(dataset.remove_columns("program"))


def test_a_stream_is_read_once_and_in_order() -> None:
    read: list[int] = []

    def rows() -> Iterator[dict[str, Any]]:
        for number, row in enumerate(ROWS):
            read.append(number)
            yield row

    found = iter(drop_duplicates(IterableDataset.from_generator(rows)))
    assert next(found)["source_id"] == "0"
    assert next(found)["source"] == "b"
    assert len(read) < len(ROWS)


def test_a_stream_may_hold_lone_surrogates() -> None:
    rows = [{"instruction": "", "program": program} for program in ("\ud800", "\ud801", "\ud800")]
    found = drop_duplicates(IterableDataset.from_generator(lambda: iter(rows)))
    assert list(found) == rows[:2]
