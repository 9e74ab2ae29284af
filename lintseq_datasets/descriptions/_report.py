"""What became of the answers, and of what was to be described."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from lintseq_datasets.tables import ShownAsTable, aligned


@dataclass(frozen=True, slots=True)
class DescriptionReport(ShownAsTable):
    """What `merge_descriptions` did.

    Edits or segments that were to be described = ``described`` + ``missing`` + those in ``failed``.
    Answers that came in = those to an id that was asked for, once each + ``repeated`` + ``unknown``
    + those in ``unusable``.

    Args:
        per: ``"edit"`` or ``"segment"``.
        rows: Rows of the dataset.
        without_sequence: Rows that hold no edits, and get no description.
        described: Edits or segments that have a description now.
        missing: Those that nothing was answered to.
        failed: Those whose answers cannot be used, by the reason.
        answers: Answers that came in.
        repeated: Answers beyond the first to the same id. Of several good ones the shortest
            counts, and of these the first in the order of their characters.
        unknown: Ids that were answered and belong to nothing in the dataset, with one answer each.
        unusable: Answers that name no id, by the reason.
        models: How many descriptions each model wrote, by its name in the answers.
    """

    per: str
    rows: int = 0
    without_sequence: int = 0
    described: int = 0
    missing: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    answers: int = 0
    repeated: int = 0
    unknown: int = 0
    unusable: Mapping[str, int] = field(default_factory=dict)
    models: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {k: dict(v) if isinstance(v, Mapping) else v for k, v in values.items()}

    def as_table(self) -> str:
        """A table in plain text."""
        return aligned((name, f"{number:,}") for name, number in self._lines())

    def _lines(self) -> Iterator[tuple[str, int]]:
        yield "rows", self.rows
        yield "  without a sequence", self.without_sequence
        yield f"{self.per}s described", self.described
        for name, count in _by_count(self.models):
            yield f"  by {name or 'a model that is not named'}", count
        yield f"{self.per}s without an answer", self.missing
        yield f"{self.per}s whose answer failed", sum(self.failed.values())
        for name, count in _by_count(self.failed):
            yield f"  {name}", count
        yield "answers", self.answers
        yield "  more than one to the same", self.repeated
        yield "  to what is not in the dataset", self.unknown
        for name, count in _by_count(self.unusable):
            yield f"  unusable: {name}", count


def _by_count(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(Counter(counts).items(), key=lambda one: (-one[1], one[0]))
