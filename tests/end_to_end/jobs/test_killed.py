"""Jobs that are really killed end with the rows of an undisturbed run."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pytest
from click.testing import CliRunner

from lintseq_datasets.cli import main
from tests.end_to_end.jobs.processes import (
    assert_no_workers,
    finish,
    kill_until_done,
    needs_proc,
    parts_of,
    programs,
    start,
    wait_for_parts,
    workers_of,
)
from tests.faults.workers import no_processes

pytestmark = needs_proc

ROWS = 120


def read(path: Path) -> list[dict[str, Any]]:
    if path.is_dir():
        files = [str(name) for name in sorted(path.glob("data/*.parquet"))]
    else:
        files = [str(path)]
    kind = "json" if path.suffix == ".jsonl" else "parquet"
    cache = str(path.parent / "cache")
    return datasets.load_dataset(kind, data_files=files, split="train", cache_dir=cache).to_list()


@pytest.fixture
def source(write_jsonl: Callable[..., Path]) -> Path:
    return write_jsonl(programs(ROWS, lines=10))


def undisturbed(output: Path, *args: object) -> list[dict[str, Any]]:
    """The rows of a command that nobody disturbs, made in this process."""
    with no_processes():
        result = CliRunner().invoke(main, [str(arg) for arg in (*args, "-o", output)])
    assert result.exit_code == 0, result.output
    return read(output)


def run(folder: Path, *args: object) -> str:
    code, _, errors = finish(start(folder, *args))
    assert code == 0, errors
    return errors


def test_the_parent_at_random_moments(tmp_path: Path, source: Path) -> None:
    args = (
        "generate",
        source,
        "--linter",
        "syntax",
        "--num-samples",
        12,
        "--num-proc",
        2,
    )
    args = (*args, "--part-rows", 15, "--batch-size", 5)
    calm = undisturbed(tmp_path / "calm", *args)
    signals = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
    killed = 0
    # Where the tests are slow to look, a job ends before it is killed often enough.
    for number in range(20):
        output = tmp_path / f"out {number}"
        given = (*args, "-o", output.name)
        killed += kill_until_done(tmp_path, output, given, signals, seed=3 + number)
        assert read(output) == calm
        kept = sorted(path.name for path in output.iterdir())
        assert kept == ["data", "lintseq_datasets.json"]
        if killed >= 3:
            break
    assert killed >= 3


def test_workers_at_random_moments(tmp_path: Path, source: Path) -> None:
    args = ("generate", source, "--linter", "syntax", "--num-samples", 12, "--num-proc", 2)
    args = (*args, "--batch-size", 5, "--part-rows", 10)
    calm = undisturbed(tmp_path / "calm", *args)
    chance = random.Random(7)
    killed = 0
    for number in range(20):  # as above
        output = tmp_path / f"out {number}"
        process = start(tmp_path, *args, "-o", output.name)
        killed += kill_workers(process, output, chance)
        code, _, errors = finish(process)
        assert code == 0, errors
        assert read(output) == calm
        if killed >= 3:
            break
    assert killed >= 3


def kill_workers(process: subprocess.Popen[str], output: Path, chance: random.Random) -> int:
    """Kill workers of a job at random moments; returns how many."""
    killed = 0
    # Only where a part was written since, so that no row is in work each time, however slow it is.
    while killed < 6 and process.poll() is None:
        wait_for_parts(output, 1 + len(parts_of(output)), process)
        time.sleep(chance.uniform(0, 0.1))
        if workers := workers_of(process.pid):
            os.kill(chance.choice(workers), signal.SIGKILL)
            killed += 1
    return killed


def test_interrupt_from_a_terminal(tmp_path: Path, source: Path) -> None:
    args = ("randomize", source, "--num-samples", 10, "--part-rows", 5, "--num-proc", 2)
    process = start(tmp_path, *args, "-o", "out")
    wait_for_parts(tmp_path / "out", 2, process)
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C: everybody in the group
    code, _, errors = finish(process)
    assert code == 130
    assert "rows are done and kept; the same command goes on from there" in errors
    assert errors.splitlines()[-1] == "Interrupted."
    assert "Traceback" not in errors
    assert_no_workers(process.pid)
    again = run(tmp_path, *args, "-o", "out")
    assert "going on: " in again
    assert read(tmp_path / "out") == undisturbed(tmp_path / "calm", *args)


def test_two_at_once(tmp_path: Path, source: Path) -> None:
    args = ("randomize", source, "--num-samples", 10, "--part-rows", 5, "-o", "out")
    process = start(tmp_path, *args)
    wait_for_parts(tmp_path / "out", 1, process)
    process.send_signal(signal.SIGSTOP)
    code, _, errors = finish(start(tmp_path, *args))
    process.send_signal(signal.SIGCONT)
    assert (code, errors.count("another process is working on this job")) == (2, 1)
    assert finish(process)[0] == 0
    assert len(read(tmp_path / "out")) == ROWS * 10


def test_a_file_that_cannot_grow(tmp_path: Path, source: Path) -> None:
    """Writing fails as on a full disk; nothing half written is taken for done."""
    import resource

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    args = ("randomize", source, "--num-samples", 10, "--part-rows", 300)
    code, _, errors = finish(start(tmp_path, *args, "-o", "out", preexec_fn=small_files))
    assert code == 2
    assert "cannot write: File too large" in errors
    assert "Traceback" not in errors
    run(tmp_path, *args, "-o", "out")
    assert read(tmp_path / "out") == undisturbed(tmp_path / "calm", *args)
