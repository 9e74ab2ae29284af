"""From the rows of this library to a model that writes edits: helpers for Transformers and TRL.

Nothing here trains: `trl.SFTTrainer` does. The functions give it a tokenizer with
``<|diff|>``, rows that it takes unchanged, and the settings of the paper.

Imports run from here to `lintseq_datasets.statistics`, `lintseq_datasets.mapping` and what is
above them. Never here: a loop that trains; and torch is imported by the functions that need it.
"""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from lintseq_datasets.edits.sequence import DIFF_TOKEN
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.training._extras import library
from lintseq_datasets.training._lengths import LengthReport, length_report
from lintseq_datasets.training._recipes import (
    PRETRAINING_MIX,
    RECIPES,
    FinetuningRecipe,
    MixSource,
    PretrainingRecipe,
)
from lintseq_datasets.training._rows import filter_by_length, training_rows
from lintseq_datasets.training._tinycodelm import (
    pack_blocks,
    pretraining_mix,
    tinycodelm_config,
    train_tokenizer,
)

if TYPE_CHECKING:
    from peft import LoraConfig, PeftModel
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

__all__ = [
    "PRETRAINING_MIX",
    "RECIPES",
    "FinetuningRecipe",
    "LengthReport",
    "MixSource",
    "PretrainingRecipe",
    "add_diff_token",
    "add_lora",
    "filter_by_length",
    "length_report",
    "lora_config",
    "pack_blocks",
    "pretraining_mix",
    "tinycodelm_config",
    "train_tokenizer",
    "training_rows",
]

_logger = logging.getLogger(__name__)


# --- the token -----------------------------------------------------------------------


def add_diff_token(
    tokenizer: PreTrainedTokenizerBase,
    model: PreTrainedModel | None = None,
    *,
    pad_to_multiple_of: int | None = None,
) -> int:
    r"""Make ``<|diff|>`` one token of a tokenizer, with a row in the embeddings of a model.

    The token is not special, because ``decode(skip_special_tokens=True)`` must keep it.
    Embeddings grow where they have to and never shrink; tied ones stay tied. A new row
    starts near the mean of the others: as `transformers` does it where the embeddings
    grow, at the mean where the model has spare rows. Calling it again changes nothing.

    Args:
        tokenizer: The tokenizer; changed in place.
        model: The model; changed in place. Pass it in the call that adds the token, before
            LoRA is applied to it.
        pad_to_multiple_of: Make the number of rows a multiple of this.

    Returns:
        The id of the token.

    Raises:
        ConfigError: The tokenizer has it as a special token, or does not keep it whole.
        MissingExtraError: transformers is not installed.

    >>> tokenizer = train_tokenizer(["def f(x):"] * 9, vocab_size=260)
    >>> token_id = add_diff_token(tokenizer)
    >>> tokenizer("a\n<|diff|>@@")["input_ids"].count(token_id)
    1
    """
    tokenizers = library("tokenizers", "train")
    used = len(tokenizer)  # rows of the model that belong to a token
    is_new = DIFF_TOKEN not in tokenizer.get_vocab()
    tokenizer.add_tokens([tokenizers.AddedToken(DIFF_TOKEN, normalized=False, special=False)])
    token_id = int(tokenizer.convert_tokens_to_ids(DIFF_TOKEN))
    _check_token(tokenizer, token_id)
    if model is not None:
        has_grown = _grow(model, max(len(tokenizer), token_id + 1), pad_to_multiple_of)
        if is_new and not has_grown:
            _start_at_mean(model, token_id, used)
    return token_id


