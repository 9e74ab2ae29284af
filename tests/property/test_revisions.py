"""Paths between generated versions."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from lintseq_datasets.edits.program import Program, mask_lines
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.languages.base import Structure
from lintseq_datasets.linters.base import LintResult
from lintseq_datasets.samplers.changes import find_changes
from lintseq_datasets.samplers.config import RevisionConfig
from lintseq_datasets.samplers.revision import Revision, sample_revisions
from tests.unit.samplers.toy import BatchToy, Toy, erratic, needs, plain_structure

_lines = st.lists(st.sampled_from(["a", "b a", "c b", "d a c", "", "e"]), max_size=9)


@st.composite
def _structures(draw: st.DrawFn, num_lines: int) -> Structure:
    """Lines that take some of those below along, and lines that are not drawn."""
    drawable = draw(st.sets(st.integers(0, max(num_lines - 1, 0)), min_size=1))
    takes = tuple(
        1 << line | draw(st.integers(0, (1 << num_lines) - 1)) >> line << line
        if draw(st.booleans())
        else 1 << line
        for line in range(num_lines)
    )
    kept = tuple(sorted(line for line in drawable if line < num_lines))
    return plain_structure(num_lines, drawable=kept, weights=(1.0,) * len(kept), takes=takes)


@st.composite
def _revisions(draw: st.DrawFn) -> Revision:
    versions = [Program.from_text("\n".join(draw(_lines))) for _ in range(2)]
    structures = [draw(_structures(len(version))) for version in versions]
    return Revision(versions[0], versions[1], (structures[0], structures[1]))


@given(st.lists(_revisions(), min_size=1, max_size=3), st.integers(0, 9))
@settings(max_examples=80)
def test_paths(pairs: list[Revision], seed: int) -> None:
    config = RevisionConfig(num_samples=3, seed=seed)
    pairs = [pair for pair in pairs if pair.before != pair.after]
    together = sample_revisions(pairs, config, Toy())
    assert together == sample_revisions(pairs, config, BatchToy())
    for pair, outcome in zip(pairs, together, strict=True):
        assert isinstance(outcome, tuple)
        changes = find_changes(*pair[:3])
        own = _errors(changes.program, changes.before) | _errors(changes.program, changes.after)
        for path in outcome:
            found = list(path.sequence.states())
            assert found[-1] == pair.after
            # Printed and read back, it is the same; and no edit is empty.
            printed = EditSequence.from_text(path.sequence.to_text(), pair.before)
            assert printed == path.sequence
            assert all(edit.hunks for edit in path.sequence.edits)
            for state, lines in zip(found, path.states, strict=True):
                assert changes.program.keep(lines) == state
                assert _errors(changes.program, lines) <= own


def _errors(program: Program, lines: int) -> set[tuple[str, int]]:
    places = mask_lines(lines)
    found: LintResult = needs(program.keep(lines).lines)
    assert isinstance(found, tuple)
    return {(message.id, places[message.line - 1]) for message in found}


@given(_revisions(), st.integers(0, 9))
@settings(max_examples=60)
def test_an_erratic_linter_only_makes_longer_jumps(pair: Revision, seed: int) -> None:
    (outcome,) = sample_revisions([pair], RevisionConfig(num_samples=2, seed=seed), Toy(erratic))
    if isinstance(outcome, tuple):
        assert all(path.sequence.resolve() == pair.after for path in outcome)


@given(_revisions())
@settings(max_examples=60)
def test_no_line_changes_that_need_not(pair: Revision) -> None:
    changes = find_changes(*pair[:3])
    assert changes.program.keep(changes.before) == pair.before
    assert changes.program.keep(changes.after) == pair.after
    assert changes.state(changes.all) == changes.after
    edit = changes.edit(changes.before, changes.after)
    assert edit.apply(pair.before.lines) == pair.after.lines
    for hunk in edit.hunks:
        assert hunk.added[:1] != hunk.removed[:1]
    # What both have as often as each other does not count as changed more often than difflib does.
    common = sum((Counter(pair.before.lines) & Counter(pair.after.lines)).values())
    assert (changes.before & changes.after).bit_count() <= common
