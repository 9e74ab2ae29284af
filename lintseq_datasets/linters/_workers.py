"""Worker processes that are kept: starting, asking, limits, and starting anew.

Each process has workers of its own. A forked child drops those of its parent, whose pipes it
would share. A worker ends with the end of its pipe, that is with its parent; one that hangs then
is ended by the kernel, as its processor time is limited.

For example, the second of the texts ``a b c`` ends the worker:

    process 1 is asked a b c    answers a, and ends
    process 2 is asked b c      ends: b was asked twice, and is a `linter_crash`
    process 3 is asked c        answers c
"""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from itertools import count
from typing import IO

from lintseq_datasets.errors import ConfigError, LinterError
from lintseq_datasets.linters._process import temporary_files
from lintseq_datasets.linters._worker_limits import Clock, SlowError, allow, bind
from lintseq_datasets.linters.base import LintMessage, LintResult
from lintseq_datasets.linters.executables import clean_environment
from lintseq_datasets.linters.launch import Launch
from lintseq_datasets.linters.speech import JsonLines, Said, ServerSpeech, Speech

_START_SECONDS = 120.0  # by the clock: a machine may be busy
_WAIT = 0.5  # seconds between two looks at the clock of a worker
_CHUNK = 1 << 16
_MOST_TEXTS = 50_000  # of one process, so that what it leaks is bounded
_LONGEST_ANSWER = 1 << 26

_workers: dict[tuple[int, str, Launch], Worker] = {}
_versions: dict[tuple[str, Launch], str] = {}


class _EndedError(Exception):
    """A worker ended, or said what makes no sense."""


def worker_of(tool: str, launch: Launch) -> Worker:
    """The worker of this process."""
    key = (os.getpid(), tool, launch)
    if key not in _workers:
        _workers[key] = Worker(tool, launch)
    return _workers[key]


def worker_version(tool: str, launch: Launch) -> str:
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
        self._hello: Said = {}
        self._speech: Speech = JsonLines()
        self._received = self._to_say = b""

    def version(self) -> str:
        """What it says of itself.

        Raises:
            ConfigError: It does not start, or has a problem.
        """
        with self._lock:
            try:
                self._start()
            except (_EndedError, OSError) as error:
                raise ConfigError(
                    "linter", f"{self._tool} does not start: {error}; try it in a shell"
                ) from None
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
                except SlowError:
                    self.stop()
                    detail = f"no verdict in {seconds:g} s"
                    results.append(LinterError("time_budget", self._tool, detail))
                except (_EndedError, OSError) as error:
                    self.stop()
                    # A fresh process gets it once more: what came before, and what that left in the
                    # memory, may have been to blame. The second time it is the text.
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
        folder = self._stack.enter_context(temporary_files(self._launch.files))
        child = subprocess.Popen(
            self._launch.command,
            cwd=folder,
            env={**clean_environment(folder), **self._launch.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        server = self._launch.server
        self._speech = JsonLines() if server is None else ServerSpeech(server, folder)
        self._child, self._texts, self._received = child, 0, b""
        self._to_say = self._speech.greeting()
        bind(child.pid, self._launch.space)
        # Whoever waits to write while the other one waits to write would wait forever.
        for stream in (child.stdin, child.stdout):
            os.set_blocking(_stream(stream).fileno(), False)
        end = time.monotonic() + _START_SECONDS
        while (said := self._next()) is None:
            if time.monotonic() > end:
                self.stop()
                raise _EndedError("it does not say hello")
            self._wait()
        self._hello = said
        if "hello" not in said or not said.get("version"):
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
        self._stack.pop_all()  # not closed: the folder belongs to the parent's worker

    # --- questions and answers -------------------------------------------------------

    def _answers(self, texts: Sequence[str], seconds: float) -> Iterator[LintResult]:
        """The answers of one process, in order.

        Raises:
            _EndedError: It ended, or said what makes no sense.
            SlowError: It used up the time of a text.
        """
        child = self._start()
        allow(child.pid)
        waiting: deque[tuple[int, int]] = deque()  # number and size of what was asked
        ahead, sent, answered = 0, 0, 0
        clock = Clock(child.pid, seconds)
        while answered < len(texts):
            # Questions go ahead of the answers, so that the worker need not wait for the next one.
            while sent < len(texts) and (not waiting or ahead < self._speech.window):
                number = next(self._numbers)
                question = self._speech.question(number, texts[sent])
                waiting.append((number, len(question)))
                ahead, sent = ahead + len(question), sent + 1
                self._to_say += question
            if not self._wait():
                clock.look()
            while (answer := self._next()) is not None:
                # Numbers begin with 1: what nobody asked for fits none.
                number, size = waiting.popleft() if waiting else (0, 0)
                yield _result(self._tool, number, answer)
                ahead, answered, self._texts = ahead - size, answered + 1, self._texts + 1
                clock = Clock(child.pid, seconds)  # from here on it works on the next text

    def _wait(self) -> bool:
        """Wait until something was said or can be heard; False if it was in vain."""
        child = self._child
        assert child is not None
        source, sink = _stream(child.stdout), _stream(child.stdin)
        # Not `select.select`, which knows no file numbers above 1,023.
        poll = select.poll()
        poll.register(source, select.POLLIN)
        if self._to_say:
            poll.register(sink, select.POLLOUT)
        ready = {number for number, _ in poll.poll(_WAIT * 1000)}
        if sink.fileno() in ready:
            try:
                self._to_say = self._to_say[os.write(sink.fileno(), self._to_say[:_CHUNK]) :]
            except BlockingIOError:
                """It can be said later."""
            except BrokenPipeError:
                self._to_say = b""  # what it answered before it ended is still read
        return bool(ready)

    def _next(self) -> Said | None:
        """The next hello or answer, if it is there.

        Raises:
            _EndedError: The process ended, or said what makes no sense.
        """
        while (message := self._message()) is not None:
            said, reply = self._speech.hear(_object(message))
            self._to_say += reply
            if said is not None:
                return said
        return None

    def _message(self) -> bytes | None:
        child = self._child
        message, self._received = self._speech.cut(self._received)
        while child is not None and message is None:
            try:
                chunk = os.read(_stream(child.stdout).fileno(), _CHUNK)
            except BlockingIOError:
                return None
            if not chunk:
                raise _EndedError(f"the process ended with {child.wait()}")
            message, self._received = self._speech.cut(self._received + chunk)
            if len(self._received) > _LONGEST_ANSWER:
                raise _EndedError("an answer without an end")
        return message


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def _object(line: bytes) -> Said:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _EndedError(f"it said {line[:200]!r}")
    return found


def _result(tool: str, number: int, answer: Said) -> LintResult:
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
