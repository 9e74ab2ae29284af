"""Sources by their names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lintseq_datasets.files.sources import read_source


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
