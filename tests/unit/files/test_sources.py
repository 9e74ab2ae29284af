"""Sources by their names."""

from __future__ import annotations

import bz2
import errno
import gzip
import json
import lzma
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files.sources import read_source, read_splits
from lintseq_datasets.languages.base import load_language


@pytest.mark.parametrize("name", ["rows [1].jsonl", "a*b.jsonl", "what?.jsonl", "plain.jsonl"])
def test_a_path_that_exists_is_a_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    (tmp_path / name).write_text(json.dumps({"code": "x = 1"}) + "\n", encoding="utf-8")
    (tmp_path / "aXb.jsonl").write_text(json.dumps({"code": "other"}) + "\n", encoding="utf-8")
    for streaming in (False, True):
        rows = list(read_source(str(tmp_path / name), streaming=streaming).dataset)
        assert [row["code"] for row in rows] == ["x = 1"]


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize(
    ("suffix", "compress"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)]
)
def test_a_compressed_file_that_is_damaged_inside(
    suffix: str, compress: Callable[[bytes], bytes], streaming: bool, tmp_path: Path
) -> None:
    rows = b"".join(b'{"code": "x = %d"}\n' % number for number in range(2000))
    content = compress(rows)
    path = tmp_path / f"rows.jsonl.{suffix}"
    for at in (20, 40, len(content) // 2):  # behind the head, which says what it is
        path.write_bytes(content[:at] + b"\xff" * 16 + content[at + 16 :])
        with pytest.raises(ConfigError, match="cannot read"):
            list(read_source(str(path), streaming=streaming).dataset)


def test_names_that_can_be_no_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text("a = 1", encoding="utf-8")
    for name, problem in (
        ("", "is empty"),  # not the working directory, which has a program
        ("~nobody-of-this-name/rows", "there is no file"),
        ("x" * 300, "cannot read"),
    ):
        with pytest.raises(ConfigError, match=problem):
            read_source(name)


def test_a_folder_in_a_folder_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a.py", "sub/b.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"# {name}", encoding="utf-8")
    scandir = os.scandir

    def refusing(path: Any = ".") -> Any:  # as rights do, which root is not bound by
        if os.fspath(path).endswith("sub"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    rows = read_source(str(tmp_path)).dataset
    assert [row["program"] for row in rows] == ["# a.py"]
    assert caplog.text.count(f"{tmp_path / 'sub'} is left out: Permission denied") == 1


def test_programs_of_other_languages(tmp_path: Path) -> None:
    for name in ("a.js", "sub/b.mjs", "c.py", "d.sh", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"// {name}", encoding="utf-8")
    ends = load_language("javascript").suffixes
    rows = list(read_source(str(tmp_path), suffixes=ends).dataset)
    assert [row["path"] for row in rows] == ["a.js", "sub/b.mjs"]
    (row,) = read_source(str(tmp_path / "*.js"), suffixes=ends).dataset
    assert row["program"] == "// a.js"
    with pytest.raises(ConfigError, match=r"a\.js' ends with none of .*another language"):
        read_source(str(tmp_path / "a.js"))
    with pytest.raises(ConfigError, match=r"holds no file of .*\.go: it has files of .*\.js"):
        read_source(str(tmp_path), suffixes=load_language("go").suffixes)

    any_end = load_language("lines").suffixes
    (row,) = read_source(str(tmp_path / "*.sh"), suffixes=any_end).dataset
    assert row["program"] == "// d.sh"
    with pytest.raises(ConfigError, match=r"name a pattern of files"):
        read_source(str(tmp_path), suffixes=any_end)


def test_the_same_files_in_other_splits_are_another_dataset(tmp_path: Path) -> None:
    for folder, names in {"a": ["train_0", "train_1"], "b": ["train", "test"]}.items():
        (tmp_path / folder).mkdir()
        for number, name in enumerate(names):
            row = json.dumps({"program": f"a = {number}  # {tmp_path}"})
            (tmp_path / folder / f"{name}.jsonl").write_text(row)
    found = {folder: read_splits(str(tmp_path / folder)) for folder in ("a", "b")}
    sizes = {
        folder: {name: len(rows) for name, rows in one.items()} for folder, one in found.items()
    }
    assert sizes == {"a": {"train": 2}, "b": {"train": 1, "test": 1}}
