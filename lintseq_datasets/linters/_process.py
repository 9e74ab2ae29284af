"""Running another program over files: temporary files, and limits that a busy machine keeps.

What a text may cost is counted in processor seconds of the child and in its memory, so that
a child that waits, or is stopped for a while, loses nothing. For example, a child with
``Limits(seconds=2)`` that needs one second of work may take a minute on a busy machine. One that
loops without an end is stopped after two seconds of work: a `LinterError` ``time_budget``.
"""

from __future__ import annotations

import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lintseq_datasets.errors import LinterError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_MEMORY = "/dev/shm"
_PREFIX = "lintseq-"
_OLD = 60.0  # seconds, so that none is taken away between being made and being locked
_WALL_FACTOR = 10.0  # where nobody counts the processor seconds of a child
_GRACE = 5  # seconds between the signal that ends a child and the one that it cannot survive
_OUT_OF_MEMORY = (b"memory allocation of", b"out of memory", b"unable to allocate")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use.

    Args:
        seconds: Processor seconds; elsewhere than on Linux wall-clock seconds times ten.
        memory: Bytes of writable memory, on Linux only; stacks that are reserved count.
    """

    seconds: float
    memory: int | None = None

    def bind(self, process: int) -> None:
        """Apply the limits to a process and to what it starts."""
        if sys.platform != "linux":
            return
        import resource

        whole = math.ceil(self.seconds)
        try:
            # At the first number comes SIGXCPU, which a program may catch, at the second SIGKILL.
            resource.prlimit(process, resource.RLIMIT_CPU, (whole, whole + _GRACE))
            if self.memory is not None:
                resource.prlimit(process, resource.RLIMIT_DATA, (self.memory, self.memory))
        except (ProcessLookupError, PermissionError):
            """It is over already, or the system allows less anyway."""

    @property
    def wall(self) -> float | None:
        """Wall-clock seconds after which a child is given up."""
        return None if sys.platform == "linux" else self.seconds * _WALL_FACTOR


@dataclass(frozen=True, slots=True)
class Ended:
    """What a child left behind."""

    status: int
    output: bytes
    problem: str


def run(
    command: Sequence[str],
    *,
    folder: str,
    environment: Mapping[str, str],
    limits: Limits,
    linter: str,
) -> Ended:
    """Run a program in a folder, without standard input.

    Args:
        command: The executable and its arguments.
        folder: Working directory.
        environment: Environment variables, all of them.
        limits: What the program may use.
        linter: Name for errors.

    Raises:
        LinterError: The program used more than it may: ``time_budget``, ``memory_budget``.
        OSError: It cannot be started.
    """
    with (
        _held_signals() as let_go,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as child,
    ):
        try:
            let_go()
            # From here, and not by `preexec_fn`: that is unsafe where there are threads. What the
            # child did before is too little to matter.
            limits.bind(child.pid)
            output, problem = child.communicate(timeout=limits.wall)
        except subprocess.TimeoutExpired:
            child.kill()
            raise _time_is_up(limits, linter) from None
        except BaseException:  # Ctrl-C above all: nobody would wait for the child
            child.kill()
            child.wait()
            raise
    # The kernel ended it for its processor time; Windows has no such signal.
    if child.returncode == -getattr(signal, "SIGXCPU", 0) != 0:
        raise _time_is_up(limits, linter)
    text = problem.decode("utf-8", "replace").strip()
    # With status 0, the words are those of a text that is quoted.
    if child.returncode and any(words in problem for words in _OUT_OF_MEMORY):
        raise LinterError("memory_budget", linter, text[:500])
    return Ended(child.returncode, output, text)


@contextmanager
def _held_signals() -> Iterator[Callable[[], None]]:
    """Let no handler of a signal raise until what is yielded is called, or the context is left.

    An error out of the constructor of `Popen` would leave a child behind that nobody knows of.
    """
    handlers: dict[int, Any] = {}
    seen: list[int] = []

    def let_go() -> None:
        while handlers:
            signal.signal(*handlers.popitem())
        while seen:
            signal.raise_signal(seen.pop())

    if threading.current_thread() is threading.main_thread():  # no other runs handlers
        numbers = [getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")]
        found = {number: signal.getsignal(number) for number in numbers if number is not None}
        handlers = {number: handler for number, handler in found.items() if callable(handler)}
    try:  # around this, too: a handler that still stands may raise
        for number in handlers:
            signal.signal(number, lambda number, _frame: seen.append(number))
        yield let_go
    finally:
        let_go()


def _time_is_up(limits: Limits, linter: str) -> LinterError:
    return LinterError("time_budget", linter, f"no verdict in {limits.seconds:g} s")


@contextmanager
def temporary_files(files: Mapping[str, bytes]) -> Iterator[str]:
    """A private folder with files, removed in the end.

    Args:
        files: Contents by name; a name may begin with one folder.

    Raises:
        OSError: There is no room for them.
    """
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(_private_folder(memory_folder()))
            _write(folder, files)
        except OSError:  # memory is short: where temporary files usually are
            folder = stack.enter_context(_private_folder(None))
            _write(folder, files)
        yield folder


@contextmanager
def _private_folder(place: str | None) -> Iterator[str]:
    """A folder that is locked as long as its process lives."""
    # A process that is killed removes nothing. Its lock ends with it, so that others can tell.
    place = place or tempfile.gettempdir()
    _remove_what_was_left(place)
    folder, owner = tempfile.mkdtemp(prefix=_PREFIX, dir=place), os.getpid()
    lock = _lock(folder)
    try:
        yield folder
    finally:
        if lock is not None:
            os.close(lock)
        # A forked child comes by here, too, when it drops what it has of its parent. Its copy of
        # the lock goes; the folder stays, since a worker of the parent may be at work there.
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)


@lru_cache(maxsize=8)  # once in each process and place
def _remove_what_was_left(place: str) -> None:
    """Remove folders of processes that were killed, which nobody holds a lock on."""
    for entry in os.scandir(place):
        with suppress(OSError):
            is_old = entry.name.startswith(_PREFIX) and time.time() - entry.stat().st_mtime > _OLD
            if is_old and (lock := _lock(entry.path)) is not None:
                os.close(lock)
                shutil.rmtree(entry.path)


def _lock(folder: str) -> int | None:
    """Lock a folder; None if somebody else has, or where folders cannot be locked."""
    if fcntl is None:
        return None
    # `flock` and no file with a process id in it: the kernel lets go of it with the process, and an
    # id may belong to another process by then.
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _write(folder: str, files: Mapping[str, bytes]) -> None:
    for parent in {os.path.dirname(name) for name in files} - {""}:
        os.mkdir(os.path.join(folder, parent))
    for name, content in files.items():
        # Without a buffer, one call of the system writes a file. Where there is room for a part, it
        # writes that and says so; the next call fails. Cut short, it would be another text.
        with open(os.path.join(folder, name), "xb", buffering=0) as file:
            left = memoryview(content)
            while left:
                left = left[file.write(left) :]


def memory_folder() -> str | None:
    """Where files live in memory, unless the user wants temporary files elsewhere.

    Creating a file on disk can take ten times as long as judging it.
    """
    wanted = any(name in os.environ for name in ("TMPDIR", "TEMP", "TMP"))
    return None if wanted or not os.access(_MEMORY, os.W_OK) else _MEMORY
