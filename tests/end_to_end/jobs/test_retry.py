"""Rows that failed as they might not at another time are tried again, the others stay."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pytest

from lintseq_datasets import LintSeqConfig, refactor
from lintseq_datasets.errors import JobError
from lintseq_datasets.files.output import RECEIPT
from lintseq_datasets.jobs.folder import JobFolder
from lintseq_datasets.jobs.local import Finished, generate
from tests.end_to_end.jobs import inside
from tests.end_to_end.jobs.processes import finish, programs, start

HARMFUL = (2, 5, 6)
CONFIG = LintSeqConfig(linter="syntax", num_samples=2)
OUTPUTS = ["out", "out.parquet", "out.jsonl", "saved"]


def rows() -> Iterator[dict[str, Any]]:
    for number in range(10):
        word = "harm" if number in HARMFUL else "x"
        yield {"instruction": f"{number}.", "response": f"{word} = {number}\nprint({word})"}
    yield {"instruction": "10.", "response": "def ("}


TABLE = datasets.Dataset.from_list([*rows()])


def receipt_path(output: Path) -> Path:
    """Of a directory in it, of a file beside it."""
    return output.with_name(f".{output.name}{RECEIPT}") if output.suffix else output / RECEIPT


class Stop(BaseException):
    """What stops a job in these tests; nothing catches it."""


@pytest.fixture
def harm(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Words that no worker survives; there are no real ones here."""
    words = {"harm"}

    inside.make_deaths_up(monkeypatch, words, "response")
    return words


def run(output: Path, dataset: Any = TABLE, **options: Any) -> Finished:
    given = {"progress": False, "part_rows": 2, "saved": output.name == "saved", **options}
    return generate(dataset, output, CONFIG, **given)


def content(output: Path) -> dict[str, Any]:
    """Every file, but for where and when `save_to_disk` made it."""
    if output.is_file():
        return {"": output.read_bytes()}
    files = {str(path.relative_to(output)): path for path in output.rglob("*") if path.is_file()}
    read: dict[str, Any] = {name: path.read_bytes() for name, path in files.items()}
    changing = {"state.json", "dataset_info.json"} & set(read)
    for name in changing:
        read[name] = {**json.loads(read[name]), "_fingerprint": "", "download_checksums": 0}
    if changing:
        record = read["lintseq_datasets.json"] = json.loads(read["lintseq_datasets.json"])
        record["job"] |= {"files": sorted(record["job"]["files"]), "check": ""}
    return read


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize(
    "options",
    [{}, {"output_format": "pylintseq"}, {"output_format": "tool_calls"}, {"on_error": "skip"}],
)
def test_a_finished_output(
    tmp_path: Path, harm: set[str], name: str, options: dict[str, Any]
) -> None:
    output = tmp_path / name
    first = run(output, **options)
    assert first.accounting.failed == {"worker_died": 3}
    before = content(output)
    assert run(output, **options) == first  # it is finished, whatever failed
    assert run(output, retry_failed=True, **options) == first  # it fails again
    assert content(output) == before
    harm.clear()
    last = run(output, retry_failed=True, part_rows=100, **options)
    assert (last.accounting.sampled, last.accounting.failed) == (10, {})
    run(tmp_path / "calm" / name, **options)
    assert content(output) == content(tmp_path / "calm" / name)
    hidden = [path for path in tmp_path.rglob(".*") if path.parent == tmp_path]
    assert hidden == ([receipt_path(output)] if output.is_file() else [])


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_job_that_is_not_finished(tmp_path: Path, harm: set[str], name: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JobFolder, "write_part", stop_at(4, JobFolder.write_part))
        with pytest.raises(Stop):
            run(tmp_path / name)
    harm.clear()
    assert run(tmp_path / name, retry_failed=True).accounting.failed == {}
    run(tmp_path / "calm" / name)
    assert content(tmp_path / name) == content(tmp_path / "calm" / name)


