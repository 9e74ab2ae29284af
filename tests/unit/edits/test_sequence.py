from __future__ import annotations

import pickle

import pytest

from lintseq_datasets.edits.edit import Edit, Hunk
from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.reading import resolve
from lintseq_datasets.edits.sequence import EditSequence, as_sequence
from lintseq_datasets.edits.training_text import DIFF_TOKEN, join_edits, split_edits
from lintseq_datasets.errors import ConfigError, DiffError

PROGRAM = Program.from_text("def f(x):\n    y = x\n    return y\nprint(f(1))")
DELETIONS = [[3], [1], [0, 2]]
TEXT = """\
<|diff|>@@ -0,0 +1,2 @@
+def f(x):
+    return y
<|diff|>@@ -1,0 +2 @@
+    y = x
<|diff|>@@ -3,0 +4 @@
+print(f(1))"""


def test_from_deletions() -> None:
    sequence = EditSequence.from_deletions(PROGRAM, DELETIONS)
    assert sequence.to_text() == str(sequence) == TEXT
    assert len(sequence) == 3
    assert sequence.resolve() == PROGRAM
    assert [state.text for state in sequence.states()] == [
        "def f(x):\n    return y",
        "def f(x):\n    y = x\n    return y",
        PROGRAM.text,
    ]


def test_from_text_and_from_edits() -> None:
    sequence = EditSequence.from_deletions(PROGRAM, DELETIONS)
    assert EditSequence.from_text(TEXT) == sequence
    assert EditSequence.from_edits([str(edit) for edit in sequence.edits]) == sequence
    assert pickle.loads(pickle.dumps(sequence)) == sequence


def test_empty() -> None:
    empty = EditSequence(())
    assert empty.to_text() == ""
    assert EditSequence.from_text("") == empty
    assert empty.resolve() == Program(())
    assert list(empty.states()) == []


def test_edits_that_change_nothing_survive() -> None:
    sequence = EditSequence((Edit((Hunk(0, 0, ("a",)),)), Edit(()), Edit(())))
    assert EditSequence.from_text(sequence.to_text()) == sequence
    assert len(list(sequence.states())) == 3


def test_the_token_may_be_a_line_of_the_program() -> None:
    program = Program.from_text("<|diff|>\n\n<|diff|>@@ -0,0 +1 @@")
    sequence = EditSequence.from_deletions(program, [[1], [0], [2]])
    assert EditSequence.from_text(sequence.to_text()) == sequence
    assert sequence.resolve() == program


@pytest.mark.parametrize(
    ("text", "edit", "problem"),
    [
        ("@@ -0,0 +1 @@\n+a", None, "does not start with <|diff|>"),
        ("\n<|diff|>@@ -0,0 +1 @@\n+a", None, "does not start with <|diff|>"),
        ("<|diff|>@@ -0,0 +1 @@\n+a\n<|diff|>+b", 1, "is no hunk header"),
        ("<|diff|>@@ -0,0 +1 @@\n+a\n", 0, "is no hunk header"),
    ],
)
def test_parse_errors(text: str, edit: int | None, problem: str) -> None:
    with pytest.raises(DiffError) as caught:
        EditSequence.from_text(text)
    assert caught.value.edit == edit
    assert problem in caught.value.problem


def test_an_edit_that_does_not_fit_is_named() -> None:
    sequence = EditSequence.from_text("<|diff|>@@ -0,0 +1 @@\n+a\n<|diff|>@@ -5,0 +6 @@\n+b")
    with pytest.raises(DiffError) as caught:
        sequence.resolve()
    assert (caught.value.edit, caught.value.hunk) == (1, 0)


def test_join_and_split() -> None:
    assert split_edits(join_edits(["a", "", "b"])) == ["a", "", "b"]
    assert join_edits(["a", "b"]) == f"{DIFF_TOKEN}a\n{DIFF_TOKEN}b"


# --- from a state --------------------------------------------------------------------


def test_what_no_deletion_holds_is_the_start() -> None:
    program = Program.from_text("a\nb\nc\nd")
    sequence = EditSequence.from_deletions(program, [[2], [0]])
    assert sequence.start == Program(("b", "d"))
    assert [state.text for state in sequence.states()] == ["a\nb\nd", "a\nb\nc\nd"]
    assert sequence.to_text() == "<|diff|>@@ -0,0 +1 @@\n+a\n<|diff|>@@ -2,0 +3 @@\n+c"
    assert EditSequence.from_text(sequence.to_text(), "b\nd") == sequence
    assert EditSequence.from_text(sequence.to_text()) != sequence
    assert EditSequence.from_deletions(program, []) == EditSequence((), program)
    assert EditSequence((), program).resolve() == program


@pytest.mark.parametrize("count", range(4))
def test_the_rest_of_a_sequence(count: int) -> None:
    program = Program.from_text("a\n\nc")
    whole = EditSequence.from_deletions(program, [[1], [0], [2]])
    rest = whole.after(count)
    assert rest.start == [Program(()), *whole.states()][count]
    assert (rest.edits, rest.resolve()) == (whole.edits[count:], program)
    assert rest.after(0) == rest


def test_any_form_of_a_sequence() -> None:
    edits = ["@@ -1,0 +2 @@\n+b"]
    sequence = EditSequence.from_edits(edits, "a")
    assert as_sequence(sequence) is sequence
    assert as_sequence(edits, "a") == as_sequence(join_edits(edits), Program(("a",))) == sequence
    assert as_sequence(sequence, "x").resolve().text == "x\nb"
    assert as_sequence(edits).start == Program(())


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (5, "edits: is int: give a training text, a list of printed edits, or an EditSequence"),
        (b"x", "edits: is bytes: give"),
        (None, "edits: is None, as in a row without a sequence: take rows whose status is 'ok'"),
        (["@@ -0,0 +1 @@\n+a", 5], r"edits\[1\]: is int, not text: give a str"),
    ],
)
def test_what_is_no_text_is_refused_with_what_to_give(
    value: object, problem: str, strict: bool
) -> None:
    with pytest.raises(ConfigError, match=problem):
        resolve(value, strict=strict)  # type: ignore[arg-type]


def test_text_and_list_are_not_taken_for_each_other() -> None:
    with pytest.raises(ConfigError, match="is one text: EditSequence"):
        EditSequence.from_edits(TEXT)
    with pytest.raises(ConfigError, match="text: is list, not text"):
        EditSequence.from_text([TEXT])  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="start: is int, not text"):
        resolve(TEXT, start=5)  # type: ignore[arg-type]
