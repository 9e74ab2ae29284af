from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from lintseq_datasets.errors import JobError
from lintseq_datasets.files.whole import write_whole
from lintseq_datasets.jobs.folder import JobFolder, Part, differences, job_id

IDENTITY = {"method": "randseq", "config": {"seed": 1, "errors": ("E",)}}
TABLE = pa.table({"a": ["x", "y"]})
PART = Part(3, 2, {"rows_in": 2}, "digest")


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    folder = JobFolder(tmp_path / "job", IDENTITY)
    with folder.locked():
        folder.open(part_rows=5)
    return folder


def test_the_manifest_says_what_the_job_is(folder: JobFolder) -> None:
    manifest = json.loads((folder.path / "manifest.json").read_text())
    assert manifest == {
        "job": job_id(IDENTITY), "part_rows": 5, "method": "randseq",
        "config": {"seed": 1, "errors": ["E"]},
    }  # fmt: skip
    assert JobFolder.read(folder.path) == manifest
    folder.save(num_parts=4)
    assert JobFolder.read(folder.path) == {**manifest, "num_parts": 4}
    again = JobFolder(folder.path, IDENTITY)
    again.open(part_rows=9)
    assert again.manifest["part_rows"] == 5


def test_no_manifest(tmp_path: Path) -> None:
    assert JobFolder.read(tmp_path) is None
    (tmp_path / "manifest.json").write_text("{")
    assert JobFolder.read(tmp_path) is None


def test_parts(folder: JobFolder) -> None:
    assert folder.read_part(3) is None
    folder.write_part(PART, TABLE)
    assert folder.parts() == {3: PART}
    assert folder.rows_done == 2


def test_parts_of_another_job_are_removed(folder: JobFolder) -> None:
    JobFolder(folder.path, {**IDENTITY, "method": "x"}).write_part(PART, TABLE)
    assert folder.parts() == {}
    assert not folder.part_path(3).exists()


def test_what_is_half_written_is_removed(folder: JobFolder) -> None:
    left = folder.path / "parts/0000001.parquet.tmp"
    left.write_bytes(b"half")
    folder.open(5)
    assert not left.exists()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def write_half(file: object) -> None:
        file.write(b"ne")  # type: ignore[attr-defined]
        raise OSError(28, "full")

    with pytest.raises(OSError, match="full"):
        write_whole(path, write_half)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"old")]
    write_whole(path, lambda file: file.write(b"new"))
    assert path.read_bytes() == b"new"


def test_one_at_a_time(folder: JobFolder) -> None:
    other = JobFolder(folder.path, IDENTITY)
    with folder.locked(), pytest.raises(JobError, match="another process"), other.locked():
        pass
    assert not other.held
    with other.locked():
        assert other.held


def test_differences() -> None:
    other = json.loads(json.dumps({**IDENTITY, "config": {"seed": 2, "errors": ["E"]}}))
    assert differences(IDENTITY, other) == ["config.seed is 2 there and 1 here"]
    assert differences(IDENTITY, json.loads(json.dumps(IDENTITY))) == []
    assert job_id(IDENTITY) == job_id(json.loads(json.dumps(IDENTITY)))
