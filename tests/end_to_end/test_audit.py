"""What pylint says of the states of another linter, by every route."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import pytest
from click.testing import CliRunner

from lintseq_datasets import FEATURES, build_card, lintseq_map, refactor
from lintseq_datasets.cli import main
from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters.base import LintResult
from lintseq_datasets.linters.pylint import PylintLinter
from lintseq_datasets.mapping.accounting import Accounting
from lintseq_datasets.mapping.provenance import provenance
from lintseq_datasets.statistics.counting import count_dataset

PROGRAMS = [  # the state without the return is an error that only pylint sees
    f"def f(x):\n    y = x + {number}\n    print(y)\n    return y\n\n\nz = f({number})\nprint(z)"
    for number in range(8)
]
ROWS = {"instruction": ["Add."] * len(PROGRAMS), "response": PROGRAMS}
OPTIONS: dict[str, Any] = {"num_samples": 4, "linter": "syntax", "audit": 1.0}


@dataclass(frozen=True)
class Blind:
    """Says what pylint would say, and sees no error."""

    name: str = "blind 1 python 3.11"

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        return [() for _ in texts]

    @property
    def original(self) -> PylintLinter:
        return PylintLinter()


def totals(rows: dict[str, list[Any]]) -> tuple[int, int]:
    return sum(rows["audited_states"]), sum(rows["rejected_states"])


@pytest.fixture(scope="module")
def expected() -> tuple[int, int]:
    return totals(lintseq_map(ROWS, **OPTIONS))


def test_rows_say_what_was_found(expected: tuple[int, int]) -> None:
    out = lintseq_map(ROWS, **OPTIONS)
    assert out["audited_states"] == [number - 1 for number in out["num_edits"]]
    assert all(map(int.__le__, out["rejected_states"], out["audited_states"]))
    assert 0 < expected[1] < expected[0]
    whole = lintseq_map(ROWS, **{**OPTIONS, "linter": "pylint"})
    assert totals(whole)[0] > 0
    assert totals(whole)[1] == 0


def test_the_sequences_are_the_same_without() -> None:
    without = lintseq_map(ROWS, **{**OPTIONS, "audit": None})
    assert totals(without) == (0, 0)
    assert without["edits"] == lintseq_map(ROWS, **OPTIONS)["edits"]


def test_a_share_is_the_same_however_rows_come() -> None:
    options = {**OPTIONS, "audit": 0.5}
    together = lintseq_map(ROWS, **options)["audited_states"]
    alone = [
        count
        for program in PROGRAMS
        for count in lintseq_map({"response": [program]}, **options)["audited_states"]
    ]
    assert alone == together
    assert 0 < sum(map(bool, together[::4])) < len(PROGRAMS)


def test_map_and_refactor(expected: tuple[int, int]) -> None:
    source = datasets.Dataset.from_dict(ROWS)
    mapped = source.map(
        lintseq_map, batched=True, remove_columns=source.column_names, features=FEATURES,
        fn_kwargs=OPTIONS,
    )  # fmt: skip
    made = refactor(source, **OPTIONS)
    assert mapped[:] == made[:]
    record = provenance(made)
    assert record is not None
    assert (record["accounting"]["audited"], record["accounting"]["rejected"]) == expected
    accounting = count_dataset(mapped).accounting
    assert accounting is not None
    assert (accounting.audited, accounting.rejected) == expected
    table = " ".join(count_dataset(mapped).as_table().split())
    assert f"states audited by pylint {expected[0]} rejected {expected[1]}" in table
    card = str(build_card(made, "me/edits"))
    assert f"| audit: program states that pylint judged as well | {expected[0]} |" in card
    assert "programs audited by pylint (share) | `1.0`" in card


def test_streaming(expected: tuple[int, int]) -> None:
    stream = datasets.Dataset.from_dict(ROWS).to_iterable_dataset()
    accounting = count_dataset(refactor(stream, **OPTIONS)).accounting
    assert accounting is not None
    assert (accounting.audited, accounting.rejected) == expected


@pytest.mark.parametrize("output_format", ["default", "pylintseq"])
def test_the_command_line(
    output_format: str, tmp_path: Path, write_jsonl: Callable[..., Path], expected: tuple[int, int]
) -> None:
    rows = [{"instruction": "Add.", "response": program} for program in PROGRAMS]
    out = tmp_path / "out"
    result = CliRunner().invoke(
        main,
        [
            "generate", str(write_jsonl(rows)), "-o", str(out), "--linter", "syntax", "--audit",
            "1", "--num-samples", "4", "--output-format", output_format,
        ],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    share = f"{expected[1]} ({expected[1] / expected[0]:.2%})"
    words = " ".join(result.output.split())
    assert f"states audited by pylint {expected[0]} rejected {share} sequences" in words
    record = json.loads((out / "lintseq_datasets.json").read_text())
    assert Accounting.from_dict(record["accounting"]).audited == expected[0]


def test_the_datatrove_step(expected: tuple[int, int]) -> None:
    pytest.importorskip("datatrove", reason="the extra 'datatrove' is not installed")
    from datatrove.data import Document

    from lintseq_datasets.jobs.datatrove import LintSeqStep

    step = LintSeqStep(**OPTIONS)
    documents = [Document(text=program, id=str(n)) for n, program in enumerate(PROGRAMS)]
    list(step.run(documents))
    assert step.stats["audited_states"].total == expected[0]
    assert step.stats["rejected_states"].total == expected[1]


class TestStandIns:
    def test_where_they_disagree_the_original_samples(self) -> None:
        out = lintseq_map(ROWS, num_samples=4, linter=Blind(), audit=1.0)
        pylint = PylintLinter().name
        assert set(out["linter"]) == {f"{pylint} instead of blind 1"}
        assert out["edits"] == lintseq_map(ROWS, num_samples=4)["edits"]
        assert sum(out["rejected_states"]) > 0  # of the sequences that were replaced

    def test_where_they_agree_nothing_changes(self) -> None:
        rows = {"response": ["a = 1\nb = 2\nc = 3"]}
        out = lintseq_map(rows, num_samples=4, linter=Blind(), audit=1.0)
        assert set(out["linter"]) == {Blind().name}
        assert totals(out) == (8, 0)

    def test_a_share_is_audited_by_default(self) -> None:
        programs = [f"a = {number}\nb = 2\nc = 3" for number in range(300)]
        out = lintseq_map({"response": programs}, num_samples=1, linter=Blind())
        assert 0 < sum(map(bool, out["audited_states"])) < 30

    def test_no_verdict_of_the_original(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def crash(_self: object, texts: Sequence[str]) -> list[LintResult]:
            return [LinterError("linter_crash", "pylint") for _ in texts]

        monkeypatch.setattr(PylintLinter, "lint", crash)
        with caplog.at_level(logging.WARNING):
            out = lintseq_map(ROWS, num_samples=4, linter=Blind(), audit=1.0)
        assert set(out["linter"]) == {Blind().name}
        assert totals(out) == (0, 0)
        assert "not audited" in caplog.text
