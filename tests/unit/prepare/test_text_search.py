"""Searching for the texts of many tasks at once finds what searching for each finds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintseq_datasets.prepare import Decontaminator, Task

Words = tuple[str, ...]
words = st.lists(st.sampled_from("abc"), max_size=12).map(tuple)

OFF: dict[str, Any] = {"ngram": None, "prompt_substring": False, "solution_substring": False}


def tasks_of(texts: list[Words]) -> list[Task]:
    return [Task("bench", str(number), (" ".join(text),)) for number, text in enumerate(texts)]


def find(tasks: list[Task], text: str, **options: Any) -> tuple[str, str] | None:
    """The first task that is found, and the words of the text that give it away."""
    match = Decontaminator(tasks, columns=["text"], **{**OFF, **options}).match(text)
    return match and (match.task_id, match.text)


def naive(texts: list[Words], row: Words, min_words: int) -> tuple[str, str] | None:
    for number, text in enumerate(texts):
        if len(text) < min_words and not text == row != ():
            continue
        for start in range(len(row) - len(text) + 1):
            if row[start : start + len(text)] == text:
                return str(number), " ".join(text)
    return None


@given(st.lists(words, max_size=6), words, st.integers(1, 5))
def test_texts_are_found_as_by_looking_for_each(
    texts: list[Words], row: Words, min_words: int
) -> None:
    found = find(tasks_of(texts), " ".join(row), prompt_substring=True, min_words=min_words)
    assert found == naive(texts, row, min_words)


@given(st.lists(words, max_size=6), words, st.integers(1, 5))
def test_ngrams_are_found_as_by_looking_for_each(texts: list[Words], row: Words, n: int) -> None:
    """A run is that of the first task that has it; runs that go on are one."""
    owner = {text[i : i + n]: task for task, text in reversed(list(enumerate(texts)))
             for i in range(len(text) - n + 1)}  # fmt: skip
    owners = [owner.get(row[i : i + n]) for i in range(len(row) - n + 1)]
    wanted = None
    if task := min((task for task in owners if task is not None), default=-1) + 1:
        start = stop = owners.index(task - 1)
        while owners[stop : stop + 1] == [task - 1]:
            stop += 1
        wanted = (str(task - 1), " ".join(row[start : stop + n - 1]))
    assert find(tasks_of(texts), " ".join(row), ngram=n) == wanted


def test_what_many_tasks_share_does_not_count() -> None:
    scaffold = "you should write self contained code"
    tasks = [Task("bench", f"{number}", (f"{scaffold} task{number}",)) for number in range(11)]
    assert find(tasks, scaffold, ngram=6) is None
    assert find(tasks[:10], scaffold, ngram=6) == ("0", scaffold)
    # ten of one benchmark and one of another are not many of one
    assert find([*tasks[:10], tasks[10]._replace(benchmark="two")], scaffold, ngram=6)


def test_runs_of_numbers_do_not_count() -> None:
    numbers = " ".join(map(str, range(20)))
    assert find([Task("bench", "0", (numbers,))], numbers, ngram=13) is None
    assert find([Task("bench", "0", (f"{numbers} x",))], f"{numbers} x", ngram=13)


def test_short_texts_count_where_they_are_all_there_is() -> None:
    tasks = [Task("bench", "3", ("Add numbers.",)), Task("bench", "4", ("",))]
    assert find(tasks, "add numbers", prompt_substring=True) == ("3", "add numbers")
    assert find(tasks, "add numbers up", prompt_substring=True) is None
    assert find(tasks, "", prompt_substring=True) is None


def test_punctuation_is_no_word() -> None:
    tasks = [Task("bench", "0", (), ("return x + y",))]
    row = "def f(x, y):\n    return x + y"
    assert find(tasks, row, solution_substring=True, min_words=3)
    assert find(tasks, row, solution_substring=True, min_words=4) is None


@pytest.mark.parametrize(
    ("text", "prompt", "excerpt"),
    [
        ("Hello, BIG\n  World!", "big world", "BIG\n  World"),
        ("İ one TWO", "one two", "one two"),  # lower case is longer
        ("a " + "b" * 300, "a " + "b" * 300, "a " + "b" * 197 + "…"),
    ],
)
def test_excerpts(text: str, prompt: str, excerpt: str) -> None:
    tasks = [Task("bench", "0", (prompt,))]
    assert find(tasks, text, prompt_substring=True, min_words=2) == ("0", excerpt)
