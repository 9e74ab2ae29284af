"""When a worker that owes an answer is to be ended: it works too long, or not at all.

The clock on the wall decides neither, as it counts what a busy machine or a stopped
process takes away. What counts is processor time, of the worker and the processes that
it started; where that cannot be seen, a wall clock that nothing honest reaches.

With a limit of 100 seconds, and 600 in which it may do nothing:

    look at    processor time    its threads
         0              2.0      run
        60             52.0      run             it has used 50 of its 100 seconds
       120             52.0      sleep           it has done nothing for 60 seconds
       180             52.0      one is stopped  somebody stopped it: counts from 0 again
       ...                       sleep
       840             52.0      sleep           660 seconds of nothing: ``worker_hung``
"""

from __future__ import annotations

import contextlib
import math
import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

Overrun: TypeAlias = Literal["time_budget", "worker_hung"]

_PROC = Path("/proc")
_WAITING = frozenset("SZXI")  # states of a thread that neither runs nor would like to
_IDLE_SHARE = 0.01  # of the time, as processor time: what mere waking up may use
_TICK_SECONDS = 0.05  # processor time is counted in ticks
_WALL_SECONDS = 3600.0
_WALL_FACTOR = 20.0


class Process(NamedTuple):
    """A process at one moment."""

    parent: int
    state: str  # of its first thread, a letter of proc(5)
    seconds: float  # of processors, with those of its children that it has waited for


Processes: TypeAlias = Mapping[int, Process]


def all_processes() -> Processes | None:
    """All processes of this machine by id; None where they cannot be seen (Linux only)."""
    # All, since a process tells its parent, but not its children.
    found = {}
    for path in _PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):  # it is gone
            found[int(path.parent.name)] = _read(path.read_bytes())
    return found or None


def _read(stat: bytes) -> Process:
    # The name in parentheses may hold anything, so the fields are counted from its end. Those of
    # proc(5) from 14 to 17 are the times of the process and of its children, of users and system.
    state, parent, *others = stat.rpartition(b")")[2].split()
    ticks = sum(int(others[place]) for place in (9, 10, 11, 12))
    return Process(int(parent), state.decode("ascii"), ticks / _ticks_a_second())


def _ticks_a_second() -> int:
    return os.sysconf("SC_CLK_TCK")


def descendants(processes: Processes, root: int) -> list[int]:
    """The children of a process, and theirs, as far as they are there."""
    children = defaultdict(list)
    for pid, process in processes.items():
        children[process.parent].append(pid)
    found = list(children[root])
    for pid in found:
        found += children[pid]
    return found


def _states(pid: int) -> set[str]:
    """The states of the threads of a process."""
    states = set()
    for path in (_PROC / str(pid) / "task").glob("*/stat"):
        with contextlib.suppress(OSError, ValueError):
            states.add(_read(path.read_bytes()).state)
    return states


class Watch:
    """Watches a worker from a question to its answer.

    Args:
        pid: Id of its process.
        limit: Processor seconds that it may use.
        quiet: Seconds that it may do nothing at all.
    """

    def __init__(self, pid: int, limit: float, quiet: float) -> None:
        self._pid = pid
        self._limit = limit
        self._quiet = quiet
        self._begun: float | None = None  # processor time at the first look
        self._last = 0.0  # time of the last look
        self._waited = 0.0  # how long it has done nothing,
        self._since = 0.0  # and its processor time at the beginning of that
        self._wall = 0.0
        self.problem: Overrun | None = None
        """Why the worker was to be ended."""

    def look(self, processes: Processes | None, now: float, step: float) -> Overrun | None:
        """Look at the worker.

        Args:
            processes: What `all_processes` sees.
            now: Time of the look, of a clock that only goes forward.
            step: Seconds after which one looks again. Where more have passed, this
                process did not run, and perhaps the worker neither: they do not count.

        Returns:
            Why the worker is to be ended, or None.
        """
        # Of a laptop that was closed, say, the clock tells of hours in which nobody could work.
        passed = min(now - self._last, 2 * step) if self._last else 0.0
        self._last = now
        self._wall += passed
        if processes is None:
            longest = max(_WALL_SECONDS, _WALL_FACTOR * self._limit)
            self.problem = "worker_hung" if self._wall > longest else None
        else:
            self.problem = self._problem(processes, passed)
        return self.problem

    def _problem(self, processes: Processes, passed: float) -> Overrun | None:
        family = [pid for pid in (self._pid,) if pid in processes]
        family += descendants(processes, self._pid)
        seconds = math.fsum(processes[pid].seconds for pid in family)
        if self._begun is None:
            self._begun = self._since = seconds
        if seconds - self._begun > self._limit:
            return "time_budget"
        self._waited += passed
        used = seconds - self._since
        # A process that waits for ever may still wake up now and then, so a little use is none.
        if used > _TICK_SECONDS + _IDLE_SHARE * self._waited or not _waits(processes, family):
            self._waited, self._since = 0.0, seconds
        return "worker_hung" if self._waited > self._quiet else None


def _waits(processes: Processes, family: list[int]) -> bool:
    """Whether no thread of some processes runs, would run, is stopped or reads a disk."""
    return all(processes[pid].state in _WAITING and _states(pid) <= _WAITING for pid in family)
