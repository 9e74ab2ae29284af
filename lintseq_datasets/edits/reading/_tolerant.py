"""From text that a model wrote to programs: the whole text at once, or while it is written."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass

from lintseq_datasets.edits.program import EMPTY, Program, as_program
from lintseq_datasets.edits.reading._eos import EOS_TOKENS
from lintseq_datasets.edits.reading._problems import ReadingReport
from lintseq_datasets.edits.reading._reader import EditReader, Policy
from lintseq_datasets.edits.sequence import DIFF_TOKEN, EditSequence
from lintseq_datasets.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a text that a model wrote came to.

    Args:
        program: The program, as text.
        edits: The edits as they were applied: malformed ones put right or left out, so that
            resolving them strictly gives the program.
        report: What was malformed.
    """

    program: str
    edits: EditSequence
    report: ReadingReport


class IncrementalResolver:
    r"""Resolves a text piece by piece, as a model writes it.

    How the text is cut makes no difference, and what comes of it is what
    `resolve_generation` makes of the whole. The time is linear in the text, apart from
    the states, each of which is a whole program.

    Args:
        policy: What becomes of what is malformed: see `resolve_generation`, also for the
            others.
        start: The program before the first edit.
        eos: End-of-sequence tokens.

    Raises:
        ConfigError: There is no such policy, or a token is none.

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
    ) -> None:
        self._start = as_program(start)
        self._reader = EditReader(self._start.lines, policy, eos, keeps_states=True)
        self._pieces: list[str] = []  # of the line that is not complete
        self._knows_head = False  # whether that line is known to start with a token or not
        self._is_closed = False

    def feed(self, piece: str) -> list[Program]:
        """Take the next piece of the text.

        Args:
            piece: Any number of characters.

        Returns:
            The program after each edit that has ended, in order. An edit ends where the
            next one starts, or the text does.

        Raises:
            ConfigError: The piece is no text, or the resolver was closed before.
            DiffError: Only with the policy ``"raise"``: something is malformed.
        """
        _check_text("piece", piece)
        if self._is_closed:
            raise ConfigError("feed", "the resolver is closed; make another for another text")
        if self._reader.has_ended:
            return []
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
        """The text is complete; what is open ends here. Calling it again does nothing.

        Returns:
            The program after the last edit, if it has ended only now.

        Raises:
            DiffError: Only with the policy ``"raise"``: something is malformed.
        """
        if not self._is_closed:
            self._is_closed = True
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
        """Whether what is yet to come makes no difference, so that a model may be stopped.

        There was an end of the sequence, or the text was left at a problem.
        """
        return self._reader.has_ended

    @property
    def result(self) -> Resolved:
        """What the text has come to so far."""
        edits = EditSequence(tuple(self._reader.edits), self._start)
        return Resolved(self.program, edits, self._reader.report)

    def _look_for_token(self) -> None:
        # A token ends the edit before it, so that its state need not wait for the line.
        if self._knows_head or not self._reader.is_in_edits:
            return
        line = "".join(self._pieces)
        while line.startswith(DIFF_TOKEN):
            self._reader.take_token()
            line = line.removeprefix(DIFF_TOKEN)
        self._pieces, self._knows_head = [line], not DIFF_TOKEN.startswith(line)

    def _take_states(self) -> list[Program]:
        states = self._reader.states.copy()
        self._reader.states.clear()
        return states


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise ConfigError(name, f"is {type(value).__name__}, not text")


def resolve_generation(
    text: str,
    *,
    policy: Policy = "skip",
    start: Program | str = EMPTY,
    eos: Iterable[str] = EOS_TOKENS,
) -> Resolved:
    r"""Resolve what a model wrote, for what it is worth, and say what was wrong with it.

    - Text before the first edit is ignored: before a ``<|diff|>`` at the head of a line, at
      its end or in front of ``@@``, or before a hunk header that comes first. Later on, a
      token starts an edit at the head of a line only; elsewhere it belongs to the program.
    - The text ends at an end-of-sequence token: anywhere outside of the lines of a hunk;
      in such a line at its end, unless lines of the hunk are missing and the next line is
      one; and in the middle of it only where no quote follows in the line, no ``#`` comes
      before, and no line of an edit comes after. Otherwise it is text of the program.
    - Nothing else is cut off, and no line is changed. Lines are what stands between two
      newlines, and nothing else.
    - A hunk has as many lines as it has, whatever its header promises. It goes to the old
      position that its header names, or to the nearest one that there is.

    Args:
        text: What the model wrote; the prompt may stand in front of it.
        policy: What becomes of what is malformed. ``"skip"``: it is passed over, or taken
            for what it is worth, and nothing raises. ``"stop"``: the text is left there;
            the edits before it are applied, and so are the hunks before it in its edit.
            Positions and headers that can be put right do not count. ``"raise"``: the
            first problem of any kind is a `DiffError`.
        start: The program before the first edit.
        eos: End-of-sequence tokens; empty if the text ends where it ends.

    Returns:
        The program, the edits that were applied, and the `ReadingReport`.

    Raises:
        ConfigError: There is no such policy, a token is none, or the text is no text.
        DiffError: Only with the policy ``"raise"``: says which edit and hunk (0-based).

    >>> done = resolve_generation("Sure!\n<|diff|>@@ -7,0 +8,5 @@\n+return text<|endoftext|>")
    >>> done.program, done.edits.to_text()
    ('return text', '<|diff|>@@ -0,0 +1 @@\n+return text')
    >>> done.report.counts
    {'fewer_lines': 1, 'clipped_position': 1}
    """
    _check_text("text", text)
    begin = as_program(start)
    reader = EditReader(begin.lines, policy, eos, keeps_states=False)
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
) -> Generator[Program, None, Resolved]:
    r"""Program states of a text that comes in pieces, such as from a ``TextIteratorStreamer``.

    Stops taking pieces at the end of the sequence.

    Args:
        pieces: Pieces of the text, cut anywhere.
        policy: See `resolve_generation`, also for the others.
        start: The program before the first edit.
        eos: End-of-sequence tokens.

    Yields:
        The program after each edit, as soon as the edit has ended.

    Returns:
        What `resolve_generation` gives for the whole text.

    Raises:
        ConfigError: There is no such policy, or a token is none.
        DiffError: Only with the policy ``"raise"``.

    >>> text = "<|diff|>@@ -0,0 +1 @@\n+b = a\n<|diff|>@@ -0,0 +1 @@\n+a = 1"
    >>> [state.text for state in resolve_stream(iter(text))]
    ['b = a', 'a = 1\nb = a']
    """
    resolver = IncrementalResolver(policy=policy, start=start, eos=eos)
    for piece in pieces:
        yield from resolver.feed(piece)
        if resolver.has_ended:
            break
    yield from resolver.close()
    return resolver.result
