"""What is foreseen without a linter is true: a stock `pylint` finds it in the text of the state.

Foreseen are broken blocks and names that nothing binds. A state of which one is foreseen is
never kept, and the lines are deleted, so an error there that is none would change sequences.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from lintseq_datasets.edits.program import mask_lines
from lintseq_datasets.languages.base import Structure
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.languages.python.structure import python_structure
from tests.parity import kinds, tricky
from tests.parity.deletions import random_masks
from tests.parity.grammar import programs
from tests.parity.stock import State, stock_errors

STATES_OF_EACH = 6
PROGRAMS = [*programs(700, 60), *kinds.PROGRAMS.values(), *tricky.PROGRAMS.values()]


class Foreseen(NamedTuple):
    """Lines of a state that are foreseen to have an error, 1-based in its text."""

    text: str
    lines: frozenset[int]
    is_syntax: bool


def foresee(structure: Structure, program: str, mask: int) -> Foreseen | None:
    """The same question that the sampler asks."""
    if structure.blocks is None:
        return None
    broken = structure.blocks.first_error(mask)
    lines = structure.undefined(mask) if broken == 0 else broken
    if not lines:
        return None
    kept = mask_lines(mask)
    numbers = frozenset(kept.index(line) + 1 for line in mask_lines(lines))
    return Foreseen(State(program, tuple(kept)).text, numbers, broken != 0)


def foreseen_states() -> Iterator[Foreseen]:
    rng = random.Random(4)
    for program in PROGRAMS:
        structure = python_structure(PythonSource(program))
        for mask in sorted(random_masks(structure, STATES_OF_EACH, rng)):
            if found := foresee(structure, program, mask):
                yield found


@pytest.mark.slow
def test_a_stock_run_finds_what_is_foreseen() -> None:
    states = list(foreseen_states())
    assert sum(state.is_syntax for state in states) > 40
    assert sum(not state.is_syntax for state in states) > 200
    for state, errors in zip(states, stock_errors([one.text for one in states]), strict=True):
        wanted = {"E0001"} if state.is_syntax else {"E0602"}
        found = {error.line for error in errors if error.id in wanted}
        assert state.lines <= found, f"{state}\n{state.text}\n{errors}"
