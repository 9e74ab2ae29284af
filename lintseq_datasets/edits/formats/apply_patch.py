r"""The form ``apply_patch``: the patches that coding agents write, for one file.

The grammar is the one that OpenAI published with its models and with Codex. The edit that inserts
``b = a`` behind the line ``a = 1``::

    *** Begin Patch
    *** Update File: program.py
    @@
     a = 1
    +b = a
    *** End Patch

A program that is empty is made by ``*** Add File``. Behind the name of the form may stand that of
the file: ``apply_patch:src/main.py``. The lines that stay and those that go occur once in the state
before the edit, and are no more than they must be. Chunks stand in the order of their lines and
share none, as the published reader wants it, so that neighbours may be one. Every line of a program
has its sign, so that none can be taken for a marker.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from lintseq_datasets.edits.edit import Edit
from lintseq_datasets.edits.formats._draft import Draft
from lintseq_datasets.edits.formats._line_changes import Change, changes_of, edit_of
from lintseq_datasets.edits.formats._open_hunk import OpenHunk
from lintseq_datasets.edits.formats._places import Context, least_context, only_place
from lintseq_datasets.edits.formats._signs import changes_in, old_lines, signed
from lintseq_datasets.edits.formats._unified import Habits, UnifiedReader
from lintseq_datasets.edits.formats.base import EditForm, Notes, Place
from lintseq_datasets.errors import ConfigError, DiffError

BEGIN, END = "*** Begin Patch", "*** End Patch"
ADD, UPDATE, DELETE = "*** Add File: ", "*** Update File: ", "*** Delete File: "
CHUNK, END_OF_FILE = "@@", "*** End of File"


@dataclass(frozen=True, slots=True)
class ApplyPatch(EditForm):
    """Patches of one file; see the module.

    Args:
        file_name: Name of the file.
    """

    name = "apply_patch"
    heads = ("***",)
    file_name: str = "program.py"

    @classmethod
    def with_argument(cls, argument: str) -> Self:
        """The form with another name of the file."""
        if not argument or argument != argument.strip() or not argument.isprintable():
            raise ConfigError(
                "edit_format",
                f"{argument!r} is no name of a file: give one such as apply_patch:main.py",
            )
        return cls(argument)

    def write(self, edit: Edit, state: Sequence[str]) -> str:
        """One patch, with a chunk for each change or for several that are close."""
        changes = changes_of(edit)
        if not changes:
            return ""
        # In an empty file there is no line that a chunk could name.
        if not state:
            body = [ADD + self.file_name, *signed("+", changes[0].added)]
        else:
            body = [UPDATE + self.file_name, *_chunks(changes, state)]
        return "\n".join([BEGIN, *body, END])

    def read(self, text: str, state: Sequence[str]) -> Edit:
        """Place every chunk in the state before the edit."""
        if not text:
            return Edit(())
        lines = text.split("\n")
        if lines[0] != BEGIN or lines[-1] != END:
            raise DiffError(f"does not begin with {BEGIN!r} and end with {END!r}")
        head, body = lines[1], lines[2:-1]
        if head.startswith(ADD) and not state:
            return edit_of(_whole_file(body))
        if not head.startswith(UPDATE):
            raise DiffError(f"{head[:80]!r} is not the head of a patch of this program")
        changes: list[Change] = []
        passed = 0
        for number, chunk in enumerate(_split(body)):
            old = old_lines(chunk, number)
            # A chunk that names no line has no place: the published reader puts it at the end.
            start = only_place(state, old, number) if old else -1
            if start < passed:
                raise DiffError("has no place below the chunk before it", hunk=number)
            changes += changes_in(chunk, start)
            passed = start + len(old)
        return edit_of(changes)

    @property
    def reader(self) -> type[PatchReader]:
        """Reads patches, with their frame or without."""
        return PatchReader


class PatchReader(UnifiedReader):
    """Reads chunks, and the lines around them."""

    habits = Habits(has_numbers=False, needs_header=False)

    def __init__(self, draft: Draft, notes: Notes) -> None:
        super().__init__(draft, notes)
        self._is_open = False  # whether a patch has begun, and has not ended

    @classmethod
    def begins(cls, line: str, is_first: bool) -> bool:
        """At the first line of a patch, or at that of a file."""
        return line.startswith((BEGIN, ADD, UPDATE, DELETE))

    def begins_again(self, line: str) -> bool:
        """At another patch."""
        return self.has_hunks and line.startswith(BEGIN)

    def take(self, line: str, place: Place, is_cut: bool) -> None:
        """Take a line of the frame, or one of a chunk."""
        # Lines of a program stand behind signs, so none of them is taken for a line of the frame.
        if not line.startswith("***"):
            super().take(line, place, is_cut)
            return
        bare = line.rstrip()
        self.end_hunk(ends_file=bare == END_OF_FILE)
        if bare == BEGIN or line.startswith(UPDATE):
            self._is_open = True
        elif line.startswith(ADD):
            self._is_open = True
            self.open_hunk(OpenHunk(self.num_hunks, place, is_whole=True))
        elif line.startswith(DELETE):
            self._is_open = True
            self.notes.add("deleted_file", f"{line[:80]!r} is passed over")
        elif bare == END:
            self._is_open = False
        elif bare != END_OF_FILE and not line.startswith("*** Move to: "):
            # The text may end inside of the marker, as in ``*** End Pa``.
            is_end = is_cut and END.startswith(line)
            self.notes.add("truncated" if is_end else "stray_text", f"{line[:80]!r} is no marker")

    def close(self, is_cut: bool) -> None:
        """Place all chunks; a file that is added takes the place of what there was."""
        if self._is_open:
            kind = "truncated" if is_cut else "missing_marker"
            self.notes.add(kind, f"there is no {END!r}")
        super().close(is_cut)


def _chunks(changes: Sequence[Change], state: Sequence[str]) -> Iterator[str]:
    for group, (above, below) in _groups(changes, state):
        yield CHUNK
        position = group[0].start - above
        for change in group:
            yield from signed(" ", state[position : change.start])
            yield from signed("-", change.removed)
            yield from signed("+", change.added)
            position = change.end
        yield from signed(" ", state[position : position + below])


def _groups(changes: Sequence[Change], state: Sequence[str]) -> list[tuple[list[Change], Context]]:
    """Changes that make a chunk together, and the context of each chunk."""
    # For insertions behind lines 1, 2 and 3 of "b b a": the first is known by both "b", the second
    # by the "a" below it. Then no line is left for the third, and it makes one chunk with the
    # second, in which the "a" stands between them.
    waiting = [[change] for change in reversed(changes)]  # a stack: the next one is the last
    done: list[tuple[list[Change], Context]] = []
    while waiting:
        group = waiting.pop()
        first = done[-1][0][-1].end + done[-1][1].below if done else 0
        last = waiting[-1][0].start if waiting else len(state)
        context = least_context(state, group[0].start, group[-1].end, first=first, last=last)
        if context is not None:
            done.append((group, context))
        elif waiting:  # together with its neighbour it has more lines to be known by
            waiting[-1] = [*group, *waiting[-1]]
        else:  # nothing below it: together with what stands above
            waiting.append([*done.pop()[0], *group])
    return done


def _whole_file(body: Sequence[str]) -> list[Change]:
    if not body or any(not line.startswith("+") for line in body):
        raise DiffError("not every line of the file starts with '+'", hunk=0)
    return [Change(0, (), tuple([line[1:] for line in body]))]


def _split(body: Sequence[str]) -> list[list[str]]:
    chunks: list[list[str]] = []
    for line in body:
        # The published grammar lets a line of the program follow the sign; we write none, and read
        # none exactly.
        if line == CHUNK:
            chunks.append([])
        elif chunks:
            chunks[-1].append(line)
        else:
            raise DiffError(f"{line[:80]!r} stands in front of the first {CHUNK!r}")
    return chunks
