r"""The form ``search_replace``: lines of the state, and what is to stand in their place.

Blocks as Aider writes them and Clean-PR and Diff-XYZ use them. The edit that inserts ``b = a``
behind the line ``a = 1`` is the text right of the bars::

    | <<<<<<< SEARCH
    | a = 1
    | =======
    | a = 1
    | b = a
    | >>>>>>> REPLACE

Blocks are applied one after another, each to what the one before has left. The lines that are
searched occur there once and are no more than they must be; they are empty for the empty program.

Aider reads 5 to 9 signs as a marker, with white space around it, and has no escape. Its lines end
where those of ``str.splitlines`` do. So an edit with such a line in a block, for example the
underline of a heading, cannot be said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lintseq_datasets.edits.edit import Edit
from lintseq_datasets.edits.formats._draft import Draft
from lintseq_datasets.edits.formats._line_changes import Change, changes_between, changes_of
from lintseq_datasets.edits.formats._places import least_context, only_place
from lintseq_datasets.edits.formats._sequential import GrowingState
from lintseq_datasets.edits.formats.base import EditForm, FormReader, Notes, Place, is_fence
from lintseq_datasets.errors import DiffError, ProgramError

SEARCH, DIVIDER, REPLACE = "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE"
MARKER = re.compile(r"<{5,9} SEARCH>?\s*|={5,9}\s*|>{5,9} REPLACE\s*")
"""What Aider takes for a marker, as a whole line without white space around it."""
_OTHER_HEAD = re.compile(r"<{5,9}(?: ORIGINAL)?\s*")  # with ORIGINAL as in Aider's first versions
_OTHER_END = re.compile(r">{5,9}(?: UPDATED)?\s*")
_FENCE_END = re.compile(r"(?:`{3,}|~{3,})\s*")


class SearchReplace(EditForm):
    """Search/replace blocks; see the module."""

    name = "search_replace"
    heads = ("<<<<<",)

    def write(self, edit: Edit, state: Sequence[str]) -> str:
        """One block for each hunk, from top to bottom."""
        return "\n".join(line for block in _blocks(edit, state) for line in block)

    def read(self, text: str, state: Sequence[str]) -> Edit:
        """Apply the blocks one after another."""
        grown = GrowingState(state)
        lines = text.split("\n") if text else []
        position = number = 0
        while position < len(lines):
            search, position = _part(lines, position, SEARCH, DIVIDER, number)
            # From one line above: the divider ends the first part and heads the second.
            replace, position = _part(lines, position - 1, DIVIDER, REPLACE, number)
            if not search and grown.lines:
                raise DiffError("searches nothing, and the program is not empty", hunk=number)
            start = only_place(grown.lines, search, number) if search else 0
            grown.apply(changes_between(search, replace, start))
            number += 1
        return grown.edit()

    @property
    def reader(self) -> type[BlockReader]:
        """Reads blocks, and applies each when it ends."""
        return BlockReader


class BlockReader(FormReader):
    """Reads search/replace blocks as a model wrote them.

    A program may hold what only looks like the end of a block. So such a line, in a block that
    began with SEARCH, is the end only if no REPLACE follows; till then the block is open::

        | <<<<<<< SEARCH
        | a = 1
        | =======
        | b = a
        | >>>>>>>               may be the end, or a line of the program
        | Now the next:         passed over as soon as the line above is the end
        | <<<<<<< SEARCH        no REPLACE came: it is
    """

    def __init__(self, draft: Draft, notes: Notes) -> None:
        super().__init__(draft, notes)
        self._is_other = False  # whether the block began with another head than SEARCH
        self._is_fenced = False  # whether what replaces has opened a fence of its own
        self._end: int | None = None  # the line of what replaces that may be the end
        self._places: list[Place] = []  # of that line, and of those behind it
        self._number = -1  # of the block
        self._place: Place | None = None
        self._search: list[str] | None = None
        self._replace: list[str] | None = None
        self._is_in_junk = False

    @classmethod
    def begins(cls, line: str, is_first: bool) -> bool:
        """At the first marker of a block."""
        return _is_marker(line, "<") or _OTHER_HEAD.fullmatch(line) is not None

    def is_body(self, line: str) -> bool:
        """Within a block, whatever is no marker."""
        if self._search is None or MARKER.fullmatch(line.strip()):
            return False
        others = (_OTHER_HEAD, _OTHER_END) if self._is_other else ()
        return not any(marker.fullmatch(line) for marker in others)

    @property
    def lacks_lines(self) -> bool:
        """Whether a block is open."""
        return self._search is not None

    def take(self, line: str, place: Place, is_cut: bool) -> None:
        """Take a marker, a line of a block, or one between blocks."""
        # Heads first: the next block ends one that has no end.
        if self._is_head(line):
            self._end_block("missing_marker")
            self._start_block(line, place)
        elif self._search is None:
            self._take_outside(line)
        elif _is_marker(line, "="):
            self._divide(place)
        elif _is_marker(line, ">") and self._replace is not None:
            self._apply()
        elif _is_marker(line, ">"):
            self._end_block("missing_marker")
        elif self._replace is None:
            self._search.append(line)
        elif self._is_other and _OTHER_END.fullmatch(line):
            self._apply()
        else:
            self._add_new(line, place)

    def close(self, is_cut: bool) -> None:
        """A block without an end counts as far as it goes, if it replaces anything."""
        self._end_block("truncated" if is_cut else "missing_marker")

    def leave(self) -> None:
        """Leave out the block that is open."""
        self._search = self._replace = self._end = None
        self._places = []

    def _is_head(self, line: str) -> bool:
        if _is_marker(line, "<"):
            return True
        is_other_possible = self._search is None or self._is_other
        return is_other_possible and _OTHER_HEAD.fullmatch(line) is not None

    def _start_block(self, line: str, place: Place) -> None:
        if self.notes.stopped:
            return
        self._number += 1
        self._place, self._search, self._is_in_junk = place, [], False
        self._is_other, self._is_fenced = not _is_marker(line, "<"), False
        if self._is_other:
            self._note("header_form", f"{line.rstrip()!r} is taken for {SEARCH!r}")

    def _divide(self, place: Place) -> None:
        if self._replace is None:
            self._replace = []
        elif self._end is not None:
            self._end_at_other()
            if self._search is not None:  # a block that began behind that
                self._divide(place)
        else:  # as Aider does
            self.notes.add("wrong_signs", f"a second {DIVIDER!r} ends the block", place)
            self._apply()

    def _add_new(self, line: str, place: Place) -> None:
        """Add a line to what replaces, and see whether it may be the end."""
        assert self._replace is not None
        if self._end is not None:
            self._places.append(place)
        elif _OTHER_END.fullmatch(line) or (_FENCE_END.fullmatch(line) and not self._is_fenced):
            self._end, self._places = len(self._replace), [place]
        # What replaces may have a fence of its own, as a docstring does: its end is not that of the
        # block.
        elif _FENCE_END.fullmatch(line):
            self._is_fenced = False
        elif line[:1] in ("`", "~") and is_fence(line):
            self._is_fenced = True
        self._replace.append(line)

    def _take_outside(self, line: str) -> None:
        if is_fence(line):
            self.notes.add("fence", f"{line[:80]!r} is ignored")
        elif line.strip() and not self._is_in_junk:
            self.notes.add("stray_text", f"{line[:80]!r} belongs to no block")
            self._is_in_junk = True

    def _end_block(self, kind: str) -> None:
        if self._search is None:
            return
        if self._replace is not None and self._end is not None:
            self._end_at_other()
            self._end_block(kind)  # of a block that began behind that
            return
        self.notes.add(kind, "a block has no end", self._place, self._number)
        if self.notes.stopped or self._replace is None:
            self.leave()
        else:
            self._apply()

    def _end_at_other(self) -> None:
        """The block ends at the line that may be its end; those behind it are read again."""
        assert self._replace is not None
        assert self._end is not None
        marker, *behind = self._replace[self._end :]
        places = self._places[1:]
        del self._replace[self._end :]
        self._end, self._places = None, []
        kind = "header_form" if marker[0] == ">" else "missing_marker"
        self.notes.add(
            kind, f"{marker.rstrip()!r} is taken for {REPLACE!r}", self._place, self._number
        )
        if self.notes.stopped:
            self.leave()
            return
        self._apply()
        for line, place in zip(behind, places, strict=True):
            if self.notes.stopped:
                return
            self.take(line, place, is_cut=False)

    def _apply(self) -> None:
        search, replace = self._search or [], self._replace or []
        self.leave()
        self._is_in_junk = False
        # An empty block may well be written with an empty line in it.
        if search and not self.draft.lines and not any(line.strip() for line in search):
            self._note("inexact_place", "searches empty lines, and the program has none")
            search = []
        if search == replace:
            self.notes.add("empty_hunk", "changes nothing", self._place, self._number)
        start = self._find(search)
        if start is None or self.notes.stopped:
            return
        for change in reversed(changes_between(search, replace, start)):
            end = change.start + len(change.removed)
            # As it is there: what was searched may differ from it in white space.
            removed = tuple(self.draft.lines[change.start : end])
            if not self.draft.replace(Change(change.start, removed, change.added)):
                self._note("no_place", "there is no time to find its place")
                return

    def _find(self, search: list[str]) -> int | None:
        """Where the lines stand that are searched; the end of the program for none."""
        if not search:
            if self.draft.lines:
                self._note("no_place", "searches nothing; what it inserts goes to the end")
            return len(self.draft.lines)
        places, kind = self.draft.places(search), ""
        if not places:
            places, kind = self.draft.places_alike(search), "inexact_place"
        if not places:
            self._note("no_place", f"{search[0][:80]!r} and what follows stand nowhere")
            return None
        if kind:
            self._note(kind, "stands there with other white space")
        if len(places) > 1:
            self._note("ambiguous_place", f"stands there {len(places)} times")
        return places[0]

    def _note(self, kind: str, detail: str) -> None:
        self.notes.add(kind, detail, self._place, self._number)


def _is_marker(line: str, sign: str) -> bool:
    bare = line.strip()  # as Aider takes it
    return bare.startswith(sign) and MARKER.fullmatch(bare) is not None


def _holds_marker(line: str) -> bool:
    # Aider splits a text so: a form feed, say, ends a line for it.
    return any(MARKER.fullmatch(part.strip()) for part in line.splitlines())


def _blocks(edit: Edit, state: Sequence[str]) -> Iterator[list[str]]:
    # Each block is searched in what the one before has left, so its context is found there, too.
    grown = list(state)
    shift = 0
    for change in changes_of(edit):
        start, end = change.start + shift, change.end + shift
        context = least_context(grown, start, end)
        assert context is not None  # the whole state occurs once
        above, below = grown[start - context.above : start], grown[end : end + context.below]
        search, replace = [*above, *change.removed, *below], [*above, *change.added, *below]
        for line in (*search, *replace):
            if _holds_marker(line):
                raise ProgramError("marker_in_program", f"{line[:80]!r} is a marker of blocks")
        yield [SEARCH, *search, DIVIDER, *replace, REPLACE]
        grown[start:end] = change.added
        shift += len(change.added) - len(change.removed)


def _part(
    lines: Sequence[str], position: int, head: str, tail: str, number: int
) -> tuple[Sequence[str], int]:
    """The lines between two markers, and the position behind the second."""
    if lines[position] != head:
        raise DiffError(f"{lines[position][:80]!r} is not {head!r}", hunk=number)
    for end in range(position + 1, len(lines)):
        if _holds_marker(lines[end]):
            if lines[end] != tail:
                raise DiffError(f"{lines[end][:80]!r} is not {tail!r}", hunk=number)
            return lines[position + 1 : end], end + 1
    raise DiffError(f"there is no {tail!r}", hunk=number)
