"""The step in real datatrove pipelines."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import datasets
import pytest

from lintseq_datasets import (
    LintSeqConfig,
    RandSeqConfig,
    RevisionConfig,
    features_of,
    refactor,
)
from lintseq_datasets.errors import ConfigError
from tests.conftest import PYTHONPATH, ROOT, wait_until
from tests.end_to_end.jobs.deadly import DeadlyLinter
from tests.end_to_end.rows import ROWS

if importlib.util.find_spec("datatrove") is None:
    pytest.skip("datatrove is not installed", allow_module_level=True)

from datatrove.data import Document
from datatrove.pipeline.readers import JsonlReader, ParquetReader

from lintseq_datasets.jobs.datatrove import LintSeqStep, edits_writer, job_id, read_row

CONFIG = LintSeqConfig(num_samples=2, linter="syntax")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for number in range(4):
        part = datasets.Dataset.from_list(ROWS[number::4])
        part.to_parquet(str(tmp_path / "in" / f"{number}.parquet"))
    return tmp_path / "in"


def documents(rows: list[dict[str, Any]]) -> list[Document]:
    return [Document(**read_row(None, row, "file", n)) for n, row in enumerate(rows)]


def in_any_order(rows: Any) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def expected(**options: Any) -> datasets.Dataset:
    return refactor(datasets.Dataset.from_list(ROWS), CONFIG, **options)


# --- the step ------------------------------------------------------------------------


@pytest.mark.parametrize("output_format", ["default", "conversational"])
@pytest.mark.parametrize("on_error", ["record", "skip"])
def test_rows_are_those_of_map_in_order(output_format: Any, on_error: Any) -> None:
    step = LintSeqStep(CONFIG, output_format=output_format, on_error=on_error, batch_size=5)
    made = list(step.run(documents(ROWS)))
    rows = expected(output_format=output_format, on_error=on_error)
    assert [document.metadata for document in made] == rows.to_list()
    ids = [document.id for document in made if document.metadata["sample_index"] >= 0]
    assert ids[:4] == ["file/0/0", "file/0/1", "file/1/0", "file/1/1"]
    if output_format == "default":
        assert [document.text for document in made] == [text or "" for text in rows["completion"]]


def test_columns_are_kept(tmp_path: Path) -> None:
    rows = [{**row, "id": number} for number, row in enumerate(ROWS[:3])]
    step = LintSeqStep(CONFIG, keep_columns=["id", "license"])
    made = [document.metadata for document in step.run(documents(rows))]
    wanted = refactor(datasets.Dataset.from_list(rows), CONFIG, keep_columns=["id"]).to_list()
    assert made == [{**row, "license": None} for row in wanted]
    features = features_of(
        keep_columns=["id"],
        dataset={"code": datasets.Value("string"), "id": datasets.Value("int8")},
    )
    writer = edits_writer(str(tmp_path), features=features)
    list(writer.run(step.run(documents(rows))))
    (path,) = tmp_path.glob("*.parquet")
    assert datasets.Dataset.from_parquet(str(path)).features == features
    with pytest.raises(ConfigError, match="name them"):
        LintSeqStep(CONFIG, keep_columns=True)


PAIRS = [
    {"message": "Rename f.", "old_contents": "def f():\n    return 1\n\n\nprint(f())\nx = 1",
     "new_contents": "def g():\n    return 1\n\n\nprint(g())\nx = 2"},
    {"message": "Nothing.", "old_contents": "x = 1", "new_contents": "x = 1\n"},
    {"message": "Begin.", "old_contents": None, "new_contents": "x = 1\nprint(x)"},
]  # fmt: skip


def test_revisions(tmp_path: Path) -> None:
    config = RevisionConfig(linter="pyflakes", num_samples=2)
    wanted = refactor(datasets.Dataset.from_list(PAIRS), config)
    step = LintSeqStep(config)
    made = list(step.run(documents(PAIRS)))
    assert [document.metadata for document in made] == wanted.to_list()
    writer = edits_writer(str(tmp_path), start="given")
    list(writer.run(made))
    (path,) = tmp_path.glob("*.parquet")
    assert datasets.Dataset.from_parquet(str(path)).to_list() == wanted.to_list()
    totals = {name: stat.total for name, stat in step.stats.stats.items()}
    counts = {name: totals[name] for name in ("rows_in", "sampled", "sequences")}
    assert counts == {"rows_in": 3, "sampled": 2, "sequences": 4}
    assert totals["skipped/equal_versions"] == 1
    other = LintSeqStep(RevisionConfig(linter="pyflakes", num_samples=2, seed=1))
    assert job_id([step], 1) != job_id([other], 1)


def test_statistics() -> None:
    step = LintSeqStep(CONFIG, on_error="skip")
    list(step.run(documents(ROWS)))
    totals = {name: stat.total for name, stat in step.stats.stats.items()}
    edits = totals.pop("edits")
    assert edits == sum(expected()["num_edits"])
    assert totals == {
        "rows_in": 12, "sampled": 9, "sequences": 18, "skipped/syntax_error": 1,
        "skipped/no_program": 1, "skipped/no_code": 1, "audited_states": 0, "rejected_states": 0,
    }  # fmt: skip


def test_documents_of_other_readers() -> None:
    made = LintSeqStep(RandSeqConfig(num_samples=1)).run(
        [Document(text="x = 1", id="a", metadata={"instruction": "Set x.", "file_path": "f"}),
         Document(text="y = 1", id="b")],
    )  # fmt: skip
    rows = [document.metadata for document in made]
    assert [(row["prompt"], row["program"]) for row in rows] == [
        ("Set x.\n", "x = 1"), ("", "y = 1"),
    ]  # fmt: skip


def test_a_row_that_ends_its_worker() -> None:
    step = LintSeqStep(LintSeqConfig(linter=DeadlyLinter(), num_samples=1))
    made = list(step.run(documents([{"code": "x = 1"}, {"code": "abort = 1"}, {"code": "y = 1"}])))
    assert [document.metadata["status"] for document in made] == ["ok", "failed:worker_died", "ok"]
    assert step.stats["failed/worker_died"].total == 1


def test_no_documents_and_bad_options() -> None:
    assert list(LintSeqStep(CONFIG).run(None)) == []
    with pytest.raises(ConfigError, match="rows of several tasks have no numbers"):
        LintSeqStep(CONFIG, output_format="pylintseq")
    with pytest.raises(ConfigError, match="no such option"):
        LintSeqStep(sed=1)


# --- the name of a job ---------------------------------------------------------------


def test_job_id(source: Path, run_python: Any) -> None:
    def job(config: Any = CONFIG, tasks: int = 2, reader: Any = None, **options: Any) -> str:
        reader = reader or ParquetReader(str(source), adapter=read_row)
        return job_id([reader, LintSeqStep(config, **options)], tasks)

    base = job()
    assert base == job()
    assert base == job(num_proc=3, batch_size=7)
    others = {
        job(CONFIG, 3),
        job(LintSeqConfig(num_samples=3, linter="syntax")),
        job(on_error="skip"),
        job(reader=ParquetReader(str(source), adapter=read_row, limit=3)),
        job(reader=ParquetReader(str(source))),
        job(reader=JsonlReader(str(source), adapter=read_row)),
    }
    with (source / "3.parquet").open("ab") as file:
        file.write(b" ")
    others.add(job())
    assert len(others | {base}) == 8


def test_job_id_in_another_interpreter(source: Path, run_python: Any) -> None:
    script = """
