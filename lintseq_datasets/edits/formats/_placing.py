"""Where the hunks of a model go in the state before the edit.

A hunk that names lines of the state goes where they stand: at the line of its header, or else at
the nearest place; where they stand but for white space; or where all but the outermost stand. Where
they stand nowhere, the line of its header decides, and a hunk without one is left out. For the
state ``a b c b``, and hunks that put a line behind the one that they name:

    @@ -4 +4,2 @@    names b    line 4, as the header says
    @@ -9 +9,2 @@    names b    lines 2 and 4: the nearer one is taken, and `moved` is noted
    @@ -2 +2,2 @@    names z    nowhere: behind line 1, where the header starts; `missing_line`
    @@               names b    no line number says which: line 2, and `ambiguous_place`
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from lintseq_datasets.edits.formats._draft import Draft
from lintseq_datasets.edits.formats._line_changes import Change
from lintseq_datasets.edits.formats._open_hunk import OpenHunk, Remark

_FUZZ = 2  # lines of context that may differ at each end, as in patch


class Placed(NamedTuple):
    """What a hunk changes, and what is wrong with its place."""

    start: int  # 0-based line of the state at which the hunk starts
    changes: tuple[Change, ...]
    remarks: tuple[Remark, ...]


def place_hunk(hunk: OpenHunk, draft: Draft, first: int, goes_on_top: bool) -> Placed:
    """Place a hunk in the state.

    Args:
        hunk: The hunk.
        draft: The state.
        first: First line that no hunk above has passed.
        goes_on_top: Where a hunk goes that says no place: to the top, or to the end.
    """
    lines, old = draft.lines, hunk.old_lines
    if hunk.is_whole:
        added = tuple([line[1:] for line in hunk.body if line[0] != "-"])
        return Placed(0, (Change(0, tuple(lines), added),), ())
    if not old:
        return _walk(hunk.body, lines, *_place_without_lines(hunk, draft, first, goes_on_top))
    # What another hunk has passed is not there any more, even if the lines are equal.
    if hunk.has_numbers and hunk.start >= first and _stand_at(lines, old, hunk.start):
        return _walk(hunk.body, lines, hunk.start, [])
    # A generator: once the lines are found in one way, the next ones, which take longer, are not
    # tried.
    for kind, body, places in _search(hunk, draft, first):
        if places:
            remarks = [Remark(kind, "stands elsewhere than its header says")] if kind else []
            start = places[0]
            if hunk.has_numbers:
                start = min(places, key=lambda place: abs(place - hunk.start))
            elif len(places) > 1:
                start, is_sure = _choose(hunk, draft, places, first)
                remarks += [] if is_sure else [Remark("ambiguous_place", "stands there twice")]
            return _walk(body, lines, start, remarks, is_alike=kind == "inexact_place")
    if hunk.has_numbers:
        start, remarks = _nearest(hunk, lines, first)
        return _walk(hunk.body, lines, start, remarks)
    detail = f"{old[0][:80]!r} and what follows stand nowhere in the program"
    return Placed(first, (), (Remark("no_place", detail),))


def _place_without_lines(
    hunk: OpenHunk, draft: Draft, first: int, goes_on_top: bool
) -> tuple[int, list[Remark]]:
    if hunk.has_numbers:
        return _nearest(hunk, draft.lines, first)
    if hunk.hint and (above := draft.places_alike([hunk.hint])):
        start = next((place for place in above if place >= first), above[0]) + 1
        is_sure = len(above) == 1
        return start, [] if is_sure else [
            Remark("ambiguous_place", "its header stands there twice")
        ]
    if not goes_on_top:
        return len(draft.lines), []
    return first, [Remark("no_place", "says no place, and is not the first")] if first else []


def _nearest(hunk: OpenHunk, lines: Sequence[str], first: int) -> tuple[int, list[Remark]]:
    # Never into what a hunk above has passed, nor behind the end: an edit has its hunks in order,
    # so that is the nearest place there is.
    start = min(max(hunk.start, first), len(lines))
    detail = f"starts after old line {hunk.start}, put after {start}"
    return start, [Remark("clipped_position", detail)] if start != hunk.start else []


def _search(hunk: OpenHunk, draft: Draft, first: int) -> Iterator[tuple[str, list[str], list[int]]]:
    """Ways to find the lines of a hunk: the problem that it is, the body, the places."""
    # Without numbers, nothing says that hunks stand in order; they are sorted later.
    begin = first if hunk.has_numbers else 0
    yield "moved" if hunk.has_numbers else "", hunk.body, draft.places(hunk.old_lines, begin)
    yield "inexact_place", hunk.body, draft.places_alike(hunk.old_lines, begin)
    above, below = _context(hunk.body), _context(hunk.body[::-1])
    # As few lines as possible are left out; (0, 0) was tried above. Lines that change never are.
    for top, bottom in sorted(product(range(_FUZZ + 1), repeat=2), key=sum)[1:]:
        body = hunk.body[top : len(hunk.body) - bottom]
        old = [line[1:] for line in body if line[0] != "+"]
        if top <= above and bottom <= below and old:
            yield "inexact_place", body, draft.places(old, begin)


def _context(body: list[str]) -> int:
    """How many lines at the top of a body stay."""
    return next((number for number, line in enumerate(body) if line[0] != " "), len(body))


def _choose(hunk: OpenHunk, draft: Draft, places: Sequence[int], first: int) -> tuple[int, bool]:
    """One of several places, and whether the hunk says which."""
    if hunk.ends_file and places[-1] + len(hunk.old_lines) == len(draft.lines):
        return places[-1], True
    above = draft.places_alike([hunk.hint]) if hunk.hint else []
    if above and (below := [place for place in places if place > above[0]]):
        return below[0], True
    return next((place for place in places if place >= first), places[0]), False


def _stand_at(lines: Sequence[str], wanted: Sequence[str], start: int) -> bool:
    return list(lines[start : start + len(wanted)]) == list(wanted)


def _walk(
    body: Sequence[str],
    lines: Sequence[str],
    start: int,
    remarks: list[Remark],
    is_alike: bool = False,
) -> Placed:
    """Go through a body and the lines of the state from a line on, side by side."""
    changes: list[Change] = []
    at = passed = start  # of the change that is open; lines of the state that were passed
    removed: list[str] = []
    added: list[str] = []
    for line in (*body, ""):  # the last one has no sign: it closes the change that is open
        sign, text = line[:1], line[1:]
        if sign == "+":
            added.append(text)
            continue
        is_there = passed < len(lines) and (
            lines[passed] == text or (is_alike and lines[passed].strip() == text.strip())
        )
        if sign and not is_there:
            # The body goes on and the state does not, so that one line too many does not make all
            # that stand below it missing.
            remarks.append(Remark("missing_line", f"has {text[:80]!r}, which is not there"))
            continue
        if sign == "-":
            removed.append(lines[passed])  # as it is there, with its white space
        else:
            if removed or added:
                changes.append(Change(at, tuple(removed), tuple(added)))
            at, removed, added = passed + 1, [], []
        passed += 1
    return Placed(start, tuple(changes), tuple(remarks))
