"""Refactor a folder of Parquet files with Ray Data.

    pip install 'ray[data]' .
    python examples/ray_data_job.py programs edits

There is no adapter: the mapper takes the batches of Ray Data as they are. Ray starts a
task again whose worker was killed, but knows no rows to blame; see docs/jobs.md.
"""

from __future__ import annotations

import argparse
from typing import Any

import pyarrow as pa
import ray

from lintseq_datasets import features_of, lintseq_map


def refactor_batch(batch: dict[str, Any], **options: Any) -> pa.Table:
    # A table with its types: a batch without any sequence has the same columns then.
    return pa.Table.from_pydict(lintseq_map(batch, **options), schema=features_of().arrow_schema)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("source", help="folder with Parquet files")
    parser.add_argument("output", help="folder for Parquet files")
    parser.add_argument("--num-samples", type=int, default=5)
    parser.add_argument("--linter", default="pylint")
    args = parser.parse_args()

    programs = ray.data.read_parquet(args.source)
    edits = programs.map_batches(
        refactor_batch,
        batch_format="numpy",
        batch_size=100,
        fn_kwargs={"num_samples": args.num_samples, "linter": args.linter},
    )
    edits.write_parquet(args.output)


if __name__ == "__main__":
    main()
