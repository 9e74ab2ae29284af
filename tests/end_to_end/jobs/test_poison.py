"""Rows that end or block their worker are found and recorded; the job goes on."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import datasets
import pytest

from lintseq_datasets import LintSeqConfig, RandSeqConfig
from lintseq_datasets.errors import RowError
from lintseq_datasets.jobs.local import Finished, generate
from tests.conftest import PYTHONPATH, wait_until
from tests.end_to_end.jobs import inside
from tests.end_to_end.jobs.deadly import DeadlyLinter
from tests.end_to_end.jobs.processes import assert_no_workers, needs_proc, workers_of


def rows_with(*words: str) -> datasets.Dataset:
    rows = [{"instruction": f"{n}.", "response": f"x{n} = {n}\nprint(x{n})"} for n in range(9)]
    for number, word in enumerate(words, start=2):
        rows[2 * number]["response"] = f"{word} = 1\nprint({word})"
    return datasets.Dataset.from_list(rows)


def run(dataset: Any, output: Path, **options: Any) -> Finished:
    linter = DeadlyLinter(folder=str(output.parent))
    config = LintSeqConfig(linter=linter, num_samples=2)
    return generate(
        dataset, output, config, **{"num_proc": 2, "progress": False, "part_rows": 4, **options}
    )


def statuses(output: Path) -> list[str]:
    rows = datasets.load_dataset("parquet", data_dir=str(output / "data"), split="train")
    return [row["status"] for row in rows if row["sample_index"] <= 0]


def test_rows_that_end_their_worker(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    finished = run(rows_with("abort", "killed", "leave"), tmp_path / "out")
    assert finished.accounting.failed == {"worker_died": 3}
    assert finished.rows == 6 * 2 + 3
    expected = ["ok"] * 9
    expected[4] = expected[6] = expected[8] = "failed:worker_died"
    assert statuses(tmp_path / "out") == expected
    rows = datasets.load_dataset("parquet", data_dir=str(tmp_path / "out/data"), split="train")
    (row,) = [row for row in rows if row["prompt"] == "4.\n"]
    assert row["program"] == "abort = 1\nprint(abort)"
    assert (row["edits"], row["completion"], row["sample_index"]) == ([], None, -1)
    assert (row["method"], row["linter"]) == ("lintseq", "deadly 1")
    assert "row 4 of the source failed: worker_died (exit status -6)" in caplog.messages


@pytest.mark.parametrize("seen", [True, False])
def test_rows_that_spend_the_time_of_their_worker(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    seen: bool,
) -> None:
    if not seen:  # as on macOS: the kernel ends the worker
        inside.hide_processes(monkeypatch)
    finished = run(rows_with("hang"), tmp_path / "out", row_seconds=0.5)
    assert finished.accounting.failed == {"time_budget": 1}
    assert finished.accounting.sampled == 8
    assert "time_budget (more than 0.5 s of processor time)" in caplog.text


@needs_proc
def test_rows_whose_processes_spend_the_time(tmp_path: Path) -> None:
    # the worker only waits for another process, which its own limit says nothing about
    finished = run(rows_with("other"), tmp_path / "out", row_seconds=0.5)
    assert finished.accounting.failed == {"time_budget": 1}
    assert finished.accounting.sampled == 8


@needs_proc
def test_rows_that_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside.hang_soon(monkeypatch)
    finished = run(rows_with("sleep"), tmp_path / "out", row_seconds=1.0)
    assert finished.accounting.failed == {"worker_hung": 1}
    assert finished.accounting.sampled == 8


def test_rows_that_fail_otherwise(tmp_path: Path) -> None:
    finished = run(rows_with("memory"), tmp_path / "out")
    assert finished.accounting.failed == {"mapper_error": 1}


def test_a_worker_that_somebody_killed_is_no_fault_of_the_row(tmp_path: Path) -> None:
    assert run(rows_with("once"), tmp_path / "out").accounting.sampled == 9
    assert (tmp_path / "once").exists()


@pytest.mark.parametrize("output_format", ["conversational", "pylintseq"])
def test_other_formats(tmp_path: Path, output_format: Any) -> None:
    dataset = rows_with("abort")
    finished = run(dataset, tmp_path / "out", output_format=output_format)
    assert finished.accounting.failed == {"worker_died": 1}
    rows = datasets.load_dataset("parquet", data_dir=str(tmp_path / "out/data"), split="train")
    assert len(rows) == finished.rows == 8 * 2 + (output_format == "conversational")
    if output_format == "pylintseq":
        assert rows["index"][:] == [n for n in (0, 1, 2, 3, 5, 6, 7, 8) for _ in range(2)]


def test_raise_says_which_row(tmp_path: Path) -> None:
    with pytest.raises(RowError) as caught:
        run(rows_with("abort"), tmp_path / "out", on_error="raise", part_rows=100)
    assert (caught.value.index, caught.value.status) == (4, "failed:worker_died")
    assert not (tmp_path / "out").exists()
    dataset = datasets.Dataset.from_list([{"code": "x = 1"}] * 5 + [{"code": "def ("}])
    with pytest.raises(RowError) as caught:
        generate(dataset, tmp_path / "out", linter="syntax", on_error="raise", progress=False)
    assert (caught.value.index, caught.value.status) == (5, "skipped:syntax_error")


def test_the_guilty_row_of_a_batch(tmp_path: Path) -> None:
    # rows of a stream go to the worker together, as many as are asked for
    stream = rows_with("abort", "memory").to_iterable_dataset()
    finished = run(stream, tmp_path / "out", part_rows=9, batch_size=9)
    assert finished.accounting.failed == {"worker_died": 1, "mapper_error": 1}
    assert statuses(tmp_path / "out")[4::2] == [
        "failed:worker_died", "failed:mapper_error", "ok",
    ]  # fmt: skip


def test_a_linter_of_a_script_without_a_main_guard(tmp_path: Path, run_python: Any) -> None:
    script = """
