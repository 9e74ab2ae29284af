"""No garbage collection in the middle of work."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collections_paused() -> Iterator[None]:
    """Let the code inside decide when garbage is collected.

    The trees of the standard library that pylint reads stay for good, and each full collection
    would walk them. What a lint leaves is young, and the linter collects it.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
