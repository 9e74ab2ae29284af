"""A hunk as a model wrote it: what its header promises, and what its body holds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lintseq_datasets.edits.diff import print_range

HEADER = re.compile(
    r" *@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@\s*", re.ASCII
)  # white space around it is harmless here, a section heading is not
CUT_HEADER = re.compile(  # the beginning of a header in which the text ends
    r"@(@( (-(\d+(,(\d+)?)?( (\+(\d+(,(\d+)?)?( @?)?)?)?)?)?)?)?)?", re.ASCII
)


@dataclass(slots=True)
class OpenHunk:
    """A hunk whose body is being read."""

    number: int  # 0-based number in its edit
    place: tuple[int, int]  # 1-based line of the text, and character, of its header
    start: int  # 0-based line of the program before the edit, as its header says
    new_start: int  # 0-based line of the program after the edit, likewise
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

    def problem(self, is_cut: bool) -> tuple[str, str] | None:
        """What is wrong with the body, as kind and detail; None if nothing is.

        Args:
            is_cut: Whether the text ends in it.
        """
        if self.missing > 0:
            kind = "truncated" if is_cut else "fewer_lines"
            return kind, f"has {self.missing} fewer lines than its header promises"
        if self.missing < 0:
            return "more_lines", f"has {-self.missing} more lines than its header promises"
        if [line[0] for line in self.body] != ["-"] * self.removed + ["+"] * self.added:
            return "wrong_signs", "its lines have other signs than its header promises"
        return None if self.body else ("empty_hunk", "changes nothing")


def _number(digits: str) -> int:
    # int() raises a ValueError for thousands of digits; no program has 10**9 lines.
    return int(digits.lstrip("0")[:10] or "0")
