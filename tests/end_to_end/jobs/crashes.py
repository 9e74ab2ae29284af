"""Run a job that ends, as by a power cut, at its n-th change of the file system.

Each job runs in a fork of this process, so that hundreds of crashes take seconds.
"""

from __future__ import annotations

import os
import traceback
from functools import cache
from pathlib import Path
from typing import Any

import datasets

from lintseq_datasets import RandSeqConfig
from lintseq_datasets.jobs.local import generate
from tests.faults.files import CRASH, FileFaults
from tests.faults.workers import no_processes

ROWS = [{"code": "\n".join(f"x{n} = {n}" for n in range(i % 5 + 1))} for i in range(5)]


def run(output: Path, crash: int = 0) -> int:
    """Run the job in a fork; returns the exit status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        with no_processes(), FileFaults(output.parent, "crash", crash).installed():
            job(output)
        code = 0
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        os._exit(code)


@cache
def table() -> datasets.Dataset:
    """The rows, made once: a fingerprint takes a tenth of a job."""
    return datasets.Dataset.from_list(ROWS)


def job(output: Path, **options: Any) -> Any:
    """Run the job here."""
    given = {"part_rows": 2, "saved": output.name == "saved", "progress": False, **options}
    return generate(table(), output, RandSeqConfig(num_samples=2), **given)


def crash_everywhere(folder: Path, name: str, step: int = 1) -> list[Path]:
    """Crash once at each change, and go on; returns the outputs.

    Args:
        folder: Where to.
        name: Name of the output.
        step: Take only each so-manieth change.
    """
    with no_processes():
        job(folder / "warm" / name)  # what is imported here, no fork has to import again
    outputs: list[Path] = []
    code = CRASH
    while code == CRASH:
        outputs.append(folder / f"{len(outputs)}" / name)
        outputs[-1].parent.mkdir()
        code = run(outputs[-1], 1 + step * (len(outputs) - 1))
        if code == CRASH:
            assert run(outputs[-1]) == 0, outputs[-1]
    assert code == 0
    return outputs
