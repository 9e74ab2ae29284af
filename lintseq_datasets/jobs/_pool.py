"""Worker processes that may die: the guilty row is found, and the others go on.

A worker gets a piece and owes the rows that it becomes. If it dies, nobody knows which row did it:
the piece is halved, and each half is asked for again. Say row 6 kills every worker that reads it:

    rows 4 to 7    the worker dies
    rows 4, 5      an answer
    rows 6, 7      the next worker dies
    row 6          dies again, twice: it is to blame, and fails as ``worker_died``
    row 7          an answer

A row is to blame only if it was alone, and only after some attempts. A worker can also be killed
from outside, when memory runs short on the machine, so such a death counts for less (`_KILLS`).
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeAlias

from lintseq_datasets.errors import LinterError, LintSeqError, RowError
from lintseq_datasets.jobs._job_worker import WORKER_SCRIPT, read_frame, write_frame
from lintseq_datasets.jobs._piece import Piece, Rows
from lintseq_datasets.jobs._watch import Overrun, Processes, Watch, all_processes, descendants
from lintseq_datasets.jobs._work import Work

_logger = logging.getLogger(__name__)

_Answered: TypeAlias = tuple[str, Any, list[tuple[str, int, str]]]

_TICK = 0.1  # seconds between two looks at what is done
_LOOK = 5.0  # seconds between two looks at the workers, at most
_GRACE = 0.5  # seconds
_QUIET = 600.0  # seconds without doing anything, at least, after which a worker hangs
_START_SECONDS = 600.0  # of a processor, for the start of a worker
_STARTS = 3  # that may fail one after another,
_KILLED_STARTS = 100  # or be killed by somebody else
_KILLS = 8  # by somebody else, while a worker had this one row, until the row is to blame
# A worker that died may have died of the rows before. What a mapper raises comes from the row, and
# so does the time that it takes, which is too much to be spent twice.
_ATTEMPTS = {"worker_died": 2, "worker_hung": 2, "mapper_error": 1, "time_budget": 1}
_REASONS = {-getattr(signal, "SIGXCPU", 24): "time_budget"}  # by exit status
# What the kernel sends where memory is short, and what people and schedulers send: a row may be the
# reason, or nothing that is in it.
_OUTSIDE = {-getattr(signal, name, 9) for name in ("SIGKILL", "SIGTERM")}


class _NoRowsError(Exception):
    """A worker gave no answer for a piece."""

    def __init__(self, reason: str, detail: str, attempts: int) -> None:
        super().__init__(reason, detail, attempts)
        self.reason = reason
        self.detail = detail
        self.attempts = attempts  # after which a single row is to blame


class Pool:
    """Worker processes, each with a thread of this process that waits for it.

    Leaving the context ends all of them at once.

    Args:
        work: What they do.
        num_proc: How many there are.
        on_rows: Called in any thread with rows as soon as they are there.
    """

    def __init__(
        self, work: Work, num_proc: int, on_rows: Callable[[Rows], None] = lambda _: None
    ) -> None:
        self._work = work
        self._pickled = work.pickled()  # once, and again for each worker that replaces one
        self._threads = ThreadPoolExecutor(num_proc, thread_name_prefix="lintseq-job")
        self._num_proc = num_proc
        self._on_rows = on_rows
        self._lock = threading.Lock()
        self._closed = False
        # Of short limits a twentieth, so that no worker is ended much too late.
        self._look_seconds = max(_TICK, min(_LOOK, work.limit / 20, _QUIET / 20))
        self._looked = 0.0
        self._workers: set[_PoolWorker] = set()
        self._idle: queue.SimpleQueue[_PoolWorker] = queue.SimpleQueue()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._closed = True
            workers = list(self._workers)
        # First the workers: the threads wait for their answers, and are waited for next.
        for worker in workers:
            worker.stop()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in workers:
            worker.end()

    def map(
        self, pieces: Iterator[Piece], ahead: int, tick: Callable[[], None] = lambda: None
    ) -> Iterator[tuple[Piece, list[Rows]]]:
        """Work on pieces, and give what they become in their order.

        Args:
            pieces: The pieces; they are taken as they are needed.
            ahead: How many pieces are worked on ahead of the one that is waited for.
            tick: Called now and then while waiting.

        Raises:
            LintSeqError: What the function raised on purpose.
        """
        waiting: deque[tuple[Piece, Future[list[Rows]]]] = deque()
        for piece in pieces:
            waiting.append((piece, self._threads.submit(self._rows_of, piece)))
            # What is done is given away at once: a part that is full is written, and its rows go.
            while waiting and (len(waiting) > ahead or waiting[0][1].done()):
                yield self._next(waiting, tick)
            self._end_what_hangs()
        while waiting:
            yield self._next(waiting, tick)

    def _next(
        self, waiting: deque[tuple[Piece, Future[list[Rows]]]], tick: Callable[[], None]
    ) -> tuple[Piece, list[Rows]]:
        piece, future = waiting.popleft()
        while not future.done():
            wait([future], timeout=_TICK)
            self._end_what_hangs()
            tick()
        return piece, future.result()

    def _end_what_hangs(self) -> None:
        # Here, not in the threads, which wait for a pipe. To look means to read all of /proc.
        if (now := time.monotonic()) < self._looked + self._look_seconds:
            return
        self._looked = now
        with self._lock:
            workers = list(self._workers)
        processes = all_processes()
        for worker in workers:
            worker.end_if_it_must(processes, now, self._look_seconds)

    # --- in the threads --------------------------------------------------------------

    def _rows_of(self, piece: Piece) -> list[Rows]:
        todo, done = [piece], list[Rows]()
        attempts: Counter[int] = Counter()
        while todo:
            piece = todo.pop()
            try:
                rows = self._ask(piece)
            except _NoRowsError as problem:
                # A stack, the first half on top: rows come back in the order of the source.
                if piece.size > 1:
                    todo += reversed(piece.halves())
                    continue
                attempts[piece.first] += 1
                if attempts[piece.first] < problem.attempts:
                    todo.append(piece)
                    continue
                rows = self._failed(piece, problem)
            done.append(rows)
            self._on_rows(rows)
        return done

    def _failed(self, piece: Piece, problem: _NoRowsError) -> Rows:
        text = "row %d of the source failed: %s (%s)"
        _logger.warning(text, piece.first, problem.reason, problem.detail)
        error = LinterError(problem.reason, "job", problem.detail)
        if self._work.raises:
            raise RowError(piece.first, f"failed:{error.reason}", error.detail)
        return self._work.failed(piece.columns, error)

    def _ask(self, piece: Piece) -> Rows:
        worker = self._take_worker()
        batch = (dict(piece.columns), list(range(piece.first, piece.first + piece.size)))
        answer = worker.ask(pickle.dumps(batch), self._work.limit)
        if answer is None:
            raise self._bury(worker)
        # It answered, so it can go on, also where the row made the mapper raise.
        self._idle.put(worker)
        kind, value, notes = answer
        for name, level, text in notes:
            logging.getLogger(name).log(level, "%s", text)
        if kind == "crash":
            raise _NoRowsError("mapper_error", value, _ATTEMPTS["mapper_error"])
        if kind == "error":
            raise value
        rows: Rows = value
        return rows

    def _take_worker(self) -> _PoolWorker:
        with contextlib.suppress(queue.Empty):
            return self._idle.get_nowait()
        failed = 0
        # Without a limit, a worker that cannot start here would be started for ever.
        for _ in range(_KILLED_STARTS):
            # Under the lock, or a worker could be started that `__exit__` does not know of.
            with self._lock:
                if self._closed:
                    raise LintSeqError("the job was stopped")
                worker = _PoolWorker()
                self._workers.add(worker)
            answer = worker.ask(self._pickled, _START_SECONDS)
            if answer is not None and answer[0] == "ready":
                return worker
            # To be killed from outside, as where memory is short, says nothing about the start.
            failed += self._bury(worker).attempts != _KILLS
            if answer is not None:
                problem = answer[1]
                raise problem if isinstance(problem, LintSeqError) else LintSeqError(problem)
            if failed == _STARTS:
                break
        raise LintSeqError(
            "worker processes end as soon as they start: free memory, or lower num_proc"
        )

    def _bury(self, worker: _PoolWorker) -> _NoRowsError:
        code = worker.end()
        with self._lock:
            self._workers.discard(worker)
            # `__exit__` killed it: that is no fault of its row, which must not be halved.
            if self._closed:
                raise LintSeqError("the job was stopped")
        reason = worker.problem or _REASONS.get(code, "worker_died")
        attempts = _KILLS if code in _OUTSIDE and not worker.problem else _ATTEMPTS[reason]
        detail = f"exit status {code}"
        if reason == "time_budget":
            detail = f"more than {self._work.limit:g} s of processor time"
        elif reason == "worker_hung":
            detail = "it waited for ever"
        _logger.info("a worker ended: %s", detail)
        return _NoRowsError(reason, detail, attempts)


class _PoolWorker:
    """A worker process."""

    def __init__(self) -> None:
        self._watch: Watch | None = None  # while it owes an answer
        self.problem: Overrun | None = None
        # The modules of the worker are those of this process, whose path a script may have changed.
        paths = map(os.path.abspath, sys.path)
        command = [sys.executable, "-c", WORKER_SCRIPT, str(os.getpid()), *paths]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, message: bytes, limit: float) -> _Answered | None:
        """Send a message and wait for the answer and what was logged; None if the process ended.

        Args:
            message: The message.
            limit: Processor seconds for the answer.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # What a look finds too late, when the answer is there, is no fault of the next one.
        watch = self._watch = Watch(self._process.pid, limit, max(_QUIET, limit))
        try:
            write_frame(self._process.stdin, message)
            answer = read_frame(self._process.stdout)
        except (OSError, ValueError):  # ValueError: its pipes were closed here
            answer = None
        self._watch = None
        if answer is None:
            self.problem = watch.problem
            return None
        found: _Answered = pickle.loads(answer)
        return found

    def end_if_it_must(self, processes: Processes | None, now: float, step: float) -> None:
        """End the process if its answer takes too much, or would never come."""
        watch = self._watch
        if watch is None or watch.look(processes, now, step) is None:
            return
        self._process.kill()
        # A compiler that it started would go on with what nobody waits for any more.
        for pid in descendants(processes or {}, self._process.pid):
            with contextlib.suppress(OSError):  # it has ended
                os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """End the process at once; `end` has to follow."""
        self._process.kill()

    def end(self) -> int:
        """Wait for the end of the process and return its exit status."""
        try:  # its pipe is closed a moment before it is gone
            code = self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        return code
