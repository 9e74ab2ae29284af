r"""From the text of a model to programs: the whole text at once, or while it is being written.

One `EditReader` reads the lines in both cases, so the result is the same. What differs is where
the lines come from. With pieces, a line is complete when its newline arrives, with one exception::

    feed("<|diff|>@@ -0,0 +1 @@\n+a = 1\n<|di")       nothing yet: the line may go on in any way
    feed("ff|>@@ -1,0 +2")                            the token is complete, so the edit before
                                                      it has ended: the state ``a = 1``

A token at the head of a line ends the edit before it, whatever follows in the line. It is taken
as soon as it is there, so that a program state need not wait for the rest of the line.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass

from lintseq_datasets.edits.formats import edit_form
from lintseq_datasets.edits.program import EMPTY, Program, as_program, checked_text
from lintseq_datasets.edits.reading._eos import EOS_TOKENS
from lintseq_datasets.edits.reading._notes import Policy
from lintseq_datasets.edits.reading._problems import ReadingReport
from lintseq_datasets.edits.reading._reader import EditReader
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.edits.training_text import DIFF_TOKEN
from lintseq_datasets.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the text of a model resolved to.

    Args:
        program: The program, as text.
        edits: The edits as they were applied. What was malformed has been put right or left
            out, so resolving them strictly gives the program.
        report: What was malformed.
    """

    program: str
    edits: EditSequence
    report: ReadingReport


class IncrementalResolver:
    r"""Resolves a text piece by piece, as a model writes it.

    How the text is cut makes no difference: the result is that of `resolve_generation` for the
    whole text. The time is linear in the text, and each state costs as much as its program is long.

    Args:
        policy: What becomes of malformed text: see `resolve_generation`.
        start: The program before the first edit.
        eos: End-of-sequence tokens.
        edit_format: The form of the edits; see `EditSequence.to_text`.

    Raises:
        ConfigError: There is no such policy or form, or a token cannot be one.

    >>> resolver = IncrementalResolver()
    >>> for piece in ("<|diff|>@@ -0,", "0 +1 @@\n+b = a", "\n<|di", "ff|>@@ -0,0 +1", " @@\n+a"):
    ...     print([state.text for state in resolver.feed(piece)])
    []
    []
    []
    ['b = a']
    []
    >>> [state.text for state in resolver.close()]
    ['a\nb = a']
    """

    def __init__(
        self,
        *,
        policy: Policy = "skip",
        start: Program | str = EMPTY,
        eos: Iterable[str] = EOS_TOKENS,
        edit_format: str = "diff",
    ) -> None:
        self._start = as_program(start)
        form = edit_form(edit_format)
        self._reader = EditReader(self._start.lines, form, policy, eos, keeps_states=True)
        self._pieces: list[str] = []  # of the line that is not complete
        self._knows_head = False  # whether that line is known to start with a token or not
        self._is_closed = False

    def feed(self, piece: str) -> list[Program]:
        """Take the next piece of the text.

        Args:
            piece: Any number of characters.

        Returns:
            The program after each edit that has ended, in order. An edit ends where the
            next one starts, or where the text ends.

        Raises:
            ConfigError: The piece is no text, or the resolver is closed.
            DiffError: Only with the policy ``"raise"``: something is malformed.
        """
        checked_text(piece, "piece")
        if self._is_closed:
            raise ConfigError("feed", "the resolver is closed; make another for another text")
        if self._reader.has_ended:
            return []
        # A line may come in many pieces. They are kept apart and joined once, when its newline is
        # there, so that a line of n characters in n pieces does not take n * n steps.
        head, newline, rest = piece.partition("\n")
        self._pieces.append(head)
        if newline:
            *lines, rest = ("".join(self._pieces) + newline + rest).split("\n")
            self._pieces, self._knows_head = [rest], False
            for line in lines:
                self._reader.take(line)
        self._look_for_token()
        return self._take_states()

    def close(self) -> list[Program]:
        """End the text, and with it what is still open. Calling it again does nothing.

        Returns:
            The program after the last edit, if it has ended only now.

        Raises:
            DiffError: Only with the policy ``"raise"``: something is malformed.
        """
        if not self._is_closed:
            self._is_closed = True
            # Without a newline behind it, the line may be cut: a header may lack its end.
            if line := "".join(self._pieces):
                self._reader.take(line, is_cut=True)
            self._reader.close()
        return self._take_states()

    @property
    def program(self) -> str:
        """The program after the last edit that has ended, as text."""
        return "\n".join(self._reader.lines)

    @property
    def has_ended(self) -> bool:
        """Whether more text would make no difference, so that the model may be stopped.

        The sequence has ended, or reading stopped at a problem.
        """
        return self._reader.has_ended

    @property
    def result(self) -> Resolved:
        """What the text has come to so far."""
        edits = EditSequence(tuple(self._reader.edits), self._start)
        return Resolved(self.program, edits, self._reader.report)

    def _look_for_token(self) -> None:
        # A token ends the edit before it, so the state need not wait for the rest of the line.
        if self._knows_head or not self._reader.is_in_edits:
            return
        line, at = "".join(self._pieces), 0
        while line.startswith(DIFF_TOKEN, at) and not self._reader.has_ended:
            self._reader.take_token()
            at += len(DIFF_TOKEN)
        line = line[at:]
        # As long as the line is a beginning of the token, the next piece may complete it.
        self._pieces, self._knows_head = [line], not DIFF_TOKEN.startswith(line)

    def _take_states(self) -> list[Program]:
        # Given away, because each state is a whole program: kept, they would fill the memory.
        states = self._reader.states.copy()
        self._reader.states.clear()
        return states