def _check_token(tokenizer: Any, token_id: int) -> None:
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
    rows = int(getattr(embeddings, "num_embeddings", 0)) or len(embeddings.weight)
    wanted = max(rows, needed)
    if multiple is not None:
        if multiple < 1:
            raise ConfigError("pad_to_multiple_of", f"{multiple!r} is not positive")
        wanted = -(-wanted // multiple) * multiple
    if wanted > rows:
        model.resize_token_embeddings(wanted)
    return needed > rows


def _start_at_mean(model: Any, token_id: int, used: int) -> None:
    torch = library("torch", "train")
    layers = (model.get_input_embeddings(), model.get_output_embeddings())
    weights = {id(layer.weight): layer.weight for layer in layers if layer is not None}
    for weight in weights.values():
        with torch.no_grad(), _gathered(weight):
            if len(weight):  # under ZeRO-3 only the first process sees the rows
                weight[token_id] = weight[:used].float().mean(dim=0).to(weight.dtype)


def _gathered(weight: Any) -> AbstractContextManager[Any]:
    if not hasattr(weight, "ds_id"):  # not spread over processes by ZeRO-3
        return nullcontext()
    deepspeed = library("deepspeed", "train")
    gathered: AbstractContextManager[Any] = deepspeed.zero.GatheredParameters(
        weight, modifier_rank=0
    )
    return gathered


# --- LoRA ----------------------------------------------------------------------------


def lora_config(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    *,
    row_only: bool = False,
    **overrides: Any,
) -> LoraConfig:
    """LoRA that also trains the embedding of ``<|diff|>``, for ``SFTTrainer(peft_config=)``.

    LoRA leaves embeddings as they are, and a model can hardly write a token whose row was
    never trained. So input and output embedding are trained as well, as a whole, which
    costs memory; `add_lora` trains the one row.

    Args:
        model: The model, after `add_diff_token`.
        tokenizer: Its tokenizer.
        row_only: Train only the row of the token. Trainers that read the weights of the
            output embedding by themselves, as that of TRL 1.16 does, need `add_lora`.
        **overrides: Arguments of `peft.LoraConfig`. The defaults are those of the
            published script (rank 64, alpha 16, dropout 0.1), on all linear layers.

    Raises:
        ConfigError: ``<|diff|>`` is no token of the tokenizer.
        MissingExtraError: peft is not installed.
    """
    if DIFF_TOKEN not in tokenizer.get_vocab():
        raise ConfigError("tokenizer", f"{DIFF_TOKEN} is none of its tokens: add_diff_token first")
    peft = library("peft", "lora")
    into, out = model.get_input_embeddings(), model.get_output_embeddings()
    is_tied = out is not None and into.weight is out.weight
    # Rows that are tied are named once; of modules, PEFT ties some models' only if both are.
    names = _names(model, [into] if out is None or (is_tied and row_only) else [into, out])
    token_id = tokenizer.convert_tokens_to_ids(DIFF_TOKEN)
    trained: dict[str, Any] = {"modules_to_save": names}
    if row_only:
        trained = {"trainable_token_indices": {name: [token_id] for name in names}}
    config: LoraConfig = peft.LoraConfig(
        **{
            "task_type": "CAUSAL_LM",
            "r": 64,
            "lora_alpha": 16,
            "lora_dropout": 0.1,
            "target_modules": "all-linear",
            "ensure_weight_tying": is_tied and not row_only,  # rows are tied in any case
            **trained,
            **overrides,
        }
    )
    return config


def _names(model: Any, layers: list[Any]) -> list[str]:
    found = {id(module): name.rpartition(".")[2] for name, module in model.named_modules()}
    return [found[id(layer)] for layer in layers]


def add_lora(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, **overrides: Any
) -> PeftModel:
    """A model with LoRA that also trains the row of ``<|diff|>`` in its embeddings.

    The result goes to `trl.SFTTrainer` as its model, without a ``peft_config``. Under
    ZeRO-3, which spreads embeddings over processes, they are trained as a whole.

    Args:
        model: The model, after `add_diff_token`.
        tokenizer: Its tokenizer.
        **overrides: See `lora_config`.

    Raises:
        ConfigError: ``<|diff|>`` is no token of the tokenizer.
        MissingExtraError: peft is not installed.
    """
    head = model.get_output_embeddings()
    is_spread = any(hasattr(weight, "ds_id") for weight in model.parameters())
    # PEFT forgets the bias of an output embedding of which it trains single rows.
    row_only = not is_spread and getattr(head, "bias", None) is None
    config = lora_config(model, tokenizer, row_only=row_only, **overrides)
    # Under ZeRO-3 all weights must have one type.
    peft_model: PeftModel = library("peft", "lora").get_peft_model(
        model, config, autocast_adapter_dtype=not is_spread
    )
    wrapped = peft_model.get_output_embeddings()
    if wrapped is not None and not hasattr(wrapped, "bias"):
        wrapped.bias = None  # what SFTTrainer reads, and PEFT's wrapper lacks
    return peft_model
