"""Jobs as processes, to be killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.conftest import PYTHONPATH, wait_until

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/cmdline").exists(), reason="looks for processes in /proc (Linux)"
)


def programs(count: int, lines: int = 6) -> list[dict[str, Any]]:
    """Rows with programs that all differ, a few of which do not parse."""
    rows = []
    for number in range(count):
        body = "".join(f"    x{line} = a + {line}\n" for line in range(lines))
        text = f"def f{number}(a):\n{body}    return a\n\nprint(f{number}({number}))\n"
        rows.append({"instruction": f"Task {number}.", "response": text})
        if number % 17 == 5:
            rows[-1]["response"] = "def ("
    return rows


def start(folder: Path, *args: object, **options: Any) -> subprocess.Popen[str]:
    """Start the command line in a session of its own, as a terminal does."""
    environment = {
        **os.environ,
        "PYTHONPATH": PYTHONPATH,
        "HF_HOME": str(folder / "hf"),
        "HF_DATASETS_OFFLINE": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "lintseq_datasets.cli", *map(str, args)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        **options,
    )


def finish(process: subprocess.Popen[str], seconds: float = 600) -> tuple[int, str, str]:
    """Wait for the end; returns the exit status and what was printed."""
    output, errors = process.communicate(timeout=seconds)
    return process.returncode, output, errors


def workers_of(parent: int) -> list[int]:
    """Process ids of the worker processes that a job started, dead or alive parent."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = path.read_bytes().split(b"\0")
            state = path.with_name("stat").read_text().rsplit(")", 1)[1].split()[0]
        except (OSError, IndexError):
            continue
        ours = any(b"_job_worker" in argument for argument in arguments)
        if ours and str(parent).encode() in arguments and state != "Z":
            found.append(int(path.parent.name))
    return found


def assert_no_workers(parent: int) -> None:
    """Wait until the worker processes of a job are gone."""
    wait_until(lambda: not workers_of(parent))


def assert_whole(output: Path) -> list[Path]:
    """Whatever Parquet file there is can be read; returns the files."""
    files = [path for path in output.rglob("*.parquet") if path.is_file()]
    for path in files:
        pq.read_table(path.open("rb"))
    return files


def parts_of(output: Path) -> list[Path]:
    """The parts that a job has written, until they are merged."""
    return list(output.rglob("parts/*.parquet"))


def wait_for_parts(output: Path, count: int, process: subprocess.Popen[str]) -> None:
    """Wait until a job has written some parts."""
    while process.poll() is None and len(parts_of(output)) < count:
        time.sleep(0.01)


def kill_until_done(
    folder: Path,
    output: Path,
    args: Sequence[object],
    signals: Sequence[signal.Signals],
    seed: int,
    most: int = 200,
) -> int:
    """Start a job again and again, end it at random moments, until it ends by itself.

    Returns:
        How often it was ended.
    """
    chance = random.Random(seed)
    for count in range(most):
        process = start(folder, *args)
        have = len(parts_of(output))
        if chance.random() < 0.8:  # let it come on a little, to another moment of its life
            wait_for_parts(output, have + chance.randrange(1, 3), process)
        time.sleep(chance.uniform(0, 0.15))
        how = chance.choice(signals)
        if process.poll() is None:
            process.send_signal(how)
        code, _, errors = finish(process)
        assert_no_workers(process.pid)
        assert_whole(output)
        if code == 0:
            return count
        assert code in (-how, 128 + how), errors
    raise AssertionError("never done")
