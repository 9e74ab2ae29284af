"""When a worker is ended, on processes that are made up.

This looks inside: from outside, a worker that works for a hundred seconds or waits for an hour
takes as long, on a machine that does nothing else. What jobs do about it, with limits of a
second, is in `tests/end_to_end/jobs/test_poison.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lintseq_datasets.jobs._watch import (
    Process,
    Processes,
    Watch,
    all_processes,
    descendants,
)
from tests.conftest import wait_until
from tests.end_to_end.jobs.processes import needs_proc

PID = 10**9  # of no process, so that its threads are not looked for
STEP = 5.0


def worker(state: str, seconds: float, child: tuple[str, float] | None = None) -> Processes:
    found = {PID: Process(1, state, seconds)}
    if child is not None:
        found[PID + 2] = Process(PID + 1, *child)
        found[PID + 1] = Process(PID, "S", 0.0)
    return found


def ended(looks: Iterator[Processes | None], step: float = STEP, most: int = 10_000) -> object:
    """Why, and after how many seconds."""
    watch = Watch(PID, limit=100.0, quiet=600.0)
    for number in range(1, most):
        if problem := watch.look(next(looks), number * step, STEP):
            assert watch.problem == problem
            return problem, number * step
    assert watch.problem is None
    return None


def same(processes: Processes | None) -> Iterator[Processes | None]:
    while True:
        yield processes


def test_what_works_too_long() -> None:
    assert ended(worker("R", 7 + n * STEP) for n in range(1000)) == ("time_budget", 110)
    slow = (worker("R", n * STEP / 50) for n in range(10_000))  # a fiftieth of a processor
    assert ended(slow) == ("time_budget", 5010)


def test_what_other_processes_work_for_it() -> None:
    assert ended(worker("S", 0, ("R", n * STEP)) for n in range(1000)) == ("time_budget", 110)


def test_what_waits_for_ever() -> None:
    assert ended(same(worker("S", 3.0))) == ("worker_hung", 610)
    assert ended(same(worker("S", 3.0, ("S", 1.0)))) == ("worker_hung", 610)
    waking = (worker("S", n * STEP / 1000) for n in range(10_000))  # to look at something
    assert ended(waking) == ("worker_hung", 610)


@pytest.mark.parametrize("state", ["T", "t", "R", "D"])
def test_what_is_stopped_starved_or_reads_a_disk(state: str) -> None:
    assert ended(same(worker(state, 3.0))) is None
    assert ended(same(worker("S", 3.0, (state, 1.0)))) is None


def test_what_sometimes_works() -> None:
    looks = (worker("S", n // 100 * 8) for n in range(1200))  # each 500 seconds
    assert ended(looks, most=1200) is None


def test_time_without_looks_does_not_count() -> None:
    # this process was stopped for an hour between two looks
    assert ended(same(worker("S", 3.0)), step=3600) == ("worker_hung", 3600 * 62)


def test_where_processes_cannot_be_seen() -> None:
    assert ended(same(None)) == ("worker_hung", 3610)


@needs_proc
def test_real_processes() -> None:
    spin = "import time\nwhile time.process_time() < 0.5: pass\nprint(flush=True)\ninput()"
    command = [sys.executable, "-c", spin]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        wait_until(lambda: (all_processes() or {})[process.pid].state == "S")
        found = all_processes()
        assert found is not None
        assert process.pid in descendants(found, os.getpid())
        assert found[process.pid].parent == os.getpid()
        assert 0.4 < found[process.pid].seconds < 60
        process.stdin.close()
