"""`refactor` on every kind of dataset that `load_dataset` returns."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pytest
from datasets import Dataset, DatasetDict, IterableDataset, IterableDatasetDict

from lintseq_datasets import LintSeqConfig, RandSeqConfig, features_of, lintseq_map
from lintseq_datasets.edits.reading import resolve
from lintseq_datasets.errors import ColumnError, ConfigError, RowError
from lintseq_datasets.mapping.accounting import Accounting
from lintseq_datasets.mapping.dataset import provenance, refactor

GOOD = "def add(a, b):\n    total = a + b\n    return total\n\nprint(add(1, 2))"
ROWS = [
    {"instruction": "Add.", "input": "", "response": GOOD},
    {"instruction": "Say.\n", "input": None, "response": "x = 1\r\nprint(x)\n\n"},
    {"instruction": "Bad.", "input": "", "response": "def ("},
    {"instruction": "Use it.", "input": "a\nb\n", "response": "y = 2\nprint(y)\n"},
    {"instruction": "None.", "input": "", "response": None},
]
FAST = LintSeqConfig(num_samples=2, linter="syntax")
ACCOUNTING = {"rows_in": 5, "sampled": 3, "skipped": {"no_program": 1, "syntax_error": 1}}


@pytest.fixture
def source() -> Dataset:
    return Dataset.from_list(ROWS)


def generate() -> Iterator[dict[str, Any]]:
    yield from ROWS


# --- kinds of datasets ---------------------------------------------------------------


def test_rows_are_those_of_the_mapper(source: Dataset) -> None:
    expected = source.map(
        lintseq_map,
        batched=True,
        remove_columns=source.column_names,
        features=features_of(),
        fn_kwargs={"num_samples": 2, "linter": "syntax"},
    )
    for result in (
        refactor(source, FAST),
        refactor(source, linter="syntax", num_samples=2, batch_size=2),
        refactor(source, FAST, num_proc=2),
        refactor(source.with_format("numpy"), FAST),
        refactor(source.with_format("pandas"), FAST),
        refactor(source.with_format("arrow"), FAST, output_format="default"),
    ):
        assert isinstance(result, Dataset)
        assert result.features == features_of()
        assert result.to_list() == expected.to_list()


def test_pylint_is_the_default() -> None:
    result = refactor(Dataset.from_list(ROWS[:1]), num_samples=1)
    assert result[0]["linter"].startswith("pylint ")
    assert resolve(result[0]["completion"]) == GOOD
    assert result.info.description.startswith("Edit sequences (lintseq, pylint ")


def test_every_split_has_its_own_account(source: Dataset, tmp_path: Path) -> None:
    splits = DatasetDict(train=source, test=source.select([2]))
    names = {"train": str(tmp_path / "a.arrow"), "test": str(tmp_path / "b.arrow")}
    result = refactor(splits, FAST, cache_file_names=names)
    assert type(result) is DatasetDict
    assert list(result) == ["train", "test"]
    assert [len(part) for part in result.values()] == [8, 1]
    assert [provenance(part)["accounting"]["rows_in"] for part in result.values()] == [5, 1]
    assert sorted(path.name for path in tmp_path.glob("*.arrow")) == ["a.arrow", "b.arrow"]


def test_streaming_gives_the_same_rows(source: Dataset) -> None:
    expected = refactor(source, FAST).to_list()
    stream = source.to_iterable_dataset()
    for streamed in (
        refactor(stream, FAST),
        refactor(IterableDatasetDict(train=stream), FAST)["train"],
        refactor(IterableDataset.from_generator(generate), FAST, batch_size=2),
    ):
        assert isinstance(streamed, IterableDataset)
        assert streamed.features == features_of()
        assert list(streamed) == expected
        assert provenance(streamed)["accounting"] is None
    skipped = refactor(stream, FAST, on_error="skip")
    assert [row["status"] for row in skipped] == ["ok"] * 6


def test_a_stream_from_a_file(write_jsonl: Any) -> None:
    path = str(write_jsonl(ROWS[:2]))
    stream = datasets.load_dataset("json", data_files=path, split="train", streaming=True)
    assert [row["sample_index"] for row in refactor(stream, FAST)] == [0, 1, 0, 1]


@pytest.mark.parametrize("batch_size", [1, 3])
def test_a_stream_of_objects_is_written_to_one_file(tmp_path: Path, batch_size: int) -> None:
    stream = IterableDataset.from_generator(generate)
    path = str(tmp_path / "edits.parquet")
    refactor(stream.map(lambda row: row), FAST, batch_size=batch_size).to_parquet(path)
    written = Dataset.from_parquet(path, cache_dir=str(tmp_path))
    assert written.to_list() == refactor(Dataset.from_list(ROWS), FAST).to_list()


def test_a_stream_of_objects_of_any_types() -> None:
    rows = [{"code": GOOD}, {"code": 3}, {"code": ["x = 1"]}, {"code": {"a": 1}}]
    stream = IterableDataset.from_generator(lambda: iter(rows))
    found = refactor(stream, FAST, on_error="record")
    assert [row["status"] for row in found if row["sample_index"] < 1] == [
        "ok", "skipped:not_text", "ok", "skipped:not_text",
    ]  # fmt: skip


def test_columns_of_a_stream_that_are_called_as_ours() -> None:
    source = Dataset.from_dict({"prompt": ["Add."], "completion": [GOOD], "status": ["new"]})
    found = list(refactor(source.to_iterable_dataset(), FAST))
    assert found == refactor(source, FAST).to_list()
    assert [row["prompt"] for row in found] == ["Add.\n"] * 2


def test_a_stream_without_rows() -> None:
    assert list(refactor(IterableDataset.from_generator(lambda: iter(())), FAST)) == []


def test_a_stream_says_what_has_no_effect(
    source: Dataset, caplog: pytest.LogCaptureFixture
) -> None:
    refactor(source.to_iterable_dataset(), FAST, num_proc=2, load_from_cache_file=False)
    assert [record.message for record in caplog.records] == [
        "load_from_cache_file is of no effect on a streaming dataset",
        "num_proc is of no effect on a streaming dataset",
    ]


@pytest.mark.parametrize("output_format", ["default", "conversational", "pylintseq"])
def test_no_rows_in_no_rows_out(source: Dataset, output_format: Any) -> None:
    result = refactor(source.select([]), FAST, output_format=output_format)
    assert (len(result), result.features) == (0, features_of(output_format))
    assert provenance(result)["accounting"]["rows_in"] == 0


# --- output formats and errors of rows -----------------------------------------------


@pytest.mark.parametrize("num_proc", [None, 2])
def test_pylintseq_rows_are_those_of_the_mapper(source: Dataset, num_proc: int | None) -> None:
    expected = source.map(
        lintseq_map,
        with_indices=True,
        batched=True,
        remove_columns=source.column_names,
        features=features_of("pylintseq"),
        fn_kwargs={"config": FAST, "output_format": "pylintseq", "source_file": "rows.jsonl"},
    )
    result = refactor(
        source, FAST, num_proc, output_format="pylintseq", source_file="rows.jsonl", batch_size=2
    )
    assert result.features == features_of("pylintseq")
    assert result.to_list() == expected.to_list()
    assert [row["index"] for row in result] == [0, 0, 1, 1, 3, 3]
    assert result[2]["source_response"] == ROWS[1]["response"]
    assert result[2]["source_instruction"] == "Say.\n"
    assert result[4]["source_instruction"] == "Use it.\na\nb\n"


@pytest.mark.parametrize("output_format", ["default", "conversational", "pylintseq"])
@pytest.mark.parametrize("on_error", ["record", "skip"])
def test_every_row_is_accounted_for(source: Dataset, output_format: Any, on_error: Any) -> None:
    result = refactor(source, FAST, output_format=output_format, on_error=on_error)
    recorded = on_error == "record" and output_format != "pylintseq"
    assert len(result) == (8 if recorded else 6)
    found = provenance(result)["accounting"]
    assert {name: found[name] for name in ACCOUNTING} == ACCOUNTING
    assert Accounting.from_dict(found).num_sequences == 6


def test_nothing_but_bad_rows(source: Dataset) -> None:
    result = refactor(source.select([2, 4]), FAST, on_error="skip")
    assert (len(result), result.features) == (0, features_of())
    assert provenance(result)["accounting"]["rows_in"] == 2


@pytest.mark.parametrize("output_format", ["default", "pylintseq"])
def test_raise(source: Dataset, output_format: Any) -> None:
    with pytest.raises(RowError, match="syntax_error"):
        refactor(source, FAST, on_error="raise", output_format=output_format)


def test_randseq(source: Dataset) -> None:
    result = refactor(source, RandSeqConfig(num_samples=3))
    assert set(result["method"]) == {"randseq"}
    assert provenance(result)["method"] == "randseq"
    assert provenance(result)["accounting"]["sampled"] == 4  # it need not parse


# --- what is refused -----------------------------------------------------------------


@pytest.mark.parametrize("wrong", [ROWS, {"train": ROWS}, "name/of-dataset", None])
def test_what_is_no_dataset(wrong: Any) -> None:
    with pytest.raises(ConfigError, match="is no dataset; pass what"):
        refactor(wrong)


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"config": "lintseq"}, "config"),
        ({"remove_columns": []}, "remove_columns"),
        ({"no_such_option": 1}, "no_such_option"),
        ({"output_format": "xml"}, "output_format"),
        ({"on_error": "ignore"}, "on_error"),
        ({"extract_code": "html"}, "extract_code"),
        ({"linter": "flake9"}, "linter"),
        ({"num_samples": 0}, "num_samples"),
    ],
)
def test_wrong_options(source: Dataset, options: dict[str, Any], option: str) -> None:
    with pytest.raises(ConfigError) as caught:
        refactor(source, **options)
    assert caught.value.option == option


def test_wrong_columns(source: Dataset) -> None:
    for wrong in (source.rename_column("response", "x"), source.to_iterable_dataset()):
        with pytest.raises(ColumnError):
            refactor(wrong, program_column="response2")


# --- what a dataset remembers --------------------------------------------------------


def test_the_source_is_left_alone(source: Dataset) -> None:
    source.info.description = "Written by hand."
    result = refactor(source, FAST)
    assert source.info.description == "Written by hand."
    assert result.info.description.startswith("Written by hand.\n\nEdit sequences (lintseq, syntax")
    assert "5 rows in, 3 sampled, 2 skipped, 0 failed; 6 sequences." in result.info.description


def test_a_record_of_the_source_is_replaced(source: Dataset) -> None:
    source.info.description = "Written by hand."
    once = refactor(source, FAST)
    twice = refactor(once, FAST, seed=7, program_column="program")
    record = provenance(twice)
    assert record is not None
    assert (record["config"]["seed"], record["accounting"]["rows_in"]) == (7, len(once))
    assert twice.info.description.count("Edit sequences (") == 1
    assert twice.info.description.startswith("Written by hand.\n\nEdit")


def test_the_record_says_how_it_was_made(source: Dataset) -> None:
    record = provenance(refactor(source, FAST, extract_code=None))
    assert record is not None
    assert record["config"]["num_samples"] == 2
    assert record["config"]["linter"] == "syntax"
    assert record["linter"].startswith("syntax")
    assert {"algorithm", "lintseq-datasets", "pylint", "python"} <= set(record["versions"])
    assert record["options"]["extract_code"] is None
    assert json.loads(json.dumps(record)) == record


def test_the_record_travels(source: Dataset, tmp_path: Path) -> None:
    result = refactor(source, FAST)
    record = provenance(result)
    result.save_to_disk(str(tmp_path / "saved"))
    saved = datasets.load_from_disk(str(tmp_path / "saved"))
    kept = (saved, result.filter(lambda row: row["status"] == "ok"), result.select([0]))
    assert [provenance(dataset) for dataset in kept] == [record] * 3
    assert provenance(source) is None


def test_records_of_parts_add_up(source: Dataset) -> None:
    first, second = source.select(range(2)), source.select(range(2, 5))
    parts = datasets.concatenate_datasets([refactor(first, FAST), refactor(second, FAST)])
    assert provenance(parts) == provenance(refactor(source, FAST))
    other = refactor(source, FAST, seed=1)
    assert provenance(datasets.concatenate_datasets([refactor(source, FAST), other])) is None


@pytest.mark.parametrize("damage", ["", "[1]}\n```", '{"method": '])
def test_damaged_records(source: Dataset, damage: str) -> None:
    source.info.description = '```json\n{"lintseq_datasets": ' + damage
    assert provenance(source) is None


def test_the_summary_is_logged(source: Dataset, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="lintseq_datasets"):
        refactor(source, FAST)
        refactor(Dataset.from_list(ROWS[:1]), max_lints=1)
    levels = [(record.levelname, record.message) for record in caplog.records]
    assert levels[0][0] == levels[1][0] == "INFO"
    assert "5 rows in, 3 sampled, 2 skipped, 0 failed; 6 sequences" in levels[1][1]
    assert levels[2][0] == "WARNING"
    assert levels[2][1].startswith("rows without an edit sequence: 2")
    assert levels[-2] == ("WARNING", "failed rows: {'lint_budget': 1}")
