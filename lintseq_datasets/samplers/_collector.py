"""Repeated draws, and draws that may not repeat."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_Sample = TypeVar("_Sample", bound=Hashable)

_ATTEMPTS = 5  # draws for each wanted sequence, before a program is taken to have no more


@dataclass(slots=True)
class SampleCollector(Generic[_Sample]):
    """Says which samples to draw next, until there are as many as wanted.

    Args:
        wanted: How many sequences are asked for.
        unique: Whether repetitions are dropped and drawn again, a bounded number of
            times, so that there may be fewer in the end.

    >>> collector = SampleCollector[str](wanted=3, unique=True)
    >>> collector.next_indices()
    range(0, 3)
    >>> collector.add(["a", "a", "b"])
    >>> collector.next_indices()  # one is missing
    range(3, 4)
    """

    wanted: int
    unique: bool
    _next_index: int = 0
    _found: list[_Sample] = field(default_factory=list)

    def next_indices(self) -> range:
        """Indices of the samples to draw next; none when there is nothing more to draw."""
        # As many as are missing, so that without repetitions no sample is drawn for nothing.
        limit = self.wanted * (_ATTEMPTS if self.unique else 1)
        stop = min(self._next_index + self.wanted - len(self._found), limit)
        indices = range(self._next_index, stop)
        self._next_index = stop
        return indices

    def add(self, samples: Iterable[_Sample]) -> None:
        """Take in what was drawn."""
        self._found += samples
        if self.unique:
            self._found = list(dict.fromkeys(self._found))  # unlike a set, keeps the order

    @property
    def found(self) -> tuple[_Sample, ...]:
        """What was found, in the order of drawing."""
        return tuple(self._found)
