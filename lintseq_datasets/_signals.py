"""Signals that end a process, and its workers with it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_handled: set[int] = set()
_masks = threading.local()


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let the signals that end a process leave the context in order, with their exit status.

    Workers that are forked in it leave an interrupt to this process, and none of them is
    left behind by an error.
    """
    seen: list[int] = []

    def stop(number: int, _frame: object) -> None:
        seen.append(number)
        sys.exit(128 + number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # What is ignored stays ignored, as under nohup; and only the main thread may ask.
    numbers = [number for number in numbers if signal.getsignal(number) == signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    before = _children()
    _watch_forks()
    for number in numbers:
        signal.signal(number, stop)
    _handled.update(numbers)
    try:
        yield
    except BaseException as error:
        for worker in _children() - before:
            worker.kill()
        if seen and isinstance(error, Exception):
            sys.exit(128 + seen[0])  # with workers, `datasets` raises something else from the exit
        raise
    finally:
        _handled.difference_update(numbers)
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def _children() -> set[Any]:
    modules = [sys.modules.get(name) for name in ("multiprocessing", "multiprocess")]
    return {child for module in modules if module for child in module.active_children()}


# --- forked workers ------------------------------------------------------------------
# An interrupt from a terminal reaches them too. A pool would start others in the place of
# those that it ends, and then wait for these: a new process forgets what signals it got
# before its interpreter was ready, if they have a handler. So signals wait until they have none.


@cache
def _watch_forks() -> None:
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=_hold_signals, after_in_parent=_let_signals, after_in_child=_drop_handlers
        )


def _hold_signals() -> None:
    held = {signal.SIGINT, *_handled} if _handled else set()
    _masks.before = signal.pthread_sigmask(signal.SIG_BLOCK, held)


def _let_signals() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, _masks.before)


def _drop_handlers() -> None:
    if _handled:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in _handled:
        signal.signal(number, signal.SIG_DFL)
    _let_signals()
