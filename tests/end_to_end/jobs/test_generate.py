"""The same call goes on; another one over the same output is refused."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq
import pytest

import lintseq_datasets.jobs.local as local
from lintseq_datasets import LintSeqConfig, RandSeqConfig, features_of, refactor
from lintseq_datasets.errors import ColumnError, ConfigError, JobError, LintSeqError
from lintseq_datasets.files.sources import read_source
from lintseq_datasets.jobs.folder import JobFolder
from lintseq_datasets.jobs.local import Finished
from lintseq_datasets.mapping.accounting import DONE_COLUMN
from lintseq_datasets.mapping.dataset import provenance
from lintseq_datasets.mapping.run import Run
from lintseq_datasets.mapping.versions import data_versions
from tests.end_to_end.rows import ROWS

pytestmark = pytest.mark.usefixtures("made_here")

QUICK = RandSeqConfig(num_samples=2)
TABLE = datasets.Dataset.from_list(ROWS)


def generate(dataset: Any, output: Path, config: Any = QUICK, **options: Any) -> Finished:
    return local.generate(dataset, output, config, **{"progress": False, "part_rows": 5, **options})


def read(output: Path) -> datasets.Dataset:
    return datasets.load_dataset("parquet", data_dir=str(output / "data"), split="train")


def times(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


class Stop(BaseException):
    """What stops a job in these tests; nothing catches it."""


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An output of which two parts of three are done."""
    count = 0
    write = JobFolder.write_part

    def write_some(*args: Any) -> None:
        nonlocal count
        count += 1
        if count == 3:
            raise Stop
        write(*args)

    with monkeypatch.context() as patch:
        patch.setattr(JobFolder, "write_part", write_some)
        with pytest.raises(Stop):
            generate(TABLE, tmp_path / "out")
    return tmp_path / "out"


# --- the same rows as from `map` -----------------------------------------------------


@pytest.mark.parametrize("output_format", ["default", "conversational", "pylintseq"])
@pytest.mark.parametrize("on_error", ["record", "skip"])
def test_rows_are_those_of_refactor(tmp_path: Path, output_format: Any, on_error: Any) -> None:
    check_rows(tmp_path / "out", 1, output_format=output_format, on_error=on_error)


@pytest.mark.usefixtures("workers")
@pytest.mark.parametrize(
    ("output_format", "on_error", "num_proc"),
    [("default", "record", 3), ("conversational", "skip", 2), ("pylintseq", "skip", 1)],
)
def test_rows_of_workers_are_those_of_refactor(
    tmp_path: Path, output_format: Any, on_error: Any, num_proc: int
) -> None:
    check_rows(tmp_path / "out", num_proc, output_format=output_format, on_error=on_error)


def check_rows(output: Path, num_proc: int, *, output_format: Any, on_error: Any) -> None:
    options = {"output_format": output_format, "on_error": on_error, "source_file": "here"}
    config = LintSeqConfig(num_samples=2, linter="syntax")
    finished = generate(TABLE, output, config, num_proc=num_proc, **options)
    expected = refactor(TABLE, config, **options)
    rows = read(output)
    assert rows.to_list() == expected.to_list()
    assert rows.features == expected.features == features_of(output_format)
    assert len(rows) == finished.rows
    record = json.loads((output / "lintseq_datasets.json").read_text())
    made = dict(provenance(expected) or {})
    assert {name: record[name] for name in made} == made
    assert finished.accounting.as_dict() == made["accounting"]


@pytest.mark.usefixtures("workers")
def test_real_pylint(tmp_path: Path) -> None:
    rows = TABLE.select([0, 1, 11])
    generate(rows, tmp_path / "out", LintSeqConfig(num_samples=2), num_proc=2)
    assert read(tmp_path / "out").to_list() == refactor(rows, num_samples=2).to_list()


