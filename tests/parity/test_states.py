"""States of programs that are easily judged wrongly, and of others, against a stock `pylint`."""

from __future__ import annotations

import pickle
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lintseq_datasets import lintseq_map
from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters.base import LintResult
from lintseq_datasets.linters.pylint import PylintLinter
from lintseq_datasets.linters.syntax import SYNTAX_ERROR
from tests.conftest import made_once
from tests.parity import ordinary, tricky
from tests.parity.deletions import random_states
from tests.parity.stock import Error, kept_states, stock_errors, summary, wrong_states
from tests.parity.text_by_text import TextByText

STATES_OF_EACH = 15
PROGRAMS = {**tricky.PROGRAMS, **ordinary.PROGRAMS}


def sequences(names: list[str], **options: Any) -> dict[str, list[Any]]:
    rows = lintseq_map({"code": [PROGRAMS[name] for name in names]}, extract_code=None, **options)
    assert set(rows["status"]) == {"ok"}
    return rows


@pytest.mark.slow
def test_no_state_has_an_error_that_its_program_lacks() -> None:
    states = list(kept_states(sequences(list(PROGRAMS), num_samples=4)))
    assert len(states) > 12 * len(PROGRAMS)
    if wrong := wrong_states(states):
        pytest.fail(summary(wrong), pytrace=False)


# --- verdicts, whether a state is kept or not ----------------------------------------------


def found_in(text: str, result: LintResult) -> Counter[Error]:
    """Stock pylint counts the column of a syntax error from 1."""
    assert not isinstance(result, LinterError), text
    last = text.count("\n") + 1
    return Counter(
        Error(m.id, min(max(m.line, 1), last), 0 if m.id == SYNTAX_ERROR else m.column)
        for m in result
    )


@pytest.fixture(scope="module")
def texts() -> list[str]:
    rng = random.Random(3)
    states = [
        state for text in PROGRAMS.values() for state in random_states(text, STATES_OF_EACH, rng)
    ]
    return list(dict.fromkeys([state.text for state in states]))


@pytest.fixture(scope="module")
def stock(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Counter[Error]]:
    def run(folder: Path) -> None:
        (folder / "errors.pickle").write_bytes(pickle.dumps(stock_errors(texts)))

    folder = made_once(tmp_path_factory, "stock-run", run)
    errors: list[list[Error]] = pickle.loads((folder / "errors.pickle").read_bytes())
    return dict(zip(texts, map(Counter, errors), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("order", ["by program", "backwards", "shuffled", "one at a time"])
def test_verdicts_are_those_of_a_stock_run(
    order: str, texts: list[str], stock: dict[str, Counter[Error]]
) -> None:
    """Whatever was judged before."""
    asked = texts[::-1] if order == "backwards" else list(texts)
    if order in ("shuffled", "one at a time"):
        random.Random(order).shuffle(asked)
    size = 1 if order == "one at a time" else 100
    linter = PylintLinter()
    for start in range(0, len(asked), size):
        part = asked[start : start + size]
        for text, result in zip(part, linter.lint(part), strict=True):
            assert found_in(text, result) == stock[text], text


@pytest.mark.slow
def test_the_states_have_many_kinds_of_errors(stock: dict[str, Counter[Error]]) -> None:
    assert len(stock) > 600
    assert len({error.id for errors in stock.values() for error in errors}) > 25


# --- sequences ------------------------------------------------------------------------------


@pytest.mark.parametrize("forgive", [True, False])
def test_the_sequences_are_those_of_a_linter_that_sees_one_text_at_a_time(forgive: bool) -> None:
    """What is foreseen, and what is known of other states, changes no sequence."""
    # without forgiveness a program with an error of its own is eaten up by it at once
    names = list(PROGRAMS) if forgive else ["handlers", "deleted names", "calls", "ways"]
    options: dict[str, Any] = {"num_samples": 4, "seed": 5, "forgive_own_errors": forgive}
    found = sequences(names, **options)
    expected = sequences(names, linter=TextByText(), **options)
    for text, edits, others in zip(
        found["program"], found["edits"], expected["edits"], strict=True
    ):
        assert edits == others, text
    assert len(set(map(tuple, found["edits"]))) > len(names)


def test_the_sequences_where_a_deletion_cures_another_error() -> None:
    """Here two errors appear at once, and deleting one would do for both."""
    options: dict[str, Any] = {"num_samples": 60, "seed": 0}
    found = sequences(["cured by a deletion"], **options)["edits"]
    assert found == sequences(["cured by a deletion"], linter=TextByText(), **options)["edits"]
