r"""A sequence as its texts tell it, for formats whose rows hold states as texts.

The text of one empty line is the empty text, which is read as the empty program. An edit between
the two changes no text:

    states      (nothing)  ->  one empty line  ->  an empty line, x = 1
    as texts    ""                                 "\nx = 1"
"""

from __future__ import annotations

from collections.abc import Iterator

from lintseq_datasets.edits.edit import Edit, Hunk
from lintseq_datasets.edits.program import EMPTY, Program
from lintseq_datasets.edits.sequence import EditSequence


def between_texts(sequence: EditSequence) -> EditSequence:
    """The sequence without states of one empty line, and without edits that change no text.

    Args:
        sequence: The sequence.
    """
    states = [sequence.start, *sequence.states()]
    if all(state.text or not state.lines for state in states):
        return sequence
    return EditSequence(tuple(_edits(sequence, states)), _as_read(states[0]))


def _edits(sequence: EditSequence, states: list[Program]) -> Iterator[Edit]:
    for edit, *both in zip(sequence.edits, states, states[1:], strict=False):
        before, after = map(_as_read, both)
        if [before, after] == both:
            yield edit
        elif before != after:
            yield Edit((Hunk(0, 0, after.lines, before.lines),))


def _as_read(state: Program) -> Program:
    return state if state.text else EMPTY