@pytest.mark.parametrize("limit", [None, 7])
def test_streams(tmp_path: Path, limit: int | None) -> None:
    def rows() -> Iterator[dict[str, Any]]:
        yield from ROWS

    for number, stream in enumerate(
        (TABLE.to_iterable_dataset(2), datasets.IterableDataset.from_generator(rows))
    ):
        generate(stream, tmp_path / f"{number}", limit=limit)
        expected = TABLE.select(range(limit or len(TABLE)))
        assert read(tmp_path / f"{number}").to_list() == refactor(expected, QUICK).to_list()


@pytest.mark.usefixtures("workers")
def test_a_stream_is_read_as_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead: list[int] = []
    read_rows = written = 0
    write = JobFolder.write_part

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal read_rows
        for number in range(6000):
            read_rows += 1
            yield {"code": f"x = {number}"}

    def write_part(folder: Any, part: Any, table: Any) -> None:
        nonlocal written
        written += part.rows_in
        ahead.append(read_rows - written)
        write(folder, part, table)

    monkeypatch.setattr(JobFolder, "write_part", write_part)
    generate(datasets.IterableDataset.from_generator(rows), tmp_path / "out", part_rows=100)
    assert written == 6000
    assert max(ahead) <= 1024 + 3 * 100


def test_no_rows(tmp_path: Path) -> None:
    assert generate(TABLE.select([]), tmp_path / "out").rows == 0
    (path,) = (tmp_path / "out").glob("data/*.parquet")  # `load_dataset` takes none without rows
    assert pq.read_schema(path).names == list(features_of())


def test_other_views_of_a_dataset(tmp_path: Path) -> None:
    expected = refactor(TABLE.select([3, 1]), QUICK).to_list()
    formatted = TABLE.with_format("numpy").select([3, 1])
    generate(formatted, tmp_path / "numpy")
    assert read(tmp_path / "numpy").to_list() == expected
    upper = TABLE.with_transform(
        lambda rows: {**rows, "instruction": ["x"] * len(rows["response"])}
    )
    generate(upper, tmp_path / "custom", limit=2)
    assert set(read(tmp_path / "custom")["prompt"]) == {"x\n"}


def test_shards_of_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lintseq_datasets.jobs.publication.SHARD_BYTES", 10_000)
    generate(TABLE, tmp_path / "out", split="test")
    names = sorted(path.name for path in (tmp_path / "out/data").iterdir())
    assert len(names) > 1
    assert names[0] == f"test-00000-of-{len(names):05d}.parquet"
    loaded = datasets.load_dataset(str(tmp_path / "out"), split="test")
    assert loaded.to_list() == refactor(TABLE, QUICK).to_list()


# --- going on ------------------------------------------------------------------------


def test_done_parts_are_kept(stopped: Path) -> None:
    parts = times(stopped / ".lintseq-job" / "parts")
    assert len(parts) == 2
    finished = generate(TABLE, stopped)
    assert finished.accounting.rows_in == len(TABLE)
    assert read(stopped).to_list() == refactor(TABLE, QUICK).to_list()


