"""Where the lines of an edit stand: the least context that says it, and the one place of lines.

Say that ``c`` is to be inserted into this state, behind its second line::

    0  a
    1  b        <- behind this one
    2  a
    3  b

One line above (``b``) also ends at line 3, and all that stands above (``a b``) does, too. One line
below (``a``) also begins at line 0. One line on each side (``b | a``) stands here only, and nothing
shorter does. For each other place q, `_common_above` counts how many lines above it are equal to
those above the insertion, and `_common_below` how many below. A context of ``above`` and ``below``
lines is unique if no q has as many of both. Both counts take linear time (the Z algorithm).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lintseq_datasets.errors import DiffError


class Context(NamedTuple):
    """Numbers of unchanged lines around a change."""

    above: int
    below: int


def least_context(
    lines: Sequence[str],
    start: int,
    end: int,
    *,
    first: int = 0,
    last: int | None = None,
    prefers_above: bool = False,
) -> Context | None:
    """The least context with which the lines of a change occur once in a state.

    Args:
        lines: The state.
        start: 0-based line at which the change starts.
        end: Where the lines end that it removes; ``start`` if it removes none.
        first: First line that the context may have.
        last: Line before which it must end; by default the end of the state.
        prefers_above: Whether lines below are taken only where all those above are not enough.

    Returns:
        Of several that are as short, the one with most lines above. None if no context within
        the bounds is enough.
    """
    most = Context(start - first, (len(lines) if last is None else last) - end)
    # The usual case, without two passes over the state; below, it has the same answer.
    if start == end and most.above and lines.count(lines[start - 1]) == 1:
        return Context(1, 0)
    others = [place for place in range(len(lines) + 1) if place != start]
    above, below = _common_above(lines, start), _common_below(lines, start)
    # longest[a]: lines below, the removed ones among them, that places with a equal lines above
    # have in common with this one; -1 if there is no such place
    longest = [-1] * (len(lines) + 2)
    for place in others:
        longest[above[place]] = max(longest[above[place]], below[place])
    for number in range(len(lines), -1, -1):
        longest[number] = max(longest[number], longest[number + 1])
    # With ``number`` lines above, one line more below than any other place with as many has; those
    # that the change removes are among them, and need not be said again.
    needed = [
        Context(number, max(longest[number] + 1 - (end - start), 0))
        for number in range(most.above + 1)
    ]
    fitting = [context for context in needed if context.below <= most.below]
    if not fitting:
        return None
    if prefers_above:
        return next((context for context in fitting if not context.below), fitting[-1])
    return min(fitting, key=lambda context: (sum(context), -context.above))


def _common_below(lines: Sequence[str], start: int) -> list[int]:
    """For each place of a state, how many lines below it are those below ``start``."""
    pattern = lines[start:]
    # Nothing stands between the pattern and the lines, so a count may run past the pattern.
    size, found = len(pattern), _z([*pattern, *lines])
    return [*(min(found[size + place], size) for place in range(len(lines))), 0]


def _common_above(lines: Sequence[str], start: int) -> list[int]:
    return _common_below(lines[::-1], len(lines) - start)[::-1]


def _z(items: Sequence[str]) -> list[int]:
    """For each position, how many items from there on are those from the beginning on."""
    size = len(items)
    found = [size] * size
    left = right = 0  # the stretch of equal items that ends last
    for place in range(1, size):
        # Within the stretch, items repeat those at the beginning, so what was counted there holds
        # here, up to the end of the stretch. What is compared below moves that end: linear time.
        length = min(right - place, found[place - left]) if place < right else 0
        while place + length < size and items[length] == items[place + length]:
            length += 1
        found[place] = length
        if place + length > right:
            left, right = place, place + length
    return found


def only_place(lines: Sequence[str], wanted: Sequence[str], hunk: int) -> int:
    """The 0-based line of a state at which some lines stand.

    Args:
        lines: The state.
        wanted: The lines; at least one.
        hunk: 0-based number of the hunk, for errors.

    Raises:
        DiffError: They do not stand there, or more than once.
    """
    found = places_of(lines, wanted)
    if len(found) == 1:
        return found[0]
    often = f"{len(found)} times" if found else "nowhere"
    raise DiffError(f"{wanted[0][:80]!r} and what follows stand {often} in the state", hunk=hunk)


def places_of(lines: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """All 0-based lines of a state at which some lines stand; linear time.

    >>> places_of(["a", "b", "a", "b", "a"], ["a", "b"])
    [0, 2]
    """
    size = len(wanted)
    found = _z([*wanted, *lines])
    return [place for place in range(len(lines) - size + 1) if found[size + place] >= size]
