"""Backward sampling with a linter: the LintSeq algorithm, paper section 2.2.

`backward_sampling` is the algorithm. It is a generator that asks for verdicts and
never sees a linter, so that one program can be sampled state by state, or many
programs in lockstep, with one call of a linter for the open questions of all.

A state is a mask of kept lines: bit *i* stands for line *i*, so line 0 is the last digit. In

    0  n = 4
    1  print(n)
    2  print('done')

this is what happens if line 0 is drawn first, and then line 2:

    line 0 is drawn      yields 110    is sent 010: ``n`` in line 1 is undefined
    line 1 goes as well  yields 100    is sent 000: no error, so this is a state of the sequence
    line 2 is drawn      nothing left  returns the deletions 011 and 100

The edits are the deletions backwards: the first one inserts line 2, the second one lines 0 and 1.
"""

from __future__ import annotations

import contextlib
import copy
from bisect import bisect_right
from collections.abc import Generator, Iterable, Iterator
from itertools import accumulate, chain
from typing import NamedTuple, TypeAlias

from lintseq_datasets.edits.program import Program, mask_lines
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import LinterError, ProgramError
from lintseq_datasets.languages.base import SourceText, Structure
from lintseq_datasets.linters.base import Linter, LintMessage, LintResult, first_syntax_error
from lintseq_datasets.samplers._collector import SampleCollector
from lintseq_datasets.samplers._judge import Budget, StateJudge
from lintseq_datasets.samplers._lockstep import Sampling, ask
from lintseq_datasets.samplers._random import make_rng
from lintseq_datasets.samplers.config import LintSeqConfig
from lintseq_datasets.samplers.start import part_of

Outcome: TypeAlias = "tuple[EditSequence, ...] | ProgramError | LinterError"
"""The sequences of a program, or why there are none."""


class Target(NamedTuple):
    """A program to sample."""

    program: Program
    structure: Structure  # for the same lines
    start: int = 0  # mask of the lines of a given state to start from; 0 if none is given
    source: SourceText | None = None  # what was read of the program, for linters that can use it


Questions: TypeAlias = Generator[int, int, list[int]]
"""Yields states to be judged (masks of kept lines). Is sent the mask of the lines that new
errors point at. Returns the deletions in order (masks of deleted lines)."""


def backward_sampling(
    structure: Structure, draws: Iterable[float], start: int = 0, kept: int = -1
) -> Questions:
    """Delete a program backwards, from the whole of it to nothing, or to a given state.

    1. Draw a line from what remains; delete it and what goes with it.
    2. Have what is left judged.
    3. Delete every line that new errors point at, and what goes with it.
    4. Repeat 2 and 3 until there are no new errors. This is the next program state.

    Every round deletes at least one line, so there are at most as many rounds as lines.

    The lines of a given state are not drawn. Its blank lines and comments stay when the code
    that they ride with goes. If any other of its lines would have to go, the deletion is given
    up and something else is drawn. What cannot be deleted in this way goes at once, last.

    Args:
        structure: What can be drawn and what goes with it.
        draws: Uniform random numbers in [0, 1): one for each drawable line, or an endless
            iterator if a state is given.
        start: Mask of the lines of the state to end at, which was judged.
        kept: Mask of the lines to begin with; all of them by default.
    """
    kept &= (1 << structure.num_lines) - 1
    # Comments may stay without their code: a state is asked for as it is, and they mean nothing.
    stays = start & structure.silent
    held = start  # lines that are never drawn: they, or what goes with them, belong to the state
    for line in structure.drawable if start else ():
        if structure.takes[line] & start & ~stays:
            held |= 1 << line
    given_up = 0  # lines that were drawn since the last deletion, in vain
    deletions: list[int] = []
    for draw in draws:
        drawn = _draw(structure, kept & ~held & ~given_up, draw)
        if drawn is None:
            break
        gone = structure.takes[drawn] & kept & ~stays
        # The empty program is not judged. `& left` makes sure that each round deletes something.
        while not gone & start and (left := kept & ~gone) and (flagged := (yield left) & left):
            # A line that is at fault goes, also a comment that would have stayed.
            for line in mask_lines(flagged):
                gone |= structure.takes[line] & kept & ~(stays & ~flagged)
        if gone & start:
            given_up |= 1 << drawn
            continue
        given_up = 0  # fewer lines are left, so what led to the state before may not do so now
        kept &= ~gone
        deletions.append(gone)
    rest = kept & ~start
    if rest & ~structure.blank or (rest and not deletions):
        deletions.append(rest)
    elif rest:  # blank lines alone are no edit: they come with the first
        deletions[-1] |= rest
    return deletions


def _draw(structure: Structure, kept: int, draw: float) -> int | None:
    lines = [line for line in structure.drawable if kept >> line & 1]
    if not lines:
        return None
    if structure.is_uniform:
        return lines[int(draw * len(lines))]
    weight_of = dict(zip(structure.drawable, structure.weights, strict=True))
    heights = list(accumulate(weight_of[line] for line in lines))
    # Rounding can lift the product to the whole height, where there is no line.
    return lines[min(bisect_right(heights, draw * heights[-1]), len(lines) - 1)]


# --- asking a linter -----------------------------------------------------------------