import sys
from datasets import Dataset
from lintseq_datasets.jobs.local import generate

class Mine:
    name = "mine 1"
    def lint(self, texts):
        return [()] * len(texts)

rows = Dataset.from_list([{"code": "x = 1"}])
print(generate(rows, sys.argv[1], linter=Mine(), num_proc=2, progress=False).accounting)
"""
    printed = run_python(script, str(tmp_path / "out"))
    assert "sampled 1" in " ".join(printed.split())


@needs_proc
def test_a_worker_that_hangs_ends_with_its_parent(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import datasets, sys\n"
        "from lintseq_datasets.jobs.local import generate\n"
        "from tests.end_to_end.jobs.deadly import DeadlyLinter\n"
        "rows = datasets.Dataset.from_list([{'code': 'hang = 1'}])\n"
        "linter = DeadlyLinter(folder=sys.argv[2])\n"
        "generate(rows, sys.argv[1], linter=linter, progress=False)\n"
    )
    command = [sys.executable, str(script), str(tmp_path / "out"), str(tmp_path)]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": PYTHONPATH})
    wait_until((tmp_path / "hangs").exists)
    assert workers_of(process.pid)
    process.kill()
    process.wait(300)
    assert_no_workers(process.pid)


def test_workers_that_cannot_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lintseq_datasets.errors import LintSeqError

    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(LintSeqError, match="end as soon as they start"):
        generate(rows_with(), tmp_path / "out", RandSeqConfig(), progress=False)
    assert not (tmp_path / "out").exists()


def test_what_is_printed_does_no_harm(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    assert sys.stdout is not None
    run(rows_with(), tmp_path / "out", log=tmp_path / "job.log")
    text = (tmp_path / "job.log").read_text(encoding="utf-8")
    assert "part 0: 4 rows in, 4 sampled" in text
    assert "finished: 9 rows in" in text
    assert capfd.readouterr().err == ""


def test_a_death_among_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guilty row of 128 is found by halving."""
    starts: list[int] = []
    start = subprocess.Popen
    monkeypatch.setattr(
        "subprocess.Popen", lambda *args, **options: (starts.append(1), start(*args, **options))[1]
    )
    codes = [f"x{number} = {number}" for number in range(128)]
    codes[79] = "abort = 79"
    dataset = datasets.Dataset.from_dict({"code": codes}).to_iterable_dataset()  # in one piece
    options = {"num_proc": 1, "part_rows": 128, "batch_size": 128}
    finished = run(dataset, tmp_path / "out", **options)
    assert finished.accounting.failed == {"worker_died": 1}
    assert len(starts) <= 1 + 7 + 2  # log2(128), and twice alone


@needs_proc
def test_a_busy_machine_changes_nothing(tmp_path: Path) -> None:
    """Many processes want the processor; what counts is what a worker used itself."""
    spin = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: pass"
    processors = os.sched_getaffinity(0)
    # All on one, which is as busy as all of them would be, and costs the others nothing.
    os.sched_setaffinity(0, {min(processors)})
    busy = [subprocess.Popen([sys.executable, "-S", "-c", spin]) for _ in range(2)]
    try:
        finished = run(rows_with("hang"), tmp_path / "out", row_seconds=0.5)
    finally:
        os.sched_setaffinity(0, processors)
        for process in busy:
            process.kill()
            process.wait()
    assert finished.accounting.failed == {"time_budget": 1}
    assert finished.accounting.sampled == 8


@needs_proc
def test_a_worker_that_is_stopped_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    inside.hang_soon(monkeypatch)

    def stop_and_continue() -> None:
        wait_until((tmp_path / "works").exists)
        (worker,) = workers_of(os.getpid())
        os.kill(worker, signal.SIGSTOP)
        time.sleep(4)
        os.kill(worker, signal.SIGCONT)

    stopper = threading.Thread(target=stop_and_continue)
    stopper.start()
    finished = run(rows_with("works"), tmp_path / "out", row_seconds=3.0, num_proc=1)
    stopper.join()
    assert (tmp_path / "works").exists()
    assert finished.accounting.sampled == 9
    assert "a worker ended" not in caplog.text
