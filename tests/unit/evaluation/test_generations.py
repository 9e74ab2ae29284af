"""From generations to programs: no row is lost, every shape of row, what is counted."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st

from lintseq_datasets import DIFF_TOKEN, EditSequence, revision_map
from lintseq_datasets.edits.formats import FORMS
from lintseq_datasets.edits.program import Program
from lintseq_datasets.errors import ColumnError, ConfigError, DiffError
from lintseq_datasets.evaluation import (
    ResolveCounts,
    TokenCounts,
    count_tokens,
    resolve_generations,
)

GOOD = f"{DIFF_TOKEN}@@ -0,0 +1,2 @@\n+a = 1\n+b = a\n{DIFF_TOKEN}@@ -2,0 +3 @@\n+print(b)"
CUT = f"{DIFF_TOKEN}@@ -0,0 +1,2 @@\n+a = 1"
PROSE = "I cannot do that."


# --- one generation ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "program", "status", "problems"),
    [
        (GOOD, "a = 1\nb = a\nprint(b)", "ok", ""),
        (GOOD.removeprefix(DIFF_TOKEN), "a = 1\nb = a\nprint(b)", "ok", ""),
        (GOOD + "<|endoftext|> and more", "a = 1\nb = a\nprint(b)", "ok", ""),
        (CUT, "a = 1", "malformed", "truncated"),
        (f"{DIFF_TOKEN}@@ -9,0 +10 @@\n+a", "a", "malformed", "clipped_position"),
        (PROSE, "", "empty", "no_edit"),
        ("", "", "empty", ""),
        (None, "", "missing", ""),
    ],
)
def test_statuses(text: str | None, program: str, status: str, problems: str) -> None:
    out = resolve_generations({"generation": [text], "task_id": ["a"]})
    assert out == {
        "generation": [text], "task_id": ["a"], "program": [program],
        "resolve_status": [status], "resolve_problems": [problems],
    }  # fmt: skip


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n")), max_size=8))
def test_what_the_library_writes_is_read_exactly(lines: list[str]) -> None:
    sequence = EditSequence.from_deletions(
        Program(tuple(lines)), [[number] for number in range(len(lines))]
    )
    out = resolve_generations({"generation": [sequence.to_text()]}, eos=())
    assert out["program"] == ["\n".join(lines)]
    assert out["resolve_problems"] == [""]


@given(st.text())
def test_whatever_a_model_writes_gives_a_row(text: str) -> None:
    (program,) = resolve_generations({"generation": [text, None]})["program"][:1]
    assert isinstance(program, str)


def test_options_are_those_of_the_codec() -> None:
    bad = (
        f"{DIFF_TOKEN}@@ -0,0 +1 @@\n+a\n{DIFF_TOKEN}@@ nonsense\n+b\n{DIFF_TOKEN}@@ -1,0 +2 @@\n+c"
    )
    assert resolve_generations({"generation": [bad]})["program"] == ["a\nc\nb"]
    assert resolve_generations({"generation": [bad]}, policy="stop")["program"] == ["a"]
    with pytest.raises(DiffError, match="generation 1: "):
        resolve_generations({"generation": [GOOD, bad]}, policy="raise")
    with pytest.raises(ConfigError, match="policy"):
        resolve_generations({"generation": [bad]}, policy="guess")  # type: ignore[arg-type]
    marked = f"{DIFF_TOKEN}@@ -0,0 +1 @@\n+a STOP"
    assert resolve_generations({"generation": [marked]}, eos=["STOP"])["program"] == ["a "]
    assert resolve_generations({"generation": [marked]})["program"] == ["a STOP"]


def test_edits_may_start_from_a_program() -> None:
    edit = f"{DIFF_TOKEN}@@ -1,0 +2 @@\n+b"
    rows = {"generation": [edit, edit, PROSE], "state": ["a", None, "a"]}
    out = resolve_generations(rows, start_column="state", program_column="code")
    assert out["code"] == ["a\nb", "b", "a"]
    assert out["resolve_status"] == ["ok", "malformed", "malformed"]
    wide = {"generation": [[edit, edit]], "state": ["a"]}
    assert resolve_generations(wide, start_column="state")["program"] == [["a\nb", "a\nb"]]
    row = {"generation": edit, "state": "a"}
    assert resolve_generations(row, start_column="state")["program"] == "a\nb"


# --- rows ----------------------------------------------------------------------------


BEFORE = "\n".join(
    [*(f"a{number} = {number}" for number in range(8)), "x = 1", "y = 2", "print(x)"]
)
AFTER = BEFORE.replace("x = 1\ny = 2", "x = 3").replace("a0 = 0\n", "")


@pytest.mark.parametrize("edit_format", FORMS)
def test_what_is_written_for_two_versions(edit_format: str) -> None:
    pair = {"before": [BEFORE], "after": [AFTER]}
    made = revision_map(pair, linter="syntax", num_samples=2, edit_format=edit_format)
    rows = {"state": made["state"], "generation": [f"{t}<|im_end|>" for t in made["completion"]]}
    out = resolve_generations(rows, start_column="state", edit_format=edit_format)
    assert (out["program"], out["resolve_status"]) == ([AFTER] * 2, ["ok"] * 2)


@pytest.mark.parametrize("by", [-3, -1, 1, 2, 50])
def test_deletions_that_miss_by_some_lines(by: int) -> None:
    header = f"@@ -{max(9 + by, 1)},2 +{max(9 + by, 1)} @@"
    text = f"<|diff|>{header}\n-x = 1\n-y = 2\n+x = 3\n<|diff|>@@ -2 +1,0 @@\n-a0 = 0"
    rows = {"generation": [text], "state": [BEFORE]}
    out = resolve_generations(rows, start_column="state")
    assert out["program"] == [AFTER]
    assert out["resolve_status"] == ["malformed"]
    assert "moved" in out["resolve_problems"][0]


def test_datasets_of_any_kind() -> None:
    dataset = Dataset.from_dict({"generation": [GOOD, GOOD, PROSE, None, CUT]})
    expected = resolve_generations(dataset[:])["program"]
    statuses = ["ok", "ok", "empty", "missing", "malformed"]
    for out in (
        # one row at a time: the type of a column must not depend on the first rows
        dataset.map(resolve_generations, batched=True, batch_size=1),
        dataset.map(resolve_generations),
        dataset.map(resolve_generations, batched=True, num_proc=2),
        list(dataset.to_iterable_dataset().map(resolve_generations, batched=True)),
    ):
        rows = list(out)
        assert [row["program"] for row in rows] == expected
        assert [row["resolve_status"] for row in rows] == statuses
        counts = ResolveCounts.of(out)
        assert counts.statuses == {"ok": 2, "empty": 1, "missing": 1, "malformed": 1}
        assert counts.problems == {"no_edit": 1, "truncated": 1}
        assert counts.num_generations == 5


def test_chats_and_several_generations_in_a_row() -> None:
    chat = [{"role": "user", "content": "?"}, {"role": "assistant", "content": CUT}]
    empty = [{"role": "assistant", "content": None}]
    out = resolve_generations({"generation": [chat, [GOOD, PROSE], empty, [], [chat]]})
    whole = "a = 1\nb = a\nprint(b)"
    assert out["program"] == ["a = 1", [whole, ""], "", [], ["a = 1"]]
    parts = [{"role": "assistant", "content": [{"type": "text", "text": GOOD}, {"type": "image"}]}]
    assert resolve_generations({"generation": [parts]})["program"] == [whole]
    rows = [{name: out[name][row] for name in out} for row in range(5)]
    counts = ResolveCounts.of(rows)
    assert counts.statuses == {"malformed": 2, "ok": 1, "empty": 1, "missing": 1}
    assert counts + ResolveCounts() == counts
    assert (counts + counts).problems == {"truncated": 4, "no_edit": 2}
    assert counts.as_dict()["num_generations"] == 5


@pytest.mark.parametrize(
    ("batch", "problem"),
    [
        ({"text": ["a"]}, "no column 'generation'. Columns of the dataset: text"),
        ({"generation": [3]}, "holds int, not text"),
        ({"generation": b"a"}, "holds bytes, not text"),
        ({"generation": [{"content": 3}]}, "holds int, not text"),
    ],
)
def test_wrong_columns_are_named(batch: Any, problem: str) -> None:
    with pytest.raises(ColumnError, match=problem):
        resolve_generations(batch)


def test_programs_to_start_from_are_as_many_as_generations() -> None:
    rows = {"generation": [["a", "b"]], "state": [["x"]]}
    with pytest.raises(ColumnError, match="'state' holds 1 programs for 2 generations"):
        resolve_generations(rows, start_column="state")


def test_errors_name_the_columns_that_were_given() -> None:
    rows = {"text": [PROSE], "state": [3]}
    with pytest.raises(ColumnError, match="'state' holds int"):
        resolve_generations(rows, generation_column="text", start_column="state")
    with pytest.raises(ColumnError, match="'state' holds int"):
        resolve_generations(rows, generation_column="state")


def test_the_fingerprint_holds_the_versions() -> None:
    assert b"lintseq-datasets" in pickle.dumps(resolve_generations)
    copied = pickle.loads(pickle.dumps(resolve_generations))
    assert copied({"generation": [GOOD]}) == resolve_generations({"generation": [GOOD]})


# --- tokens --------------------------------------------------------------------------


def test_tokens_by_task() -> None:
    rows = [
        {"task_id": "b", "prompt": "write it", "generation": "a b c"},
        {"task_id": "a", "prompt": "do", "generation": ["a b", None, ""]},
        {"task_id": "b", "prompt": "write it now please", "generation": "a"},
    ]
    for source in (rows, Dataset.from_list([row for row in rows if row["task_id"] == "b"])):
        found = count_tokens(source, str.split)
        assert (found.task_ids[0], found.prompt[0], found.completion[0]) == ("b", 3.0, (3, 1))
    assert count_tokens(rows, str.split).completion == ((3, 1), (2, 0, 0))
    assert count_tokens(rows, len, prompt_column=None).prompt == (0, 0)
    both = count_tokens(rows, str.split).for_tasks(["a", "b"])
    assert both == TokenCounts(("a", "b"), (1, 3), ((2, 0, 0), (3, 1)))
    with pytest.raises(ConfigError, match="no tokens were counted for 'c'"):
        both.for_tasks(["a", "c"])
    with pytest.raises(ConfigError, match="no row"):
        count_tokens([], str.split)
    with pytest.raises(ConfigError, match="tokenizer"):
        count_tokens(rows, 3)
    with pytest.raises(ColumnError, match="no column 'prompt'"):
        count_tokens([{"task_id": "a", "generation": "b"}], str.split)
