from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from lintseq_datasets import LintSeqConfig, RandSeqConfig
from lintseq_datasets.jobs._work import warm_up
from lintseq_datasets.linters.base import LintResult
from lintseq_datasets.mapping.run import rows_at_once


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
    assert rows_at_once(LintSeqConfig(linter=linter)) == rows


def test_rows_at_once_without_a_linter() -> None:
    assert rows_at_once(RandSeqConfig()) == 100


@pytest.mark.parametrize(
    "config",
    [
        RandSeqConfig(start="given"),
        LintSeqConfig(start="given", linter="syntax"),
        LintSeqConfig(linter="pylint"),
        LintSeqConfig(linter="ruff", errors=("F821",)),
        LintSeqConfig(linter=Mine(), errors=("E",)),  # not asked, as it may do anything
    ],
)
def test_warm_up(config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = []
    from lintseq_datasets.jobs import _work

    for name in ("lintseq_map", "randseq_map"):
        mapper = getattr(_work, name)
        monkeypatch.setattr(_work, name, lambda *a, m=mapper, **k: found.append(m(*a, **k)))
    warm_up(config)
    assert [rows["status"] for rows in found] == [["ok"]]
