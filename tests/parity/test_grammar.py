"""Programs of the grammar: no state that an edit leads to has an error that its program lacks.

More of them, and others: ``LINTSEQ_GRAMMAR_PROGRAMS=2000 LINTSEQ_GRAMMAR_SEED=5000``.
"""

from __future__ import annotations

import ast
import os

import pytest

from lintseq_datasets import lintseq_map
from tests.parity.grammar import programs
from tests.parity.stock import kept_states, summary, wrong_states

PROGRAMS = int(os.environ.get("LINTSEQ_GRAMMAR_PROGRAMS", "24"))
FIRST_SEED = int(os.environ.get("LINTSEQ_GRAMMAR_SEED", "0"))
SAMPLES = 5
AT_ONCE = 60  # programs of one test

_FIRST = range(FIRST_SEED, FIRST_SEED + PROGRAMS, AT_ONCE)


@pytest.mark.slow
@pytest.mark.parametrize("first", _FIRST)
def test_no_state_has_an_error_that_its_program_lacks(first: int) -> None:
    texts = programs(first, min(AT_ONCE, FIRST_SEED + PROGRAMS - first))
    rows = lintseq_map({"code": texts}, num_samples=SAMPLES, extract_code=None)
    assert set(rows["status"]) == {"ok"}
    states = list(kept_states(rows))
    assert len(states) > 10 * len(texts)
    if wrong := wrong_states(states):
        seeds = sorted({texts.index(one.state.program) + first for one in wrong})
        pytest.fail(f"seeds {seeds}: {summary(wrong)}", pytrace=False)


def test_seeds_give_different_programs_and_always_the_same() -> None:
    drawn = programs(0, 200)
    assert drawn == programs(0, 200)
    assert len(set(drawn)) == 200


def test_the_grammar_knows_most_statements_and_expressions() -> None:
    kinds = {type(node) for text in programs(0, 200) for node in ast.walk(ast.parse(text))}
    statements = {kind for kind in ast.stmt.__subclasses__() if kind.__module__ == "ast"}
    left_out = {"AsyncFor", "AsyncFunctionDef", "AsyncWith", "TryStar", "TypeAlias"}
    assert {kind.__name__ for kind in statements - kinds} <= left_out
    wanted = {ast.Lambda, ast.NamedExpr, ast.Starred, ast.ListComp, ast.GeneratorExp, ast.DictComp}
    assert wanted | {ast.Yield, ast.JoinedStr, ast.IfExp, ast.Nonlocal, ast.Global} <= kinds
