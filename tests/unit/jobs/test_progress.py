"""What a person sees of a running job."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import datasets
import pytest

from lintseq_datasets import LintSeqConfig
from lintseq_datasets.jobs.local import generate

CODES = [*(f"x = {number}\nprint(x)" for number in range(7)), "def (", "y = (", ""]
TABLE = datasets.Dataset.from_dict({"code": CODES})
CONFIG = LintSeqConfig(linter="syntax", num_samples=2)


@pytest.fixture(autouse=True)
def bars() -> None:
    """Of the whole process, and switched off by a command that was run with --quiet."""
    datasets.enable_progress_bars()


def run(output: Path, dataset: Any = TABLE, **options: Any) -> None:
    generate(dataset, output, CONFIG, part_rows=2, **options)


def test_the_bar(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path / "out")
    last = capsys.readouterr().err.split("\r")[-1]
    assert "100%|" in last
    assert "| 10/10 rows, " in last
    assert last.rstrip().endswith(" left, 3 skipped")
    assert " rows/s, " in last
    assert "  " not in last.partition("|")[2].partition("|")[2]  # no rate is filled up


def test_no_total(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path / "out", TABLE.to_iterable_dataset())
    assert ": 10 rows, " in capsys.readouterr().err


@pytest.mark.parametrize("how", ["argument", "datasets"])
def test_quiet(tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        if how == "datasets":
            datasets.disable_progress_bars()
        run(tmp_path / "out", progress=how == "datasets")
    finally:
        datasets.enable_progress_bars()
    assert capsys.readouterr().err == ""


def test_log_file(tmp_path: Path) -> None:
    ours = logging.getLogger("lintseq_datasets")
    before = ours.handlers[:], ours.level
    path = tmp_path / "deep" / "job.log"
    for output in ("one", "two"):
        run(tmp_path / output, progress=False, log=path)
    run(tmp_path / "three", progress=False)  # is not in the file
    lines = path.read_text(encoding="utf-8").splitlines()
    said = [line.split(" ", 2)[2].split(";")[0] for line in lines]
    parts = [text for text in said if "part 0" in text]
    assert parts == ["INFO part 0: 2 rows in, 2 sampled, 0 skipped, 0 failed"] * 2
    assert [text.split(":")[0] for text in said if "finished" in text] == ["INFO finished"] * 2
    assert (ours.handlers, ours.level) == before
