"""Files that are programs: what is a row, and what a git checkout is read with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files import programs
from lintseq_datasets.files.checkouts import read_checkout
from lintseq_datasets.files.programs import named_programs, programs_in
from lintseq_datasets.mapping.origin import source_of
from tests.unit.files.checkout import write_index

Git = Callable[..., str]

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with programs and other files."""
    path = tmp_path / "project"
    (path / "src").mkdir(parents=True)
    (path / ".venv").mkdir()
    (path / "a.py").write_text("x = 1\n")
    (path / "src/b.py").write_bytes("y = 'é'\r\n".encode())
    (path / "src/latin.py").write_bytes(b"z = 'caf\xe9'\n")
    (path / ".venv/c.py").write_text("hidden = 1\n")
    (path / "notes.ipynb").write_text("{}")
    (path / "LICENSE").write_text("Copyright 2020\n\n   Apache License\n   Version 2.0, 2004\n")
    return path


@pytest.fixture
def git(folder: Path) -> Git:
    """Git in the folder, which is a checkout; not to be had everywhere."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")

    def run(*arguments: str) -> str:
        named = ["-c", "user.name=a", "-c", "user.email=b", "-c", "commit.gpgsign=false"]
        env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["git", "-C", str(folder), *named, *arguments],
            check=True, capture_output=True, text=True, env=env,
        )  # fmt: skip
        return done.stdout.strip()

    run("init", "-q")
    return run


def test_a_folder(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    found = programs_in(folder)
    assert [row["path"] for row in found.rows()] == ["a.py", "src/b.py", "src/latin.py"]
    texts = [row["program"] for row in found.rows()]
    assert texts[:2] == ["x = 1\n", "y = 'é'\r\n"]
    assert texts[2]["lintseq_problem"] == "not_utf8"
    assert found.info["license"] == "apache-2.0"
    assert "1 notebooks (.ipynb) are left out" in caplog.text


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes")
def test_links_and_pipes(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "link.py").symlink_to("a.py")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.py")
    found = programs_in(folder)
    assert [row["path"] for row in found.rows()] == ["a.py", "pipe.py", "src/b.py", "src/latin.py"]
    assert next(row for row in found.rows() if row["path"] == "pipe.py")["program"] == {
        "lintseq_problem": "unreadable", "detail": "no regular file",
    }  # fmt: skip
    assert "1 links to .py files are left out" in caplog.text
    (row,) = named_programs([str(folder / "link.py")]).rows()
    assert row["program"] == "x = 1\n"


def test_a_file_that_is_too_large_or_gone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MOST_ROW_BYTES", 7)
    names = [str(folder / name) for name in ("a.py", "src/b.py", "gone.py")]
    small, large, gone = (row["program"] for row in named_programs(names).rows())
    assert small == "x = 1\n"
    assert large["lintseq_problem"] == "program_too_long"
    assert gone["lintseq_problem"] == "unreadable"


def test_a_checkout(folder: Path, git: Git, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "src/link.py").symlink_to("../a.py")
    (folder / ".hidden.py").write_text("tracked = 1\n")
    git("add", "-f", "a.py", "src", ".hidden.py", "LICENSE", "notes.ipynb")
    git("commit", "-qm", "x")
    (folder / "untracked.py").write_text("u = 1\n")
    (folder / "a.py").write_text("x = 2\n")
    for version in ("2", "3", "4"):
        git("update-index", "--index-version", version)
        found = programs_in(folder)
        assert list(found.paths) == [".hidden.py", "a.py", "src/b.py", "src/latin.py"]
    assert next(row["program"] for row in found.rows() if row["path"] == "a.py") == "x = 2\n"
    said = found.info["description"]
    assert f"commit {git('rev-parse', 'HEAD')}, 1 of 4 changed since" in said
    assert "1 links and submodules are left out" in caplog.text
    git("pack-refs", "--all")
    assert read_checkout(folder).commit == git("rev-parse", "HEAD")
    git("checkout", "-q", "--detach")
    assert read_checkout(folder).commit == git("rev-parse", "HEAD")


def test_another_work_tree(folder: Path, git: Git, tmp_path: Path) -> None:
    git("add", "a.py")
    git("commit", "-qm", "x")
    git("worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    assert [each.name for each in read_checkout(tmp_path / "other").files] == ["a.py"]
    assert read_checkout(tmp_path / "other").commit == git("rev-parse", "HEAD")


def test_nothing_of_a_checkout_is_run(folder: Path, git: Git) -> None:
    git("add", "a.py")
    evil = folder / "evil.sh"
    evil.write_text(f"#!/bin/sh\ntouch '{folder / 'ran'}'\n")
    evil.chmod(0o755)
    (folder / ".gitattributes").write_text("*.py filter=evil\n")
    for name in ("core.fsmonitor", "core.sshCommand", "filter.evil.smudge", "filter.evil.clean",
                 "core.pager", "core.hooksPath", "alias.ls-files"):  # fmt: skip
        git("config", name, str(evil))
    (folder / "ran").unlink(missing_ok=True)
    assert programs_in(folder).paths == ["a.py"]
    assert not (folder / "ran").exists()


@pytest.mark.parametrize("name", ["../out.py", "/etc/x.py", "in/../../out.py", "way/x.py"])
def test_an_index_that_leads_outside(tmp_path: Path, name: str) -> None:
    (tmp_path / "out.py").write_text("secret = 1\n")
    top = tmp_path / "top"
    (top / "in").mkdir(parents=True)
    (tmp_path / "else").mkdir()
    (tmp_path / "else/x.py").write_text("secret = 1\n")
    (top / "way").symlink_to(tmp_path / "else")
    (top / "fine.py").write_text("x = 1\n")
    write_index(top, [name, "fine.py"])
    assert list(programs_in(top).paths) == ["fine.py"]


def test_an_index_that_is_damaged(tmp_path: Path) -> None:
    write_index(tmp_path, ["a.py", "b.py"])
    whole = (tmp_path / ".git/index").read_bytes()
    for cut in range(len(whole)):
        (tmp_path / ".git/index").write_bytes(whole[:cut])
        with pytest.raises(ConfigError, match="cannot read which files git tracks"):
            read_checkout(tmp_path)
    link = whole[:-20] + b"link\0\0\0\0" + b"\0" * 20  # most of the entries are elsewhere
    for wrong in (b"XXXX" + whole[4:], whole[:-9] + b"x" * 9, link):
        (tmp_path / ".git/index").write_bytes(wrong)
        with pytest.raises(ConfigError, match="cannot read which files git tracks"):
            read_checkout(tmp_path)
    (tmp_path / ".git/index").unlink()
    assert read_checkout(tmp_path).files == ()


def test_what_is_recorded_of_a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lintseq_datasets.files.sources import read_source

    monkeypatch.setenv("HF_DATASETS_CACHE", str(folder.parent / "cache"))
    write_index(folder, ["a.py", "LICENSE"])
    (folder / ".git/HEAD").write_text(f"{COMMIT}\n")
    found = source_of(read_source(str(folder), streaming=True).dataset)
    assert found == {
        "name": "project", "config": "default", "split": "train", "repository": None,
        "revision": COMMIT, "license": "apache-2.0", "license_file": "LICENSE",
    }  # fmt: skip
