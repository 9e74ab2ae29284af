"""Repeated draws, and draws that may not repeat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lintseq_datasets.edits.sequence import EditSequence

_ATTEMPTS = 5  # draws for each wanted sequence, before a program is taken to have no more


@dataclass(slots=True)
class SampleCollector:
    """Says which samples to draw next, until there are as many as wanted.

    Args:
        wanted: How many sequences are asked for.
        unique: Whether repetitions are dropped and drawn again, a bounded number of
            times, so that there may be fewer in the end.
    """

    wanted: int
    unique: bool
    _next_index: int = 0
    _found: list[EditSequence] = field(default_factory=list)

    def next_indices(self) -> range:
        """Indices of the samples to draw next; none when there is nothing more to draw."""
        # As many as are missing, so that without repetitions no sample is drawn for nothing.
        limit = self.wanted * (_ATTEMPTS if self.unique else 1)
        stop = min(self._next_index + self.wanted - len(self._found), limit)
        indices = range(self._next_index, stop)
        self._next_index = stop
        return indices

    def add(self, sequences: Iterable[EditSequence]) -> None:
        """Take in what was drawn."""
        self._found += sequences
        if self.unique:
            self._found = list(dict.fromkeys(self._found))  # unlike a set, keeps the order

    @property
    def sequences(self) -> tuple[EditSequence, ...]:
        """What was found, in the order of drawing."""
        return tuple(self._found)
