from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters import _process
from lintseq_datasets.linters._batches import judge_in_parts, seconds_for
from lintseq_datasets.linters._process import Finished, Limits, run, temporary_files
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the children are shell scripts")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="limits are those of Linux")

LIMITS = Limits(seconds=10)


def shell(script: str, limits: Limits = LIMITS, folder: str = "/") -> Finished:
    command = ["/bin/sh", "-c", script]
    return run(command, folder=folder, environment={}, limits=limits, linter="tool")


def reason(script: str, limits: Limits = LIMITS) -> str:
    with pytest.raises(LinterError) as caught:
        shell(script, limits)
    assert caught.value.linter == "tool"
    return caught.value.reason


class TestRun:
    def test_what_a_child_leaves_behind(self, tmp_path: Path) -> None:
        script = "cat; pwd; echo $HOME; echo oops >&2; exit 3"
        done = shell(script, folder=str(tmp_path))
        assert done == Finished(3, f"{tmp_path}\n\n".encode(), "oops")

    @on_linux
    def test_processor_seconds_are_limited(self) -> None:
        assert reason("while :; do :; done", Limits(seconds=1)) == "time_budget"

    @on_linux
    def test_a_child_that_waits_loses_nothing(self) -> None:
        assert shell("sleep 2; echo here", Limits(seconds=1)).output == b"here\n"

    @on_linux
    def test_a_child_that_is_stopped_loses_nothing(self, tmp_path: Path) -> None:
        note = tmp_path / "process"

        def wake() -> None:
            while not (note.exists() and note.read_text().endswith("\n")):
                time.sleep(0.02)
            time.sleep(1.5)
            os.kill(int(note.read_text()), signal.SIGCONT)

        waker = threading.Thread(target=wake)
        waker.start()
        done = shell(f"echo $$ > {note}; kill -STOP $$; echo here", Limits(seconds=1))
        waker.join()
        assert done.output == b"here\n"

    @on_linux
    def test_memory_is_limited(self) -> None:
        command = [sys.executable, "-c", "print(len(bytearray(400_000_000)))"]
        ample = run(command, folder="/", environment={}, limits=LIMITS, linter="tool")
        assert ample.output == b"400000000\n"
        tight = Limits(seconds=10, memory=200_000_000)
        assert run(command, folder="/", environment={}, limits=tight, linter="tool").status == 1

    def test_out_of_memory_has_a_name(self) -> None:
        script = "echo memory allocation of 8 bytes failed >&2; exit 134"
        assert reason(script) == "memory_budget"
        assert shell("echo memory allocation of 8 bytes failed >&2").status == 0

    def test_elsewhere_a_generous_clock_counts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_process.sys, "platform", "darwin")
        assert shell("sleep 0.3; echo here", Limits(seconds=0.1)).output == b"here\n"
        assert reason("exec sleep 30", Limits(seconds=0.05)) == "time_budget"

    def test_ctrl_c_ends_the_child_and_passes_on(self, tmp_path: Path) -> None:
        note = tmp_path / "process"
        code = (
            "import signal, sys\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "from lintseq_datasets.linters._process import Limits, run\n"
            f"script = 'echo $$ > {note}; trap \"\" INT; while :; do sleep 0.05; done'\n"
            "try:\n"
            "    run(['/bin/sh', '-c', script], folder='/', environment={},\n"
            "        limits=Limits(30), linter='tool')\n"
            "except KeyboardInterrupt:\n"
            "    sys.exit(7)\n"
        )
        root = str(Path(_process.__file__).resolve().parents[2])
        environment = {**os.environ, "PYTHONPATH": root}
        with subprocess.Popen([sys.executable, "-c", code], env=environment) as parent:
            while not (note.exists() and note.read_text().endswith("\n")):
                time.sleep(0.02)
            parent.send_signal(signal.SIGINT)
            assert parent.wait(20) == 7
        with pytest.raises(ProcessLookupError):
            os.kill(int(note.read_text()), 0)


class TestTemporaryFiles:
    def test_files_in_a_private_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_process, "memory_folder", lambda: str(tmp_path))
        with temporary_files({"a.py": b"1", "inner/b.py": b"2"}) as folder:
            assert Path(folder).parent == tmp_path
            assert Path(folder).stat().st_mode & 0o077 == 0
            assert Path(folder, "a.py").read_bytes() == b"1"
            assert Path(folder, "inner", "b.py").read_bytes() == b"2"
        assert list(tmp_path.iterdir()) == []


class TestParts:
    def test_a_text_alone_has_the_whole_limit(self) -> None:
        assert seconds_for(["x"], 60) == 60
        assert seconds_for(["x"] * 100, 60) == 4
        assert seconds_for(["x"] * 100, 1) == 1

    def test_the_guilty_texts_are_found_by_halving(self) -> None:
        calls: list[int] = []

        def call(texts: list[str]) -> list[tuple[()]]:
            calls.append(len(texts))
            if "bad" in texts:
                raise LinterError("time_budget", "tool")
            return [()] * len(texts)

        results = judge_in_parts(["good", "good", "bad", "good", "good"], 4, 1000, call)  # type: ignore[arg-type]
        assert [isinstance(result, LinterError) for result in results] == [0, 0, 1, 0, 0]
        assert calls == [4, 2, 2, 1, 1, 1]


LEAVE = """
import os, sys
from lintseq_datasets.linters._process import temporary_files
with temporary_files({"a.py": b"x = 1"}) as folder:
    print(folder, flush=True)
    os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="folders are locked on POSIX systems")
def test_what_a_killed_process_left_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    killed = subprocess.run(
        [sys.executable, "-c", LEAVE], env=environment, capture_output=True, text=True
    )
    left = Path(killed.stdout.strip())
    assert left.is_dir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with temporary_files({"a.py": b"x"}) as held:
        for folder in (left, Path(held)):
            os.utime(folder, (0, 0))  # long ago
        _process._remove_what_was_left.cache_clear()
        with temporary_files({"a.py": b"x"}) as folder:
            assert not left.exists()
            assert Path(held).is_dir()
            assert Path(folder).is_dir()
    assert list(tmp_path.iterdir()) == []
