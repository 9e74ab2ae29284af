"""`Dataset.map` with the mappers and the real pylint."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import datasets
import pytest
from datasets import Dataset, Features, IterableDataset, List, Value

from lintseq_datasets import (
    FEATURES,
    EditSequence,
    features_of,
    lintseq_map,
    lintseq_transform,
    randseq_map,
)
from tests.end_to_end.rows import ROWS, SKIPPED

SAMPLES = 3
SOURCE = Features({"instruction": Value("string"), "response": Value("string")})


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    datasets.disable_progress_bars()
    yield
    datasets.enable_progress_bars()


def source() -> Dataset:
    return Dataset.from_list(ROWS, features=SOURCE)


def run(dataset: Any, function: Any = lintseq_map, **options: Any) -> list[dict[str, Any]]:
    mapping = {"batched": True, "features": FEATURES, "remove_columns": list(SOURCE), **options}
    fn_kwargs = {"num_samples": SAMPLES, "seed": 1, **mapping.pop("fn_kwargs", {})}
    return list(dataset.map(function, fn_kwargs=fn_kwargs, **mapping))


@pytest.fixture(scope="module")
def mapped() -> list[dict[str, Any]]:
    return run(source())


def test_features() -> None:
    dataset = source().map(
        lintseq_map, batched=True, remove_columns=list(SOURCE), features=FEATURES
    )
    assert dataset.features == FEATURES == features_of()
    assert FEATURES["edits"] == List(Value("string"))
    integers = {name for name in FEATURES if FEATURES[name] == Value("int32")}
    assert integers == {"sample_index", "num_edits", "audited_states", "rejected_states"}


def test_every_row_is_accounted_for(mapped: list[dict[str, Any]]) -> None:
    found: dict[str, list[str]] = {}
    for row in mapped:
        found.setdefault(row["prompt"], []).append(row["status"])
    assert list(found) == [row["instruction"] + "\n" for row in ROWS]
    for number, statuses in enumerate(found.values()):
        expected = [SKIPPED[number]] if number in SKIPPED else ["ok"] * SAMPLES
        assert statuses == expected


def test_exact_and_insertion_only(mapped: list[dict[str, Any]]) -> None:
    for row in mapped:
        if row["status"] != "ok":
            continue
        sequence = EditSequence.from_text(row["completion"])
        assert sequence.resolve().text == row["program"]
        assert all(edit.is_insertion for edit in sequence.edits)
        assert [str(edit) for edit in sequence.edits] == row["edits"]
        assert row["linter"].startswith("pylint ")
    assert max(row["num_edits"] for row in mapped) > 2


@pytest.mark.parametrize("batch_size", [1, 5, 1000])
@pytest.mark.parametrize("num_proc", [1, 2])
def test_processes_and_batches_change_nothing(
    mapped: list[dict[str, Any]], num_proc: int, batch_size: int
) -> None:
    assert run(source(), num_proc=num_proc, batch_size=batch_size) == mapped


def test_order_changes_nothing(mapped: list[dict[str, Any]]) -> None:
    shuffled = source().shuffle(seed=3)
    assert shuffled["instruction"] != source()["instruction"]
    by_prompt = sorted(run(shuffled, batch_size=2), key=lambda row: int(row["prompt"][5:-2]))
    assert by_prompt == mapped


def test_shards_change_nothing(mapped: list[dict[str, Any]]) -> None:
    shards = [run(source().shard(3, index, contiguous=True)) for index in range(3)]
    assert [row for shard in shards for row in shard] == mapped


@pytest.mark.parametrize("batch_size", [1, 5])
def test_streaming_is_the_same(mapped: list[dict[str, Any]], batch_size: int) -> None:
    assert run(source().to_iterable_dataset(num_shards=2), batch_size=batch_size) == mapped


@pytest.mark.parametrize("output_format", ["conversational", "pylintseq"])
def test_other_formats(mapped: list[dict[str, Any]], output_format: Any) -> None:
    features = features_of(output_format)
    rows = run(
        source(), features=features, with_indices=True, fn_kwargs={"output_format": output_format}
    )
    ok = [row for row in mapped if row["status"] == "ok"]
    if output_format == "pylintseq":
        assert [row["edit_path"] for row in rows] == [row["edits"] for row in ok]
        assert [row["index"] for row in rows] == [int(row["prompt"][5:-2]) for row in ok]
    else:
        assert [row["completion"] and row["completion"][0]["content"] for row in rows] == [
            row["completion"] for row in mapped
        ]


def test_randseq() -> None:
    rows = run(source(), randseq_map, num_proc=2, batch_size=5)
    assert rows == run(source(), randseq_map)
    ok = [row for row in rows if row["status"] == "ok"]
    assert len(ok) == SAMPLES * (len(ROWS) - 1)
    assert all(EditSequence.from_edits(row["edits"]).resolve().text == row["program"] for row in ok)


def _no_rows() -> Iterator[dict[str, Any]]:
    return iter(())


def test_empty_dataset() -> None:
    empty = source().select([])
    mapping = {"batched": True, "remove_columns": list(SOURCE), "features": FEATURES}
    assert len(empty.map(lintseq_map, **mapping)) == 0
    stream = IterableDataset.from_generator(_no_rows, features=SOURCE)
    assert list(stream.map(lintseq_map, **mapping)) == []


def test_nothing_but_rows_without_a_sequence() -> None:
    bad = source().select(list(SKIPPED))
    assert [row["status"] for row in run(bad)] == list(SKIPPED.values())
    assert run(bad, fn_kwargs={"on_error": "skip"}) == []


def test_a_format_of_the_dataset_changes_nothing(mapped: list[dict[str, Any]]) -> None:
    rows = [row for row in ROWS if row["response"] is not None]
    formatted = Dataset.from_list(rows, features=SOURCE).with_format("numpy")
    mapping = {"batched": True, "features": FEATURES, "remove_columns": list(SOURCE)}
    out = formatted.map(lintseq_map, fn_kwargs={"num_samples": SAMPLES, "seed": 1}, **mapping)
    assert list(out.with_format(None)) == [
        row for row in mapped if row["status"] != "skipped:no_program"
    ]


def test_errors_reach_the_user() -> None:
    with pytest.raises(Exception, match="batched=True"):
        source().select([0]).map(lintseq_map)
    with pytest.raises(Exception, match="Columns of the dataset: a"):
        Dataset.from_dict({"a": ["x"]}).map(lintseq_map, batched=True)
    with pytest.raises(Exception, match="skipped:syntax_error") as caught:
        run(source(), num_proc=2, fn_kwargs={"on_error": "raise"})
    assert type(caught.value).__name__ == "RowError"  # it survived the worker's pickle


class TestTransform:
    def sequences(self, mapped: list[dict[str, Any]]) -> list[list[list[str]]]:
        found: dict[str, list[list[str]]] = {row["prompt"]: [] for row in mapped}
        for row in mapped:
            if row["status"] == "ok":
                found[row["prompt"]].append(row["edits"])
        return list(found.values())

    @pytest.mark.parametrize("batched", [False, True])
    def test_map(self, mapped: list[dict[str, Any]], batched: bool) -> None:
        kwargs = {"num_samples": SAMPLES, "seed": 1}
        out = source().map(lintseq_transform, batched=batched, fn_kwargs=kwargs)
        assert out.column_names == ["instruction", "response", "edit_sequences"]
        assert list(out["edit_sequences"]) == self.sequences(mapped)
        assert list(out["response"]) == list(source()["response"])

    def test_with_transform(self, mapped: list[dict[str, Any]]) -> None:
        transform = functools.partial(lintseq_transform, num_samples=SAMPLES, seed=1)
        lazy = source().with_transform(transform)
        expected = self.sequences(mapped)
        assert lazy[2]["edit_sequences"] == expected[2]
        assert lazy[[2, 0]]["edit_sequences"] == [expected[2], expected[0]]
        assert [row["edit_sequences"] for row in lazy] == expected

    def test_each_epoch_can_draw_afresh(self) -> None:
        def epoch(number: int) -> list[list[str]]:
            transform = functools.partial(lintseq_transform, num_samples=8, epoch=number)
            found: list[list[str]] = source().with_transform(transform)[2]["edit_sequences"]
            return found

        assert epoch(0) == epoch(0) != epoch(1)
