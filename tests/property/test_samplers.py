"""Both samplers on generated programs."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from lintseq_datasets.edits.program import Program
from lintseq_datasets.languages.base import Structure
from lintseq_datasets.languages.python.parsing import is_python
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.languages.python.structure import python_structure
from lintseq_datasets.linters.base import LintMessage
from lintseq_datasets.linters.syntax import SyntaxLinter
from lintseq_datasets.samplers.config import LintSeqConfig, RandSeqConfig
from lintseq_datasets.samplers.lintseq import sample_lintseq
from lintseq_datasets.samplers.randseq import sample_randseq
from tests.property.strategies import programs, python_programs
from tests.unit.samplers.toy import BatchToy, Toy, erratic, needs

_names = st.sampled_from("abcde")


@st.composite
def _toy_programs(draw: st.DrawFn) -> tuple[Program, Structure]:
    """Lines that provide and need names, with what some lines take along."""
    lines = draw(
        st.lists(st.lists(_names, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=12)
    )
    count = len(lines)
    drawable = tuple(sorted(draw(st.sets(st.integers(0, count - 1), min_size=1))))
    weights = tuple(draw(st.floats(0.1, 5)) for _ in drawable)
    takes = tuple(
        1 << line | draw(st.integers(0, (1 << count) - 1).map(lambda mask, k=line: mask >> k << k))
        if draw(st.integers(0, 3)) == 0
        else 1 << line
        for line in range(count)
    )
    structure = Structure(count, drawable, weights, takes, is_uniform=draw(st.booleans()))
    return Program(tuple(lines)), structure


def _key(messages: object) -> Counter[tuple[str, int]]:
    assert isinstance(messages, tuple)
    return Counter((message.id, message.column) for message in messages)


@given(st.lists(_toy_programs(), min_size=1, max_size=3), st.booleans(), st.integers(0, 9))
@settings(max_examples=60)
def test_toy_programs(cases: list[tuple[Program, Structure]], forgive: bool, seed: int) -> None:
    config = LintSeqConfig(num_samples=3, seed=seed, forgive_own_errors=forgive)
    lockstep = sample_lintseq(cases, config, Toy())
    assert lockstep == sample_lintseq(cases, config, BatchToy())
    for (program, _), outcome in zip(cases, lockstep, strict=True):
        assert isinstance(outcome, tuple)
        for sequence in outcome:
            assert sequence.resolve() == program
            own = _key(needs(program.lines)) if forgive else Counter()
            for state in list(sequence.states())[:-1]:
                assert not _key(needs(state.lines)) - own


@given(_toy_programs(), st.booleans())
@settings(max_examples=40)
def test_an_erratic_linter_does_not_break_exactness(
    case: tuple[Program, Structure], unique: bool
) -> None:
    config = LintSeqConfig(num_samples=4, unique=unique)
    (outcome,) = sample_lintseq([case], config, Toy(erratic))
    assert isinstance(outcome, tuple)
    assert [outcome] == sample_lintseq([case], config, BatchToy(erratic))
    assert all(sequence.resolve() == case[0] for sequence in outcome)
    assert len(set(outcome)) == len(outcome) or not unique


@given(python_programs, st.integers(0, 99))
@settings(max_examples=60)
def test_python_programs(program: Program, seed: int) -> None:
    structure = python_structure(PythonSource(program.text))
    config = LintSeqConfig(num_samples=2, seed=seed)
    (outcome,) = sample_lintseq([(program, structure)], config, SyntaxLinter())
    assert isinstance(outcome, tuple)
    for sequence in outcome:
        states = list(sequence.states())
        assert states[-1] == program
        assert all(is_python(state.text) for state in states)
        assert all(edit.is_insertion for edit in sequence.edits)
        assert 1 <= len(sequence) <= len(structure.drawable)


@given(programs, st.integers(0, 99), st.booleans())
def test_randseq(program: Program, seed: int, unique: bool) -> None:
    outcome = sample_randseq(program, RandSeqConfig(num_samples=3, seed=seed, unique=unique))
    assert isinstance(outcome, tuple)
    for sequence in outcome:
        assert sequence.resolve() == program
        assert all(edit.is_insertion and edit.num_added for edit in sequence.edits)
        assert 1 <= len(sequence) <= len(program)


def test_toy_rule() -> None:
    assert needs(["a", "b a", "c d"]) == (LintMessage("T1", 3, 0, "d of 3"),)