import sys
from datatrove.pipeline.readers import ParquetReader
from lintseq_datasets.jobs.datatrove import LintSeqStep, job_id, read_row
print(job_id([ParquetReader(sys.argv[1], adapter=read_row), LintSeqStep(linter="syntax")], 2))
"""
    ids = {run_python(script, str(source), env={"PYTHONHASHSEED": seed}) for seed in "12"}
    assert len(ids) == 1


# --- pipelines -----------------------------------------------------------------------


def call(script: Path, *args: object, **options: Any) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": PYTHONPATH, "HF_DATASETS_OFFLINE": "1"}
    return subprocess.Popen(
        [sys.executable, str(script), *map(str, args)], env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options,
    )  # fmt: skip


def load(folder: str | Path, cache: Path) -> datasets.Dataset:
    files = [str(path) for path in sorted(Path(folder).glob("*.parquet"))]
    return datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(cache))


def test_the_example(source: Path, tmp_path: Path) -> None:
    args = (source, tmp_path / "out", "--linter", "syntax", "--num-samples", 2)
    process = call(ROOT / "examples/datatrove_job.py", *args)
    output, _ = process.communicate(timeout=600)
    assert process.returncode == 0, output
    rows = load(output.splitlines()[-1], tmp_path / "cache")
    assert rows.features == features_of()
    assert in_any_order(rows) == in_any_order(expected())


SCRIPT = """
import os, signal, sys
from pathlib import Path
from datatrove.executor.local import LocalPipelineExecutor
from datatrove.pipeline.readers import ParquetReader
from lintseq_datasets.jobs.datatrove import LintSeqStep, edits_writer, job_id, read_row

