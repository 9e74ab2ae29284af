"""Statistics of edit-sequence datasets (paper figure 3); those of parts add up exactly.

Numbers add up as they are. What is distinct does not, so a part says which sequences it has, as
digests. Of two parts with sequences of one program:

    a b c       3 sequences    3 distinct
    a b d a e   5 sequences    4 distinct
    together    8 sequences    5 distinct, and not 7
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lintseq_datasets.languages.base import load_language
from lintseq_datasets.mapping.accounting import Accounting
from lintseq_datasets.mapping.made_with import in_few_words, language_in, read_made_with
from lintseq_datasets.statistics._distribution import Distribution
from lintseq_datasets.tables import ShownAsTable, aligned

PAIR_BYTES = 16
"""Bytes of one pair in `Statistics.pairs`: a digest of the program, and one of the sequence."""

GROWTH_STEPS = 20
"""How many steps `Statistics.growth` divides the edits of a sequence into."""


@dataclass(frozen=True, slots=True)
class Statistics(ShownAsTable):
    """Statistics of edit sequences (paper figure 3), made by `count_dataset`.

    Statistics of parts are merged with ``+``, exactly and in any order. Rows without a sequence
    count in the accounting only.

    Args:
        accounting: What became of the rows; None if the rows do not say.
        sources: How many sequences each method and linter gave, by "method, linter".
        runs: How many rows each run gave, by what they say in ``made_with``; the empty text
            stands for those that do not say it.
        edits: Edits per sequence.
        edit_lines: Lines that an edit writes.
        removed_lines: Lines that an edit removes; none but in sequences between two versions.
        lines_before: Lines of the program, for each sequence.
        lines_after: Lines of the training text of each row.
        characters_before: Characters of the program, for each sequence.
        characters_after: Characters of the training text of each row.
        tokens: Tokens of prompt and training text together, plus one for the end of the text;
            empty without a tokenizer.
        growth: How much of a program is written, in percent of its lines, after 0, 1, ...
            `GROWTH_STEPS` parts of its edits. One distribution for each point in time.
        pairs: Distinct pairs of a program and one of its sequences, as sorted pairs of 8-byte
            digests. Counting distinct pairs over parts needs the pairs themselves.
    """

    accounting: Accounting | None = field(default_factory=Accounting)
    sources: Mapping[str, int] = field(default_factory=dict)
    runs: Mapping[str, int] = field(default_factory=dict)
    edits: Distribution = field(default_factory=Distribution)
    edit_lines: Distribution = field(default_factory=Distribution)
    removed_lines: Distribution = field(default_factory=Distribution)
    lines_before: Distribution = field(default_factory=Distribution)
    lines_after: Distribution = field(default_factory=Distribution)
    characters_before: Distribution = field(default_factory=Distribution)
    characters_after: Distribution = field(default_factory=Distribution)
    tokens: Distribution = field(default_factory=Distribution)
    growth: tuple[Distribution, ...] = (Distribution(),) * (GROWTH_STEPS + 1)
    pairs: bytes = field(default=b"", repr=False)

    @property
    def num_sequences(self) -> int:
        """How many sequences there are."""
        return self.edits.total

    @property
    def single_edit_share(self) -> float:
        """The share of the sequences that are a single edit; 0 if there is none."""
        return self.edits.counts.get(1, 0) / self.num_sequences if self.num_sequences else 0.0

    @property
    def num_programs(self) -> int:
        """How many distinct programs there are."""
        # The first half of a pair is the digest of the program.
        step = PAIR_BYTES
        return len({self.pairs[at : at + step // 2] for at in range(0, len(self.pairs), step)})

    @property
    def num_distinct(self) -> int:
        """How many distinct pairs of program and sequence there are."""
        return len(self.pairs) // PAIR_BYTES

    @property
    def distinct_per_program(self) -> float:
        """Mean number of distinct sequences of a program; 0 if there is none."""
        return self.num_distinct / self.num_programs if self.pairs else 0.0

    @property
    def languages(self) -> dict[str, int]:
        """How many rows there are of each language, most first, by what `runs` say.

        The empty text stands for rows that do not say how they were made.
        """
        counts: Counter[str] = Counter()
        # Sorted, because languages with as many rows keep the order in which they are counted.
        for text, rows in sorted(self.runs.items()):
            how = read_made_with(text)
            counts["" if how is None else language_in(how).name] += rows
        return dict(counts.most_common())

    @classmethod
    def merge(cls, parts: Iterable[Statistics]) -> Statistics:
        """The statistics of the whole; faster than ``sum`` for many parts."""
        # They are gone through once for each distribution, and a generator allows that only once.
        several = list(parts)
        sources: Counter[str] = Counter()
        runs: Counter[str] = Counter()
        for part in several:
            sources.update(part.sources)
            runs.update(part.runs)
        counted: dict[str, Any] = {
            name: Distribution.merge(getattr(part, name) for part in several)
            for name in DISTRIBUTIONS
        }
        growth = tuple(
            Distribution.merge(part.growth[step] for part in several)
            for step in range(GROWTH_STEPS + 1)
        )
        return cls(
            accounting=_account([part.accounting for part in several]),
            sources=dict(sources),
            runs=dict(runs),
            growth=growth,
            pairs=_distinct([part.pairs for part in several]),
            **counted,
        )

    def as_dict(self, max_length: int | None = None) -> dict[str, Any]:
        """All statistics as plain values that JSON can hold.

        Args:
            max_length: Tokens beyond which a trainer truncates; adds ``truncated``, the
                share of the examples that are longer.
        """
        truncated = {"max_length": max_length, "share": self.tokens.share_above(max_length or 0)}
        return {
            "accounting": None if self.accounting is None else self.accounting.as_dict(),
            "sources": dict(sorted(self.sources.items())),
            "runs": dict(self.runs_by_rows()),
            "languages": self.languages,
            "sequences": self.num_sequences,
            "single_edit_share": self.single_edit_share,
            "programs": self.num_programs,
            "distinct_sequences": self.num_distinct,
            "distinct_sequences_per_program": self.distinct_per_program,
            **{name: getattr(self, name).as_dict() for name in DISTRIBUTIONS},
            **({"truncated": truncated} if max_length and self.tokens.total else {}),
            "growth": [step.as_dict() for step in self.growth],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Statistics:
        """The inverse of `as_dict`, except for `pairs`, which are not in it.

        Figures and tables need no more. Merging the result with others would count distinct
        sequences wrongly.
        """
        accounting = values["accounting"]
        growth = [Distribution.from_dict(step) for step in values["growth"]]
        if len(growth) != GROWTH_STEPS + 1:
            raise ValueError(f"{len(growth)} points in time, not {GROWTH_STEPS + 1}")
        counted: dict[str, Any] = {
            name: Distribution.from_dict(values[name]) for name in DISTRIBUTIONS
        }
        return cls(
            accounting=None if accounting is None else Accounting.from_dict(accounting),
            sources={str(name): int(count) for name, count in values["sources"].items()},
            runs={str(text): int(count) for text, count in values.get("runs", {}).items()},
            growth=tuple(growth),
            **counted,
        )

    def as_table(self, max_length: int | None = None) -> str:
        """A table in plain text: what `rows` gives, and below it the accounting.

        Args:
            max_length: See `as_dict`.
        """
        head = ("", "mean", "median", "p5", "p95", "max")
        rows = [head, *self.rows()]
        widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
        lines = [
            "  ".join(
                cell.rjust(width) if column else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        facts = [*self.facts(max_length), *self.shares()]
        lines += ["", aligned(facts)]
        if self.accounting is not None:
            # The accounting ends with the sequences, and those are in the lines above.
            lines += ["", self.accounting.as_table().partition("\nsequences")[0]]
        return "\n".join(lines)

    def rows(self) -> list[tuple[str, ...]]:
        """The distributions: name, mean, median, 5% and 95% quantiles, maximum."""
        return [
            (
                _NAMES[name],
                f"{found.mean:,.1f}",
                *(f"{found.quantile(share):,}" for share in (0.5, 0.05, 0.95, 1)),
            )
            for name in DISTRIBUTIONS
            if (found := getattr(self, name)).total
            and (name != "removed_lines" or found.quantile(1))  # insertions remove nothing
        ]

    def runs_by_rows(self) -> list[tuple[str, int]]:
        """The runs, those of most rows first."""
        return sorted(self.runs.items(), key=lambda run: (-run[1], run[0]))

    def facts(self, max_length: int | None = None) -> list[tuple[str, str]]:
        """The other statistics: name and value."""
        facts = [
            ("sequences", f"{self.num_sequences:,}"),
            ("sequences of a single edit", f"{self.single_edit_share:.1%}"),
        ]
        # Statistics that were read from a file have none, and would count 0 programs.
        if self.pairs:
            facts += [
                ("programs", f"{self.num_programs:,}"),
                ("distinct sequences", f"{self.num_distinct:,}"),
                ("distinct sequences per program", f"{self.distinct_per_program:.2f}"),
            ]
        if max_length and self.tokens.total:
            share = self.tokens.share_above(max_length)
            facts.append((f"examples of more than {max_length:,} tokens", f"{share:.1%}"))
        if len(languages := self.languages) > 1:
            for name, rows in languages.items():
                title = load_language(name).title if name else "a language that is not known"
                facts.append((f"rows in {title}", f"{rows / sum(languages.values()):.1%}"))
        return facts

    def shares(self) -> list[tuple[str, str]]:
        """Where rows are of several runs, the share of each of the largest: name and value."""
        total = sum(self.runs.values())
        runs = self.runs_by_rows() if len(self.runs) > 1 else []
        named = []
        for text, rows in runs[:_MOST_RUNS]:
            how = read_made_with(text)
            name = "a run that is not known" if how is None else in_few_words(how)
            named.append((f"rows of {name}", f"{rows / total:.1%}"))
        # Shares add up to all rows: what is not named stands in one line.
        if rest := sum(rows for _, rows in runs[_MOST_RUNS:]):
            named.append((f"rows of {len(runs) - _MOST_RUNS:,} others", f"{rest / total:.1%}"))
        return named

    def __add__(self, other: Statistics) -> Statistics:
        if not isinstance(other, Statistics):
            return NotImplemented
        return Statistics.merge([self, other])


_MOST_RUNS = 10
_NAMES = {
    "edits": "edits per sequence",
    "edit_lines": "lines per edit",
    "removed_lines": "lines removed per edit",
    "lines_before": "lines of the program",
    "lines_after": "lines of the training text",
    "characters_before": "characters of the program",
    "characters_after": "characters of the training text",
    "tokens": "tokens per example",
}
DISTRIBUTIONS = tuple(_NAMES)
"""Names of the distributions of `Statistics`, apart from ``growth``."""


def _account(parts: Sequence[Accounting | None]) -> Accounting | None:
    total = Accounting()
    for part in parts:
        # What became of the rows of one part is not known, and so not of the whole either.
        if part is None:
            return None
        total = total + part
    return total


def _distinct(parts: Sequence[bytes]) -> bytes:
    parts = [part for part in parts if part]
    if not parts:
        return b""
    import numpy as np

    # Two big-endian integers for each pair, so that sorting numbers sorts the bytes as well: the
    # result does not depend on the order of the parts.
    pairs = np.frombuffer(b"".join(parts), dtype=">u8").reshape(-1, 2)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    is_new = np.ones(len(pairs), dtype=bool)
    is_new[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    return pairs[is_new].tobytes()
