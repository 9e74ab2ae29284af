"""Gigantic rows and bombs are refused, within a bound on memory."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files import bounds
from lintseq_datasets.files.bounds import check_bounds
from lintseq_datasets.files.sources import read_source
from tests.conftest import ROOT

PROGRAM = """
import resource, sys
from lintseq_datasets.files.sources import read_source
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_source(sys.argv[1], streaming=sys.argv[2] == "streaming")
except Exception as error:
    print(type(error).__name__, error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def bomb(path: Path, gibibytes: int) -> Path:
    """A small file that unfolds to zeros, as many members one after the other."""
    path.write_bytes(gzip.compress(b"0" * 2**20) * (1024 * gibibytes))
    return path


@pytest.mark.parametrize("how", ["streaming", "copied"])
@pytest.mark.skipif(sys.platform == "win32", reason="asks for the memory of a process")
def test_a_bomb(tmp_path: Path, how: str) -> None:
    path = bomb(tmp_path / "rows.jsonl.gz", 4)
    assert path.stat().st_size < 10_000_000
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), how],
        capture_output=True, text=True, timeout=60, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(tmp_path / "hf")},
    )  # fmt: skip
    said, kilobytes = done.stdout.splitlines()
    assert said.startswith("ConfigError source: ")
    assert "line 1: a row of more than 64 MiB" in said
    assert int(kilobytes) < 200_000, "with what is imported meanwhile"


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv", "rows.jsonl.gz"])
def test_a_gigantic_row(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_ROW_BYTES", 3_000_000)
    rows = [json.dumps({"code": "x" * size}).encode() for size in (5, 2_999_000, 3_000_100, 5)]
    content = b"\n".join(rows[:2]) + b"\n"
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    check_bounds([str(path)])
    content = b"\n".join(rows)
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    with pytest.raises(ConfigError, match=r"line 3: a row of more than 3 MiB"):
        read_source(str(path))


def test_many_rows_in_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "LEAST_BOMB", 2**22)
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n" * 2**24))
    with pytest.raises(ConfigError, match="unfolds to more than 200 times its size"):
        check_bounds([str(path)])


def test_what_is_read_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_GROUP_BYTES", 100_000)
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{"code": "x" * 50_000}] * 2))
    with pytest.raises(ConfigError, match="is one list of more than"):
        read_source(str(path))
    table = pa.table({"code": [str(n) * 1000 for n in range(1000)]})
    pq.write_table(table, tmp_path / "rows.parquet", compression="zstd", use_dictionary=False)
    with pytest.raises(ConfigError, match="row group 0 is of"):
        read_source(str(tmp_path / "rows.parquet"))
    pq.write_table(table, tmp_path / "rows.parquet", row_group_size=10, use_dictionary=False)
    check_bounds([str(tmp_path / "rows.parquet")])


def test_files_in_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_ROW_BYTES", 100_000)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.jsonl").write_text(json.dumps({"code": "x" * 200_000}))
    with pytest.raises(ConfigError, match="line 1: a row of more than"):
        read_source(str(tmp_path))


def test_streaming_needs_no_cache(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"code": "x = 1\\\\nprint(x)"}\n' * 3)
    done = subprocess.run(
        [sys.executable, "-m", "lintseq_datasets.cli", "randomize", "rows.jsonl", "--streaming",
         "-o", "out.jsonl", "--num-samples", "1", "-q"],
        capture_output=True, text=True, timeout=60, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": "/dev/null/hf"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 3
