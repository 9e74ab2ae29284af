from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import datasets
import pytest

from lintseq_datasets.jobs._progress import Progress, log_file
from lintseq_datasets.mapping.accounting import Accounting

ROWS: dict[str, list[Any]] = {
    "status": ["ok", "ok", "skipped:no_code", "failed:worker_died"],
    "sample_index": [0, 1, -1, -1],
    "num_edits": [3, 4, 0, 0],
}
BEFORE = Accounting(rows_in=6, sampled=6, edits={2: 12})


def test_the_bar(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(100, "Sampling", BEFORE)
    progress.add(ROWS)
    progress.close()
    last = capsys.readouterr().err.split("\r")[-1]
    assert last.startswith("Sampling:   9%|")
    assert "| 9/100 [00:00<" in last  # time, and time left
    assert "rows/s, 14 sequences, 1 skipped, 1 failed]" in last
    assert progress.rate > 0


def test_no_total(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(None, "Sampling", Accounting())
    progress.add(ROWS)
    progress.close()
    assert "Sampling: 3 rows [00:00" in capsys.readouterr().err


@pytest.mark.parametrize("how", ["argument", "datasets"])
def test_quiet(how: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        if how == "datasets":
            datasets.disable_progress_bars()
        progress = Progress(100, "Sampling", BEFORE, shown=how == "datasets")
        progress.add(ROWS)
        progress.close()
    finally:
        datasets.enable_progress_bars()
    assert capsys.readouterr().err == ""


def test_log_file(tmp_path: Path) -> None:
    logger = logging.getLogger("lintseq_datasets.jobs.local")
    handlers, level = logging.getLogger("lintseq_datasets").handlers[:], logger.parent.level  # type: ignore[union-attr]
    path = tmp_path / "deep" / "job.log"
    for _ in range(2):
        with log_file(path):
            logger.info("part %d", 1)
    logger.info("part 2")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == ["INFO part 1"] * 2
    parent = logging.getLogger("lintseq_datasets")
    assert (parent.handlers, parent.level) == (handlers, level)
    with log_file(None):
        pass
