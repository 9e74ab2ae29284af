"""How values flow through a unit, and on which of its lines that matters to a linter."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Sequence

from lintseq_datasets.linters._looks import Look, results, without_results
from lintseq_datasets.linters._parts import Part, are_torn


class Flow:
    """The parts of a unit and what flows from one to the other.

    Args:
        parts: The parts of the unit.
        looks: Tells at what the checks look in a statement; None if they may look at all.
        function: Name of the function, if the unit is one.
        is_plain: Whether that name is certain to mean the function.
        header: Mask of the lines of a function above the first part.
        header_names: What they look up where the function is defined.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        looks: Callable[[ast.AST], Look] | None,
        *,
        function: str | None = None,
        is_plain: bool = False,
        header: int = 0,
        header_names: frozenset[str] = frozenset(),
    ) -> None:
        self._parts = parts
        self._looks = looks
        self._look: dict[int, Look] = {}
        self._function = function
        own = frozenset([function] if function else [])
        self._result = results(own) if is_plain else own
        self._header = header
        self._header_names = header_names

    def given(self, names: Collection[str], kept: int) -> set[str]:
        """Names that the unit binds by means of some names, in the lines that stay."""
        left = {index: part for index, part in enumerate(self._parts) if part.lines & kept}
        found = set(names)
        tests: set[int] = set()
        while self._pass_on(left, found, found, tests):
            pass
        return found.difference(names)

    def untouched(
        self, gone: int, kept: int, changed: Collection[str], spread: Callable[[set[str]], object]
    ) -> tuple[int, set[str]]:
        """Mask of the lines on which nothing that is inferred changes, and the names that do.

        Whether the names on these lines are bound may change all the same.

        Args:
            gone: Mask of the lines that go.
            kept: Mask of the lines of the unit that stay.
            changed: Names that come to mean something else outside of the unit.
            spread: Adds to some names those that others bind by means of them.
        """
        names = set(changed)
        going = [part for part in self._parts if part.lines & gone]
        if gone & self._header or any(part.rules or part.handles & kept for part in going):
            return 0, names
        if are_torn(self._parts, gone, kept):
            return 0, names
        is_named = self._function in names
        for part in going:
            is_named |= self._function in part.given
            names |= self._given(part)
        settled = {
            index: part
            for index, part in enumerate(self._parts)
            if part.lines & kept
            and part.kind not in (ast.Import, ast.ImportFrom)
            and self._is_whole_without(index, gone)
        }
        left = dict(settled)
        tests: set[int] = set()
        while True:
            before = set(names)
            spread(names)
            is_named |= self._function in names - before
            bare = without_results(names)
            if not bare.isdisjoint(self._header_names):
                return 0, names
            found = self._pass_on(left, bare, names, tests)
            if not found:
                break
            is_named |= any(self._function in part.given for part in found)
        closed = {index for index in settled if self._is_settled(index, names, tests)}
        self._open_sources(closed, kept)
        lines = 0 if is_named else self._header
        still_open = 0  # parts can share a line
        for index, part in enumerate(self._parts):
            if index in closed:
                lines |= part.lines
            else:
                still_open |= part.lines
        return lines & kept & ~still_open, names

    def _open_sources(self, closed: set[int], kept: int) -> None:
        """Take out of some parts those that bind what the others mention.

        Nothing changes on them, but what astroid infers on a line can depend on what was
        inferred before, and checks do that line by line.
        """
        pending = [part for index, part in enumerate(self._parts) if index not in closed]
        words = {word for part in pending if part.lines & kept for word in part.words}
        while found := [
            index for index in closed if not words.isdisjoint(self._parts[index].binds)
        ]:
            closed.difference_update(found)
            words.update(*[self._parts[index].words for index in found])

    def _pass_on(
        self, left: dict[int, Part], using: set[str], names: set[str], tests: set[int]
    ) -> list[Part]:
        """Take parts that use some names, and add the names that these give.

        Args:
            left: The parts that may.
            using: The names that they may use.
            names: Where to add the others.
            tests: Where to add the tests that may have another outcome; what they guard uses
                them.
        """
        found = [
            index
            for index, part in left.items()
            if not (using.isdisjoint(part.words) and tests.isdisjoint(part.around))
        ]
        parts = [left.pop(index) for index in found]
        for index, part in zip(found, parts, strict=True):
            names |= self._given(part)
            if part.kind is ast.If:
                tests.add(index)
        return parts

    def _is_settled(self, index: int, names: set[str], tests: set[int]) -> bool:
        """Whether a check finds the same in a part if some names mean something else."""
        looks = self._look_of(index).words
        if not looks:
            return True
        return names.isdisjoint(looks) and tests.isdisjoint(self._parts[index].around)

    def _given(self, part: Part) -> frozenset[str]:
        """What means something else once a part does."""
        return part.given | self._result if part.leaves else part.given

    def _is_whole_without(self, index: int, gone: int) -> bool:
        """Whether lines can go from a part without more than values changing."""
        gone &= self._parts[index].lines
        if gone:
            for lines in self._look_of(index).elements:
                if gone & lines == lines:
                    gone &= ~lines
        return not gone

    def _look_of(self, index: int) -> Look:
        look = self._look.get(index)
        if look is None:
            part = self._parts[index]
            look = Look(part.words) if self._looks is None else self._looks(part.node)
            self._look[index] = look
        return look
