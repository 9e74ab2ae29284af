"""Rows of CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files import csv_rows
from lintseq_datasets.files.csv_rows import read_csv
from lintseq_datasets.files.row_types import Broken


def rows_of(path: Path, content: bytes) -> list[Any]:
    path.write_bytes(content)
    return list(read_csv(str(path)))


def test_each_cell_is_a_text(tmp_path: Path) -> None:
    content = b'\xef\xbb\xbfcode,n\r\n"x = ""1""\nprint(x)",42\r\n\r\nnull,\r\n'
    assert rows_of(tmp_path / "rows.csv", content) == [
        {"code": 'x = "1"\nprint(x)', "n": "42"}, {"code": "null", "n": ""},
    ]  # fmt: skip


def test_what_is_no_row(tmp_path: Path) -> None:
    found = rows_of(tmp_path / "rows.csv", b"a,b\n1,2\n1\n1,2,3\ncaf\xe9,1\n3,4\n")
    assert [row for row in found if not isinstance(row, Broken)] == [
        {"a": "1", "b": "2"}, {"a": "3", "b": "4"},
    ]  # fmt: skip
    broken = [row for row in found if isinstance(row, Broken)]
    assert [row.reason for row in broken] == ["unreadable", "unreadable", "not_utf8"]
    assert broken[1].detail == "line 4: 3 fields where the header has 2"


@pytest.mark.parametrize("end", [b"", b"\n", b'\n"'])
def test_a_quote_that_is_not_closed(tmp_path: Path, end: bytes) -> None:
    with pytest.raises(ConfigError, match=r"line 3: .*is a quote not closed"):
        rows_of(tmp_path / "rows.csv", b'a,b\n"1",2\n"x = 1,2\n' + b'3,4\n"5",6\n"7,8' + end)
    assert len(rows_of(tmp_path / "rows.csv", b'a,b\n"1",2\n"x = 1",2' + end[:1])) == 2


def test_it_is_looked_for_within_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "MOST_ROW_BYTES", 1000)
    with pytest.raises(ConfigError, match=r"line 3: a row of more than .* is a quote not closed\?"):
        rows_of(tmp_path / "rows.csv", b'a,b\n1,2\n"x = 1,2\n' + b"3,4\n" * 1000)


def test_two_columns_of_one_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="several columns are called a"):
        rows_of(tmp_path / "rows.csv", b"a,b,a\n1,2,3\n")
    assert rows_of(tmp_path / "rows.csv", b"") == []
