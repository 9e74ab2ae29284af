"""Exactness of programs, edits and edit sequences on generated programs."""

from __future__ import annotations

import difflib
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lintseq_datasets.edits.edit import Edit
from lintseq_datasets.edits.program import Program, mask_bits, mask_lines, normalize
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import DiffError, ProgramError
from tests.property.strategies import deletions_of, lines, programs_with_deletions, texts


@given(programs_with_deletions())
def test_sequences_are_exact_and_only_insert(case: tuple[Program, list[list[int]]]) -> None:
    program, deletions = case
    sequence = EditSequence.from_deletions(program, deletions)
    assert sequence.resolve().text == program.text
    assert len(sequence) == len(deletions)
    assert all(hunk.is_insertion for edit in sequence.edits for hunk in edit.hunks)
    assert all(edit.is_insertion for edit in sequence.edits)


@given(programs_with_deletions())
def test_states_are_what_the_deletions_leave(case: tuple[Program, list[list[int]]]) -> None:
    program, deletions = case
    kept = set(range(len(program)))
    expected = []
    for deleted in deletions:
        expected.append(Program(tuple(program.lines[line] for line in sorted(kept))))
        kept -= set(deleted)
    states = list(EditSequence.from_deletions(program, deletions).states())
    assert states == expected[::-1]


@given(programs_with_deletions())
def test_states_grow_by_the_inserted_lines(case: tuple[Program, list[list[int]]]) -> None:
    program, deletions = case
    sequence = EditSequence.from_deletions(program, deletions)
    before = 0
    for edit, state, deleted in zip(
        sequence.edits, sequence.states(), reversed(deletions), strict=True
    ):
        assert len(state) == before + edit.num_added
        assert edit.num_added == len(deleted)
        inserted = [line for hunk in edit.hunks for line in hunk.added]
        assert inserted == [program.lines[line] for line in deleted]
        before = len(state)


@given(programs_with_deletions())
def test_text_form_is_exact(case: tuple[Program, list[list[int]]]) -> None:
    sequence = EditSequence.from_deletions(*case)
    assert EditSequence.from_text(sequence.to_text()) == sequence
    assert EditSequence.from_edits(map(str, sequence.edits)) == sequence


@given(programs_with_deletions())
def test_hunks_are_ordered_and_apart(case: tuple[Program, list[list[int]]]) -> None:
    for edit in EditSequence.from_deletions(*case).edits:
        starts = [hunk.old_start for hunk in edit.hunks]
        assert starts == sorted(set(starts))


@st.composite
def _distinct_lines(draw: st.DrawFn) -> tuple[Program, list[list[int]]]:
    program = Program(tuple(draw(st.lists(lines, min_size=1, max_size=24, unique=True))))
    return program, draw(deletions_of(len(program)))


@given(_distinct_lines())
def test_printed_as_difflib_prints(case: tuple[Program, list[list[int]]]) -> None:
    sequence = EditSequence.from_deletions(*case)
    before: tuple[str, ...] = ()
    for edit, state in zip(sequence.edits, sequence.states(), strict=True):
        printed = list(difflib.unified_diff(before, state.lines, n=0, lineterm=""))
        assert str(edit).split("\n") == "\n".join(printed[2:]).split("\n")
        before = state.lines


@given(st.lists(lines, max_size=10, unique=True), st.lists(lines, max_size=10, unique=True))
def test_any_printed_diff_is_read_and_applied(old: list[str], new: list[str]) -> None:
    printed = "\n".join(list(difflib.unified_diff(old, new, n=0, lineterm=""))[2:])
    edit = Edit.from_text(printed)
    assert edit.apply(old) == tuple(new)
    assert str(edit) == printed


@given(programs_with_deletions(), st.data())
@settings(max_examples=400)
def test_a_damaged_text_is_refused_or_read_as_it_stands(
    case: tuple[Program, list[list[int]]], data: st.DataObject
) -> None:
    text = EditSequence.from_deletions(*case).to_text()
    damaged = data.draw(_damaged(text))
    try:
        sequence = EditSequence.from_text(damaged)
        assert sequence.to_text() == damaged
        program = sequence.resolve()
    except DiffError:
        return
    sizes = [len(state) for state in sequence.states()]
    added = sum(edit.num_added for edit in sequence.edits)
    removed = sum(len(hunk.removed) for edit in sequence.edits for hunk in edit.hunks)
    assert len(program) == added - removed == (sizes[-1] if sizes else 0)


@st.composite
def _damaged(draw: st.DrawFn, text: str) -> str:
    if draw(st.booleans()):  # another way to write a number of a header
        numbers = list(re.finditer(r"\d+(?=[ ,])", text))
        number = draw(st.sampled_from(numbers))
        other = draw(
            st.sampled_from(["0{}", "{},1", "{},0", "+{}", "{} ", "\u0661", "1", "0", "2"])
        )
        return text[: number.start()] + other.format(number[0]) + text[number.end() :]
    start = draw(st.integers(0, len(text)))
    length = draw(st.integers(0, 3))
    piece = draw(
        st.one_of(
            st.text("+-@ ,0123456789<|diff>\n\u0663", max_size=3),
            st.sampled_from(["\n+x", "\n-x", "<|diff|>", "\n<|diff|>", "@@ -0,0 +1 @@\n+x"]),
        )
    )
    if draw(st.booleans()):  # damage a header: that is where a wrong place would hide
        headers = [index for index in range(len(text)) if text.startswith("@@ -", index)]
        start = draw(st.sampled_from(headers or [0])) + draw(st.integers(3, 14))
    return text[:start] + piece + text[start + length :]


@given(st.integers(0, 2**70 - 1))
def test_masks_say_which_lines(mask: int) -> None:
    assert sum(1 << line for line in mask_lines(mask)) == mask
    assert [line for line, bit in enumerate(mask_bits(mask)) if bit] == mask_lines(mask)


@given(st.text())
def test_program_text_is_exact(text: str) -> None:
    program = Program.from_text(text)
    assert program.text == text
    assert not any("\n" in line for line in program.lines)


@given(texts)
@example("\ufeff\ufeffx")
@example("x\n\u2028\n\x0c")
def test_normalize(text: str) -> None:
    if "\x00" in text or any(0xD800 <= ord(character) < 0xE000 for character in text):
        with pytest.raises(ProgramError, match=r"^(nul_character|lone_surrogate): "):
            normalize(text)
        return
    normalized = normalize(text)
    assert normalize(normalized) == normalized
    assert "\r" not in normalized
    assert not normalized.startswith("\ufeff")
    assert not normalized or not normalized.split("\n")[-1].isspace()
    assert not normalized.endswith("\n")
    unified = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    assert unified.startswith(normalized)
    assert not unified[len(normalized) :].strip()