def sample_lintseq(
    programs: Iterable[Target | tuple[Program, Structure]], config: LintSeqConfig, linter: Linter
) -> list[Outcome]:
    """Draw edit sequences of programs.

    The linter gets all open questions of all programs in one call, again and again until
    there are none. What a program gives does not depend on the programs beside it.

    Args:
        programs: Programs and their structures, and the states to start from.
        config: The choices of the sampler; ``config.linter`` is not looked at.
        linter: Judges the states.

    Returns:
        For each program ``config.num_samples`` sequences, fewer with ``unique``; or the
        reason why there are none.
    """
    runs = [_ProgramSampling(Target(*program), config, linter) for program in programs]
    ask(runs, linter)
    return [run.outcome for run in runs]


class _ProgramSampling(Sampling["tuple[EditSequence, ...] | ProgramError"]):
    """The sampling of one program: open questions until there is an outcome."""

    def __init__(self, target: Target, config: LintSeqConfig, linter: Linter) -> None:
        self._source = target.source
        self._linter = linter
        self._syntax_error: LintMessage | None = None
        self.judge = StateJudge(
            target.program,
            target.structure,
            # Of "pylint 4.0.5 python 3.11", errors name the tool alone.
            Budget(linter.name.split()[0], config.max_lints),
            getattr(linter, "finds_syntax_errors", False),
            getattr(linter, "finds_undefined_names", False),
            config.forgive_own_errors,
            target.start,
        )
        self._samples: list[_BackwardSampling] = []
        super().__init__(target.program, self._start(target, config))

    def learn(self, state: int, result: LintResult) -> None:
        """Take note of a verdict (lines counted in the whole program, 1-based)."""
        self.judge.learn(state, result)
        if state == self.judge.whole and not isinstance(result, LinterError):
            self._syntax_error = first_syntax_error(self._linter, result)

    def is_certain_to_parse(self, state: int) -> bool:
        """Whether a state is known to parse without asking a parser."""
        return self.judge.is_certain_to_parse(state)

    def source_of(self, state: int) -> SourceText | None:
        """What was read of a state; only the whole program was read before."""
        return self._source if state == self.judge.whole else None

    def likely_states(self, ahead: int) -> list[int]:
        """See `Sampling.likely_states`."""
        # What is asked anyway is left out; the order makes no difference to what is sampled.
        found = {state for sample in self._samples for state in sample.ahead(self.judge, ahead)}
        return sorted(found.difference(self.open_states))

    def _start(
        self, target: Target, config: LintSeqConfig
    ) -> Generator[list[int], None, tuple[EditSequence, ...] | ProgramError]:
        """Ask for the states that must be judged next; return the sequences."""
        judge = self.judge
        # The program comes first: which errors are new can only be said once its own are known.
        yield [judge.whole]
        judge.known(judge.whole)  # raises if there is no verdict on it
        if error := self._syntax_error:
            return ProgramError("syntax_error", f"line {error.line}: {error.text or error.id}")
        if target.start:
            yield [target.start]
            if flagged := judge.known(target.start):
                lines = ", ".join(str(line + 1) for line in mask_lines(flagged))
                return ProgramError("state_has_errors", f"in lines {lines} of the program")
        collector = SampleCollector[EditSequence](config.num_samples, config.unique)
        while indices := collector.next_indices():
            self._samples = [_BackwardSampling(target, config, index) for index in indices]
            # A set: samples of a program often meet in a state, which is then judged once.
            while asked := {
                state
                for sample in self._samples
                if (state := sample.next_question(judge)) is not None
            }:
                yield list(asked)
            collector.add(sample.sequence() for sample in self._samples)
        return collector.found


class _BackwardSampling:
    """One run of backward sampling, held between its questions."""

    def __init__(self, target: Target, config: LintSeqConfig, index: int) -> None:
        self._target, self._config, self._index = target, config, index
        rng = make_rng(config.seed, target.program, index, config.epoch)
        # All draws at once, as plain floats: a call of numpy for each one takes longer.
        self._draws = iter(rng.random(len(target.structure.drawable)).tolist())
        draws: Iterator[float] = self._draws
        if target.start:  # draws can be given up, so nobody knows how many it takes
            draws = chain(draws, iter(rng.random, None))
        self._questions = backward_sampling(target.structure, draws, target.start)
        self._deletions: list[int] = []
        self._state = self._resume(None)

    def sequence(self) -> EditSequence:
        """The sequence that was drawn, once there are no more questions."""
        deletions = list(map(mask_lines, self._deletions))
        sequence = EditSequence.from_deletions(self._target.program, deletions)
        return part_of(sequence, self._config, self._target.program, self._index)

    def next_question(self, judge: StateJudge) -> int | None:
        """The next state that was not judged yet; None when the sample is complete."""
        while self._state is not None and (flagged := judge.known(self._state)) is not None:
            self._state = self._resume(flagged)
        return self._state

    def ahead(self, judge: StateJudge, count: int) -> Iterator[int]:
        """The states that follow the one in question if no linter objects to any of them.

        Often one does, and those after it were judged for nothing. So this costs verdicts and
        saves calls.
        """
        # With a given state, draws come straight from the generator, which a copy would advance.
        if self._state is None or self._target.start:
            return
        draws = copy.copy(self._draws)  # the next draws of this sample, which it keeps
        likely = backward_sampling(self._target.structure, draws, kept=self._state)
        with contextlib.suppress(StopIteration):
            state = next(likely)
            while count:
                if (flagged := judge.foreseen(state)) is None:  # what is known need not be asked
                    yield state
                    count -= 1
                state = likely.send(flagged or 0)

    def _resume(self, flagged: int | None) -> int | None:
        try:
            # Before the first question there is nothing that could be sent.
            return next(self._questions) if flagged is None else self._questions.send(flagged)
        except StopIteration as stop:
            self._deletions = stop.value
            return None
