"""Processor time, what a run of the mapper gave, and tables to print it in."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from unittest import mock

from lintseq_datasets import lintseq_map, randseq_map


class Run(NamedTuple):
    """What a mapper made of some programs."""

    sequences: int
    edits: int
    seconds: float  # of processor time, children included

    @property
    def rate(self) -> float:
        """Sequences a processor second."""
        return self.sequences / self.seconds if self.seconds else 0.0

    def __add__(self, other: tuple[Any, ...]) -> Run:
        return Run(*(a + b for a, b in zip(self, other, strict=True)))


def run_mapper(programs: Sequence[str], linter: object, *, seed: int, num_samples: int = 5) -> Run:
    """Map programs in one batch, without an audit; ``"randseq"`` stands for no linter."""
    mapper: Any = randseq_map if linter == "randseq" else lintseq_map
    options = {} if linter == "randseq" else {"linter": linter, "audit": 0.0}
    batch = {"instruction": [""] * len(programs), "response": list(programs)}
    started = processor_seconds()
    out = mapper(batch, num_samples=num_samples, seed=seed, extract_code=None, **options)
    seconds = processor_seconds() - started
    edits = [n for n, status in zip(out["num_edits"], out["status"], strict=True) if status == "ok"]
    return Run(len(edits), sum(edits), seconds)


def processor_seconds() -> float:
    """Of this process and of the children that it waited for."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


class Clock:
    """Processor seconds by phase; time inside of an inner phase counts there only."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self._open: list[str] = []
        self._last = 0.0

    def wrap(self, phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with its time counted."""

        def timed(*args: Any, **options: Any) -> Any:
            self.calls[phase] += 1
            self._tick()
            self._open.append(phase)
            try:
                return function(*args, **options)
            finally:
                self._tick()
                self._open.pop()

        return timed

    def _tick(self) -> None:
        now = time.process_time()
        if self._open:
            self.seconds[self._open[-1]] += now - self._last
        self._last = now

    @contextlib.contextmanager
    def watching(self, places: Sequence[tuple[Any, str, str]]) -> Iterator[None]:
        """Count the time of functions, given as (owner, attribute, phase)."""
        with contextlib.ExitStack() as stack:
            for owner, name, phase in places:
                function = getattr(owner, name)
                timed = self.wrap(phase, function)
                replacement = staticmethod(timed) if hasattr(function, "__self__") else timed
                stack.enter_context(mock.patch.object(owner, name, replacement))
            yield


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a Markdown table, row by row."""
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header), flush=True)
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)
    print()


def number(value: float) -> str:
    """With three significant digits or all before the point."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}"


def print_versions() -> None:
    """What the figures depend on."""
    versions = [f"Python {platform.python_version()}"]
    for package in ("pylint", "astroid", "prylint", "ruff", "pyflakes", "pylintseq", "datasets"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions.append(f"{package} {importlib.metadata.version(package)}")
    print(time.strftime("%Y-%m-%d") + ", " + ", ".join(versions))
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
