"""Which lines of two versions of a program stand for which.

`difflib` says which lines are common. Two things are added. Lines that are put in or taken out are
moved to where a reader would see them. And where lines replace others, those that resemble each
other are told apart from the rest:

    old             new               pieces
    a = f(1)        a = f(1, 2)       1 for 1: they resemble each other
    print(a)        log(done)         both of the old ones for the new one: they do not
    print("done")
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

# Of words and single signs, ``f(a)`` and ``f(b)`` have three of four in common.
_TOKEN = re.compile(r"\w+|[^\w\s]")
_ALIKE = 0.5  # share of common tokens from which one line is taken to replace another
_MOST_PAIRS = 40_000  # of lines that are compared in one place; where there are more, none is


class MatchedLines(NamedTuple):
    """Lines of the version before, and those of the version after that stand in their place."""

    old: range  # 0-based
    new: range
    is_common: bool = False  # whether they are the same lines


def corresponding_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[MatchedLines]:
    """The lines of both versions, in order, as they correspond."""
    # Between two pieces that are common there is exactly one that is not, so what can slide has a
    # common neighbour on each side, unless it is the first or the last.
    pieces = list(_matched(before, after))
    for number, piece in enumerate(pieces):
        if not piece.is_common and 0 < number < len(pieces) - 1:
            if not piece.new:
                _slide(pieces, number, before, piece.old)
            elif not piece.old:
                _slide(pieces, number, after, piece.new)
    for piece in pieces:
        if piece.is_common:
            yield piece
        else:
            yield from _replacements(before, after, piece.old, piece.new)


def _matched(before: Sequence[str], after: Sequence[str]) -> Iterator[MatchedLines]:
    # Ends that are equal need no search, which takes the square of the length on repeated lines.
    head = common_head(before, after)
    tail = common_head(before[head:][::-1], after[head:][::-1])
    old_end, new_end = len(before) - tail, len(after) - tail
    if head:
        yield MatchedLines(range(head), range(head), is_common=True)
    # `autojunk` would leave out frequent lines from 200 lines on: one more line, another alignment.
    matcher = SequenceMatcher(None, before[head:old_end], after[head:new_end], autojunk=False)
    for kind, first, last, new_first, new_last in matcher.get_opcodes():
        old, new = range(head + first, head + last), range(head + new_first, head + new_last)
        yield MatchedLines(old, new, kind == "equal")
    if tail:
        yield MatchedLines(range(old_end, len(before)), range(new_end, len(after)), is_common=True)


def common_head(one: Sequence[str], other: Sequence[str]) -> int:
    """With how many equal lines both begin."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _slide(pieces: list[MatchedLines], number: int, lines: Sequence[str], moved: range) -> None:
    """Move lines that are put in or taken out to where a reader would see them.

    If the line above them equals the last of them, they may as well begin one line higher. Of all
    such places the one is taken where the first of them, and the line below them, are indented the
    least, so that whole functions are put in and not the end of one and the beginning of another.
    Blank lines count as not indented, and of several such places the highest is taken: they go
    with the code below them.
    """
    # For "a" "b" "a" "b" with the second "a" "b" put in: `up` is 2, as "b" equals "b" and "a"
    # equals "a". Moved up by 2, the first pair is what was put in.
    above, below = pieces[number - 1], pieces[number + 1]
    up = 0
    while up < len(above.old) and lines[moved.start - 1 - up] == lines[moved.stop - 1 - up]:
        up += 1
    down = 0
    while down < len(below.old) and lines[moved.start + down] == lines[moved.stop + down]:
        down += 1
    shifts = range(-up, down + 1)
    if len(shifts) > 1:
        # Of equal ones, `min` takes the first, which is the highest.
        best = min(shifts, key=lambda by: _depth(lines, moved, by))
        pieces[number - 1] = _resized(above, 0, best)
        pieces[number] = _resized(pieces[number], best, best)
        pieces[number + 1] = _resized(below, best, 0)


def _depth(lines: Sequence[str], moved: range, by: int) -> int:
    edges = (moved.start + by, moved.stop + by)
    return sum(_indentation(lines[edge]) for edge in edges if edge < len(lines))


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip()) if line.strip() else 0


def _resized(piece: MatchedLines, start: int, stop: int) -> MatchedLines:
    old = range(piece.old.start + start, piece.old.stop + stop)
    new = range(piece.new.start + start, piece.new.stop + stop)
    return MatchedLines(old, new, piece.is_common)


def _replacements(
    before: Sequence[str], after: Sequence[str], old: range, new: range
) -> Iterator[MatchedLines]:
    """Cut lines that replace others where one line resembles another."""
    if not old or not new or len(old) * len(new) > _MOST_PAIRS:
        yield MatchedLines(old, new)
        return
    first, new_first = old.start, new.start
    for line, other in _alike([before[line] for line in old], [after[line] for line in new]):
        place, new_place = line + old.start, other + new.start
        # What stands above such a pair replaces each other as a whole; one or both may be empty.
        yield MatchedLines(range(first, place), range(new_first, new_place))
        yield MatchedLines(range(place, place + 1), range(new_place, new_place + 1))
        first, new_first = place + 1, new_place + 1
    yield MatchedLines(range(first, old.stop), range(new_first, new.stop))


def _alike(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of lines that resemble each other, in order, as much as can be had in all."""
    # As the longest common subsequence is found, but with a weight for each pair.
    tokens = [Counter(_TOKEN.findall(line)) for line in old]
    new_tokens = [Counter(_TOKEN.findall(line)) for line in new]
    likeness = [[_likeness(one, other) for other in new_tokens] for one in tokens]
    # best[i][j]: of the lines from i and from j on
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            both = likeness[i][j] + best[i + 1][j + 1] if likeness[i][j] else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], both)
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        # The floats may be compared: it is the sum that `best` was made of, added up the same way.
        if likeness[i][j] and best[i][j] == likeness[i][j] + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """Share of the tokens that two lines have in common; 0 if they do not resemble each other."""
    share = 2 * (one & other).total() / max(one.total() + other.total(), 1)
    return share if share >= _ALIKE else 0.0
