"""From the programs of rows to edit sequences.

Each distinct program of a batch goes the same way: it is read, or skipped with a reason; sampled;
and, if the audit draws it, judged again. For example, in a batch of three rows:

    row 0  "n = 4"      sampled, and not audited
    row 1  "n ="        does not parse: ``skipped:syntax_error``, and no linter is asked
    row 2  "n = 4"      equal to row 0: has its sequences

With a linter that takes many texts in a call, all programs are sampled together; with pylint, one
after another.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple, TypeVar

from lintseq_datasets.edits.program import Program
from lintseq_datasets.errors import LinterError, LintSeqError, ProgramError
from lintseq_datasets.languages.base import SourceText, Structure, load_language
from lintseq_datasets.linters import load_linter
from lintseq_datasets.linters.base import BatchLinter, Linter, StandIn
from lintseq_datasets.linters.limits import TimeUp, deadline
from lintseq_datasets.mapping.rows import Row, Sampled
from lintseq_datasets.samplers.audit import audit, is_audited
from lintseq_datasets.samplers.config import (
    LintSeqConfig,
    RandSeqConfig,
    RevisionConfig,
    SamplerConfig,
)
from lintseq_datasets.samplers.lintseq import Outcome, Target, sample_lintseq
from lintseq_datasets.samplers.randseq import length_problem, sample_randseq
from lintseq_datasets.samplers.start import find_start

_Item = TypeVar("_Item")
_Config = TypeVar("_Config", LintSeqConfig, RevisionConfig)
_Value = TypeVar("_Value")

_logger = logging.getLogger(__name__)

_READY: set[str] = set()  # names of linters that were used in this process
_AUDIT_OF_STAND_INS = 0.02  # share of the programs, unless the configuration says another


class Wanted(NamedTuple):
    """A program, and the state to start from; the empty one where none is given."""

    program: Program
    state: Program


@dataclass(frozen=True, slots=True)
class Sampler:
    """A sampler of many programs, and what the output says about it."""

    method: str
    linter: str
    sample: Callable[[Sequence[Wanted]], list[Sampled]]

    def fill(self, rows: Sequence[Row]) -> None:
        """Sample the programs of rows; equal programs have equal sequences."""
        # Draws are keyed by the program, so that equal ones would give the same a second time.
        wanted = [Wanted(row.program, Program.from_text(row.state)) for row in rows]
        open_ones = dict.fromkeys(
            one for one, row in zip(wanted, rows, strict=True) if row.problem is None
        )
        sampled = dict(zip(open_ones, self.sample(list(open_ones)), strict=True))
        for one, row in zip(wanted, rows, strict=True):
            # Also of rows that were not sampled: all rows of a run say how it was made.
            row.method, row.linter = self.method, self.linter
            if row.problem is None:
                row.take(sampled[one])


def linter_of(config: SamplerConfig) -> Linter | None:
    """The linter that a configuration names; None for a sampler without one.

    Raises:
        ConfigError: An option has no usable value.
        MissingExtraError: The linter is not installed.
    """
    if isinstance(config, RandSeqConfig) or config.judge is None:
        return None
    return load_linter(
        config.judge,
        errors=config.errors,
        imports=config.imports,
        time_limit=config.time_limit,
        language=config.language,
    )


# --- without a linter ----------------------------------------------------------------


def randseq_sampler(config: RandSeqConfig) -> Sampler:
    """The sampler of edit sequences without a linter."""

    def sample_one(one: Wanted) -> Outcome:
        if problem := length_problem(one.program, config.max_lines, config.max_characters):
            return problem
        try:
            return sample_randseq(one.program, config, find_start(one.state, one.program))
        except ProgramError as error:
            return error

    def sample(wanted: Sequence[Wanted]) -> list[Sampled]:
        return [Sampled(sample_one(one), "") for one in wanted]

    return Sampler("randseq", "", sample)


# --- with a linter -------------------------------------------------------------------


def lintseq_sampler(config: LintSeqConfig) -> Sampler:
    """The sampler of edit sequences with a linter.

    Raises:
        ConfigError: An option has no usable value.
        MissingExtraError: The linter is not installed.
    """
    linter = linter_of(config)
    assert linter is not None

    def sample(wanted: Sequence[Wanted]) -> list[Sampled]:
        sample_all = _sample_together if isinstance(linter, BatchLinter) else _sample_in_turn
        return [
            _audited(target, Sampled(outcome, linter.name), config, linter)
            for target, outcome in sample_all(_targets(wanted, config), config, linter)
        ]

    return Sampler("lintseq", linter.name, sample)


def _sample_together(
    targets: Iterable[Target | ProgramError], config: LintSeqConfig, linter: Linter
) -> Iterator[tuple[Target | None, Outcome]]:
    """Sample all programs at once, for a linter whose calls cost much."""
    # Such a linter reads texts by itself, and the trees of so many programs would be gigabytes.
    found = [one._replace(source=None) if isinstance(one, Target) else one for one in targets]
    ready = [one for one in found if isinstance(one, Target)]
    # Without a deadline here: such linters keep the time limit themselves, for each text.
    outcomes = iter(sample_lintseq(ready, config, linter))
    for one in found:
        yield (one, next(outcomes)) if isinstance(one, Target) else (None, one)


def _sample_in_turn(
    targets: Iterable[Target | ProgramError], config: LintSeqConfig, linter: Linter
) -> Iterator[tuple[Target | None, Outcome]]:
    """Sample one program after another; what was read of one is gone before the next."""
    for one in targets:
        if isinstance(one, Target):
            get_ready(linter)
            yield one, _sample_alone(one, config, linter)
        else:
            yield None, one


def get_ready(linter: Linter) -> None:
    """Let a linter load what it loads once in a process, outside of any program's budget."""
    if linter.name not in _READY:
        linter.lint([""])
        _READY.add(linter.name)


