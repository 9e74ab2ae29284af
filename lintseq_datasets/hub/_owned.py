r"""Sections of a README that are ours, between two comments, and what a person wrote around them.

The second comment holds a short digest of each block that we wrote, that is of lines without an
empty one between them. A block without such a digest was written, or changed, by a person; when
the section is written again, it is moved below it:

    <!-- lintseq-datasets: begin notes -->            <!-- lintseq-datasets: begin notes -->

    Ours.                                             Ours, anew.

    Theirs.                                           <!-- lintseq-datasets: end notes 7fb0c2 -->

    <!-- lintseq-datasets: end notes d93b4a -->       Theirs.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import groupby

_MARKER = "lintseq-datasets:"
_BEGIN = re.compile(r"<!-- lintseq-datasets: begin (\S+) -->")
_END = re.compile(r"<!-- lintseq-datasets: end (\S+) ([0-9a-f]*) -->")
_DIGITS = 6  # of the digest of a block
_EDITED = 0.75  # as alike as this, a block is one of ours with changes, and not a person's own


@dataclass(slots=True)
class Section:
    """A part of the Markdown: a section of ours, or without a name what a person wrote."""

    name: str
    text: str = ""
    _lines: list[str] = field(default_factory=list)  # between the comments
    _digests: list[str] = field(default_factory=list)  # of the blocks that we wrote

    def rewrite(self, text: str) -> None:
        """Write the section again, and below it what a person had put into it."""
        lines = ["", *text.strip("\n").split("\n"), ""]
        # a row that holds our comments must not end the section
        lines = [line.replace("<!-- " + _MARKER, "<!- - " + _MARKER) for line in lines]
        blocks = list(_paragraphs(lines))
        digests = "".join(map(_digest, blocks))
        begin, end = f"<!-- {_MARKER} begin {self.name} -->", f"<!-- {_MARKER} end {self.name}"
        foreign = self._foreign(blocks)
        self.text = "\n".join([begin, *lines, f"{end} {digests} -->", "", *foreign])

    def end_paragraph(self) -> None:
        """Make sure that what follows stands apart."""
        if self.text.strip():
            self.text += "\n" * (2 - (len(self.text) - len(self.text.rstrip("\n"))))

    def _foreign(self, written: list[list[str]]) -> list[str]:
        """Lines between the comments that we did not write.

        Args:
            written: The blocks that are written now.
        """
        # Counted: of a block that a person has copied, one is ours and the other is not.
        ours = Counter(self._digests)
        found: list[str] = []
        for block in _paragraphs(self._lines):
            digest = _digest(block)
            if ours[digest]:
                ours[digest] -= 1
            elif kept := _without_ours(block, written):
                found += ["", *kept]
        return [*found, ""] if found else []


def _paragraphs(lines: list[str]) -> Iterator[list[str]]:
    """Lines that stand together, without the empty ones between them."""
    for is_text, block in groupby(lines, lambda line: bool(line.strip())):
        if is_text:
            yield list(block)


def _without_ours(block: list[str], written: list[list[str]]) -> list[str]:
    """What a person has put into a block of ours; all of a block that is none of ours."""
    for one in written:
        is_code = one[-1].startswith("```")  # a line that other blocks have, too
        if block[: len(one)] == one and not is_code:
            return block[len(one) :]
        if block[-len(one) :] == one and not is_code:
            return block[: -len(one)]
        # With `autojunk`, lines that are often in a block of 200 or more would be no match.
        matcher = SequenceMatcher(None, one, block, autojunk=False)
        # An upper bound that looks at lengths alone comes first: most blocks differ too much in
        # that.
        if matcher.real_quick_ratio() >= _EDITED and matcher.ratio() >= _EDITED:
            kinds = matcher.get_opcodes()
            changed = [block[at:to] for kind, _, _, at, to in kinds if kind != "equal"]
            return [line for lines in changed for line in lines]
    return block


def _digest(block: list[str]) -> str:
    # Editors take away blanks at the ends of lines; a block is still ours then.
    text = "\n".join(line.rstrip() for line in block)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def pieces_of(body: str) -> Iterator[Section]:
    """The sections of Markdown, and what stands between them, in order."""
    lines = body.split("\n")
    start = 0  # of what a person wrote and that was not given out yet
    position = 0
    seen: set[str] = set()
    while position < len(lines):
        begin = _BEGIN.fullmatch(lines[position].rstrip())
        end = begin and _end(lines, position, begin[1])
        # A section that is there twice was copied by a person, and then it is that person's.
        if not begin or not end or begin[1] in seen:
            position += 1
            continue
        if position > start:
            yield Section("", "\n".join([*lines[start:position], ""]))
        at, digests = end
        inside = lines[position + 1 : at]
        known = [digests[i : i + _DIGITS] for i in range(0, len(digests), _DIGITS)]
        is_last = at + 1 == len(lines)
        text = "\n".join(lines[position : at + 1]) + ("" if is_last else "\n")
        yield Section(begin[1], text, inside, known)
        seen.add(begin[1])
        start = position = at + 1
    if start < len(lines) and (rest := "\n".join(lines[start:])):
        yield Section("", rest)


def _end(lines: list[str], begin: int, name: str) -> tuple[int, str] | None:
    """Where a section ends, and the digests of its blocks."""
    for position in range(begin + 1, len(lines)):
        line = lines[position].rstrip()
        if (match := _END.fullmatch(line)) and match[1] == name:
            return position, match[2]
        # An end that a person has removed must not be looked for behind the next section: that one
        # would be swallowed.
        if _BEGIN.fullmatch(line):
            return None
    return None


def place_of(pieces: list[Section], name: str, order: list[str]) -> int:
    """Where a new section goes: before the first one that comes later in the order."""
    part = name.partition(":")[0]
    later = order[order.index(name) + 1 :]
    for position, piece in enumerate(pieces):
        # Behind the sections of its own part, in the order in which they came.
        if piece.name and piece.name in later and piece.name.partition(":")[0] != part:
            return position
    return len(pieces)
