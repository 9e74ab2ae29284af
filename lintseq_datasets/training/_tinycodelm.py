"""TinyCodeLM: its architecture, a tokenizer to try things with, and its pretraining data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.training._extras import library
from lintseq_datasets.training._recipes import PRETRAINING_MIX, MixSource

if TYPE_CHECKING:
    from datasets import Dataset, IterableDataset
    from transformers import OlmoConfig, PreTrainedTokenizerBase, PreTrainedTokenizerFast

Size: TypeAlias = Literal["150M", "400M"]

_AnyDataset = TypeVar("_AnyDataset", "Dataset", "IterableDataset")

EOS_TOKEN = "<|endoftext|>"
PAD_TOKEN = "<|padding|>"

_SHAPES: dict[str, dict[str, int]] = {
    "150M": {
        "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
        "num_attention_heads": 12,
    },
    "400M": {
        "hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24,
        "num_attention_heads": 16,
    },
}  # fmt: skip


def tinycodelm_config(
    size: Size, tokenizer: PreTrainedTokenizerBase | None = None, **overrides: Any
) -> OlmoConfig:
    """The architecture of TinyCodeLM (Table 3), to pretrain it from scratch.

    A decoder like OLMo's, in the two smallest shapes of GPT-2: rotary positions, SwiGLU,
    layer norms without parameters, no biases, input and output embedding tied.

    Args:
        size: ``"150M"`` (151,879,680 parameters) or ``"400M"`` (454,164,480).
        tokenizer: Gives the size of the vocabulary, rounded up to a multiple of 128, and
            the ids of its tokens. By default those of TinyCodeLM's: 50,304 rows, of which
            the tokenizer uses 50,280.
        **overrides: Arguments of `transformers.OlmoConfig` that replace those of the size.

    Raises:
        ConfigError: There is no such size.
        MissingExtraError: transformers is not installed.
    """
    if size not in _SHAPES:
        raise ConfigError("size", f"{size!r} is none of {', '.join(map(repr, _SHAPES))}")
    tokens: dict[str, Any] = {"vocab_size": 50304, "eos_token_id": 50279, "pad_token_id": 1}
    if tokenizer is not None:
        tokens = {
            "vocab_size": -(-len(tokenizer) // 128) * 128,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        }
    shape: dict[str, Any] = {
        "max_position_embeddings": 1024,
        "tie_word_embeddings": True,
        "bos_token_id": None,
        **tokens,
        **_SHAPES[size],
        **overrides,
    }
    if "num_attention_heads" in overrides:  # each head has keys and values of its own
        shape.setdefault("num_key_value_heads", shape["num_attention_heads"])
    config: OlmoConfig = library("transformers", "train").OlmoConfig(**shape)
    return config


def train_tokenizer(texts: Iterable[str], vocab_size: int = 1000) -> PreTrainedTokenizerFast:
    r"""Train a small tokenizer, to try things without a download.

    Byte-level BPE: every text comes back from its tokens unchanged.

    Args:
        texts: What to train on.
        vocab_size: Tokens at most, ``<|endoftext|>`` and ``<|padding|>`` included; 258 or
            more.

    Raises:
        ConfigError: ``vocab_size`` does not hold all bytes.
        MissingExtraError: transformers is not installed.

    >>> tokenizer = train_tokenizer(["def f(x):\n    return x"] * 9, vocab_size=300)
    >>> tokenizer.decode(tokenizer("é = f( 1 )\n")["input_ids"])
    'é = f( 1 )\n'
    """
    transformers = library("transformers", "train")
    tokenizers = library("tokenizers", "train")
    level = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = level.alphabet()
    if vocab_size < len(alphabet) + 2:
        raise ConfigError("vocab_size", f"{vocab_size!r} is less than {len(alphabet) + 2}")
    model = tokenizers.Tokenizer(tokenizers.models.BPE())
    model.pre_tokenizer = level
    model.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[EOS_TOKEN, PAD_TOKEN],
        initial_alphabet=alphabet,
        show_progress=False,
    )
    model.train_from_iterator(texts, trainer)
    tokenizer: PreTrainedTokenizerFast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=model, eos_token=EOS_TOKEN, pad_token=PAD_TOKEN
    )
    return tokenizer


# --- pretraining data ----------------------------------------------------------------


def pack_blocks(
    dataset: _AnyDataset,
    tokenizer: PreTrainedTokenizerBase,
    *,
    column: str = "text",
    block_size: int = 1024,
    **options: Any,
) -> _AnyDataset:
    """Pack texts into rows of the same number of tokens.

    Texts stand one after the other, each ended by the end-of-sequence token. What is left
    over at the end of a batch of rows, less than a block, is dropped.

    Args:
        dataset: Rows with texts, streaming or not.
        tokenizer: The tokenizer; it must have an end-of-sequence token.
        column: Column that holds the text; rows without one are passed over.
        block_size: Tokens in a row of the result.
        **options: Options of ``dataset.map``, such as ``num_proc`` or ``batch_size``.

    Returns:
        A dataset with the one column ``input_ids``.

    Raises:
        ColumnError: There is no such column.
        ConfigError: ``block_size`` is not positive, or the tokenizer has no
            end-of-sequence token.
    """
    from datasets import Features, List, Value

    if block_size < 1:
        raise ConfigError("block_size", f"{block_size!r} is not positive")
    if tokenizer.eos_token_id is None:
        raise ConfigError("tokenizer", "has no end-of-sequence token; set tokenizer.eos_token")
    names = dataset.column_names
    if names is not None and column not in names:
        raise ColumnError(f"There is no column {column!r}.", tuple(names))
    packed: _AnyDataset = dataset.map(
        _pack,
        batched=True,
        remove_columns=names,
        features=Features({"input_ids": List(Value("int32"))}),
        fn_kwargs={"tokenizer": tokenizer, "column": column, "block_size": block_size},
        **options,
    )
    return packed


def _pack(
    batch: Mapping[str, list[Any]], *, tokenizer: Any, column: str, block_size: int
) -> dict[str, list[list[int]]]:
    texts = [text for text in batch[column] if text]
    tokens: list[int] = []
    if texts:
        for ids in tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]:
            tokens += ids
            tokens.append(tokenizer.eos_token_id)
    starts = range(0, len(tokens) - block_size + 1, block_size)
    return {"input_ids": [tokens[start : start + block_size] for start in starts]}


def pretraining_mix(
    datasets: Sequence[_AnyDataset],
    tokenizer: PreTrainedTokenizerBase,
    *,
    mix: Sequence[MixSource] = PRETRAINING_MIX,
    block_size: int = 1024,
    seed: int = 0,
    stopping_strategy: Literal["first_exhausted", "all_exhausted"] = "first_exhausted",
) -> _AnyDataset:
    """Mix sources in the shares of their tokens (Table 4).

    Each source is packed first and blocks are drawn, not texts, because the shares are
    shares of tokens: a file of The Stack and a page of FineWeb differ in length.

    Args:
        datasets: One dataset for each source of the mix, in its order; all streaming, or
            none.
        tokenizer: The tokenizer.
        mix: Sources, with their columns and tokens.
        block_size: Tokens in a row of the result.
        seed: Seed of the draws.
        stopping_strategy: See `datasets.interleave_datasets`.

    Returns:
        A dataset of the same kind, with the one column ``input_ids``.

    Raises:
        ColumnError: A column is missing.
        ConfigError: There are not as many datasets as sources, or one gives no block.
    """
    from datasets import Dataset, interleave_datasets

    if len(datasets) != len(mix):
        raise ConfigError("datasets", f"{len(datasets)} datasets for {len(mix)} sources")
    packed = []
    for dataset, source in zip(datasets, mix, strict=True):
        part = pack_blocks(dataset, tokenizer, column=source.column, block_size=block_size)
        if isinstance(part, Dataset) and not len(part):
            problem = f"{source.dataset!r} has fewer than the {block_size} tokens of a block"
            raise ConfigError("datasets", problem)
        packed.append(part)
    total = sum(source.tokens for source in mix)
    mixed: _AnyDataset = interleave_datasets(
        packed,
        probabilities=[source.tokens / total for source in mix],
        seed=seed,
        stopping_strategy=stopping_strategy,
    )
    return mixed
