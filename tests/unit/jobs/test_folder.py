from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lintseq_datasets.errors import JobError
from lintseq_datasets.files.whole_files import write_whole
from lintseq_datasets.jobs.folder import (
    DamageError,
    JobFolder,
    Part,
    differences,
    digest_of_identity,
)

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
    assert manifest.pop("check")
    assert manifest == {
        "job": digest_of_identity(IDENTITY), "part_rows": 5, "method": "randseq",
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


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", "null", "7", "[" * 100_000, '{"job": 1}', '{"check": {}}', "\0"]
)
def test_a_manifest_that_is_none(folder: JobFolder, text: str) -> None:
    (folder.path / "manifest.json").write_text(text)
    with pytest.raises(JobError, match=r"manifest\.json: the manifest of this job"):
        folder.open(5)


def test_a_manifest_that_was_edited(folder: JobFolder) -> None:
    path = folder.path / "manifest.json"
    values = json.loads(path.read_text())
    for name in values:
        changed: dict[str, Any] = {**values, name: 7}
        for edited in (changed, {key: values[key] for key in values if key != name}):
            path.write_text(json.dumps(edited))
            with pytest.raises(JobError, match=r"was changed|is damaged"):
                JobFolder.read(folder.path)
    path.write_text(json.dumps(values))  # written otherwise, it says the same
    assert JobFolder.read(folder.path) is not None


def test_parts(folder: JobFolder) -> None:
    assert folder.parts() == {}
    folder.write_part(PART, TABLE)
    (part,) = folder.parts().values()
    assert part == replace(PART, rows=2, content=part.content)
    assert folder.read_part(part) == TABLE
    assert folder.rows_done == 2


@pytest.mark.parametrize("number", range(0, 500, 7))
def test_no_flipped_byte_passes(folder: JobFolder, number: int) -> None:
    folder.write_part(PART, TABLE)
    (part,) = folder.parts().values()
    path = folder.part_path(3)
    content = bytearray(path.read_bytes())
    content[number % len(content)] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamageError, match="part 3 is damaged"):
        folder.read_part(part)
    assert folder.parts() == folder.parts() == {}
    assert folder.rows_done == 0


@pytest.mark.parametrize("size", [0, 1, 100])
def test_a_part_that_is_cut_or_gone(
    folder: JobFolder, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    for number in (0, 1):
        folder.write_part(replace(PART, number=number), TABLE)
    for number, harm in enumerate((lambda p: p.write_bytes(p.read_bytes()[:size]), Path.unlink)):
        harm(folder.part_path(number))
    assert folder.parts() == {}
    assert "part 0 is damaged; it is made again" in caplog.text
    assert "part 1 is gone; it is made again" in caplog.text


def test_the_list_of_parts_may_be_damaged_anywhere(folder: JobFolder) -> None:
    for number in range(4):
        folder.write_part(replace(PART, number=number), TABLE)
    path = folder.path / "parts.jsonl"
    whole, parts = path.read_bytes(), folder.parts()
    for place in range(0, len(whole), 11):
        path.write_bytes(whole[:place] + b"\x7f" + whole[place + 1 :])
        assert folder.parts().items() <= parts.items()
        assert len(folder.parts()) >= 2  # at most an end of a line was hit
        path.write_bytes(whole[:place])  # as by a power cut
        folder.write_part(replace(PART, number=9), TABLE)
        assert folder.parts().items() <= {**parts, 9: folder.parts()[9]}.items()


def test_a_part_that_is_not_listed_is_none(folder: JobFolder) -> None:
    folder.write_part(PART, TABLE)
    (folder.path / "parts.jsonl").unlink()
    assert folder.parts() == {}


def test_parts_of_another_job_are_none_of_this(folder: JobFolder) -> None:
    JobFolder(folder.path, {**IDENTITY, "method": "x"}).write_part(PART, TABLE)
    assert folder.parts() == {}


def test_what_is_no_file_of_a_job_is_named_and_stays(
    folder: JobFolder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write_part(replace(PART, number=0), TABLE)
    others = [folder.path / name for name in ("mine.txt", "parts/mine.txt", "final/deep/mine.txt")]
    for path in (*others, folder.part_path(77)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    folder.parts()
    for name in ("mine.txt", "parts/mine.txt", "parts/0000077.parquet"):
        assert f"{folder.path / name}: is " in caplog.text
    caplog.clear()
    folder.discard()
    assert sorted(path for path in folder.path.rglob("*") if path.is_file()) == sorted(others)
    assert all(f"{path}: is no file of a job, and stays" in caplog.text for path in others)


def test_a_folder_without_others_goes(folder: JobFolder) -> None:
    folder.write_part(PART, TABLE)
    (folder.path / "final" / "data").mkdir(parents=True)
    folder.discard()
    assert not folder.path.exists()


def test_what_cannot_be_removed_is_of_no_job(folder: JobFolder) -> None:
    folder.write_part(PART, TABLE)
    (folder.path / "output.jsonl").mkdir()  # where a file is expected
    folder.discard()
    assert JobFolder.read(folder.path) is None


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
    with folder.locked():
        folder.forget()
        folder.open(5)  # removes what the job before left, but for the lock
        with pytest.raises(JobError, match="another process"), other.locked():
            pass
    with other.locked():
        assert other.held


def test_differences() -> None:
    other = json.loads(json.dumps({**IDENTITY, "config": {"seed": 2, "errors": ["E"]}}))
    assert differences(IDENTITY, other) == ["config.seed is 2 there and 1 here"]
    assert differences(IDENTITY, json.loads(json.dumps(IDENTITY))) == []
    assert digest_of_identity(IDENTITY) == digest_of_identity(json.loads(json.dumps(IDENTITY)))
