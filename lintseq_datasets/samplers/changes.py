"""What differs between two versions of a program, cut into changes that can be undone one by one.

The lines of both versions stand in one list, each line once. A *change* is a set of lines that are
in one version only; to apply it is to take out those of the version before and to put in those of
the version after. A state is the version before with some of the changes applied. For example, of

    before      after           lines of both   before  after
    import os   import os       0  import os    x       x
    x = 1       x = 2           1  x = 1        x
    print(x)    y = 3           2  x = 2                x
                print(x)        3  y = 3                x
                                4  print(x)     x       x

the changes are {1, 2}, as lines that resemble each other replace each other, and {3}. Lines are
bits of a mask, so to apply a change is to flip its bits: 10011 is before, 11101 is after, and the
states between are 10101 and 11011 (line 0 is the last digit).

Some changes cannot be undone alone: without an inserted header, the lines of its block would hang
in the air; and where a deleted line comes back, so must the header that it was under. The
structures of both versions tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from lintseq_datasets.edits.edit import Edit, Hunk
from lintseq_datasets.edits.program import Program, mask_lines
from lintseq_datasets.languages.base import Names, Structure
from lintseq_datasets.samplers._alignment import common_head, corresponding_lines

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Changes:
    """Two versions of a program, and the changes between them.

    Args:
        program: The lines of both versions, in an order that both have.
        before: Mask of the lines of the version before.
        after: Mask of the lines of the version after.
        masks: For each change, mask of its lines.
        along: For each change, mask of the changes that are undone with it, itself included.
        bindings: Of names in the version before: pairs (lines that use one, lines that bind it).
    """

    program: Program
    before: int
    after: int
    masks: tuple[int, ...]
    along: tuple[int, ...]
    bindings: tuple[tuple[int, int], ...] = ()

    @property
    def all(self) -> int:
        """Mask of all changes."""
        return (1 << len(self.masks)) - 1

    def state(self, applied: int) -> int:
        """Mask of the lines of a state.

        Args:
            applied: Mask of the changes that are applied.
        """
        lines = self.before
        for change in mask_lines(applied):
            # To flip does both: lines of the version before go out, those of the version after come
            # in.
            lines ^= self.masks[change]
        return lines

    @cached_property
    def owners(self) -> Mapping[int, int]:
        """For each line that is in one version only, its change."""
        return {line: change for change, mask in enumerate(self.masks) for line in mask_lines(mask)}

    @cached_property
    def words(self) -> tuple[frozenset[str], ...]:
        """For each change the words of its lines, put in or taken out."""
        return tuple(
            frozenset(_WORD.findall("\n".join(self.program.keep(mask).lines)))
            for mask in self.masks
        )

    def unbinding(self, line: int, applied: int) -> int:
        """The changes that took away what a line of the version before takes its names from.

        Args:
            line: The line, which is in the state.
            applied: Mask of the changes that are applied.

        Returns:
            Mask of changes; 0 if every name of the line is still bound, as far as is known.
        """
        present = self.state(applied)
        gone = 0
        for uses, bound in self.bindings:
            # One binding that is left will do: which of several a use takes its value from is not
            # asked.
            if uses >> line & 1 and not bound & present:
                gone |= bound
        return sum(1 << change for change in mask_lines(applied) if self.masks[change] & gone)

    def edit(self, old: int, new: int) -> Edit:
        """The edit from one state to another.

        Args:
            old: Mask of the lines of the state before the edit.
            new: Mask of those of the state after it.
        """
        return Edit(tuple(_hunks(self.program.lines, old, new)))


def _hunks(lines: Sequence[str], old: int, new: int) -> Iterator[Hunk]:
    removed: list[str] = []
    added: list[str] = []
    # Of "a" "b" "c", from 011 to 101 ("a" is the last digit): "a" stays, "b" goes and "c" comes,
    # which is one hunk, behind line 1 of both states.
    old_line = new_line = 0  # how many lines of each state stand above
    # The -1 stands for a line of neither behind the end, which closes the last hunk.
    for line in [*mask_lines(old | new), -1]:
        is_old, is_new = line >= 0 and old >> line & 1, line >= 0 and new >> line & 1
        if is_old == is_new:  # a line of both, or the end
            yield from _hunk(old_line, new_line, removed, added)
            removed, added = [], []
        elif is_old:
            removed.append(lines[line])
        else:
            added.append(lines[line])
        old_line += is_old
        new_line += is_new


def _hunk(old_end: int, new_end: int, removed: list[str], added: list[str]) -> Iterator[Hunk]:
    """The hunk that ends at some line, without what stays as it was; none if all of it does."""
    # Lines of both versions stand in the list once, but one that was taken out may equal one that
    # was put in beside it. A diff has neither.
    while removed and added and removed[-1] == added[-1]:
        del removed[-1], added[-1]
        old_end, new_end = old_end - 1, new_end - 1
    same = common_head(removed, added)
    removed, added = removed[same:], added[same:]
    if removed or added:
        old, new = old_end - len(removed), new_end - len(added)
        yield Hunk(old, new, tuple(added), tuple(removed))


# --- from two versions to changes -----------------------------------------------------


def find_changes(
    before: Program, after: Program, structures: tuple[Structure, Structure]
) -> Changes:
    """Cut what differs between two versions into changes.

    Args:
        before: The version before.
        after: The version after.
        structures: Of both versions, in this order.
    """
    cut = _Cut(before, after)
    cut.follow(structures[0], cut.places_before, are_old=True)
    # Of the version before alone: a line of it can lose a name to a change, and gets it back when
    # that is undone. A line of the version after can be undone itself.
    cut.remember(structures[0].names)
    cut.follow(structures[1], cut.places_after, are_old=False)
    return cut.changes()


class _Cut:
    """The lines of both versions, while it is found out which of them belong together."""

    def __init__(self, before: Program, after: Program) -> None:
        self.lines: list[str] = []
        self.places_before: list[int] = []  # for each line of the version its place among all
        self.places_after: list[int] = []
        # A forest, as in union-find: a line is its own parent, or a child of one that it goes with.
        self._parents: list[int] = []  # lines of one tree are one change
        self._needs: list[tuple[int, int, int]] = []  # line, line undone with it, which is above
        for old, new, is_common in corresponding_lines(before.lines, after.lines):
            if is_common:  # both versions have one place for it
                for line in old:
                    self._add_common(before.lines[line])
                continue
            places = [self._add(before.lines[line], self.places_before) for line in old]
            places += [self._add(after.lines[line], self.places_after) for line in new]
            # Lines that replace each other; what is only put in, or only taken out, is cut further.
            if old and new:
                for one, other in pairwise(places):
                    self._unite(one, other)
        self._bindings: list[tuple[int, int]] = []
        common = set(self.places_before).intersection(self.places_after)
        self._changed = [place not in common for place in range(len(self.lines))]

    def follow(self, structure: Structure, places: Sequence[int], *, are_old: bool) -> None:
        """Take in what the structure of a version says about its lines.

        Args:
            structure: The structure.
            places: For each line of the version its place among all.
            are_old: Whether it is the version before.
        """
        drawable = set(structure.drawable)
        carriers = _carriers(structure)
        for line, place in enumerate(places):
            if not self._changed[place]:
                continue
            if line not in drawable:
                self._ride(line, carriers, places)
                continue
            for other in mask_lines(structure.takes[line]):
                if other != line and self._changed[places[other]]:
                    # Without the line the other one goes; with the other one, the line comes back.
                    pair = (places[other], place) if are_old else (place, places[other])
                    self._needs.append((*pair, place))

    def remember(self, names: Names) -> None:
        """Take in where the names of the version before are bound."""
        for bound, uses in names.uses:
            lines = sum(
                1 << self.places_before[line] for use, _ in uses for line in mask_lines(use)
            )
            self._bindings.append(
                (lines, sum(1 << self.places_before[one] for one in mask_lines(bound)))
            )

    def changes(self) -> Changes:
        """What was found."""
        masks: dict[int, int] = {}
        for place, is_changed in enumerate(self._changed):
            if is_changed:
                root = self._root(place)
                masks[root] = masks.get(root, 0) | 1 << place
        numbers = {root: number for number, root in enumerate(masks)}
        # Only now it is known which lines are one change: the needs of lines become those of
        # changes.
        needs: list[set[int]] = [set() for _ in masks]
        old, new = set(self.places_before), set(self.places_after)
        for line, other, above in self._needs:
            whole = set(mask_lines(masks[self._root(above)]))
            # A header that another one replaces leaves its block where it was.
            if whole <= old or whole <= new:
                needs[numbers[self._root(line)]].add(numbers[self._root(other)])
        return Changes(
            Program(tuple(self.lines)),
            sum(1 << place for place in self.places_before),
            sum(1 << place for place in self.places_after),
            tuple(masks.values()),
            tuple(_closures(needs)),
            tuple(self._bindings),
        )

    def _add_common(self, line: str) -> None:
        place = self._add(line, self.places_before)
        self.places_after.append(place)

    def _add(self, line: str, places: list[int]) -> int:
        place = len(self.lines)
        self.lines.append(line)
        self._parents.append(place)
        places.append(place)
        return place

    def _ride(self, line: int, carriers: Sequence[int], places: Sequence[int]) -> None:
        """Let a line that is not drawn, such as a comment, go with what it belongs to."""
        carrier = carriers[line]
        if carrier >= 0 and self._changed[places[carrier]]:
            self._unite(places[line], places[carrier])
        # What it belongs to is in both versions: comments of one place go together.
        elif line and carriers[line - 1] == carrier and self._changed[places[line - 1]]:
            self._unite(places[line], places[line - 1])

    def _root(self, place: int) -> int:
        # Each line on the way is hung below its grandparent, so that the way is short next time.
        while self._parents[place] != place:
            self._parents[place] = place = self._parents[self._parents[place]]
        return place

    def _unite(self, one: int, other: int) -> None:
        self._parents[self._root(other)] = self._root(one)


def _carriers(structure: Structure) -> list[int]:
    """For each line that is not drawn, the line that it goes with; -1 if there is none."""
    drawable = set(structure.drawable)
    carriers = [-1] * structure.num_lines
    # The one that takes the fewest, which comes last: a header takes its whole block, too.
    by_size = sorted(structure.drawable, key=lambda line: -structure.takes[line].bit_count())
    for line in by_size:
        for taken in mask_lines(structure.takes[line]):
            if taken not in drawable:
                carriers[taken] = line
    return carriers


def _closures(needs: Sequence[set[int]]) -> Iterator[int]:
    # What a change needs may need others: {0: 1, 1: 2} becomes {0: 012, 1: 12, 2: 2}.
    for change in range(len(needs)):
        found, pending = {change}, [change]
        while pending:
            new = needs[pending.pop()] - found
            found |= new
            pending += new
        yield sum(1 << one for one in found)
