"""Rows of JSON: each line, or each value, is one, whatever is in it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files.json_rows import read_json
from lintseq_datasets.files.row_types import Broken


def rows_of(path: Path, content: bytes | str) -> list[Any]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return list(read_json(str(path)))


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_lines(tmp_path: Path, name: str, bom: bytes) -> None:
    content = bom + b'{"a": 1}\r\n\n   \n{"a": [1, {"b": null}], "c": "\\u2028"}\n{"a": "\xc2\x85"}'
    assert rows_of(tmp_path / name, content) == [
        {"a": 1}, {"a": [1, {"b": None}], "c": "\u2028"}, {"a": "\x85"},
    ]  # fmt: skip


def test_what_is_no_row(tmp_path: Path) -> None:
    lines = ['{"a": 1}', "{nope", "[1]", '"a"', "null", "{} {}", '{"a": "caf\xe9"}', "[" * 100_000]
    content = "\n".join(lines).encode("latin-1")
    found = rows_of(tmp_path / "rows.jsonl", content + b"\n" + b'{"a": ' + b"9" * 5000 + b"}")
    assert [row for row in found if not isinstance(row, Broken)] == [{"a": 1}]
    reasons = [row.reason for row in found[1:]]
    assert reasons == ["unreadable"] * 5 + ["not_utf8", "unreadable", "unreadable"]
    assert "line 2, column 2" in found[1].detail
    assert "line 3 is a list, not an object" in found[2].detail


def test_lists_and_objects_over_several_lines(tmp_path: Path) -> None:
    rows: list[Any] = [{"a": n, "b": ["]", {"c": "},{\n\\"}]} for n in range(50)]
    for indent in (None, 2):
        assert rows_of(tmp_path / "rows.json", json.dumps(rows, indent=indent)) == rows
        text = "\n".join(json.dumps(row, indent=indent) for row in rows)
        assert rows_of(tmp_path / "rows.json", text) == rows
    assert rows_of(tmp_path / "rows.json", " [ ] ") == []
    (found,) = rows_of(tmp_path / "rows.json", "[1]")
    assert isinstance(found, Broken)


def test_wherever_a_piece_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(0)
    rows = [{"a": chance.choice([1, 12.5, 'é"]}{[', None, [[]]]), "é": n} for n in range(20)]
    content = json.dumps(rows, ensure_ascii=False, indent=1)
    for size in range(1, 40):
        monkeypatch.setattr("lintseq_datasets.files.json_rows.PIECE_BYTES", size)
        assert rows_of(tmp_path / "rows.json", content) == rows


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('[{"a": 1},\n {"a": ', "line 2, column 8: Expecting value"),
        ('[{"a": 1}\n {"a": 2}]', "line 2, column 2: expecting ','"),
        ('[{"a": 1}', "line 1, column 10: expecting ']'"),
        ('[{"a": 1}] x', "there is more behind the list"),
        ('[{"a": "\xff"}]', "is not in UTF-8"),
        ("\xff\xfe{", "is in UTF-16"),
    ],
)  # fmt: skip
def test_a_list_that_is_not_whole(tmp_path: Path, content: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem.replace("[", r"\[")):
        rows_of(tmp_path / "rows.json", content.encode("latin-1"))


def test_keys_that_are_twice(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = rows_of(tmp_path / "rows.jsonl", '{"a": 1, "a": 2}\n{"a": 1}\n{"a": {"b": 1, "b": 2}}')
    assert rows == [{"a": 2}, {"a": 1}, {"a": {"b": 2}}]
    assert "1 objects have the key 'a' more than once" in caplog.text
    assert "1 objects have the key 'b' more than once" in caplog.text
