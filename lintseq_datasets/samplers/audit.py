"""The audit: what pylint says of program states that another linter let pass.

A faster linter misses errors, and how many depends on the programs. So some of the programs,
drawn by their content, are judged again while the data is made. The result travels with the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters.base import Linter, LintMessage, LintResult, in_program
from lintseq_datasets.samplers._judge import OwnErrors
from lintseq_datasets.samplers._random import make_rng
from lintseq_datasets.samplers._undoing import Path
from lintseq_datasets.samplers.changes import find_changes
from lintseq_datasets.samplers.config import LintSeqConfig
from lintseq_datasets.samplers.revision import Revision

_STREAM = 2  # of random numbers, independent of those that sequences are drawn with


class Audit(NamedTuple):
    """What the audit found in one sequence."""

    states: int = 0  # judged states: those between the edits, one that it starts from or ends at
    rejected: int = 0  # how many of them have an error that the program does not have


def is_audited(program: Program, share: float, seed: int) -> bool:
    """Whether a program is drawn for the audit. Only its content and the seed decide.

    Args:
        program: The whole program.
        share: From 0 (none) to 1 (all).
        seed: Of the configuration.
    """
    if share in (0, 1):
        return bool(share)
    # One number for each program, so a larger share includes a smaller one.
    return float(make_rng(seed, program, 0, stream=_STREAM).random()) < share


def audit(
    program: Program, sequences: Sequence[EditSequence], config: LintSeqConfig, linter: Linter
) -> list[Audit]:
    """Judge the states of all sequences of a program, each state whole and once.

    Args:
        program: The whole program.
        sequences: What was sampled.
        config: Choices of the sampler, for whether errors of the program are forgiven.
        linter: Judges the states.

    Returns:
        An audit for each sequence.

    Raises:
        LinterError: There is no verdict on a state.
    """
    # Sequences of a program share many states; each is judged once.
    masks = [list(sequence.kept_lines(program)) for sequence in sequences]
    whole = (1 << len(program)) - 1
    asked = list(dict.fromkeys([whole, *(mask for kept in masks for mask in kept)]))
    results = linter.lint([program.keep(mask).text for mask in asked])
    found = dict(zip(asked, map(_messages, asked, results), strict=True))
    own = OwnErrors.of(found[whole], forgiven=config.forgive_own_errors)
    rejected = {mask: bool(own.flagged(messages)) for mask, messages in found.items()}
    return [Audit(len(kept), sum(rejected[mask] for mask in kept)) for kept in masks]


def audit_paths(revision: Revision, paths: Sequence[Path], linter: Linter) -> list[Audit]:
    """Judge the states of all paths between two versions, each state whole and once.

    Args:
        revision: The two versions.
        paths: What was sampled.
        linter: Judges the states.

    Returns:
        An audit for each path.

    Raises:
        LinterError: There is no verdict on a state.
    """
    changes = find_changes(revision.before, revision.after, revision.structures)
    versions = [state for state in (changes.before, changes.after) if state]
    asked = list(dict.fromkeys([*versions, *(state for path in paths for state in path.states)]))
    results = linter.lint([changes.program.keep(state).text for state in asked])
    found = dict(zip(asked, map(_keys, asked, results), strict=True))
    # A state may keep an error of either version, but none of its own; as the sampler has it.
    own = {key for state in versions for key in found[state]}
    return [
        Audit(len(path.states), sum(not found[state] <= own for state in path.states))
        for path in paths
    ]


def _keys(state: int, result: LintResult) -> set[tuple[str, int]]:
    return {(message.id, message.line) for message in _messages(state, result)}


def _messages(state: int, result: LintResult) -> tuple[LintMessage, ...]:
    placed = in_program(state, result)
    if isinstance(placed, LinterError):
        raise placed
    return placed
