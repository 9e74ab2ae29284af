"""Prompts: of an instruction, of a program state, and for an edit at a place."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.prompts import begin_edit, edit_prompt, prompt_of, split_prompt
from lintseq_datasets.edits.reading import resolve_generation
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.edits.styles import encode
from lintseq_datasets.errors import ConfigError, DiffError
from tests.property.strategies import programs_with_deletions
from tests.unit.edits.reading.test_tolerant import real_texts

# --- states in prompts ---------------------------------------------------------------

PIECES = ["```", "```python", "````", "````python", "`", "x", "", "\n", "\n", " ", "~~~", "\r", "é"]
some_text = st.lists(st.sampled_from(PIECES), max_size=10).map("".join)


@given(some_text, some_text)
@example("Fix this:\n```python\nx\n```", "")
@example("Fix this:\n```python\nx\n```", "```")
@example("", "a\n")
@example("", "\n")
@example("x", "``````python\n")
def test_states_are_recovered_exactly(instruction: str, state: str) -> None:
    prompt = prompt_of(instruction, state=state)
    plain = prompt_of(instruction)
    assert plain in (instruction, instruction + "\n")
    assert split_prompt(prompt) == (plain, state)
    assert split_prompt(prompt.removesuffix("\n"))[1] == state
    assert prompt.startswith(plain)
    assert state in prompt


def test_the_form_of_a_state() -> None:
    assert prompt_of("Go on.", state="a = 1\n\nb = 2") == (
        "Go on.\n```python\na = 1\n\nb = 2\n```\n"
    )
    assert prompt_of("", state="```\nx") == "````python\n```\nx\n````\n"
    assert prompt_of("Go on.", state="") == prompt_of("Go on.") == "Go on.\n"
    # an instruction that looks as if it ended in a state
    quoted = "Fix this:\n```python\nx\n```"
    assert prompt_of(quoted, state="") == quoted + "\n```python\n```\n"
    assert prompt_of(quoted) == quoted + "\n"
    assert split_prompt("Look:\n```\nx\n```\n") == ("Look:\n```\nx\n```\n", "")


def test_the_reference_style_has_no_states() -> None:
    assert prompt_of("Go on.", "reference", state="") == "Go on."
    with pytest.raises(ConfigError, match="style: 'reference' has no form"):
        prompt_of("Go on.", "reference", state="x")


# --- an edit at a place --------------------------------------------------------------


def place(sequence: EditSequence, count: int) -> tuple[int, int]:
    """Where the first hunk of an edit goes, and how many lines it has."""
    hunk = sequence.edits[count].hunks[0]
    return hunk.old_start, len(hunk.added)


def head(sequence: EditSequence, count: int) -> EditSequence:
    return EditSequence(sequence.edits[:count], sequence.start)


def check_continuation(sequence: EditSequence, count: int) -> None:
    text = encode(sequence)
    line, size = place(sequence, count)
    for options in ({}, {"after_line": line}, {"after_line": line, "num_lines": size}):
        begun = begin_edit(head(sequence, count), **options)
        assert text.startswith(begun)
        done = resolve_generation(begun + text[len(begun) :], start=sequence.start, eos=())
        assert (done.edits, done.report.is_clean) == (sequence, True)


def test_real_texts_go_on_from_any_edit() -> None:
    checked = 0
    for text, program in real_texts():
        sequence = EditSequence.from_text(text)
        for count in range(len(sequence)):
            check_continuation(sequence, count)
            so_far = encode(head(sequence, count))
            prompt = edit_prompt("Do it.", so_far, after_line=place(sequence, count)[0])
            written = text[len(prompt) - len("Do it.\n") :]
            done = resolve_generation(prompt + written)
            assert (done.program, done.report.is_clean) == (program, True)
            checked += 1
    assert checked > 200


@given(programs_with_deletions(), st.integers(0, 30), st.integers(0, 30))
def test_any_text_goes_on_from_any_edit(
    case: tuple[Program, list[list[int]]], first: int, count: int
) -> None:
    sequence = EditSequence.from_deletions(*case)
    sequence = sequence.after(first % len(sequence))
    check_continuation(sequence, count % len(sequence))


def test_the_state_is_part_of_the_prompt() -> None:
    sequence = EditSequence.from_edits(["@@ -1,0 +2 @@\n+b"], "a")
    expected = "Go on.\n```python\na\n```\n<|diff|>@@ -1,0 +2 @@\n+b\n<|diff|>@@ -2,0 +3"
    assert edit_prompt("Go on.", sequence, after_line=2) == expected
    assert edit_prompt("Go on.", ["@@ -1,0 +2 @@\n+b"], after_line=2, start="a") == expected
    assert edit_prompt("Go on.") == edit_prompt("Go on.", start="") == "Go on.\n<|diff|>"
    quoted = "Fix this:\n```python\nx\n```\n"
    assert edit_prompt(quoted) == quoted + "<|diff|>"
    assert edit_prompt(quoted, start="") == quoted + "```python\n```\n<|diff|>"
    done = resolve_generation(expected + " @@\n+c", start="a")
    assert (done.program, done.report.is_clean) == ("a\nb\nc", True)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"after_line": 2}, "after_line: 2 is no line of the program so far, which has 1"),
        ({"after_line": -1}, "after_line: -1 is no line"),
        ({"after_line": True}, "after_line: True is no number of lines"),
        ({"after_line": "1"}, "after_line: '1' is no number of lines"),
        ({"after_line": 1, "num_lines": 2.0}, "num_lines: 2.0 is no number of lines"),
        ({"after_line": 1, "num_lines": 0}, "num_lines: 0 is less than 1"),
        ({"num_lines": 1}, "num_lines: needs to be told where"),
    ],
)
def test_places_that_do_not_exist(options: dict[str, int], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        begin_edit("<|diff|>@@ -0,0 +1 @@\n+a", **options)


def test_edits_so_far_must_fit() -> None:
    for edits in ("nonsense", ["@@ -5,0 +6 @@\n+a"]):
        with pytest.raises(DiffError):
            edit_prompt("", edits, after_line=0)