def test_a_job_that_is_only_to_be_published(tmp_path: Path, harm: set[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lintseq_datasets.jobs.publication.move_up", stop_at(1, None))
        with pytest.raises(Stop):
            run(tmp_path / "out")
    harm.clear()
    assert run(tmp_path / "out", retry_failed=True).accounting.failed == {}
    run(tmp_path / "calm")
    assert content(tmp_path / "out") == content(tmp_path / "calm")


def test_only_parts_with_such_rows_are_made_again(
    tmp_path: Path, harm: set[str], caplog: pytest.LogCaptureFixture
) -> None:
    run(tmp_path / "out")
    caplog.set_level("INFO")
    run(tmp_path / "out", retry_failed=True)
    harm.clear()
    run(tmp_path / "out", retry_failed=True)
    run(tmp_path / "out", retry_failed=True)  # there is nothing to try
    made = [text.split(":")[0] for text in caplog.messages if text.startswith("part ")]
    assert made == ["part 1", "part 2", "part 3"] * 2


@pytest.mark.parametrize("name", ["out", "out.parquet", "saved"])
@pytest.mark.parametrize("goes_on_with", [True, False])
def test_a_try_that_is_stopped(
    tmp_path: Path, harm: set[str], name: str, goes_on_with: bool
) -> None:
    """What was finished stays until it is replaced, and the same command goes on."""
    run(tmp_path / "before" / name)
    before = content(tmp_path / "before" / name)
    harm.clear()
    run(tmp_path / "calm" / name)
    calm = content(tmp_path / "calm" / name)
    for moment in range(1, 100):
        shutil.copytree(tmp_path / "before", tmp_path / f"{moment}")
        output = tmp_path / f"{moment}" / name
        with pytest.MonkeyPatch.context() as patch:
            stop = stop_at(moment, lambda change, *args, **options: change(*args, **options))
            for change in ("write_part", "save"):
                patch.setattr(JobFolder, change, with_first(stop, getattr(JobFolder, change)))
            try:
                run(output, retry_failed=True)
            except Stop:
                if output.exists():
                    kept = content(output)
                    assert {name: kept.get(name) for name in before} in (before, {}) or moment > 11
            else:
                break
        run(output, retry_failed=goes_on_with)
        if receipt_path(output).exists():
            run(output, retry_failed=True)
        assert content(output) == calm
    assert moment > 11


def test_a_stream(tmp_path: Path, harm: set[str]) -> None:
    run(tmp_path / "out", TABLE.to_iterable_dataset())
    harm.clear()
    changed = TABLE.map(lambda row, n: {"instruction": "x" if n == 5 else "y"}, with_indices=True)
    with pytest.raises(JobError, match="rows from 0 on differ"):
        run(tmp_path / "out", changed.to_iterable_dataset(), retry_failed=True)
    # only a row of a part that is made again is another one
    changed = TABLE.map(
        lambda row, n: {"instruction": "x" if n == 5 else f"{n}."}, with_indices=True
    )
    with pytest.raises(JobError, match="rows from 4 on differ"):
        run(tmp_path / "out", changed.to_iterable_dataset(), retry_failed=True)
    run(tmp_path / "out", TABLE.to_iterable_dataset(), retry_failed=True)
    loaded = datasets.load_dataset(str(tmp_path / "out"), split="train")
    assert loaded.to_list() == refactor(TABLE, CONFIG).to_list()


@pytest.mark.parametrize("name", OUTPUTS)
def test_what_cannot_be_tried_again(tmp_path: Path, harm: set[str], name: str) -> None:
    output = tmp_path / name
    run(output)
    receipt_path(output).unlink()
    with pytest.raises(JobError if output.is_dir() else ValueError, match="overwrite=True"):
        run(output, retry_failed=True)
    harm.clear()
    assert run(output, overwrite=True).accounting.failed == {}
    assert receipt_path(output).exists() == output.is_file()


@pytest.mark.parametrize("name", ["out", "out.jsonl"])
def test_an_output_that_was_changed(tmp_path: Path, harm: set[str], name: str) -> None:
    output = tmp_path / name
    run(output)
    file = next(output.glob("data/*")) if output.is_dir() else output
    file.write_bytes(file.read_bytes() + b"more")
    for retry in (True, False):
        with pytest.raises(JobError, match="missing or changed"):
            run(output, retry_failed=retry)
    assert run(output, overwrite=True).accounting.failed == {"worker_died": 3}
    file.unlink()
    harm.clear()
    if name == "out.jsonl":  # nothing is there
        assert run(output).accounting.failed == {}


def test_what_is_said(tmp_path: Path, harm: set[str], caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        caplog.clear()
        run(tmp_path / "out", progress=True)
        assert (
            "out: 3 rows failed as they might not at another time (worker_died 3); the same call "
            "with retry_failed=True, or the same command with --retry-failed, tries them again"
        ) in caplog.text
    harm.clear()
    caplog.clear()
    run(tmp_path / "out", progress=True, retry_failed=True)
    assert "tries them again" not in caplog.text


def test_the_command(tmp_path: Path) -> None:
    """Real workers, which are ended for want of time, and later have it."""
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in programs(9)))
    args = ("generate", "rows.jsonl", "--linter", "pyflakes", "--num-samples", 1, "-o", "out")
    code, _, errors = finish(start(tmp_path, *args, "--time-limit", 1e-9))
    assert (code, "time_budget 8" in errors) == (1, True)
    assert "--retry-failed, tries them again" in errors
    code, _, errors = finish(start(tmp_path, *args, "--time-limit", 1e-9, "--retry-failed"))
    assert (code, "going on: " in errors) == (1, True)


def stop_at(moment: int, function: Any) -> Any:
    count = 0

    def counting(*args: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        if count == moment:
            raise Stop
        return function(*args, **options)

    return counting


def with_first(function: Any, first: Any) -> Any:
    return lambda *args, **options: function(first, *args, **options)
