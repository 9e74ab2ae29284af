"""Verdicts from what is remembered of other states, against a stock `pylint`, state by state."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from lintseq_datasets import EditSequence
from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters.base import LintResult, in_program
from lintseq_datasets.linters.pylint import PylintLinter
from lintseq_datasets.linters.syntax import SYNTAX_ERROR
from lintseq_datasets.program import Program, mask_lines
from lintseq_datasets.samplers.config import LintSeqConfig
from lintseq_datasets.samplers.lintseq import sample_lintseq
from lintseq_datasets.structure import Structure, python_structure
from tests.parity.test_stock_pylint import Error, stock_pylint
from tests.parity.tricky import PROGRAMS

STATES_OF_EACH = 30
Question = tuple[str, int]  # name of a program, state


def summary(result: LintResult) -> Counter[Error]:
    """Stock pylint counts the column of a syntax error from 1 and blames other lines for it."""
    assert not isinstance(result, LinterError)
    return Counter(
        (m.id, 0, 0) if m.id == SYNTAX_ERROR else (m.id, m.line, m.column) for m in result
    )


def random_states(structure: Structure, count: int, rng: random.Random) -> set[int]:
    """States that random deletions leave, with all that goes along; mostly large ones."""
    whole = (1 << structure.num_lines) - 1
    states = {whole}
    for _ in range(count):
        state = whole
        for line in rng.sample(structure.drawable, rng.randint(1, 5)):
            state &= ~structure.takes[line]
        states.add(state)
    return states - {0}


def judge(questions: list[Question], linter: PylintLinter) -> dict[Question, Counter[Error]]:
    """Judge in the given order; whenever the program changes it is opened anew."""
    found: dict[Question, Counter[Error]] = {}
    start = 0
    while start < len(questions):
        name = questions[start][0]
        stop = start
        with linter.open_program(PROGRAMS[name].split("\n"), 600) as program:
            while stop < len(questions) and questions[stop][0] == name:
                found[questions[stop]] = summary(program.lint_state(questions[stop][1]))
                stop += 1
        start = stop
    return found


@pytest.fixture(scope="module")
def visits() -> list[Question]:
    """States of all programs, in random order, a few of one program at a time."""
    rng = random.Random(3)
    groups: list[list[Question]] = []
    for name, text in PROGRAMS.items():
        structure = python_structure(text.split("\n"))
        states = sorted(random_states(structure, STATES_OF_EACH, rng))
        rng.shuffle(states)
        for start in range(0, len(states), 10):
            groups.append([(name, state) for state in states[start : start + 10]])
    rng.shuffle(groups)
    return [question for group in groups for question in group]


@pytest.fixture(scope="module")
def incremental(visits: list[Question]) -> dict[Question, Counter[Error]]:
    return judge(visits, PylintLinter())


@pytest.mark.slow
def test_the_same_as_a_stock_run(
    incremental: dict[Question, Counter[Error]], tmp_path: Path
) -> None:
    files = tmp_path / "states"
    files.mkdir()
    for number, (name, state) in enumerate(incremental):
        text = Program.from_text(PROGRAMS[name]).keep(state).text + "\n"
        (files / f"state{number}.py").write_bytes(text.encode("utf-8"))
    errors = stock_pylint(files, tmp_path)
    seen: Counter[str] = Counter()
    for number, ((name, state), found) in enumerate(incremental.items()):
        lines = mask_lines(state)
        stock = Counter(
            (error, 0, 0)
            if error == SYNTAX_ERROR
            else (error, lines[min(line, len(lines)) - 1] + 1, column)
            for error, line, column in errors.get(f"state{number}", [])
        )
        assert found == stock, f"{name}\n{Program.from_text(PROGRAMS[name]).keep(state)}"
        seen.update({error for error, _, _ in stock})
    assert len(incremental) > 600
    assert len(seen) > 20  # kinds of errors: the programs say something


@pytest.mark.slow
def test_the_same_as_without_shortcuts(incremental: dict[Question, Counter[Error]]) -> None:
    linter = PylintLinter(shortcuts=False)
    for (name, state), found in incremental.items():
        program = Program.from_text(PROGRAMS[name])
        (result,) = linter.lint([program.keep(state).text])
        whole = summary(in_program(state, result))
        assert found == whole, f"{name}\n{program.keep(state)}"


@pytest.mark.slow
def test_the_order_of_states_changes_nothing(
    visits: list[Question], incremental: dict[Question, Counter[Error]]
) -> None:
    by_program = sorted(visits, key=lambda question: (question[0], -question[1].bit_count()))
    assert judge(by_program, PylintLinter()) == incremental
    assert judge(by_program[::-1], PylintLinter()) == incremental


def sequences(text: str, linter: PylintLinter, **options: object) -> tuple[EditSequence, ...]:
    program = Program.from_text(text)
    config = LintSeqConfig(**options)  # type: ignore[arg-type]
    (outcome,) = sample_lintseq([(program, python_structure(program.lines))], config, linter)
    assert isinstance(outcome, tuple), outcome
    return outcome


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same_sequences_without_shortcuts(name: str) -> None:
    options = {"num_samples": 4, "seed": 5}
    fast = sequences(PROGRAMS[name], PylintLinter(), **options)
    assert fast == sequences(PROGRAMS[name], PylintLinter(shortcuts=False), **options)
    assert len(set(fast)) > 1


@pytest.mark.parametrize("name", ["handlers", "deleted names", "calls"])
def test_the_same_sequences_when_nothing_is_forgiven(name: str) -> None:
    options = {"num_samples": 4, "seed": 6, "forgive_own_errors": False}
    fast = sequences(PROGRAMS[name], PylintLinter(), **options)
    assert fast == sequences(PROGRAMS[name], PylintLinter(shortcuts=False), **options)


def test_the_same_sequences_where_a_deletion_cures_another_error() -> None:
    """Here two errors appear at once, and deleting one would do for both."""
    text = PROGRAMS["cured by a deletion"]
    options = {"num_samples": 60, "seed": 0}
    fast = sequences(text, PylintLinter(), **options)
    assert fast == sequences(text, PylintLinter(shortcuts=False), **options)
