"""Tokens, rows, lengths, recipes and configurations for training."""

from __future__ import annotations

import dataclasses
import json
import logging
import pickle
import sys
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, DatasetDict, IterableDataset

from lintseq_datasets import DIFF_TOKEN, refactor
from lintseq_datasets.errors import ColumnError, ConfigError, MissingExtraError
from lintseq_datasets.training import (
    PRETRAINING_MIX,
    RECIPES,
    FinetuningRecipe,
    LengthReport,
    PretrainingRecipe,
    RowCount,
    add_diff_token,
    add_lora,
    filter_by_length,
    length_report,
    lora_config,
    pack_blocks,
    pretraining_mix,
    tinycodelm_config,
    train_tokenizer,
    training_rows,
)
from tests.conftest import ROOT
from tests.end_to_end.rows import ROWS, SKIPPED
from tests.tiny import CHAT_TEMPLATE, EXAMPLES, tiny_model, tiny_tokenizer

torch = pytest.importorskip("torch")

TEXT = f"a =  [ 1 ] .\n{DIFF_TOKEN}@@ -0,0 +1 @@\n+b = 'é\u2028'\n{DIFF_TOKEN}@@ -1,0 +2 @@\n+"


def edits(**options: Any) -> Dataset:
    return refactor(Dataset.from_list(ROWS), num_samples=2, linter="syntax", **options)


def with_token() -> Any:
    tokenizer = tiny_tokenizer()
    add_diff_token(tokenizer)
    return tokenizer


def trainer_of(tokenizer: Any, model: Any, rows: Dataset, **options: Any) -> Any:
    from trl import SFTConfig, SFTTrainer

    config = RECIPES["tinycodelm-150m"].sft_options(
        tempfile.mkdtemp(), save_strategy="no", **options
    )
    return SFTTrainer(
        model, args=SFTConfig(**config), train_dataset=rows, processing_class=tokenizer
    )


@cache
def prepared(**options: Any) -> Any:
    """Rows, and what the real trainer makes of them."""
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = CHAT_TEMPLATE
    model = tiny_model(tokenizer)
    add_diff_token(tokenizer, model)
    output_format = options.pop("output_format", "default")
    rows, _ = training_rows(edits(output_format=output_format))
    trainer = trainer_of(tokenizer, model, rows, **options)
    return rows, tokenizer, trainer.train_dataset


# --- the token -----------------------------------------------------------------------


def test_the_token_is_one_token_that_decoding_keeps() -> None:
    tokenizer = tiny_tokenizer()
    assert tokenizer.decode(tokenizer(TEXT)["input_ids"]) == TEXT  # many tokens so far
    token_id = add_diff_token(tokenizer)
    ids = tokenizer(TEXT)["input_ids"]
    assert ids.count(token_id) == 2
    assert tokenizer.decode(ids, skip_special_tokens=True) == TEXT
    assert tokenizer.decode([token_id], skip_special_tokens=True) == DIFF_TOKEN


@pytest.mark.parametrize("tied", [True, False])
def test_embeddings_grow_once(tied: bool) -> None:
    tokenizer = tiny_tokenizer()
    model = tiny_model(tokenizer, vocab_size=600, tie_word_embeddings=tied)
    before = [layer.weight.detach().clone() for layer in layers(model)]
    token_id = add_diff_token(tokenizer, model)
    assert token_id == 600
    assert model.config.vocab_size == 601
    for layer, old in zip(layers(model), before, strict=True):
        assert layer.weight.shape == (601, 64)
        assert torch.equal(layer.weight[:600], old)
        mean, new = old.mean(dim=0), layer.weight[600]
        assert (new - mean).norm() < 0.1 * old.norm(dim=1).mean()
    assert (layers(model)[0].weight is layers(model)[1].weight) == tied
    model(torch.tensor([[5, token_id, 6]]))  # no IndexError

    grown = [layer.weight.detach().clone() for layer in layers(model)]
    assert add_diff_token(tokenizer, model) == token_id
    assert len(tokenizer) == 601
    for layer, old in zip(layers(model), grown, strict=True):
        assert torch.equal(layer.weight, old)


