"""TinyCodeLM in examples/: its architecture, its mix of data, its settings."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from examples.tinycodelm import (
    PRETRAINING_MIX,
    PretrainingRecipe,
    pack_blocks,
    pretraining_mix,
    tinycodelm_config,
)
from tests.tiny import EXAMPLES, tiny_tokenizer

torch = pytest.importorskip("torch")


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


def test_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import TrainingArguments
    from transformers.optimization import get_scheduler

    monkeypatch.setenv("WORLD_SIZE", "4")
    recipe = PretrainingRecipe()
    assert recipe.max_steps == 275421
    assert recipe.tokens == pytest.approx(72.2e9)
    config = TrainingArguments(**recipe.training_options(tmp_path, max_steps=1000))
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


def test_batches_that_do_not_come_out_even(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(SystemExit, match="512 rows in a step cannot be shared by 3 devices"):
        PretrainingRecipe().training_options("out")
