"""What `Dataset.map` was not told, or told wrongly, is answered by the mapper."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from datasets import Dataset

from lintseq_datasets import FEATURES, features_of, lintseq_map, randseq_map
from lintseq_datasets.errors import ConfigError

GOOD = "def f(a):\n    b = a + 1\n    return b"
ROWS = Dataset.from_dict({"instruction": ["a", "b", "c"], "response": ["def f(:", GOOD, GOOD]})
KINDS = {
    "plain": ROWS,
    "numpy": ROWS.with_format("numpy"),
    "stream": ROWS.to_iterable_dataset(),
}
TABLES = {"arrow": ROWS.with_format("arrow"), "stream": KINDS["stream"].with_format("arrow")}


def run(dataset: Any, function: Any = lintseq_map, *, options: Any = None, **told: Any) -> Any:
    told = {"batched": True, "remove_columns": ROWS.column_names, "features": FEATURES, **told}
    options = {"num_samples": 2, **(options or {})}
    if function is lintseq_map:
        options["linter"] = "syntax"
    return list(dataset.map(function, fn_kwargs=options, **told).with_format(None))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("function", [lintseq_map, randseq_map])
@pytest.mark.parametrize("removed", [None, ["instruction"], []])
@pytest.mark.parametrize("features", [None, FEATURES])
def test_forgotten_remove_columns(kind: str, function: Any, removed: Any, features: Any) -> None:
    with pytest.raises(ConfigError, match=r"remove_columns=dataset\.column_names") as caught:
        run(KINDS[kind], function, remove_columns=removed, features=features)
    assert caught.value.option == "remove_columns"


def test_in_a_worker() -> None:
    with pytest.raises(ConfigError, match=r"remove_columns=dataset\.column_names"):
        run(ROWS, remove_columns=None, num_proc=2)


@pytest.mark.parametrize("kind", TABLES)
def test_tables_have_no_columns_that_stay(kind: str) -> None:
    rows = run(TABLES[kind], remove_columns=None, features=None)
    assert [row["status"] for row in rows] == ["skipped:syntax_error"] + ["ok"] * 4


def test_columns_stay_where_each_row_becomes_one() -> None:
    rows = run(ROWS, remove_columns=None, features=None, options={"num_samples": 1})
    assert [row["instruction"] + "\n" for row in rows] == [row["prompt"] for row in rows]
    with pytest.raises(ConfigError, match="remove_columns"):
        run(ROWS, remove_columns=None, options={"num_samples": 1})  # FEATURES lack them
    with pytest.raises(ConfigError, match="remove_columns"):
        run(ROWS, remove_columns=None, options={"num_samples": 1, "on_error": "skip"})


@pytest.mark.parametrize("kind", [*KINDS, "arrow"])
@pytest.mark.parametrize(
    ("options", "call"),
    [
        ({"output_format": "conversational"}, "features_of('conversational')"),
        ({"output_format": "pylintseq"}, "features_of('pylintseq')"),
        (
            {"output_format": "next_edit", "conversational": True},
            "features_of('next_edit', conversational=True)",
        ),
        ({"start": "random_state"}, "features_of(start='random_state')"),
    ],
)
def test_features_of_other_rows(kind: str, options: dict[str, Any], call: str) -> None:
    dataset = {**KINDS, **TABLES}[kind]
    with pytest.raises(ConfigError) as caught:
        run(dataset, options=options)
    assert f"pass features={call}" in str(caught.value)
    fitting = features_of(**options)
    assert run(dataset, options=options, features=fitting)
    with pytest.raises(ConfigError, match="pass features=FEATURES"):
        run(dataset, features=fitting)


def test_types_that_could_not_be_told() -> None:
    with pytest.raises(ConfigError, match="pass features=FEATURES"):
        run(ROWS, features=None, batch_size=1)
    assert len(run(ROWS, features=None)) == 5
    assert len(run(ROWS.select([0]), features=None)) == 1


def test_a_stream_without_types(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        run(KINDS["stream"], features=None, options={"start": "given", "state_column": "response"})
    assert "pass features=features_of(start='given')" in caplog.text


def test_a_stream_of_tables_that_would_lose_columns() -> None:
    source = Dataset.from_dict({"prompt": ["a"], "completion": [GOOD]})
    stream = source.to_iterable_dataset().with_format("arrow")
    with pytest.raises(ConfigError, match="'prompt' of the result would be removed"):
        run(stream, remove_columns=source.column_names)


def test_a_function_of_the_users_does_as_it_likes() -> None:
    found = ROWS.map(lambda batch: {"n": [len(lintseq_map(batch)["status"])] * 3}, batched=True)
    assert found["n"][:] == [11] * 3
