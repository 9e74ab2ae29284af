"""How much the programs that a model writes for one task differ from each other.

There are three measures. Take four programs of one task: ``a = 1``, ``a  =  1  # one``, ``a = 2``
and ``a = 2``.

    distinct       3 of 4    the last two are the same text
    distinct_code  2 of 4    the first two differ only in spaces and a comment
    distance       0.412     mean Levenshtein distance over the six pairs, by the longer text

Equal programs are pairs at distance 0. Each pair of distinct texts is compared once and weighted by
how often the two occur.
"""

from __future__ import annotations

import ast
import hashlib
import re
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lintseq_datasets.errors import ConfigError, MissingExtraError
from lintseq_datasets.evaluation._inputs import read_task_programs, text_of, values_in_cell
from lintseq_datasets.languages.python.parsing import steady_stack
from lintseq_datasets.tables import ShownAsTable, aligned

_LONGEST = 10_000  # characters that are compared; the time grows with the square
_COMMENT = re.compile(r"#.*")


@dataclass(frozen=True, slots=True)
class TaskDiversity:
    """How much the programs of one task differ.

    Args:
        num_programs: Programs of the task, empty ones included.
        distinct: Distinct texts among them.
        distinct_code: Distinct programs among them, white space and comments aside.
        distance: Mean distance of two of them, from 0 (the same) to 1. None if there is only
            one, or if distances were not asked for.
    """

    num_programs: int
    distinct: int
    distinct_code: int
    distance: float | None = None


@dataclass(frozen=True, slots=True)
class Diversity(ShownAsTable):
    """How much the programs of each task differ, and the means over tasks.

    Args:
        tasks: What was found for each task, by its name.
    """

    tasks: Mapping[str, TaskDiversity] = field(repr=False)

    @property
    def num_programs(self) -> int:
        """Programs of all tasks."""
        return sum(task.num_programs for task in self.tasks.values())

    @property
    def distinct_share(self) -> float:
        """Mean over tasks of the share of distinct texts."""
        return self._mean([task.distinct / task.num_programs for task in self.tasks.values()])

    @property
    def distinct_code_share(self) -> float:
        """Mean over tasks of the share of programs that differ in code."""
        return self._mean([task.distinct_code / task.num_programs for task in self.tasks.values()])

    @property
    def distance(self) -> float | None:
        """Mean distance, over the tasks that have one; None if none has."""
        found = [task.distance for task in self.tasks.values() if task.distance is not None]
        return self._mean(found) if found else None

    def as_table(self) -> str:
        """A table in plain text."""
        found = "" if self.distance is None else f"{self.distance:.3f}"
        return aligned(
            [
                ("tasks", f"{len(self.tasks):,}"),
                ("programs", f"{self.num_programs:,}"),
                ("distinct texts of a task", f"{self.distinct_share:.1%}"),
                ("distinct code of a task", f"{self.distinct_code_share:.1%}"),
                ("distance", found),
            ]
        )

    def as_dict(self) -> dict[str, Any]:
        """The means as plain values that JSON can hold."""
        return {
            "num_tasks": len(self.tasks),
            "num_programs": self.num_programs,
            "distinct_share": self.distinct_share,
            "distinct_code_share": self.distinct_code_share,
            "distance": self.distance,
        }

    @staticmethod
    def _mean(values: Sequence[float]) -> float:
        return sum(values) / len(values)


def diversity(
    rows: Any,
    *,
    task_column: str = "task_id",
    program_column: str = "program",
    distance: bool = True,
) -> Diversity:
    r"""How much the programs that were sampled for the same task differ.

    Empty programs count like others, so two generations that gave nothing are equal. A distance
    is the Levenshtein distance of two texts, divided by the length of the longer one. Only the
    first 10,000 characters of a text are compared.

    Args:
        rows: Rows with the two columns, or the programs of each task by its name.
        task_column: Column that names the task.
        program_column: Column that holds the program, or a list of programs.
        distance: Whether to measure distances. They take most of the time.

    Raises:
        ColumnError: A column is missing, or holds something else.
        ConfigError: There is no program.
        MissingExtraError: rapidfuzz, which measures distances, is not installed.

    >>> found = diversity({"add": ["a = 1", "a  =  1  # one", "a = 2", "a = 2"]})
    >>> found.distinct_share, found.distinct_code_share, round(found.distance, 3)
    (0.75, 0.5, 0.412)
    """
    from datasets.utils import tqdm

    tasks = _by_task(rows, task_column, program_column)
    if not tasks:
        raise ConfigError("rows", "there is no program: give at least one row")
    found = {}
    for task_id, programs in tqdm(tasks.items(), desc="Comparing", unit=" tasks"):
        code = {code_digest(text) for text in programs}
        mean = _mean_distance(programs) if distance else None
        found[task_id] = TaskDiversity(programs.total(), len(programs), len(code), mean)
    return Diversity(found)


def _by_task(rows: Any, task_column: str, program_column: str) -> dict[str, Counter[str]]:
    """How often each text was written, by task."""
    if isinstance(rows, Mapping) and not hasattr(rows, "column_names"):
        texts = {
            task: [text_of(one, task) for one in values_in_cell(programs)]
            for task, programs in rows.items()
        }
        # A task without programs has no share of distinct ones: it would divide by 0.
        return {str(task): Counter(programs) for task, programs in texts.items() if programs}
    tasks: dict[str, Counter[str]] = {}
    for task_id, program in read_task_programs(rows, task_column, program_column):
        tasks.setdefault(task_id, Counter())[program] += 1
    return tasks


# --- the same code -------------------------------------------------------------------


def code_digest(text: str) -> bytes:
    r"""A digest that is equal for programs that differ only in white space or comments.

    It is the digest of the syntax tree. For a text that does not parse, it is the digest of its
    lines without comments, blank lines and white space at their ends.

    >>> code_digest("a = [1,\n 2]  # two") == code_digest("a = [1, 2]")
    True
    """
    try:
        with warnings.catch_warnings(), steady_stack():
            warnings.simplefilter("ignore")
            # Places in the text are left out of a dump, and so are comments.
            what = ast.dump(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Indents stay. A "#" within a string is cut as well: what does not parse cannot tell.
        lines = (_COMMENT.sub("", line).rstrip() for line in text.split("\n"))
        what = "\n".join(line for line in lines if line)
    # Rows that are dictionaries may hold half a surrogate pair, which no file could.
    return hashlib.blake2b(what.encode("utf-8", "surrogatepass"), digest_size=16).digest()


# --- distances -----------------------------------------------------------------------


def _mean_distance(programs: Counter[str]) -> float | None:
    """Mean distance over all pairs of programs; equal ones are at distance 0."""
    try:
        from rapidfuzz.distance import Levenshtein
    except ImportError:
        raise MissingExtraError("rapidfuzz", "evaluation") from None
    total = programs.total()
    if total < 2:
        return None
    texts = [(text[:_LONGEST], count) for text, count in programs.items()]
    found = 0.0
    for at, (text, count) in enumerate(texts):
        # Only those before it, so that each pair is compared once. With a, a and b, the pair of a
        # and b counts 2 * 1 times, of 3 pairs in all.
        for other, times in texts[:at]:
            # Divided by the length of the longer text, or long programs would count for more.
            found += count * times * Levenshtein.normalized_distance(text, other)
    return found / (total * (total - 1) / 2)
