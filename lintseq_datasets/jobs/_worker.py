"""A worker process: reads batches from a pipe, writes rows to another.

It runs in a fresh interpreter that the parent starts as a program of its own, so that
a script needs no main guard, threads of the parent do no harm, and nothing but the
parent holds the other end of its pipes: their end is the end of the parent.
"""

from __future__ import annotations

import contextlib
import faulthandler
import io
import os
import pickle
import queue
import signal
import struct
import sys
import threading
from typing import IO, Any

from lintseq_datasets.errors import LintSeqError

_LENGTH = struct.Struct(">Q")
_PR_SET_PDEATHSIG = 1
_LATER = 5.0  # seconds after which a process that hangs ends itself, should the parent not do it

START = "import sys; sys.path[:] = sys.argv[2:]; from lintseq_datasets.jobs import _worker; "
START += "_worker.main(int(sys.argv[1]))"
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


def main(parent: int) -> None:
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
    try:
        import dill

        function, kwargs, limit = dill.loads(messages.get())
        write_frame(sink, pickle.dumps(("ready", None)))
    except Exception as error:  # noqa: BLE001  # whatever the import of a linter raises
        write_frame(sink, _pickle_error(error))
        return
    with open(os.devnull, "wb") as nowhere:
        while True:
            batch = pickle.loads(messages.get())
            # A timer in C, for what hangs without coming back to the interpreter.
            faulthandler.dump_traceback_later(limit + _LATER, exit=True, file=nowhere)
            answer = _answer(function, batch, kwargs)
            faulthandler.cancel_dump_traceback_later()
            write_frame(sink, answer)


def _answer(function: Any, batch: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    try:
        return pickle.dumps(("rows", function(*batch, **kwargs)))
    except Exception as error:  # noqa: BLE001  # a row never stops a job
        return _pickle_error(error)


def _pickle_error(error: Exception) -> bytes:
    if isinstance(error, LintSeqError):
        with contextlib.suppress(Exception):
            return pickle.dumps(("error", error))
    return pickle.dumps(("crash", f"{type(error).__name__}: {error}"[:500]))


def _listen(source: IO[bytes], messages: queue.SimpleQueue[bytes]) -> None:
    # A thread of its own notices the end of the parent while a batch is worked on.
    with contextlib.suppress(OSError):
        while (message := read_frame(source)) is not None:
            messages.put(message)
    os._exit(1)


def _take_streams() -> tuple[IO[bytes], IO[bytes]]:
    """The pipes; what is printed from now on goes to the standard error."""
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdin = io.TextIOWrapper(io.BytesIO())
    return source, sink


def _die_with(parent: int) -> None:
    """Let the kernel end this process with its parent, also while C code hangs (Linux)."""
    if sys.platform != "linux":
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before
        os._exit(1)
