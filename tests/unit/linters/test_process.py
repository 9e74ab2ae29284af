"""What the executable of a linter may use, and what it leaves behind: ruff, behind a script."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ruff", reason="the extra 'ruff' is not installed")

from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters import LintResult, load_linter
from tests.conftest import PYTHONPATH, RunPython, wait_until
from tests.unit.linters.conftest import StandIn

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in for ruff is a shell script")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="limits are those of Linux")

MEMORY = "/dev/shm"


def judge(**options: Any) -> LintResult:
    (result,) = load_linter("ruff", **options).lint(["x = missing"])
    return result


def reason(**options: Any) -> str:
    result = judge(**options)
    assert isinstance(result, LinterError)
    assert result.linter == "ruff"
    return result.reason


def written(note: Path) -> str:
    """What a script writes into a file, as soon as it is there."""
    wait_until(lambda: note.exists() and note.read_text().endswith("\n"))
    return note.read_text().strip()


class TestLimits:
    def test_it_has_no_input(self, stand_in: StandIn) -> None:
        stand_in("ruff", "cat")
        assert judge()

    @on_linux
    def test_a_child_that_waits_loses_nothing(self, stand_in: StandIn) -> None:
        stand_in("ruff", "sleep 2")
        assert judge(time_limit=1)

    @on_linux
    def test_a_child_that_is_stopped_loses_nothing(self, stand_in: StandIn, tmp_path: Path) -> None:
        note = tmp_path / "process"

        def wake() -> None:
            process = int(written(note))
            time.sleep(1.5)
            os.kill(process, signal.SIGCONT)

        waker = threading.Thread(target=wake)
        waker.start()
        stand_in("ruff", f"echo $$ > {note}; kill -STOP $$")
        assert judge(time_limit=1)
        waker.join()

    def test_out_of_memory_has_a_name(self, stand_in: StandIn) -> None:
        stand_in("ruff", "echo memory allocation of 8 bytes failed >&2; exit 134")
        assert reason() == "memory_budget"
        stand_in("ruff", "echo memory allocation of 8 bytes failed >&2")
        assert judge()

    def test_elsewhere_a_generous_clock_counts(
        self, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stand_in("ruff", "sleep 2")
        monkeypatch.setattr(sys, "platform", "darwin")
        assert judge(time_limit=1.5)
        stand_in("ruff", "exec sleep 1000")
        assert reason(time_limit=0.05) == "time_budget"


LINT = """
import signal, sys
import ruff
from lintseq_datasets.linters import load_linter
signal.signal(signal.SIGINT, signal.default_int_handler)
ruff.find_ruff_bin = lambda: sys.argv[1]
try:
    print(load_linter("ruff").lint(["x = 1"]))
except KeyboardInterrupt:
    sys.exit(7)
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Judge a text in a process of its own, which runs a script in the place of ruff."""

    def start(script: str, first: str = "", **env: str) -> subprocess.Popen[str]:
        path = tmp_path / f"script{abs(hash(script))}"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
        env = {**os.environ, "PYTHONPATH": PYTHONPATH, **env}
        command = [sys.executable, "-c", first + LINT, str(path)]
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)

    return start


def test_ctrl_c_ends_the_child_and_passes_on(start: Start, tmp_path: Path) -> None:
    note = tmp_path / "process"
    with start(f"echo $$ > {note}; trap '' INT; while :; do sleep 0.05; done") as parent:
        child = int(written(note))
        parent.send_signal(signal.SIGINT)
        assert parent.wait(300) == 7
    wait_until(lambda: is_gone(child))  # whoever inherits it has to take note of its end


# What would be lost is the child of an interrupted constructor.
INTERRUPTED = """
import pathlib, signal, subprocess, time
class Interrupted(subprocess.Popen):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        note = pathlib.Path({!r})
        while not note.exists() or not note.read_text().endswith("\\n"):
            time.sleep(0.01)
        signal.raise_signal(signal.SIGINT)
