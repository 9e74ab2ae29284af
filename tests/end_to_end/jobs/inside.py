"""The one place where tests of jobs look inside, and why they do.

A worker hangs when it has done nothing for ten minutes, and nobody waits for that here. The
processes of other people can be seen on Linux alone, where these tests have to show what is done
elsewhere. And a job whose workers die at each of its moments is seen hundreds of times: the
deaths are real in `test_poison.py`, and made up where it is what comes after them that counts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pytest

from lintseq_datasets.jobs import _pool


def hang_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second in which nothing is done is long."""
    monkeypatch.setattr(_pool, "_QUIET", 1.0)


def hide_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS."""
    monkeypatch.setattr(_pool, "all_processes", lambda: None)


def make_deaths_up(monkeypatch: pytest.MonkeyPatch, words: Collection[str], column: str) -> None:
    """Do the work in this process; it is as if a worker died of rows with one of the words."""

    def ask(pool: Any, piece: Any) -> Any:
        texts: Sequence[str] = piece.columns[column]
        if any(word in text for word in words for text in texts):
            raise _pool._NoRowsError("worker_died", "exit status -6", 1)
        numbers = list(range(piece.first, piece.first + piece.size))
        return pool._work.function(dict(piece.columns), numbers, **pool._work.kwargs)

    monkeypatch.setattr(_pool.Pool, "_ask", ask)
