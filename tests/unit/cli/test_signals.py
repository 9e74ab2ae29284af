"""Signals end a process in order, whatever comes in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from lintseq_datasets.cli._signals import stopped_by_signals

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")


def end(then: Callable[[], None], number: int = signal.SIGTERM) -> None:
    """Be told to end, and do something on the way out."""
    with stopped_by_signals():
        try:
            os.kill(os.getpid(), number)
        finally:
            then()


def fail() -> None:
    raise TimeoutError


def test_leaving_the_context_in_order() -> None:
    left: list[str] = []
    with pytest.raises(SystemExit) as caught:
        end(lambda: left.append("in order"))
    assert caught.value.code == 128 + signal.SIGTERM
    assert left == ["in order"]
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_another_error_on_the_way_out_does_not_hide_the_status() -> None:
    with pytest.raises(SystemExit) as caught:
        end(fail)
    assert caught.value.code == 128 + signal.SIGTERM
    with pytest.raises(TimeoutError), stopped_by_signals():
        fail()


FORKS = """
import os, signal, sys
from lintseq_datasets.cli._signals import stopped_by_signals
with stopped_by_signals():
    if (worker := os.fork()) == 0:
        try:
            os.kill(os.getpid(), int(sys.argv[1]))
            os._exit(0)
        except BaseException:
            os._exit(3)
    print(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]))
"""


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 0)]
)
def test_a_forked_worker_ends_at_once_and_leaves_interrupts_alone(number: int, status: int) -> None:
    done = run_script(FORKS, str(int(number)))
    assert done.stdout.strip() == str(status), done.stderr


NEWBORNS = """
import os, signal, time
from lintseq_datasets.cli._signals import stopped_by_signals
with stopped_by_signals():
    for _ in range(300):
        if (worker := os.fork()) == 0:
            time.sleep(20)
            os._exit(0)
        os.kill(worker, signal.SIGTERM)
        assert os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]) == -signal.SIGTERM
"""


def test_a_worker_ends_that_is_just_being_forked() -> None:
    started = time.monotonic()
    done = run_script(NEWBORNS)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - started < 15


LEFT = """
import multiprocessing, signal, time
from lintseq_datasets.cli._signals import stopped_by_signals
fork = multiprocessing.get_context("fork")
older = fork.Process(target=time.sleep, args=(1,))
older.start()
worker = fork.Process(target=time.sleep, args=(60,))
try:
    with stopped_by_signals():
        worker.start()
        signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    worker.join()
    older.join()
    print(worker.exitcode, older.exitcode)
"""


def test_no_worker_is_left_behind() -> None:
    done = run_script(LEFT)
    assert done.stdout.split() == [str(-signal.SIGKILL), "0"], done.stderr


LOCKED = """
import multiprocessing, os, signal, sys
from lintseq_datasets.cli import _signals
_signals._PATIENCE = 0.5
lock = multiprocessing.get_context("fork").Lock()
lock.acquire()
try:
    with _signals.stopped_by_signals():
        try:
            os.kill(os.getpid(), int(sys.argv[1]))
        finally:
            try:
                lock.acquire()
            finally:
                print("in order")
finally:
    print(signal.getitimer(signal.ITIMER_REAL)[0], signal.getsignal(signal.SIGALRM).name)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_hangs_on_the_way_out_is_interrupted(number: int) -> None:
    done = run_script(LOCKED, str(int(number)))
    assert done.stdout.splitlines() == ["in order", "0.0 SIG_DFL"]
    if number == signal.SIGTERM:
        assert done.returncode == 128 + number
    else:
        assert done.stderr.endswith("KeyboardInterrupt\n")


def test_an_error_on_the_way_out_does_not_hide_an_interrupt() -> None:
    with pytest.raises(KeyboardInterrupt):
        end(fail, signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


OUTSIDE = """
import os, signal
from lintseq_datasets.cli._signals import stopped_by_signals
with stopped_by_signals():
    pass
if (worker := os.fork()) == 0:
    os._exit(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)
print(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]))
"""


def test_a_fork_outside_is_as_ever() -> None:
    done = run_script(OUTSIDE)
    assert done.stdout.strip() == "0", done.stderr


def run_script(script: str, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)
