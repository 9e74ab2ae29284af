"""One page of what came out, with figures: means over seeds, and their standard errors."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

from examples.compare.settings import ARMS, Setting
from lintseq_datasets.statistics import Coverage
from lintseq_datasets.statistics.plots import plot_coverage, save_figure

KS = (1, 5, 10, 20, 50)
DIFFERENCES = (
    ("lintseq", "randseq"),
    ("lintseq-anchored", "randseq-anchored"),
    ("lintseq", "plain"),
    ("lintseq-anchored", "plain"),
)
Runs = dict[str, list[dict[str, Any]]]


def write_page(output: Path, setting: Setting) -> None:
    """Write ``page.md`` and its figures from all seeds in a folder.

    Args:
        output: Folder of the comparison.
        setting: What was run.
    """
    runs = _runs(output)
    seeds = max(map(len, runs.values()))
    parts = [
        "# Plain programs and edit sequences, compared",
        f"{setting.programs:,} programs, {setting.optimizer_steps:,} steps of {setting.batch} "
        f"rows, {setting.tasks} held-out tasks, {setting.samples} samples each; "
        f"{seeds} {'seed' if seeds == 1 else 'seeds'}. "
        "Means over seeds, with standard errors of the mean where there are several.",
        *_warnings(runs),
        "## pass@k, in percent",
        _table(["", *(f"k = {k}" for k in _ks(setting))], _pass_rows(runs, setting)),
        "Differences on the same tasks, in points:",
        _table(["", *(f"k = {k}" for k in _ks(setting))], _differences(output, setting)),
        "## What was written",
        _table(
            ["", "static errors", "no program", "edits put right", "cut off", "distinct",
             "tokens a sample"],
            [_written(name, some) for name, some in runs.items()],
        ),
        "## Training",
        _table(
            ["", "rows", "tokens a row", "loss at the end", "parameters", "seconds"],
            [_trained(name, some) for name, some in runs.items()],
        ),
        "## Search in edit space, with the tokens of plain sampling",
        _table(
            ["", "solved by samples", "solved by search", "samples that pass",
             "programs found that pass", "programs a task", "edits kept", "tokens",
             "static errors"],
            [_searched(name, some, setting) for name, some in runs.items()
             if all("search" in run for run in some)],
        ),
        "## Coverage against test-time compute",
        "![Coverage against FLOPs](coverage.png)",
    ]  # fmt: skip
    curves = {name: _curve(some, setting) for name, some in runs.items()}
    save_figure(plot_coverage(curves), output / "coverage.png")
    (output / "page.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _warnings(runs: Runs) -> list[str]:
    """What is to be said where tasks are too hard or too easy to compare anything."""
    if "plain" not in runs:
        return []
    solved = statistics.mean(run["pass_at_k"][-1] for run in runs["plain"])
    if 0.1 <= solved <= 0.9:
        return []
    return [
        f"**This says nothing about edit sequences:** plain programs solve {solved:.0%} of the "
        "tasks, and differences can be seen well between 10 and 90% only."
    ]


def _runs(output: Path) -> Runs:
    found: Runs = {}
    for arm in ARMS:
        paths = sorted(output.glob(f"seed-*/{arm.name}/figures.json"))
        if paths:
            found[arm.name] = [json.loads(path.read_text()) for path in paths]
    return found


def _ks(setting: Setting) -> list[int]:
    return [k for k in KS if k <= setting.samples]


def _pass_rows(runs: Runs, setting: Setting) -> list[list[str]]:
    return [
        [name, *(_mean([100 * run["pass_at_k"][k - 1] for run in some]) for k in _ks(setting))]
        for name, some in runs.items()
    ]


def _differences(output: Path, setting: Setting) -> list[list[str]]:
    """How much better each arm of edits is than the arms that it is to be compared with."""
    rows = []
    for one, other in DIFFERENCES:
        pairs = [
            (_pass_at_k(path), _pass_at_k(path.parents[1] / other / path.name))
            for path in sorted(output.glob(f"seed-*/{one}/figures.json"))
            if (path.parents[1] / other / path.name).exists()
        ]
        if pairs:
            found = [_mean([100 * (a[k - 1] - b[k - 1]) for a, b in pairs]) for k in _ks(setting)]
            rows.append([f"{one} - {other}", *found])
    return rows


def _pass_at_k(path: Path) -> list[float]:
    found: list[float] = json.loads(path.read_text())["pass_at_k"]
    return found


def _searched(name: str, some: list[dict[str, Any]], setting: Setting) -> list[str]:
    sampled = [
        _mean([100 * run["pass_at_k"][k - 1] for run in some], "%") for k in (setting.samples, 1)
    ]
    solved, passing, kept, tokens, errors = (
        _mean([100 * run["search"][key] for run in some], "%")
        for key in ("solved", "passing", "kept", "tokens", "static_error_share")
    )
    programs = _mean([run["search"]["programs"] for run in some])
    return [name, sampled[0], solved, sampled[1], passing, programs, kept, tokens, errors]


def _written(name: str, some: list[dict[str, Any]]) -> list[str]:
    shares = ("static_error_share", "empty_share", "malformed", "cut_off_share", "distinct_share")
    for run in some:
        statuses = run["statuses"]
        run["malformed"] = statuses.get("malformed", 0) / sum(statuses.values())
    percents = [_mean([100 * (run[share] or 0.0) for run in some], "%") for share in shares]
    return [name, *percents, _mean([run["tokens"] for run in some])]


def _trained(name: str, some: list[dict[str, Any]]) -> list[str]:
    return [
        name,
        f"{statistics.mean(run['rows'] for run in some):,.0f}",
        _mean([run["tokens_of_row"] for run in some]),
        f"{statistics.mean(run['loss'] for run in some):.3f}",
        f"{some[0]['parameters']:,}",
        f"{statistics.mean(run['train_seconds'] for run in some):,.0f}",
    ]


def _mean(values: list[float], unit: str = "") -> str:
    mean = f"{statistics.mean(values):.1f}"
    error = _error(values)
    return f"{mean}{unit}" if error is None else f"{mean} ± {error:.1f}{unit}"


def _error(values: list[float]) -> float | None:
    return statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else None


def _curve(some: list[dict[str, Any]], setting: Setting) -> Coverage:
    """Coverage over FLOPs, means over seeds; its band is the standard error over them."""
    by_k = list(zip(*(run["pass_at_k"] for run in some), strict=True))
    flops = zip(*(run["flops"] for run in some), strict=True)
    return Coverage(
        tuple(range(1, len(by_k) + 1)),
        tuple(statistics.mean(values) for values in by_k),
        tuple(_error(list(values)) for values in by_k),
        tuple(statistics.mean(values) for values in flops),
        setting.tasks,
    )


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
