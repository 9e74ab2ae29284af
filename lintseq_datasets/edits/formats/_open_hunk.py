"""A hunk as a model wrote it: what its header says, and what its body holds.

Lines without a sign are kept apart until the hunk ends. Then it shows what the hunk lacks:

    @@ -1,0 +2,3 @@     promises three lines
    +a                  the first
    b                   no sign: taken as ``+b``, because one is missing, and signs follow
    +c                  the third
    That is all.        no sign, and nothing is missing: no line of the hunk
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from lintseq_datasets.edits.edit import print_range
from lintseq_datasets.edits.formats.base import Place

# Behind the second ``@@``, git writes the line that the hunk stands in: ``@@ -7 +7,2 @@ def f():``.
_HEADER = re.compile(r" *@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(?:\s.*|[^@]*)?", re.ASCII)
# Without numbers the text says a line above, if there is one: ``@@``, ``@@ f()``, ``@@ g() @@``.
_BARE = re.compile(r" *@@(?: (.*?)(?: @@)?)?\s*")
CUT_HEADER = re.compile(  # the beginning of a header in which the text ends
    r"@(@( (-(\d+(,(\d+)?)?( (\+(\d+(,(\d+)?)?( @?)?)?)?)?)?)?)?)?", re.ASCII
)
_SIGNS = ("+", "-", " ")


class Remark(NamedTuple):
    """Something that is wrong with a hunk."""

    kind: str  # one of `PROBLEMS`
    detail: str  # for a person
    place: Place | None = None  # by default that of the hunk


class _Unsigned(NamedTuple):
    """A line that has no sign."""

    at: int  # how many lines with a sign stood above it
    line: str
    place: Place


@dataclass(slots=True)
class OpenHunk:
    """A hunk whose body is being read."""

    number: int  # 0-based number in its edit
    place: Place  # of its header, or of its first line
    has_numbers: bool = False  # whether its header has line numbers
    start: int = 0  # 0-based line of the program before the edit, as its header says
    new_start: int = 0  # 0-based line of the program after the edit, as its header says
    removed: int = 0  # lines of the program before the edit that its header promises
    added: int = 0  # and of the program after it
    is_whole: bool = False  # whether it takes the place of the whole state
    hint: str = ""  # what a header without numbers says: a line above the hunk
    ends_file: bool = False  # whether the end of the file is said to follow
    body: list[str] = field(default_factory=list)  # with their signs
    _unsigned: list[_Unsigned] = field(default_factory=list)
    _old: int = 0  # lines of the body that are in the program before the edit
    _new: int = 0  # and after it

    @classmethod
    def is_header(cls, line: str, needs_numbers: bool) -> bool:
        """Whether a line is the header of a hunk."""
        return bool(_HEADER.fullmatch(line) or (not needs_numbers and line.startswith("@@")))

    @classmethod
    def from_header(cls, line: str, number: int, place: Place) -> OpenHunk:
        """The hunk that a line starts, which begins with ``@@``."""
        header = _HEADER.fullmatch(line)
        if header is None:
            bare = _BARE.fullmatch(line)
            return cls(number, place, hint=(bare[1] or "") if bare else "")
        removed, added = _number(header[2] or "1"), _number(header[4] or "1")
        # an empty range is 'after line n', others start at line n
        start, new_start = _number(header[1]) - bool(removed), _number(header[3]) - bool(added)
        return cls(number, place, True, start, new_start, removed, added)

    @property
    def header(self) -> str:
        """The header as a unified diff writes it."""
        old, new = print_range(self.start, self.removed), print_range(self.new_start, self.added)
        return f"@@ -{old} +{new} @@"

    @property
    def missing(self) -> int:
        """Lines that the header promises and that have not come; may be negative."""
        return self.removed + self.added - self._old - self._new

    @property
    def is_complete(self) -> bool:
        """Whether all lines have come that the header promises."""
        return self.has_numbers and self.missing <= 0

    @property
    def old_lines(self) -> list[str]:
        """The lines of the state that the body names."""
        return [line[1:] for line in self.body if line[0] != "+"]

    def takes_context(self, line: str) -> bool:
        """Whether a line is one that stays: an empty one may have lost its sign."""
        if not self.has_numbers:
            return line.startswith(" ")
        return self.removed > 0 and (line[:1] == " " or (not line and self._old < self.removed))

    def add(self, line: str) -> None:
        """Add a line behind its sign."""
        self.body.append(line)
        self._old += line[0] != "+"
        self._new += line[0] != "-"

    def add_unsigned(self, line: str, place: Place) -> None:
        """Add a line that has no sign; whether it belongs to the hunk shows at its end."""
        self._unsigned.append(_Unsigned(len(self.body), line, place))

    def settle(self, is_cut: bool, is_known: Callable[[str], bool]) -> Iterator[Remark]:
        """Decide what lines without a sign are, and say what is wrong with the body.

        Args:
            is_cut: Whether the text ends in it.
            is_known: Whether a line stands in the state.
        """
        if self._unsigned:
            yield from self._settle_unsigned(is_known)
        if self.has_numbers:
            yield from self._check_counts(is_cut)
        elif self.body and all(line[0] == " " for line in self.body):
            yield Remark("empty_hunk", "changes nothing")

    def _settle_unsigned(self, is_known: Callable[[str], bool]) -> Iterator[Remark]:
        while self._unsigned and self._unsigned[-1][:2] == (len(self.body), ""):
            self._unsigned.pop()  # empty lines behind a hunk do no harm
        signs = self._signs(is_known)
        taken = [one for one, sign in zip(self._unsigned, signs, strict=True) if sign]
        lost = [one for one, sign in zip(self._unsigned, signs, strict=True) if not sign]
        # From below, so that the places of those above stay right.
        for one, sign in reversed(list(zip(self._unsigned, signs, strict=True))):
            if sign:
                self.body.insert(one.at, sign + one.line)
                self._old += sign != "+"
                self._new += sign != "-"
        for kind, some, what in (
            ("missing_sign", taken, "has no sign, and is taken"),
            ("stray_text", lost, "belongs to no hunk"),
        ):
            if some:
                shown = repr(some[0].line[:80]) if some[0].line else "an empty line"
                yield Remark(kind, f"{shown} {what}", some[0].place)

    def _signs(self, is_known: Callable[[str], bool]) -> list[str]:
        """The sign that each line without one lacks; empty for those that are no lines of it."""
        if not self.has_numbers:
            return [self._sign_by_neighbours(one, is_known) for one in self._unsigned]
        # First those between lines with signs: where lines of the state are missing, the known
        # ones; then all others, if no more than that are missing.
        signs = ["" for _ in self._unsigned]
        inner = [n for n, one in enumerate(self._unsigned) if one.at < len(self.body)]
        if self.removed > self._old:
            for number in inner:
                signs[number] = " " if is_known(self._unsigned[number].line) else ""
        new = [number for number in inner if not signs[number]]
        lacks = self.added - self._new - signs.count(" ")
        if 0 < len(new) <= lacks:
            for number in new:
                signs[number] = "+"
            lacks -= len(new)
        behind = range(len(inner), len(self._unsigned))
        # Behind the last sign, prose is more likely: unless it is as long as is promised, and
        # indented.
        if len(behind) == lacks and all(
            self._unsigned[number].line[:1] in ("", " ", "\t") for number in behind
        ):
            for number in behind:
                signs[number] = "+"
        return signs

    def _sign_by_neighbours(self, one: _Unsigned, is_known: Callable[[str], bool]) -> str:
        # The signs of the lines above and below: "++", " -", at the ends a single one.
        around = "".join(line[0] for line in self.body[max(one.at - 1, 0) : one.at + 1])
        if not one.line and around == "++":
            return "+"
        return " " if is_known(one.line) and (one.line or one.at) else ""

    def _check_counts(self, is_cut: bool) -> Iterator[Remark]:
        # One remark for a hunk: where lines are missing, or are too many, their signs cannot be
        # right.
        if self.missing > 0:
            kind = "truncated" if is_cut else "fewer_lines"
            yield Remark(kind, f"has {self.missing} fewer lines than its header promises")
        elif self.missing < 0:
            detail = f"has {-self.missing} more lines than its header promises"
            yield Remark("more_lines", detail)
        elif self._old != self.removed or not self._is_in_order():
            yield Remark("wrong_signs", "its lines have other signs than its header promises")
        elif not self.body or all(line[0] == " " for line in self.body):
            yield Remark("empty_hunk", "changes nothing")

    def _is_in_order(self) -> bool:
        """Whether no line that comes stands above one that goes, in one change."""
        return "+-" not in "".join(line[0] for line in self.body)


def _number(digits: str) -> int:
    # int() raises a ValueError for thousands of digits; no program has 10**9 lines.
    return int(digits.lstrip("0")[:10] or "0")  # cut short, it is still behind any program
