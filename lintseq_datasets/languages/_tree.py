"""The structure of a program from the tree of its grammar.

An *atom* is a run of lines that only go together. Two lines can be cut apart if the line break
between them lies between the children of a container (the program, the body of a ``case``), or
between brackets that are children of the smallest node around it. In

    0  function f(a) {
    1    // Why.
    2    if (a)
    3      return `x
    4  y`;
    5    else {
    6      g();
    7    }
    8  }

the atoms are line 0, line 1, lines 2 to 5, and lines 6, 7 and 8: the break below line 2 is in an
``if`` statement, not between its brackets, and the one below line 3 is in a string. A break in
brackets is *inside* of them: line 0 *opens* what line 8 *closes*, and takes it all. Line 1 rides
with the atom below. Lines 7 and 8 only close, so they are not drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from lintseq_datasets.languages.base import Structure, StructureRules
from lintseq_datasets.languages.drawing import make_structure
from lintseq_datasets.languages.grammar import Grammar, GrammarSource
from lintseq_datasets.languages.indentation import indented_ranges

_PUNCTUATION = {",", ";"}


@dataclass(slots=True)
class _TreeLines:
    """What the tree says of the lines."""

    brackets: list[tuple[int, int]] = field(default_factory=list)  # lines of both, if different
    headers: list[tuple[int, int]] = field(default_factory=list)  # first and last line
    has_code: set[int] = field(default_factory=set)  # lines with more than comments and closing
    has_closing: set[int] = field(default_factory=set)
    pinned: set[int] = field(default_factory=set)


def tree_structure(source: GrammarSource, grammar: Grammar, rules: StructureRules) -> Structure:
    """The structure of a program; see `GrammarLanguage.structure`."""
    lines = source.text.split("\n")
    read = _read(source.root, grammar)
    cuts = set(range(len(lines))) if rules.unit == "line" else _cuts(source, grammar, lines)
    groups = _groups(len(lines), cuts)
    group_of = [number for number, group in enumerate(groups) for _ in range(*group)]
    kinds = [_kind(range(*group), read) for group in groups]
    _pin_first(kinds, group_of, read.pinned)
    own = [_span(*group) for group in groups]
    if rules.comments == "ride":
        _let_ride(own, kinds)
    takes = list(own)
    if rules.children == "block":
        _take_blocks(takes, own, kinds, group_of, read)
    elif rules.children == "indentation":
        for line, stop in sorted(indented_ranges(lines), reverse=True):
            for below in range(group_of[line] + 1, group_of[stop - 1] + 1):
                takes[group_of[line]] |= takes[below]
    wanted = {"code", "silent"} if rules.comments == "draw" else {"code"}
    drawn = [group for group, kind in zip(groups, kinds, strict=True) if kind in wanted]
    found = zip(groups, kinds, strict=True)
    return make_structure(
        lines,
        [group[0] for group in drawn] if "code" in kinds else [],
        [takes[group] for group in group_of],
        rules.weights,
        silent=sum(_span(*group) for group, kind in found if kind == "silent"),
    )


def _span(start: int, stop: int) -> int:
    return (1 << stop) - (1 << start)


def _kind(lines: Sequence[int], read: _TreeLines) -> str:
    """Whether a group is code, is never drawn, only closes, or means nothing."""
    if any(line in read.has_code for line in lines):
        return "code"
    if any(line in read.pinned for line in lines):
        return "pinned"
    return "closing" if any(line in read.has_closing for line in lines) else "silent"


def _pin_first(kinds: list[str], group_of: Sequence[int], pinned: set[int]) -> None:
    """Pin the first group that should be, whatever else is in it, if there is other code."""
    # ``<?php f();`` is drawable code, as it calls `f`. But without that line, what is left of the
    # program would be text that PHP prints.
    if pinned:
        first = group_of[min(pinned)]
        if any(kind == "code" for number, kind in enumerate(kinds) if number != first):
            kinds[first] = "pinned"


# --- what the tree says --------------------------------------------------------------


def _read(root: Any, grammar: Grammar) -> _TreeLines:
    """Walk the tree once, without recursion: programs may be nested deeply."""
    read = _TreeLines()
    closers = {closer for _, closer in grammar.brackets}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        first, last = node.start_point[0], _last_line(node)
        if node.type in grammar.comments:
            continue
        # A namespace with a body is a block like others: pinned, it would leave nothing to draw.
        if node.type in grammar.pinned and node.child_by_field_name("body") is None:
            read.pinned.update(range(first, last + 1))
            continue
        if not node.child_count:
            # Of a text with errors, the tree holds what is missing, too, as empty nodes.
            if node.end_byte > node.start_byte and node.type.strip():
                # A line of ``});`` only closes, too.
                closes = node.type in closers or node.type in _PUNCTUATION
                (read.has_closing if closes else read.has_code).update(range(first, last + 1))
            continue
        if node.type in grammar.headers and first != last:
            read.headers.append((first, last))
        children = node.children
        waiting += children
        if first != last:
            pairs = _pairs(node, children, grammar)
            found = ((opens.start_point[0], closes.start_point[0]) for opens, closes in pairs)
            read.brackets += [(start, end) for start, end in found if start != end]
    return read


def _last_line(node: Any) -> int:
    row, column = node.end_point
    # A node that ends in a line break ends on the line above.
    return int(row) - 1 if column == 0 and row > node.start_point[0] else int(row)


def _pairs(node: Any, children: Sequence[Any], grammar: Grammar) -> Iterator[tuple[Any, Any]]:
    """Pairs of children that open and close; what opens may be the node around, as in Ruby."""
    waiting: list[Any] = []
    for child in children:
        if child.child_count or child.is_named:
            continue
        openers = {opener for opener, closer in grammar.brackets if closer == child.type}
        if openers:
            # Of a text with errors, brackets may lack their partners.
            while waiting and waiting[-1].type not in openers:
                waiting.pop()
            yield (waiting.pop() if waiting else node.parent or node), child
        elif any(opener == child.type for opener, _ in grammar.brackets):
            waiting.append(child)


def _cuts(source: GrammarSource, grammar: Grammar, lines: Sequence[str]) -> set[int]:
    """Lines whose break below is a cut, and the last one."""
    inside: dict[int, list[tuple[int, int]]] = {}  # by node: from where to where brackets reach
    cuts = {len(lines) - 1}
    place = -1  # of the line break, in bytes, as those of the tree are
    for number, line in enumerate(lines[:-1]):
        place += len(line.encode("utf-8")) + 1
        node = source.root.descendant_for_byte_range(place, place + 1) or source.root
        while not node.child_count and not node.type.strip() and node.parent is not None:
            node = node.parent  # the line break is a token of its own
        if node.type in grammar.containers:
            cuts.add(number)
            continue
        # ``import (`` and ``)`` around a single import are one atom with it: alone, they would be
        # an import of nothing.
        if node.type in grammar.lists and _is_single(node, grammar):
            continue
        if node.id not in inside:
            pairs = _pairs(node, node.children, grammar)
            inside[node.id] = [(opens.start_byte, closes.start_byte) for opens, closes in pairs]
        if any(start < place < end for start, end in inside[node.id]):
            cuts.add(number)
    return cuts


def _is_single(node: Any, grammar: Grammar) -> bool:
    named = [child for child in node.children if child.is_named]
    return sum(child.type not in grammar.comments for child in named) == 1


def _groups(num_lines: int, cuts: set[int]) -> list[tuple[int, int]]:
    ends = [-1, *sorted(cuts)]
    return [(above + 1, end + 1) for above, end in pairwise(ends)]


# --- what goes along -----------------------------------------------------------------


def _let_ride(own: list[int], kinds: Sequence[str]) -> None:
    """Let what means nothing go with the code below; before what closes, with that above."""
    for number, kind in enumerate(kinds):
        if kind != "silent":
            continue
        below = next((n for n in range(number + 1, len(kinds)) if kinds[n] != "silent"), None)
        carrier = below if below is not None and kinds[below] == "code" else None
        if carrier is None:
            carrier = next((n for n in range(number - 1, -1, -1) if kinds[n] != "silent"), below)
        if carrier is not None:
            own[carrier] |= own[number]


def _take_blocks(
    takes: list[int],
    own: Sequence[int],
    kinds: Sequence[str],
    group_of: Sequence[int],
    read: _TreeLines,
) -> None:
    """What opens takes its chain, an arm takes itself, what closes takes the whole chain."""
    # For the groups 0 to 4 of
    #     if (a) {
    #       f();
    #     } else {
    #       g();
    #     }
    # there are brackets (0, 2) and (2, 4): opens {0: {2}, 2: {4}}, closes {2: [0], 4: [2]}, heads
    # {2: 0, 4: 0}, ends {2: 4, 0: 4}. Group 0 only opens: it takes 0 to 4. Group 2 is an arm: it
    # takes 2 and 3. Group 4 only closes: from its head to the end of that chain, again 0 to 4.
    opens: dict[int, set[int]] = {}  # by group that opens: groups that close
    closes: dict[int, list[int]] = {}  # by group that closes: groups that open, one by one
    for first, last in read.brackets:
        opener, closer = group_of[first], group_of[last]
        if opener != closer:
            opens.setdefault(opener, set()).add(closer)
            closes.setdefault(closer, []).append(opener)
    # In ascending order, so that the chain up to the opener is known already; below, from the end.
    heads: dict[int, int] = {}  # of what closes: the first group of its chain
    for group in sorted(closes):
        opener = min(closes[group])
        heads[group] = heads.get(opener, opener)
    ends: dict[int, int] = {}  # of what opens: the last group of its chain
    for group in sorted(opens, reverse=True):
        closer = max(opens[group])
        ends[group] = max(closer, ends.get(closer, closer))
    for first, last in read.headers:
        _take(takes, own, group_of[first], group_of[first], group_of[last])
    for group in {*opens, *closes}:
        if group not in closes:
            _take(takes, own, group, group, ends[group])
        elif len(opens.get(group, ())) == 1 and _is_arm(group, max(opens[group]), closes):
            _take(takes, own, group, group, max(opens[group]) - 1)
        else:
            head = heads[group]
            _take(takes, own, group, head, ends.get(head, group))


def _is_arm(group: int, closer: int, closes: dict[int, list[int]]) -> bool:
    """Whether what a group closes can be closed by the group that closes it."""
    # In ``f({`` ... ``}, () => {`` ... ``});`` the second line closes one bracket and the third
    # two: without the second, the brackets would not match.
    return len(closes[group]) == len(closes[closer])


def _take(takes: list[int], own: Sequence[int], group: int, first: int, last: int) -> None:
    for number in range(first, last + 1):
        takes[group] |= own[number]
