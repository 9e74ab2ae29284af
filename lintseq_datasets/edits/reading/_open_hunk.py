"""A hunk as a model wrote it: what its header promises, what its body holds, where it goes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from lintseq_datasets.edits.diff import Hunk, print_range

HEADER = re.compile(
    r" *@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@\s*", re.ASCII
)  # white space around it is harmless here, a section heading is not
CUT_HEADER = re.compile(  # the beginning of a header in which the text ends
    r"@(@( (-(\d+(,(\d+)?)?( (\+(\d+(,(\d+)?)?( @?)?)?)?)?)?)?)?)?", re.ASCII
)


class Remark(NamedTuple):
    """Something that is wrong with a hunk."""

    kind: str  # one of `PROBLEMS`
    detail: str  # for a person


@dataclass(slots=True)
class OpenHunk:
    """A hunk whose body is being read."""

    number: int  # 0-based number in its edit
    place: tuple[int, int]  # 1-based line of the text, and character, of its header
    start: int  # 0-based line of the program before the edit, as its header says
    new_start: int  # 0-based line of the program after the edit, as its header says
    removed: int  # lines that its header promises
    added: int
    body: list[str] = field(default_factory=list)  # with their signs

    @classmethod
    def from_header(cls, line: str, number: int, place: tuple[int, int]) -> OpenHunk | None:
        """The hunk that a line starts; None if the line is no header."""
        header = HEADER.fullmatch(line)
        if header is None:
            return None
        removed, added = _number(header[2] or "1"), _number(header[4] or "1")
        # an empty range is 'after line n', others start at line n
        start, new_start = _number(header[1]) - bool(removed), _number(header[3]) - bool(added)
        return cls(number, place, start, new_start, removed, added)

    @property
    def header(self) -> str:
        """The header as a unified diff writes it."""
        old, new = print_range(self.start, self.removed), print_range(self.new_start, self.added)
        return f"@@ -{old} +{new} @@"

    @property
    def missing(self) -> int:
        """Lines that the header promises and that have not come; may be negative."""
        return self.removed + self.added - len(self.body)

    def check_body(self, is_cut: bool) -> Remark | None:
        """What is wrong with the body; None if nothing is.

        Args:
            is_cut: Whether the text ends in it.
        """
        if self.missing > 0:
            kind = "truncated" if is_cut else "fewer_lines"
            return Remark(kind, f"has {self.missing} fewer lines than its header promises")
        if self.missing < 0:
            return Remark("more_lines", f"has {-self.missing} more lines than its header promises")
        if [line[0] for line in self.body] != ["-"] * self.removed + ["+"] * self.added:
            return Remark("wrong_signs", "its lines have other signs than its header promises")
        return None if self.body else Remark("empty_hunk", "changes nothing")

    def put(
        self, lines: Sequence[str], first: int, shift: int, checks_new_start: bool
    ) -> tuple[Hunk, list[Remark]]:
        """The hunk at a place that exists, removing only lines that are there.

        Args:
            lines: The program before the edit.
            first: The first of these lines that no hunk above has passed.
            shift: How many lines the hunks above have added, less those they removed.
            checks_new_start: Whether a wrong new position is worth a remark.

        Returns:
            The hunk, and what is wrong with it.
        """
        remarks: list[Remark] = []
        start = min(max(self.start, first), len(lines))
        if start != self.start:
            detail = f"starts after old line {self.start}, put after {start}"
            remarks.append(Remark("clipped_position", detail))
        elif checks_new_start and self.new_start != start + shift:
            found = start + shift
            detail = f"its header puts it after new line {self.new_start}, it is at {found}"
            remarks.append(Remark("new_position", detail))
        end = start
        for line in self.body:
            if line[0] == "-" and end < len(lines) and lines[end] == line[1:]:
                end += 1
            elif line[0] == "-":
                detail = f"removes {line[1:81]!r}, which is not there"
                remarks.append(Remark("missing_line", detail))
        added = tuple([line[1:] for line in self.body if line[0] == "+"])
        return Hunk(start, start + shift, added, tuple(lines[start:end])), remarks


def _number(digits: str) -> int:
    # int() raises a ValueError for thousands of digits; no program has 10**9 lines.
    return int(digits.lstrip("0")[:10] or "0")
