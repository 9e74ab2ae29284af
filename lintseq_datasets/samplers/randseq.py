"""RandSeq: edit sequences without a linter, the ablation of paper section 3.4."""

from __future__ import annotations

import numpy as np

from lintseq_datasets.edits.program import Program, mask_lines
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import ProgramError
from lintseq_datasets.samplers._collector import SampleCollector
from lintseq_datasets.samplers._random import make_rng
from lintseq_datasets.samplers.config import RandSeqConfig
from lintseq_datasets.samplers.start import part_of


def sample_randseq(
    program: Program, config: RandSeqConfig, start: int = 0
) -> tuple[EditSequence, ...] | ProgramError:
    """Draw edit sequences of a program without a linter.

    While lines remain, the number of lines to delete is drawn uniformly, from 1 to
    n - 1 while n > 1 lines remain, then that many lines are drawn. The mean number of
    edits of an n-line program is 1 + H(n - 1), with H the harmonic numbers.

    Args:
        program: The program.
        config: The choices of the sampler.
        start: Mask of the lines of the state to start from, where one is given; n counts
            the others then.

    Returns:
        ``config.num_samples`` sequences, fewer with ``unique``; or why there are none.
    """
    if not program.lines:
        return ProgramError("empty_program")
    if problem := length_problem(program, config.max_lines, config.max_characters):
        return problem

    collector = SampleCollector[EditSequence](config.num_samples, config.unique)
    while indices := collector.next_indices():
        collector.add(_draw(program, config, start, index) for index in indices)
    return collector.found


def _draw(program: Program, config: RandSeqConfig, start: int, index: int) -> EditSequence:
    rng = make_rng(config.seed, program, index, config.epoch)
    lines = mask_lines(((1 << len(program)) - 1) & ~start)
    deletions = [[lines[n] for n in numbers] for numbers in random_deletions(len(lines), rng)]
    sequence = EditSequence.from_deletions(program, deletions)
    return part_of(sequence, config, program, index)


def random_deletions(num_lines: int, rng: np.random.Generator) -> list[list[int]]:
    """Deletions of a program of some lines: 0-based line numbers, ascending, in order.

    A random order of the lines, cut into deletions, is the same as drawing the lines
    of each deletion from those that remain.
    """
    # For 4 lines in the order [2, 0, 3, 1] and draws of 0.5: 1 + int(0.5 * 3) = 2 lines, [0, 2],
    # then of the 2 that remain 1 + int(0.5 * 1) = 1, [3], and the last one, [1]. A draw for each
    # place, though not all are used, as nobody knows how many it takes.
    order: list[int] = rng.permutation(num_lines).tolist()
    draws: list[float] = rng.random(num_lines).tolist()
    deletions: list[list[int]] = []
    start = 0
    while (remaining := num_lines - start) > 0:
        # Never all of several lines at once, as in the authors' code.
        count = 1 + int(draws[start] * (remaining - 1)) if remaining > 1 else 1
        deletions.append(sorted(order[start : start + count]))
        start += count
    return deletions


def length_problem(program: Program, max_lines: int, max_characters: int) -> ProgramError | None:
    """Why a program is skipped for its length; None if it is short enough."""
    if len(program) > max_lines:
        return ProgramError("program_too_long", f"{len(program)} lines, more than {max_lines}")
    characters = sum(map(len, program.lines)) + len(program) - 1  # without making the text
    if characters > max_characters:
        detail = f"{characters} characters, more than {max_characters}"
        return ProgramError("program_too_long", detail)
    return None