def test_done_parts_are_not_made_again(stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    write = JobFolder.write_part
    monkeypatch.setattr(
        JobFolder, "write_part", lambda *args: (made.append(args[1].number), write(*args))
    )
    generate(TABLE, stopped, part_rows=3)  # a job keeps its own
    assert made == [2]


@pytest.mark.parametrize("harm", [b"", b"PAR1", None])
def test_a_part_that_is_not_sound_is_made_again(stopped: Path, harm: bytes | None) -> None:
    part = stopped / ".lintseq-job/parts/0000000.parquet"
    content = part.read_bytes()
    part.write_bytes(content[: len(content) // 2] if harm is None else harm)
    generate(TABLE, stopped)
    assert read(stopped).to_list() == refactor(TABLE, QUICK).to_list()


@pytest.mark.usefixtures("workers")
def test_what_is_only_to_be_published_is_not_sampled_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("lintseq_datasets.jobs.publication.move_up", fail_at(1, None))
        with pytest.raises(Stop):
            generate(TABLE, tmp_path / "out")
    assert list(tmp_path.rglob("parts/*.parquet")) == []  # they are merged
    monkeypatch.setattr("subprocess.Popen", None)  # no worker is started
    generate(TABLE, tmp_path / "out")
    assert read(tmp_path / "out").to_list() == refactor(TABLE, QUICK).to_list()


def test_nothing_of_a_job_that_is_replaced_remains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("lintseq_datasets.jobs.publication.move_up", fail_at(1, None))
        with pytest.raises(Stop):
            generate(TABLE, tmp_path / "out", RandSeqConfig(num_samples=1, seed=5))
    generate(TABLE, tmp_path / "out", overwrite=True)
    assert read(tmp_path / "out").to_list() == refactor(TABLE, QUICK).to_list()


def test_a_finished_job_is_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = generate(TABLE, tmp_path / "out")
    before = times(tmp_path / "out")
    caplog.clear()
    assert generate(TABLE, tmp_path / "out", num_proc=3, batch_size=1) == first
    assert caplog.messages == []
    with caplog.at_level("INFO"):
        again = generate(TABLE, tmp_path / "out", source_file="elsewhere", progress=True)
    assert again == first
    assert (first.was_there, again.was_there) == (False, True)
    assert times(tmp_path / "out") == before
    assert "finished before, nothing to do" in caplog.text
    (tmp_path / "out/data/train-00000-of-00001.parquet").write_bytes(b"")
    with pytest.raises(JobError, match="missing or changed"):
        generate(TABLE, tmp_path / "out")
    assert generate(TABLE, tmp_path / "out", overwrite=True) == first


def test_a_stream_that_goes_on(tmp_path: Path, stopped: Path) -> None:
    job = stopped.with_name("stream")
    stream = TABLE.to_iterable_dataset()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JobFolder, "write_part", fail_at(3, JobFolder.write_part))
        with pytest.raises(Stop):
            generate(stream, job)
    changed = TABLE.map(lambda row, n: {"instruction": "x" if n == 6 else "y"}, with_indices=True)
    with pytest.raises(JobError, match="rows from 0 on differ"):
        generate(changed.to_iterable_dataset(), job)
    generate(stream, job)
    assert read(job).to_list() == refactor(TABLE, QUICK).to_list()


def fail_at(number: int, function: Any) -> Any:
    count = 0

    def failing(*args: Any) -> Any:
        nonlocal count
        count += 1
        if count == number:
            raise Stop
        return function(*args)

    return failing


# --- what is refused -----------------------------------------------------------------

OTHERS = {
    "config.seed is 0 there and 7 here": {"config": RandSeqConfig(num_samples=2, seed=7)},
    "method is 'randseq' there and 'lintseq'": {"config": LintSeqConfig(linter="syntax")},
    "options.on_error is 'record' there": {"on_error": "skip"},
    "source.rows is 12 there and 11 here": {"dataset": TABLE.select(range(11))},
    "source.fingerprint": {"dataset": TABLE.select([1, 0, *range(2, 12)])},
    "output.split is 'train' there": {"split": "test"},
}


@pytest.mark.parametrize("problem", OTHERS)
@pytest.mark.parametrize("finished", [False, True])
def test_another_job_is_refused(stopped: Path, problem: str, finished: bool) -> None:
    if finished:
        generate(TABLE, stopped)
    before = times(stopped)
    call = {"dataset": TABLE, "output": stopped, **OTHERS[problem]}
    with pytest.raises(JobError) as caught:
        generate(**call)
    assert problem in str(caught.value)
    assert "overwrite=True replaces it, beside=True keeps both" in str(caught.value)
    assert times(stopped) == before
    beside = generate(**call, beside=True)
    assert beside.output.parent == stopped.parent
    assert beside.output.name.startswith("out-")
    assert generate(**call, beside=True) == beside
    assert times(stopped) == before
    assert generate(**call, overwrite=True).accounting == beside.accounting
    assert not (stopped / ".lintseq-job").exists()


def test_another_version_is_refused(stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = importlib.metadata.version
    monkeypatch.setattr(
        "importlib.metadata.version", lambda name: "9.9" if name == "pylint" else version(name)
    )
    data_versions.cache_clear()
    try:
        with pytest.raises(JobError, match=r"versions\.pylint is '[0-9.]+' there and '9\.9' here"):
            generate(TABLE, stopped)
    finally:
        data_versions.cache_clear()


@pytest.mark.parametrize("package", ["prylint", "ruff", "pyflakes"])
def test_linters_that_are_not_asked_may_come_and_go(
    stopped: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    # The job asks another one.
    version = importlib.metadata.version
    monkeypatch.setattr(
        "importlib.metadata.version", lambda name: "9.9" if name == package else version(name)
    )
    data_versions.cache_clear()
    try:
        assert generate(TABLE, stopped).rows
    finally:
        data_versions.cache_clear()


def test_beside_nothing_is_in_place(tmp_path: Path) -> None:
    assert generate(TABLE, tmp_path / "out", beside=True).output == tmp_path / "out"


def test_foreign_files_are_refused_or_kept(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match="exists"):
        generate(TABLE, tmp_path / "out")
    generate(TABLE, tmp_path / "out", overwrite=True)
    assert (tmp_path / "out/notes.txt").read_text() == "mine"


def test_bad_options(tmp_path: Path) -> None:
    for options in ({"num_proc": 0}, {"batch_size": 0}, {"part_rows": 0}, {"on_error": "x"}):
        with pytest.raises(ConfigError):
            generate(TABLE, tmp_path / "out", **options)
    with pytest.raises(ConfigError, match="DatasetDict is no dataset"):
        generate(datasets.DatasetDict(train=TABLE), tmp_path / "out")
    with pytest.raises(ColumnError):
        generate(TABLE, tmp_path / "out", program_column="code")
    assert list(tmp_path.iterdir()) == []


def test_rows_that_vanish_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose_all(_columns: Any, _numbers: Any) -> dict[str, list[Any]]:
        return {name: [] for name in names}

    names = [*features_of(), DONE_COLUMN]
    monkeypatch.setattr(Run, "counting_mapper", (lose_all, {}))
    with pytest.raises(LintSeqError, match="5 rows went in, 0 are accounted for"):
        generate(TABLE, tmp_path / "out")


# --- a full disk ---------------------------------------------------------------------


def test_a_full_disk(stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_options: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pq, "write_table", fail)
        with pytest.raises(JobError) as caught:
            generate(TABLE, stopped)
    assert str(caught.value) == (
        f"{stopped}: cannot write: No space left on device; 10 rows are done and kept; "
        "the same command goes on from there once this is put right"
    )
    assert list(stopped.rglob("*.tmp")) == []
    generate(TABLE, stopped)
    assert read(stopped).to_list() == refactor(TABLE, QUICK).to_list()


@pytest.mark.parametrize("name", ["out", "out.jsonl"])
@pytest.mark.parametrize("on_error", ["record", "skip"])
def test_rows_of_several_programs(tmp_path: Path, name: str, on_error: Any) -> None:
    good, bad = "x = 1\nprint(x)", "def f(:"
    lists = [[good, bad], [bad, good], [bad, bad], [good, good]]
    table = datasets.Dataset.from_dict({"question": list("abcd"), "solutions": lists})
    config = LintSeqConfig(linter="syntax", num_samples=2)
    options: dict[str, Any] = {"solutions": "each", "on_error": on_error}
    finished = generate(table, tmp_path / name, config, part_rows=3, num_proc=2, **options)
    assert (finished.accounting.rows_in, finished.accounting.sampled) == (4, 3)
    assert generate(table, tmp_path / name, config, part_rows=3, **options) == finished
    rows = list(read_source(str(tmp_path / name)).dataset)
    assert finished.rows == len(rows) == {"record": 12, "skip": 8}[on_error]
    assert rows == refactor(table, config, **options).to_list()
