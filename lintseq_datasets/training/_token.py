"""``<|diff|>`` as one token of a tokenizer, with a row in the embeddings of a model."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from lintseq_datasets.edits.training_text import DIFF_TOKEN
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.training._extras import library

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_logger = logging.getLogger(__name__)


def add_diff_token(
    tokenizer: PreTrainedTokenizerBase,
    model: PreTrainedModel | None = None,
    *,
    pad_to_multiple_of: int | None = None,
) -> int:
    r"""Make ``<|diff|>`` one token of a tokenizer, with a row in the embeddings of a model.

    The token is not special, because ``decode(skip_special_tokens=True)`` must keep it.
    Embeddings grow if they have to and never shrink; tied ones stay tied. The new row starts near
    the mean of the others: `transformers` sees to it where the embeddings grow, this function
    where the model has spare rows. Calling it again changes nothing.

    Args:
        tokenizer: The tokenizer; changed in place.
        model: The model; changed in place. Pass it in the call that adds the token, before
            LoRA is applied to it.
        pad_to_multiple_of: Make the number of rows a multiple of this.

    Returns:
        The id of the token.

    Raises:
        ConfigError: The tokenizer has it as a special token, or splits it.
        MissingExtraError: transformers is not installed.

    >>> from lintseq_datasets.training import train_tokenizer
    >>> tokenizer = train_tokenizer(["def f(x):"] * 9, vocab_size=260)
    >>> token_id = add_diff_token(tokenizer)
    >>> tokenizer("a\n<|diff|>@@")["input_ids"].count(token_id)
    1
    """
    tokenizers = library("tokenizers", "train")
    # Counted before the token is added: the mean must not include its own, untrained row.
    used = len(tokenizer)  # rows of the model that belong to a token
    is_new = DIFF_TOKEN not in tokenizer.get_vocab()
    # Not normalized: a tokenizer that puts a mark in front of each text, as that of Llama 2 does,
    # would put one in front of the token, too, and then find it nowhere.
    tokenizer.add_tokens([tokenizers.AddedToken(DIFF_TOKEN, normalized=False, special=False)])
    token_id = int(tokenizer.convert_tokens_to_ids(DIFF_TOKEN))
    _check_token(tokenizer, token_id)
    if model is not None:
        # The ids of a tokenizer may have gaps, and then the last one lies beyond its length.
        has_grown = _grow(model, max(len(tokenizer), token_id + 1), pad_to_multiple_of)
        if is_new and not has_grown:
            _start_at_mean(model, token_id, used)
    return token_id


def _check_token(tokenizer: Any, token_id: int) -> None:
    # As in a training text: behind a newline, and with something right behind it.
    text = f"a\n{DIFF_TOKEN}@@ -0,0 +1 @@\n+a = 1\n{DIFF_TOKEN}@@ -1,0 +2 @@\n+b = 2"
    ids = list(tokenizer(text)["input_ids"])
    if ids.count(token_id) != 2:
        raise ConfigError("tokenizer", f"does not keep {DIFF_TOKEN} as one token within a text")
    read = tokenizer.decode(ids, skip_special_tokens=True)
    if DIFF_TOKEN not in read:
        problem = f"has {DIFF_TOKEN} as a special token, which decoding drops; load it without"
        raise ConfigError("tokenizer", problem)
    if read != text:
        _logger.warning("the tokenizer does not give texts back unchanged: %r is %r", text, read)


def _grow(model: Any, needed: int, multiple: int | None) -> bool:
    embeddings = model.get_input_embeddings()
    # Asked for by its name, because ZeRO-3 leaves an empty weight in each process.
    rows = int(getattr(embeddings, "num_embeddings", 0)) or len(embeddings.weight)
    wanted = max(rows, needed)
    if multiple is not None:
        if multiple < 1:
            raise ConfigError("pad_to_multiple_of", f"{multiple!r} is not positive")
        wanted = -(-wanted // multiple) * multiple  # rounded up
    if wanted > rows:
        model.resize_token_embeddings(wanted)  # new rows near the mean, by default (mean_resizing)
    # Not `wanted`: where only a multiple is filled up, the token has a row that was there before,
    # and nothing has given it the mean.
    return needed > rows


def _start_at_mean(model: Any, token_id: int, used: int) -> None:
    torch = library("torch", "train")
    layers = (model.get_input_embeddings(), model.get_output_embeddings())
    # By identity: tied embeddings are one weight.
    weights = {id(layer.weight): layer.weight for layer in layers if layer is not None}
    for weight in weights.values():
        with torch.no_grad(), _gathered(weight):
            if len(weight):  # under ZeRO-3 only the first process sees the rows
                weight[token_id] = weight[:used].mean(dim=0)


def _gathered(weight: Any) -> AbstractContextManager[Any]:
    if not hasattr(weight, "ds_id"):  # not spread over processes by ZeRO-3
        return nullcontext()
    deepspeed = library("deepspeed", "train")
    gathered: AbstractContextManager[Any] = deepspeed.zero.GatheredParameters(
        weight, modifier_rank=0
    )
    return gathered
