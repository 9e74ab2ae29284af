"""What became of the rows of a source dataset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from lintseq_datasets.mapping.answers import DONE
from lintseq_datasets.tables import ShownAsTable, aligned

AUDIT_COLUMNS = ("audited_states", "rejected_states")

COUNTED = ("status", "sample_index", "num_edits", *AUDIT_COLUMNS)
"""Columns that tell what became of the rows of a source."""

CONTINUED = -2
"""The sample index of a row that goes on with the sequence of the row before."""

Counts: TypeAlias = tuple[str, int, int, int, int]
"""The values of `COUNTED`."""


def own_column(name: str) -> str:
    """Where a run keeps one of `COUNTED` while the output has no column for it."""
    return f"counted_{name}"


DONE_COLUMN = own_column("done")
"""Where a run keeps what was done to the answer of a row: names of `DONE`, with spaces between
them; empty in all rows of the output but the first for a row of the source."""


@dataclass(frozen=True, slots=True)
class Accounting(ShownAsTable):
    """What became of the rows of a source dataset.

    Accountings of disjoint parts are merged with ``+``, exactly and in any order.

    Args:
        rows_in: Rows of the source dataset.
        sampled: How many of them gave edit sequences.
        skipped: How many were skipped, by reason.
        failed: How many failed, by reason.
        edits: How many sequences have a number of edits, by that number.
        audited: Program states of sequences that pylint judged beside another linter.
        rejected: How many of them it rejects.
        answers: For how many rows something was done to find the program, by what was done;
            see `lintseq_datasets.mapping.answers.DONE`.

    Raises:
        ValueError: The rows that were sampled, skipped and failed are not ``rows_in``.

    >>> one = Accounting(2, sampled=1, skipped={"syntax_error": 1}, edits={3: 4, 5: 1})
    >>> both = one + Accounting(1, failed={"time_budget": 1})
    >>> both.rows_in, both.num_sequences, both.mean_edits
    (3, 5, 3.4)
    """

    rows_in: int = 0
    sampled: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)
    edits: Mapping[int, int] = field(default_factory=dict)
    audited: int = 0
    rejected: int = 0
    answers: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found = self.sampled + self.num_skipped + self.num_failed
        if found != self.rows_in:
            raise ValueError(f"{self.rows_in} rows went in, {found} are accounted for")

    @classmethod
    def of(cls, rows: Mapping[str, Iterable[Any]]) -> Accounting:
        """Account for output rows; any part of an output dataset will do.

        Args:
            rows: The columns ``status``, ``sample_index`` and ``num_edits`` of the output
                format ``default`` or ``conversational``. A row of the source dataset is
                one with the sample index 0, or -1 where it has no sequence; a row with
                `CONTINUED` counts for nothing. Where they are there, also
                ``audited_states`` and ``rejected_states``. Columns of a run (`own_column`,
                `DONE_COLUMN`) come first.
        """
        sampled = 0
        skipped: Counter[str] = Counter()
        failed: Counter[str] = Counter()
        edits: Counter[int] = Counter()
        found = {name: rows.get(own_column(name), rows.get(name, ())) for name in COUNTED}
        columns = (found["status"], found["sample_index"], found["num_edits"])
        # Several samples are rows of one row of the source, which the first of them counts.
        for status, index, num_edits in zip(*columns, strict=True):
            if index >= 0:
                sampled += index == 0
                edits[num_edits] += 1
                continue
            # It goes on with a row of the source that was counted already.
            if index == CONTINUED:
                continue
            kind, _, reason = status.partition(":")
            (skipped if kind == "skipped" else failed)[reason or status] += 1
        rows_in = sampled + skipped.total() + failed.total()
        audited, rejected = (sum(found[name]) for name in AUDIT_COLUMNS)
        answers = Counter(name for done in rows.get(DONE_COLUMN, ()) for name in done.split())
        return cls(
            rows_in, sampled, dict(skipped), dict(failed), dict(edits), audited, rejected,
            dict(answers),
        )  # fmt: skip

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Accounting:
        """The inverse of `as_dict`."""
        return cls(
            values["rows_in"],
            values["sampled"],
            dict(values["skipped"]),
            dict(values["failed"]),
            {int(number): count for number, count in values["edits"].items()},
            values["audited"],
            values["rejected"],
            dict(values.get("answers", {})),
        )

    @property
    def num_skipped(self) -> int:
        """Rows that were skipped, for all reasons together."""
        return sum(self.skipped.values())

    @property
    def num_failed(self) -> int:
        """Rows that failed, for all reasons together."""
        return sum(self.failed.values())

    @property
    def num_sequences(self) -> int:
        """Edit sequences that were drawn."""
        return sum(self.edits.values())

    @property
    def mean_edits(self) -> float:
        """Mean number of edits in a sequence; 0 if there is none."""
        total = sum(number * count for number, count in self.edits.items())
        return total / self.num_sequences if total else 0.0

    @property
    def rejected_share(self) -> float:
        """Share of the audited states that pylint rejects; 0 if none was audited."""
        return self.rejected / self.audited if self.audited else 0.0

    def edits_quantile(self, share: float) -> int:
        """The least number of edits that a share of the sequences does not exceed.

        Args:
            share: Between 0 and 1: 0 is the minimum, 0.5 the median, 1 the maximum.

        Returns:
            A number of edits; 0 if there is no sequence.
        """
        wanted = share * self.num_sequences
        reached = 0
        for number in sorted(self.edits):
            reached += self.edits[number]
            if reached >= wanted:
                return number
        return 0

    def as_dict(self) -> dict[str, Any]:
        """All counts as plain values that JSON can hold, in a fixed order."""
        return {
            "rows_in": self.rows_in,
            "sampled": self.sampled,
            "skipped": dict(_by_count(self.skipped)),
            "failed": dict(_by_count(self.failed)),
            "edits": {str(number): self.edits[number] for number in sorted(self.edits)},
            "audited": self.audited,
            "rejected": self.rejected,
            "answers": dict(_by_count(self.answers)),
        }

    def as_table(self) -> str:
        """A table in plain text."""
        return aligned(self._table())

    def _table(self) -> Iterator[tuple[str, str]]:
        yield "rows in", f"{self.rows_in:,}"
        yield "  sampled", f"{self.sampled:,}"
        for name, reasons in (("skipped", self.skipped), ("failed", self.failed)):
            yield f"  {name}", f"{sum(reasons.values()):,}"
            for reason, count in _by_count(reasons):
                yield f"    {reason}", f"{count:,}"
        if self.answers:
            yield "done to answers, by rows", ""
        for name, count in _by_count(self.answers):
            yield f"  {DONE.get(name, name)}", f"{count:,}"
        if self.audited:
            yield "states audited by pylint", f"{self.audited:,}"
            yield "  rejected", f"{self.rejected:,} ({self.rejected_share:.2%})"
        yield "sequences", f"{self.num_sequences:,}"
        yield "edits per sequence, mean", f"{self.mean_edits:.1f}"
        yield "  median", str(self.edits_quantile(0.5))
        yield "  least", str(self.edits_quantile(0))
        yield "  most", str(self.edits_quantile(1))

    def __add__(self, other: Accounting) -> Accounting:
        if not isinstance(other, Accounting):
            return NotImplemented
        return Accounting(
            self.rows_in + other.rows_in,
            self.sampled + other.sampled,
            dict(Counter(self.skipped) + Counter(other.skipped)),
            dict(Counter(self.failed) + Counter(other.failed)),
            dict(Counter(self.edits) + Counter(other.edits)),
            self.audited + other.audited,
            self.rejected + other.rejected,
            dict(Counter(self.answers) + Counter(other.answers)),
        )

    def in_one_line(self) -> str:
        """The counts that matter most, without the reasons."""
        counts = (self.rows_in, self.sampled, self.num_skipped, self.num_failed, self.num_sequences)
        text = "{:,} rows in, {:,} sampled, {:,} skipped, {:,} failed; {:,} sequences"
        if self.audited:
            text += f"; {self.audited:,} states audited, {self.rejected:,} rejected"
        return text.format(*counts)


@dataclass(frozen=True, slots=True)
class Selection:
    """What became of the rows that a step of preparing a source looked at.

    Selections of disjoint parts are merged with ``+``, exactly and in any order.

    Args:
        rows_in: Rows that the step looked at.
        kept: How many of them it kept.
        dropped: How many it dropped, by reason.

    Raises:
        ValueError: The rows that were kept and dropped are not ``rows_in``.

    >>> one = Selection.of(["ok", "dropped:duplicate", "ok"])
    >>> print(one + Selection.of(["dropped:duplicate", "dropped:syntax_error"]))
    5 rows in, 2 kept, 3 dropped (duplicate 2, syntax_error 1)
    """

    rows_in: int = 0
    kept: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found = self.kept + self.num_dropped
        if found != self.rows_in:
            raise ValueError(f"{self.rows_in} rows went in, {found} are accounted for")

    @classmethod
    def of(cls, statuses: Iterable[str]) -> Selection:
        """Count statuses: ``ok``, or ``dropped:`` and the reason."""
        counts = Counter(statuses)
        kept = counts.pop("ok", 0)
        dropped = {status.removeprefix("dropped:"): count for status, count in counts.items()}
        return cls(kept + counts.total(), kept, dropped)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Selection:
        """The inverse of `as_dict`."""
        return cls(values["rows_in"], values["kept"], dict(values["dropped"]))

    @property
    def num_dropped(self) -> int:
        """Rows that were dropped, for all reasons together."""
        return sum(self.dropped.values())

    def as_dict(self) -> dict[str, Any]:
        """All counts as plain values that JSON can hold, in a fixed order."""
        return {
            "rows_in": self.rows_in,
            "kept": self.kept,
            "dropped": dict(_by_count(self.dropped)),
        }

    def then(self, later: Selection) -> Selection:
        """The selection of two steps, one after the other.

        Args:
            later: What became of the rows that this step kept.

        Raises:
            ValueError: The later step had other rows.

        >>> print(Selection(5, 4, {"duplicate": 1}).then(Selection(4, 3, {"too_long": 1})))
        5 rows in, 3 kept, 2 dropped (duplicate 1, too_long 1)
        """
        if later.rows_in != self.kept:
            raise ValueError(f"{self.kept} rows were kept, {later.rows_in} came in later")
        both = Counter(self.dropped) + Counter(later.dropped)
        return Selection(self.rows_in, later.kept, dict(both))

    def __add__(self, other: Selection) -> Selection:
        if not isinstance(other, Selection):
            return NotImplemented
        return Selection(
            self.rows_in + other.rows_in,
            self.kept + other.kept,
            dict(Counter(self.dropped) + Counter(other.dropped)),
        )

    def __str__(self) -> str:
        reasons = ", ".join(f"{name} {count:,}" for name, count in _by_count(self.dropped))
        text = f"{self.rows_in:,} rows in, {self.kept:,} kept, {self.num_dropped:,} dropped"
        return f"{text} ({reasons})" if reasons else text


def _by_count(reasons: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    return sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
