"""What is known about the states of a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters.base import LintMessage
from lintseq_datasets.program import Program
from lintseq_datasets.structure import Structure


@dataclass(frozen=True, slots=True)
class OwnErrors:
    """The errors of a whole program, which none of its states is blamed for.

    Errors are compared by message id, line of the program and column; texts change between
    states.
    """

    counts: Mapping[tuple[str, int, int], int] = field(default_factory=dict)
    lines: int = 0  # mask of the lines that they point at

    @classmethod
    def of(cls, messages: Sequence[LintMessage], *, forgiven: bool) -> OwnErrors:
        """The errors of a program (lines 1-based), or none of them if they are not forgiven."""
        lines = 0
        for message in messages:
            lines |= 1 << (message.line - 1)
        return cls(Counter(map(_key, messages)) if forgiven else {}, lines)

    def flagged(self, messages: Sequence[LintMessage]) -> int:
        """Mask of the lines that new errors of a state point at.

        Args:
            messages: The errors of the state, with lines counted in the whole program.
        """
        left = Counter(self.counts)
        flagged = 0
        for message in messages:
            key = _key(message)
            if left[key] > 0:
                left[key] -= 1
            else:
                flagged |= 1 << (message.line - 1)
        return flagged


def _key(message: LintMessage) -> tuple[str, int, int]:
    return message.id, message.line, message.column


@dataclass(slots=True)
class StateJudge:
    """What is known about the states of one program, and what was spent to know it."""

    program: Program
    structure: Structure
    foresees_syntax: bool  # whether syntax errors are errors for the linter
    foresees_names: bool  # whether undefined names are
    forgive_own_errors: bool
    max_lints: int
    start: int = 0  # the state that was given, if one was
    _own: OwnErrors = field(default_factory=OwnErrors)
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
            return self.structure.undefined(state) & ~self._own.lines
        return broken or 0

    def learn(self, state: int, messages: Sequence[LintMessage]) -> None:
        """Take note of the errors of a state (lines counted in the whole program, 1-based).

        The first state must be the whole program: its errors are the ones to forgive.
        """
        if state == self.whole:
            self._own = OwnErrors.of(messages, forgiven=self.forgive_own_errors)
        self._flagged[state] = self._own.flagged(messages)

    def is_certain_to_parse(self, state: int) -> bool:
        """Whether it takes no parser to know that a state parses."""
        blocks = self.structure.blocks
        # a state that was given may hold a block without its header
        return blocks is not None and state != self.start and blocks.first_error(state) == 0

    def spend(self, linter: str) -> None:
        """Count a verdict.

        Raises:
            LinterError: The budget of the program is spent.
        """
        self._lints += 1
        if self._lints > self.max_lints:
            raise LinterError("lint_budget", linter, f"more than {self.max_lints} states")
