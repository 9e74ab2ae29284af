"""Refactor a folder of Parquet files with datatrove, on one machine or many.

    pip install '.[datatrove]'
    python examples/datatrove_job.py programs edits --tasks 8 --workers 4

The same command goes on where it was stopped: tasks that are finished are skipped. For a
cluster, put `SlurmPipelineExecutor` or `RayPipelineExecutor` in place of the local one;
the pipeline stays as it is.
"""

from __future__ import annotations

import argparse

from datatrove.executor.local import LocalPipelineExecutor
from datatrove.pipeline.readers import ParquetReader

from lintseq_datasets import LintSeqConfig
from lintseq_datasets.jobs.datatrove import LintSeqStep, edits_writer, job_id, read_row


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("source", help="folder with Parquet files, local or remote")
    parser.add_argument("output", help="folder for the edit sequences and the logs")
    parser.add_argument("--tasks", type=int, default=2)
    parser.add_argument("--workers", type=int, default=-1, help="tasks at once; -1: all")
    parser.add_argument("--num-samples", type=int, default=5)
    parser.add_argument("--linter", default="pylint")
    args = parser.parse_args()

    reader = ParquetReader(args.source, glob_pattern="**/*.parquet", adapter=read_row)
    step = LintSeqStep(LintSeqConfig(num_samples=args.num_samples, linter=args.linter))
    job = job_id([reader, step], args.tasks)
    executor = LocalPipelineExecutor(
        [reader, step, edits_writer(f"{args.output}/edits-{job}")],
        tasks=args.tasks,
        workers=args.workers,
        logging_dir=f"{args.output}/logs-{job}",
    )
    executor.run()
    print(f"{args.output}/edits-{job}")


if __name__ == "__main__":
    main()
