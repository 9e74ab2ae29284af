"""What tests of several layers share."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

import lintseq_datasets

# Before huggingface_hub is imported: trainers send telemetry, and no test needs a network.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

# Some hundred processes are started, and each of them would compile the package.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What runs in the background of a shell ignores Ctrl-C, and so would all that the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parents[1]
"""The checkout: documentation, examples, and the tests themselves."""

HOME = Path(lintseq_datasets.__file__).resolve().parents[1]
"""Where the package under test is: site-packages, or the checkout where that is installed."""

PYTHONPATH = os.pathsep.join([str(HOME), str(ROOT)])
"""For processes that the tests start: the same package, then the tests."""

# The same examples in each run; `--hypothesis-profile=explore` looks for new ones.
settings.register_profile(
    "fixed", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "explore", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fixed")

RunPython = Callable[..., str]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Import the tests, and what they need, out of sight of the garbage collector.

    All of it stays, and each full collection would walk it. Pylint's engine asks for one after any
    text that it cannot judge, which was half of the time of the tests of hostile rows.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_sessionfinish() -> None:
    """Collect the last garbage once: pytest asks for it five times, and the interpreter again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than processors: tests wait for processes, servers and disks a sixth of the time."""
    can_ask = hasattr(os, "sched_getaffinity")  # in a container, fewer than the machine has
    return (len(os.sched_getaffinity(0)) if can_ask else os.cpu_count() or 1) + 1


def wait_until(condition: Callable[[], object], seconds: float = 300) -> None:
    """Wait for what happens soon, or on a slow machine later."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that all processes of the tests share, filled by whichever comes first."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            folder.mkdir()
            try:
                make(folder)
            except BaseException:
                shutil.rmtree(folder)  # so that no other process takes it for made
                raise
    return folder


@pytest.fixture(scope="module")
def still_heap() -> None:
    """For modules that train: whatever is there is out of sight of the garbage collector.

    A trainer asks for full collections, and each would walk what all tests before left for good.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _progress_bars() -> Iterator[None]:
    """Whether there are progress bars is one choice for the process: no test leaves it changed."""
    datasets = sys.modules.get("datasets")
    was_disabled = datasets is not None and datasets.are_progress_bars_disabled()
    yield
    if not was_disabled and (datasets := sys.modules.get("datasets")) is not None:
        datasets.enable_progress_bars()


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_disks() -> Iterator[None]:
    """What this process writes need not survive a power cut: half of a job is such waiting.

    Tests of what is synchronised put their own function in its place; other processes do wait.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _descriptor: None)
        yield


@pytest.fixture
def run_python(tmp_path: Path) -> RunPython:
    """Run a program in a fresh interpreter, far from the checkout; returns what it printed."""
    return python_in(tmp_path)


def python_in(folder: Path) -> RunPython:
    """Runs programs in fresh interpreters; their text goes into the folder."""

    def run(
        code: str,
        *args: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> str:
        # A file, not -c: worker processes that are spawned import the main module again.
        script = folder / f"script_{abs(hash(code))}.py"
        script.write_text(code, encoding="utf-8")
        result = subprocess.run(
            [sys.executable, str(script), *args],
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=cwd or folder,
            env={**os.environ, "PYTHONPATH": PYTHONPATH, "HF_DATASETS_OFFLINE": "1", **(env or {})},
            timeout=900,
        )
        assert result.returncode == 0, result.stderr[-4000:]
        return result.stdout

    return run


@pytest.fixture
def write_jsonl(tmp_path: Path) -> Callable[..., Path]:
    """Write rows to a JSONL file."""

    def write(rows: list[dict[str, Any]], name: str = "rows.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    return write
