"""Gigantic rows and bombs are refused, within a bound on memory."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files import bounds, json_rows
from lintseq_datasets.files.bounds import TextCheck, check_bounds
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
        capture_output=True, text=True, timeout=600, cwd=tmp_path,
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
    table = pa.table({"code": [str(n) * 1000 for n in range(1000)]})
    pq.write_table(table, tmp_path / "rows.parquet", compression="zstd", use_dictionary=False)
    with pytest.raises(ConfigError, match="row group 0 is of"):
        read_source(str(tmp_path / "rows.parquet"))
    pq.write_table(table, tmp_path / "rows.parquet", row_group_size=10, use_dictionary=False)
    check_bounds([str(tmp_path / "rows.parquet")])


@pytest.mark.parametrize("stored", ["once", "as differences", "in many groups"])
def test_what_is_stored_as_little(
    tmp_path: Path, stored: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_ROW_BYTES", 2_000_000)
    monkeypatch.setattr(bounds, "MOST_GROUP_BYTES", 50_000_000)
    monkeypatch.setattr(bounds, "LEAST_BOMB", 60_000_000)
    table, options = pa.table({"code": ["x = 1\n" * 200_000] * 70}), dict[str, Any]()
    if stored == "as differences":
        options = {"use_dictionary": False, "column_encoding": {"code": "DELTA_BYTE_ARRAY"}}
    if stored == "in many groups":
        options = {"row_group_size": 1}
    path = tmp_path / "rows.parquet"
    pq.write_table(table, path, compression="zstd", **options)
    assert path.stat().st_size < 150_000
    many = "unfolds to more than 200 times its size"
    problem = many if stored == "in many groups" else "row group 0 is of .* or more"
    with pytest.raises(ConfigError, match=problem):
        read_source(str(path))
    pq.write_table(table.slice(0, 40), path, compression="zstd", **options)
    check_bounds([str(path)])


def test_a_gigantic_row_of_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_ROW_BYTES", 100_000)
    path = tmp_path / "rows.parquet"
    for size, is_too_large in ((90_000, False), (99_991, True)):
        rows: list[dict[str, Any]] = [{"a": "x" * 50, "b": 1, "c": [{"d": "y"}, {"d": None}]}] * 20
        rows[11] = {"a": None, "b": None, "c": [{"d": "y" * 2}, {"d": "y" * size}]}
        pq.write_table(pa.Table.from_pylist([*rows, *rows]), path, row_group_size=20)
        if is_too_large:
            with pytest.raises(ConfigError, match="row group 0, row 11: a row of more than"):
                check_bounds([str(path)])
        else:
            check_bounds([str(path)])


def test_a_quote_that_is_never_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_ROW_BYTES", 2_000_000)
    path = tmp_path / "rows.csv"
    good = b'code,n\n"print(""x"")\ny = 1\n",5" pipe\n' * 100_000
    path.write_bytes(good)
    check_bounds([str(path)])
    path.write_bytes(b'code,n\nx,1\n"x = 1,2\n' + b"y,3\n" * 600_000)
    with pytest.raises(ConfigError, match=r"rows\.csv', line 3: a row of more than"):
        read_source(str(path))


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_rows_of_csv(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(size)
    for _ in range(300):
        content = "".join(chance.choices('ab,,\n\n"""', k=chance.randrange(1, 40))) + "\n"
        most = chance.randrange(size, 12)  # a piece holds no whole row that is longer
        lengths, at = list[int](), 0
        reader = csv.reader(io.StringIO(content, newline=""))
        lines = content.splitlines(keepends=True)
        for _row in reader:
            row = "".join(lines[at : reader.line_num])
            lengths.append(len(row.removesuffix("\n")))
            at = reader.line_num
        monkeypatch.setattr(bounds, "MOST_ROW_BYTES", most)
        pieces = (content[start : start + size] for start in range(0, len(content), size))
        is_longer = False
        try:
            check = TextCheck("rows.csv")
            for piece in pieces:
                check.look(piece.encode())
        except ConfigError:
            is_longer = True
        assert is_longer or max(lengths) <= most, content
        lengths[-1] = len(row)  # the newline at the end may be in quotes
        assert not is_longer or max(lengths) > most, content


def test_a_list_is_read_value_by_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_rows, "MOST_ROW_BYTES", 3_000_000)
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{"code": "x" * 1_000_000}] * 5))
    assert len(list(json_rows.read_json(str(path)))) == 5
    path.write_text(json.dumps([{"code": "x"}, {"code": "x" * 8_000_000}]))
    with pytest.raises(ConfigError, match=r"line 1: a row of more than"):
        list(json_rows.read_json(str(path)))


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
        capture_output=True, text=True, timeout=600, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": "/dev/null/hf"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 3