@pytest.mark.parametrize("tied", [True, False])
def test_spare_rows_are_used_and_never_cut(tied: bool) -> None:
    tokenizer = tiny_tokenizer()
    model = tiny_model(tokenizer, tie_word_embeddings=tied)
    before = [layer.weight.detach().clone() for layer in layers(model)]
    token_id = add_diff_token(tokenizer, model)
    assert model.config.vocab_size == 640
    for layer, old in zip(layers(model), before, strict=True):
        assert torch.allclose(layer.weight[token_id], old[:600].mean(dim=0), atol=1e-6)
        others = [index for index in range(640) if index != token_id]
        assert torch.equal(layer.weight[others], old[others])

    with torch.no_grad():
        layers(model)[0].weight[token_id] = 7.0  # as if it was trained
    add_diff_token(tokenizer, model)
    assert torch.all(layers(model)[0].weight[token_id] == 7.0)


def layers(model: Any) -> tuple[Any, Any]:
    return model.get_input_embeddings(), model.get_output_embeddings()


def test_embeddings_of_a_tokenizer_that_has_the_token() -> None:
    tokenizer = with_token()
    model = tiny_model(tokenizer, vocab_size=600)
    assert add_diff_token(tokenizer, model) == 600
    assert model.config.vocab_size == 601


@pytest.mark.parametrize(
    ("rows", "multiple", "expected"),
    [(600, 64, 640), (640, 64, 640), (610, 16, 624), (700, None, 700)],
)
def test_rows_in_multiples(rows: int, multiple: int | None, expected: int) -> None:
    tokenizer = tiny_tokenizer()
    model = tiny_model(tokenizer, vocab_size=rows)
    add_diff_token(tokenizer, model, pad_to_multiple_of=multiple)
    assert model.config.vocab_size == expected


def test_a_special_token_is_refused() -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": [DIFF_TOKEN]})
    with pytest.raises(ConfigError, match="special token, which decoding drops"):
        add_diff_token(tokenizer)


def test_a_tokenizer_that_changes_texts_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    from tokenizers.normalizers import Lowercase, Replace, Sequence

    tokenizer = tiny_tokenizer()
    tokenizer.backend_tokenizer.normalizer = Sequence([Lowercase(), Replace("\n", " ")])
    with caplog.at_level(logging.WARNING):
        add_diff_token(tokenizer)
    assert "does not give texts back unchanged" in caplog.text


def test_a_multiple_of_nothing() -> None:
    tokenizer = tiny_tokenizer()
    with pytest.raises(ConfigError, match="pad_to_multiple_of"):
        add_diff_token(tokenizer, tiny_model(tokenizer), pad_to_multiple_of=0)


# --- rows ----------------------------------------------------------------------------


@pytest.mark.parametrize("output_format", ["default", "conversational"])
def test_rows_without_a_sequence_are_dropped_and_counted(output_format: Any) -> None:
    rows = edits(output_format=output_format)
    kept, count = training_rows(rows)
    assert kept.column_names == ["prompt", "completion"]
    assert count == RowCount(len(rows), len(kept), dict(Counter(SKIPPED.values())))
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
    assert (len(kept), count) == (0, RowCount(0, 0))


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
    both = RowCount(9, 6, {"a": 3}).then(RowCount(6, 4, {"b": 1, "a": 1}))
    assert both == RowCount(9, 4, {"a": 4, "b": 1})
    assert str(both) == "9 rows in, 4 kept, 5 dropped (a: 4, b: 1)"
    with pytest.raises(ValueError, match="9 rows went in, 8 are accounted for"):
        RowCount(9, 8)
    with pytest.raises(ValueError, match="6 rows were kept, 7 came in later"):
        RowCount(9, 6, {"a": 3}).then(RowCount(7, 7))


# --- lengths -------------------------------------------------------------------------


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
    assert count == RowCount(len(rows), with_end, {f"longer_than_{limit}": len(rows) - with_end})
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
    assert filter_by_length(rows, with_token())[1] == RowCount(0, 0)


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


# --- recipes -------------------------------------------------------------------------

