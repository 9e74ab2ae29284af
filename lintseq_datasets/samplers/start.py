"""States that sequences start from: a sampled one, or one that is given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import ProgramError
from lintseq_datasets.samplers._random import make_rng
from lintseq_datasets.samplers.config import LintSeqConfig, RandSeqConfig

_START_STREAM = 1


# --- sampled states ------------------------------------------------------------------


def start_of(
    sequence: EditSequence, config: LintSeqConfig | RandSeqConfig, program: Program, index: int
) -> EditSequence:
    """A sequence as the configuration wants it to start.

    With ``start="random_state"`` it is cut at one of the states between its edits, drawn
    uniformly, and what comes after is left; a sequence of one edit has none, and stays. The
    draws of the sequence itself are the same as without.

    Args:
        sequence: What was sampled.
        config: Choices of the sampler.
        program: The whole program.
        index: Number of the sample.
    """
    if config.start != "random_state":
        return sequence
    states = list(sequence.states())[:-1]
    # one empty line has the text of the empty program, to which the edits do not apply
    counts = [count for count, state in enumerate(states, 1) if state.text]
    if not counts:
        return sequence
    rng = make_rng(config.seed, program, index, config.epoch, stream=_START_STREAM)
    count = counts[int(rng.random() * len(counts))]
    return EditSequence(sequence.edits[count:], states[count - 1])


# --- given states --------------------------------------------------------------------


def find_start(state: Program, program: Program) -> int:
    r"""Where the lines of a given state are in a program.

    Where there are several ways, it is one whose difference to the program has the fewest
    hunks, and among those the one whose lines come last: blank lines then stay with the
    code below them, as they do when states are sampled.

    Args:
        state: The state.
        program: The whole program.

    Returns:
        Mask of the lines of the program that are the state.

    Raises:
        ProgramError: ``state_not_contained``: they are not there in this order;
            ``state_is_program``: there is nothing left to edit.

    >>> state, program = Program.from_text("a\n\nc"), Program.from_text("a\n\nb\n\nc")
    >>> bin(find_start(state, program))
    '0b11001'
    """
    if state == program:
        raise ProgramError("state_is_program", "there is nothing left to edit")
    rest = iter(program.lines)
    for number, line in enumerate(state.lines, 1):
        if line not in rest:
            detail = f"line {number} of the state does not follow in the program: {line[:80]!r}"
            raise ProgramError("state_not_contained", detail)
    return sum(1 << place for place in _places(state.lines, program.lines))


def _places(state: Sequence[str], lines: Sequence[str]) -> list[int]:
    """0-based places of the lines of a state that is contained in some lines."""
    if not state:
        return []
    costs = _costs(state, lines)
    last = costs[-1] + (np.arange(len(lines)) < len(lines) - 1)
    place = _last_least(last)
    places = [place]
    for after, before in zip(costs[:0:-1], costs[-2::-1], strict=True):
        cost = after[place]
        if place and before[place - 1] == cost:
            place -= 1
        else:
            place = int(np.flatnonzero(before[: place - 1] == cost - 1)[-1])
        places.append(place)
    return places[::-1]


def _costs(state: Sequence[str], lines: Sequence[str]) -> list[np.ndarray]:
    """For each line of a state and each place of it: hunks above, at the least."""
    kind = np.int16 if len(lines) < 10_000 else np.int32
    never = np.iinfo(kind).max // 2
    number_of = {line: number for number, line in enumerate(dict.fromkeys(lines))}
    numbers = np.array([number_of[line] for line in lines])
    costs: list[np.ndarray] = []
    for line in state:
        if costs:
            below = np.full(len(lines), never, kind)
            below[1:] = costs[-1][:-1]  # right below the line before
            below[2:] = np.minimum(below[2:], np.minimum.accumulate(costs[-1])[:-2] + 1)
        else:
            below = np.ones(len(lines), kind)
            below[0] = 0
        costs.append(np.where(numbers == number_of[line], below, never).astype(kind))
    return costs


def _last_least(values: np.ndarray) -> int:
    return len(values) - 1 - int(np.argmin(values[::-1]))
