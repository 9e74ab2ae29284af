"""The recipe for Ray Data."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import datasets
import pytest

from lintseq_datasets import LintSeqConfig, features_of, refactor
from tests.conftest import PYTHONPATH, ROOT
from tests.end_to_end.rows import ROWS


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed")
def test_the_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PYTHONPATH", PYTHONPATH), ("RAY_USAGE_STATS_ENABLED", "0")):
        monkeypatch.setenv(name, value)
    source = datasets.Dataset.from_list(ROWS)
    (tmp_path / "in").mkdir()
    for number in range(3):
        source.shard(3, number).to_parquet(str(tmp_path / "in" / f"{number}.parquet"))
    result = subprocess.run(
        [sys.executable, str(ROOT / "examples/ray_data_job.py"), str(tmp_path / "in"),
         str(tmp_path / "out"), "--linter", "syntax", "--num-samples", "2"],
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-4000:]
    files = [str(path) for path in (tmp_path / "out").glob("*.parquet")]
    rows = datasets.load_dataset(
        "parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache")
    )
    assert rows.features == features_of()
    expected = refactor(source, LintSeqConfig(num_samples=2, linter="syntax"))
    assert sorted(map(json.dumps, rows)) == sorted(map(json.dumps, expected))
