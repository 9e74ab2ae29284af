from __future__ import annotations

from itertools import product

import pytest

from lintseq_datasets.edits.diff import Edit, Hunk
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.samplers._collector import SampleCollector


def make(line: str) -> EditSequence:
    return EditSequence((Edit((Hunk(0, 0, (line,)),)),))


def collect(wanted: int, unique: bool, drawn: str) -> tuple[list[str], int]:
    """What is found when sample i is ``drawn[i]``, the last one for ever; number of draws."""
    collector = SampleCollector(wanted, unique)
    draws = 0
    while indices := collector.next_indices():
        assert indices.start == draws
        draws = indices.stop
        collector.add(make(drawn[min(index, len(drawn) - 1)]) for index in indices)
    return [sequence.edits[0].hunks[0].added[0] for sequence in collector.sequences], draws


def test_repetitions_stay() -> None:
    assert collect(3, False, "aab") == (["a", "a", "b"], 3)


def test_unique_draws_again_as_many_as_are_missing() -> None:
    assert collect(3, True, "abaac") == (["a", "b", "c"], 5)
    assert collect(2, True, "ab") == (["a", "b"], 2)


def test_unique_gives_up() -> None:
    assert collect(3, True, "a") == (["a"], 15)
    assert collect(1, True, "a") == (["a"], 1)


@pytest.mark.parametrize(("wanted", "unique"), list(product([1, 2, 7], [True, False])))
def test_never_more_than_wanted(wanted: int, unique: bool) -> None:
    found, draws = collect(wanted, unique, "abcdefghijkl")
    assert found == list("abcdefghijkl"[:wanted])
    assert draws == wanted
