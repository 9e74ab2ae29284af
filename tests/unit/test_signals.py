"""Signals end a process in order, whatever comes in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from lintseq_datasets._signals import stopped_by_signals

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")


def end(then: Callable[[], None]) -> None:
    """Be told to end, and do something on the way out."""
    with stopped_by_signals():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
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
import os, signal
from lintseq_datasets._signals import stopped_by_signals
with stopped_by_signals():
    if (worker := os.fork()) == 0:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os._exit(0)  # what swallows exceptions
    print(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]))
"""


def test_a_forked_worker_ends_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True)
    assert done.stdout.strip() == str(128 + signal.SIGTERM), done.stderr
