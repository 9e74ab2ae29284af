"""Search in edit space beside plain sampling, at the same number of tokens.

For each task, `examples.search` may write as many tokens as all samples of that task took. Edits
with errors are thrown away as soon as they are written, so there are fewer programs, or more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from examples.compare.files import read_rows, write_rows
from examples.compare.grading import grade
from examples.compare.settings import LINTER, Arm, Setting
from examples.search import Rejection, run_searches

WIDTH = 10  # paths at once: few, since what is unfinished when the tokens are spent is lost


def search_tasks(
    tasks: Sequence[Mapping[str, Any]], backend: Any, arm: Arm, setting: Setting, seed: int,
    samples: Path,
) -> None:  # fmt: skip
    """Search for programs for all tasks at once; write them to ``search.jsonl`` beside the samples.

    Args:
        tasks: Rows with ``task_id`` and ``instruction``.
        backend: The model, as `lintseq_datasets.evaluation.sample` takes it.
        arm: What the model writes.
        setting: The most tokens of a sample, and how many samples a task has.
        seed: Seed of the draws.
        samples: The samples of the same model, which say what may be spent.
    """
    from lintseq_datasets.evaluation import SamplingSettings

    spent: Counter[str] = Counter()
    for row in read_rows(samples):
        spent[row["task_id"]] += row["completion_tokens"]
    searches = [
        Rejection(
            task["instruction"],
            num_programs=10 * setting.samples,  # the tokens are the bound
            width=WIDTH,
            max_tokens=spent[task["task_id"]],
        )
        for task in tasks
    ]
    run_searches(
        backend,
        searches,
        linter=LINTER,
        edit_format=arm.edit_format or "diff",
        settings=SamplingSettings(max_new_tokens=setting.max_new_tokens, seed=seed),
    )
    found = [
        {
            "task_id": task["task_id"],
            "programs": one.found().programs,
            "draws": one.drawn,
            "kept": one.kept,
            "tokens": one.completion_tokens,
            "tokens_of_samples": one.max_tokens,
        }
        for task, one in zip(tasks, searches, strict=True)
    ]
    write_rows(samples.with_name("search.jsonl"), found)


def measure_search(path: Path, problems: Path) -> dict[str, float]:
    """What the programs of a search are worth.

    Returns:
        ``solved``, the share of tasks that a program solves; ``passing``, that of the programs;
        ``programs`` for each task; ``kept``, the share of edits; ``tokens`` spent, as a share of
        what sampling took; ``static_error_share``. Tasks without a program count as not solved.
    """
    from datasets import Dataset

    from lintseq_datasets.evaluation import static_errors

    tasks = read_rows(path)
    rows = [
        {"task_id": task["task_id"], "program": program, "resolve_status": "ok"}
        for task in tasks
        for program in task["programs"]
    ]
    programs, results = path.with_name("found.jsonl"), path.with_name("found-results.jsonl")
    write_rows(programs, rows)
    grade(programs, problems, results)
    passed = read_rows(results)
    solved = {row["task_id"] for row in passed if row["passed"]}
    return {
        "solved": len(solved) / len(tasks),
        "passing": sum(row["passed"] for row in passed) / max(1, len(passed)),
        "programs": len(rows) / len(tasks),
        "kept": sum(task["kept"] for task in tasks) / sum(task["draws"] for task in tasks),
        "tokens": sum(task["tokens"] for task in tasks)
        / sum(task["tokens_of_samples"] for task in tasks),
        "static_error_share": static_errors(Dataset.from_list(rows), "pylint").error_rate
        if rows
        else 0.0,
    }
