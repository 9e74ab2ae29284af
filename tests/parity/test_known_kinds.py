"""Programs of kinds that were judged wrongly once; and what was judged before changes nothing."""

from __future__ import annotations

import random
from typing import Any

import pytest

from lintseq_datasets import lintseq_map
from tests.parity.grammar import programs
from tests.parity.kinds import PROGRAMS
from tests.parity.stock import kept_states, summary, wrong_states
from tests.parity.text_by_text import TextByText

SAMPLES = 35
Rows = dict[str, list[Any]]


def sample(texts: list[str], **options: Any) -> Rows:
    rows = lintseq_map({"code": texts}, extract_code=None, **{"num_samples": SAMPLES, **options})
    assert set(rows["status"]) == {"ok"}
    return rows


def edits_by_program(rows: Rows) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for program, edits in zip(rows["program"], rows["edits"], strict=True):
        found.setdefault(program, []).append(edits)
    return found


@pytest.fixture(scope="module")
def rows() -> Rows:
    return sample(list(PROGRAMS.values()))


@pytest.mark.slow
def test_no_state_has_an_error_that_its_program_lacks(rows: Rows) -> None:
    """Of all programs at once: a start of stock pylint costs more than the states of one."""
    states = list(kept_states(rows))
    assert len(states) > 15 * len(PROGRAMS)
    if wrong := wrong_states(states):
        kinds = [n for n, text in PROGRAMS.items() if any(w.state.program == text for w in wrong)]
        pytest.fail(f"{kinds}\n{summary(wrong)}", pytrace=False)


@pytest.mark.slow
def test_the_sequences_are_those_of_a_linter_that_sees_one_text_at_a_time(rows: Rows) -> None:
    expected = edits_by_program(sample(list(PROGRAMS.values()), linter=TextByText()))
    found = edits_by_program(rows)
    different = [name for name, text in PROGRAMS.items() if found[text] != expected[text]]
    assert not different


@pytest.mark.slow
def test_what_was_judged_before_changes_nothing(rows: Rows) -> None:
    """Other programs and fewer, other samples go before; the sequences stay what they were."""
    rng = random.Random(1)
    texts, others = list(PROGRAMS.values()), programs(300, 8)
    expected = edits_by_program(rows)
    different: set[str] = set()
    for few in (1, 2, 5):
        rng.shuffle(texts)
        mixed = sample([*rng.sample(others, 3), *texts], num_samples=2, seed=few)
        assert len(mixed["edits"]) == 2 * (len(texts) + 3)
        found = edits_by_program(sample(texts, num_samples=few))
        different |= {text for text in texts if found[text] != expected[text][:few]}
    assert not [name for name, text in PROGRAMS.items() if text in different]
