"""The rows that each arm is trained on: the same programs, written in another way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datasets import Dataset, disable_progress_bars

from examples.compare.files import write_rows
from examples.compare.settings import ARMS, LINTER, Arm, Setting
from examples.compare.tasks import ENTRY_POINT, Task, held_out_tasks, training_tasks
from lintseq_datasets import LintSeqConfig, RandSeqConfig, refactor
from lintseq_datasets.edits.prompts import prompt_of
from lintseq_datasets.training import add_diff_token, train_tokenizer, training_rows


def prepare(folder: Path, arms: Sequence[Arm], setting: Setting, seed: int) -> Any:
    """Write the tasks, the tokenizer and the rows of each arm into a folder, if they are not there.

    Returns:
        The tokenizer.
    """
    from transformers import AutoTokenizer

    train: list[Task] = []
    if any(not path.exists() for path in _files(folder, arms)):
        train = training_tasks(setting.programs, setting.steps_of_task, seed)
    if not (folder / "problems.jsonl").exists():
        tasks = held_out_tasks(setting.tasks, setting.steps_of_task, seed)
        write_rows(folder / "problems.jsonl", map(_problem, tasks))
    if not (folder / "tokenizer").exists():
        # Of two arms, whichever are run: so the tokenizer does not depend on that.
        some = [rows_of(train[: setting.programs // 2], arm, setting, seed) for arm in ARMS[:2]]
        texts = [row["prompt"] + row["completion"] for rows in some
                 for row in rows[: setting.programs]]  # fmt: skip
        temporary = folder / "tokenizer.tmp"
        make_tokenizer(texts, setting).save_pretrained(temporary)
        temporary.rename(folder / "tokenizer")
    for arm in arms:
        path = folder / arm.name / "rows.jsonl"
        if not path.exists():
            print(f"{arm.name}: rows", flush=True)
            write_rows(path, rows_of(train, arm, setting, seed))
    return AutoTokenizer.from_pretrained(folder / "tokenizer")


def _files(folder: Path, arms: Sequence[Arm]) -> list[Path]:
    return [folder / "tokenizer", *(folder / arm.name / "rows.jsonl" for arm in arms)]


def _problem(task: Task) -> dict[str, str]:
    return {
        "task_id": task.task_id, "prompt": "", "entry_point": ENTRY_POINT, "test": task.test,
        "canonical_solution": task.program, "instruction": task.instruction,
    }  # fmt: skip


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
        LintSeqConfig(linter=LINTER, **options)
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
