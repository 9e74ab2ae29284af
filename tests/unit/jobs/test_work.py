from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import pytest

from lintseq_datasets import LintSeqConfig, RandSeqConfig
from lintseq_datasets.jobs.local import generate
from lintseq_datasets.linters.base import LintResult
from lintseq_datasets.mapping.plan import Plan
from lintseq_datasets.mapping.run import rows_at_once
from lintseq_datasets.mapping.writing import Writing


@dataclass(frozen=True)
class Mine:
    name: str = "mine 1"

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        raise AssertionError(texts)


class Batches(Mine):
    def lint_batch(self, texts: Sequence[str], parses: Sequence[bool]) -> list[LintResult]:
        raise AssertionError(texts, parses)


class Fifties(Batches):
    batch_rows = 50


@pytest.mark.parametrize(
    ("linter", "rows"),
    [
        ("ruff", 1000), ("pylint", 1), ("pyflakes", 1), ("syntax", 1),
        (Mine(), 1), (Batches(), 1000), (Fifties(), 50),
    ],
)  # fmt: skip
def test_rows_at_once(linter: Any, rows: int) -> None:
    assert rows_at_once(Plan(LintSeqConfig(linter=linter))) == rows
    plan = Plan(LintSeqConfig(linter=linter), writing=Writing(output_format="next_edit"))
    assert rows_at_once(plan) == min(rows, 100)


def test_rows_at_once_without_a_linter() -> None:
    assert rows_at_once(Plan(RandSeqConfig())) == 100


@dataclass(frozen=True)
class Noting(Mine):
    file: str = ""

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        with open(self.file, "a", encoding="utf-8") as file:
            file.writelines(f"{text!r}\n" for text in texts)
        return [()] * len(texts)


def test_a_linter_of_the_user_is_asked_of_the_rows_alone(tmp_path: Path) -> None:
    """What workers load before their first row is tried on a program of no row."""
    linter = Noting(file=str(tmp_path / "asked"))
    rows = datasets.Dataset.from_dict({"code": ["y = 2"]})
    config = LintSeqConfig(linter=linter, errors=("E",), num_samples=1)
    assert generate(rows, tmp_path / "out", config, progress=False).accounting.sampled == 1
    asked = set((tmp_path / "asked").read_text().splitlines())
    assert {"'y = 2'"} <= asked <= {"'y = 2'", "''"}
