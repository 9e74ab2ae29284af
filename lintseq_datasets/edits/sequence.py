"""EditSequence: the edits that write a program, its states, its text form.

The edit sequence of a program y is (diff(epsilon, y1), ..., diff(yj, y)): see section 2.1, eq. 2
of the paper. Deletions, states and edits say the same thing in three ways. For a program of the
lines 0, 1 and 2:

    deletions   [1], [0, 2]           in the order of deleting
    states      0 2  ->  0 1 2        in the order of writing; the empty one is not counted
    edits       insert 0 and 2, then insert 1

A sequence can also start from a program state instead of the empty program, as in the data set
D3. It then holds the edits from there on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from lintseq_datasets.edits.edit import Edit, insertions
from lintseq_datasets.edits.formats import edit_form
from lintseq_datasets.edits.program import EMPTY, Program, as_program, checked_text
from lintseq_datasets.edits.training_text import (
    DESCRIPTION_TOKEN,
    DIFF_TOKEN,
    join_edits,
    split_edits,
)
from lintseq_datasets.errors import ConfigError, DiffError, ProgramError


@dataclass(frozen=True, slots=True)
class EditSequence:
    r"""Edits that write a program step by step, starting from a state: by default an empty one.

    >>> sequence = EditSequence.from_deletions(Program.from_text("a = 1\nb = a"), [[1], [0]])
    >>> print(sequence.to_text())
    <|diff|>@@ -0,0 +1 @@
    +a = 1
    <|diff|>@@ -1,0 +2 @@
    +b = a
    >>> [state.text for state in sequence.states()]
    ['a = 1', 'a = 1\nb = a']
    >>> EditSequence.from_text(sequence.to_text()) == sequence
    True
    >>> rest = sequence.after(1)
    >>> rest.start.text, rest.to_text(), rest.resolve().text
    ('a = 1', '<|diff|>@@ -1,0 +2 @@\n+b = a', 'a = 1\nb = a')
    """

    edits: tuple[Edit, ...]
    start: Program = field(default=EMPTY)  # the state before the first edit
    # Edits of the sequence that this one is a part of. They are no part of it, and only say which
    # lines of the whole program its states are.
    following: tuple[Edit, ...] = field(default=(), compare=False, repr=False)

    # What notebooks call. The face of the package sets it, because it alone stands above both
    # this module and `lintseq_datasets.display`, and is imported before either.
    _repr_html_: ClassVar[Callable[[EditSequence], str]]

    @classmethod
    def from_deletions(cls, program: Program, deletions: Sequence[Sequence[int]]) -> EditSequence:
        """Reverse the deletions of a program into edits (paper section 2.2).

        Args:
            program: The whole program.
            deletions: For each deletion, in order, the 0-based numbers of the lines
                that it took, ascending. No two hold the same line. The lines that were
                never deleted are the state that the sequence starts from.
        """
        edits = tuple(insertions(program.lines, deletions))
        # No two deletions hold the same line, so counting them tells whether they hold all.
        if sum(map(len, deletions)) == len(program):
            return cls(edits)
        gone = set().union(*deletions)
        kept = [line for number, line in enumerate(program.lines) if number not in gone]
        return cls(edits, Program(tuple(kept)))

    @classmethod
    def from_edits(
        cls, edits: Iterable[str], start: Program | str = EMPTY, edit_format: str = "diff"
    ) -> EditSequence:
        """Parse printed edits, by default one unified diff each.

        Args:
            edits: The edits.
            start: The state before the first of them.
            edit_format: The form that they are in; see `to_text`.

        Raises:
            ConfigError: There is no such form, or these are no texts.
            DiffError: An edit is not of the form, or does not fit the state before it where the
                form needs to know the state.
        """
        form = edit_form(edit_format)
        begin = as_program(start)
        lines = begin.lines
        parsed: list[Edit] = []
        for index, text in enumerate(_texts(edits)):
            try:
                parsed.append(form.read(text, lines))
                # A diff says its places itself, and that it fits shows when it is applied.
                if form.needs_state:
                    lines = parsed[-1].apply(lines)
            except DiffError as error:
                raise DiffError(error.problem, index, error.hunk) from None
        return cls(tuple(parsed), begin)

    @classmethod
    def from_text(
        cls, text: str, start: Program | str = EMPTY, edit_format: str = "diff"
    ) -> EditSequence:
        """Parse the text form exactly; the inverse of `to_text`.

        In other formats than ``"diff"`` the states are those that were written. The hunks may be
        others, where an edit has several that lead to the same state.

        Args:
            text: The text form.
            start: The state before the first edit. It is not part of the text.
            edit_format: The form that it is in; see `to_text`.

        Raises:
            ConfigError: There is no such form.
            DiffError: The text is not what `to_text` writes. For text that a model
                wrote, see `lintseq_datasets.resolve` with ``strict=False``.
        """
        return cls.from_edits(split_edits(checked_text(text, "text")), start, edit_format)

    def after(self, count: int) -> EditSequence:
        """The rest of the sequence, starting from the state that the first edits have written.

        Args:
            count: How many edits to leave out, from 0 to all.

        Raises:
            DiffError: An edit does not fit the state before it.
        """
        state = EditSequence(self.edits[:count], self.start).resolve()
        return EditSequence(self.edits[count:], state, self.following)

    def states(self) -> Iterator[Program]:
        """The program after each edit; the last one is the whole program.

        Raises:
            DiffError: An edit does not fit the state before it.
        """
        lines = self.start.lines
        for index, edit in enumerate(self.edits):
            try:
                lines = edit.apply(lines)
            except DiffError as error:
                raise DiffError(error.problem, index, error.hunk) from None
            yield Program(lines)

    def kept_lines(self, program: Program) -> Iterator[int]:
        """Which lines of the whole program are there before each edit, last edit first.

        Args:
            program: What the edits write, with those that follow. They must only insert.

        Yields:
            Bit masks over the 0-based lines, first the last state where edits follow it. The
            empty program is left out.
        """
        kept = list(range(len(program)))
        # From the last edit to the first: what an edit inserted is taken out again. Hunks from
        # below, so that the new positions of those above stay right.
        edits = self.edits + self.following
        for number in range(len(edits) - 1, -1, -1):
            for hunk in reversed(edits[number].hunks):
                del kept[hunk.new_start : hunk.new_start + len(hunk.added)]
            # States further on are between edits that follow, and not of this sequence.
            if kept and number <= len(self.edits):
                yield sum(1 << line for line in kept)

    def resolve(self) -> Program:
        """The program that the edits write.

        Raises:
            DiffError: An edit does not fit the state before it.
        """
        program = self.start
        for state in self.states():
            program = state
        return program

    def to_text(self, edit_format: str = "diff") -> str:
        """The training text: each edit headed by ``<|diff|>``, joined by newlines.

        Args:
            edit_format: The form in which edits are printed: a name of
                `lintseq_datasets.edits.formats.FORMS`.

        Raises:
            ConfigError: There is no such form.
            DiffError: An edit does not fit the state before it.
            ProgramError: ``marker_in_program``: the form cannot say an edit.
        """
        return join_edits(printed_edits(self, edit_format))

    def __len__(self) -> int:
        """Number of edits."""
        return len(self.edits)

    def __str__(self) -> str:
        return self.to_text()


def as_sequence(
    edits: str | Sequence[str] | EditSequence,
    start: Program | str | None = None,
    edit_format: str = "diff",
) -> EditSequence:
    """An edit sequence from any of its forms: the text form, printed edits, or itself.

    Args:
        edits: The edits.
        start: The state before the first of them; by default that of the sequence, or the
            empty program.
        edit_format: The form that texts are in.

    Raises:
        ConfigError: There is no such form.
        DiffError: The edits are malformed.
    """
    if isinstance(edits, EditSequence):
        return edits if start is None else EditSequence(edits.edits, as_program(start))
    begin = EMPTY if start is None else start
    if isinstance(edits, str):
        return EditSequence.from_text(edits, begin, edit_format)
    return EditSequence.from_edits(edits, begin, edit_format)


def _texts(edits: object) -> Iterator[str]:
    """Printed edits as they are.

    Raises:
        ConfigError: They are something else.
    """
    if edits is None:
        problem = "is None, as in a row without a sequence: take rows whose status is 'ok'"
        raise ConfigError("edits", problem)
    if isinstance(edits, str):
        raise ConfigError("edits", "is one text: EditSequence.from_text reads it")
    if isinstance(edits, bytes) or not isinstance(edits, Iterable):
        problem = "give a training text, a list of printed edits, or an EditSequence"
        raise ConfigError("edits", f"is {type(edits).__name__}: {problem}")
    for index, text in enumerate(edits):
        yield checked_text(text, f"edits[{index}]")


def printed_edits(sequence: EditSequence | Sequence[str], edit_format: str = "diff") -> list[str]:
    """The edits of a sequence as text, by default one unified diff each.

    Args:
        sequence: The sequence; or its printed edits, which are taken as they are.
        edit_format: The form in which a sequence is printed; see `EditSequence.to_text`.

    Raises:
        ConfigError: There is no such form.
        DiffError: An edit does not fit the state before it.
        ProgramError: ``marker_in_program``: the form cannot say an edit.
    """
    if not isinstance(sequence, EditSequence):
        return list(_texts(sequence))
    if edit_format == "diff":  # needs no states
        return [str(edit) for edit in sequence.edits]
    form = edit_form(edit_format)
    states = (sequence.start, *sequence.states())
    printed = [
        form.write(edit, state.lines) for edit, state in zip(sequence.edits, states, strict=False)
    ]
    for token in (DIFF_TOKEN, DESCRIPTION_TOKEN):
        # a program line that stands bare would begin an edit
        if any("\n" + token in text for text in printed):
            raise ProgramError("marker_in_program", f"a line starts with {token}")
    return printed
