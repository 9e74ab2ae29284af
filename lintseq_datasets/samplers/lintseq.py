"""Backward sampling with a linter: the LintSeq algorithm, paper section 2.2.

`backward_sampling` is the algorithm. It is a generator that asks for verdicts and
never sees a linter, so that one program can be sampled state by state, or many
programs in lockstep, with one call of a linter for the open questions of all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TypeAlias

from lintseq_datasets.errors import LinterError, ProgramError
from lintseq_datasets.linters.base import (
    BatchLinter,
    IncrementalLinter,
    Linter,
    LintMessage,
    LintResult,
    in_program,
)
from lintseq_datasets.program import Program, mask_lines
from lintseq_datasets.samplers._collector import SampleCollector
from lintseq_datasets.samplers._random import make_rng
from lintseq_datasets.samplers.config import LintSeqConfig
from lintseq_datasets.sequence import EditSequence
from lintseq_datasets.structure import Structure

Outcome: TypeAlias = "tuple[EditSequence, ...] | ProgramError | LinterError"
"""The sequences of a program, or why there are none."""

Questions: TypeAlias = Generator[int, int, list[int]]
"""Asks for verdicts on states (masks of kept lines), is sent the mask of the lines that
new errors point at, and returns the deletions in order (masks of deleted lines)."""


def backward_sampling(structure: Structure, draws: Sequence[float]) -> Questions:
    """Delete a program backwards, from the whole of it to nothing.

    (1) Delete what was drawn from what remains, and what goes with it; (2) have what is
    left judged; (3) delete every line that new errors point at; (4) repeat 2 and 3 until
    there are none: that is the next program state. Every round of (3) deletes at least
    one line, so there are at most as many rounds as lines.

    Args:
        structure: What can be drawn and what goes with it.
        draws: Uniform random numbers in [0, 1), one for each drawable line.
    """
    kept = (1 << structure.num_lines) - 1
    deletions: list[int] = []
    for draw in draws:
        line = _draw(structure, kept, draw)
        if line is None:
            break
        gone = structure.takes[line] & kept
        while (left := kept & ~gone) and (flagged := (yield left) & left):
            for line in mask_lines(flagged):
                gone |= structure.takes[line] & kept
        kept &= ~gone
        deletions.append(gone)
    if kept & ~structure.blank or (kept and not deletions):
        deletions.append(kept)
    elif kept:  # blank lines alone are no edit: they come with the first
        deletions[-1] |= kept
    return deletions


def _draw(structure: Structure, kept: int, draw: float) -> int | None:
    lines = [line for line in structure.drawable if kept >> line & 1]
    if not lines:
        return None
    if structure.is_uniform:
        return lines[int(draw * len(lines))]
    weight_of = dict(zip(structure.drawable, structure.weights, strict=True))
    heights = list(accumulate(weight_of[line] for line in lines))
    return lines[min(bisect_right(heights, draw * heights[-1]), len(lines) - 1)]


@dataclass(slots=True)
class StateJudge:
    """What is known about the states of one program, and what was spent to know it."""

    program: Program
    structure: Structure
    foresees_syntax: bool  # whether syntax errors are errors for the linter
    foresees_names: bool  # whether undefined names are
    forgive_own_errors: bool
    max_lints: int
    _own: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    _own_lines: int = 0
    _flagged: dict[int, int] = field(default_factory=dict)  # state -> lines of its new errors
    _lints: int = 0

    @property
    def whole(self) -> int:
        """The state that keeps every line."""
        return (1 << len(self.program)) - 1

    def known(self, state: int) -> int | None:
        """Mask of the lines that new errors of a state point at; None if it must be judged.

        A state that does not parse or uses undefined names is known to have new errors
        without a verdict. It is never one that is left: of those, each has a verdict.
        """
        flagged = self._flagged.get(state)
        if flagged is None and (foreseen := self._foresee(state)):
            flagged = self._flagged[state] = foreseen
        return flagged

    def _foresee(self, state: int) -> int:
        if not self.foresees_syntax or self.structure.blocks is None:
            return 0
        broken = self.structure.blocks.first_error(state)
        if broken == 0 and self.foresees_names:
            return self.structure.undefined(state) & ~self._own_lines
        return broken or 0

    def learn(self, state: int, messages: Sequence[LintMessage]) -> None:
        """Take note of the errors of a state (lines counted in the whole program, 1-based).

        The first state must be the whole program: its errors are the ones to forgive.
        """
        if state == self.whole:
            self._own = Counter((message.id, message.line, message.column) for message in messages)
            for message in messages:
                self._own_lines |= 1 << (message.line - 1)
        own = self._own.copy() if self.forgive_own_errors else Counter()
        flagged = 0
        for message in messages:
            key = (message.id, message.line, message.column)
            if own[key] > 0:
                own[key] -= 1
            else:
                flagged |= 1 << (message.line - 1)
        self._flagged[state] = flagged

    def is_certain_to_parse(self, state: int) -> bool:
        """Whether it takes no parser to know that a state parses."""
        blocks = self.structure.blocks
        return blocks is not None and blocks.first_error(state) == 0

    def spend(self, linter: str) -> None:
        """Count a verdict.

        Raises:
            LinterError: The budget of the program is spent.
        """
        self._lints += 1
        if self._lints > self.max_lints:
            raise LinterError("lint_budget", linter, f"more than {self.max_lints} states")


# --- asking a linter -----------------------------------------------------------------


def sample_lintseq(
    programs: Iterable[tuple[Program, Structure]], config: LintSeqConfig, linter: Linter
) -> list[Outcome]:
    """Draw edit sequences of programs.

    A linter that judges the states of one program gets the programs one after another. Any
    other gets all open questions of all programs in one call, again and again until there
    are none; the time of such a call is nobody's own, so only the number of states is
    bounded.

    Args:
        programs: Programs and their structures, which must have as many lines.
        config: The choices of the sampler; ``config.linter`` is not looked at.
        linter: Judges the states.

    Returns:
        For each program ``config.num_samples`` sequences, fewer with ``unique``; or the
        reason why there are none.
    """
    runs = (_Run(program, structure, config, linter) for program, structure in programs)
    name = linter.name.split()[0]
    if isinstance(linter, IncrementalLinter):
        return [_judge_one_by_one(run, linter, name, config.time_limit) for run in runs]
    return _judge_in_lockstep(list(runs), linter, name)


def _judge_one_by_one(
    run: _Run, linter: IncrementalLinter, name: str, time_limit: float
) -> Outcome:
    try:
        with linter.open_program(run.program.lines, time_limit) as states:
            while run.open_states:
                for state in run.open_states:
                    if not run.answer(state, states.lint_state(state), name):
                        return run.outcome
                run.advance()
    except LinterError as error:
        return error
    return run.outcome


def _judge_in_lockstep(runs: Sequence[_Run], linter: Linter, name: str) -> list[Outcome]:
    active = runs
    while active := [run for run in active if run.open_states]:
        questions = [(run, state) for run in active for state in run.open_states]
        texts = [run.program.keep(state).text for run, state in questions]
        if isinstance(linter, BatchLinter):
            parses = [run.judge.is_certain_to_parse(state) for run, state in questions]
            results = linter.lint_batch(texts, parses)
        else:
            results = linter.lint(texts)
        for (run, state), result in zip(questions, results, strict=True):
            run.answer(state, in_program(state, result), name)
        for run in active:
            run.advance()
    return [run.outcome for run in runs]


class _Run:
    """The sampling of one program: open questions until there is an outcome."""

    outcome: Outcome

    def __init__(
        self, program: Program, structure: Structure, config: LintSeqConfig, linter: Linter
    ) -> None:
        self.program = program
        self.judge = StateJudge(
            program,
            structure,
            getattr(linter, "finds_syntax_errors", False),
            getattr(linter, "finds_undefined_names", False),
            config.forgive_own_errors,
            config.max_lints,
        )
        self._rounds = _rounds(program, structure, config, self.judge)
        self.open_states: list[int] = []
        self.advance()

    def advance(self) -> None:
        """Go on as far as the states that were judged allow."""
        if self._failed:
            return
        try:
            self.open_states = next(self._rounds)
        except StopIteration as stop:
            self.open_states = []
            self.outcome = stop.value

    def answer(self, state: int, result: LintResult, linter: str) -> bool:
        """Take in a verdict; False if the program failed."""
        if self._failed:
            return False
        try:
            if isinstance(result, LinterError):
                raise result
            self.judge.learn(state, result)
            self.judge.spend(linter)
        except LinterError as error:
            self.open_states = []
            self.outcome = error
        return not self._failed

    @property
    def _failed(self) -> bool:
        return isinstance(getattr(self, "outcome", None), LinterError)


def _rounds(
    program: Program, structure: Structure, config: LintSeqConfig, judge: StateJudge
) -> Generator[list[int], None, tuple[EditSequence, ...]]:
    """Ask for the states that must be judged next; return the sequences."""
    yield [judge.whole]
    collector = SampleCollector(config.num_samples, config.unique)
    while indices := collector.next_indices():
        samples = [_Sample(program, structure, config, index) for index in indices]
        while asked := {
            state for sample in samples if (state := sample.next_question(judge)) is not None
        }:
            yield list(asked)
        collector.add(
            EditSequence.from_deletions(program, list(map(mask_lines, sample.deletions)))
            for sample in samples
        )
    return collector.sequences


class _Sample:
    """One run of backward sampling, held between its questions."""

    def __init__(
        self, program: Program, structure: Structure, config: LintSeqConfig, index: int
    ) -> None:
        rng = make_rng(config.seed, program, index, config.epoch)
        draws: list[float] = rng.random(len(structure.drawable)).tolist()
        self._questions = backward_sampling(structure, draws)
        self.deletions: list[int] = []
        self._state = self._resume(None)

    def next_question(self, judge: StateJudge) -> int | None:
        """The next state that was not judged yet; None when the sample is complete."""
        while self._state is not None and (flagged := judge.known(self._state)) is not None:
            self._state = self._resume(flagged)
        return self._state

    def _resume(self, flagged: int | None) -> int | None:
        try:
            return next(self._questions) if flagged is None else self._questions.send(flagged)
        except StopIteration as stop:
            self.deletions = stop.value
            return None
