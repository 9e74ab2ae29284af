"""Our data beside the paper's: Figure 3 and what else it says of its data, for a source of yours.

    pip install '.[plots]'
    python examples/paper_figures.py programs.jsonl figures
    python examples/paper_figures.py source.parquet figures --limit 1000 --num-proc 8

The paper's source is made with `lintseq-datasets prepare --recipe examples/paper_sources.yaml`.
Figures of another source differ because its programs do: compare those with similar lengths.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from datasets import Dataset

from lintseq_datasets import LintSeqConfig, RandSeqConfig, refactor
from lintseq_datasets.files.sources import read_source
from lintseq_datasets.statistics import Statistics
from lintseq_datasets.statistics.counting import count_dataset
from lintseq_datasets.statistics.plots import save_figures

SAMPLES = (1, 5, 10)  # s: the paper compares them, and finds 5 best for training
PAPER = {
    "lines of a program": "14",
    "edits a sequence, LintSeq": "3.8",
    "edits a sequence, RandSeq": "3.9",
    "characters that a diff adds to a line": "at most 16",
}
"""Section 3.2, Figure 3 and appendix A.1; with the choices of the published code, s = 5."""

DEFAULT, REFERENCE, RANDSEQ = "LintSeq", "LintSeq, reference()", "RandSeq"


def main() -> None:
    args = parse_arguments()
    source: Any = read_source(args.source, split=args.split).dataset
    if args.limit:
        source = source.select(range(min(args.limit, len(source))))
    most: dict[str, Any] = {"num_samples": max(SAMPLES), "seed": args.seed}
    configs = {
        DEFAULT: LintSeqConfig(linter=args.linter, **most),
        REFERENCE: LintSeqConfig.reference(linter=args.reference_linter, **most),
        RANDSEQ: RandSeqConfig(**most),
    }
    rows = {
        name: refactor(source, config, num_proc=args.num_proc).filter(is_sequence)
        for name, config in configs.items()
    }
    # Samples are keyed by their numbers: the first five of ten are those of s = 5.
    found = {
        (name, count): count_dataset(first_samples(some, count))
        for name, some in rows.items()
        for count in SAMPLES
    }
    print(table(found, added_characters(rows[DEFAULT])))
    five = {name: found[name, 5] for name in configs}
    for path in save_figures(five, args.output).values():
        print(path)


def is_sequence(row: dict[str, Any]) -> bool:
    return bool(row["status"] == "ok")


def first_samples(rows: Dataset, count: int) -> Dataset:
    return rows.filter(lambda row: row["sample_index"] < count)


def added_characters(rows: Dataset) -> tuple[float, float]:
    """Characters that the diffs add to each line of a program: the mean, and the most."""
    added = [
        (len(row["completion"]) - len(row["program"])) / (row["program"].count("\n") + 1)
        for row in rows
    ]
    return sum(added) / len(added), max(added)


def table(found: dict[tuple[str, int], Statistics], added: tuple[float, float]) -> str:
    """Our figures and the paper's, side by side."""
    five = found[DEFAULT, 5]
    reference, randseq = found[REFERENCE, 5], found[RANDSEQ, 5]
    lines = [
        ("", "paper", "here"),
        ("lines of a program", PAPER["lines of a program"], f"{five.lines_before.mean:.1f}"),
        (
            "edits a sequence, LintSeq",
            PAPER["edits a sequence, LintSeq"],
            f"{five.edits.mean:.2f} ({reference.edits.mean:.2f} with reference())",
        ),
        (
            "edits a sequence, RandSeq",
            PAPER["edits a sequence, RandSeq"],
            f"{randseq.edits.mean:.2f}",
        ),
        (
            "characters that a diff adds to a line",
            PAPER["characters that a diff adds to a line"],
            f"{added[0]:.1f} on average, {added[1]:.1f} at most",
        ),
        ("sequences of a single edit", "", f"{five.single_edit_share:.0%}"),
    ]
    lines += [
        (
            f"distinct sequences a program, s = {count}",
            "",
            f"{found[DEFAULT, count].distinct_per_program:.2f} "
            f"({found[RANDSEQ, count].distinct_per_program:.2f} RandSeq)",
        )
        for count in SAMPLES
    ]
    widths = [max(len(line[column]) for line in lines) for column in (0, 1)]
    return "\n".join(
        f"{name:<{widths[0]}}  {paper:>{widths[1]}}  {ours}".rstrip() for name, paper, ours in lines
    )


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("source", help="file, directory or id on the Hub, as for `generate`")
    parser.add_argument("output", type=Path, help="folder for the figures")
    parser.add_argument("--split")
    parser.add_argument("--limit", type=int, help="take only the first rows")
    parser.add_argument("--linter", default="pylint")
    parser.add_argument(
        "--reference-linter", default="pylint", help="for reference(), which is made for pylint"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--num-proc", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
