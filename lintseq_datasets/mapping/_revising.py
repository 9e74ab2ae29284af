"""From programs in two versions to edit sequences between them.

As in `lintseq_datasets.mapping._sampling`, each distinct pair is read, or skipped with a reason;
sampled; and, if the audit draws it, judged again. Both versions must be programs, but the one
before may be empty.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from lintseq_datasets.edits.program import Program
from lintseq_datasets.errors import LinterError, LintSeqError, ProgramError
from lintseq_datasets.languages.base import SourceText, Structure, StructureRules, load_language
from lintseq_datasets.linters.base import BatchLinter, Linter, StandIn
from lintseq_datasets.linters.limits import TimeUp, deadline
from lintseq_datasets.mapping._sampling import (
    Sampler,
    Wanted,
    audit_share,
    auditor_of,
    get_ready,
    in_time,
    linter_of,
)
from lintseq_datasets.mapping.rows import Sampled
from lintseq_datasets.samplers.audit import audit_paths, is_audited
from lintseq_datasets.samplers.config import RevisionConfig
from lintseq_datasets.samplers.randseq import length_problem
from lintseq_datasets.samplers.revision import (
    Revision,
    RevisionOutcome,
    sample_random_revision,
    sample_revisions,
)

_logger = logging.getLogger(__name__)

_USUAL = StructureRules()  # for how long insertions and deletions are cut


def revision_sampler(config: RevisionConfig) -> Sampler:
    """The sampler of edit sequences between two versions.

    Raises:
        ConfigError: An option has no usable value.
        MissingExtraError: The linter is not installed.
    """
    linter = linter_of(config)

    def sample(wanted: Sequence[Wanted]) -> list[Sampled]:
        if linter is None:
            return [_sampled_at_random(_read(one, config), config) for one in wanted]
        if not isinstance(linter, BatchLinter):
            get_ready(linter)
            return [_sampled_alone(_read(one, config), config, linter) for one in wanted]
        # Such a linter reads texts by itself, and the trees of so many programs would be gigabytes.
        pairs = [_read(one, config, keep_sources=False) for one in wanted]
        ready = [pair for pair in pairs if isinstance(pair, Revision)]
        outcomes = iter(sample_revisions(ready, config, linter))
        return [
            _audited(pair, next(outcomes), config, linter)
            if isinstance(pair, Revision)
            else Sampled(pair, linter.name)
            for pair in pairs
        ]

    return Sampler(config.method, "" if linter is None else linter.name, sample)


def _sampled_at_random(pair: Revision | ProgramError, config: RevisionConfig) -> Sampled:
    outcome = sample_random_revision(pair, config) if isinstance(pair, Revision) else pair
    return _sampled(outcome, "")


def _sampled_alone(
    pair: Revision | ProgramError, config: RevisionConfig, linter: Linter
) -> Sampled:
    if isinstance(pair, ProgramError):
        return Sampled(pair, linter.name)
    return _audited(pair, _sample_one(pair, config, linter), config, linter)


def _sample_one(pair: Revision, config: RevisionConfig, linter: Linter) -> RevisionOutcome:
    (outcome,) = in_time([pair], config, linter, sample_revisions)
    return outcome


def _sampled(outcome: RevisionOutcome, linter: str) -> Sampled:
    if isinstance(outcome, LintSeqError):
        return Sampled(outcome, linter)
    return Sampled(tuple(path.sequence for path in outcome), linter)


def _audited(
    pair: Revision, outcome: RevisionOutcome, config: RevisionConfig, linter: Linter
) -> Sampled:
    """What was sampled, with what the audit says if the pair is drawn."""
    found = _sampled(outcome, linter.name)
    is_drawn = is_audited(pair.content, audit_share(config, linter), config.seed)
    if isinstance(outcome, LintSeqError) or not is_drawn:
        return found
    judge = auditor_of(config, linter)
    try:
        with deadline(config.time_limit):
            audits = tuple(audit_paths(pair, outcome, judge))
    except (TimeUp, LinterError) as problem:
        # The sequences are no worse than those of pairs that were not drawn.
        _logger.warning("a pair was not audited: %r", problem)
        return found
    if isinstance(linter, StandIn) and any(audit.rejected for audit in audits):
        # The audit stays that of the sequences that were replaced: it is a measure of the linter.
        name = f"{judge.name} instead of {' '.join(linter.name.split()[:2])}"
        return _sampled(_sample_one(pair, config, judge), name)._replace(audits=audits)
    return found._replace(audits=audits)


# --- reading both versions -----------------------------------------------------------


def _read(
    one: Wanted, config: RevisionConfig, *, keep_sources: bool = True
) -> Revision | ProgramError:
    """Read both versions, or say why there is no path between them."""
    if one.state == one.program:
        return ProgramError("equal_versions", "there is nothing to edit")
    found = []
    for name, program in (("before", one.state), ("after", one.program)):
        try:
            found.append(_read_version(program, config))
        except RecursionError:
            return ProgramError("syntax_error", f"{name}: nested too deeply to be parsed")
        except ProgramError as error:
            return ProgramError(error.reason, f"{name}: {error.detail}")
    (before, first), (after, second) = found
    sources = (before, after) if keep_sources else (None, None)
    return Revision(one.state, one.program, (first, second), sources)


def _read_version(program: Program, config: RevisionConfig) -> tuple[SourceText, Structure]:
    """Read a version.

    Raises:
        ProgramError: It is no program.
        RecursionError: It is nested too deeply.
    """
    if problem := length_problem(program, config.max_lines, config.max_characters):
        raise problem
    language = load_language(config.language)
    source = language.read(program.text)
    try:
        return source, language.structure(source, _USUAL)
    except ProgramError as error:
        if error.reason != "no_code":
            raise
        # Comments alone, or nothing: a version like any other, where each line goes by itself.
        return source, Structure.of_lines(len(program))
