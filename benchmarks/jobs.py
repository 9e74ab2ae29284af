"""What a job costs: processor time of a row by length of its program, and of the job around it.

    python -m benchmarks.jobs [--rows ROWS.jsonl] [--linter pylint] [--seconds 10]

Each line is a job of its own over different programs, with fresh worker processes, whose
processor time is counted with that of the job. The rows default to those in `examples/`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import print_table, print_versions
from benchmarks.rows import EXAMPLES, glue, library_files, programs_of
from lintseq_datasets import LintSeqConfig, RandSeqConfig
from lintseq_datasets.jobs.local import generate

GLUED = (25, 50, 100, 200)
FIRST = 12  # rows of the first job


class Cost(NamedTuple):
    rows: int
    lines: float  # mean
    sequences: int
    seconds: float  # of processors, everything
    own: float  # of the process that started the job
    failed: int


def measure(programs: Sequence[str], config: LintSeqConfig | RandSeqConfig) -> Cost:
    """Run a job and count the processor time of everything that it starts."""
    from datasets import Dataset

    dataset = Dataset.from_list([{"code": program} for program in programs])
    before = os.times()
    with tempfile.TemporaryDirectory() as folder:
        finished = generate(dataset, Path(folder, "out"), config, progress=False)
    after = os.times()
    own = after.user + after.system - before.user - before.system
    workers = (
        after.children_user + after.children_system - before.children_user - before.children_system
    )
    lines = sum(program.count("\n") + 1 for program in programs) / len(programs)
    made = finished.accounting
    return Cost(len(programs), lines, made.num_sequences, own + workers, own, made.num_failed)


def measure_for(
    programs: Sequence[str], config: LintSeqConfig | RandSeqConfig, seconds: float
) -> Cost:
    """Measure more and more programs, until a job takes that long or has all of them."""
    count = FIRST
    while True:
        cost = measure(programs[:count], config)
        if cost.seconds >= seconds or count >= len(programs):
            return cost
        count *= 4


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=Path, default=EXAMPLES)
    parser.add_argument("--linter", default="pylint", help="or randseq, for no linter")
    parser.add_argument("--seconds", type=float, default=10, help="that a job takes at least")
    args = parser.parse_args()
    config: LintSeqConfig | RandSeqConfig = RandSeqConfig()
    if args.linter != "randseq":
        config = LintSeqConfig(linter=args.linter)
    programs = programs_of(args.rows)
    kinds = {"as they are": programs}
    kinds |= {f"joined to {lines} lines": glue(programs, lines) for lines in GLUED}
    kinds["standard library, 20 to 400 lines"] = library_files(20, 400)
    print_versions()
    table = []
    for kind, texts in kinds.items():
        cost = measure_for(texts, config, args.seconds)
        table.append(
            [
                kind,
                str(cost.rows),
                f"{cost.lines:.0f}",
                str(cost.failed),
                f"{cost.seconds / cost.rows:.3f}",
                f"{cost.sequences / cost.seconds:.1f}",
                f"{1e6 * cost.seconds / cost.rows / 3600:,.0f}",
                f"{1000 * cost.own / cost.rows:.2f}",
            ]
        )
    print_table(
        ["programs", "rows", "mean lines", "failed", "CPU s a row", "sequences a CPU s",
         "CPU hours for 1 M rows", "ms a row outside of the workers"],
        table,
    )  # fmt: skip


if __name__ == "__main__":
    main()
