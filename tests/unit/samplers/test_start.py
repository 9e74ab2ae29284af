"""Sequences that start from a state: one between their edits, or one that is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lintseq_datasets.edits.program import Program, mask_lines
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import LinterError, ProgramError
from lintseq_datasets.languages.base import Structure
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.languages.python.structure import python_structure
from lintseq_datasets.linters.base import LintMessage, LintResult
from lintseq_datasets.linters.syntax import SyntaxLinter
from lintseq_datasets.samplers.config import LintSeqConfig, RandSeqConfig
from lintseq_datasets.samplers.lintseq import (
    Outcome,
    Target,
    backward_sampling,
    sample_lintseq,
)
from lintseq_datasets.samplers.randseq import sample_randseq
from lintseq_datasets.samplers.start import find_start
from tests.property.strategies import programs, python_programs
from tests.property.test_samplers import _toy_programs
from tests.unit.samplers.toy import BatchToy, Rule, Toy, erratic, needs, plain_structure

# --- sampled states ------------------------------------------------------------------

LINES = Program.from_text("a\nb\nc\nd\ne")


def sampled(**options: object) -> tuple[tuple[EditSequence, ...], tuple[EditSequence, ...]]:
    """Sequences of a program, and the same that start from a state."""
    found = []
    for start in ("empty", "random_state"):
        config = LintSeqConfig(start=start, **options)  # type: ignore[arg-type]
        (outcome,) = sample_lintseq([(LINES, plain_structure(5))], config, Toy())
        assert isinstance(outcome, tuple)
        found.append(outcome)
    return found[0], found[1]


def test_a_sampled_state_is_one_of_the_same_sequence() -> None:
    for whole, rest in zip(*sampled(num_samples=50), strict=True):
        states = list(whole.states())
        count = len(whole) - len(rest)
        assert 0 < count < len(whole)
        assert rest.start == states[count - 1]
        assert rest.edits == whole.edits[count:]
        assert rest.resolve() == LINES


def test_states_are_drawn_uniformly() -> None:
    wholes, rests = sampled(num_samples=2000)
    assert {len(whole) for whole in wholes} == {5}
    counts = Counter(len(rest) for rest in rests)
    assert set(counts) == {1, 2, 3, 4}
    assert sum((count - 500) ** 2 / 500 for count in counts.values()) < 21.1  # 0.9999, 3 degrees


def test_states_are_drawn_independently_of_the_sequence() -> None:
    pairs = zip(*sampled(num_samples=1000), strict=True)
    found = {(str(whole.edits[-1]), len(rest)) for whole, rest in pairs}
    assert len(found) == 5 * 4  # any first deletion with any cut


def test_states_are_drawn_afresh_by_seed_and_epoch_and_sample() -> None:
    lengths = {
        tuple(len(rest) for rest in sampled(num_samples=8, seed=seed, epoch=epoch)[1])
        for seed, epoch in ((0, 0), (0, 1), (1, 0))
    }
    assert len(lengths) == 3
    assert all(len(set(found)) > 1 for found in lengths)
    again = sampled(num_samples=3)[1]
    assert again == sampled(num_samples=8)[1][:3]


def test_a_sequence_of_one_edit_starts_from_the_empty_program() -> None:
    for program in (Program(("a",)), Program(("", "a"))):
        # the state of a single empty line cannot be told from the empty program
        outcome = sample_randseq(program, RandSeqConfig(start="random_state", num_samples=30))
        assert isinstance(outcome, tuple)
        for sequence in outcome:
            assert sequence.start.lines in ((), ("a",))
            assert sequence.resolve() == program


def test_segments_are_drawn_uniformly() -> None:
    for states, part in zip(
        (list(whole.states()) for whole in sampled(num_samples=200)[0]),
        segments(num_samples=200),
        strict=True,
    ):
        assert part.resolve() in states
        assert part.start in (Program(()), *states)
    counts = Counter((len(part.start), len(part.resolve())) for part in segments(num_samples=3000))
    assert set(counts) == set(combinations(range(6), 2))
    assert sum((count - 200) ** 2 / 200 for count in counts.values()) < 42.6  # 0.9999, 14 degrees


def segments(**options: object) -> tuple[EditSequence, ...]:
    config = LintSeqConfig(start="segment", **options)  # type: ignore[arg-type]
    (outcome,) = sample_lintseq([(LINES, plain_structure(5))], config, Toy())
    assert isinstance(outcome, tuple)
    return outcome


@settings(max_examples=100)
@given(st.lists(st.sampled_from(["", "a", "b"]), min_size=1, max_size=7), st.integers(0, 9))
def test_the_lines_of_a_segment_are_known(lines: list[str], seed: int) -> None:
    program = Program((*lines, "a"))
    outcome = sample_randseq(program, RandSeqConfig(start="segment", seed=seed, num_samples=8))
    assert isinstance(outcome, tuple)
    for part in outcome:
        states = [part.start, *part.states()]
        kept = [program.keep(mask) for mask in part.kept_lines(program)]
        assert kept[::-1] == [state for state in states if state not in (Program(()), program)]
        assert all(state.text or not state.lines for state in (states[0], states[-1]))


def test_unique_means_that_what_is_left_differs() -> None:
    config = RandSeqConfig(start="random_state", unique=True, num_samples=6)
    outcome = sample_randseq(Program(("a", "b")), config)
    assert isinstance(outcome, tuple)
    assert sorted(sequence.to_text() for sequence in outcome) == [
        "<|diff|>@@ -0,0 +1 @@\n+a", "<|diff|>@@ -1,0 +2 @@\n+b",
    ]  # fmt: skip


# --- where a given state is ----------------------------------------------------------


def hunks(places: Sequence[int], length: int) -> int:
    """Hunks that write the other lines."""
    others = [number for number in range(length) if number not in places]
    return sum(1 for number in others if number - 1 not in others)


def every_way(state: Sequence[str], lines: Sequence[str]) -> Iterator[tuple[int, ...]]:
    for places in combinations(range(len(lines)), len(state)):
        if [lines[place] for place in places] == list(state):
            yield places


@settings(max_examples=300)
@given(st.lists(st.sampled_from(["", "a", "b"]), max_size=9), st.data())
def test_the_fewest_hunks_and_then_the_last_lines(lines: list[str], data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
    state = [line for line, stays in zip(lines, kept, strict=True) if stays]
    if len(state) == len(lines):
        return
    found = mask_lines(find_start(Program(tuple(state)), Program(tuple(lines))))
    best = min(
        every_way(state, lines),
        key=lambda places: (hunks(places, len(lines)), [-place for place in reversed(places)]),
    )
    assert tuple(found) == best


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(["", "a", "b"]), max_size=7),
    st.lists(st.sampled_from(["", "a", "b"]), max_size=4),
)
def test_states_that_are_not_contained(lines: list[str], state: list[str]) -> None:
    contained = next(every_way(state, lines), None) is not None
    if contained and lines != state:
        find_start(Program(tuple(state)), Program(tuple(lines)))
        return
    reason = "state_is_program" if lines == state else "state_not_contained"
    with pytest.raises(ProgramError, match=reason):
        find_start(Program(tuple(state)), Program(tuple(lines)))


def test_blank_lines_stay_with_the_code_below() -> None:
    program = Program.from_text("import os\n\n\ndef f():\n    pass\n\n\nprint(os)")
    state = Program.from_text("import os\n\n\nprint(os)")
    assert mask_lines(find_start(state, program)) == [0, 5, 6, 7]


def test_a_state_of_many_equal_lines() -> None:
    program, state = Program(("x",) * 3000), Program(("x",) * 2990)
    assert mask_lines(find_start(state, program)) == list(range(10, 3000))


# --- backward sampling to a given state ----------------------------------------------


def sample(
    program: Program, state: Program, structure: Structure, rule: Rule = needs, **options: object
) -> Outcome:
    config = LintSeqConfig(start="given", **options)  # type: ignore[arg-type]
    target = Target(program, structure, find_start(state, program))
    lockstep, one_by_one = (
        sample_lintseq([target], config, linter)[0] for linter in (Toy(rule), BatchToy(rule))
    )
    if isinstance(lockstep, tuple):
        assert lockstep == one_by_one
        for sequence in lockstep:
            assert (sequence.start, sequence.resolve()) == (state, program)
            assert all(edit.is_insertion and edit.hunks for edit in sequence.edits)
    else:
        assert str(lockstep) == str(one_by_one)
    return lockstep


def sequences(*args: object, **options: object) -> tuple[EditSequence, ...]:
    outcome = sample(*args, **options)  # type: ignore[arg-type]
    assert isinstance(outcome, tuple), outcome
    return outcome


def last_edit(sequence: EditSequence) -> tuple[str, ...]:
    return tuple(line for hunk in sequence.edits[-1].hunks for line in hunk.added)


CHAIN = Program.from_text("a\nb a\nc b\nd\ne d")


def test_no_line_of_the_state_is_deleted() -> None:
    state = Program.from_text("a\nd")
    found = sequences(CHAIN, state, plain_structure(5), num_samples=100)
    assert {last_edit(sequence) for sequence in found} == {("b a", "c b"), ("c b",), ("e d",)}


def test_the_others_are_drawn_uniformly() -> None:
    found = sequences(CHAIN, Program(("a",)), plain_structure(5), num_samples=2000)
    counts = Counter(last_edit(sequence) for sequence in found)
    assert set(counts) == {("b a", "c b"), ("c b",), ("d", "e d"), ("e d",)}
    assert sum((count - 500) ** 2 / 500 for count in counts.values()) < 21.1


def test_something_else_is_drawn_where_a_deletion_would_take_the_state() -> None:
    # whoever deletes q has p complained about, which is of the state
    def rule(lines: Sequence[str]) -> LintResult:
        found = needs([line for line in lines if line != "q"])
        if "q" not in lines and "r" in lines:
            found = (*found, *needs(["p x"])) if isinstance(found, tuple) else found
        return found

    program = Program.from_text("p\nq\nr\ns")
    found = sequences(program, Program(("p",)), plain_structure(4), rule, num_samples=300)
    firsts = Counter(last_edit(sequence) for sequence in found)
    assert set(firsts) == {("r",), ("s",)}  # q goes only when r is gone
    assert abs(firsts["r",] - 150) < 50
    assert all(len(sequence) == 3 for sequence in found)


def test_what_was_given_up_is_drawn_again_after_a_deletion() -> None:
    questions = backward_sampling(plain_structure(4), iter([0.0] * 9), start=0b0001)
    assert next(questions) == 0b1101  # without q
    assert questions.send(0b0001) == 0b1011  # which p needs, so without r
    assert questions.send(0) == 0b1001  # now q is the first one again
    assert questions.send(0) == 0b0001
    with pytest.raises(StopIteration) as end:
        questions.send(0)
    assert end.value.value == [0b0100, 0b0010, 0b1000]


def test_draws_do_not_run_out() -> None:
    # p needs q as long as r or s is there
    def rule(lines: Sequence[str]) -> LintResult:
        is_needed = "q" not in lines and {"r", "s"} & set(lines)
        return (LintMessage("T", 1, 0),) if is_needed and lines[0] == "p" else ()

    program = Program(tuple("pqrst"))
    structure = plain_structure(5, drawable=(1, 2, 3, 4), weights=(1.0,) * 4)
    found = sequences(program, Program(("p",)), structure, rule, num_samples=300)
    assert {len(sequence) for sequence in found} == {4}


def test_an_error_in_a_comment_of_the_state() -> None:
    def rule(lines: Sequence[str]) -> LintResult:
        return () if "b" in lines else (LintMessage("T", 1, 0),)

    structure = plain_structure(3, silent=0b001)
    for sequence in sequences(Program(("#", "b", "c")), Program(("#", "b")), structure, rule):
        assert len(sequence) == 1
    outcome = sample(Program(("#", "b", "c")), Program(("#",)), structure, rule)
    assert isinstance(outcome, ProgramError)

    def unless_c(lines: Sequence[str]) -> LintResult:  # b cannot go while c is there
        return (LintMessage("T", 1, 0),) if "b" not in lines and "c" in lines else ()

    found = sequences(Program(("#", "b", "c")), Program(("#",)), structure, unless_c)
    assert {last_edit(sequence) for sequence in found} == {("c",)}


def test_a_given_state_is_not_certain_to_parse() -> None:
    asked: list[tuple[str, bool]] = []

    class Batches(SyntaxLinter):
        def lint_batch(self, texts: Sequence[str], parses: Sequence[bool]) -> list[LintResult]:
            asked.extend(zip(texts, parses, strict=True))
            return self.lint(texts)

    program = Program.from_text("if a:\n    b = 1\nc = 2")
    for state, reason in (("    b = 1", "state_has_errors"), ("c = 2", None)):
        target = Target(
            program, python_structure(PythonSource(program.text)), 0b010 if reason else 0b100
        )
        (outcome,) = sample_lintseq([target], LintSeqConfig(num_samples=1), Batches())
        assert getattr(outcome, "reason", None) == reason
        assert (state, False) in asked


def test_what_cannot_be_deleted_is_written_by_the_first_edit() -> None:
    # c takes the line of the state along, so it is never drawn
    structure = plain_structure(4, takes=(1, 2, 4 | 1, 8))
    program = Program.from_text("a\nb\nc\nd")
    for sequence in sequences(program, Program(("a",)), structure, num_samples=20):
        states = [state.text for state in sequence.states()]
        assert states[0] == "a\nc"
        assert len(states) == 3
    nothing = plain_structure(3, takes=(1, 2 | 1, 4 | 1))
    for sequence in sequences(Program(("a", "b", "c")), Program(("a",)), nothing, num_samples=3):
        assert len(sequence) == 1


def test_comments_and_blank_lines_of_the_state_stay_where_they_are() -> None:
    program = Program.from_text("x = 1\n# about f\n\ndef f():\n    return x\nprint(x)\ny = 2")
    state = Program.from_text("x = 1\n# about f\n\nprint(x)")
    structure = python_structure(PythonSource(program.text))
    assert structure.takes[3] & 0b110  # they ride with f
    config = LintSeqConfig(start="given", num_samples=20)
    target = Target(program, structure, find_start(state, program))
    (outcome,) = sample_lintseq([target], config, SyntaxLinter())
    assert isinstance(outcome, tuple)
    function = ("def f():", "    return x")
    assert {last_edit(sequence) for sequence in outcome} == {function, ("y = 2",)}


def test_a_state_with_errors_of_its_own() -> None:
    outcome = sample(CHAIN, Program.from_text("b a\nd"), plain_structure(5))
    assert isinstance(outcome, ProgramError)
    assert (outcome.reason, outcome.detail) == ("state_has_errors", "in lines 2 of the program")


def test_errors_that_the_program_has_are_forgiven_or_not() -> None:
    program, state = Program.from_text("a zz\nb a\nc"), Program.from_text("a zz")
    assert len(sequences(program, state, plain_structure(3), num_samples=9)) == 9
    outcome = sample(program, state, plain_structure(3), forgive_own_errors=False)
    assert isinstance(outcome, ProgramError)


def test_no_verdict_on_the_state() -> None:
    def rule(lines: Sequence[str]) -> LintResult:
        return LinterError("linter_crash", "toy 1") if lines == ["a"] else needs(lines)

    outcome = sample(CHAIN, Program(("a",)), plain_structure(5), rule)
    assert isinstance(outcome, LinterError)


def test_an_empty_state_is_none() -> None:
    found = sequences(CHAIN, Program(()), plain_structure(5), num_samples=20)
    plain = sample_lintseq([(CHAIN, plain_structure(5))], LintSeqConfig(num_samples=20), Toy())
    assert [found] == plain


def contained_state(program: Program, data: st.DataObject) -> Program:
    keeps = st.lists(st.booleans(), min_size=len(program), max_size=len(program))
    kept = data.draw(keeps)
    return Program(tuple(x for x, stays in zip(program.lines, kept, strict=True) if stays))


@settings(max_examples=150)
@given(_toy_programs(), st.data(), st.booleans(), st.integers(0, 9))
def test_toy_programs(
    case: tuple[Program, Structure], data: st.DataObject, is_erratic: bool, seed: int
) -> None:
    program, structure = case
    state = contained_state(program, data)
    if state == program:
        return
    rule = erratic if is_erratic else needs
    outcome = sample(program, state, structure, rule, seed=seed, num_samples=3)
    if is_erratic or not isinstance(outcome, tuple):
        return
    own = Counter((message.id, message.column) for message in needs(program.lines))  # type: ignore[union-attr]
    for sequence in outcome:
        for one in [sequence.start, *sequence.states()]:
            found = needs(one.lines)
            assert not Counter((m.id, m.column) for m in found) - own  # type: ignore[union-attr]


@settings(max_examples=60)
@given(python_programs, st.integers(0, 99))
def test_states_of_python_programs_are_found_again(program: Program, seed: int) -> None:
    structure = python_structure(PythonSource(program.text))
    config = LintSeqConfig(num_samples=2, seed=seed, start="random_state")
    (outcome,) = sample_lintseq([(program, structure)], config, SyntaxLinter())
    assert isinstance(outcome, tuple)
    for sequence in outcome:
        assert sequence.resolve() == program
        start = find_start(sequence.start, program)
        target = Target(program, structure, start)
        (again,) = sample_lintseq([target], config, SyntaxLinter())
        assert isinstance(again, tuple)
        for other in again:
            assert other.resolve() == program
            assert SyntaxLinter().lint([state.text for state in other.states()]) == [
                () for _ in other.edits
            ]


@settings(max_examples=100)
@given(programs, st.data(), st.integers(0, 99))
def test_randseq(program: Program, data: st.DataObject, seed: int) -> None:
    state = contained_state(program, data)
    if state == program:
        return
    start = find_start(state, program)
    outcome = sample_randseq(program, RandSeqConfig(num_samples=3, seed=seed), start)
    assert isinstance(outcome, tuple)
    for sequence in outcome:
        assert (sequence.start, sequence.resolve()) == (state, program)
        assert all(edit.is_insertion and edit.num_added for edit in sequence.edits)
        assert 1 <= len(sequence) <= len(program) - len(state)


def test_randseq_counts_the_other_lines() -> None:
    program = Program(tuple("abcdefgh"))
    start = find_start(Program(tuple("abcd")), program)
    outcome = sample_randseq(program, RandSeqConfig(num_samples=3000), start)
    assert isinstance(outcome, tuple)
    mean = sum(map(len, outcome)) / len(outcome)
    assert abs(mean - (1 + 1 + 1 / 2 + 1 / 3)) < 0.06  # 1 + H(3)
