"""Reads what a model wrote, line by line, and applies each edit when it ends.

Here is told where an edit begins and where the text ends; what the lines of an edit mean is told by
the reader of its form (`FormReader`). An example in the form ``diff``, with the program that was
written so far on the right:

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

At most one line is held back (`_held`), as the next one tells whether the text ended in its token.
"""

from __future__ import annotations

from collections.abc import Iterable

from lintseq_datasets.edits.edit import Edit
from lintseq_datasets.edits.formats import Allowance, Draft, EditForm, Place
from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.reading._eos import EosFinder, EosLine
from lintseq_datasets.edits.reading._notes import Policy, PolicyNotes
from lintseq_datasets.edits.reading._preamble import Preamble, WaitingLine
from lintseq_datasets.edits.reading._problems import ReadingReport
from lintseq_datasets.edits.training_text import DESCRIPTION_TOKEN, DIFF_TOKEN


class EditReader:
    """Reads the lines of a text; see `IncrementalResolver`.

    Args:
        start: Lines of the program before the first edit.
        form: The form of the edits.
        policy: What becomes of malformed text.
        eos: End-of-sequence tokens.
        keeps_states: Whether program states are collected.

    Raises:
        ConfigError: There is no such policy, or a token cannot be one.
    """

    def __init__(
        self,
        start: Iterable[str],
        form: EditForm,
        policy: Policy,
        eos: Iterable[str],
        keeps_states: bool,
    ) -> None:
        self.lines = list(start)
        """The program after the last edit that has ended."""
        self.edits: list[Edit] = []
        """The edits as they were applied: they fit each other exactly."""
        self.states: list[Program] = []
        """The program after each of them, if states are collected."""
        self._form = form
        self._notes = PolicyNotes(policy)
        self._eos = EosFinder(eos)
        self._keeps_states = keeps_states
        self._allowance = Allowance(sum(map(len, self.lines)) + len(self.lines))
        self._has_ended = self._eos_seen = False
        self._preamble = 0
        self._num_edits = 0  # that have started
        self._has_tokens = False
        self._before = Preamble(form)
        self._line, self._offset = 1, 0  # of the text: what is read next
        self._indentation = ""  # of all edits
        self._is_begun = False  # whether the head of the line was taken
        self._crlf: Place | None = None  # a line that ends so, if that is not noted
        self._notes_crlf = True
        self._begin()

    def _begin(self) -> None:
        """Make ready for the lines of the next edit."""
        self._draft = Draft(self.lines, self._allowance)
        self._reader = self._form.reader(self._draft, self._notes)
        self._held: tuple[EosLine, Place] | None = None  # a line that waits for the next
        self._notes.begin_edit()

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is read: the text has ended, or was left at a problem."""
        return self._has_ended or self._notes.has_raised

    @property
    def report(self) -> ReadingReport:
        """What was noted so far, as a report on one text."""
        return ReadingReport(
            num_generations=1,
            num_edits=len(self.edits),
            num_eos=int(self._eos_seen),
            num_stopped=int(self._notes.stopped),
            preamble=self._preamble,
            problems=tuple(self._notes.problems),
        )

    @property
    def is_in_edits(self) -> bool:
        """Whether a token at the head of the next line starts an edit, whatever follows it."""
        return self._num_edits > 0 and not self.has_ended

    # --- lines -----------------------------------------------------------------------

    def take(self, line: str, is_cut: bool = False) -> None:
        """Take the next line of the text, without its newline.

        Args:
            line: The line, or what is left of it behind `take_token`.
            is_cut: Whether the text ends in it.
        """
        end = self._offset + len(line) + 1
        self._allowance.earn(len(line) + 1)
        self._notes.place = self._place
        has_return = self._has_return(line, is_cut)
        line = line[:-1] if has_return else line
        if line.startswith(DESCRIPTION_TOKEN) and not self._is_begun:
            self._take_description(line)
            self._line, self._offset = self._line + 1, end
            return  # it is no line of an edit
        # First the line that was held back, because it may be the end of the text.
        self._settle(line)
        if not self.has_ended and not self._num_edits:
            line = self._take_preamble(line, is_cut)
        elif not self._is_begun:
            line = self._unindented(line)
        line = self._take_tokens(line)
        # Noted with the first line of an edit: in a preamble it does no harm.
        if has_return:
            self._crlf = self._crlf or self._place
        if self.is_in_edits:
            self._take_inside(line, self._place, is_cut)
        self._line, self._offset, self._is_begun = self._line + 1, end, False

    def _take_description(self, line: str) -> None:
        """Pass over what is said of the next edit; the one before it ends here."""
        self._settle(DIFF_TOKEN)  # a token will follow
        if self._num_edits and not self.has_ended:
            self._end_edit()
            if self._eos.find(line) is not None:
                self._end_text()

    def take_token(self) -> None:
        """Take the token at the head of a line, which starts an edit."""
        self._notes.place = self._place
        self._settle(DIFF_TOKEN)
        self._end_edit()
        self._start_edit(has_token=True)
        self._offset += len(DIFF_TOKEN)
        self._notes.place, self._is_begun = self._place, True

    def close(self) -> None:
        """The text ends here."""
        self._settle(None)
        if not self._num_edits and not self.has_ended:
            self._before.settle()
            if self._before.waiting:
                self._take_waiting()
        self._end_edit(is_cut=True)
        if not self._num_edits and not self._before.is_blank and not self.has_ended:
            self._notes.add("no_edit", "there is no edit in the text", Place(1, 0))
        self._has_ended = True

    @property
    def _place(self) -> Place:
        return Place(self._line, self._offset)

    def _has_return(self, line: str, is_cut: bool) -> bool:
        """Whether a line ends in the carriage return of a line end."""
        # At the very end of a text it is one if others were.
        knows = self._crlf is not None or not self._notes_crlf
        return line.endswith("\r") and (knows or not is_cut)

    def _unindented(self, line: str) -> str:
        if self._indentation and line.startswith(self._indentation):
            self._offset += len(self._indentation)
            return line[len(self._indentation) :]
        return line

    def _take_tokens(self, line: str) -> str:
        """Take the tokens at the head of a line; what is left of it."""
        # Several in a row start edits without hunks, which are no problem.
        at = 0
        while line.startswith(DIFF_TOKEN, at) and not self.has_ended:
            self.take_token()
            at += len(DIFF_TOKEN)
        return line[at:]

    # --- before the first edit -------------------------------------------------------

    def _take_preamble(self, line: str, is_cut: bool) -> str:
        """Look for the first edit in a line; what is left of the line, from there on."""
        eos = self._eos.find(line)
        beginning = self._before.look(WaitingLine(line, self._place, is_cut), eos)
        if beginning is None:
            self._eos_seen = self._eos_seen or eos is not None
            return line
        if beginning.has_token:
            self._crlf = None
            self._offset += beginning.at
            self._begin_edits(self._place, line[: beginning.at])
            return line[beginning.at :]
        self._begin_edits(self._place, line[: beginning.at])
        self._start_edit()
        return self._unindented(line)

    def _begin_edits(self, place: Place, before: str) -> None:
        """The edits begin at a place.

        Args:
            place: Where.
            before: What stands before it in the line.
        """
        self._eos_seen = False  # one in front of the edits is not at their end
        self._preamble = place.offset
        if before and not before.strip():
            self._notes.place = place
            self._indentation = before
            self._notes.add("indented", "the first edit is indented")

    def _take_waiting(self) -> None:
        """There was no token: the edits are those that began without one."""
        waiting = self._before.waiting
        first = waiting[0]
        self._begin_edits(first.place, self._before.indentation_of(first.text))
        self._start_edit()
        for line, place, is_cut in waiting:
            if self.has_ended:
                return
            self._line, self._offset = place
            self._notes.place = place
            text = self._unindented(line)
            self._settle(text)
            if not self.has_ended:
                self._take_inside(text, self._place, is_cut)
        self._settle(None)

    # --- edits -----------------------------------------------------------------------

    def _start_edit(self, has_token: bool = False) -> None:
        self._num_edits += not self.has_ended
        self._has_tokens = self._has_tokens or has_token
        self._notes.edit = self._num_edits - 1

    def _take_inside(self, line: str, place: Place, is_cut: bool) -> None:
        self._notes.place = place
        if self._crlf is not None and self._notes_crlf:
            self._notes_crlf = False
            self._notes.add("crlf", "lines end in a carriage return", self._crlf)
        if is_cut and line and any(t.startswith(line) for t in (DIFF_TOKEN, DESCRIPTION_TOKEN)):
            self._end_edit()
            self._notes.add("truncated", f"the text ends with {line!r}", place)
        else:
            self._take_line(line, place, is_cut)
        if self._notes.stopped:  # what is malformed is left out, what came before is applied
            self._reader.leave()
            self._end_edit()

    def _take_line(self, line: str, place: Place, is_cut: bool) -> None:
        # Where there are tokens, they alone begin edits: a patch may name a file again.
        if not self._has_tokens and self._reader.begins_again(line):
            self._end_edit()
            self._start_edit()
        if self._reader.is_body(line):
            held = self._eos.find_in_hunk(line)
            end = None if held is None else held.end_behind(self._reader.is_body)
            if held is None:
                self._reader.take(line, place, is_cut)
            elif end is None:
                self._held = held, place
            else:  # behind a marker that ends the lines of the program
                self._reader.take(line[:end], place, is_cut=False)
                self._end_text()
            return
        at = self._eos.find(line)
        self._reader.take(line if at is None else line[:at], place, is_cut and at is None)
        if at is not None and not self._notes.stopped:
            self._end_text()

    def _settle(self, following: str | None) -> None:
        """Decide whether the text ended in the line that was held back.

        Args:
            following: The line after it; None if there is none.
        """
        if self._held is None:
            return
        (held, place), self._held = self._held, None
        is_last = following is None
        at = held.end(
            is_wanted=not is_last and self._reader.wants(following or ""),
            is_edit=not is_last and self._reader.is_edit(following or ""),
        )
        self._reader.take(held.line if at is None else held.line[:at], place, is_cut=False)
        if at is not None:
            self._end_text()

    def _end_text(self) -> None:
        self._end_edit()
        self._eos_seen = self._eos_seen or not self._notes.stopped
        self._has_ended = True

    def _end_edit(self, is_cut: bool = False) -> None:
        if self.has_ended:
            return
        if self._num_edits:
            self._reader.close(is_cut)
            # The draft has changed `self.lines` in place. An edit without a hunk made no state.
            if (edit := self._draft.edit()).hunks:
                self.edits.append(edit)
                if self._keeps_states:
                    self.states.append(Program(tuple(self.lines)))
        self._begin()
        self._has_ended = self._notes.stopped