# From the published training scripts: learning rate, rows at a time, GPUs.
PUBLISHED = {
    "upiter/TinyCodeLM-150M": (3e-4, 16, 1),
    "upiter/TinyCodeLM-400M": (3e-4, 16, 1),
    "google/gemma-2-2b": (5e-5, 2, 2),
    "microsoft/Phi-3-mini-4k-instruct": (5e-5, 2, 2),
    "microsoft/Phi-3-medium-4k-instruct": (1e-5, 2, 4),
    "meta-llama/Meta-Llama-3.1-8B": (1e-5, 1, 2),
}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_recipes_are_what_sft_config_takes(recipe: FinetuningRecipe, tmp_path: Path) -> None:
    from trl import SFTConfig

    rate, per_device, devices = PUBLISHED[recipe.model]
    config = SFTConfig(**recipe.sft_options(tmp_path, num_devices=devices))
    assert config.learning_rate == rate
    assert config.per_device_train_batch_size == per_device
    assert per_device * devices * config.gradient_accumulation_steps == 512
    assert config.num_train_epochs == 2  # ten over the programs, five sequences for each
    assert config.lr_scheduler_type == "linear"
    assert config.get_warmup_steps(2000) == 2
    assert config.weight_decay == 0.01
    assert config.max_length == 1024
    assert config.completion_only_loss is True
    assert config.bf16 == torch.cuda.is_available()
    assert recipe.num_devices == devices


def test_every_published_run_has_a_recipe() -> None:
    assert {recipe.model for recipe in RECIPES.values()} == set(PUBLISHED)


def test_recipes_can_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = RECIPES["gemma-2-2b"]
    options = recipe.sft_options("out", num_samples=1, per_device_train_batch_size=4, seed=3)
    assert options["num_train_epochs"] == 10
    assert options["gradient_accumulation_steps"] == 128
    assert options["seed"] == 3
    monkeypatch.setenv("WORLD_SIZE", "8")
    assert recipe.sft_options("out")["gradient_accumulation_steps"] == 32
    assert recipe.sft_options("out", num_devices=1)["gradient_accumulation_steps"] == 256
    options = recipe.sft_options("out", gradient_accumulation_steps=3, max_length=None)
    assert (options["gradient_accumulation_steps"], options["max_length"]) == (3, None)
    small = dataclasses.replace(recipe, total_batch_size=16)
    assert small.sft_options("out")["gradient_accumulation_steps"] == 1


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"num_devices": 3}, "512 rows in a step cannot be shared by 3 devices with 2 rows"),
        ({"num_devices": 0}, "num_devices"),
        ({"num_samples": 0}, "num_samples"),
        ({"per_device_train_batch_size": 0}, "cannot be shared"),
    ],
)
def test_recipes_that_do_not_come_out_even(options: Any, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        RECIPES["gemma-2-2b"].sft_options("out", **options)


def test_the_pretraining_recipe(tmp_path: Path) -> None:
    from transformers import TrainingArguments
    from transformers.optimization import get_scheduler

    recipe = PretrainingRecipe()
    assert recipe.tokens == pytest.approx(72.2e9)
    config = TrainingArguments(**recipe.training_options(tmp_path, num_devices=4, max_steps=1000))
    assert config.per_device_train_batch_size * config.gradient_accumulation_steps * 4 == 512
    assert (config.adam_beta1, config.adam_beta2, config.adam_epsilon) == (0.9, 0.95, 1e-5)
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=config.learning_rate)
    schedule = get_scheduler(
        config.lr_scheduler_type, optimizer, config.get_warmup_steps(1000), 1000,
        config.lr_scheduler_kwargs,
    )  # fmt: skip
    rates = []
    for _ in range(1000):
        optimizer.step()
        schedule.step()
        rates.append(optimizer.param_groups[0]["lr"])
    assert max(rates) == pytest.approx(3e-4)
    assert rates.index(max(rates)) == 99  # steps of the rise
    assert rates[-1] == pytest.approx(3e-5)


# --- TinyCodeLM ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "parameters", "megabytes"),
    [("150M", 151_879_680, 608), ("400M", 454_164_480, 1_817)],
)
def test_parameters_are_those_of_the_published_weights(
    size: Any, parameters: int, megabytes: int
) -> None:
    from transformers import OlmoForCausalLM

    config = tinycodelm_config(size)
    with torch.device("meta"):
        model = OlmoForCausalLM(config)
    assert model.num_parameters() == parameters
    # The published files hold the weights as float32: 608 MB and 1.82 GB.
    assert round(parameters * 4 / 1e6) == megabytes
    assert model.get_input_embeddings().weight is model.get_output_embeddings().weight
    assert config.num_key_value_heads == config.num_attention_heads
    assert config.hidden_size // config.num_attention_heads == 64
    assert (config.vocab_size, config.eos_token_id, config.pad_token_id) == (50304, 50279, 1)


