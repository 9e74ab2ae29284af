"""The judge of the other tests here can tell right from wrong."""

from __future__ import annotations

import pytest

from tests.parity.stock import State, kept_states, states_of, stock_errors, wrong_states

PROGRAM = "import gone\nx = 1\nx = 1\nprint(x, missing)"


def test_lines_are_followed_to_their_places_in_the_program() -> None:
    edits = ["@@ -0,0 +1 @@\n+x = 1", "@@ -0,0 +1,2 @@\n+import gone\n+x = 1"]
    edits += ["@@ -3,0 +4 @@\n+print(x, missing)"]
    states = states_of(PROGRAM, edits)
    assert [state.lines for state in states] == [(2,), (0, 1, 2), (0, 1, 2, 3)]
    assert [state.text for state in states] == ["x = 1", "import gone\nx = 1\nx = 1", PROGRAM]


def test_two_hunks_of_one_edit_count_from_the_state_before() -> None:
    edits = ["@@ -0,0 +1 @@\n+b", "@@ -0,0 +1 @@\n+a\n@@ -1,0 +3,2 @@\n+c\n+@@ d"]
    assert [state.lines for state in states_of("a\nb\nc\n@@ d", edits)] == [(1,), (0, 1, 2, 3)]


@pytest.mark.parametrize(
    "edits",
    [
        ["@@ -0,0 +1 @@\n+a"],
        ["@@ -0,0 +1,2 @@\n+a\n+b", "@@ -1 +1 @@\n-a\n+a"],
        ["@@ -0,0 +1,2 @@\n+a\n b"],
        ["@@ -0,0 +2 @@\n+a", "@@ -1,0 +2 @@\n+b"],
    ],
    ids=["another program", "deletion", "context", "two places"],
)
def test_other_edits_are_refused(edits: list[str]) -> None:
    with pytest.raises(ValueError, match=r"insertion|program"):
        states_of("a\nb", edits)


def test_rows_without_a_sequence_have_no_states() -> None:
    rows = {"status": ["ok", "failed:time_budget"], "program": ["a", "b"], "edits": [[], []]}
    rows["edits"][0] = ["@@ -0,0 +1 @@\n+a"]
    assert list(kept_states(rows)) == [State("a", (0,))]


@pytest.mark.slow
def test_what_a_stock_run_says() -> None:
    texts = [
        "import pytest\nimport os\nexit(os.sep)",  # nothing but the standard library, all of that
        "print(a)  # pylint: disable=all # x pylint: skip-file",
        "x = 1\nif x:\n\nprint(x)",  # the header is to blame
        "x = 1",
    ]
    assert [[error[:2] for error in errors] for errors in stock_errors(texts)] == [
        [("E0401", 1)],
        [("E0602", 1)],
        [("E0001", 2)],
        [],
    ]


@pytest.mark.slow
def test_errors_of_the_program_are_forgiven_where_they_are() -> None:
    program = f"{PROGRAM}\nprint(missing)"
    states = [State(program, lines) for lines in [(0,), (0, 1, 2, 3), (2, 3, 4), (0, 3), (3,)]]
    wrong = wrong_states(states)
    assert [(one.state.lines, one.new) for one in wrong] == [
        ((0, 3), (("E0602", 4),)),  # of two on the line the program has one
        ((3,), (("E0602", 4),)),
    ]
