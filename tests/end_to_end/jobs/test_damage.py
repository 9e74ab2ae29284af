"""What is damaged while nobody looks is made again, or is a clear error that changes nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lintseq_datasets.errors import ConfigError, JobError
from lintseq_datasets.jobs.publication import folder_of
from tests.end_to_end.jobs.crashes import job
from tests.end_to_end.jobs.test_crashes import content
from tests.end_to_end.jobs.test_retry import receipt_path
from tests.faults.files import HARMS, FileFaults, Stop, flip
from tests.faults.workers import no_processes

OUTPUTS = ["out", "out.jsonl", "out.parquet", "saved"]


@pytest.fixture(autouse=True)
def _no_processes() -> Iterator[None]:
    with no_processes():
        yield


@pytest.fixture(scope="module", params=["out", "out.jsonl"])  # a folder and a file
def moments(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same job, stopped at every fourth of its changes, and in the end finished."""
    folder = tmp_path_factory.mktemp("moments")
    outputs: list[Path] = []
    with no_processes():
        while True:
            outputs.append(folder / f"{len(outputs)}" / request.param)
            outputs[-1].parent.mkdir()
            number = 4 * len(outputs)
            with FileFaults(folder, "stop", number, times=10_000).installed() as faults:
                try:
                    job(outputs[-1])
                except Stop:
                    continue
            assert faults.count < number
            return outputs


def files_of(output: Path) -> list[str]:
    """Files of a job that is stopped, relative to the folder of its output."""
    paths = (path for path in sorted(output.parent.rglob("*")) if path.is_file())
    return [str(path.relative_to(output.parent)) for path in paths if path.name != "lock"]


def try_(output: Path) -> JobError | ConfigError | None:
    """Run the job; the error, if it is one that a person is told."""
    try:
        job(output)
    except (JobError, ConfigError) as error:
        return error
    return None


@pytest.mark.parametrize("harm", HARMS)
def test_any_file_at_any_moment(moments: list[Path], tmp_path: Path, harm: str) -> None:
    *stopped, calm = moments
    expected = content(calm)
    tried = 0
    for number, before in enumerate(stopped):
        # Any file at any moment, with any harm, in all of these tests together.
        for name in files_of(before)[(number + list(HARMS).index(harm)) % 12 :: 12]:
            place = tmp_path / f"{tried}"
            shutil.copytree(before.parent, place)
            HARMS[harm](place / name)
            tried += 1
            output = place / before.name
            is_finished = not (folder_of(before) / "manifest.json").exists()
            if error := try_(output):
                assert Path(name).name == "manifest.json" or is_finished, (before, name)
                assert "overwrite=True replaces" in str(error)
                job(output, overwrite=True)
            assert content(output) == expected, (before, name)
            shutil.rmtree(place)
    assert tried >= 2


def test_what_is_said(moments: list[Path], tmp_path: Path, caplog: Any) -> None:
    before = next(path for path in moments if len([*path.parent.rglob("parts/*.parquet")]) == 3)
    shutil.copytree(before.parent, tmp_path / "x")
    gone, harmed = sorted((tmp_path / "x").rglob("parts/*.parquet"))[:2]
    gone.unlink()
    flip(harmed)
    job(tmp_path / "x" / before.name)
    assert "part 0 is gone; it is made again" in caplog.text
    assert "part 1 is damaged; it is made again" in caplog.text


@pytest.mark.parametrize("harm", HARMS)
def test_a_finished_output(moments: list[Path], tmp_path: Path, harm: str) -> None:
    calm = moments[-1]
    for number, name in enumerate(files_of(calm)):
        place = tmp_path / f"{number}"
        shutil.copytree(calm.parent, place)
        HARMS[harm](place / name)
        output = place / calm.name
        before = files_and_bytes(place)
        if error := try_(output):
            assert "overwrite=True replaces" in str(error)
            assert files_and_bytes(place) == before
            job(output, overwrite=True)
        else:  # nothing is there
            assert (name, harm) == (calm.name, "delete")
        assert content(output) == content(calm)


def files_and_bytes(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "values", [{"accounting": 3}, {"job": []}, {"job": {}}, {"accounting": {}}]
)
def test_a_record_that_was_edited(tmp_path: Path, values: dict[str, Any]) -> None:
    job(tmp_path / "out")
    path = tmp_path / "out/lintseq_datasets.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))
    with pytest.raises((JobError, ConfigError), match="overwrite=True replaces"):
        job(tmp_path / "out")


# --- the same command again ----------------------------------------------------------


