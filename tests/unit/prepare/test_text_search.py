"""Searching for many texts at once finds what searching for each finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintseq_datasets.prepare._text_search import (
    TOKEN,
    WORD,
    Found,
    Needle,
    NgramSearch,
    TextSearch,
    excerpt_of,
    words_of,
)

words = st.lists(st.sampled_from("abc"), max_size=12).map(tuple)


def naive(needles: list[Needle], row: tuple[str, ...], min_words: int) -> set[Found]:
    found = set()
    for needle in needles:
        size = len(needle.words)
        if size < min_words:
            continue
        for start in range(len(row) - size + 1):
            if row[start : start + size] == needle.words:
                found.add(Found(needle.task, start, size))
    return found


@given(st.lists(words, max_size=6), words, st.integers(1, 5))
def test_texts_are_found_as_by_looking_for_each(
    texts: list[tuple[str, ...]], row: tuple[str, ...], min_words: int
) -> None:
    needles = [Needle(text, task) for task, text in enumerate(texts)]
    found = set(TextSearch(needles, min_words, WORD).find(row))
    wanted = naive(needles, row, min_words)
    short = {len(needle.words) for needle in needles if 0 < len(needle.words) < min_words}
    if len(row) in short and row in texts:
        wanted.add(Found(texts.index(row), 0, len(row)))
    assert found == wanted


@given(st.lists(words, max_size=6), words, st.integers(1, 5))
def test_ngrams_are_found_as_by_looking_for_each(
    texts: list[tuple[str, ...]], row: tuple[str, ...], n: int
) -> None:
    needles = [Needle(text, task) for task, text in enumerate(texts)]
    found = list(NgramSearch(needles[::-1], ["bench"] * len(texts), n).find(row))
    grams = {text[i : i + n]: task for task, text in reversed(list(enumerate(texts)))
             for i in range(len(text) - n + 1)}  # fmt: skip
    starts = {
        (grams[row[i : i + n]], i) for i in range(len(row) - n + 1) if row[i : i + n] in grams
    }
    covered = {(f.task, i) for f in found for i in range(f.start, f.start + f.length - n + 1)}
    assert covered == starts


def test_what_many_tasks_share_does_not_count() -> None:
    scaffold = words_of("you should write self contained code", WORD)
    needles = [Needle((*scaffold, f"task{number}"), number) for number in range(11)]
    assert not list(NgramSearch(needles, ["bench"] * 11, 6).find(scaffold))
    assert list(NgramSearch(needles[:10], ["bench"] * 10, 6).find(scaffold)) == [Found(0, 0, 6)]
    # ten of each of two benchmarks are not many of one
    assert list(NgramSearch(needles, ["one"] * 10 + ["two"], 6).find(scaffold)) == [Found(0, 0, 6)]


def test_runs_of_numbers_do_not_count() -> None:
    numbers = words_of(" ".join(map(str, range(20))), WORD)
    assert not list(NgramSearch([Needle(numbers, 0)], ["bench"], 13).find(numbers))
    assert list(NgramSearch([Needle((*numbers, "x"), 0)], ["bench"], 13).find((*numbers, "x")))


def test_short_texts_count_where_they_are_all_there_is() -> None:
    texts = TextSearch([Needle(("add", "numbers"), 3)], 4, WORD)
    assert list(texts.find(("add", "numbers"))) == [Found(3, 0, 2)]
    assert not list(texts.find(("add", "numbers", "up")))
    assert not list(TextSearch([Needle((), 0)], 4, WORD).find(()))


def test_punctuation_is_no_word() -> None:
    needle = words_of("return x + y", TOKEN)
    row = words_of("def f(x, y):\n    return x + y", TOKEN)
    assert list(TextSearch([Needle(needle, 0)], 3, TOKEN).find(row))
    assert not list(TextSearch([Needle(needle, 0)], 4, TOKEN).find(row))


@pytest.mark.parametrize(
    ("text", "found", "excerpt"),
    [
        ("Hello, BIG\n  World!", Found(0, 1, 2), "BIG\n  World"),
        ("İ one TWO", Found(0, 1, 2), "one two"),  # lower case is longer
        ("a " + "b" * 300, Found(0, 0, 2), "a " + "b" * 197 + "…"),
    ],
)
def test_excerpts(text: str, found: Found, excerpt: str) -> None:
    assert excerpt_of(text, found, WORD) == excerpt
