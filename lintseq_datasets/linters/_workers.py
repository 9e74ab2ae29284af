"""Worker processes that are kept: starting, asking, limits, and starting anew.

Each process has workers of its own. A forked child drops those of its parent, whose pipes it
would share. A worker ends with the end of its pipe, that is with its parent; one that hangs then
is ended by the kernel, as its processor time is limited.
"""

from __future__ import annotations

import atexit
import json
import math
import os
import select
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from itertools import count
from typing import IO, Any

from lintseq_datasets.errors import ConfigError, LinterError
from lintseq_datasets.linters._process import temporary_files
from lintseq_datasets.linters.base import LintMessage, LintResult
from lintseq_datasets.linters.executables import clean_environment
from lintseq_datasets.linters.worker import Launch

_START_SECONDS = 120.0  # by the clock: a machine may be busy
_WAIT = 0.5  # seconds between two looks at the clock of a worker
_WINDOW = 32_768  # bytes that are sent ahead of the answers, fewer than a pipe holds
_CHUNK = 1 << 16
_MOST_TEXTS = 50_000  # of one process, so that what it leaks is bounded
_LONGEST_ANSWER = 1 << 26
_MEMORY = 1 << 30
_SPACE = 4 << 30
_SPARE_SECONDS = 300  # of processor time, within which a worker that nobody minds ends
_WALL_FACTOR = 10.0  # where nobody tells the processor time of another process

_workers: dict[tuple[int, str, Launch], Worker] = {}
_versions: dict[tuple[str, Launch], str] = {}


class _EndedError(Exception):
    """A worker ended, or said what makes no sense."""


class _SlowError(Exception):
    """A worker used up the time of a text."""


def worker_of(tool: str, launch: Launch) -> Worker:
    """The worker of this process."""
    key = (os.getpid(), tool, launch)
    if key not in _workers:
        _workers[key] = Worker(tool, launch)
    return _workers[key]


def version_of(tool: str, launch: Launch) -> str:
    """The version that a worker says at its start.

    Raises:
        ConfigError: The tool does not work.
    """
    key = (tool, launch)
    if key not in _versions:
        _versions[key] = worker_of(tool, launch).version()
    return _versions[key]


def _drop() -> None:
    """Let go of the workers of the parent: their pipes are its own."""
    for worker in _workers.values():
        worker.let_go()
    _workers.clear()


def _end() -> None:
    for (pid, _, _), worker in _workers.items():
        if pid == os.getpid():
            worker.stop()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_drop)
atexit.register(_end)


