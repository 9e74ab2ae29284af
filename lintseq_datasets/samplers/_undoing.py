"""Backward sampling of changes: what is undone with a change that is drawn, and the path.

`undo_changes` is the algorithm. It asks for verdicts and never sees a linter, as
`backward_sampling` does. Say that change 0 defines ``total``, change 1 has a comment for it that is
undone along with it, and change 2 prints it. If change 0 is drawn first, in masks of the changes
that are applied (change 0 is the last digit):

    0 is drawn, 1 goes along    yields 100    is sent E0602 in a line of change 2
    2 owns that line            nothing left  returns the states 111 and 000: one edit makes all
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from lintseq_datasets.edits.program import mask_lines
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.linters.base import LintMessage
from lintseq_datasets.samplers.changes import Changes

_QUOTED = re.compile(r"['\"`]([^'\"`\n]+)['\"`]")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Path:
    """A sequence from one version to the other; equal to others with the same edits.

    Args:
        sequence: The sequence.
        states: For each edit the mask of the lines after it, of those of `Changes.program`.
    """

    sequence: EditSequence
    states: tuple[int, ...] = field(compare=False)


Undoing: TypeAlias = Generator[int, Sequence[LintMessage], list[int]]
"""Yields states to be judged (masks of the changes that are applied). Is sent the new errors, with
lines counted in all lines of both versions. Returns the states, last one first."""


def undo_changes(changes: Changes, draws: Iterator[float], applied: int = -1) -> Undoing:
    """Undo changes backwards, from the version after to the version before.

    1. Draw a change from those that are applied; undo it and what goes with it.
    2. Have what is left judged.
    3. Undo what the new errors point at: the change that owns the line; or, where the line was
       there before, those that took away what it needs.
    4. Repeat 2 and 3 until there are no new errors. This is the state before.

    Every round undoes at least one change, so there are at most as many rounds as changes; the
    last state is the version before, which is not judged.

    Args:
        changes: The changes.
        draws: Uniform random numbers in [0, 1), one for each change.
        applied: Mask of the changes to begin with; all of them by default.
    """
    applied &= changes.all
    states = [applied]
    while applied:
        candidates = mask_lines(applied)
        # Each round undoes this change at least, so one draw for each change is enough.
        drawn = candidates[int(next(draws) * len(candidates))]
        gone = changes.along[drawn] & applied
        while left := applied & ~gone:
            errors = yield left
            if not errors:
                break
            for error in errors:
                for guilty in mask_lines(_guilty(changes, error, left)):
                    gone |= changes.along[guilty] & applied
        applied &= ~gone
        states.append(applied)
    return states


def _guilty(changes: Changes, error: LintMessage, applied: int) -> int:
    """The changes that are undone for a new error: one at least.

    Args:
        changes: The changes.
        error: The error, with its line counted in all lines of both versions, 1-based.
        applied: Mask of the changes that are applied; there is at least one.
    """
    # A change that is applied owns the lines that it put in. It owns those that it took out as
    # well, but these are not in the state; where they are, it is not applied.
    line = error.line - 1
    owner = changes.owners.get(line)
    if owner is not None and applied >> owner & 1:
        return 1 << owner
    # The line was there before, so what it needs was there, too.
    if unbinding := changes.unbinding(line, applied):
        return unbinding
    # What the message quotes, as in "undefined name 'total'", is mostly what is missing.
    names = {word for quoted in _QUOTED.findall(error.text) for word in _WORD.findall(quoted)}
    candidates = mask_lines(applied)
    shared = {change: len(names & changes.words[change]) for change in candidates}
    if most := max(shared.values()):
        return sum(1 << change for change in candidates if shared[change] == most)
    # Nothing is named: an indentation, a bracket. What is nearest has most to do with it.
    return 1 << min(candidates, key=lambda change: _distance(changes.masks[change], line))


def _distance(mask: int, line: int) -> int:
    return min(abs(line - other) for other in mask_lines(mask))


def path_of(changes: Changes, applied: Sequence[int]) -> Path:
    """The path through some states.

    Args:
        changes: The changes.
        applied: For each state the changes that are applied in it, last state first; the first
            one has all of them and the last one none.
    """
    program, before = changes.program, changes.before
    states: list[int] = []
    text = start = program.keep(before)
    edits = []
    for done in reversed(applied[:-1]):
        state = changes.state(done)
        after = program.keep(state)
        # A change of lines that are equal is none; and a state of one empty line would be read
        # back as the empty program.
        if after == text or (not after.text and state != changes.after):
            continue
        edits.append(changes.edit(before, state))
        states.append(state)
        text, before = after, state
    return Path(EditSequence(tuple(edits), start), tuple(states))
