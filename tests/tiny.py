"""A tiny model and its tokenizer, made here: nothing is downloaded."""

from __future__ import annotations

import json
from typing import Any

from examples.tinycodelm import tinycodelm_config
from lintseq_datasets.training import train_tokenizer
from tests.conftest import ROOT

EXAMPLES: list[dict[str, str]] = [
    json.loads(line)
    for line in (ROOT / "examples" / "programs.jsonl").read_text(encoding="utf-8").splitlines()
]

SHAPE = {
    "hidden_size": 64,
    "intermediate_size": 256,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}

CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}"
    "<|endoftext|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def tiny_tokenizer() -> Any:
    """A tokenizer of 600 tokens, trained on the example programs."""
    return train_tokenizer((text for row in EXAMPLES for text in row.values()), vocab_size=600)


def tiny_model(tokenizer: Any, **overrides: Any) -> Any:
    """TinyCodeLM's architecture with random weights, always the same ones."""
    import torch
    from transformers import OlmoForCausalLM

    torch.set_num_threads(1)
    torch.manual_seed(0)
    return OlmoForCausalLM(tinycodelm_config("150M", tokenizer, **{**SHAPE, **overrides}))
