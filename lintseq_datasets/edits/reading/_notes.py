"""Problems as they are found, and what the policy makes of them."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from lintseq_datasets.edits.formats import Place
from lintseq_datasets.edits.reading._problems import REPAIRED, Problem
from lintseq_datasets.errors import ConfigError

Policy: TypeAlias = Literal["skip", "stop", "raise"]
"""What becomes of malformed text: ``"skip"`` uses what can be used, ``"stop"`` keeps what came
before and ends reading, ``"raise"`` makes it a `DiffError`."""


class PolicyNotes:
    """Notes problems for one text.

    Args:
        policy: What becomes of malformed text.

    Raises:
        ConfigError: There is no such policy.
    """

    def __init__(self, policy: Policy) -> None:
        if policy not in get_args(Policy):
            raise ConfigError("policy", f"{policy!r} is none of 'skip', 'stop', 'raise'")
        self._policy = policy
        self.problems: list[Problem] = []
        self.has_raised = False
        """Whether a problem was raised."""
        self.stopped = False
        """Whether reading stopped at a problem, so that nothing more is taken."""
        self.edit: int | None = None
        """0-based number of the edit that is being read."""
        self.place = Place(1, 0)
        """The line that is being read."""
        self._before = 0  # problems of the edits before

    def begin_edit(self) -> None:
        """What comes now belongs to another edit."""
        self._before = len(self.problems)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was wrong with this edit so far."""
        return len(self.problems) == self._before

    def is_doubt(self, kind: str) -> bool:
        """Whether a kind of problem leaves doubt about what was meant."""
        return kind not in REPAIRED

    def add(self, kind: str, detail: str, place: Place | None = None, hunk: int = -1) -> None:
        """Note a problem, and act on it as the policy says.

        Raises:
            DiffError: Only with the policy ``"raise"``.
        """
        # What is put right without doubt is still noted, as it belongs to what was taken.
        if self.stopped and self.is_doubt(kind):  # reading stopped before it
            return
        line, offset = place or self.place
        number = hunk if hunk >= 0 else None
        problem = Problem(kind, detail, line, offset, edit=self.edit, hunk=number)
        self.problems.append(problem)
        if self._policy == "raise":
            self.has_raised = True
            raise problem.as_error()
        if self._policy == "stop" and self.is_doubt(kind):
            self.stopped = True
