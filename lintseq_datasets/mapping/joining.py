r"""Rows of single edits, put together again.

The rows of ``output_format="next_edit"`` and ``"fim"`` are read as texts, in any order:

>>> from lintseq_datasets import lintseq_map
>>> rows = lintseq_map({"code": ["a = 1\nprint(a)"]}, num_samples=1, output_format="next_edit")
>>> several = [dict(zip(rows, values)) for values in zip(*rows.values())]
>>> [joined] = join_rows(reversed(several))
>>> len(several), joined.sequence.resolve().text
(2, 'a = 1\nprint(a)')
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from numbers import Integral
from typing import Any, NamedTuple, TypeAlias

from lintseq_datasets.edits.edit import Edit, Hunk
from lintseq_datasets.edits.formats.fim import FimMarkers
from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import ColumnError, ConfigError, DiffError
from lintseq_datasets.mapping.made_with import MADE_WITH, read_made_with
from lintseq_datasets.mapping.row_texts import OutputRow
from lintseq_datasets.mapping.writing import Writing

_NEEDED = ("prompt", "completion", "state", "edit_index", "num_edits", "program_id", "sample_index")
_NUMBERS = ("edit_index", "num_edits", "sample_index", "hunk_index", "num_hunks")

# Numbers of an edit and of a hunk in it; behind the first hunk, how many the edit has, as another
# sample may divide an edit at the same place otherwise.
_PartNumber: TypeAlias = tuple[int, int, int]


class JoinedRows(NamedTuple):
    """The edit sequence that several rows are parts of."""

    program_id: str
    sample_index: int
    sequence: EditSequence


def join_rows(
    rows: Iterable[OutputRow], *, edit_format: str | None = None, fim_markers: str | None = None
) -> Iterator[JoinedRows]:
    """The edit sequences of rows of the output formats ``next_edit`` and ``fim``.

    They are read from the training texts, as exactly as `EditSequence.from_text` reads. Rows may
    come in any order. What is held in memory are the sequences that are not complete.

    Args:
        rows: Rows, such as those of a dataset. Rows without a sequence, and rows that say that a
            program is complete, are passed over.
        edit_format: The form of the edits; by default as ``made_with`` says.
        fim_markers: The markers of ``fim``; the same.

    Yields:
        The sequences, each when its last row has come.

    Raises:
        ColumnError: The columns are those of other rows, or hold something else.
        ConfigError: ``rows`` does not hold rows.
        DiffError: A text is not what was written, or a row does not fit the others, or is missing.
    """
    waiting: dict[tuple[str, int, int], _OpenSequence] = {}
    for row in _checked(rows):
        if row["edit_index"] < 0 or row["edit_index"] == row["num_edits"]:
            continue
        _check_texts(row)
        # With the number of edits, as revisions of several programs into one may differ in it.
        key = (row["program_id"], row["sample_index"], row["num_edits"])
        sample = waiting.setdefault(key, _OpenSequence(row["num_edits"]))
        sample.add(_read(row, edit_format, fim_markers))
        while sequence := sample.take():
            yield JoinedRows(*key[:2], sequence)
        if not sample.parts:
            del waiting[key]
    for (program_id, index, _), sample in waiting.items():
        found = ", ".join(dict.fromkeys(str(edit) for edit, *_ in sorted(sample.parts)))
        name = f"sample {index} of the program {program_id[:12]}"
        raise DiffError(
            f"{name} is not complete, or its states do not fit; there are edits {found}"
        )


@dataclass(frozen=True, slots=True)
class _RowPart:
    """What a row says."""

    place: _PartNumber
    next_place: _PartNumber  # of the row that follows
    sequence: EditSequence
    share: Fraction  # of how many edits it is; exact, as three thirds must be one edit

    @property
    def end(self) -> str:
        return self.sequence.resolve().text


@dataclass(slots=True)
class _OpenSequence:
    """The parts of a sequence that have come.

    Equal programs have rows of the same name. Where these come from different states, as programs
    do that were revised, the states tell which belong together.
    """

    num_edits: int
    parts: dict[_PartNumber, list[_RowPart]] = field(default_factory=dict)
    covered: Fraction = Fraction()

    def add(self, part: _RowPart) -> None:
        self.parts.setdefault(part.place, []).append(part)
        self.covered += part.share

    def take(self) -> EditSequence | None:
        """Take out a sequence that is complete, if there is one."""
        # To look for a chain resolves states, so that is not done for each row that comes.
        if self.covered < self.num_edits:
            return None
        for first in self.parts.get((0, 0, 0), ()):
            if chain := self._chain(first):
                self._remove(chain)
                edits = tuple(edit for part in chain for edit in part.sequence.edits)
                return EditSequence(edits, first.sequence.start)
        return None

    def _chain(self, first: _RowPart) -> list[_RowPart]:
        """The parts of a sequence in order; empty if one is missing."""
        chain = [first]
        while (last := chain[-1]).next_place[0] < self.num_edits:
            # Several parts may have the next place, of samples with the same name: the state tells
            # them apart.
            end = last.end
            following = self.parts.get(last.next_place, ())
            fitting = [part for part in following if part.sequence.start.text == end]
            if not fitting:
                return []
            chain.append(fitting[0])
        return chain

    def _remove(self, chain: Sequence[_RowPart]) -> None:
        for part in chain:
            same = self.parts[part.place]
            same.remove(part)
            self.covered -= part.share
            if not same:
                del self.parts[part.place]


# --- one row -----------------------------------------------------------------------------


def _checked(rows: Any) -> Iterator[OutputRow]:
    """The rows, each once it is known to have what is needed."""
    if isinstance(rows, str | bytes | Mapping) or not isinstance(rows, Iterable):
        problem = f"{type(rows).__name__} is no list of rows: give a dataset of one split, or "
        raise ConfigError("rows", f"{problem}dictionaries")
    for row in rows:
        if not isinstance(row, Mapping):
            raise ConfigError("rows", f"{type(row).__name__} is no row: give dictionaries")
        needed = (*_NEEDED, *_NUMBERS) if _is_hunk(row) else _NEEDED
        if lacking := [name for name in needed if name not in row]:
            raise ColumnError(f"There is no column {lacking[0]!r}.", tuple(map(str, row)))
        for name in (name for name in _NUMBERS if name in row):
            if not isinstance(row[name], Integral):
                raise _misfit(row, name, f"{type(row[name]).__name__}, not a number")
        yield row


def _is_hunk(row: OutputRow) -> bool:
    """Whether a row has one hunk, as those of ``fim`` do, and not edits."""
    return "num_hunks" in row or "hunk_index" in row


def _check_texts(row: OutputRow) -> None:
    """Check what is read of a row with a sequence; others hold None there."""
    for name in (
        ("program_id", "prompt", "completion") if _is_hunk(row) else ("program_id", "state")
    ):
        if not isinstance(row[name], str):
            raise _misfit(row, name, f"{type(row[name]).__name__}, not text")
    if _is_hunk(row) and row["num_hunks"] < 1:
        raise _misfit(row, "num_hunks", str(row["num_hunks"]))


def _misfit(row: OutputRow, column: str, held: str) -> ColumnError:
    problem = f"Column {column!r} holds {held}: give rows as they were written."
    return ColumnError(problem, tuple(map(str, row)))


def _read(row: OutputRow, edit_format: str | None, fim_markers: str | None) -> _RowPart:
    made = read_made_with(row.get(MADE_WITH))
    said = {} if made is None else made["options"]
    number = row["edit_index"]
    if _is_hunk(row):
        markers = fim_markers or said.get("fim_markers", _USUAL.fim_markers)
        sequence = _insertion(FimMarkers.of(markers).split(row["prompt"]), row["completion"])
        hunk, last = row["hunk_index"], row["num_hunks"]
        following = (number, hunk + 1, last) if hunk + 1 < last else (number + 1, 0, 0)
        place = (number, hunk, last if hunk else 0)
        return _RowPart(place, following, sequence, Fraction(1, last))
    text = row["completion"]
    if isinstance(text, list) and text and isinstance(text[-1], Mapping):  # chat messages
        text = text[-1].get("content")
    if not isinstance(text, str):
        raise _misfit(row, "completion", f"{type(text).__name__}, neither text nor messages")
    form = edit_format or said.get("edit_format", _USUAL.edit_format)
    sequence = EditSequence.from_text(text, row["state"], form)
    count = len(sequence)
    return _RowPart((number, 0, 0), (number + count, 0, 0), sequence, Fraction(count))


_USUAL = Writing()


def _insertion(around: tuple[str, str], middle: str) -> EditSequence:
    # Where an insertion stands, by the newlines around it:
    #
    #     prefix "a = 1\n"   middle "b = 2\n"   suffix "c = 3"    before line 1
    #     prefix "a = 1"     middle "\nb = 2"   suffix ""         the same, at the end
    prefix, suffix = around
    before = Program.from_text(prefix + suffix)
    after = Program.from_text(prefix + middle + suffix)
    # At the end, what is inserted begins with the newline behind the last line.
    is_end = not suffix and middle.startswith("\n")
    place = len(before) if is_end else prefix.count("\n")
    added = after.lines[place : place + len(after) - len(before)]
    sequence = EditSequence((Edit((Hunk(place, place, added),)),), before)
    if not added or sequence.resolve() != after:
        raise DiffError(f"{middle[:80]!r} is no insertion of whole lines")
    return sequence
