"""A small tokenizer for trying things."""

from __future__ import annotations

import pytest

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.training import train_tokenizer
from tests.tiny import tiny_tokenizer

pytest.importorskip("transformers")


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
