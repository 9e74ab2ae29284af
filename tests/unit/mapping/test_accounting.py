"""What a step of preparing a source keeps and drops, in numbers."""

from __future__ import annotations

import pytest

from lintseq_datasets.mapping.accounting import Selection

STATUSES = ["ok", "dropped:duplicate", "dropped:syntax_error", "ok", "dropped:duplicate"]


def test_every_row_is_kept_or_dropped_for_a_reason() -> None:
    found = Selection.of(STATUSES)
    assert (found.rows_in, found.kept, found.num_dropped) == (5, 2, 3)
    assert found.dropped == {"duplicate": 2, "syntax_error": 1}
    with pytest.raises(ValueError, match="5 rows went in, 4 are accounted for"):
        Selection(5, 2, {"duplicate": 2})


@pytest.mark.parametrize("cut", range(6))
def test_parts_add_up(cut: int) -> None:
    parts = [Selection.of(STATUSES[cut:]), Selection.of(STATUSES[:cut])]
    assert sum(parts, Selection()) == Selection.of(STATUSES)
    with pytest.raises(TypeError):
        parts[0] + 1  # type: ignore[operator]


def test_as_values_and_as_text() -> None:
    found = Selection.of(STATUSES)
    assert list(found.as_dict()["dropped"]) == ["duplicate", "syntax_error"]
    assert Selection.from_dict(found.as_dict()) == found
    assert str(found) == "5 rows in, 2 kept, 3 dropped (duplicate 2, syntax_error 1)"
    assert str(Selection.of(["ok"])) == "1 rows in, 1 kept, 0 dropped"
