"""Which rows are trained on, and what becomes of the others."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from datasets import Dataset, DatasetDict

from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.mapping.accounting import Selection
from lintseq_datasets.training import add_diff_token, training_rows
from tests.end_to_end.rows import SKIPPED
from tests.tiny import tiny_model, tiny_tokenizer
from tests.unit.training.trainers import edits, trainer_of

pytest.importorskip("torch")


@pytest.mark.parametrize("output_format", ["default", "conversational"])
def test_rows_without_a_sequence_are_dropped_and_counted(output_format: Any) -> None:
    rows = edits(output_format=output_format)
    kept, count = training_rows(rows)
    assert kept.column_names == ["prompt", "completion"]
    assert count == Selection(len(rows), len(kept), dict(Counter(SKIPPED.values())))
    assert kept.to_list() == [
        {"prompt": row["prompt"], "completion": row["completion"]}
        for row in rows
        if row["status"] == "ok"
    ]


def test_rows_that_start_from_a_state() -> None:
    started = edits(start="random_state")
    rows, count = training_rows(started, keep=["state"])
    assert count.kept == sum(status == "ok" for status in started["status"]) > 0
    assert any(rows["state"])
    tokenizer = tiny_tokenizer()
    model = tiny_model(tokenizer)
    token_id = add_diff_token(tokenizer, model)
    made = trainer_of(tokenizer, model, rows, max_length=None).train_dataset
    for row, ids, labels in zip(rows, made["input_ids"], made["labels"], strict=True):
        first = next(index for index, label in enumerate(labels) if label != -100)
        assert labels[first] == token_id
        assert row["state"] in tokenizer.decode(ids[:first])


def test_rows_of_other_kinds() -> None:
    rows = Dataset.from_dict(
        {
            "prompt": ["a\n", "b\n", None, "d\n", ""],
            "completion": ["<|diff|>x", "", "<|diff|>y", None, "<|diff|>z"],
            "state": ["s"] * 5,
            "status": ["ok", "ok", "ok", "ok", None],
            "text": ["t"] * 5,
        }
    )
    kept, count = training_rows(rows, keep=["state"])
    assert kept.to_list() == [{"prompt": "a\n", "completion": "<|diff|>x", "state": "s"}]
    assert count.dropped == {"empty_completion": 1, "no_text": 2, "no_status": 1}
    kept, count = training_rows(rows.remove_columns("status"))
    assert (len(kept), count.kept) == (2, 2)
    kept, count = training_rows(rows.select([]))
    assert (len(kept), count) == (0, Selection(0, 0))


def test_messages_without_content() -> None:
    rows = Dataset.from_dict(
        {
            "prompt": [[{"role": "user", "content": "a"}]] * 3,
            "completion": [[{"role": "assistant", "content": text}] for text in ("x", "", None)],
        }
    )
    assert training_rows(rows)[1].dropped == {"empty_completion": 2}


def test_what_are_no_rows() -> None:
    rows = Dataset.from_dict({"prompt": ["a"], "completion": ["b"], "text": ["c"], "n": [1]})
    with pytest.raises(ColumnError, match="need a column 'completion'"):
        training_rows(rows.remove_columns("completion"))
    with pytest.raises(ColumnError, match="must both be text"):
        training_rows(rows.remove_columns("prompt").rename_column("n", "prompt"))
    with pytest.raises(ColumnError, match="'text' is read by trainers"):
        training_rows(rows, keep=["text"])
    with pytest.raises(ColumnError, match="'m' is not there"):
        training_rows(rows, keep=["m"])
    with pytest.raises(ConfigError, match="one split: 'train'"):
        training_rows(DatasetDict(train=rows))  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="streaming"):
        training_rows(rows.to_iterable_dataset())  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="transform"):
        training_rows(rows.with_transform(lambda batch: batch))
    with pytest.raises(ConfigError, match="list is no dataset"):
        training_rows([])  # type: ignore[arg-type]


def test_the_published_columns_are_no_training_rows() -> None:
    with pytest.raises(ColumnError, match="prompt"):
        training_rows(edits(output_format="pylintseq"))


def test_counts_of_steps() -> None:
    both = Selection(9, 6, {"a": 3}).then(Selection(6, 4, {"b": 1, "a": 1}))
    assert both == Selection(9, 4, {"a": 4, "b": 1})
    assert str(both) == "9 rows in, 4 kept, 5 dropped (a 4, b 1)"
    with pytest.raises(ValueError, match="9 rows went in, 8 are accounted for"):
        Selection(9, 8)
    with pytest.raises(ValueError, match="6 rows were kept, 7 came in later"):
        Selection(9, 6, {"a": 3}).then(Selection(7, 7))
