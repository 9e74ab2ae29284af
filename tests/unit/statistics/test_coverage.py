"""Coverage against FLOPs: the formulas, and counts of tokens in every shape."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.statistics import coverage_curve, flops_per_token, mean_pass_at_k


def test_flops_of_a_token() -> None:
    assert flops_per_token(7e9) == 14e9
    # Brown et al. 2024: 2 * (parameters + 2 * layers * width * context)
    found = flops_per_token(8e9, num_layers=32, hidden_size=4096, context_length=2048)
    assert found == 2 * (8e9 + 2 * 32 * 4096 * 2048)


@pytest.mark.parametrize("sizes", [{"num_layers": 3}, {"num_layers": 3, "context_length": 4}])
def test_attention_needs_all_of_its_sizes(sizes: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="all of num_layers, hidden_size and context_length"):
        flops_per_token(1e9, **sizes)
    for wrong in (-1, math.nan, math.inf):
        with pytest.raises(ConfigError, match="from 0 on"):
            flops_per_token(wrong)


def test_cost_is_tokens_of_all_samples_so_far() -> None:
    samples, correct = [4, 5], [1, 5]
    curve = coverage_curve(
        samples, correct, flops_per_token=10.0, prompt_tokens=[100, 300],
        completion_tokens=[[10, 20, 30, 40], [50] * 5],
    )  # fmt: skip
    assert curve.k == (1, 2, 3, 4)
    # means over tasks: 200 of the prompt, 25 and 50 of the completions
    assert curve.flops == pytest.approx([10 * k * (200 + 37.5) for k in curve.k])
    means = mean_pass_at_k(samples, correct, curve.k).values()
    assert curve.coverage == tuple(one.mean for one in means)
    assert curve.standard_error == tuple(one.standard_error for one in means)
    assert curve.num_tasks == 2


def test_a_shared_prompt_is_read_once() -> None:
    curve = coverage_curve(
        4, [1, 1], flops_per_token=2, prompt_tokens=100, completion_tokens=7, share_prompt=True,
        k=[4, 1],
    )  # fmt: skip
    assert curve.k == (1, 4)
    assert curve.flops == (2 * (100 + 7), 2 * (100 + 4 * 7))


def test_many_samples_are_points_that_can_be_drawn() -> None:
    curve = coverage_curve(5000, [1], flops_per_token=1, completion_tokens=1)
    assert len(curve.k) < 130
    assert (curve.k[0], curve.k[-1]) == (1, 5000)
    assert {2**power for power in range(13)} <= set(curve.k)
    assert list(curve.k) == sorted(set(curve.k))
    assert curve.coverage[0] == pytest.approx(1 / 5000)
    assert curve.flops[0] == 1
    assert set(curve.standard_error) == {None}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"completion_tokens": [1, 2, 3]}, "completion_tokens: 3 of them, for 2 tasks"),
        ({"completion_tokens": [[1], []]}, "completion_tokens: task 1 has"),
        ({"completion_tokens": [[1], ["x"]]}, "no number"),
        ({"completion_tokens": None}, "completion_tokens"),
        ({"completion_tokens": -1}, "completion_tokens: task 0 has -1"),
        ({"prompt_tokens": [1, math.nan]}, "prompt_tokens: task 1 has nan"),
        ({"flops_per_token": 0}, "no positive number"),
        ({"flops_per_token": math.nan}, "no positive number"),
        ({"k": [1, 9]}, "pass@9 needs"),
        ({"k": []}, "neither a number"),
        ({"num_samples": 0, "num_correct": [0, 0]}, "pass@1 needs"),
        ({"num_samples": [], "num_correct": []}, "there is no task"),
    ],
)
def test_what_cannot_be_drawn_is_named(changes: dict[str, Any], problem: str) -> None:
    right: dict[str, Any] = {
        "num_samples": 4, "num_correct": [1, 2], "flops_per_token": 1e9, "completion_tokens": 50,
    }  # fmt: skip
    assert np.isfinite(coverage_curve(**right).flops).all()
    with pytest.raises(ConfigError, match=problem):
        coverage_curve(**(right | changes))
