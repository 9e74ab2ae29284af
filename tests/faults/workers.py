"""Jobs without worker processes, so that hundreds of them take seconds.

It looks inside of the package: a worker process for each of some thousand jobs takes an hour, and
what is tested is what becomes of files, whoever made the rows in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lintseq_datasets.jobs import _pool


@contextmanager
def no_processes() -> Iterator[None]:
    """Let the process that runs a job do the work of its workers within the context."""

    def ask(pool: Any, piece: Any) -> Any:
        work = pool._work
        numbers = list(range(piece.first, piece.first + piece.size))
        return work.function(dict(piece.columns), numbers, **work.kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_pool.Pool, "_ask", ask)
        yield