def test_the_shape_can_be_changed() -> None:
    tokenizer = tiny_tokenizer()
    config = tinycodelm_config("400M", tokenizer, num_attention_heads=4, hidden_size=64)
    assert (config.vocab_size, config.num_key_value_heads, config.num_hidden_layers) == (640, 4, 24)
    assert (config.eos_token_id, config.pad_token_id) == (0, 1)
    with pytest.raises(ConfigError, match="'7B' is none of '150M', '400M'"):
        tinycodelm_config("7B")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["", "\r\n\x00\x85\u2028\ufeff", "  a  .  b \t\n\n", "e\u0301 👩‍👩‍👧 \ud7ff"]
)
def test_trained_tokenizers_give_every_text_back(text: str) -> None:
    tokenizer = tiny_tokenizer()
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
    assert len(tokenizer) == 600
    assert (tokenizer.eos_token, tokenizer.pad_token) == ("<|endoftext|>", "<|padding|>")


def test_trained_tokenizers_are_reproducible() -> None:
    assert tiny_tokenizer().get_vocab() == tiny_tokenizer().get_vocab()
    with pytest.raises(ConfigError, match="100 is less than 258"):
        train_tokenizer(["a"], vocab_size=100)


def test_blocks_hold_the_texts_in_order() -> None:
    tokenizer = tiny_tokenizer()
    texts = [row["response"] for row in EXAMPLES]
    rows = Dataset.from_dict({"content": [texts[0], None, "", *texts[1:]], "n": [1] * 34})
    expected = [i for text in texts for i in [*tokenizer(text)["input_ids"], 0]]
    packed = pack_blocks(rows, tokenizer, column="content", block_size=50)
    assert packed.column_names == ["input_ids"]
    assert {len(ids) for ids in packed["input_ids"]} == {50}
    blocks = len(expected) // 50
    assert [i for ids in packed["input_ids"] for i in ids] == expected[: blocks * 50]
    stream = pack_blocks(rows.to_iterable_dataset(), tokenizer, column="content", block_size=50)
    assert list(stream) == packed.to_list()


def test_what_cannot_be_packed() -> None:
    tokenizer = tiny_tokenizer()
    rows = Dataset.from_dict({"content": ["a"]})
    with pytest.raises(ColumnError, match="no column 'text'"):
        pack_blocks(rows, tokenizer)
    with pytest.raises(ConfigError, match="block_size"):
        pack_blocks(rows, tokenizer, column="content", block_size=0)
    tokenizer.eos_token = None
    with pytest.raises(ConfigError, match="end-of-sequence"):
        pack_blocks(rows, tokenizer, column="content")


def test_the_mix_has_the_shares_of_the_paper() -> None:
    assert [source.dataset for source in PRETRAINING_MIX] == [
        "HuggingFaceFW/fineweb", "bigcode/the-stack",
    ]  # fmt: skip
    tokenizer = tiny_tokenizer()
    web = Dataset.from_dict({"text": ["w" * 40] * 3000})
    code = Dataset.from_dict({"content": ["c" * 400] * 1000})
    (w,), (c,) = tokenizer("w")["input_ids"], tokenizer("c")["input_ids"]
    for kind in (lambda rows: rows, lambda rows: rows.to_iterable_dataset()):
        mixed = pretraining_mix([kind(web), kind(code)], tokenizer, block_size=50, seed=1)
        tokens = Counter(i for row in mixed for i in row["input_ids"])
        share = tokens[w] / (tokens[w] + tokens[c])
        assert share == pytest.approx(10.4 / 72.2, abs=0.02)


def test_mixes_that_cannot_be() -> None:
    tokenizer = tiny_tokenizer()
    web = Dataset.from_dict({"text": ["w" * 400]})
    with pytest.raises(ConfigError, match="1 datasets for 2 sources"):
        pretraining_mix([web], tokenizer)
    with pytest.raises(ConfigError, match="'bigcode/the-stack' has fewer than the 9 tokens"):
        pretraining_mix([web, Dataset.from_dict({"content": ["c"]})], tokenizer, block_size=9)


# --- LoRA ----------------------------------------------------------------------------


