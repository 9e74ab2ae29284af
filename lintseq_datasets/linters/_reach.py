"""Which lines of other units a verdict on a unit can reach, part by part.

Units depend on each other through names; a method of a class on nearly all of the class.
Most of what is in the class does not matter to it: an attribute that it does not mention,
directly or through what it calls, can come and go.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lintseq_datasets.linters._parts import (
    Function,
    Part,
    chosen_parts,
    collect_parts,
    find_words,
    first_line,
    is_ordinary,
    walk,
)


@dataclass(frozen=True, slots=True)
class _Node:
    """Some lines that matter together."""

    lines: int  # mask
    words: frozenset[str]
    provides: frozenset[str]  # words that lead here
    pulls: tuple[int, ...] = ()  # numbers of nodes that matter when this one does


class Reach:
    """The parts of a program and what leads to what.

    Args:
        lines: Lines of the program.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._nodes: list[_Node] = []
        self._providers: dict[str, list[int]] = defaultdict(list)

    def add_function(self, function: Function) -> int:
        """Add a function; the number of the node that stands for it."""
        start, stop = first_line(function), function.end_lineno or function.lineno
        whole = (1 << stop) - (1 << start)
        name = frozenset([function.name])
        if not is_ordinary(function):
            stores = frozenset(_stores(function))
            return self._add(whole, find_words(self._lines, whole), name | stores)
        parts = collect_parts(function.body, self._lines)
        body = max(function.body[0].lineno - 1, function.lineno)
        header = (1 << body) - (1 << start)
        pulls = [self._add_part(parts, index) for index, part in enumerate(parts) if part.flows]
        left = [node for node, leaves in pulls if leaves]
        return self._add(header, find_words(self._lines, header), name, left)

    def add_statement(
        self, lines: int, words: frozenset[str], provides: frozenset[str], pulls: Sequence[int] = ()
    ) -> int:
        """Add something that only matters as a whole; the number of its node."""
        return self._add(lines, words, provides, pulls)

    def reached(self, words: Iterable[str], start: Iterable[int]) -> int:
        """Mask of the lines that some words and nodes lead to."""
        seen: set[int] = set()
        pending = [*start, *self._leading(words)]
        lines = 0
        while pending:
            number = pending.pop()
            if number not in seen:
                seen.add(number)
                node = self._nodes[number]
                lines |= node.lines
                pending += node.pulls
                pending += self._leading(node.words)
        return lines

    def _leading(self, words: Iterable[str]) -> Iterator[int]:
        for word in words:
            if word in self._providers:
                yield from self._providers[word]

    def _add_part(self, parts: Sequence[Part], index: int) -> tuple[int, bool]:
        lines, words = 0, frozenset[str]()
        for number in chosen_parts(parts, [index]):
            lines |= parts[number].lines
            words |= parts[number].words
        return self._add(lines, words, parts[index].stores), parts[index].leaves

    def _add(
        self, lines: int, words: frozenset[str], provides: frozenset[str], pulls: Sequence[int] = ()
    ) -> int:
        number = len(self._nodes)
        self._nodes.append(_Node(lines, words, provides, tuple(pulls)))
        for name in provides:
            self._providers[name].append(number)
        return number


def _stores(node: ast.AST) -> Iterator[str]:
    for child in walk(node):
        if isinstance(child, ast.Attribute) and not isinstance(child.ctx, ast.Load):
            yield child.attr
