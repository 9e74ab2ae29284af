"""Types of columns: what a value is, is not lost in them."""

from __future__ import annotations

from typing import Any

import pytest
from datasets import Dataset, Json, List, Value

from lintseq_datasets.files import row_types
from lintseq_datasets.files.row_types import Broken, RowTypes


def columns_of(rows: list[Any]) -> Dataset:
    types = RowTypes()
    types.look_at(rows)
    tables = list(types.tables(rows))
    found = Dataset(tables[0])
    assert found.features == types.features()
    return found


@pytest.mark.parametrize(
    ("values", "feature"),
    [
        (["a", None, "é"], Value("string")),
        ([1, None, -(2**63) + 1], Value("int64")),
        ([1, 2.5], Value("float64")),
        ([True, False], Value("bool")),
        ([["a"], [], None], List(Value("string"))),
        ([[1], [2.5]], List(Value("float64"))),
        ([{"a": 1, "b": None}, {"a": 2, "b": "x"}], {"a": Value("int64"), "b": Value("string")}),
        ([{"a": 1}, {"b": 1}], Json()),
        (["1", 1], Json()),
        ([[1], ["a"]], Json()),
        ([True, 1], Json()),
        ([2**53 + 1, 0.5], Json()),
        ([{}, {"a": {}}], Json()),
        (["2020-01-01", "2020-01-01T00:00:00Z"], Value("string")),
        ([None, None], Value("string")),
    ],
)  # fmt: skip
def test_values_come_back(values: list[Any], feature: Any) -> None:
    found = columns_of([{"x": value} for value in values])
    assert found.features["x"] == feature
    assert found["x"][:] == values
    types = [bool, str, type(None), list, dict]
    for one, other in zip(found["x"][:], values, strict=True):
        assert type(one) is type(other) or type(other) not in types


def test_columns_that_some_rows_lack() -> None:
    found = columns_of([{"a": 1}, {"b": "x", "": "y"}, {"a": None, "c": [1]}])
    assert found.to_list() == [
        {"a": 1, "b": None, "": None, "c": None}, {"a": None, "b": "x", "": "y", "c": None},
        {"a": None, "b": None, "": None, "c": [1]},
    ]  # fmt: skip


def test_what_no_column_can_hold() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    bad = ["\ud800", {"a": ["\udfff"]}, 10**30, -(2**64), [[10**20]]]
    found = columns_of([{"x": value, "y": 1} for value in [*bad, deep, "fine"]])
    reasons = [cell["lintseq_problem"] for cell in found["x"][:5]]
    assert reasons == ["lone_surrogate"] * 2 + ["not_text"] * 3
    assert found["x"][5:] == [deep, "fine"]
    assert found["y"][:] == [1] * 7


def test_nan_is_nothing_among_texts() -> None:
    nan = float("nan")
    assert columns_of([{"x": "a"}, {"x": nan}])["x"][:] == ["a", None]
    assert columns_of([{"x": 1}, {"x": nan}, {"x": float("inf")}])["x"][2] == float("inf")
    assert columns_of([{"x": ["a"]}, {"x": [nan]}])["x"][:] == [["a"], [None]]


def test_rows_that_cannot_be_read() -> None:
    rows = [{"a": "x", "n": 1}, Broken("unreadable", "line 2"), {"a": "y", "n": 2}]
    found = columns_of(rows)
    assert found["a"][:] == ["x", {"lintseq_problem": "unreadable", "detail": "line 2"}, "y"]
    assert found["n"][:] == [1, None, 2]


def test_too_many_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_types, "MOST_COLUMNS", 3)
    types = RowTypes()
    types.look_at({f"k{n}": n, "code": "x"} for n in range(10))
    assert list(types.kinds) == ["k0", "code", "k1"]
    assert types.left_out == ["k2", "k3", "k4"]


def test_tables_are_of_bounded_size() -> None:
    rows = [{"x": "y" * 5_000_000}] * 4 + [{"x": "z"}] * 2500
    types = RowTypes()
    types.look_at(rows)
    assert [table.num_rows for table in types.tables(rows)] == [2, 2, 1000, 1000, 500]
