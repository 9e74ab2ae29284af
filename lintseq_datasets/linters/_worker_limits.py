"""What a worker process may use: processor time for each text, memory, files."""

from __future__ import annotations

import math
import os
import sys
import time
from contextlib import suppress

_MEMORY = 1 << 30
_SPARE_SECONDS = 300  # of processor time, after which a worker ends that nobody minds any more
_IDLE_SECONDS = 120.0  # by the clock: whoever uses no time at all for so long is not at work
_WALL_FACTOR = 10.0  # where nobody tells the processor time of another process


class SlowError(Exception):
    """A worker used up the time of a text, or does nothing at all."""


class Clock:
    """Counts what a worker spends on the text that it has not answered.

    Its processor time is read when it does not answer for a while, and not for each text.
    """

    def __init__(self, pid: int, seconds: float) -> None:
        self._pid, self._seconds = pid, seconds
        self._begun: float | None = None
        self._last = (-1.0, 0.0)  # what it had spent when it was seen to spend something, and when

    def look(self) -> None:
        """Look at the time.

        Raises:
            SlowError: The text has used up its own, or nobody works on it.
        """
        spent, now = _processor_seconds(self._pid), time.monotonic()
        # The first look always notes the time: at less than a tick, a worker has spent nothing.
        if self._begun is None:
            self._begun = spent
        if spent != self._last[0]:
            self._last = spent, now
        if spent - self._begun > self._seconds or now - self._last[1] > _IDLE_SECONDS:
            raise SlowError


def _processor_seconds(pid: int) -> float:
    """Processor seconds of a process so far; elsewhere than on Linux a tenth of the clock's."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name of the program stands in brackets, and may hold spaces and brackets. The
            # fields behind it begin with the third, so that 11 and 12 are utime and stime.
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return time.monotonic() / _WALL_FACTOR
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bind(pid: int, space: int) -> None:
    """Limit the memory of a worker, and let it write no file (Linux).

    Args:
        pid: The process.
        space: Bytes of addresses that it may reserve.
    """
    if sys.platform != "linux":
        return
    import resource

    # Data is what it may use. Addresses are reserved by runtimes such as Java's in gigabytes that
    # they never touch, so there is a limit of its own for them.
    limits = (
        (resource.RLIMIT_DATA, _MEMORY),
        (resource.RLIMIT_AS, space),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, most in limits:
        with suppress(ProcessLookupError, PermissionError, ValueError):
            resource.prlimit(pid, kind, (most, most))


def allow(pid: int) -> None:
    """Let a worker work for a while from now on, and no longer if nobody minds it (Linux)."""
    if sys.platform != "linux":
        return
    import resource

    with suppress(ProcessLookupError, PermissionError, ValueError):
        _, most = resource.prlimit(pid, resource.RLIMIT_CPU)
        end = math.ceil(_processor_seconds(pid)) + _SPARE_SECONDS
        end = end if most == resource.RLIM_INFINITY else min(end, most)
        # The soft limit alone, which is moved on with each call. A hard one cannot be raised again.
        resource.prlimit(pid, resource.RLIMIT_CPU, (end, most))