@pytest.mark.parametrize("name", OUTPUTS)
def test_repeating_is_safe(tmp_path: Path, name: str) -> None:
    output = tmp_path / name
    first = job(output)
    before = content(output)
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert job(output) == first
    assert content(output) == before
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == times
    with pytest.raises(JobError, match=r"made by another job: output\.split is 'train' there"):
        job(output, split="test")
    if output.is_file():
        output.unlink()
        assert job(output) == first
        receipt_path(output).unlink()
        with pytest.raises(ConfigError, match="exists; overwrite=True replaces it"):
            job(output)
    assert content(output)[1:] == before[1:]


# --- disks that lie, fail or lack something ------------------------------------------


@pytest.mark.parametrize(
    ("kind", "name"), [("flips", "out"), ("cuts", "out.jsonl"), ("flips", "out.parquet")]
)
def test_a_disk_that_keeps_something_else(tmp_path: Path, kind: Any, name: str) -> None:
    job(tmp_path / "calm" / name)
    with FileFaults(tmp_path, kind, 0).installed() as counted:
        job(tmp_path / "counted" / name)
    for number in range(1, counted.count + 1, 7):
        output = tmp_path / f"{number}" / name
        with FileFaults(tmp_path, kind, number).installed():
            first = try_(output)
        for error in (first, try_(output)):
            if error is not None:
                assert "overwrite=True replaces" in str(error)
                job(output, overwrite=True)
        assert content(output) == content(tmp_path / "calm" / name), number


def test_a_disk_that_keeps_nothing(tmp_path: Path, caplog: Any) -> None:
    with (
        FileFaults(tmp_path, "flips", 6, times=10_000).installed(),
        pytest.raises(JobError, match="what is written is not what can be read, 3 times"),
    ):
        job(tmp_path / "out.jsonl")
    assert caplog.text.count("it is made again") >= 3
    assert not (tmp_path / "out.jsonl").exists()
    job(tmp_path / "out.jsonl", overwrite=True)


@pytest.mark.parametrize(
    ("kind", "name"), [("full", "out"), ("broken", "out.jsonl"), ("full", "out.parquet")]
)
def test_a_disk_that_is_full_at_any_write(tmp_path: Path, kind: Any, name: str) -> None:
    job(tmp_path / "calm" / name)
    number = -1
    while True:
        number += 9
        output = tmp_path / f"{number}" / name
        output.parent.mkdir()
        with FileFaults(tmp_path, kind, number, times=10_000).installed() as faults:
            if error := try_(output):
                assert "cannot write: " in str(error)
                assert "the same command goes on from there once this is put right" in str(error)
        job(output)
        assert content(output) == content(tmp_path / "calm" / name), number
        if faults.count < number:
            break
    assert number > 15


def test_a_file_system_that_cannot_sync(tmp_path: Path) -> None:
    with FileFaults(tmp_path, "no_sync").installed() as faults:
        job(tmp_path / "out")
    assert faults.count > 5
    job(tmp_path / "calm" / "out")
    assert content(tmp_path / "out") == content(tmp_path / "calm" / "out")


def test_a_file_system_that_cannot_rename_over_files(tmp_path: Path) -> None:
    with (
        FileFaults(tmp_path, "no_replace").installed(),
        pytest.raises(JobError, match="cannot write: File exists"),
    ):
        job(tmp_path / "out")
    job(tmp_path / "out")
    job(tmp_path / "calm" / "out")
    assert content(tmp_path / "out") == content(tmp_path / "calm" / "out")


# --- files of others -----------------------------------------------------------------


def test_a_file_of_somebody_else_is_named_and_stays(
    tmp_path: Path, moments: list[Path], caplog: Any
) -> None:
    before = moments[len(moments) // 2]
    shutil.copytree(before.parent, tmp_path / "x")
    output = tmp_path / "x" / before.name
    mine = folder_of(output) / "parts" / "mine.parquet"
    mine.write_bytes(b"mine")
    job(output)
    assert f"{mine}: is in no list of parts, and is not read" in caplog.text
    assert mine.read_bytes() == b"mine"
    caplog.clear()
    job(output)
    assert f"{mine}: is no file of a job, and stays" in caplog.text


@pytest.mark.parametrize("name", OUTPUTS)
def test_no_split_leaves_the_folder(tmp_path: Path, name: str) -> None:
    for split in (
        "../../../x",
        "a/b",
        "/x",
        "..",
        ".",
        "a b",
        "a\nb",
        "ä",
        "x" * 101,
        "a..b",
        "-",
        "all",
    ):
        with pytest.raises(ConfigError, match=r"split: .* is no name"):
            job(tmp_path / "deep" / name, split=split)
    assert [*tmp_path.rglob("*")] == []


def test_splits_with_names(tmp_path: Path) -> None:
    harmless: Callable[[str], Any] = lambda name: job(tmp_path / name, split=name)  # noqa: E731
    for name in ("test", "train.v1", "x" * 100, "A_1"):
        harmless(name)
        assert [path.name for path in (tmp_path / name / "data").iterdir()] == [
            f"{name}-00000-of-00001.parquet"
        ]
