from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import datasets
import pytest

from lintseq_datasets.errors import ConfigError, JobError
from lintseq_datasets.jobs import _rows
from lintseq_datasets.jobs._rows import Digest, PartReader, open_source
from lintseq_datasets.jobs.folder import Part

ROWS = [{"a": f"é{number}", "b": None if number % 3 else "x"} for number in range(11)]
TABLE = datasets.Dataset.from_list(ROWS)


def digest(*chunks: dict[str, list[Any]]) -> str:
    made = Digest()
    for chunk in chunks:
        made.add(chunk)
    return str(made)


def test_digest_does_not_depend_on_cuts() -> None:
    whole = digest({"a": ["x", "y", "z"], "b": [None, "1", "2"]})
    assert whole == digest({"a": ["x"], "b": [None]}, {"a": ["y", "z"], "b": ["1", "2"]})


@pytest.mark.parametrize(
    "other",
    [
        {"a": ["x", "yz"]},
        {"a": ["xy", "z"]},
        {"a": ["x", "y", "z"]},
        {"a": ["xyz"]},
        {"a": ["z", "y"]},
    ],
)
def test_digest_of_other_rows(other: dict[str, list[Any]]) -> None:
    assert digest(other) != digest({"a": ["x", "y"]})


def test_digest_tells_none_from_its_name() -> None:
    assert digest({"a": [None]}) != digest({"a": ["None"]})
    assert digest({"a": [1]}) != digest({"a": ["1"]})
    assert digest({"a": ["\ud800"]}) != digest({"a": ["\ud801"]})


def sources() -> Iterator[Any]:
    yield TABLE
    yield TABLE.with_format("numpy")
    yield TABLE.to_iterable_dataset(3)
    yield datasets.IterableDataset.from_generator(lambda: iter(ROWS))


@pytest.mark.parametrize("dataset", list(sources()))
def test_reading(dataset: Any) -> None:
    source = open_source(dataset)
    assert sorted(source.columns) == ["a", "b"]
    source.keep(["b", "a"])
    assert source.read(2) == {"b": ["x", None], "a": ["é0", "é1"]}
    source.skip(8)
    assert source.read(5) == {"b": [None], "a": ["é10"]}
    assert source.read(5) == {"b": [], "a": []}


def test_limit_and_fingerprint() -> None:
    assert open_source(TABLE, 3).num_rows == 3
    assert open_source(TABLE, 99).num_rows == 11
    assert open_source(TABLE, 3).fingerprint() == open_source(TABLE.select(range(3))).fingerprint()
    assert open_source(TABLE, 3).fingerprint() != open_source(TABLE).fingerprint()
    stream = open_source(TABLE.to_iterable_dataset(), 3)
    assert (stream.num_rows, stream.fingerprint()) == (None, None)
    assert len(stream.read(9)["a"]) == 3


def test_no_dataset() -> None:
    with pytest.raises(ConfigError, match="list is no dataset"):
        open_source(ROWS)  # type: ignore[arg-type]


def part(number: int, rows: list[dict[str, Any]]) -> Part:
    columns = {"a": [row["a"] for row in rows], "b": [row["b"] for row in rows]}
    return Part(number, len(rows), {}, digest(columns))


@pytest.mark.parametrize("stream", [False, True])
def test_parts_and_pieces(stream: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rows, "_SHARES", 1)
    dataset: Any = TABLE.to_iterable_dataset() if stream else TABLE
    reader = PartReader(open_source(dataset), 4, 3, {1: part(1, ROWS[4:8])})
    pieces = [(piece.first, piece.size, piece.columns["a"]) for piece in reader.pieces()]
    assert pieces == [
        (0, 3, ["é0", "é1", "é2"]), (3, 1, ["é3"]), (8, 3, ["é8", "é9", "é10"]),
    ]  # fmt: skip
    assert list(reader.begun) == [part(0, ROWS[:4]), part(2, ROWS[8:])]


def test_all_parts_are_done() -> None:
    done = {0: part(0, ROWS[:6]), 1: part(1, ROWS[6:])}
    assert list(PartReader(open_source(TABLE), 6, 2, done).pieces()) == []


def test_rows_that_changed() -> None:
    reader = PartReader(open_source(TABLE.to_iterable_dataset()), 4, 4, {0: part(0, ROWS[1:5])})
    with pytest.raises(JobError, match="rows from 0 on differ"):
        list(reader.pieces())


def sizes(rows: int, most: int, num_proc: int, stream: bool, part_rows: int = 1000) -> list[int]:
    dataset: Any = datasets.Dataset.from_dict({"code": ["x = 1"] * rows})
    source = open_source(dataset.to_iterable_dataset() if stream else dataset)
    reader = PartReader(source, part_rows, most, {}, num_proc=num_proc)
    return [piece.size for piece in reader.pieces()]


def test_large_pieces_where_there_are_rows_enough() -> None:
    assert sizes(9000, 1000, 2, stream=False) == [1000] * 9
    assert sizes(3000, 1000, 2, stream=False)[:2] == [375, 375]
    assert sizes(3000, 100, 2, stream=False) == [100] * 30
    assert sizes(3, 1000, 8, stream=False) == [1, 1, 1]


def test_a_short_stream_is_shared() -> None:
    assert sizes(80, 1000, 2, stream=True) == [10] * 8
    assert sizes(1080, 1000, 2, stream=True) == [1000] + [10] * 8


def test_long_texts_make_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rows, "_PIECE_CHARACTERS", 10)
    columns = {"a": ["x" * 4] * 3 + ["x" * 30] + ["x"] * 9, "b": [None] * 13}
    dataset = datasets.Dataset.from_dict(columns).to_iterable_dataset()
    reader = PartReader(open_source(dataset), 13, 5, {})
    assert [piece.size for piece in reader.pieces()] == [2, 1, 1, 5, 4]
