"""The tokens of rows, as `trl.SFTTrainer` makes them: how many there are, and which have a loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from lintseq_datasets.errors import ColumnError, ConfigError

PAIR = ("prompt", "completion")
"""Columns of a training row."""

RowTokens: TypeAlias = Iterator[tuple[int, int, int]]
"""Of each row: the tokens without a loss, all tokens, and those before the first with a loss."""


def count_text(batch: Mapping[str, list[Any]], tokenizer: Any) -> RowTokens:
    """Count rows of prompts and completions that are texts.

    Raises:
        ColumnError: A cell holds no text.
    """
    eos = tokenizer.eos_token
    prompts = [_text(prompt, "prompt") for prompt in batch["prompt"]]
    texts = [
        # the trainer adds the token where it is not there already
        prompt + completion + ("" if completion.endswith(eos) else eos)
        for prompt, completion in zip(
            prompts, (_text(one, "completion") for one in batch["completion"]), strict=True
        )
    ]
    # The prompt is tokenised by itself and with the completion, as the trainer does it. Where they
    # differ, the loss begins.
    heads = tokenizer(prompts)["input_ids"]
    for head, ids in zip(heads, tokenizer(texts)["input_ids"], strict=True):
        common = common_length(head, ids)
        yield common, len(ids), common


def _text(value: Any, column: str) -> str:
    if not isinstance(value, str):
        problem = f"'{column}' holds {value!r}, which is no text; training_rows leaves it out."
        raise ColumnError(problem, PAIR)
    return value


def count_chat(batch: Mapping[str, list[Any]], tokenizer: Any) -> RowTokens:
    """Count rows of prompts and completions that are chat messages."""
    for prompt, completion in zip(batch["prompt"], batch["completion"], strict=True):
        # The prompt ends with what begins a turn of the assistant, as the trainer has it: that
        # is given to a model, and so has no loss.
        head = tokenizer.apply_chat_template(
            prompt, tokenize=True, return_dict=True, add_generation_prompt=True
        )["input_ids"]
        ids = tokenizer.apply_chat_template(prompt + completion, tokenize=True, return_dict=True)
        common = common_length(head, ids["input_ids"])
        yield common, len(ids["input_ids"]), common


def count_calls(batch: Mapping[str, list[Any]], tokenizer: Any) -> RowTokens:
    """Count rows of messages with calls of tools, where the template marks what has a loss.

    Raises:
        ConfigError: The template marks nothing.
    """
    for messages, tools in zip(batch["messages"], batch["tools"], strict=True):
        made = tokenizer.apply_chat_template(
            messages,
            tools=tools,
            tokenize=True,
            return_dict=True,
            return_assistant_tokens_mask=True,
        )
        # 1 for each token that the assistant says, 0 for the others; zeros alone without the mark.
        mask = made["assistant_masks"]
        if 1 not in mask:
            problem = (
                "its chat template does not mark what the assistant says ({% generation %}); "
                "trl.get_training_chat_template(tokenizer) may know one that does"
            )
            raise ConfigError("tokenizer", problem)
        yield mask.count(0), len(mask), mask.index(1)


def common_length(head: Sequence[int], ids: Sequence[int]) -> int:
    """How many tokens two sequences share at their beginnings.

    Args:
        head: The tokens of a prompt by itself.
        ids: Those of the whole text.
    """
    # "ab" and "c" may be the tokens 1 2 and 3, and "abc" 1 9: then one token is common, and the
    # loss begins at 9, which holds a piece of the prompt.
    for index, (one, other) in enumerate(zip(head, ids, strict=False)):
        if one != other:
            return index
    return min(len(head), len(ids))
