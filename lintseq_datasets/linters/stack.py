"""The same room on the stack for every text, wherever the call comes from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_FRAMES = 1000  # as for a fresh interpreter


@contextmanager
def steady_stack() -> Iterator[None]:
    """Set the recursion limit to a fixed number of frames above the caller's.

    Both the parser and the linters give up on deep nesting at a depth that counts from
    the bottom of the stack. Without this a verdict would depend on how many frames the
    caller has below itself, which differs between a plain call and a worker process.
    """
    saved = sys.getrecursionlimit()
    frame, depth = sys._getframe(), 0
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    sys.setrecursionlimit(depth + _FRAMES)
    try:
        yield
    finally:
        sys.setrecursionlimit(saved)