def resolve_generation(
    text: str,
    *,
    policy: Policy = "skip",
    start: Program | str = EMPTY,
    eos: Iterable[str] = EOS_TOKENS,
    edit_format: str = "diff",
) -> Resolved:
    r"""Resolve what a model wrote as far as it can be read, and report what was wrong with it.

    - Text before the first edit is ignored. The first edit starts at a ``<|diff|>`` that stands
      at the head of a line, at its end or in front of what edits begin with (``@@``); or at a
      hunk header, if that comes first. After that, only a token at the head of a line starts an
      edit; elsewhere it is text of the program. In a text without any token, edits start at
      headers, at lines that name a file, and at fences.
    - The text ends at an end-of-sequence token. In the lines of a hunk the same characters may
      also be text of the program. There, a token at the end of the line ends the text, unless
      lines of the hunk are missing and the next line is one. A token in the middle of the line
      ends it only if no quote follows, no ``#`` stands before it, and no line of an edit comes
      next.
    - Nothing else is cut off but carriage returns at line ends, and no line is changed. Lines
      are what stands between two newlines, and nothing else.
    - The lines of a hunk are those that are there, whatever its header promises. They go where
      the lines stand that the hunk removes and keeps; or else to the old position that the
      header names, or to the nearest one that exists.

    Args:
        text: What the model wrote; the prompt may stand in front of it.
        policy: What becomes of malformed text. ``"skip"`` uses what can be used, passes over the
            rest, and never raises. ``"stop"`` ends reading there: the edits before are applied,
            and so are the earlier hunks of the same edit. Positions and headers that can be put
            right do not count. ``"raise"`` turns the first problem of any kind into a
            `DiffError`.
        start: The program before the first edit.
        eos: End-of-sequence tokens; empty if nothing ends the text but its end.
        edit_format: The form of the edits; see `EditSequence.to_text`.

    Returns:
        The program, the edits that were applied, and the `ReadingReport`.

    Raises:
        ConfigError: There is no such policy, a token cannot be one, or the text is no text.
        DiffError: Only with the policy ``"raise"``: says which edit and hunk (0-based).

    >>> done = resolve_generation("Sure!\n<|diff|>@@ -7,0 +8,5 @@\n+return text<|endoftext|>")
    >>> done.program, done.edits.to_text()
    ('return text', '<|diff|>@@ -0,0 +1 @@\n+return text')
    >>> done.report.counts
    {'fewer_lines': 1, 'clipped_position': 1}
    """
    checked_text(text, "text")
    begin = as_program(start)
    reader = EditReader(begin.lines, edit_form(edit_format), policy, eos, keeps_states=False)
    *lines, rest = text.split("\n")
    for line in lines:
        if reader.has_ended:
            break
        reader.take(line)
    if rest:
        reader.take(rest, is_cut=True)
    reader.close()
    edits = EditSequence(tuple(reader.edits), begin)
    return Resolved("\n".join(reader.lines), edits, reader.report)


def resolve_stream(
    pieces: Iterable[str],
    *,
    policy: Policy = "skip",
    start: Program | str = EMPTY,
    eos: Iterable[str] = EOS_TOKENS,
    edit_format: str = "diff",
) -> Generator[Program, None, Resolved]:
    r"""The program states of a text that comes in pieces, as from a ``TextIteratorStreamer``.

    It takes no more pieces once the sequence has ended.

    Args:
        pieces: Pieces of the text, cut anywhere.
        policy: What becomes of malformed text: see `resolve_generation`.
        start: The program before the first edit.
        eos: End-of-sequence tokens.
        edit_format: The form of the edits.

    Yields:
        The program after each edit, as soon as the edit has ended.

    Returns:
        What `resolve_generation` gives for the whole text.

    Raises:
        ConfigError: There is no such policy, or a token cannot be one.
        DiffError: Only with the policy ``"raise"``.

    >>> text = "<|diff|>@@ -0,0 +1 @@\n+b = a\n<|diff|>@@ -0,0 +1 @@\n+a = 1"
    >>> [state.text for state in resolve_stream(iter(text))]
    ['b = a', 'a = 1\nb = a']
    """
    resolver = IncrementalResolver(policy=policy, start=start, eos=eos, edit_format=edit_format)
    for piece in pieces:
        yield from resolver.feed(piece)
        if resolver.has_ended:
            break
    yield from resolver.close()
    return resolver.result
