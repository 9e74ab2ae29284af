"""Finds any of many texts in the words of another, in one pass over these words.

Each text that is searched for (a needle) is entered under one short run of its words, its anchor.
It is compared in full only where the anchor stands. Take anchors of two words, and the needles

    return the sum of a list        return the largest number

``return the`` is a bad anchor, since both have it and so do many programs. Each needle takes its
rarest run, such as ``the sum`` and ``largest number``. Then a program with ``return the`` costs one
look-up and no comparison, however many needles there are.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

WORD = re.compile(r"\w+")
"""A run of letters, digits and underscores."""

TOKEN = re.compile(r"\w+|[^\w\s]")
"""A word, or one character of punctuation."""

_SHARED_BY = 10  # tasks; runs that more of them share are scaffolding and tell nothing
_SHOWN = 200  # characters of a match
_LONGEST_ANCHOR = 6

Words: TypeAlias = tuple[str, ...]


class Needle(NamedTuple):
    """A text that is searched for."""

    words: Words
    task: int  # number of the task that it belongs to


class Found(NamedTuple):
    """Where a text was found. Of several, the least is reported."""

    task: int
    start: int  # 0-based number of the first word
    length: int  # words


class TextSearch:
    """Finds any of many texts in the words of a row.

    Args:
        needles: Words of the texts, in the order of their tasks.
        min_words: Texts of fewer words count only if they are the whole text of a row.
        split: Pattern of a word.
    """

    def __init__(self, needles: Sequence[Needle], min_words: int, split: re.Pattern[str]) -> None:
        self.split = split
        self._whole: dict[Words, int] = {}
        # No longer than the shortest text that is searched for, so that each has an anchor.
        self._length = min(min_words, _LONGEST_ANCHOR)
        self._anchors: dict[Words, list[tuple[int, Needle]]] = defaultdict(list)
        long = []
        for needle in dict.fromkeys(needles):  # tasks repeat texts
            # Punctuation does not count: "return x + y" has three words. Where 4 are wanted, it is
            # found only if it is the whole row.
            if sum(map(_is_word, needle.words)) >= min_words:
                long.append(needle)
            # A text without a word would be equal to every empty row.
            elif needle.words:
                self._whole.setdefault(needle.words, needle.task)  # needles come in task order
        # How rare a run is among the needles stands for how rare it is in the rows.
        counts = Counter(anchor for needle in long for anchor in self._grams(needle.words))
        for needle in long:
            grams = self._grams(needle.words)
            # The first of several that are as rare, so the same one each time.
            offset = min(range(len(grams)), key=lambda index: counts[grams[index]])
            self._anchors[grams[offset]].append((offset, needle))

    def _grams(self, words: Words) -> list[Words]:
        return [
            words[start : start + self._length] for start in range(len(words) - self._length + 1)
        ]

    def find(self, words: Words) -> Iterator[Found]:
        """Where texts stand in the words of a row."""
        whole = self._whole.get(words)
        if whole is not None:
            yield Found(whole, 0, len(words))
        anchors, length = self._anchors, self._length
        for index in range(len(words) - length + 1):
            for offset, needle in anchors.get(words[index : index + length], ()):
                # The anchor may stand too near the front for the needle. Then `start` is negative
                # and counts from the end: the slice is shorter than the needle, and no match.
                start = index - offset
                stop = start + len(needle.words)
                if words[start:stop] == needle.words:
                    yield Found(needle.task, start, stop - start)


class NgramSearch:
    """Finds runs of words that a row shares with a task.

    Args:
        needles: Words of the texts of the tasks.
        groups: The benchmark of each task, by the task's number. Runs that more than ten tasks
            of one benchmark share do not count, and neither do runs of numbers.
        n: Words of a run.
    """

    def __init__(self, needles: Sequence[Needle], groups: Sequence[str], n: int) -> None:
        self.split = WORD
        self._n = n
        self._owner: dict[Words, int] = {}
        others: dict[Words, set[int]] = defaultdict(set)  # for the few runs of several tasks
        # In the order of tasks, so that the first task with a run owns it and is reported.
        for words, task in sorted(needles, key=lambda needle: needle.task):
            for start in range(len(words) - n + 1):
                gram = words[start : start + n]
                if self._owner.setdefault(gram, task) != task:
                    others[gram].add(task)
        for gram, found in others.items():
            # By benchmark, since copies of a task in several benchmarks are no scaffolding:
            # HumanEval and EvalPlus ask for the same things.
            counts = Counter(groups[task] for task in (self._owner[gram], *found))
            if max(counts.values()) > _SHARED_BY:
                del self._owner[gram]
        # Numbers in a row, as 1 2 3 and on, stand in lists of programs that copy nothing.
        for gram in [gram for gram in self._owner if all(map(str.isdigit, gram))]:
            del self._owner[gram]
        # Most words of a row are in no run. Looking them up alone is much cheaper than runs.
        self._vocabulary = {word for gram in self._owner for word in gram}

    def find(self, words: Words) -> Iterator[Found]:
        """Where shared runs stand in the words of a row. Overlapping runs are reported as one."""
        n, owner, vocabulary = self._n, self._owner, self._vocabulary
        # A run that starts before a word which no task has cannot be shared. So the search starts
        # again behind each such word, and most rows need no look-up at all.
        start = 0
        found: Found | None = None
        for stop, word in enumerate(words, start=1):
            if word not in vocabulary:
                start = stop
            elif stop - start >= n and (task := owner.get(words[stop - n : stop])) is not None:
                # The run before ended one word earlier: a b c and b c d give a b c d.
                if found and found.task == task and found.start + found.length == stop - 1:
                    found = found._replace(length=found.length + 1)
                    continue
                if found:
                    yield found
                found = Found(task, stop - n, n)
        if found:
            yield found


def _is_word(token: str) -> bool:
    return WORD.match(token) is not None


def words_of(text: str, split: re.Pattern[str]) -> Words:
    """The words of a text in lower case."""
    return tuple(split.findall(text.lower()))


def excerpt_of(text: str, found: Found, split: re.Pattern[str]) -> str:
    """The part of a text that the found words come from, shortened."""
    lowered = text.lower()
    spans = [match.span() for match in split.finditer(lowered)]
    start, stop = spans[found.start][0], spans[found.start + found.length - 1][1]
    # Some letters have a longer form in lower case (İ), and places behind them do not fit.
    excerpt = (text if len(text) == len(lowered) else lowered)[start:stop]
    return excerpt if len(excerpt) <= _SHOWN else excerpt[: _SHOWN - 1] + "…"
