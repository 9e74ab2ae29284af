"""Reads what a model wrote, line by line, and applies each edit when it ends.

A line starts an edit, starts a hunk, belongs to the body of a hunk, or is malformed. What is
malformed is noted, and the policy says what is done about it. An example, with the program that
was written so far on the right:

    Sure, here you are:                preamble: there was no edit yet
    <|diff|>@@ -0,0 +1,2 @@            starts edit 0 and its hunk 0
    +def f(x):                         body of hunk 0
    +    return x                      body of hunk 0
    <|diff|>@@ -0,0 +1,3 @@            ends edit 0: it is applied  def f(x): / return x
                                       starts edit 1 and its hunk 0
    +import math                       body of hunk 0
    Done.                              `stray_text`: no line of a hunk
                                       the end: `fewer_lines`, since 3 lines were promised;
                                       edit 1 is applied           import math / def f(x): / ...

Lines go through three stations, which are the three parts of the class: from lines to open hunks
(`_open`), from open hunks to the hunks of an edit (`_hunks`), and from these to the program
(`lines`). At most one line is held back (`_held`): a line of a hunk with an end-of-sequence token,
because the next line decides whether the text ended there.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Literal, TypeAlias, get_args

from lintseq_datasets.edits.diff import Edit, Hunk
from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.reading._eos import EosFinder, EosLine
from lintseq_datasets.edits.reading._open_hunk import CUT_HEADER, HEADER, OpenHunk
from lintseq_datasets.edits.reading._problems import REPAIRED, Problem, ReadingReport
from lintseq_datasets.edits.sequence import DIFF_TOKEN
from lintseq_datasets.errors import ConfigError

Policy: TypeAlias = Literal["skip", "stop", "raise"]
"""What becomes of malformed text: ``"skip"`` uses what can be used, ``"stop"`` keeps what came
before and ends reading, ``"raise"`` makes it a `DiffError`."""

_BODY = ("+", "-")


class EditReader:
    """Reads the lines of a text; see `IncrementalResolver`.

    Args:
        start: Lines of the program before the first edit.
        policy: What becomes of malformed text.
        eos: End-of-sequence tokens.
        keeps_states: Whether program states are collected.

    Raises:
        ConfigError: There is no such policy, or a token cannot be one.
    """

    def __init__(
        self, start: Iterable[str], policy: Policy, eos: Iterable[str], keeps_states: bool
    ) -> None:
        if policy not in get_args(Policy):
            raise ConfigError("policy", f"{policy!r} is none of 'skip', 'stop', 'raise'")
        self.lines = list(start)
        """The program after the last edit that has ended."""
        self.edits: list[Edit] = []
        """The edits as they were applied: they fit each other exactly."""
        self.states: list[Program] = []
        """The program after each of them, if states are collected."""
        self.has_ended = False
        """Whether nothing more is read: the text has ended, or was left at a problem."""
        self._policy = policy
        self._eos = EosFinder(eos)
        self._keeps_states = keeps_states
        self._problems: list[Problem] = []
        self._eos_seen = self._stopped = False
        self._preamble = 0
        self._num_edits = 0  # that have started
        self._line, self._offset = 1, 0  # of the text: what is read next
        self._is_blank = True  # nothing but white space came so far
        self._reset()

    def _reset(self) -> None:
        """Forget the edit that was being read."""
        self._hunks: list[OpenHunk] = []
        self._open: OpenHunk | None = None
        self._held: EosLine | None = None  # a line that waits for the next
        self._headers = 0  # malformed ones included
        self._problems_before = len(self._problems)
        self._is_in_junk = False  # so that a run of stray lines is noted once
        self._was_in_hunk = False  # whether the last line that was not empty was in a hunk

    @property
    def report(self) -> ReadingReport:
        """What was noted so far, as a report on one text."""
        return ReadingReport(
            num_generations=1,
            num_edits=len(self.edits),
            num_eos=int(self._eos_seen),
            num_stopped=int(self._stopped),
            preamble=self._preamble,
            problems=tuple(self._problems),
        )

    @property
    def is_in_edits(self) -> bool:
        """Whether a token at the head of the next line starts an edit, whatever follows it."""
        return self._num_edits > 0 and not self.has_ended

    # --- from lines to hunks ---------------------------------------------------------

    def take(self, line: str, is_cut: bool = False) -> None:
        """Take the next line of the text, without its newline.

        Args:
            line: The line, or what is left of it behind `take_token`.
            is_cut: Whether the text ends in it.
        """
        # First the line that was held back, because it may be the end of the text.
        self._settle(line)
        if not self.has_ended and not self._num_edits:
            line = self._take_preamble(line)
        # Several tokens in a row start edits without hunks, which are no problem.
        while line.startswith(DIFF_TOKEN) and not self.has_ended:
            self.take_token()
            line = line.removeprefix(DIFF_TOKEN)
        if self._num_edits and not self.has_ended:
            self._take_inside(line, is_cut)
            self._leave_if_stopped()
        self._line += 1
        self._offset += len(line) + 1

    def take_token(self) -> None:
        """Take the token at the head of a line, which starts an edit."""
        self._settle(DIFF_TOKEN)
        self._end_edit()
        self._num_edits += not self.has_ended
        self._offset += len(DIFF_TOKEN)

    def close(self) -> None:
        """The text ends here."""
        self._settle(None)
        self._end_edit(is_cut=self._was_in_hunk)
        if not self._num_edits and not self._is_blank and not self.has_ended:
            self._note("no_edit", "there is no edit in the text", place=(1, 0))
        self.has_ended = True

    def _take_preamble(self, line: str) -> str:
        """Look for the first edit in a line; what is left of the line, from its token on."""
        starts_hunk = self._is_blank and HEADER.fullmatch(line)
        at = 0 if starts_hunk else _first_token(line)
        eos = self._eos.find(line)
        self._is_blank = self._is_blank and not line[:eos].strip()
        if at is None:
            self._eos_seen = self._eos_seen or eos is not None
            return line
        self._offset += at
        self._preamble = self._offset
        self._eos_seen = False  # one in front of the edits is not at their end
        self._num_edits += bool(starts_hunk)
        return line[at:]

    def _take_inside(self, line: str, is_cut: bool) -> None:
        # A line with a sign belongs to the open hunk, also beyond what its header promises: a model
        # counts badly, and what it wrote is worth more than its count.
        if self._open is not None and line.startswith(_BODY):
            self._held = self._eos.find_in_hunk(line)
            if self._held is None:
                self._add(line)
            return
        at = self._eos.find(line)
        self._take_outside(line if at is None else line[:at], is_cut and at is None)
        if at is not None:
            self._end_text()

    def _take_outside(self, line: str, is_cut: bool) -> None:
        """Take a line that is none of the body of a hunk."""
        # Some tokenizers (such as that of Phi-3) put a space behind the token.
        bare = line if self._headers else line.lstrip(" ")
        if bare.startswith("@@") or (is_cut and bare == "@"):
            self._start_hunk(line, is_cut)
        elif is_cut and line and DIFF_TOKEN.startswith(line):
            self._close_hunk()
            self._note("truncated", f"the text ends with {line!r}")
        else:
            self._pass_over(line)

    def _pass_over(self, line: str) -> None:
        # A hunk that lacks lines stays open, so that lines behind a stray one still belong to it.
        if self._open is not None and self._open.missing <= 0:
            self._close_hunk()
        # An empty line between hunks does no harm. Inside of one, its sign is missing.
        if not line and self._open is None:
            return
        if not self._is_in_junk:
            shown = repr(line[:80]) if line else "an empty line inside of a hunk"
            self._note("stray_text", f"{shown} belongs to no hunk")
        self._is_in_junk = True
        self._was_in_hunk = self._was_in_hunk and not line

    def _settle(self, following: str | None) -> None:
        """Decide whether the text ended in the line that was held back.

        Args:
            following: The line after it; None if there is none.
        """
        held, self._held = self._held, None
        if held is None or self._open is None:
            return
        # More than one, because the held line itself is one of those that are missing.
        at = held.end(following, is_missing_lines=self._open.missing > 1)
        self._add(held.line if at is None else held.line[:at])
        if at is not None:
            self._end_text()

    def _end_text(self) -> None:
        self._eos_seen = self._eos_seen or not self._stopped
        self._end_edit()
        self.has_ended = True

    def _add(self, line: str) -> None:
        if self._open is not None:
            self._open.body.append(line)
            self._is_in_junk, self._was_in_hunk = False, True

    def _start_hunk(self, line: str, is_cut: bool) -> None:
        self._close_hunk()
        if self._stopped:
            return
        self._headers += 1
        hunk = OpenHunk.from_header(line, self._headers - 1, (self._line, self._offset))
        # Without a hunk, the lines below a malformed header belong nowhere. Noting them as well
        # would count one mistake twice.
        self._open = hunk
        self._is_in_junk, self._was_in_hunk = hunk is None, hunk is not None
        if hunk is not None and line != hunk.header:
            self._note("header_form", f"{line[:80]!r} is not written as a unified diff writes it")
        elif hunk is None and is_cut and CUT_HEADER.fullmatch(line.lstrip(" ")):
            self._note("truncated", f"the text ends inside of the header {line!r}")
        elif hunk is None:
            self._note("bad_header", f"{line[:80]!r} is no hunk header")

    def _close_hunk(self, is_cut: bool = False) -> None:
        hunk, self._open = self._open, None
        if hunk is None:
            return
        if (remark := hunk.check_body(is_cut)) is not None:
            self._note(*remark, hunk=hunk)
        if not self._stopped:
            self._hunks.append(hunk)

    # --- from hunks to edits ---------------------------------------------------------

    def _end_edit(self, is_cut: bool = False) -> None:
        if self.has_ended:
            return
        self._close_hunk(is_cut)
        self._apply()
        self._reset()
        self.has_ended = self._stopped

    def _leave_if_stopped(self) -> None:
        """Leave the text: what is malformed is left out, the hunks before it are applied."""
        if self._stopped:
            self._open = None
            self._end_edit()

    def _apply(self) -> None:
        hunks = sorted(
            self._hunks, key=attrgetter("start")
        )  # stable: those at one place keep their order
        for hunk, in_order in zip(self._hunks, hunks, strict=True):
            if hunk is not in_order:
                self._note("hunk_order", "stands out of order", hunk=hunk)
                break
        placed: list[Hunk] = []
        first = shift = 0  # first old line that was not passed; lines that the edit added
        for hunk in hunks:
            # The new position follows from all that stands above. If something there was malformed,
            # it is wrong for that reason, which was noted.
            is_clean = len(self._problems) == self._problems_before
            one, remarks = hunk.put(self.lines, first, shift, checks_new_start=is_clean)
            for remark in remarks:
                self._note(*remark, hunk=hunk)
            if self._stopped and any(remark.kind == "missing_line" for remark in remarks):
                break  # the other remarks were put right
            first = one.old_start + len(one.removed)
            shift += len(one.added) - len(one.removed)
            if one.added or one.removed:
                placed.append(one)
        for one in reversed(placed):  # from below, so that the places above do not move
            self.lines[one.old_start : one.old_start + len(one.removed)] = one.added
        if placed:
            self.edits.append(Edit(tuple(placed)))
            if self._keeps_states:
                self.states.append(Program(tuple(self.lines)))

    def _note(
        self,
        kind: str,
        detail: str,
        place: tuple[int, int] | None = None,
        hunk: OpenHunk | None = None,
    ) -> None:
        """Note a problem, and act on it as the policy says."""
        if self._stopped and kind not in REPAIRED:  # reading stopped before it
            return
        number = self._headers - 1 if hunk is None else hunk.number
        if place is None:
            place = (self._line, self._offset) if hunk is None else hunk.place
        problem = Problem(
            kind, detail, *place,
            edit=self._num_edits - 1 if self._num_edits else None,
            hunk=number if number >= 0 else None,
        )  # fmt: skip
        self._problems.append(problem)
        if self._policy == "raise":
            self.has_ended = True
            raise problem.as_error()
        if self._policy == "stop" and kind not in REPAIRED:
            self._stopped = True


def _first_token(line: str) -> int | None:
    """Where in a line the first edit starts; None if it starts later.

    Prose may mention the token. It starts an edit only at the head of the line, at its end, or in
    front of a header.
    """
    at = line.find(DIFF_TOKEN)
    while at > 0:
        rest = line[at + len(DIFF_TOKEN) :]
        if rest.startswith("@@") or not rest.strip():
            return at
        at = line.find(DIFF_TOKEN, at + 1)
    return at if at == 0 else None
