"""Signals end a command in order, whatever comes in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import lintseq_datasets.prepare
from lintseq_datasets.cli import main
from tests.conftest import PYTHONPATH

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")

COMMAND = ["prepare", "rows.jsonl", "-o", "out"]

HEAD = """
import multiprocessing, os, signal, sys, time
import lintseq_datasets.prepare
from lintseq_datasets.cli import main

number = signal.Signals(int(sys.argv[1]))

def work(*_args, **_options):
"""

TAIL = f"""
lintseq_datasets.prepare.prepare = work
try:
    main({COMMAND})
finally:
    handler = signal.getsignal(signal.SIGTERM).name
    print(signal.getitimer(signal.ITIMER_REAL)[0], handler, flush=True)
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(autouse=True)
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rows.jsonl").write_text('{"code": "x = 1"}\n')
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start a command that does what a script says, in a process of its own."""

    def start(work: str, number: int = signal.SIGTERM) -> subprocess.Popen[str]:
        script = HEAD + work + TAIL
        return subprocess.Popen(
            [sys.executable, "-c", script, str(int(number))],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": PYTHONPATH},
        )  # fmt: skip

    return start


def finish(process: subprocess.Popen[str]) -> tuple[int, list[str], str]:
    """Exit status, lines of the output without the last one, errors."""
    output, errors = process.communicate(timeout=300)
    lines = output.splitlines()
    assert lines[-1:] == ["0.0 SIG_DFL"], errors  # as it was before
    return process.returncode, lines[:-1], errors


def end(monkeypatch: pytest.MonkeyPatch, then: Callable[[], None], number: int) -> object:
    """Be told to end, and do something on the way out; returns the exit status."""

    def work(*_args: object, **_options: object) -> None:
        try:
            os.kill(os.getpid(), number)
        finally:
            then()

    monkeypatch.setattr(lintseq_datasets.prepare, "prepare", work)
    with pytest.raises(SystemExit) as caught:
        main(COMMAND)
    return caught.value.code


def fail() -> None:
    raise TimeoutError


def test_leaving_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[str] = []
    code = end(monkeypatch, lambda: left.append("in order"), signal.SIGTERM)
    assert code == 128 + signal.SIGTERM
    assert left == ["in order"]
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_an_error_on_the_way_out_does_not_hide_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        assert end(monkeypatch, fail, number) == 128 + number
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert end(monkeypatch, fail, 0) == 2  # no signal


FORKS = """
    if (worker := os.fork()) == 0:
        try:
            os.kill(os.getpid(), number)
            os._exit(0)
        except BaseException:
            os._exit(3)
    print(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]))
    sys.exit(0)
"""


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 0)]
)
def test_a_forked_worker_ends_at_once_and_leaves_interrupts_alone(
    start: Start, number: int, status: int
) -> None:
    assert finish(start(FORKS, number))[:2] == (0, [str(status)])


NEWBORNS = """
    for _ in range(300):
        if (worker := os.fork()) == 0:
            time.sleep(1000)
            os._exit(0)
        os.kill(worker, number)
        assert os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]) == -number
    sys.exit(0)
"""


def test_a_worker_ends_that_is_just_being_forked(start: Start) -> None:
    assert finish(start(NEWBORNS))[0] == 0


LEFT = """
    global worker
    ready = fork.Event()
    worker = fork.Process(target=ignore_ends, args=(ready,))
    worker.start()
    print(worker.pid)
    ready.wait()
    signal.raise_signal(number)

def ignore_ends(ready):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ready.set()
    time.sleep(20)

fork = multiprocessing.get_context("fork")
older = fork.Process(target=time.sleep, args=(1,))
older.start()
import atexit
atexit.register(lambda: [print(one.join() or one.exitcode) for one in (older, worker)])
"""


def test_no_worker_is_left_behind(start: Start) -> None:
    """Not even one that ignores SIGTERM; what the command did not start is waited for."""
    code, output, _ = finish_with_older(start(LEFT, signal.SIGINT))
    assert code == 130
    with pytest.raises(ProcessLookupError):
        os.kill(int(output[0]), 0)
    assert output[-2:] == ["0", str(-signal.SIGKILL)]


def finish_with_older(process: subprocess.Popen[str]) -> tuple[int, list[str], str]:
    output, errors = process.communicate(timeout=300)
    return process.returncode, output.splitlines(), errors


LOCKED = """
    lock = multiprocessing.get_context("fork").Lock()
    lock.acquire()
    try:
        os.kill(os.getpid(), number)
    finally:
        try:
            lock.acquire()
        finally:
            print("in order")
"""


def test_what_hangs_on_the_way_out_is_interrupted(start: Start) -> None:
    numbers = (signal.SIGTERM, signal.SIGINT)
    for number, process in [(number, start(LOCKED, number)) for number in numbers]:
        assert finish(process)[:2] == (128 + number, ["in order"])


OUTSIDE = """
    sys.exit(0)

lintseq_datasets.prepare.prepare = work
try:
    main({})
except SystemExit:
    if (worker := os.fork()) == 0:
        os._exit(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)
    print(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]))
"""


def test_a_fork_outside_is_as_ever(start: Start) -> None:
    assert finish(start(OUTSIDE.format(COMMAND)))[:2] == (0, ["0"])
