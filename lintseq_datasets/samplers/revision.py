"""Paths between two versions of a program: backward sampling of changes instead of lines.

From the version after, one of the changes that are applied is drawn and undone. What new errors
point at is undone as well, until there are none: that is the state before. So it goes on to the
version before; read forwards, that is a sequence of edits which insert and delete. For example, a
function gets another name:

    before              after
    0  def f(n):        0  def g(n):        change A
    1      return n     1      return n
    2  print(f(4))      2  print(g(4))      change B

If A is drawn, what is left prints ``g(4)``, which is undefined: line 2 has a new error, and change
B owns it, so it is undone, too. The whole is one edit. If line 2 printed ``n`` as well, that would
be an error of both versions, and no reason to undo anything.

An error is new if neither version has it: the same message id on the same line, where lines are
known by their origin.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np

from lintseq_datasets.edits.program import Program
from lintseq_datasets.errors import LinterError, ProgramError
from lintseq_datasets.languages.base import SourceText, Structure
from lintseq_datasets.linters.base import Linter, LintMessage, LintResult, first_syntax_error
from lintseq_datasets.samplers._collector import SampleCollector
from lintseq_datasets.samplers._judge import Budget
from lintseq_datasets.samplers._lockstep import Sampling, ask
from lintseq_datasets.samplers._random import make_rng
from lintseq_datasets.samplers._undoing import Path, path_of, undo_changes
from lintseq_datasets.samplers.changes import Changes, find_changes
from lintseq_datasets.samplers.config import RevisionConfig
from lintseq_datasets.samplers.randseq import random_deletions


class Revision(NamedTuple):
    """Two versions of a program, and the structure of each."""

    before: Program
    after: Program
    structures: tuple[Structure, Structure]
    sources: tuple[SourceText | None, SourceText | None] = (None, None)  # for linters

    @property
    def content(self) -> Program:
        """Both versions as one, which no other pair gives: no program holds a null character."""
        return Program((*self.before.lines, "\0", *self.after.lines))


RevisionOutcome: TypeAlias = "tuple[Path, ...] | ProgramError | LinterError"
"""The paths of a pair, or why there are none."""

# --- without a linter ----------------------------------------------------------------


def sample_random_revision(
    revision: Revision, config: RevisionConfig
) -> tuple[Path, ...] | ProgramError:
    """Draw paths without a linter, as `sample_randseq` draws edit sequences.

    While changes are applied, the number of changes to undo is drawn uniformly, from 1 to n - 1
    while n > 1 are left, then that many are drawn.

    Args:
        revision: The two versions.
        config: The choices of the sampler.
    """
    changes = _changes_of(revision)
    if isinstance(changes, ProgramError):
        return changes
    collector = SampleCollector[Path](config.num_samples, config.unique)
    while indices := collector.next_indices():
        collector.add(_draw(changes, _rng(revision, config, index)) for index in indices)
    return collector.found


def _draw(changes: Changes, rng: np.random.Generator) -> Path:
    applied = [changes.all]
    for gone in random_deletions(len(changes.masks), rng):
        applied.append(applied[-1] & ~sum(1 << change for change in gone))
    return path_of(changes, applied)


# --- asking a linter -----------------------------------------------------------------


def sample_revisions(
    revisions: Iterable[Revision], config: RevisionConfig, linter: Linter
) -> list[RevisionOutcome]:
    """Draw paths between two versions of programs.

    The linter gets all open questions of all pairs in one call, again and again until there are
    none. What a pair gives does not depend on the pairs beside it.

    Args:
        revisions: The pairs.
        config: The choices of the sampler; ``config.linter`` is not looked at.
        linter: Judges the states.

    Returns:
        For each pair ``config.num_samples`` paths, fewer with ``unique``; or why there are none.
    """
    runs = [
        changes
        if isinstance(changes := _changes_of(revision), ProgramError)
        else _PairSampling(revision, changes, config, linter)
        for revision in revisions
    ]
    ask([run for run in runs if isinstance(run, _PairSampling)], linter)
    return [run.outcome if isinstance(run, _PairSampling) else run for run in runs]


def _rng(revision: Revision, config: RevisionConfig, index: int) -> np.random.Generator:
    return make_rng(config.seed, revision.content, index, config.epoch)


def _changes_of(revision: Revision) -> Changes | ProgramError:
    if revision.before == revision.after:
        return ProgramError("equal_versions", "there is nothing to edit")
    return find_changes(revision.before, revision.after, revision.structures)


@dataclass(slots=True)
class RevisionJudge:
    """What is known about the states between two versions, and what was spent to know it."""

    # Nothing is foreseen: a state mixes lines of both versions, and nobody has read it.
    changes: Changes
    budget: Budget
    own_messages: list[LintMessage] = field(default_factory=list)
    _own: set[tuple[str, int]] = field(default_factory=set)
    _found: dict[int, tuple[LintMessage, ...] | LinterError] = field(default_factory=dict)

    @property
    def versions(self) -> list[int]:
        """The two versions, but for an empty one: it has no error."""
        return [version for version in (self.changes.before, self.changes.after) if version]

    def forgive(self) -> None:
        """Take note of the errors of the two versions, by id and line, once they are judged.

        Raises:
            LinterError: There is no verdict on one of them.
        """
        for version in self.versions:
            self.own_messages += self._messages(version)
        self._own.update((message.id, message.line) for message in self.own_messages)

    def known(self, state: int) -> Sequence[LintMessage] | None:
        """The new errors of a state; None if it must be judged.

        Raises:
            LinterError: The state has no verdict, or the budget of the pair is spent.
        """
        if state not in self._found:
            return None
        # A set, and no counts as for one program: there are two versions, and each may have it.
        messages = self._messages(state)
        return [message for message in messages if (message.id, message.line) not in self._own]

    def is_judged(self, state: int) -> bool:
        """Whether there is a verdict on a state."""
        return state in self._found

    def learn(self, state: int, result: LintResult) -> None:
        """Take note of a verdict (lines counted in all lines of both versions, 1-based)."""
        self._found[state] = result

    def _messages(self, state: int) -> tuple[LintMessage, ...]:
        # Spent when it is needed: how many states were asked ahead depends on the batch.
        self.budget.spend(state)
        found = self._found[state]
        if isinstance(found, LinterError):
            raise found
        return found


class _PairSampling(Sampling["tuple[Path, ...] | ProgramError"]):
    """The sampling of one pair: open questions until there is an outcome."""

    def __init__(
        self, revision: Revision, changes: Changes, config: RevisionConfig, linter: Linter
    ) -> None:
        self._revision, self._changes, self._config = revision, changes, config
        self._linter = linter
        self._judge = RevisionJudge(changes, Budget(linter.name.split()[0], config.max_lints))
        self._samples: list[_PathSampling] = []
        versions = zip((changes.before, changes.after), revision.sources, strict=True)
        self._sources = {state: source for state, source in versions if source is not None}
        super().__init__(changes.program, self._start())

    def learn(self, state: int, result: LintResult) -> None:
        """Take note of a verdict (lines counted in all lines of both versions, 1-based)."""
        self._judge.learn(state, result)

    def likely_states(self, ahead: int) -> list[int]:
        """See `Sampling.likely_states`."""
        found = {state for sample in self._samples for state in sample.ahead(ahead)}
        return sorted(state for state in found if not self._judge.is_judged(state))

    def source_of(self, state: int) -> SourceText | None:
        """What was read of a version."""
        return self._sources.get(state)

    def is_certain_to_parse(self, state: int) -> bool:
        """Whether a state is one of the versions, which were read."""
        # The linters that ask are those of Python, and a Python text that was read parses.
        return state in self._sources

    def _start(self) -> Generator[list[int], None, tuple[Path, ...] | ProgramError]:
        """Ask for the states that must be judged next; return the paths."""
        # The versions come first: which errors are new can only be said once theirs are known.
        yield self._judge.versions
        self._judge.forgive()
        if error := first_syntax_error(self._linter, self._judge.own_messages):
            return ProgramError("syntax_error", error.text or error.id)
        collector = SampleCollector[Path](self._config.num_samples, self._config.unique)
        while indices := collector.next_indices():
            self._samples = samples = [
                _PathSampling(self._changes, _rng(self._revision, self._config, index))
                for index in indices
            ]
            # A set: paths of a pair often meet in a state, which is then judged once.
            while asked := {
                state
                for sample in samples
                if (state := sample.next_question(self._judge)) is not None
            }:
                yield list(asked)
            collector.add(sample.path() for sample in samples)
        return collector.found


class _PathSampling:
    """One run of `undo_changes`, held between its questions."""

    def __init__(self, changes: Changes, rng: np.random.Generator) -> None:
        self._changes = changes
        # One for each change will do, as each that is drawn undoes one change at least.
        self._draws = iter(rng.random(len(changes.masks)).tolist())
        self._undoing = undo_changes(changes, self._draws)
        self._applied: list[int] = []
        self._left = self._resume(None)

    def path(self) -> Path:
        """The path that was drawn, once there are no more questions."""
        return path_of(self._changes, self._applied)

    def next_question(self, judge: RevisionJudge) -> int | None:
        """The lines of the next state that was not judged yet; None when the sample is complete."""
        while self._left is not None:
            state = self._changes.state(self._left)
            if (errors := judge.known(state)) is None:
                return state
            self._left = self._resume(errors)
        return None

    def ahead(self, count: int) -> Iterator[int]:
        """The lines of the states that follow the one in question if none has new errors."""
        if self._left is None:
            return
        # A copy of the iterator, so that these draws are still there for the sample itself.
        likely = undo_changes(self._changes, copy.copy(self._draws), self._left)
        with contextlib.suppress(StopIteration):
            left = next(likely)
            for _ in range(count):
                yield self._changes.state(left)
                left = likely.send(())

    def _resume(self, errors: Sequence[LintMessage] | None) -> int | None:
        try:
            return next(self._undoing) if errors is None else self._undoing.send(errors)
        except StopIteration as stop:
            self._applied = stop.value
            return None
