"""From the rows of a benchmark to the texts that must not be in training data."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lintseq_datasets.errors import ColumnError
from lintseq_datasets.languages.python.parsing import parse

ID_COLUMNS = ("task_id", "problem_id", "question_id", "id", "name")
"""Columns that are recognised as the name of a task; the first of them that exists counts."""

PROMPT_COLUMNS = (
    "prompt", "complete_prompt", "instruct_prompt", "text", "question", "question_content",
    "description", "problem", "instruction",
)  # fmt: skip
"""Columns that are recognised as prompts; all of them count."""

SOLUTION_COLUMNS = (
    "canonical_solution", "code", "reference_code", "reference_solution", "solution", "solutions",
)  # fmt: skip
"""Columns that are recognised as solutions; all of them count."""

TEST_COLUMNS = ("test", "tests", "test_list", "challenge_test_list")
"""Columns that are recognised as tests; all of them count."""

_EXAMPLES = re.compile(r"^\s*(?:>>>|assert\b|(?:for\s+)?examples?\b)", re.MULTILINE | re.IGNORECASE)
_CANDIDATE = re.compile(r"\bcandidate\b")  # HumanEval's name for the function under test
_ASSERTION = re.compile(r"^[ \t]*(assert\b.+)$", re.MULTILINE)


class Task(NamedTuple):
    """One task of a benchmark, as texts."""

    benchmark: str
    task_id: str
    prompts: tuple[str, ...] = ()
    solutions: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


class BenchmarkColumns(NamedTuple):
    """Which columns of a benchmark hold what."""

    task_id: str | None
    prompts: tuple[str, ...]
    solutions: tuple[str, ...]
    tests: tuple[str, ...]


def find_benchmark_columns(
    available: Sequence[str],
    id_column: str | None = None,
    prompt_columns: Sequence[str] | None = None,
    solution_columns: Sequence[str] | None = None,
    test_columns: Sequence[str] | None = None,
) -> BenchmarkColumns:
    """Find the columns of a benchmark, or check the ones that were named.

    The columns of HumanEval, MBPP (both configurations), EvalPlus, BigCodeBench, DS-1000, APPS
    and CodeContests are recognised.

    Raises:
        ColumnError: A named column does not exist, or there is neither prompt nor solution.
    """
    # None looks for the usual names; an empty list says that there are none.
    named = (prompt_columns, solution_columns, test_columns)
    for name in (*filter(None, [id_column]), *(name for some in named for name in some or ())):
        if name not in available:
            raise ColumnError(f"There is no column {name!r}.", tuple(available))
    usual = (PROMPT_COLUMNS, SOLUTION_COLUMNS, TEST_COLUMNS)
    prompts, solutions, tests = (
        tuple(name for name in names if name in available) if given is None else tuple(given)
        for given, names in zip(named, usual, strict=True)
    )
    if not prompts and not solutions:
        problem = "No column is recognised as a prompt or a solution of the benchmark: name them."
        raise ColumnError(problem, tuple(available))
    found = id_column or next((name for name in ID_COLUMNS if name in available), None)
    return BenchmarkColumns(found, prompts, solutions, tests)


def tasks_of(
    rows: Mapping[str, Sequence[Any]], columns: BenchmarkColumns, benchmark: str, first: int = 0
) -> Iterator[Task]:
    """The tasks in rows of a benchmark.

    Args:
        rows: Columns by name.
        columns: Which of them hold what.
        benchmark: Name of the benchmark.
        first: Number of the first row. A task without a name is called by its number.
    """
    count = len(next(iter(rows.values()), ()))
    for position in range(count):
        row = {name: values[position] for name, values in rows.items()}
        name = None if columns.task_id is None else row[columns.task_id]
        prompts, solutions = (
            tuple(text for column in names for text in texts_in(row[column]))
            for names in (columns.prompts, columns.solutions)
        )
        task_id = str(first + position if name is None else name)
        yield Task(benchmark, task_id, prompts, solutions, tuple(_assertions(row, columns.tests)))


def texts_in(value: object) -> Iterator[str]:
    """The texts in a cell: a text, a list (also as JSON), or a mapping with a ``solution``."""
    if isinstance(value, str):
        if value.startswith("["):  # APPS has its solutions so, all in one text
            try:
                decoded = json.loads(value)
            except (ValueError, RecursionError):
                decoded = None
            if isinstance(decoded, list):
                yield from texts_in(decoded)
                return
        if value.strip():
            yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts_in(item)
    elif isinstance(value, Mapping):
        # CodeContests: {"language": [3, 2], "solution": ["import ...", "print ..."]}
        yield from texts_in(value.get("solution"))


def _assertions(row: Mapping[str, Any], columns: Sequence[str]) -> Iterator[str]:
    """The assertions in tests, with the name that the function has in a program."""
    # Tests of HumanEval call the function `candidate`, and `entry_point` says its name.
    entry_point = row.get("entry_point")
    name = entry_point if isinstance(entry_point, str) else "candidate"
    for column in columns:
        for text in texts_in(row[column]):
            for assertion in _ASSERTION.findall(text):
                # A function, since `sub` takes a backslash in a text for a sign of its own.
                yield _CANDIDATE.sub(lambda _: name, assertion)


def prompt_texts(prompt: str) -> Iterator[str]:
    r"""The texts in a prompt that give its task away.

    These are the whole prompt; its docstrings, if it is Python (StarCoder looked for these); and
    each docstring without its examples.

    >>> list(prompt_texts('def f(x):\n    \"\"\"Add one.\n    >>> f(1)\n    2\n    \"\"\"'))[1:]
    ['Add one.\n>>> f(1)\n2', 'Add one.\n']
    """
    for text in (prompt, *_docstrings(prompt)):
        yield text
        # Only docstrings are cut. Wherever a cut prompt of code stands, its cut docstring stands
        # as well, and a prompt in prose is looked for as a whole.
        examples = _EXAMPLES.search(text)
        if examples and text is not prompt:
            yield text[: examples.start()]


def _docstrings(prompt: str) -> list[str]:
    try:
        tree = parse(prompt)
    except RecursionError:
        return []
    if not isinstance(tree, ast.Module):
        return []
    # A prompt that ends behind its docstring parses: the docstring is the body of the function.
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = (ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, kinds))
    return [text for text in found if text]