@pytest.mark.parametrize("tied", [True, False])
def test_lora_names_the_embeddings(tied: bool) -> None:
    tokenizer = tiny_tokenizer()
    model = tiny_model(tokenizer, tie_word_embeddings=tied)
    with pytest.raises(ConfigError, match="add_diff_token first"):
        lora_config(model, tokenizer)
    token_id = add_diff_token(tokenizer, model)
    names = ["embed_tokens"] if tied else ["embed_tokens", "lm_head"]
    config = lora_config(model, tokenizer, r=8)
    assert (config.r, config.lora_alpha, config.ensure_weight_tying) == (8, 16, tied)
    assert config.modules_to_save == ["embed_tokens", "lm_head"]
    config = lora_config(model, tokenizer, row_only=True)
    assert (config.modules_to_save, config.ensure_weight_tying) == (None, False)
    assert config.trainable_token_indices == {name: [token_id] for name in names}


def test_lora_trains_one_row_of_the_embeddings() -> None:
    tokenizer = tiny_tokenizer()
    model = tiny_model(tokenizer)
    add_diff_token(tokenizer, model)
    lora = add_lora(model, tokenizer, r=4)
    trained = {name: weight.numel() for name, weight in lora.named_parameters()
               if weight.requires_grad}  # fmt: skip
    assert all("lora_" in name or "trainable_tokens_delta" in name for name in trained)
    assert sum(count for name, count in trained.items() if "lora_" not in name) == 64


# --- configuration files -------------------------------------------------------------

CONFIGS = ROOT / "examples" / "accelerate"


@pytest.mark.parametrize(("name", "device"), [("zero3", "none"), ("zero3_offload", "cpu")])
def test_accelerate_takes_the_configurations(name: str, device: str) -> None:
    from accelerate.commands.config.config_args import load_config_from_file
    from accelerate.commands.launch import _validate_launch_command, launch_command_parser

    path = str(CONFIGS / f"{name}.yaml")
    config = load_config_from_file(path)  # refuses keys that it does not know
    assert config.distributed_type == "DEEPSPEED"
    args = launch_command_parser().parse_args(
        ["--config_file", path, "--num_processes", "4", "examples/train_trl.py", "edits"]
    )
    args, _, _ = _validate_launch_command(args)
    assert args.use_deepspeed
    assert args.zero_stage == 3
    assert args.num_processes == 4
    assert args.mixed_precision == "bf16"
    assert args.offload_param_device == args.offload_optimizer_device == device
    assert args.zero3_init_flag is True
    assert args.zero3_save_16bit_model is True


@pytest.mark.parametrize("name", ["zero3", "zero3_offload"])
def test_deepspeed_files_leave_the_numbers_to_the_recipe(name: str) -> None:
    from accelerate.utils.deepspeed import HfDeepSpeedConfig

    config = HfDeepSpeedConfig(str(CONFIGS / f"{name}.json"))
    assert config.is_zero3()
    assert config.is_offload() == name.endswith("offload")
    for key in (
        "gradient_accumulation_steps", "train_batch_size", "train_micro_batch_size_per_gpu",
        "gradient_clipping", "bf16.enabled", "zero_optimization.reduce_bucket_size",
    ):  # fmt: skip
        assert config.get_value(key) == "auto", key
    assert "optimizer" not in config.config  # the trainer's: AdamW, and the recipe's schedule
    assert "scheduler" not in config.config
    assert config.get_value("zero_optimization.stage3_gather_16bit_weights_on_model_save")


# --- without the extra ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "extra", "call"),
    [
        ("transformers", "train", lambda tokenizer, model: tinycodelm_config("150M")),
        ("transformers", "train", lambda tokenizer, model: train_tokenizer(["a"])),
        ("tokenizers", "train", lambda tokenizer, model: add_diff_token(tokenizer)),
        ("torch", "train", lambda tokenizer, model: RECIPES["gemma-2-2b"].sft_options("out")),
        ("peft", "lora", lambda tokenizer, model: lora_config(model, tokenizer)),
        ("peft", "lora", lambda tokenizer, model: add_lora(model, tokenizer)),
    ],
)
def test_a_missing_extra_is_named(
    module: str, extra: str, call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = with_token()
    model = tiny_model(tokenizer)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"{module} is not installed.*\[{extra}\]"):
        call(tokenizer, model)


def test_what_a_library_lacks_is_its_own_error(tmp_path: Path, monkeypatch: Any) -> None:
    from lintseq_datasets._extras import library

    (tmp_path / "half_installed.py").write_text("import no_such_module_of_its")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_module_of_its") as caught:
        library("half_installed", "train")
    assert not isinstance(caught.value, MissingExtraError)
