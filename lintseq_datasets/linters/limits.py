"""How long a linter may work in this process, and how much it may build.

Inference can take exponential time on a dozen lines, so a limit must interrupt Python code
that runs away. Only processor time of the thread that works counts: a process that is
stopped, or starved by others, loses nothing of its budget.

>>> try:
...     with deadline(0.1):
...         while True:
...             pass
... except TimeUp:
...     print("interrupted")
interrupted
"""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_TICK = 0.05  # seconds between two interruptions, should one be swallowed


class TimeUp(BaseException):
    """The budget is spent. No `Exception`, so that no linter catches it."""


class MemoryUp(BaseException):
    """A text asks for too much memory. No `Exception`, for the same reason."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise `TimeUp` inside the context once the budget is spent.

    Works in the main thread through a signal and in other threads through an
    asynchronous exception; code that never comes back to the interpreter cannot be
    interrupted by either.

    Args:
        seconds: Processor seconds of the calling thread.
    """
    # Python runs the handlers of signals in the main thread, and only there can they be set.
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        with _signal_deadline(seconds):
            yield
    else:
        with _thread_deadline(seconds):
            yield


@contextmanager
def _signal_deadline(seconds: float) -> Iterator[None]:
    end = time.thread_time() + seconds
    over = False

    # The alarm rings by the clock, and then looks at how much processor time that was. A timer of
    # processor time (ITIMER_VIRTUAL, ITIMER_PROF) would count all threads of the process.
    def on_alarm(_signal: int, _frame: FrameType | None) -> None:
        # It may be called late. Set again then, it would ring when nobody answers any more, and
        # that ends the process.
        if over:
            return
        left = end - time.thread_time()
        # Set again before raising: what is raised in a callback of C code may be swallowed.
        signal.setitimer(signal.ITIMER_REAL, max(left, _TICK))
        if left <= 0:
            raise TimeUp

    previous = signal.signal(signal.SIGALRM, on_alarm)
    remaining, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    started = time.monotonic()
    try:
        try:
            yield
        finally:
            over = True
    finally:  # also where the alarm rang in front of that line
        over = True
        # The alarm first: without our handler it would end the process.
        signal.setitimer(signal.ITIMER_REAL, 0)
        # None stands for a handler that was not set from Python, which cannot be put back.
        signal.signal(signal.SIGALRM, previous if previous is not None else signal.SIG_DFL)
        if remaining:  # somebody else's alarm: let it ring when it would have
            elapsed = time.monotonic() - started
            signal.setitimer(signal.ITIMER_REAL, max(remaining - elapsed, 1e-3), interval)


@contextmanager
def _thread_deadline(seconds: float) -> Iterator[None]:
    thread = threading.get_ident()
    clock = _clock_of(thread)
    end = clock() + seconds
    done = threading.Event()

    # Raises again and again until the work is done, for the same reason as above.
    def watch() -> None:
        # The wait goes by the clock on the wall, by which the budget lasts at least as long.
        while not done.wait(max(end - clock(), _TICK)):
            if clock() >= end:
                raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
                raise_in(ctypes.c_ulong(thread), ctypes.py_object(TimeUp))

    watcher = threading.Thread(target=watch, daemon=True, name="lintseq-deadline")
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()  # or it could still raise after the work is done


def _clock_of(thread: int) -> Callable[[], float]:
    """The processor time of a thread; of the whole process where the system has no such clock."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.process_time
    clock = time.pthread_getcpuclockid(thread)
    return lambda: time.clock_gettime(clock)
