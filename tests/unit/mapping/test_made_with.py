"""Rows say how they were made, wherever they go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import datasets
import pytest

from lintseq_datasets import FEATURES, LintSeqConfig, lintseq_map, randseq_map, refactor
from lintseq_datasets.linters.base import LintResult
from lintseq_datasets.mapping.columns import Columns
from lintseq_datasets.mapping.made_with import made_with, read_made_with
from lintseq_datasets.mapping.options import Reading
from lintseq_datasets.mapping.plan import Plan
from lintseq_datasets.mapping.provenance import provenance

ROWS = {"instruction": ["Add.", "Broken."], "response": ["a = 1\nb = a", "def ("]}
SOURCE = datasets.Dataset.from_dict(ROWS)
FAST: dict[str, Any] = {"linter": "syntax", "num_samples": 2}


def said(rows: Any) -> dict[str, Any]:
    """What all rows say; asserts that it is the same."""
    (text,) = set(rows["made_with"])
    found: dict[str, Any] = json.loads(text)
    return found


def test_what_rows_say() -> None:
    found = said(lintseq_map(ROWS, **FAST, seed=7, fences="first"))
    assert found["config"] == {"num_samples": 2, "seed": 7, "linter": "syntax"}
    assert found["options"] == {"fences": "first"}
    assert found["columns"] == {"instruction": "instruction", "program": "response"}
    assert found["method"] == "lintseq"
    assert found["linter"].startswith("syntax python ")
    assert {"lintseq-datasets", "algorithm", "python"} < set(found)
    assert "options" not in said(randseq_map(ROWS))


def test_the_same_run_says_the_same() -> None:
    one = said(lintseq_map(ROWS, **FAST))
    for other in (
        lintseq_map(ROWS, config=LintSeqConfig(**FAST)),
        lintseq_map({name: values[:1] for name, values in ROWS.items()}, **FAST),
        lintseq_map(ROWS, **FAST, program_column="response", max_lines=1000),
        lintseq_map(ROWS, **FAST, on_error="skip", output_format="conversational"),
        refactor(SOURCE, **FAST, num_proc=2, batch_size=1),
        datasets.Dataset.from_list(list(refactor(SOURCE.to_iterable_dataset(), **FAST))),
    ):
        assert said(other) == one
    for other in (
        lintseq_map(ROWS, **{**FAST, "seed": 1}),
        lintseq_map({"code": ROWS["response"]}, **FAST),
        lintseq_map(ROWS, **FAST, turns="each"),
        randseq_map(ROWS, num_samples=2),
    ):
        assert said(other) != one


class Mine:
    name = "mine 1"

    def lint(self, texts: list[str]) -> list[LintResult]:
        return [() for _ in texts]


def test_a_linter_that_is_an_object_is_called_by_its_name() -> None:
    assert said(lintseq_map(ROWS, linter=Mine()))["config"] == {"linter": "mine 1"}


def test_it_is_read_again() -> None:
    plan = Plan(LintSeqConfig.reference(errors=("E", "F")), Reading(turns="first"))
    text = made_with(plan, Columns("a", "b"), "pylint 4")
    found = read_made_with(text)
    assert found is not None
    assert found["config"]["forgive_own_errors"] is False
    assert found["config"]["errors"] == ["E", "F"]
    assert (found["config"]["time_limit"], found["options"]["solutions"]) == (600.0, "first")
    # Defaults of another version are not known.
    other = read_made_with(text.replace('"algorithm":"', '"algorithm":"9'))
    assert other is not None
    assert "time_limit" not in other["config"]


@pytest.mark.parametrize(
    "text",
    [None, 3, "", "{", "[]", "null", '{"method": 1}', '{"method": "lintseq", "config": []}',
     '{"method": "lintseq", "config": {"a": {}}}', '{"method": "x", "columns": {"a": [1]}}',
     '{"method": "lintseq", "linter": {}}', "[" * 9999, '{"method": "' + "x" * 30_000 + '"}'],
)  # fmt: skip
def test_what_does_not_say_it(text: Any) -> None:
    assert read_made_with(text) is None


def test_it_travels(tmp_path: Path) -> None:
    mapped = SOURCE.map(
        lintseq_map, batched=True, remove_columns=SOURCE.column_names, features=FEATURES,
        fn_kwargs=FAST,
    )  # fmt: skip
    known = provenance(mapped)
    assert known is not None
    assert (known["method"], known["config"]["num_samples"]) == ("lintseq", 2)
    assert known["source"]["columns"] == {"instruction": "instruction", "program": "response"}
    assert known["accounting"] is None
    mapped.to_parquet(str(tmp_path / "rows.parquet"))
    mapped.to_json(str(tmp_path / "rows.jsonl"))
    for travelled in (
        datasets.Dataset.from_parquet(str(tmp_path / "rows.parquet")),
        datasets.Dataset.from_json(str(tmp_path / "rows.jsonl")),
        datasets.Dataset.from_pandas(mapped.to_pandas()),
        mapped.filter(lambda row: row["status"] == "ok"),
        datasets.concatenate_datasets([mapped, mapped]),
        datasets.concatenate_datasets([mapped, refactor(SOURCE, **FAST)]),
    ):
        found = provenance(travelled)
        assert found is not None
        for name in ("method", "config", "linter", "accounting", "made_with"):
            assert found[name] == known[name], name


def test_the_usual_linter_need_not_be_named() -> None:
    batch = {"code": ["n = 4"]}
    assert lintseq_map(batch, linter="pylint")["made_with"] == lintseq_map(batch)["made_with"]
    assert lintseq_map(batch, linter="syntax")["made_with"] != lintseq_map(batch)["made_with"]
