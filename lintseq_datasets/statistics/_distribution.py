"""How often each whole number was found: the one shape of everything that is counted here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
"""The shares whose quantiles `Distribution.as_dict` gives."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """How often each whole number was found; distributions are merged with ``+``.

    Args:
        counts: How often each number was found.

    >>> lines = Distribution({2: 3}) + Distribution({2: 1, 10: 1})
    >>> lines.total, lines.mean, lines.quantile(0.5), lines.share_above(9)
    (5, 3.6, 2, 0.2)
    """

    counts: Mapping[int, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many numbers were found."""
        return sum(self.counts.values())

    @property
    def mean(self) -> float:
        """Their mean; 0 if there is none."""
        total = self.total
        return (
            sum(number * count for number, count in self.counts.items()) / total if total else 0.0
        )

    def quantile(self, share: float) -> int:
        """The least number that at least this share of the numbers does not exceed.

        It is 0 if there is no number.

        Args:
            share: Between 0 and 1: 0 is the minimum, 0.5 the median, 1 the maximum.
        """
        wanted = share * self.total
        reached = 0
        for number in sorted(self.counts):
            reached += self.counts[number]
            # Not `>`: half of 1, 2, 3 and 4 do not exceed 2, so 2 is the median.
            if reached >= wanted:
                return number
        return 0

    def share_above(self, limit: int) -> float:
        """The share of the numbers that are greater than a limit; 0 if there is none."""
        above = sum(count for number, count in self.counts.items() if number > limit)
        return above / self.total if above else 0.0

    def as_dict(self) -> dict[str, Any]:
        """The counts and their summary, as plain values that JSON can hold."""
        # Rounded to a whole number, which gives "p5" and not "p5.0".
        quantiles = {f"p{round(share * 100)}": self.quantile(share) for share in QUANTILES}
        return {
            "total": self.total,
            "mean": self.mean,
            "min": self.quantile(0),
            **quantiles,
            "max": self.quantile(1),
            # Keys of JSON are texts; `from_dict` makes numbers of them again.
            "counts": {str(number): self.counts[number] for number in sorted(self.counts)},
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Distribution:
        """The inverse of `as_dict`."""
        return cls({int(number): int(count) for number, count in values["counts"].items()})

    @classmethod
    def merge(cls, parts: Iterable[Distribution]) -> Distribution:
        """The sum of distributions; faster than ``sum`` for many."""
        total: Counter[int] = Counter()
        for part in parts:
            total.update(part.counts)
        return cls(dict(total))

    def __add__(self, other: Distribution) -> Distribution:
        if not isinstance(other, Distribution):
            return NotImplemented
        return Distribution(dict(Counter(self.counts) + Counter(other.counts)))
