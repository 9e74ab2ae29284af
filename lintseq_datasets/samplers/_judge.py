"""What is known about the states of a program, and how.

There are three ways to know the new errors of a state: a linter has judged it; its blocks are
broken, so that it cannot parse; or it uses a name that nothing binds any more. The last two are
*foreseen*, from the structure of the program alone. For example, in

    0  def f(n):
    1      return n
    2  print(f(4) + undefined)

the program has an error of its own in line 2, which is forgiven. The state of line 0 alone is
known to be broken, and line 0 is to blame: its block is gone. The state of line 2 alone uses ``f``,
which is gone, but it is left to the linter: its line has an error already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lintseq_datasets.edits.program import Program
from lintseq_datasets.errors import LinterError
from lintseq_datasets.languages.base import Structure
from lintseq_datasets.linters.base import LintMessage, LintResult


@dataclass(frozen=True, slots=True)
class OwnErrors:
    """The errors of a whole program, which are forgiven in its states.

    Errors are the same if message id, line of the program and column are. Texts are not
    compared: they change between states ("maybe you meant ...").
    """

    counts: Mapping[tuple[str, int, int], int] = field(default_factory=dict)
    lines: int = 0  # mask of the lines that they point at

    @classmethod
    def of(cls, messages: Sequence[LintMessage], *, forgiven: bool) -> OwnErrors:
        """The errors of a program (lines 1-based); if they are not forgiven, only their lines."""
        lines = 0
        for message in messages:
            lines |= 1 << (message.line - 1)
        return cls(Counter(map(_key, messages)) if forgiven else {}, lines)

    def flagged(self, messages: Sequence[LintMessage]) -> int:
        """Mask of the lines that new errors of a state point at.

        Args:
            messages: The errors of the state, with lines counted in the whole program.
        """
        # Counts, not a set: where the program has an error once, the same one twice is new.
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
class Budget:
    """How many states of a program may be judged.

    Args:
        linter: Name for errors.
        most: How many.
    """

    linter: str
    most: int
    _asked: set[int] = field(default_factory=set)

    def spend(self, state: int) -> None:
        """Count a state whose verdict was needed; what was judged ahead of time costs nothing.

        Raises:
            LinterError: The budget is spent.
        """
        # So it ends at the same state, whatever programs are in the batch.
        self._asked.add(state)
        if len(self._asked) > self.most:
            raise LinterError("lint_budget", self.linter, f"more than {self.most} states")


@dataclass(slots=True)
class StateJudge:
    """What is known about the states of one program, and what was spent to know it."""

    program: Program
    structure: Structure
    budget: Budget
    foresees_syntax: bool  # whether syntax errors are errors for the linter
    foresees_names: bool  # whether undefined names are
    forgive_own_errors: bool
    start: int = 0  # the state that was given, if one was
    _own: OwnErrors = field(default_factory=OwnErrors)
    _verdicts: dict[int, int | LinterError] = field(default_factory=dict)
    """For each state that was judged the lines of its new errors, or why there is no verdict."""
    _foreseen: dict[int, int] = field(default_factory=dict)  # 0 where nothing is foreseen
    _broken: dict[int, int | None] = field(default_factory=dict)  # by `Blocks.first_error`

    @property
    def whole(self) -> int:
        """The state that keeps every line."""
        return (1 << len(self.program)) - 1

    def known(self, state: int) -> int | None:
        """Mask of the lines that new errors of a state point at; None if it must be judged.

        Raises:
            LinterError: The state has no verdict, or the budget of the program is spent.
        """
        verdict = self._verdicts.get(state)
        if verdict is None:
            return self.foreseen(state)
        self.budget.spend(state)
        if isinstance(verdict, LinterError):
            raise verdict
        return verdict

    def foreseen(self, state: int) -> int | None:
        """As `known`, but nothing is counted and nothing is raised.

        A state that does not parse or uses undefined names has new errors for certain. So it
        takes no verdict to drop it. A state is only ever kept on a verdict.
        """
        verdict = self._verdicts.get(state)
        if verdict is not None:
            return 0 if isinstance(verdict, LinterError) else verdict
        flagged = self._foreseen.get(state)
        if flagged is None:
            flagged = self._foreseen[state] = self._foresee(state)
        return flagged or None  # that nothing is foreseen does not mean that there is no error

    def _foresee(self, state: int) -> int:
        broken = self._first_error(state) if self.foresees_syntax else None
        # In a text that does not parse, a linter reports that and no undefined name.
        if broken == 0 and self.foresees_names:
            # On a line with an error of its own, the foreseen one may be the one to forgive.
            return self.structure.undefined(state) & ~self._own.lines
        return broken or 0

    def learn(self, state: int, result: LintResult) -> None:
        """Take note of a verdict (lines counted in the whole program, 1-based).

        The first state must be the whole program: its errors are the ones to forgive.
        """
        if isinstance(result, LinterError):  # raised when it is needed, not if it was asked ahead
            self._verdicts[state] = result
            return
        if state == self.whole:
            self._own = OwnErrors.of(result, forgiven=self.forgive_own_errors)
        # The lines are enough. The messages of thousands of states would take much more memory.
        self._verdicts[state] = self._own.flagged(result)

    def is_certain_to_parse(self, state: int) -> bool:
        """Whether a state is known to parse without asking a parser."""
        # A given state may hold a block without its header, which `Blocks` does not expect.
        return state != self.start and self._first_error(state) == 0

    def _first_error(self, state: int) -> int | None:
        """What `Blocks` says about a state: the line of its first syntax error, 0 or None."""
        if state not in self._broken:
            blocks = self.structure.blocks
            self._broken[state] = None if blocks is None else blocks.first_error(state)
        return self._broken[state]
