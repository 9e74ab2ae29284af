"""A small tokenizer, trained on the spot, to try things without a download."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.samplers.option_checks import check_int
from lintseq_datasets.training._extras import library

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

EOS_TOKEN = "<|endoftext|>"
PAD_TOKEN = "<|padding|>"


def train_tokenizer(texts: Iterable[str], vocab_size: int = 1000) -> PreTrainedTokenizerFast:
    r"""Train a small tokenizer, to try things without a download.

    It is byte-level BPE, so every text comes back from its tokens unchanged.

    Args:
        texts: The texts to train on.
        vocab_size: The most tokens it may have, at least 258. ``<|endoftext|>`` and
            ``<|padding|>`` are among them.

    Raises:
        ConfigError: ``vocab_size`` is too small for all bytes.
        MissingExtraError: transformers is not installed.

    >>> tokenizer = train_tokenizer(["def f(x):\n    return x"] * 9, vocab_size=300)
    >>> tokenizer.decode(tokenizer("é = f( 1 )\n")["input_ids"])
    'é = f( 1 )\n'
    """
    check_int("vocab_size", vocab_size, 1)
    transformers = library("transformers", "train")
    tokenizers = library("tokenizers", "train")
    # With its default, every text would come back with a space in front.
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
        initial_alphabet=alphabet,  # or bytes that the texts lack would be lost without a word
        show_progress=False,
    )
    model.train_from_iterator(texts, trainer)
    tokenizer: PreTrainedTokenizerFast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=model, eos_token=EOS_TOKEN, pad_token=PAD_TOKEN
    )
    return tokenizer
