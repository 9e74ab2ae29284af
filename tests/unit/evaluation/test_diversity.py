"""Diversity: distinct programs and distances, against small examples counted by hand."""

from __future__ import annotations

import itertools
import subprocess
import sys
from typing import Any

import pytest
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.evaluation import Diversity, TaskDiversity, diversity


def test_each_task_and_the_means() -> None:
    found = diversity({"a": ["x = 1", "x = 1", "x=1 # one", "x = 2"], "b": ["y", "y"], "c": [""]})
    assert found.tasks["a"].num_programs == 4
    assert (found.tasks["a"].distinct, found.tasks["a"].distinct_code) == (3, 2)
    assert found.tasks["b"] == TaskDiversity(2, 1, 1, 0.0)
    assert found.tasks["c"] == TaskDiversity(1, 1, 1, None)
    assert found.num_programs == 7
    assert found.distinct_share == pytest.approx((3 / 4 + 1 / 2 + 1) / 3)
    assert found.distinct_code_share == pytest.approx((2 / 4 + 1 / 2 + 1) / 3)
    # 'x=1 # one' is 6 of 9 characters away from each of the others, those 1 of 5
    pairs = [0, 6 / 9, 6 / 9, 6 / 9, 1 / 5, 1 / 5]
    assert found.tasks["a"].distance == pytest.approx(sum(pairs) / 6)
    assert found.distance == pytest.approx(sum(pairs) / 6 / 2)  # of two tasks: one has no pair


@given(st.lists(st.sampled_from(["", "a", "ab", "b = 1", "b = 2"]), min_size=2, max_size=9))
def test_the_distance_is_the_mean_over_all_pairs(programs: list[str]) -> None:
    pairs = [Levenshtein.normalized_distance(*pair) for pair in itertools.combinations(programs, 2)]
    found = diversity({"task": programs}).distance
    assert found == pytest.approx(sum(pairs) / len(pairs))


def test_long_programs_are_compared_at_their_heads() -> None:
    long = "a" * 10_000
    assert diversity({"task": [long + "b" * 10**6, long + "c" * 10**6]}).distance == 0


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("a = [1,\n     2]", "a = [1, 2]  # two", True),
        ("# head\n\n\na = 'x'", 'a = "x"', True),
        ("if a:\n  b", "if a:\n    b", True),
        ("a = 1", "a = 2", False),
        ("a = '# x'", "a = '# y'", False),
        # texts that do not parse
        ("def f(:  # one\n\n    x  ", "def f(:\n    x", True),
        ("def f(:\n    x", "def g(:\n    x", False),
        ("for\0", "for\0 # x", True),
        ("\ud800", "\ud801", False),
    ],
)
def test_the_same_code(one: str, other: str, is_same: bool) -> None:
    found = diversity({"task": [one, other]}, distance=False).tasks["task"]
    assert (found.distinct, found.distinct_code) == (2, 1 if is_same else 2)


def test_hostile_programs_are_programs() -> None:
    texts = ["a" + ".b" * 50_000, "a" + ".b" * 50_001, "(" * 10**5, "a\0", "'\ud800'"]
    found = diversity({"task": texts}, distance=False)
    assert found.tasks["task"] == TaskDiversity(5, 5, 5, None)
    assert found.distance is None
    assert found.as_dict()["distance"] is None


def test_rows_of_any_kind() -> None:
    rows = [{"task_id": task, "program": text} for task, text in zip("aabb", "xyzz", strict=True)]
    expected = diversity({"a": ["x", "y"], "b": ["z", "z"]})
    dataset = Dataset.from_list(rows)
    for source in (rows, iter(rows), dataset, dataset.to_iterable_dataset()):
        assert diversity(source) == expected
    wide = [{"task_id": "a", "program": ["x", "y"]}, {"task_id": "b", "program": ["z", "z"]}]
    assert diversity(wide) == expected
    assert diversity({"a": ["x", "y"], "b": ["z", "z"], "c": []}) == expected
    assert isinstance(expected, Diversity)


@pytest.mark.parametrize(
    ("rows", "error", "problem"),
    [
        ([], ConfigError, "there is no program"),
        ({}, ConfigError, "there is no program"),
        ([{"task_id": "a"}], ColumnError, "no column 'program'"),
        ([{"task_id": None, "program": "a"}], ColumnError, "not the name of a task"),
        ([{"task_id": "a", "program": 3}], ColumnError, "holds int"),
        (["a"], ConfigError, "str is no row"),
        ("a", ConfigError, "neither a dataset nor"),
    ],
)
def test_wrong_input_is_named(rows: Any, error: type[Exception], problem: str) -> None:
    with pytest.raises(error, match=problem):
        diversity(rows)


def test_without_rapidfuzz() -> None:
    code = (
        "import sys; sys.modules['rapidfuzz'] = None\n"
        "from lintseq_datasets.evaluation import diversity\n"
        "print(diversity({'a': ['b', 'c']}, distance=False).distinct_share)\n"
        "try: diversity({'a': ['b', 'c']})\n"
        "except ImportError as error: print(error)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert printed.startswith("1.0")
    assert "rapidfuzz is not installed. Run: " in printed
    assert "pip install" in printed
