"""Linters for tests: deterministic rules on lines that are no Python."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lintseq_datasets.languages.base import Structure
from lintseq_datasets.linters.base import LintMessage, LintResult

Rule = Callable[[Sequence[str]], LintResult]


def needs(lines: Sequence[str]) -> LintResult:
    """A line ``a b c`` provides a and needs b and c from lines above it."""
    messages = []
    provided: set[str] = set()
    for number, line in enumerate(lines, 1):
        for column, name in enumerate(line.split()[1:]):
            if name not in provided:
                messages.append(LintMessage("T1", number, column, f"{name} of {len(lines)}"))
        provided.update(line.split()[:1])
    return tuple(messages)


def silent(_lines: Sequence[str]) -> LintResult:
    """Never complains."""
    return ()


def always(lines: Sequence[str]) -> LintResult:
    """Complains about the first line of any text."""
    return (LintMessage("T2", 1, len(lines)),)


def erratic(lines: Sequence[str]) -> LintResult:
    """Complains about arbitrary lines, also such as there are not."""
    digest = hashlib.sha256("\n".join(lines).encode()).digest()
    return tuple(
        LintMessage("T3", byte % (2 * len(lines) + 2) - len(lines) // 2 - 1, byte)
        for byte in digest[: digest[-1] % 3]
    )


def out_of_range(lines: Sequence[str]) -> LintResult:
    """Complains about lines before the first and behind the last."""
    return (LintMessage("T4", 0, 0), LintMessage("T4", len(lines) + 7, 0), LintMessage("T4", -3, 0))


@dataclass(frozen=True)
class Toy:
    """Judges all texts of a call, and remembers how many there were."""

    rule: Rule = needs
    calls: list[int] = field(default_factory=list)
    name: str = "toy 1"

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        self.calls.append(len(texts))
        return [self.rule(text.split("\n")) for text in texts]


@dataclass(frozen=True)
class BatchToy(Toy):
    """The same, for the programs of a batch together."""

    characters_per_start: int = 300

    def lint_batch(self, texts: Sequence[str], parses: Sequence[bool]) -> list[LintResult]:
        assert len(parses) == len(texts)
        return self.lint(texts)


def plain_structure(num_lines: int, **fields: object) -> Structure:
    """Every line can be drawn and takes nothing along."""
    return Structure(
        **{
            "num_lines": num_lines,
            "drawable": tuple(range(num_lines)),
            "weights": (1.0,) * num_lines,
            "takes": tuple(1 << line for line in range(num_lines)),
            **fields,
        }  # type: ignore[arg-type]
    )
