"""TinyCodeLM: its architecture, its tokenizer and the mix that it was pretrained on."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from datasets import Dataset

from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.training import (
    PRETRAINING_MIX,
    pack_blocks,
    pretraining_mix,
    tinycodelm_config,
    train_tokenizer,
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