class Worker:
    """A worker process that is started when it is first asked.

    Args:
        tool: Name of the tool, for errors.
        launch: How it is started.
    """

    def __init__(self, tool: str, launch: Launch) -> None:
        self._tool, self._launch = tool, launch
        self._lock = threading.RLock()
        self._child: subprocess.Popen[bytes] | None = None
        self._stack = ExitStack()
        self._numbers = count(1)
        self._texts = 0
        self._hello: dict[str, Any] = {}
        self._received = b""

    def version(self) -> str:
        """What it says of itself.

        Raises:
            ConfigError: It does not start, or has a problem.
        """
        with self._lock:
            try:
                self._start()
            except (_EndedError, OSError) as error:
                raise ConfigError("linter", f"{self._tool} does not start: {error}") from None
            if problem := self._hello.get("problem"):
                self.stop()
                raise ConfigError("linter", f"{self._tool} does not work: {problem}")
            return str(self._hello["version"])

    def ask(self, texts: Sequence[str], seconds: float) -> list[LintResult]:
        """The verdicts on texts, in order.

        Args:
            texts: The texts.
            seconds: Processor seconds for each.
        """
        with self._lock:
            results: list[LintResult] = []
            again = -1  # the text that is asked for the second time
            while len(results) < len(texts):
                try:
                    for result in self._answers(texts[len(results) :], seconds):
                        results.append(result)
                except _SlowError:
                    self.stop()
                    detail = f"no verdict in {seconds:g} s"
                    results.append(LinterError("time_budget", self._tool, detail))
                except (_EndedError, OSError) as error:
                    self.stop()
                    if again == len(results):
                        results.append(LinterError("linter_crash", self._tool, str(error)[:500]))
                    else:
                        again = len(results)
            return results

    # --- one process after another ---------------------------------------------------

    def _start(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None and self._texts < _MOST_TEXTS:
            return self._child
        self.stop()
        folder = self._stack.enter_context(temporary_files({}))
        child = subprocess.Popen(
            self._launch.command,
            cwd=folder,
            env={**clean_environment(folder), **self._launch.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._child, self._texts, self._received = child, 0, b""
        _bind(child.pid)
        os.set_blocking(_stream(child.stdin).fileno(), False)
        os.set_blocking(_stream(child.stdout).fileno(), False)
        end = time.monotonic() + _START_SECONDS
        while (line := self._line()) is None:
            if time.monotonic() > end:
                self.stop()
                raise _EndedError("it does not say hello")
            select.select([_stream(child.stdout)], [], [], _WAIT)
        self._hello = _object(line)
        if "hello" not in self._hello or "version" not in self._hello:
            raise _EndedError("it does not say hello")
        return child

    def stop(self) -> None:
        """End the process, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for stream in (child.stdin, child.stdout):
                with suppress(OSError):
                    _stream(stream).close()
        self._stack.close()

    def let_go(self) -> None:
        """Close what a forked child has of the process of its parent, and leave that alone."""
        if self._child is not None:
            for stream in (self._child.stdin, self._child.stdout):
                with suppress(OSError):
                    _stream(stream).close()
            self._child.returncode = 0  # nobody here may wait for it
            self._child = None
        self._stack.pop_all()

    # --- questions and answers -------------------------------------------------------

    def _answers(self, texts: Sequence[str], seconds: float) -> Iterator[LintResult]:
        """The answers of one process, in order.

        Raises:
            _EndedError: It ended, or said what makes no sense.
            _SlowError: It used up the time of a text.
        """
        child = self._start()
        _allow(child.pid)
        source, sink = _stream(child.stdout), _stream(child.stdin)
        waiting: deque[tuple[int, int]] = deque()  # number and size of what was sent
        ahead, sent, buffer = 0, 0, b""
        clock = _Clock(child.pid, seconds)
        answered = 0
        while answered < len(texts):
            while sent < len(texts) and (not waiting or ahead < _WINDOW):
                number = next(self._numbers)
                line = json.dumps({"id": number, "text": texts[sent]}).encode("ascii") + b"\n"
                waiting.append((number, len(line)))
                ahead, sent, buffer = ahead + len(line), sent + 1, buffer + line
            ready, free, _ = select.select([source], [sink] if buffer else [], [], _WAIT)
            if free:
                try:
                    buffer = buffer[os.write(sink.fileno(), buffer[:_CHUNK]) :]
                except BlockingIOError:
                    """It can be written later."""
                except BrokenPipeError:
                    buffer, sent = b"", len(texts)  # what it answered before it ended is still read
            if not ready and not free:
                clock.look()
            while (answer := self._line() if ready else None) is not None:
                number, size = waiting.popleft() if waiting else (0, 0)
                yield _result(self._tool, number, _object(answer))
                ahead, answered, self._texts = ahead - size, answered + 1, self._texts + 1
                clock = _Clock(child.pid, seconds)

    def _line(self) -> bytes | None:
        """The next line, if it is there.

        Raises:
            _EndedError: The process ended, or the line has no end.
        """
        child = self._child
        while child is not None and b"\n" not in self._received:
            try:
                chunk = os.read(_stream(child.stdout).fileno(), _CHUNK)
            except BlockingIOError:
                return None
            if not chunk:
                raise _EndedError(f"the process ended with {child.wait()}")
            self._received += chunk
            if len(self._received) > _LONGEST_ANSWER:
                raise _EndedError("an answer without an end")
        line, _, self._received = self._received.partition(b"\n")
        return line


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _EndedError(f"it said {line[:200]!r}")
    return found


def _result(tool: str, number: int, answer: dict[str, Any]) -> LintResult:
    if answer.get("id") != number:
        raise _EndedError(f"an answer to {answer.get('id')!r} for {number}")
    if failed := answer.get("failed"):
        is_deep = any(word in str(failed) for word in ("StackOverflow", "stack level too deep"))
        reason = "linter_recursion" if is_deep else "linter_crash"
        return LinterError(reason, tool, str(failed)[:500])
    try:
        return tuple(
            LintMessage(str(name), int(line), int(column), str(text))
            for name, line, column, text in answer["errors"]
        )
    except (KeyError, TypeError, ValueError):
        raise _EndedError(f"it said {str(answer)[:200]}") from None


# --- what a worker may use -----------------------------------------------------------


class _Clock:
    """Counts what a worker spends on the text that it has not answered.

    Its processor time is read when it does not answer for a while, and not for each text.
    """

    def __init__(self, pid: int, seconds: float) -> None:
        self._pid, self._seconds = pid, seconds
        self._begun: float | None = None

    def look(self) -> None:
        """Look at the time.

        Raises:
            _SlowError: The text has used up its own.
        """
        spent = _processor_seconds(self._pid)
        if self._begun is None:
            self._begun = spent
        elif spent - self._begun > self._seconds:
            raise _SlowError


def _processor_seconds(pid: int) -> float:
    """Processor seconds of a process so far; elsewhere than on Linux a tenth of the clock's."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return time.monotonic() / _WALL_FACTOR
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _bind(pid: int) -> None:
    """Limit the memory of a worker, and let it write no file (Linux)."""
    if sys.platform != "linux":
        return
    import resource

    limits = (
        (resource.RLIMIT_DATA, _MEMORY),
        (resource.RLIMIT_AS, _SPACE),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, most in limits:
        with suppress(ProcessLookupError, PermissionError, ValueError):
            resource.prlimit(pid, kind, (most, most))


def _allow(pid: int) -> None:
    """Let a worker work for a while from now on, and no longer if nobody minds it (Linux)."""
    if sys.platform != "linux":
        return
    import resource

    with suppress(ProcessLookupError, PermissionError, ValueError):
        _, most = resource.prlimit(pid, resource.RLIMIT_CPU)
        end = math.ceil(_processor_seconds(pid)) + _SPARE_SECONDS
        end = end if most == resource.RLIM_INFINITY else min(end, most)
        resource.prlimit(pid, resource.RLIMIT_CPU, (end, most))
