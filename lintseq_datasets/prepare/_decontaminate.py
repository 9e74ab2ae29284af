"""Which rows hold text of a benchmark.

Take a task with the prompt "Reverse the words of a sentence." and the solution
``return " ".join(s.split()[::-1])``, and the tests in their order:

    Please REVERSE the words of a sentence!     prompt_substring: case and punctuation do not count
    x = " ".join(s.split()[::-1])               nothing: not the whole solution
    return " ".join( s.split()[ : : -1 ] )      solution_substring: spaces do not count,
                                                punctuation does

The last test, ``ngram_overlap``, asks for 13 words in a row that the two share, so that a long
solution is also found where its beginning was changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from operator import attrgetter
from typing import Any, NamedTuple

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.mapping.cells import Batch
from lintseq_datasets.mapping.rows import OK
from lintseq_datasets.mapping.versions import data_versions
from lintseq_datasets.prepare._benchmark_tasks import Task, prompt_texts
from lintseq_datasets.prepare._steps import Mark, as_columns, dropped, earlier_marks
from lintseq_datasets.prepare._text_search import (
    TOKEN,
    WORD,
    Needle,
    NgramSearch,
    TextSearch,
    Words,
    excerpt_of,
    words_of,
)


class Match(NamedTuple):
    """Text of a benchmark that was found in a row."""

    test: str  # prompt_substring, solution_substring, test_substring or ngram_overlap
    benchmark: str
    task_id: str
    column: str  # of the row
    text: str  # as it stands in the row, shortened


@dataclass(frozen=True)
class Decontaminator:
    r"""Finds the rows that hold text of a benchmark.

    It is a mapper for ``Dataset.map(decontaminator, batched=True)``, and adds the columns
    ``status``, ``detail`` (the text that matched), ``benchmark`` and ``task_id``. Its method
    `keep` is for ``Dataset.filter(decontaminator.keep, batched=True)``. It can be pickled, and its
    fingerprint depends on the tasks, the options and the versions.

    Texts are compared in lower case and word by word. A word is a run of letters, digits and
    underscores. White space never counts, and punctuation counts only in solutions and tests.
    The first test that finds something is reported, in this order: ``prompt_substring``,
    ``solution_substring``, ``test_substring``, ``ngram_overlap``.

    Args:
        tasks: The tasks of all benchmarks. The first one that matches is reported.
        ngram: How many consecutive words of a prompt or solution a row may not hold; None for no
            such test. GPT-3 and phi-1 used 13.
        ngram_solutions: Whether solutions count there, or prompts alone.
        prompt_substring: Whether rows must not hold a prompt, its docstring (as for StarCoder), or
            its docstring without the examples.
        solution_substring: Whether rows must not hold a canonical solution.
        test_substring: Whether rows must not hold an assertion of a test.
        min_words: Substrings of fewer words count only if they are the whole text, because
            ``return x + y`` gives no task away.
        columns: The columns that are searched, one by one.

    Raises:
        ConfigError: An option has no usable value.

    >>> task = Task("mine", "7", prompts=("Reverse the words of a sentence.",))
    >>> clean = Decontaminator([task], columns=["instruction"])
    >>> clean.match("Please reverse the words of a sentence!").text
    'reverse the words of a sentence'
    >>> clean({"instruction": ["Sort a list.", "Reverse the words of a sentence"]})["status"]
    ['ok', 'dropped:prompt_substring']
    """

    tasks: Sequence[Task]
    ngram: int | None = 13
    ngram_solutions: bool = True
    prompt_substring: bool = True
    solution_substring: bool = True
    test_substring: bool = False
    min_words: int = 4
    columns: Sequence[str] = ("instruction", "program")

    def __post_init__(self) -> None:
        # A copy: the tests are built at the first call, and a list may be changed until then.
        for name in ("tasks", "columns"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for name in ("ngram", "min_words"):
            value = getattr(self, name)
            if name == "ngram" and value is None:
                continue
            # True is an integer as well, and would ask for runs of one word.
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ConfigError(name, f"{value!r} is no number of words")
        if not self.columns:
            raise ConfigError("columns", "name at least one column")

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        # Of fields alone: `_tests`, once built, stands beside them and is larger than the tasks.
        options = tuple(getattr(self, field.name) for field in fields(self))
        # `datasets` makes its fingerprint of the pickle. With the versions in it, rows that another
        # version made are not taken from the cache.
        return _load, (options, data_versions())

    def __call__(self, batch: Batch) -> dict[str, list[Any]]:
        """Mark the rows of a batch that hold text of a benchmark.

        Args:
            batch: Columns by name. Rows whose ``status`` is not ``ok`` keep theirs.

        Returns:
            The columns ``status``, ``detail``, ``benchmark`` and ``task_id``.

        Raises:
            ColumnError: One of ``columns`` is missing.
        """
        marks = earlier_marks(batch, self.columns)
        rows = zip(*(batch[name] for name in self.columns), strict=True)
        return as_columns(
            _mark(self.match(*texts)) if mark.status == OK else mark
            for mark, texts in zip(marks, rows, strict=True)
        )

    def keep(self, batch: Batch) -> list[bool]:
        """Whether each row of a batch may stay."""
        return [status == OK for status in self(batch)["status"]]

    def match(self, *texts: str | None) -> Match | None:
        """The first text of a benchmark in the texts of a row.

        Args:
            *texts: The values of ``columns``. Those that are not text are passed over.
        """
        # Several tests split a column in the same way; each does it once.
        words: dict[tuple[str, re.Pattern[str]], Words] = {}
        for test, search in self._tests:
            # Column by column: a run of words that begins in one and ends in the next is no text.
            for column, text in zip(self.columns, texts, strict=False):
                if not isinstance(text, str):
                    continue
                key = (column, search.split)
                if key not in words:
                    words[key] = words_of(text, search.split)
                # The least is of the first task, as a `Found` begins with the number of its task.
                found = min(search.find(words[key]), default=None)
                if found is not None:
                    task = self.tasks[found.task]
                    excerpt = excerpt_of(text, found, search.split)
                    return Match(test, task.benchmark, task.task_id, column, excerpt)
        return None

    @cached_property
    def _tests(self) -> tuple[tuple[str, TextSearch | NgramSearch], ...]:
        """The tests that are on, in order. They are built where they run, and never pickled."""
        tests: list[tuple[str, TextSearch | NgramSearch]] = []
        for name, split, texts_of in (
            ("prompt_substring", WORD, _texts_of_prompts),
            ("solution_substring", TOKEN, attrgetter("solutions")),
            ("test_substring", TOKEN, attrgetter("tests")),
        ):
            if getattr(self, name):
                needles = self._needles(split, texts_of)
                tests.append((name, TextSearch(needles, self.min_words, split)))
        # Words also of solutions, unlike above: GPT-3 left punctuation out of its n-grams.
        if self.ngram is not None:
            needles = self._needles(WORD, _texts_of_prompts)
            if self.ngram_solutions:
                needles += self._needles(WORD, attrgetter("solutions"))
            # One search for both: the first task is reported, by whichever text it was found.
            benchmarks = [task.benchmark for task in self.tasks]
            tests.append(("ngram_overlap", NgramSearch(needles, benchmarks, self.ngram)))
        return tuple(tests)

    def _needles(
        self, split: re.Pattern[str], texts_of: Callable[[Task], Sequence[str]]
    ) -> list[Needle]:
        return [
            Needle(words_of(text, split), number)
            for number, task in enumerate(self.tasks)
            for text in texts_of(task)
        ]


def _texts_of_prompts(task: Task) -> list[str]:
    return [text for prompt in task.prompts for text in prompt_texts(prompt)]


def _mark(match: Match | None) -> Mark:
    if match is None:
        return Mark()
    return dropped(match.test, match.text, benchmark=match.benchmark, task_id=match.task_id)


def _load(options: tuple[Any, ...], _versions: object) -> Decontaminator:
    return Decontaminator(*options)
