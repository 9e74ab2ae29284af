from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import ProgramError
from lintseq_datasets.samplers.config import RandSeqConfig
from lintseq_datasets.samplers.randseq import random_deletions, sample_randseq


def numbered(num_lines: int) -> Program:
    return Program(tuple(f"x{line}" for line in range(num_lines)))


def sample(program: Program, **options: object) -> tuple[EditSequence, ...]:
    outcome = sample_randseq(program, RandSeqConfig(**options))  # type: ignore[arg-type]
    assert isinstance(outcome, tuple)
    return outcome


DRAWS = 4000


@pytest.mark.parametrize("num_lines", [1, 2, 3, 5, 10, 30])
def test_mean_number_of_edits(num_lines: int) -> None:
    found = sample(numbered(num_lines), num_samples=DRAWS)
    edits = np.array([len(sequence) for sequence in found])
    expected = 1 + sum(1 / k for k in range(1, num_lines))  # 1 + H(n - 1)
    assert abs(edits.mean() - expected) <= 4 * edits.std() / math.sqrt(DRAWS)


@pytest.mark.parametrize("num_lines", [2, 3, 5, 10])
def test_number_deleted_first_is_uniform(num_lines: int) -> None:
    found = sample(numbered(num_lines), num_samples=DRAWS)
    counts = Counter(sequence.edits[-1].num_added for sequence in found)
    assert set(counts) == set(range(1, num_lines))
    expected = DRAWS / (num_lines - 1)
    spread = math.sqrt(expected * (1 - 1 / (num_lines - 1)))
    assert all(abs(count - expected) <= 4 * spread for count in counts.values())


def test_number_deleted_next_is_uniform() -> None:
    found = sample(numbered(6), num_samples=DRAWS)
    counts = Counter(s.edits[-2].num_added for s in found if s.edits[-1].num_added == 1)
    assert set(counts) == {1, 2, 3, 4}
    total = sum(counts.values())
    spread = math.sqrt(total / 4 * 3 / 4)
    assert all(abs(count - total / 4) <= 4 * spread for count in counts.values())


def test_lines_deleted_first_are_uniform() -> None:
    found = sample(numbered(4), num_samples=DRAWS)
    sets = Counter(
        frozenset(line for hunk in sequence.edits[-1].hunks for line in hunk.added)
        for sequence in found
    )
    for size, choices in ((1, 4), (2, 6), (3, 4)):
        counts = [count for lines, count in sets.items() if len(lines) == size]
        assert len(counts) == choices
        expected = DRAWS / 3 / choices
        assert all(abs(count - expected) <= 4 * math.sqrt(expected) for count in counts)


def test_exact_and_insertion_only() -> None:
    program = Program.from_text("# a\n\nx = 1\n\n\nif x:\n    y\n<|diff|>\n@@ -1 +1 @@")
    for sequence in sample(program, num_samples=100):
        assert sequence.resolve() == program
        assert all(edit.is_insertion and edit.num_added for edit in sequence.edits)


def test_deletions_hold_every_line_once() -> None:
    deletions = random_deletions(50, np.random.default_rng(3))
    assert sorted(line for lines in deletions for line in lines) == list(range(50))
    assert all(lines == sorted(lines) for lines in deletions)


def test_programs_need_not_parse() -> None:
    assert len(sample(Program.from_text("def (:\n  }"), num_samples=3)) == 3


@pytest.mark.parametrize(
    ("program", "reason"),
    [(Program(()), "empty_program"), (numbered(11), "program_too_long")],
)
def test_reasons(program: Program, reason: str) -> None:
    outcome = sample_randseq(program, RandSeqConfig(max_lines=10))
    assert isinstance(outcome, ProgramError)
    assert outcome.reason == reason


def test_length_is_limited_to_what_was_said() -> None:
    assert len(sample(numbered(10), max_lines=10)) == 5


class TestReproducible:
    def test_keyed_by_seed_content_and_index(self) -> None:
        program = numbered(12)
        base = sample(program, num_samples=6)
        assert sample(program, num_samples=6) == base
        assert sample(program, num_samples=3) == base[:3]
        assert len(set(base)) == 6
        assert sample(program, num_samples=6, seed=1) != base
        assert sample(program, num_samples=6, epoch=1) != base
        other = Program((*program.lines[:-1], "y"))
        drawn = [[edit.num_added for edit in sequence.edits] for sequence in base]
        assert [[e.num_added for e in s.edits] for s in sample(other, num_samples=6)] != drawn

    def test_fixed(self) -> None:
        """Changes only with `ALGORITHM` (see CONTRIBUTING.md)."""
        (sequence,) = sample(numbered(5), num_samples=1, seed=7)
        assert [state.text.replace("\n", " ") for state in sequence.states()] == [
            "x1",
            "x0 x1 x2",
            "x0 x1 x2 x3 x4",
        ]


class TestUnique:
    def test_no_repetitions(self) -> None:
        found = sample(numbered(3), num_samples=12, unique=True)
        assert len(set(found)) == len(found) > 6

    def test_fewer_when_there_are_no_more(self) -> None:
        assert len(sample(numbered(1), num_samples=5, unique=True)) == 1
        assert len(sample(numbered(2), num_samples=50, unique=True)) == 2

    @pytest.mark.parametrize("wanted", [1, 2, 7])
    def test_the_first_of_equal_draws_stays(self, wanted: int) -> None:
        drawn = sample(numbered(3), num_samples=5 * wanted)  # then a program has no more
        found = sample(numbered(3), num_samples=wanted, unique=True)
        assert list(found) == list(dict.fromkeys(drawn))[:wanted]
