"""Signals that end a process, and its workers with it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NoReturn

_PATIENCE = 5.0  # seconds for leaving in order
_handled: set[int] = set()
_masks = threading.local()  # as signals are blocked: for each thread, and several may fork


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Leave the context in order when a signal ends the process, with the signal's exit status.

    Workers that are forked inside leave an interrupt to this process, and an error leaves none of
    them behind. If the way out takes too long, it is interrupted again.
    """
    seen: list[int] = []

    def stop(number: int, _frame: object) -> NoReturn:
        seen.append(number)  # the first one says how it ends, also where an impatient one follows
        if insists:
            signal.setitimer(signal.ITIMER_REAL, _PATIENCE)
        _leave(seen[0])

    before = _children()  # those of others, which are left alone
    handlers = _free_handlers()
    # A pool waits forever for a lock that one of its workers held when it was killed.
    insists = "SIGALRM" in handlers
    _watch_forks()
    for name in handlers:
        signal.signal(getattr(signal, name), stop)
    numbers = {getattr(signal, name) for name in handlers} - {signal.SIGINT}
    # For the hooks around forks, which know nothing of this context.
    _handled.update(numbers)
    try:
        yield
    except BaseException as error:
        for worker in _children() - before:
            worker.kill()
        if seen and isinstance(error, Exception):
            _leave(seen[0])  # with workers, `datasets` raises something else from the exit
        raise
    finally:
        if insists and seen:
            signal.setitimer(signal.ITIMER_REAL, 0)
        _handled.difference_update(numbers)
        for name, handler in handlers.items():
            signal.signal(getattr(signal, name), handler)


def _free_handlers() -> dict[str, Any]:
    """Signals that nobody else handles, with the handlers that they have."""
    # An ignored signal stays ignored, as under nohup. Only the main thread may set handlers.
    if threading.current_thread() is not threading.main_thread():
        return {}
    # Windows has neither SIGHUP nor SIGALRM.
    usual: dict[str, Any] = {"SIGINT": signal.default_int_handler}
    usual |= dict.fromkeys(("SIGTERM", "SIGHUP", "SIGALRM"), signal.SIG_DFL)
    return {
        name: handler
        for name, handler in usual.items()
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) == handler
    }


def _leave(number: int) -> NoReturn:
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)


def _children() -> set[Any]:
    modules = [sys.modules.get(name) for name in ("multiprocessing", "multiprocess")]
    return {child for module in modules if module for child in module.active_children()}


# --- forked workers ------------------------------------------------------------------
# An interrupt from a terminal reaches workers too. A pool then starts new workers in place of
# those that it ended, and waits for them. But a process that has just been forked still has our
# handlers, and loses a signal that arrives before its interpreter is ready. So signals are held
# back around each fork, until the new process has dropped the handlers.


@cache
def _watch_forks() -> None:
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=_hold_signals, after_in_parent=_let_signals, after_in_child=_drop_handlers
        )


def _hold_signals() -> None:
    # To block nothing more still says what is blocked, which is set again afterwards.
    held = {signal.SIGINT, *_handled} if _handled else set()
    _masks.before = signal.pthread_sigmask(signal.SIG_BLOCK, held)


def _let_signals() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, _masks.before)


def _drop_handlers() -> None:
    if _handled:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in _handled:
        signal.signal(number, signal.SIG_DFL)
    # Last: what was held back arrives now.
    _let_signals()
