"""Many programs sampled side by side, so that one call of a linter answers for all of them.

Each sampling says which states it must know next. All are asked in one call, each sampling goes on
as far as the answers allow, and so on until none has a question left. For example, with a sequence
each of ``a = 1 / print(a)`` and ``import os / x = 2 / y = 3``, three calls answer five questions:

    call 1    both programs, whole: they have no errors of their own
    call 2    print(a)             an error: the line goes as well, and nothing is left to ask
              import os / x = 2    no error
    call 3    x = 2                no error
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from typing import Any, Generic, TypeVar

from lintseq_datasets.edits.program import Program
from lintseq_datasets.errors import LinterError
from lintseq_datasets.languages.base import SourceText
from lintseq_datasets.linters.base import (
    BatchLinter,
    Linter,
    LintResult,
    SourceLinter,
    in_program,
)

_Outcome = TypeVar("_Outcome")

# The further ahead, the less likely that no state before has an error, and the question is wasted.
_MOST_AHEAD = 16  # states that are asked ahead for each sample


class Sampling(ABC, Generic[_Outcome]):
    """The sampling of one program: open questions until there is an outcome.

    Args:
        program: All lines that states have.
        rounds: Yields the states that must be judged next, and returns the outcome.
    """

    outcome: _Outcome | LinterError

    def __init__(self, program: Program, rounds: Generator[list[int], None, _Outcome]) -> None:
        self.program = program
        self.open_states: list[int] = []  # masks of lines
        self._characters_a_line = 1 + len(program.text) // max(len(program), 1)
        self._rounds = rounds
        self.advance()

    def advance(self) -> None:
        """Go on as far as the states that were judged allow."""
        try:
            self.open_states = next(self._rounds)
        except StopIteration as stop:
            self.open_states, self.outcome = [], stop.value
        except LinterError as error:  # ends this program, and none of those beside it
            self.open_states, self.outcome = [], error

    def size_of(self, state: int) -> int:
        """Characters of a state, roughly."""
        # An estimate will do: the size decides how many questions go along, not what is sampled.
        return self._characters_a_line * state.bit_count()

    @abstractmethod
    def learn(self, state: int, result: LintResult) -> None:
        """Take note of a verdict (lines counted in the whole program, 1-based)."""

    @abstractmethod
    def likely_states(self, ahead: int) -> Sequence[int]:
        """States that will be asked for if the open ones and those after them have no error.

        Args:
            ahead: How many for each sample.
        """

    @abstractmethod
    def source_of(self, state: int) -> SourceText | None:
        """What was read of a state, if anything."""

    @abstractmethod
    def is_certain_to_parse(self, state: int) -> bool:
        """Whether a state is known to parse without asking a parser."""


def ask(runs: Sequence[Sampling[Any]], linter: Linter) -> None:
    """Let a linter answer the questions of samplings until there are none.

    Args:
        runs: The samplings.
        linter: Judges the states.
    """
    worth_a_start = getattr(linter, "characters_per_start", 0)
    active = runs
    while active := [run for run in active if run.open_states]:
        questions = [(run, state) for run in active for state in run.open_states]
        # Starting a linter costs as much as judging so many characters. Where the open questions
        # are fewer, likely ones go along, so that there are fewer starts.
        size = sum(run.size_of(state) for run, state in questions) if worth_a_start else 0
        if ahead := min(worth_a_start // (size + 1), _MOST_AHEAD):
            questions += [(run, state) for run in active for state in run.likely_states(ahead)]
        for (run, state), result in zip(questions, _judge(questions, linter), strict=True):
            run.learn(state, in_program(state, result))
        for run in active:
            run.advance()


def _judge(questions: Sequence[tuple[Sampling[Any], int]], linter: Linter) -> list[LintResult]:
    texts = [run.program.keep(state).text for run, state in questions]
    if not isinstance(linter, BatchLinter):
        sources = [run.source_of(state) for run, state in questions]
        # Once the program itself is judged, there are no more sources to hand on.
        if any(sources) and isinstance(linter, SourceLinter):
            return linter.lint_sources(texts, sources)
        return linter.lint(texts)
    # These linters parse by themselves; to parse each text here as well would be for nothing.
    parses = [run.is_certain_to_parse(state) for run, state in questions]
    return linter.lint_batch(texts, parses)
