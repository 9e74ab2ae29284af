"""What a step of preparing a source keeps and drops, in numbers."""

from __future__ import annotations

import pytest

from lintseq_datasets.mapping.accounting import Accounting, Selection
from lintseq_datasets.mapping.mappers import planned_map
from lintseq_datasets.mapping.plan import Plan
from lintseq_datasets.samplers.config import RandSeqConfig

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


def test_what_was_done_to_answers_is_counted_by_rows() -> None:
    answer = "<think>\nHm.\n</think>\n```py\nx = f()\n```\n```py\ny = 2\n```"
    plan = Plan(RandSeqConfig(num_samples=2))
    out = planned_map({"code": [answer, "x = 1"]}, plan=plan, counting=True)
    found = Accounting.of(out)
    assert found.answers == {"reasoning": 1, "joined": 1}
    assert (found + found).answers == {"reasoning": 2, "joined": 2}
    assert Accounting.from_dict(found.as_dict()) == found
    assert "  reasoning was removed " in found.as_table()
    assert "counted_done" not in planned_map({"code": [answer]}, plan=plan)
