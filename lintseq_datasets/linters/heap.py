"""No garbage collection in the middle of work."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collections_paused() -> Iterator[None]:
    """Leave it to what runs inside when garbage is collected.

    The trees of the standard library that pylint reads are a large heap that never dies,
    and each full collection would walk it. What a lint leaves is young, and is collected
    by the linter.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
