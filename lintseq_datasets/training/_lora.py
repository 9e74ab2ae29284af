"""LoRA that also trains the embedding of ``<|diff|>``.

LoRA leaves embeddings as they are, and a model can hardly write a token whose embedding was
never trained. So the embeddings are trained along: as a whole, or the one row of the token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lintseq_datasets.edits.training_text import DIFF_TOKEN
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.training._extras import check_arguments, library

if TYPE_CHECKING:
    from peft import LoraConfig, PeftModel
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def lora_config(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    *,
    row_only: bool = False,
    **overrides: Any,
) -> LoraConfig:
    """LoRA that also trains the embedding of ``<|diff|>``, for ``SFTTrainer(peft_config=)``.

    By default input and output embedding are trained as a whole, which costs memory. `add_lora`
    trains only the row of the token.

    Args:
        model: The model, after `add_diff_token`.
        tokenizer: Its tokenizer.
        row_only: Train only the row of the token. The trainer of TRL 1.16 reads the weights of
            the output embedding by itself and needs `add_lora` then.
        **overrides: Arguments of `peft.LoraConfig`. The defaults are those of the
            published script (rank 64, alpha 16, dropout 0.1), on all linear layers.

    Raises:
        ConfigError: ``<|diff|>`` is no token of the tokenizer, or `peft.LoraConfig` has no such
            argument.
        MissingExtraError: peft is not installed.
    """
    if DIFF_TOKEN not in tokenizer.get_vocab():
        raise ConfigError("tokenizer", f"{DIFF_TOKEN} is none of its tokens: add_diff_token first")
    peft = library("peft", "lora")
    check_arguments("peft", "LoraConfig", overrides)
    into, out = model.get_input_embeddings(), model.get_output_embeddings()
    is_tied = out is not None and into.weight is out.weight
    # PEFT wants tied rows named once, but ties whole modules of some models only if both are named.
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
            "ensure_weight_tying": is_tied and not row_only,  # PEFT ties single rows by itself
            **trained,
            **overrides,
        }
    )
    return config


def _names(model: Any, layers: list[Any]) -> list[str]:
    # By identity, as models have names of their own: "lm_head" of one, "embed_out" of another.
    found = {id(module): name.rpartition(".")[2] for name, module in model.named_modules()}
    return [found[id(layer)] for layer in layers]


def add_lora(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, **overrides: Any
) -> PeftModel:
    """A model with LoRA that also trains the row of ``<|diff|>`` in its embeddings.

    Give the result to `trl.SFTTrainer` as its model, without a ``peft_config``. Under ZeRO-3,
    which spreads embeddings over processes, they are trained as a whole.

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
    # Where PEFT trains single rows of an output embedding, it forgets the bias.
    row_only = not is_spread and getattr(head, "bias", None) is None
    config = lora_config(model, tokenizer, row_only=row_only, **overrides)
    # Under ZeRO-3 all weights must have one type.
    peft_model: PeftModel = library("peft", "lora").get_peft_model(
        model, config, autocast_adapter_dtype=not is_spread
    )
    wrapped = peft_model.get_output_embeddings()
    if wrapped is not None and not hasattr(wrapped, "bias"):
        wrapped.bias = None  # SFTTrainer reads it, and PEFT's wrapper lacks it
    return peft_model
