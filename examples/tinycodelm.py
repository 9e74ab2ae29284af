"""TinyCodeLM, as `pretrain_tinycodelm.py` pretrains it: architecture, mix of data, settings.

Where the numbers come from is said in docs/training.md.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from datasets import Dataset, Features, IterableDataset, List, Value, interleave_datasets

_AnyDataset = TypeVar("_AnyDataset", Dataset, IterableDataset)

# --- the architecture (Table 3) ------------------------------------------------------

SHAPES: dict[str, dict[str, int]] = {
    "150M": {
        "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
        "num_attention_heads": 12,
    },
    "400M": {
        "hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24,
        "num_attention_heads": 16,
    },
}  # fmt: skip


def tinycodelm_config(size: str, tokenizer: Any = None, **overrides: Any) -> Any:
    """The architecture: OLMo's decoder in the two smallest shapes of GPT-2.

    Rotary positions, SwiGLU, layer norms without parameters, no biases, input and output
    embedding tied.

    Args:
        size: ``"150M"`` (151,879,680 parameters) or ``"400M"`` (454,164,480).
        tokenizer: Gives the size of the vocabulary, rounded up to a multiple of 128, and the
            ids of its tokens. By default those of TinyCodeLM: 50,304 rows, where its tokenizer
            uses 50,280.
        **overrides: Arguments of `transformers.OlmoConfig` that replace those of the size.
    """
    from transformers import OlmoConfig

    tokens = {"vocab_size": 50304, "eos_token_id": 50279, "pad_token_id": 1}
    if tokenizer is not None:
        tokens = {
            "vocab_size": -(-len(tokenizer) // 128) * 128,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        }
    shape = {
        "max_position_embeddings": 1024,
        "tie_word_embeddings": True,
        "bos_token_id": None,
        **tokens,
        **SHAPES[size],
        **overrides,
    }
    # Each head has keys and values of its own, also where another number of heads is given.
    shape.setdefault("num_key_value_heads", shape["num_attention_heads"])
    return OlmoConfig(**shape)


# --- the data (Table 4) --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MixSource:
    """One source of the pretraining data.

    Args:
        dataset: Id on the Hub.
        column: Column that holds the text.
        tokens: Its tokens; they are its share of the mix.
        options: What `datasets.load_dataset` needs beside the id.
    """

    dataset: str
    column: str
    tokens: float
    options: Mapping[str, str] = field(default_factory=dict, hash=False)


PRETRAINING_MIX = (
    MixSource("HuggingFaceFW/fineweb", "text", 10.4e9, {"name": "sample-10BT"}),
    MixSource("bigcode/the-stack", "content", 61.8e9, {"data_dir": "data/python"}),
)
"""Web text and Python, 72 billion tokens."""


def pack_blocks(
    dataset: _AnyDataset, tokenizer: Any, *, column: str, block_size: int = 1024
) -> _AnyDataset:
    """Pack texts into rows of the same number of tokens, in the column ``input_ids``.

    Texts stand one after the other, each ended by the end-of-sequence token. What is left over
    at the end of a batch of rows, less than a block, is dropped. Rows without a text are passed
    over.
    """
    return dataset.map(
        _pack,
        batched=True,
        remove_columns=dataset.column_names,
        features=Features({"input_ids": List(Value("int32"))}),
        fn_kwargs={"tokenizer": tokenizer, "column": column, "block_size": block_size},
    )


def _pack(
    batch: Mapping[str, list[Any]], *, tokenizer: Any, column: str, block_size: int
) -> dict[str, list[list[int]]]:
    texts = [text for text in batch[column] if text]
    tokens: list[int] = []
    if texts:
        for ids in tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]:
            tokens += [*ids, tokenizer.eos_token_id]
    starts = range(0, len(tokens) - block_size + 1, block_size)
    return {"input_ids": [tokens[start : start + block_size] for start in starts]}


def pretraining_mix(
    datasets: Sequence[_AnyDataset], tokenizer: Any, *, block_size: int = 1024, seed: int = 0
) -> _AnyDataset:
    """Mix the sources in the shares of their tokens.

    Each source is packed first, and blocks are drawn rather than texts: the shares are shares of
    tokens, and a file of The Stack and a page of FineWeb differ in length.

    Args:
        datasets: One dataset for each source of `PRETRAINING_MIX`, in its order; all streaming,
            or none.
        tokenizer: The tokenizer; it must have an end-of-sequence token.
        block_size: Tokens in a row of the result.
        seed: Seed of the draws.
    """
    packed = [
        pack_blocks(dataset, tokenizer, column=source.column, block_size=block_size)
        for dataset, source in zip(datasets, PRETRAINING_MIX, strict=True)
    ]
    total = sum(source.tokens for source in PRETRAINING_MIX)
    shares = [source.tokens / total for source in PRETRAINING_MIX]
    return interleave_datasets(packed, probabilities=shares, seed=seed)


# --- the settings (Table 3) ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PretrainingRecipe:
    """How TinyCodeLM is pretrained; one recipe for both sizes.

    Args:
        learning_rate: Peak of the learning rate.
        warmup_steps: Steps in which the learning rate rises.
        epochs: Passes over the mix.
        tokens: Tokens of one pass.
        block_size: Tokens in a row. Our choice.
        total_batch_size: Rows in one step of the optimizer, over all devices: 524,288 tokens.
        per_device_batch_size: Rows that one device takes at a time. Our choice.
        seed: Seed of the mix and of the weights. Our choice.
    """

    learning_rate: float = 3e-4
    warmup_steps: int = 100
    epochs: int = 2
    tokens: float = sum(source.tokens for source in PRETRAINING_MIX)
    block_size: int = 1024
    total_batch_size: int = 512
    per_device_batch_size: int = 16
    seed: int = 0

    @property
    def max_steps(self) -> int:
        """Steps of the optimizer in all epochs; a stream must be told."""
        return max(1, round(self.epochs * self.tokens / (self.total_batch_size * self.block_size)))

    def training_options(
        self, output_dir: str | os.PathLike[str], **overrides: Any
    ) -> dict[str, Any]:
        """Arguments for `transformers.TrainingArguments`.

        Args:
            output_dir: Where checkpoints go.
            **overrides: Arguments that replace those of the recipe.
        """
        return {
            "output_dir": os.fspath(output_dir),
            "max_steps": self.max_steps,
            "per_device_train_batch_size": self.per_device_batch_size,
            "gradient_accumulation_steps": self._accumulated_batches(),
            "learning_rate": self.learning_rate,
            "lr_scheduler_type": "cosine_with_min_lr",
            "lr_scheduler_kwargs": {"min_lr_rate": 0.1},
            "warmup_steps": self.warmup_steps,
            "weight_decay": 0.01,
            "adam_beta1": 0.9,
            "adam_beta2": 0.95,
            "adam_epsilon": 1e-5,
            "bf16": _has_bf16(),
            "logging_steps": 10,
            "save_steps": 1000,
            "report_to": "none",
            "seed": self.seed,
            **overrides,
        }

    def _accumulated_batches(self) -> int:
        devices = int(os.environ.get("WORLD_SIZE", "1"))  # as `accelerate launch` sets it
        at_once = self.per_device_batch_size * devices
        if self.total_batch_size % at_once:
            raise SystemExit(
                f"{self.total_batch_size} rows in a step cannot be shared by {devices} devices "
                f"with {self.per_device_batch_size} rows each: see --per-device-batch-size"
            )
        return self.total_batch_size // at_once


def _has_bf16() -> bool:
    import torch

    return torch.cuda.is_available() and torch.cuda.is_bf16_supported()