subprocess.Popen = Interrupted
"""


def test_ctrl_c_while_a_child_starts_ends_it_as_well(start: Start, tmp_path: Path) -> None:
    note = tmp_path / "process"
    script = f"echo $$ > {note}; trap '' INT; while :; do sleep 0.05; done"
    with start(script, INTERRUPTED.format(str(note))) as parent:
        child = int(written(note))
        assert parent.wait(300) == 7
    wait_until(lambda: is_gone(child))


def test_a_signal_while_signals_are_put_off_leaves_their_handlers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_handler, changed = signal.signal, list[int]()

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    def set_and_be_stopped(number: int, handler: Any) -> Any:
        changed.append(number)
        before = set_handler(number, handler)
        if len(changed) == 1:
            signal.raise_signal(signal.SIGTERM)
        return before

    linter, of_ctrl_c = load_linter("ruff"), signal.getsignal(signal.SIGINT)
    of_the_end = set_handler(signal.SIGTERM, stop)
    monkeypatch.setattr(signal, "signal", set_and_be_stopped)
    try:
        with pytest.raises(KeyboardInterrupt):
            linter.lint(["text = 'is stopped'\n"])
        assert changed[0] == signal.SIGINT
        assert signal.getsignal(signal.SIGINT) is of_ctrl_c
    finally:
        set_handler(signal.SIGTERM, of_the_end)


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


class TestTemporaryFiles:
    @pytest.fixture
    def place(self, stand_in: StandIn, tmp_path: Path) -> Callable[[], tuple[Path, str]]:
        """Judges a text; where its file was, and who may enter the folder."""

        def place() -> tuple[Path, str]:
            note = tmp_path / "place"
            stand_in("ruff", f"pwd > {note}; ls -ld . >> {note}; test -r 0.py || exit 1")
            assert isinstance(judge(), tuple)
            folder, mode = note.read_text().splitlines()
            return Path(folder), mode.split()[0]

        return place

    @pytest.fixture(autouse=True)
    def unset(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("TMPDIR", "TEMP", "TMP"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr("tempfile.tempdir", None)

    def test_they_are_in_memory_in_a_private_folder_that_goes(self, place: Any) -> None:
        folder, mode = place()
        assert mode.startswith("drwx------")
        assert not folder.exists()
        if os.access(MEMORY, os.W_OK):
            assert folder.parent == Path(MEMORY)

    def test_they_are_where_the_user_wants_them(
        self, place: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "wanted").mkdir()
        monkeypatch.setenv("TMPDIR", str(tmp_path / "wanted"))
        assert place()[0].parent == tmp_path / "wanted"
        assert list((tmp_path / "wanted").iterdir()) == []

    def test_they_go_elsewhere_when_memory_is_short(
        self, place: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def short(path: Any, *args: Any, **options: Any) -> Any:
            if str(path).startswith(MEMORY):
                raise OSError(errno.ENOSPC, "No space left on device")
            return usual(path, *args, **options)

        usual = open
        monkeypatch.setattr("builtins.open", short)
        assert not place()[0].is_relative_to(MEMORY)


@on_linux
def test_a_text_is_never_cut_short(run_python: RunPython) -> None:
    """Where there is room for a part of a file only, the system writes that, without an error."""
    script = (
        "import resource\nfrom lintseq_datasets.linters import load_linter\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))\n"
        "try:\n    print(load_linter('ruff').lint(['#' * 9000 + '\\nmissing']))\n"
        "except OSError:\n    print('no room')"
    )
    assert run_python(script).strip() == "no room"


@on_linux
def test_what_a_killed_process_left_is_removed(start: Start, tmp_path: Path) -> None:
    """Not what a living one holds; both are old."""
    folder, note, go_on = tmp_path / "temporary", tmp_path / "place", tmp_path / "go on"
    folder.mkdir()
    with start("kill -9 $PPID", TMPDIR=str(folder)) as killed:
        killed.wait(300)
    (left,) = folder.iterdir()
    script = f"pwd > '{note}'; until test -e '{go_on}'; do sleep 0.05; done"
    with start(script, TMPDIR=str(folder)) as holder:
        held = Path(written(note))
        for path in (left, held):
            os.utime(path, (0, 0))
        with start("exit 0", TMPDIR=str(folder)) as other:
            other.wait(300)
        there = list(folder.iterdir())
        go_on.touch()
        assert (there, other.returncode, holder.wait(300)) == ([held], 0, 0)
    assert list(folder.iterdir()) == []
