"""The accounting of rows."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintseq_datasets.metrics import Accounting

ROWS = {
    "status": ["ok", "ok", "skipped:syntax_error", "ok", "failed:time_budget", "ok", "ok"],
    "sample_index": [0, 1, -1, 0, -1, 0, 1],
    "num_edits": [3, 4, 0, 1, 0, 3, 12],
}

counts = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(1, 9))


@st.composite
def accountings(draw: st.DrawFn) -> Accounting:
    skipped, failed, sampled = draw(counts), draw(counts), draw(st.integers(0, 9))
    edits = draw(st.dictionaries(st.integers(1, 30), st.integers(1, 9)))
    rows = sampled + sum(skipped.values()) + sum(failed.values())
    return Accounting(rows, sampled, skipped, failed, edits)


def test_rows_are_counted_by_what_became_of_them() -> None:
    found = Accounting.of(ROWS)
    assert found == Accounting(
        5, 3, {"syntax_error": 1}, {"time_budget": 1}, {3: 2, 4: 1, 1: 1, 12: 1}
    )
    assert (found.num_skipped, found.num_failed, found.num_sequences) == (1, 1, 5)
    assert found.mean_edits == pytest.approx(23 / 5)
    assert [found.edits_quantile(share) for share in (0, 0.5, 0.8, 1)] == [1, 3, 4, 12]


def test_a_status_without_a_kind_is_a_failure() -> None:
    rows = {"status": ["what"], "sample_index": [-1], "num_edits": [0]}
    assert Accounting.of(rows) == Accounting(1, failed={"what": 1})


@pytest.mark.parametrize("cut", range(8))
def test_parts_add_up_to_the_whole(cut: int) -> None:
    first = {name: values[:cut] for name, values in ROWS.items()}
    second = {name: values[cut:] for name, values in ROWS.items()}
    assert Accounting.of(first) + Accounting.of(second) == Accounting.of(ROWS)


@given(accountings(), accountings(), accountings())
def test_merging_is_associative_and_commutative(
    one: Accounting, two: Accounting, three: Accounting
) -> None:
    assert one + (two + three) == (three + one) + two
    assert one + Accounting() == one


@given(accountings())
def test_json_keeps_everything(accounting: Accounting) -> None:
    assert Accounting.from_dict(json.loads(json.dumps(accounting.as_dict()))) == accounting


def test_rows_that_vanish_are_an_error() -> None:
    with pytest.raises(ValueError, match="3 rows went in, 2 are accounted for"):
        Accounting(3, sampled=1, skipped={"syntax_error": 1})


def test_columns_of_different_lengths_are_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Accounting.of({**ROWS, "num_edits": [1]})


def test_table() -> None:
    found = Accounting.of(ROWS) + Accounting(1200, skipped={"no_program": 1200})
    assert found.as_table().splitlines() == [
        "rows in                   1,205",
        "  sampled                     3",
        "  skipped                 1,201",
        "    no_program            1,200",
        "    syntax_error              1",
        "  failed                      1",
        "    time_budget               1",
        "sequences                     5",
        "edits per sequence, mean    4.6",
        "  median                      3",
        "  least                       1",
        "  most                       12",
    ]
    assert str(found) == "1,205 rows in, 3 sampled, 1,201 skipped, 1 failed; 5 sequences"


def test_table_of_nothing() -> None:
    assert "edits per sequence, mean  0.0" in Accounting().as_table()
