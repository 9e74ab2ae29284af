"""Run a job that ends, as by a power cut, at its n-th change of the file system.

Prints how many crashes there were. Each job runs in a fork of this process, which has
imported everything before, so that hundreds of crashes take seconds.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet  # noqa: F401

from lintseq_datasets import RandSeqConfig
from lintseq_datasets.jobs.local import generate

CHANGES = ("replace", "unlink", "rmdir", "mkdir", "open")
CRASH = 9


def crash_at(number: int) -> None:
    """End this process in front of a change, without any cleaning up."""
    count = 0

    def counting(change: Any) -> Any:
        def changed(path: Path, *args: Any, **options: Any) -> Any:
            nonlocal count
            reads = change.__name__ == "open" and "w" not in "".join(args)
            if "lintseq" in str(path) and not reads:
                count += 1
                if count == number:
                    os._exit(CRASH)
            return change(path, *args, **options)

        return changed

    for name in CHANGES:
        setattr(pathlib.Path, name, counting(getattr(pathlib.Path, name)))


def run(rows: list[dict[str, Any]], output: Path, crash: int, saved: bool) -> int:
    """Run the job in a fork; returns the exit status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        if crash:
            crash_at(crash)
        generate(
            datasets.Dataset.from_list(rows), output, RandSeqConfig(num_samples=2),
            part_rows=2, saved=saved, progress=False,
        )  # fmt: skip
        code = 0
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        os._exit(code)


def main(folder: Path, suffix: str, saved: bool, step: int) -> None:
    rows = [{"code": "\n".join(f"x{n} = {n}" for n in range(i % 5 + 1))} for i in range(5)]
    crash, code = 1 - step, CRASH
    while code == CRASH:
        crash += step
        output = folder / f"lintseq-{crash}{suffix}"
        code = run(rows, output, crash, saved)
        if code == CRASH:
            assert run(rows, output, 0, saved) == 0, crash
        else:
            assert code == 0, code
            shutil.move(output, folder / f"calm{suffix}")
    print(crash // step)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "saved", int(sys.argv[4]))
