"""Lengths of rows: what the real trainer cuts is foretold."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from datasets import Dataset, IterableDataset

from lintseq_datasets import DIFF_TOKEN
from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.mapping.accounting import Selection
from lintseq_datasets.training import LengthReport, filter_by_length, length_report
from tests.tiny import tiny_model
from tests.unit.training.trainers import prepared, trainer_of, with_token

pytest.importorskip("torch")


@pytest.mark.parametrize("output_format", ["default", "conversational"])
def test_tokens_are_those_of_the_trainer(output_format: Any) -> None:
    rows, tokenizer, made = prepared(output_format=output_format, max_length=None)
    report = length_report(rows, tokenizer, None)
    assert list(report.tokens) == [len(ids) for ids in made["input_ids"]]
    assert list(report.prompt_tokens) == [labels.count(-100) for labels in made["labels"]]
    assert report.total_tokens == sum(map(len, made["input_ids"]))
    assert report.loss_tokens == sum(label != -100 for labels in made["labels"] for label in labels)
    assert (report.too_long, report.without_loss) == (0, 0)


@pytest.mark.parametrize("limit", [5, 60, 90])
def test_what_the_trainer_cuts_is_foretold(limit: int) -> None:
    rows, tokenizer, made = prepared(max_length=limit)
    report = length_report(rows, tokenizer, limit)
    assert report.without_loss == len(rows) - len(made)
    with_end = sum(ids[-1] == tokenizer.eos_token_id for ids in made["input_ids"])
    assert report.too_long == len(rows) - with_end > 0

    fitting, count = filter_by_length(rows, tokenizer, limit)
    assert len(fitting) == with_end
    assert count == Selection(len(rows), with_end, {f"longer_than_{limit}": len(rows) - with_end})
    assert length_report(fitting, tokenizer, limit).too_long == 0


def test_a_row_of_just_the_limit_is_kept() -> None:
    tokenizer = with_token()
    rows = Dataset.from_dict({"prompt": ["a\n"], "completion": [f"{DIFF_TOKEN}b"]})
    (length,) = length_report(rows, tokenizer).tokens
    assert length == 5  # a, newline, token, b, end of sequence
    assert len(filter_by_length(rows, tokenizer, 5)[0]) == 1
    assert len(filter_by_length(rows, tokenizer, 4)[0]) == 0


def test_an_end_that_is_there_is_not_counted_twice() -> None:
    tokenizer = with_token()
    rows = Dataset.from_dict({"prompt": [""] * 2, "completion": ["b", "b<|endoftext|>"]})
    assert list(length_report(rows, tokenizer).tokens) == [2, 2]


def test_a_prompt_that_runs_into_its_completion() -> None:
    """Tokens that cross the boundary are trained, as the trainer has it."""
    rows, tokenizer, _ = prepared(max_length=None)
    rows = Dataset.from_dict({"prompt": ["def mai", "x "], "completion": ["n():", "= 1"]})
    made = trainer_of(tokenizer, tiny_model(tokenizer), rows, max_length=None).train_dataset
    report = length_report(rows, tokenizer)
    alone = [len(tokenizer(prompt)["input_ids"]) for prompt in rows["prompt"]]
    assert list(report.prompt_tokens) == [labels.count(-100) for labels in made["labels"]]
    assert list(report.prompt_tokens) != alone


@pytest.mark.parametrize(("prompt", "expected"), [(8, 0), (9, 1), (10, 1)])
def test_rows_of_which_nothing_is_left(prompt: int, expected: int) -> None:
    assert LengthReport(9, prompt_tokens=[prompt], tokens=[12]).without_loss == expected
    assert LengthReport(12, prompt_tokens=[prompt], tokens=[12]).without_loss == 0


def test_the_report_reads_well() -> None:
    report = LengthReport(10, prompt_tokens=[2] * 4, tokens=[1200, 8, 9, 10])
    assert str(report).splitlines() == [
        "rows                                   4",
        "tokens in all                      1,227",
        "  with a loss                      1,219 (99.3%)",
        "tokens per row, mean                 307",
        "  least                                8",
        "  5% have at most                      8",
        "  25% have at most                     8",
        "  50% have at most                     9",
        "  75% have at most                    10",
        "  95% have at most                 1,200",
        "  99% have at most                 1,200",
        "  most                             1,200",
        "longer than 10                         1 (25.0%)",
        "  would lose the end of sequence       1",
        "  would keep no token with a loss      0",
    ]
    assert json.loads(json.dumps(report.as_dict()))["p50"] == 9
    assert report.quantile(1) == 1200
    assert pickle.loads(pickle.dumps(report)) == report


def test_no_rows_have_no_tokens() -> None:
    rows = Dataset.from_dict({"prompt": ["a"], "completion": ["b"]}).select([])
    report = length_report(rows, with_token())
    assert (report.rows, report.total_tokens, report.loss_share, report.too_long) == (0, 0, 0.0, 0)
    assert "rows" in str(report)
    assert filter_by_length(rows, with_token())[1] == Selection(0, 0)


def test_streams_are_counted_too() -> None:
    rows, tokenizer, _ = prepared(max_length=None)
    stream = rows.to_iterable_dataset()
    assert length_report(stream, tokenizer) == length_report(rows, tokenizer)
    unknown = IterableDataset.from_generator(lambda: iter(rows))
    assert length_report(unknown, tokenizer).rows == len(rows)


def test_a_report_counts_only_for_its_rows() -> None:
    rows, tokenizer, _ = prepared(max_length=None)
    report = length_report(rows, tokenizer, None)
    direct, count = filter_by_length(rows, tokenizer, 60)
    again, same = filter_by_length(rows, tokenizer, 60, report=report)
    assert again.to_list() == direct.to_list()
    assert same == count
    with pytest.raises(ConfigError, match="report: is one of"):
        filter_by_length(rows.select([0]), tokenizer, 60, report=report)


def test_what_cannot_be_counted() -> None:
    tokenizer = with_token()
    rows = Dataset.from_dict({"prompt": ["a", None], "completion": ["b", "c"]})
    with pytest.raises(ColumnError, match="'prompt' holds None"):
        length_report(rows, tokenizer)
    with pytest.raises(ConfigError, match="max_length: 0 is no positive"):
        length_report(rows, tokenizer, 0)
    with pytest.raises(ConfigError, match="max_length"):
        filter_by_length(rows, tokenizer, True)
    tokenizer.eos_token = None
    with pytest.raises(ConfigError, match="no end-of-sequence token"):
        length_report(rows, tokenizer)
    chats = Dataset.from_dict(
        {name: [[{"role": "user", "content": "a"}]] for name in ("prompt", "completion")}
    )
    with pytest.raises(ConfigError, match="no chat template"):
        length_report(chats, with_token())


def test_progress_can_be_turned_off(capsys: pytest.CaptureFixture[str]) -> None:
    import datasets

    rows, tokenizer, _ = prepared(max_length=None)
    length_report(rows, tokenizer)
    shown = capsys.readouterr().err
    assert "Counting tokens: 100%" in shown
    assert f"{len(rows)}/{len(rows)}" in shown
    datasets.disable_progress_bars()
    try:
        length_report(rows, tokenizer)
    finally:
        datasets.enable_progress_bars()
    assert capsys.readouterr().err == ""
