"""A worker process: reads batches from a pipe, writes rows to another.

It runs in a fresh interpreter that the parent starts as a program of its own, so that
a script needs no main guard, threads of the parent do no harm, and nothing but the
parent holds the other end of its pipes: their end is the end of the parent.
"""

from __future__ import annotations

import contextlib
import io
import logging
import math
import os
import pickle
import queue
import signal
import struct
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

from lintseq_datasets.display.terminals import escape_terminals
from lintseq_datasets.errors import LintSeqError

_LENGTH = struct.Struct(">Q")
_PR_SET_PDEATHSIG = 1

WORKER_SCRIPT = """import sys
sys.path[:] = sys.argv[2:]
from lintseq_datasets.jobs import _job_worker
_job_worker.answer_batches(int(sys.argv[1]))
"""
"""What the interpreter runs; its arguments are the parent's id and its module path."""


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """Write a message behind its length."""
    stream.write(_LENGTH.pack(len(content)) + content)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """Read a message; None if the stream ends before the message does."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    content = stream.read(length)
    return content if len(content) == length else None


class KeptLog(logging.Handler):
    """What the library logs in this process, kept for the parent, which knows where it goes."""

    _MOST = 10_000  # for a batch

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._notes: list[tuple[str, int, str]] = []
        logger = logging.getLogger("lintseq_datasets")
        logger.addHandler(self)
        logger.setLevel(logging.INFO)
        # A handler that a linter gives to the root logger would print them here as well.
        logger.propagate = False

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        if len(self._notes) < self._MOST:
            self._notes.append((record.name, record.levelno, record.getMessage()[:1000]))

    def take(self) -> list[tuple[str, int, str]]:
        """Logger, level and text of what was kept since this was asked for."""
        notes, self._notes = self._notes, []
        return notes


def answer_batches(parent: int) -> None:
    """Answer batches until the parent is gone.

    Args:
        parent: Process id of the parent.
    """
    with contextlib.suppress(ValueError, AttributeError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    _die_with(parent)
    source, sink = _take_streams()
    messages: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, messages), daemon=True).start()
    _spare_the_machine()
    try:
        import dill

        function, kwargs, limit, warm_up = dill.loads(messages.get())
        warm_up()
        notes = KeptLog()  # of rows alone
        write_frame(sink, pickle.dumps(("ready", None, [])))
    except Exception as error:  # noqa: BLE001  # whatever the import of a linter raises
        write_frame(sink, _pickle_error(error, []))
        return
    while True:
        # Only the parent can write to this pipe, so what is unpickled is its own.
        batch = pickle.loads(messages.get())
        _allow(limit)
        write_frame(sink, _answer(function, batch, kwargs, notes))


def _allow(seconds: float) -> None:
    """Let the kernel end this process after so many processor seconds from now (POSIX).

    It does so with SIGXCPU, also inside of C code that never comes back.
    """
    if sys.platform == "win32":
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    # The kernel counts from the start of the process, in whole seconds, and this process alone:
    # what its children use, `Watch` adds up.
    end = math.ceil(time.process_time() + seconds)
    allowed = end if most == resource.RLIM_INFINITY else min(end, most)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, most))


def _spare_the_machine() -> None:
    """Leave no dumps of memory; be the first to go where the memory is short (Linux).

    There is no limit of memory: one of the address space would stop libraries that only
    reserve it, and a smaller one would make the rows depend on what else is loaded.
    """
    if sys.platform == "win32":
        return
    import resource

    # SIGXCPU, with which `_allow` ends this process, writes a dump unless told (signal(7)).
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _answer(function: Any, batch: tuple[Any, ...], kwargs: dict[str, Any], notes: KeptLog) -> bytes:
    try:
        rows = function(*batch, **kwargs)
        return pickle.dumps(("rows", rows, notes.take()))
    except Exception as error:  # noqa: BLE001  # a row never stops a job
        return _pickle_error(error, notes.take())


def _pickle_error(error: Exception, notes: list[tuple[str, int, str]]) -> bytes:
    if isinstance(error, LintSeqError):
        # An error of the user's own class may not survive it; what it says goes then.
        with contextlib.suppress(Exception):
            return pickle.dumps(("error", error, notes))
    return pickle.dumps(("crash", f"{type(error).__name__}: {error}"[:500], notes))


def _listen(source: IO[bytes], messages: queue.SimpleQueue[bytes]) -> None:
    # A thread of its own notices the end of the parent while a batch is worked on.
    with contextlib.suppress(OSError):
        while (message := read_frame(source)) is not None:
            messages.put(message)
    os._exit(1)  # `sys.exit` would end this thread only


def _take_streams() -> tuple[IO[bytes], IO[bytes]]:
    """The pipes; what is printed from now on goes to the standard error."""
    # A linter may print, and what it prints between two frames would end the talk.
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdin = io.TextIOWrapper(io.BytesIO())
    escape_terminals()
    return source, sink


def _die_with(parent: int) -> None:
    """Let the kernel end this process with its parent, also while C code hangs (Linux)."""
    if sys.platform != "linux":
        return
    import ctypes

    # Linux takes the end of the thread that started this process for that of its parent (prctl(2)):
    # a worker of a short-lived thread would end with it. The threads of `Pool` live as long as it.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before
        os._exit(1)
