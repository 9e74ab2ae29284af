"""Rows whose edits start from a program state."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lintseq_datasets.edits.formats import FORMS
from lintseq_datasets.edits.prompts import prompt_of, split_prompt
from lintseq_datasets.edits.reading import resolve, resolve_generation
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import ColumnError, ConfigError, LinterError
from lintseq_datasets.linters.base import LintResult
from lintseq_datasets.linters.pylint import PylintLinter
from lintseq_datasets.mapping.accounting import DONE_COLUMN
from lintseq_datasets.mapping.columns import STATES, Columns, find_columns
from lintseq_datasets.mapping.epochs import EpochTransform
from lintseq_datasets.mapping.features import features_of
from lintseq_datasets.mapping.mappers import failed_row, lintseq_map, randseq_map
from lintseq_datasets.mapping.options import Reading
from lintseq_datasets.mapping.plan import Plan
from lintseq_datasets.mapping.run import Run
from lintseq_datasets.mapping.transform import lintseq_transform
from lintseq_datasets.samplers.config import LintSeqConfig, RandSeqConfig

PROGRAM = "import os\n\ndef f(x):\n    y = x + 1\n    return y\n\nprint(f(1), os.sep)"
ASKED = "Add one, as in\n```python\nf(1)\n```"  # looks as if it ended in a state
BATCH = {"instruction": ["Add one.", ASKED], "response": [PROGRAM, PROGRAM + "\nf(2)"]}
MAPPERS = {
    "lintseq": functools.partial(lintseq_map, linter="syntax"),
    "randseq": randseq_map,
}

Rows = list[dict[str, Any]]


def rows_of(columns: dict[str, list[Any]]) -> Rows:
    values = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in values]


def given_rows(state: Any, program: str = PROGRAM, **options: Any) -> Rows:
    batch = {"instruction": ["Add one."], "response": [program], "state": [state]}
    return rows_of(lintseq_map(batch, **{"linter": "syntax", "start": "given", **options}))


# --- sampled states ------------------------------------------------------------------


@pytest.mark.parametrize("method", MAPPERS)
def test_sampled_states(method: str) -> None:
    plain = rows_of(MAPPERS[method](BATCH, num_samples=20))
    rows = rows_of(MAPPERS[method](BATCH, num_samples=20, start="random_state"))
    assert list(rows[0]) == [*plain[0], "state"] == list(features_of(start="random_state"))
    assert len({row["state"] for row in rows}) > 10
    for before, row in zip(plain, rows, strict=True):
        for name in ("program", "program_id", "sample_index", "status", "method", "linter"):
            assert row[name] == before[name]
        assert row["edits"] == before["edits"][-row["num_edits"] :]
        assert row["num_edits"] == len(row["edits"])
        assert row["num_edits"] < before["num_edits"] or row["state"] == ""
        assert resolve(row["edits"], start=row["state"]) == row["program"]
        assert resolve(row["completion"], start=row["state"]) == row["program"]
        done = resolve_generation(row["completion"] + "<|endoftext|>", start=row["state"])
        assert (done.program, done.report.is_clean) == (row["program"], True)
        assert split_prompt(row["prompt"]) == (before["prompt"], row["state"])
        assert row["prompt"].startswith(before["prompt"])
        assert row["state"] in row["prompt"]


def applied(edits: Sequence[str], lines: list[str]) -> list[str]:
    """The lines that unified diffs without context lead to, by the numbers in their headers."""
    for edit in edits:
        lines, grown = list(lines), 0
        for hunk in edit.split("@@ -")[1:]:
            header, *added = hunk.splitlines()
            place = int(header.split(",")[0]) + grown
            lines[place:place] = [line.removeprefix("+") for line in added]
            grown += len(added)
    return lines


@pytest.mark.parametrize("method", MAPPERS)
@pytest.mark.parametrize("edit_format", FORMS)
def test_segments(method: str, edit_format: str) -> None:
    plain = rows_of(MAPPERS[method](BATCH, num_samples=20))
    options = {"start": "segment", "edit_format": edit_format}
    rows = rows_of(MAPPERS[method](BATCH, num_samples=20, **options))
    assert list(rows[0]) == [*plain[0], "state", "end_state"] == list(features_of(start="segment"))
    kinds = set()
    for before, row in zip(plain, rows, strict=True):
        for name in ("program", "program_id", "sample_index", "status", "method", "linter"):
            assert row[name] == before[name]
        states, lines = [[]], []
        for edit in before["edits"]:
            states.append(lines := applied([edit], lines))
        first, last = (states.index(row[name].split("\n") if row[name] else [])
                       for name in ("state", "end_state"))  # fmt: skip
        assert row["edits"] == before["edits"][first:last]
        assert row["num_edits"] == last - first > 0
        kinds.add((first == 0, last == len(before["edits"])))
        resolved = resolve(row["completion"], start=row["state"], edit_format=edit_format)
        assert resolved == row["end_state"]
        assert split_prompt(row["prompt"]) == (before["prompt"], row["state"])
    assert len(kinds) == 4  # those that start empty or not, and end complete or not
    again = rows_of(MAPPERS[method]({n: v[1:] for n, v in BATCH.items()}, num_samples=3, **options))
    assert again == [{**row, "made_with": again[0]["made_with"]} for row in rows[20:23]]


def test_segments_as_chats_and_calls_of_tools() -> None:
    options: dict[str, Any] = {"linter": "syntax", "start": "segment"}
    rows = rows_of(lintseq_map(BATCH, **options))
    for name in ("conversational", "tool_calls"):
        others = rows_of(lintseq_map(BATCH, **options, output_format=name))
        assert list(others[0]) == list(features_of(name, "segment"))  # type: ignore[arg-type]
        for row, other in zip(rows, others, strict=True):
            assert (other["state"], other["end_state"]) == (row["state"], row["end_state"])


def test_rows_without_a_segment_say_why() -> None:
    (row,) = rows_of(lintseq_map({"code": ["def f(:"]}, linter="syntax", start="segment"))
    assert row["status"] == "skipped:syntax_error"
    assert (row["state"], row["end_state"], row["edits"]) == ("", "", [])


def test_the_audit_judges_the_states_of_a_segment() -> None:
    code = (
        "import os\n\ndef f(x):\n    return g(x)\n\ndef g(x):\n    return os.sep * x\n\nprint(f(1))"
    )
    options: dict[str, Any] = {"linter": "syntax", "num_samples": 40, "audit": 1.0}
    rows = rows_of(lintseq_map({"code": [code]}, start="segment", **options))
    rejected = 0
    for row in rows:
        states = [row["state"].split("\n") if row["state"] else []]
        for edit in row["edits"]:
            states.append(applied([edit], states[-1]))
        judged = {"\n".join(state) for state in states} - {"", code}
        assert row["audited_states"] == len(judged)
        # no line occurs twice, so errors are told by the text of their line
        found = PylintLinter().lint(sorted(judged))
        rejected += row["rejected_states"]
        assert row["rejected_states"] == sum(map(bool, found))
    assert rejected > 20


def test_the_default_is_as_it_was() -> None:
    rows = rows_of(lintseq_map(BATCH, linter="syntax"))
    assert list(rows[0]) == list(features_of())
    assert rows == rows_of(lintseq_map(BATCH, linter="syntax", start="empty"))
    assert {row["prompt"] for row in rows} == {"Add one.\n", ASKED + "\n"}


def test_conversational() -> None:
    options: dict[str, Any] = {"linter": "syntax", "start": "random_state"}
    rows = rows_of(lintseq_map(BATCH, **options))
    chats = rows_of(lintseq_map(BATCH, **options, output_format="conversational"))
    features = features_of("conversational", "random_state")
    assert list(chats[0]) == list(features)
    for row, chat in zip(rows, chats, strict=True):
        assert chat["prompt"] == [{"role": "user", "content": row["prompt"].removesuffix("\n")}]
        assert split_prompt(chat["prompt"][0]["content"])[1] == row["state"] == chat["state"]


@pytest.mark.parametrize("mapper", MAPPERS.values())
@pytest.mark.parametrize("start", ["random_state", "segment", "given"])
def test_the_published_columns_have_no_place_for_a_state(mapper: Any, start: str) -> None:
    for call in (
        lambda: mapper({**BATCH, "state": ["", ""]}, start=start, output_format="pylintseq"),
        lambda: features_of("pylintseq", start),  # type: ignore[arg-type]
    ):
        with pytest.raises(ConfigError, match="start: the output format 'pylintseq' has no column"):
            call()


def test_starts_that_do_not_exist() -> None:
    for call in (
        lambda: LintSeqConfig(start="middle"),  # type: ignore[arg-type]
        lambda: RandSeqConfig(start="middle"),  # type: ignore[arg-type]
        lambda: features_of(start="middle"),  # type: ignore[arg-type]
    ):
        with pytest.raises(ConfigError, match="start: 'middle' is none of 'empty', 'random_state'"):
            call()


# --- given states --------------------------------------------------------------------


@pytest.mark.parametrize("method", MAPPERS)
def test_given_states(method: str) -> None:
    for state in (
        "import os", "import os\n", "\ufeffimport os\r\n\r\n", PROGRAM.partition("def")[0] + "\n",
        "def f(x):\n    return y",
    ):  # fmt: skip
        for row in rows_of(MAPPERS[method](batch_of(state), start="given")):
            expected = state.strip("\ufeff\r\n ")
            assert (row["status"], row["state"]) == ("ok", expected)
            assert resolve(row["edits"], start=expected) == row["program"] == PROGRAM
            assert all(edit.is_insertion for edit in EditSequence.from_edits(row["edits"]).edits)
            assert row["prompt"] == prompt_of("Add one.", state=expected)


@pytest.mark.parametrize("method", MAPPERS)
def test_an_empty_state_is_where_every_program_starts(method: str) -> None:
    plain = rows_of(MAPPERS[method](batch_of("")))
    for state in ("", " \n", None):
        rows = rows_of(MAPPERS[method](batch_of(state), start="given"))
        assert {(row["status"], row["state"], row["prompt"]) for row in rows} == {
            ("ok", "", prompt_of("Add one.", state=""))
        }
        assert [row["edits"] for row in rows] == [row["edits"] for row in plain]


def batch_of(state: str | None) -> dict[str, list[str | None]]:
    return {"instruction": ["Add one."], "response": [PROGRAM], "state": [state]}


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("import sys", "skipped:state_not_contained"),
        ("print(f(1), os.sep)\nimport os", "skipped:state_not_contained"),
        (" import os", "skipped:state_not_contained"),
        ("import os\nimport os", "skipped:state_not_contained"),
        (PROGRAM, "skipped:state_is_program"),
        (PROGRAM + "\n", "skipped:state_is_program"),
        ("def f(x):", "skipped:state_has_errors"),
        ("    return y", "skipped:state_has_errors"),
        ("import os\ud800", "skipped:lone_surrogate"),
        ("import os\x00", "skipped:nul_character"),
    ],
)
def test_states_that_are_none(state: str, status: str) -> None:
    (row,) = given_rows(state)
    assert (row["status"], row["sample_index"], row["edits"]) == (status, -1, [])
    assert row["program"] == PROGRAM
    assert row["state"] == state.replace("\ud800", "?").removesuffix("\n")
    assert row["prompt"].startswith("Add one.\n")
    assert given_rows(state, on_error="skip") == []
    if "errors" not in status:
        batch = {"code": [PROGRAM], "state": [state]}
        assert randseq_map(batch, start="given")["status"] == [status]


@pytest.mark.parametrize("linter", ["pylint", "pyflakes"])
def test_a_state_is_judged(linter: str) -> None:
    state = "def f(x):\n    return y"  # it parses, and y is not defined
    (row,) = given_rows(state, linter=linter)
    assert row["status"] == "skipped:state_has_errors"
    wrong = PROGRAM.replace("y = x + 1", "y = x + z")
    for row in given_rows("def f(x):\n    y = x + z\n    return y", wrong, linter=linter):
        assert row["status"] == "ok"  # the program has that error too


def test_the_program_comes_first() -> None:
    (row,) = given_rows("x", program="def (")
    assert row["status"] == "skipped:syntax_error"
    (row,) = given_rows("x", program="y = 1\n" * 20, max_lines=10)
    assert row["status"] == "skipped:program_too_long"


def test_the_first_status_of_the_table_counts() -> None:
    (row,) = given_rows("\ud800", program="x\x00")
    assert row["status"] == "skipped:lone_surrogate"


def test_equal_programs_with_other_states() -> None:
    states = ["import os", "", "import os", "nonsense"]
    batch = {"code": [PROGRAM] * 4, "state": states}
    rows = rows_of(lintseq_map(batch, linter="syntax", start="given", num_samples=2))
    assert [row["state"] for row in rows] == ["import os"] * 2 + [""] * 2 + ["import os"] * 2 + [
        "nonsense"
    ]
    assert rows[:2] == rows[4:6]


@settings(max_examples=60)
@given(st.lists(st.booleans(), min_size=7, max_size=7), st.integers(0, 9))
def test_any_lines_of_a_program(kept: list[bool], seed: int) -> None:
    lines = [line for line, stays in zip(PROGRAM.split("\n"), kept, strict=True) if stays]
    for row in given_rows("\n".join(lines), seed=seed, num_samples=2):
        assert row["status"] in ("ok", "skipped:state_has_errors", "skipped:state_is_program")
        if row["status"] == "ok":
            assert resolve(row["edits"], start=row["state"]) == PROGRAM
            sequence = EditSequence.from_edits(row["edits"], row["state"])
            for state in (sequence.start, *sequence.states()):
                compile(state.text, "", "exec")


# --- columns -------------------------------------------------------------------------


@pytest.mark.parametrize("name", STATES)
def test_the_column_of_states_is_found(name: str) -> None:
    assert find_columns(["code", name], start="given") == Columns(None, "code", None, name)
    assert find_columns(["code", name]) == Columns(None, "code")
    found = find_columns(["code", *STATES, "mine"], state_column="mine", start="given")
    assert found.state == "mine"


def test_program_start_alone_is_the_state() -> None:
    batch = {"code": [PROGRAM], "program_start": ["import os"]}
    (row,) = rows_of(lintseq_map(batch, linter="syntax", start="given", num_samples=1))
    assert (row["status"], row["state"]) == ("ok", "import os")
    assert resolve(row["edits"], start="import os") == PROGRAM


@pytest.mark.parametrize(
    ("names", "options", "problem"),
    [
        (["code"], {"start": "given"}, "is in no column that is recognised: name it with state"),
        (["code", *STATES], {"start": "given"}, "may be state or program_start: name it"),
        (["code"], {"start": "given", "state_column": "x"}, "There is no column 'x'"),
    ],
)
def test_columns_of_states_that_are_none(
    names: list[str], options: dict[str, str], problem: str
) -> None:
    with pytest.raises(ColumnError, match=problem):
        find_columns(names, **options)


def test_a_column_that_would_not_be_read() -> None:
    for start in ("empty", "random_state"):
        with pytest.raises(ConfigError, match="state_column: is read with start='given' only"):
            lintseq_map({"code": [PROGRAM], "s": [""]}, start=start, state_column="s")


def test_a_state_that_is_no_text() -> None:
    (row,) = given_rows(3)
    assert (row["status"], row["state"]) == ("skipped:not_text", "")


# --- the other functions -------------------------------------------------------------


def test_transform() -> None:
    row = {"code": PROGRAM}
    plain = lintseq_transform(row, linter="syntax")
    assert set(plain) == {"code", "edit_sequences"}
    found = lintseq_transform(row, linter="syntax", start="random_state")
    assert set(found) == {"code", "edit_sequences", "start_states"}
    pairs = list(zip(found["edit_sequences"], found["start_states"], strict=True))
    assert len(pairs) == 5
    assert all(resolve(edits, start=state) == PROGRAM for edits, state in pairs)
    batch = {"code": [PROGRAM, "def ("], "s": ["import os", ""]}
    options: dict[str, Any] = {"linter": "syntax", "start": "given", "state_column": "s"}
    found = lintseq_transform(batch, **options, status_column="why")
    assert found["start_states"] == [["import os"] * 5, []]
    assert found["why"] == ["ok", "skipped:syntax_error"]
    one = lintseq_transform({"code": PROGRAM, "s": "import os"}, **options)
    assert one["edit_sequences"] == found["edit_sequences"][0]


def test_epochs() -> None:
    transform = EpochTransform(linter="syntax", start="given", state_column="s", num_samples=1)
    row = {"code": PROGRAM, "s": "import os"}
    first = transform(row)
    assert first["start_states"] == ["import os"]
    transform.set_epoch(3)
    assert transform(row) != first


def test_rows_that_fail() -> None:
    class Broken:
        name = "broken 1"

        def lint(self, texts: Sequence[str]) -> list[LintResult]:
            return [LinterError("linter_crash", "broken") for _ in texts]

    (row,) = given_rows("import os", linter=Broken())
    assert (row["status"], row["state"]) == ("failed:linter_crash", "import os")
    batch = {"code": [PROGRAM], "state": ["import os"]}
    error = LinterError("worker_died", "syntax")
    config = LintSeqConfig(start="given")
    failed = failed_row(batch, error, plan=Plan(config), linter="")
    assert (failed["state"], failed["status"]) == (["import os"], ["failed:worker_died"])
    assert list(failed) == [*features_of(start="given"), DONE_COLUMN]
    run = Run(plan=Plan(config, Reading(state_column="s")), batch_size=1)
    failed = run.failed({"code": [PROGRAM], "state": [1], "s": ["import os"]}, error, "syntax")
    assert failed["state"] == ["import os"]
    assert list(run.counted_features) == list(failed)
