"""What takes a process of its own: `Dataset.map` with workers, and memory over many rows.

python -m benchmarks.workers map ROWS.jsonl --num-proc N [--repeat N]
python -m benchmarks.workers memory ROWS.jsonl --rows N
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any, cast

from benchmarks.rows import programs_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("map", "memory"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--num-proc", type=int)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--num-samples", type=int, default=5)
    options = parser.parse_args()
    programs = list(varied(programs_of(options.file), options.rows))
    if options.what == "map":
        print(json.dumps(measure_map(programs, options.num_proc, options.num_samples)))
    else:
        for done, megabytes in resident_memory(programs, options.num_samples):
            print(json.dumps([done, megabytes]), flush=True)


def varied(programs: list[str], count: int) -> Iterator[str]:
    """So many programs, again and again the same with another last line."""
    for number, program in enumerate(islice(cycle(programs), count)):
        is_new = number < len(programs)
        yield program if is_new else f"{program}\nvalue_{number} = {number}"


def measure_map(programs: list[str], num_proc: int | None, num_samples: int) -> dict[str, float]:
    """Wall-clock seconds of `Dataset.map`, from source to finished Arrow file."""
    import datasets

    from lintseq_datasets import FEATURES, lintseq_map

    datasets.disable_progress_bars()
    options = {"num_samples": num_samples, "extract_code": None}
    with tempfile.TemporaryDirectory() as folder:
        dataset = datasets.Dataset.from_dict(
            {"instruction": [""] * len(programs), "response": programs}
        )
        started = time.perf_counter()
        mapped = dataset.map(
            lintseq_map, batched=True, batch_size=100, num_proc=num_proc, features=FEATURES,
            remove_columns=dataset.column_names, fn_kwargs=options,
            cache_file_name=str(Path(folder) / "mapped.arrow"),
        )  # fmt: skip
        seconds = time.perf_counter() - started
        return {"sequences": len(mapped), "seconds": seconds}


def resident_memory(programs: list[str], num_samples: int) -> Iterator[tuple[int, float]]:
    """Megabytes of this process after so many rows, at twelve points."""
    import psutil

    from lintseq_datasets import lintseq_map

    step = max(len(programs) // 10, 1)
    for start in range(0, len(programs), step):
        for first in range(start, min(start + step, len(programs)), 20):
            rows = programs[first : min(first + 20, start + step)]
            lintseq_map({"response": rows}, num_samples=num_samples, extract_code=None)
        done = min(start + step, len(programs))
        yield done, psutil.Process().memory_info().rss / 2**20


def in_fresh_process(*args: str) -> list[Any]:
    """Run this module with some arguments; what it printed, line by line."""
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.workers", *args],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    return [cast("Any", json.loads(line)) for line in result.stdout.splitlines()]


if __name__ == "__main__":
    main()