source, output = sys.argv[1:]

def kill_once(data, rank, world_size):
    for number, document in enumerate(data):
        yield document
        mark = Path(output, "killed")
        if rank == 1 and number == 4 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    reader = ParquetReader(source, adapter=read_row)
    step = LintSeqStep(num_samples=2, linter="syntax")
    LocalPipelineExecutor(
        [reader, step, kill_once, edits_writer(f"{output}/edits")],
        tasks=2, logging_dir=f"{output}/logs",
    ).run()
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups are of POSIX")
def test_a_killed_task(source: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    output = tmp_path / "out"
    output.mkdir()
    process = call(script, source, output, start_new_session=True)
    done, mark = output / "logs/completions/00000", output / "killed"
    wait_until(lambda: (done.exists() and mark.exists()) or process.poll() is not None)
    os.killpg(process.pid, signal.SIGKILL)  # datatrove waits for the lost task for ever
    process.communicate(timeout=600)
    assert not (output / "logs/completions/00001").exists()
    again = call(script, source, output)
    printed, _ = again.communicate(timeout=600)
    assert again.returncode == 0, printed
    assert "Skipping 1 already completed tasks" in printed
    rows = load(output / "edits", tmp_path / "cache")
    assert in_any_order(rows) == in_any_order(expected())


@pytest.mark.parametrize("output_format", ["tool_calls", "next_edit", "fim"])
def test_rows_of_other_formats(output_format: Any, tmp_path: Path) -> None:
    step = LintSeqStep(CONFIG, output_format=output_format)
    made = list(
        edits_writer(str(tmp_path), output_format=output_format).run(step.run(documents(ROWS)))
    )
    rows = expected(output_format=output_format)
    written = load(tmp_path, tmp_path / "cache")
    assert written.features == rows.features
    assert written.to_list() == rows.to_list() == [document.metadata for document in made]
    totals = {name: stat.total for name, stat in step.stats.stats.items()}
    assert (totals["sequences"], totals["edits"]) == (18, sum(expected()["num_edits"]))
    assert all(document.text for document in made if document.metadata["status"] == "ok")


def test_writer_options(tmp_path: Path) -> None:
    writer = edits_writer(str(tmp_path), output_format="conversational", compression="zstd")
    step = LintSeqStep(CONFIG, output_format="conversational")
    list(writer.run(step.run(documents(ROWS))))
    assert load(tmp_path, tmp_path / "cache").features == features_of("conversational")


def test_rows_that_start_from_a_state(tmp_path: Path) -> None:
    rows = [{**row, "before": ""} for row in ROWS]
    rows[0]["before"] = "print(add(1, 2))"
    step = LintSeqStep(CONFIG, start="given", state_column="before")
    list(edits_writer(str(tmp_path), start="given").run(step.run(documents(rows))))
    written = load(tmp_path, tmp_path / "cache")
    assert written.features == features_of(start="given")
    assert {row["state"] for row in written} == {"", "print(add(1, 2))"}