def _sample_alone(target: Target, config: LintSeqConfig, linter: Linter) -> Outcome:
    (outcome,) = in_time([target], config, linter, sample_lintseq)
    return outcome


def in_time(
    targets: Sequence[_Item],
    config: _Config,
    linter: Linter,
    sample: Callable[[Sequence[_Item], _Config, Linter], Sequence[_Value]],
) -> Sequence[_Value | LinterError]:
    """Sample within a time limit, which is the last resort."""
    try:
        with deadline(config.time_limit):
            return sample(targets, config, linter)
    except TimeUp:
        name = linter.name.split()[0]
        return [LinterError("time_budget", name, f"more than {config.time_limit:g} s")]


# --- what another linter says --------------------------------------------------------


def _audited(
    target: Target | None, sampled: Sampled, config: LintSeqConfig, linter: Linter
) -> Sampled:
    """Add what the audit says to what was sampled, if the program is drawn.

    If the linter stands in for another one, and that one rejects a state, the program is
    sampled again with that other one.
    """
    share = audit_share(config, linter)
    outcome = sampled.outcome
    if target is None or isinstance(outcome, LintSeqError):
        return sampled
    if not is_audited(target.program, share, config.seed):
        return sampled
    judge = auditor_of(config, linter)
    try:
        with deadline(config.time_limit):
            audits = tuple(audit(target.program, outcome, config, judge))
    except (TimeUp, LinterError) as problem:
        # The sequences are no worse than those of programs that were not drawn.
        _logger.warning("a program was not audited: %r", problem)
        return sampled
    if isinstance(linter, StandIn) and any(found.rejected for found in audits):
        # The audit stays that of the sequences that were replaced: it is a measure of the linter.
        # As in "pylint 4.1.4 python 3.11 instead of prylint 0.4.2".
        name = f"{judge.name} instead of {' '.join(linter.name.split()[:2])}"
        return Sampled(_sample_alone(target, config, judge), name, audits)
    return Sampled(outcome, linter.name, audits)


def audit_share(config: LintSeqConfig | RevisionConfig, linter: Linter) -> float:
    """Share of the programs that are audited."""
    usual = _AUDIT_OF_STAND_INS if isinstance(linter, StandIn) else 0.0
    return usual if config.audit is None else config.audit


def auditor_of(config: LintSeqConfig | RevisionConfig, linter: Linter) -> Linter:
    """The linter that says what another one misses."""
    if isinstance(linter, StandIn):
        return linter.original
    # The audit of a linter that stands in for none compares with the language's usual one.
    (usual, *_) = load_language(config.language).linters
    return load_linter(
        usual, imports=config.imports, time_limit=config.time_limit, language=config.language
    )


# --- what is sampled -----------------------------------------------------------------


def _targets(wanted: Sequence[Wanted], config: LintSeqConfig) -> Iterator[Target | ProgramError]:
    """For each one what there is to sample; equal programs that are neighbours are read once."""
    # A generator: a tree takes a hundred times the memory of its text, so one is held at a time.
    for program, same in groupby(wanted, key=lambda one: one.program):
        read = _read(program, config)
        for one in same:
            yield read if isinstance(read, ProgramError) else _target(one, *read)


def _target(one: Wanted, source: SourceText, structure: Structure) -> Target | ProgramError:
    try:
        start = find_start(one.state, one.program)
    except ProgramError as error:
        return error
    return Target(one.program, structure, start, source)


def _read(program: Program, config: LintSeqConfig) -> tuple[SourceText, Structure] | ProgramError:
    """Read a program, or say why it cannot be sampled."""
    if problem := length_problem(program, config.max_lines, config.max_characters):
        return problem
    language = load_language(config.language)
    try:
        source = language.read(program.text)
        return source, language.structure(source, config.structure_rules)
    # A hostile program may be nested deeper than what walks its tree; it is a row as others.
    except RecursionError:
        return ProgramError("syntax_error", "nested too deeply to be parsed")
    except ProgramError as error:
        return error
