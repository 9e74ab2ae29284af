"""States that sequences start from and end at: sampled ones, or one that is given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import ProgramError
from lintseq_datasets.samplers._random import make_rng
from lintseq_datasets.samplers.config import LintSeqConfig, RandSeqConfig

# With numbers of their own, cuts leave the draws of the sequences as they are.
_DRAWN = {"random_state": 1, "segment": 3}


# --- sampled states ------------------------------------------------------------------


def part_of(
    sequence: EditSequence, config: LintSeqConfig | RandSeqConfig, program: Program, index: int
) -> EditSequence:
    """The part of a sequence that the configuration wants.

    With ``start="random_state"`` one of the states between its edits is drawn uniformly, and the
    edits before it are dropped. A sequence of one edit has no such state and stays as it is. With
    ``start="segment"`` two of its states are drawn, any two with the same probability, the empty
    program and the whole one among them; the edits between the two are kept. The
    sequence that is cut is the one that would be sampled without.

    Args:
        sequence: What was sampled.
        config: Choices of the sampler.
        program: The whole program.
        index: Number of the sample.
    """
    if config.start not in _DRAWN:
        return sequence
    states = (sequence.start, *sequence.states())
    last = len(sequence)
    # A state of one empty line would be read back as the empty program, to which the edits after
    # it do not apply.
    between = [count for count in range(1, last) if states[count].text]
    rng = make_rng(config.seed, program, index, config.epoch, stream=_DRAWN[config.start])
    if config.start == "segment":
        first, last = _two_of([0, *between, last], rng)
    elif between:
        first = between[int(rng.random() * len(between))]
    else:
        return sequence
    return EditSequence(sequence.edits[first:last], states[first], sequence.edits[last:])


def _two_of(numbers: Sequence[int], rng: np.random.Generator) -> tuple[int, int]:
    """Two of some ascending numbers, any two with the same probability."""
    # The second one among all but the first: from there on, the others have moved up by one.
    one, other = int(rng.random() * len(numbers)), int(rng.random() * (len(numbers) - 1))
    low, high = sorted((one, other + (other >= one)))
    return numbers[low], numbers[high]


# --- given states --------------------------------------------------------------------


def find_start(state: Program, program: Program) -> int:
    r"""Find the lines of a given state in a program.

    There may be several ways to place them. The one with the fewest hunks to the whole program
    is taken, and of several such the one whose lines come last. Blank lines then stay with the
    code below them, as they do in states that are sampled. In the example below, the blank line
    of the state could be line 1 or line 3 of the program; it is line 3.

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
    rest = iter(program.lines)  # `in` uses it up, so lines must follow one another
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
    # One more hunk below the last line of the state, unless it is the last of the program.
    last = costs[-1] + (np.arange(len(lines)) < len(lines) - 1)
    place = _last_least(last)
    places = [place]
    # Back from the last line: each of the others is where the cost of the next one comes from.
    for after, before in zip(costs[:0:-1], costs[-2::-1], strict=True):
        cost = after[place]
        if place and before[place - 1] == cost:
            place -= 1
        else:
            place = int(np.flatnonzero(before[: place - 1] == cost - 1)[-1])
        places.append(place)
    return places[::-1]


def _costs(state: Sequence[str], lines: Sequence[str]) -> list[np.ndarray]:
    """For each line of a state and each place of it: the fewest hunks above."""
    # There is a table of lines by lines, 2,000 times 5,000 for a long program.
    kind = np.int16 if len(lines) < 10_000 else np.int32
    never = np.iinfo(kind).max // 2  # half, so that adding to it does not overflow
    number_of = {line: number for number, line in enumerate(dict.fromkeys(lines))}
    numbers = np.array([number_of[line] for line in lines])  # faster to compare than texts
    # For the state "a" "" "c" in "a" "" "b" "" "c" (x: the line does not stand there):
    #     "a"    0 x x x x     at the top, with nothing above
    #     ""     x 0 x 1 x     right below it, or with a hunk between
    #     "c"    x x x x 1     right below line 3; below line 1 there is a hunk, which costs as much
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
