"""Signals that end a process."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let the signals that end a process leave the context in order, with their exit status."""
    seen: list[int] = []
    owner = os.getpid()

    def stop(number: int, _frame: object) -> None:
        if os.getpid() != owner:  # a forked worker; an exception could be swallowed there
            os._exit(128 + number)
        seen.append(number)
        sys.exit(128 + number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # What is ignored stays ignored, as under nohup; and only the main thread may ask.
    numbers = [number for number in numbers if signal.getsignal(number) == signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    for number in numbers:
        signal.signal(number, stop)
    try:
        yield
    except Exception:
        if seen:  # with worker processes, `datasets` raises something else from the exit
            sys.exit(128 + seen[0])
        raise
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
