"""Datasets pooled, cleaned and accounted for; the report."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, DatasetDict

from lintseq_datasets import lintseq_map
from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.mapping.accounting import Selection
from lintseq_datasets.prepare import (
    STEPS,
    Benchmark,
    Contamination,
    Source,
    is_kept,
    load_tasks,
    pool,
    prepare,
)

TASKS = Dataset.from_dict({
    "task_id": ["bench/0"],
    "prompt": ["Write a function that returns the longest word of a sentence."],
    "canonical_solution": ["    return max(sentence.split(), key=len, default='')\n"],
})  # fmt: skip
ONE = Dataset.from_dict({
    "instruction": ["Add.", "Add.", "Broken.", "Longest.", "None."],
    "response": [
        "```python\nprint(1 + 1)\n```", "print(1 + 1)\n", "x = = 1",
        "def f(sentence):\n    return max(sentence.split(), key = len, default = '')", None,
    ],
})  # fmt: skip
TWO = Dataset.from_dict({
    "lang": ["python", "rust", "python"],
    "problem": ["Add.", "Add.", "Write a function that returns the longest word of a sentence"],
    "solution": ["```python\nprint(1 + 1)\n```", "fn main() {}", "print(3)"],
    "license": ["mit", "mit", None],
})  # fmt: skip
SOURCES = [
    Source(ONE, name="one", license="odc-by"),
    Source(TWO, name="two", language="python"),
]
BENCHMARKS = [Benchmark(TASKS, name="bench")]


def test_the_whole_way() -> None:
    found = prepare(SOURCES, BENCHMARKS)
    assert found.dataset.to_list() == [
        {"instruction": "Add.", "program": "print(1 + 1)", "license": "odc-by", "source": "one",
         "source_id": "0"},
    ]  # fmt: skip
    dropped = [(row["source"], row["source_id"], row["status"]) for row in found.dropped]
    assert dropped == [
        ("one", "1", "dropped:duplicate"),
        ("one", "2", "dropped:syntax_error"),
        ("one", "3", "dropped:solution_substring"),
        ("one", "4", "dropped:no_program"),
        ("two", "0", "dropped:duplicate"),
        ("two", "1", "dropped:other_language"),
        ("two", "2", "dropped:prompt_substring"),
    ]
    assert found.dropped[4]["detail"] == "of one 0"
    assert lintseq_map(found.dataset[:], linter="syntax", num_samples=1)["status"] == ["ok"]


def test_the_report_says_what_was_dropped_and_why() -> None:
    report = prepare(SOURCES, BENCHMARKS).report
    assert [source.selection for source in report.sources] == [
        Selection(5, 1, {"duplicate": 1, "syntax_error": 1, "solution_substring": 1,
                         "no_program": 1}),
        Selection(3, 0, {"duplicate": 1, "other_language": 1, "prompt_substring": 1}),
    ]  # fmt: skip
    assert report.selection.rows_in == 8
    assert report.contaminated == [
        Contamination("one", "3", "solution_substring", "bench", "bench/0",
                      "return max(sentence.split(), key = len, default = '')"),
        Contamination("two", "2", "prompt_substring", "bench", "bench/0",
                      "Write a function that returns the longest word of a sentence"),
    ]  # fmt: skip
    assert report.benchmarks == {"bench": 1}
    assert report.sources[0].licenses == {"odc-by": 1}


def test_steps_follow_each_other() -> None:
    steps = prepare(SOURCES, BENCHMARKS).report.steps
    assert list(steps) == list(STEPS)
    assert [(step.rows_in, step.kept) for step in steps.values()] == [
        (8, 7), (7, 6), (6, 5), (5, 3), (3, 1),
    ]  # fmt: skip
    assert steps["decontaminate"].dropped == {"solution_substring": 1, "prompt_substring": 1}


def test_the_report_as_json_and_as_a_table(tmp_path: Path) -> None:
    report = prepare(SOURCES, BENCHMARKS, ngram=8).report
    report.save(tmp_path / "new" / "report.json")
    values = json.loads((tmp_path / "new" / "report.json").read_text(encoding="utf-8"))
    assert values == json.loads(json.dumps(report.as_dict()))
    assert (values["rows_in"], values["kept"]) == (8, 1)
    assert values["sources"][0]["license"] == "odc-by"
    assert values["sources"][1]["dropped"]["other_language"] == 1
    assert values["benchmarks"] == [{
        "benchmark": "bench", "tasks": 1,
        "dropped": {"prompt_substring": 1, "solution_substring": 1},
    }]  # fmt: skip
    assert values["contaminated"][0]["task_id"] == "bench/0"
    assert values["options"]["ngram"] == 8
    assert values["versions"]["lintseq-datasets"]
    lines = report.as_table().split("\n")
    assert lines[:3] == [
        "rows in                   8", "  kept                    1", "  dropped                 7",
    ]  # fmt: skip
    assert "found of bench (1 tasks)  2" in lines
    assert str(report) == report.as_table()


@pytest.mark.parametrize("options", [{"num_proc": 2}, {"batch_size": 1}, {"batch_size": 3}])
def test_the_same_however_it_is_run(options: dict[str, int]) -> None:
    found, other = prepare(SOURCES, BENCHMARKS), prepare(SOURCES, BENCHMARKS, **options)
    assert other.report == found.report
    assert other.dataset.to_list() == found.dataset.to_list()
    assert other.dropped.to_list() == found.dropped.to_list()
    assert other.dataset.features == found.dataset.features


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({}, 1),
        ({"check_syntax": False}, 2),
        ({"duplicates": None}, 3),
        ({"duplicates": "program"}, 1),
        ({"prompt_substring": False, "ngram": None}, 2),
        ({"solution_substring": False}, 2),
        ({"solution_substring": False, "ngram": 7}, 1),
        ({"solution_substring": False, "ngram": 7, "ngram_solutions": False}, 2),
        ({"min_words": 100}, 2),
    ],
)
def test_each_step_can_be_switched(options: dict[str, Any], kept: int) -> None:
    assert len(prepare(SOURCES, BENCHMARKS, **options).dataset) == kept


def test_without_benchmarks_nothing_is_looked_for() -> None:
    report = prepare(SOURCES).report
    assert report.contaminated == []
    assert report.selection.kept == 3
    assert "found of" not in report.as_table()


@pytest.mark.parametrize("one", [ONE, Source(ONE), {"path": ONE}, DatasetDict({"train": ONE})])
def test_one_source_and_one_benchmark_need_no_list(one: Any) -> None:
    found = prepare(one, TASKS).report
    assert found.selection == prepare([one], [TASKS]).report.selection
    assert found.selection.dropped["solution_substring"] == 1
    assert len(pool(one)) == len(ONE)


def test_pooling_drops_nothing() -> None:
    rows = pool(SOURCES)
    assert Counter(rows["status"]) == {
        "ok": 6, "dropped:no_program": 1, "dropped:other_language": 1,
    }  # fmt: skip
    assert len(rows.filter(is_kept, input_columns="status")) == 6
    assert len(rows.filter(is_kept, input_columns="status", batched=True)) == 6


def test_no_rows_and_rows_that_all_go() -> None:
    empty = Source(ONE.select([]), name="empty")
    found = prepare([empty], BENCHMARKS)
    assert (len(found.dataset), found.report.selection) == (0, Selection())
    found = prepare([Source(ONE.select([2, 4]), name="bad"), empty])
    assert (len(found.dataset), len(found.dropped)) == (0, 2)
    assert found.dataset.column_names == [
        "instruction", "program", "license", "source", "source_id",
    ]  # fmt: skip


def test_columns_of_a_source_with_many(tmp_path: Path) -> None:
    rows = ONE.add_column("licenses", [["mit", "0bsd"], *[None] * 4]).add_column("x", [{}] * 5)
    found = prepare([Source(rows.with_format("numpy"), name="one", license="odc-by")])
    assert found.dataset[0]["license"] == "mit, 0bsd"


def test_a_benchmark_is_read_in_all_of_its_splits() -> None:
    parts = DatasetDict({"train": TASKS, "test": TASKS.map(lambda row: {"task_id": "bench/1"})})
    assert prepare(SOURCES, [Benchmark(parts)]).report.benchmarks == {"dataset": 2}
    only = prepare(SOURCES, [Benchmark(parts, split="test", name="bench")]).report
    assert only.benchmarks == {"bench": 1}
    assert only.contaminated[0].task_id == "bench/1"


def test_tasks_without_names_are_numbered_through_all_splits() -> None:
    rows = TASKS.remove_columns("task_id")
    other = rows.map(lambda row: {"prompt": "Write a function that sorts a list of words."})
    parts = DatasetDict({"a": rows, "b": other})
    assert [task.task_id for task in load_tasks([parts])] == ["0", "1"]


@pytest.mark.parametrize(
    ("sources", "error", "message"),
    [
        ([], ConfigError, "sources: name at least one"),
        ([ONE, ONE], ConfigError, "several sources are called 'dataset'"),
        ([Source(ONE, program_column="nope")], ColumnError, "There is no column 'nope'"),
        ([Source(ONE, id_column="nope")], ColumnError, "'nope' (id_column)"),
        ([Source(ONE, language="python")], ColumnError, "dataset: No column is recognised as the"),
        (
            [Source(ONE.rename_column("response", "a"))],
            ColumnError,
            "No column is recognised as the",
        ),
        ([DatasetDict({"a": ONE, "b": ONE})], ConfigError, "split: of dataset: choose one of a, b"),
        (
            [Source(DatasetDict({"a": ONE, "b": ONE}), split="c")],
            ConfigError,
            "'c' is none of a, b",
        ),
        ([ONE.to_iterable_dataset()], ConfigError, "IterableDataset cannot be pooled"),
        ([Dataset.from_dict({"code": [1]})], ColumnError, "Column 'code' holds Value('int64')"),
        (["./no.jsonl"], ConfigError, "there is no file './no.jsonl'"),
    ],
)
def test_bad_sources(sources: list[Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        prepare(sources)
    assert message in str(caught.value)


def test_bad_options() -> None:
    with pytest.raises(ConfigError, match="duplicates: 'both' is none of"):
        prepare(SOURCES, duplicates="both")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="ngram: 0 is no number"):
        prepare(SOURCES, ngram=0)
    with pytest.raises(ColumnError, match="one: No column is recognised as a prompt"):
        prepare(SOURCES, [Benchmark(TWO.select_columns("lang"), name="one")])


def test_a_benchmark_in_which_nothing_can_be_found_is_an_error() -> None:
    empty = Dataset.from_dict({"task_id": ["a"], "prompt": [""], "canonical_solution": [" "]})
    with pytest.raises(ConfigError, match="no task has a prompt or a solution"):
        load_tasks(empty)
    with pytest.raises(ConfigError, match="no task has a prompt or a solution"):
        load_tasks(empty.select([]))


def test_a_file_stands_for_a_split_of_any_name(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"instruction": "Set x.", "program": "x = 1"}\n')
    source = Source("user/name", data_files=str(file), split="test", license="mit")
    assert prepare(source).dataset["program"] == ["x = 1"]
