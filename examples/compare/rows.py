"""The rows that each arm is trained on: the same programs, written in another way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datasets import Dataset, disable_progress_bars

from examples.compare.settings import Arm, Setting
from examples.compare.tasks import Task
from lintseq_datasets import LintSeqConfig, RandSeqConfig, refactor
from lintseq_datasets.edits.formats import prompt_of
from lintseq_datasets.training import add_diff_token, train_tokenizer, training_rows


def rows_of(tasks: Sequence[Task], arm: Arm, setting: Setting, seed: int) -> list[dict[str, str]]:
    """Prompts and completions of an arm; several for each program where there are edits."""
    if arm.sampler == "plain":
        return [
            {"prompt": prompt_of(task.instruction), "completion": task.program} for task in tasks
        ]
    disable_progress_bars()
    source = Dataset.from_list(
        [{"instruction": task.instruction, "code": task.program} for task in tasks]
    )
    options: dict[str, Any] = {"num_samples": setting.sequences, "seed": seed}
    config = (
        LintSeqConfig(linter="prylint", **options)
        if arm.sampler == "lintseq"
        else RandSeqConfig(**options)
    )
    edits = refactor(source, config, edit_format=arm.edit_format, load_from_cache_file=False)
    rows, _ = training_rows(edits)
    return rows.to_list()


def make_tokenizer(texts: Sequence[str], setting: Setting) -> Any:
    """One tokenizer for all arms, so that their numbers of tokens can be compared."""
    tokenizer = train_tokenizer(texts, vocab_size=setting.vocabulary)
    add_diff_token(tokenizer)
    return tokenizer


def encode(rows: Sequence[dict[str, str]], tokenizer: Any) -> list[tuple[list[int], int]]:
    """The tokens of each row with the end of the sequence, and how many are the prompt's."""
    heads = tokenizer([row["prompt"] for row in rows])["input_ids"]
    tails = tokenizer([row["completion"] for row in rows])["input_ids"]
    return [
        ([*head, *tail, tokenizer.eos_token_id], len(head))
        for head, tail in zip(heads, tails, strict=True)
    ]
