"""A time budget that really interrupts Python code that runs away.

Inference can take exponential time on a dozen lines. The budget is spent in processor
time, so that a busy machine does not change which rows are sampled; a wall clock ten
times as long catches what sleeps.
"""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_WALL_FACTOR = 10.0
_TICK = 0.05  # seconds between two interruptions, should one be swallowed


class TimeUp(BaseException):
    """The budget is spent. No `Exception`, so that no linter catches it."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise `TimeUp` inside the context once the budget is spent.

    Works in the main thread through a signal and in other threads through an
    asynchronous exception; code that never comes back to the interpreter cannot be
    interrupted by either.

    Args:
        seconds: Processor seconds of this process; wall-clock seconds times ten.
    """
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        with _signal_deadline(seconds):
            yield
    else:
        with _thread_deadline(seconds):
            yield


@contextmanager
def _signal_deadline(seconds: float) -> Iterator[None]:
    processor_end = time.process_time() + seconds
    wall_end = time.monotonic() + seconds * _WALL_FACTOR

    def on_alarm(_signal: int, _frame: FrameType | None) -> None:
        left = processor_end - time.process_time()
        if left <= 0 or time.monotonic() >= wall_end:
            signal.setitimer(signal.ITIMER_REAL, _TICK)
            raise TimeUp
        signal.setitimer(signal.ITIMER_REAL, max(min(left, wall_end - time.monotonic()), _TICK))

    previous = signal.signal(signal.SIGALRM, on_alarm)
    remaining, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    started = time.monotonic()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous if previous is not None else signal.SIG_DFL)
        if remaining:  # somebody else's alarm: let it ring when it would have
            elapsed = time.monotonic() - started
            signal.setitimer(signal.ITIMER_REAL, max(remaining - elapsed, 1e-3), interval)


@contextmanager
def _thread_deadline(seconds: float) -> Iterator[None]:
    thread = threading.get_ident()
    done = threading.Event()

    def watch() -> None:
        if not done.wait(seconds):
            while not done.is_set():
                raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
                raise_in(ctypes.c_ulong(thread), ctypes.py_object(TimeUp))
                done.wait(_TICK)

    watcher = threading.Thread(target=watch, daemon=True, name="lintseq-deadline")
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
