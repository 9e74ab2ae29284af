"""The rows of a source, in pieces and parts, and digests of them.

A *piece* is what a worker gets at once, a *part* what is written at once. With parts of 10 rows,
pieces of 4, a source of 23 rows and one worker, where part 0 was done before:

    part 0    rows 0 to 9      is skipped; if its rows have to be read for that, they are compared
    part 1    rows 10 to 19    pieces 10-13, 14-17, 18-19
    part 2    rows 20 to 22    pieces 20, 21, 22: the last rows are shared among the workers
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Protocol

from lintseq_datasets.errors import ConfigError, JobError
from lintseq_datasets.files.output import is_split
from lintseq_datasets.jobs._manifest import START_AGAIN
from lintseq_datasets.jobs._piece import Piece
from lintseq_datasets.jobs.folder import Part

if TYPE_CHECKING:
    from datasets import Dataset, IterableDataset

_READ_ROWS = 1000  # at once
_PIECE_CHARACTERS = 2_000_000
_SHARES = 4  # pieces for each worker, at least, where there are rows enough


class RowSource(Protocol):
    """Rows that can be read in order."""

    @property
    def columns(self) -> Sequence[str]:
        """Names of the columns."""

    @property
    def num_rows(self) -> int | None:
        """How many rows there are, where known."""

    def keep(self, columns: Sequence[str]) -> None:
        """Read these columns only."""

    def fingerprint(self) -> str | None:
        """A digest of all rows, where they can be read twice."""

    def rewind(self) -> None:
        """Start again with the first row."""

    def skip(self, count: int) -> str | None:
        """Go past rows; their digest if they had to be read, None if not."""

    def read(self, count: int) -> dict[str, list[Any]]:
        """The next rows, at most so many, as columns by name."""


class Digest:
    """A digest of rows, whatever they are read from."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)

    def add(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Take rows in, in their order; how they are cut makes no difference."""
        for values in zip(*columns.values(), strict=True):
            for value in values:
                text = value if isinstance(value, str) else repr(value)
                content = text.encode("utf-8", "surrogatepass")
                # Without kind and length, "1" and 1 or "ab", "c" and "a", "bc" would be the same.
                kind = b"s" if isinstance(value, str) else b"o"
                self._hash.update(kind + len(content).to_bytes(8, "big") + content)

    def __str__(self) -> str:
        return self._hash.hexdigest()


def open_source(dataset: Dataset | IterableDataset, limit: int | None = None) -> RowSource:
    """Read a dataset, streaming or not.

    Args:
        dataset: The dataset.
        limit: How many rows at most.

    Raises:
        ConfigError: It is no dataset, or does not know its columns and has no rows.
    """
    import datasets

    if isinstance(dataset, datasets.Dataset):
        return _Table(dataset, limit)
    if isinstance(dataset, datasets.IterableDataset):
        return _Stream(dataset, limit)
    kind = type(dataset).__name__
    raise ConfigError("dataset", f"{kind} is no dataset; pass one split of what load_dataset gives")


def split_of(dataset: Any) -> str:
    """The name of the split of a dataset; ``train`` where it has none that is a name."""
    split = str(getattr(dataset, "split", None) or "train")
    return split if is_split(split) else "train"  # slices and sums of splits have none


class _Table:
    """A dataset with random access."""

    def __init__(self, dataset: Dataset, limit: int | None) -> None:
        if dataset.format["type"] != "custom":  # a transform of the user's stays
            dataset = dataset.with_format(None)
        self._dataset = dataset
        self._at = 0
        self.num_rows: int = len(dataset) if limit is None else min(limit, len(dataset))
        self.columns: list[str] = dataset.column_names

    def keep(self, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        if self._dataset.format["type"] != "custom":  # it may need the others
            self._dataset = self._dataset.select_columns(self.columns)

    def fingerprint(self) -> str:
        digest = Digest()
        for start in range(0, self.num_rows, _READ_ROWS):
            digest.add(self._slice(start, min(start + _READ_ROWS, self.num_rows)))
        return str(digest)

    def rewind(self) -> None:
        self._at = 0

    def skip(self, count: int) -> None:
        # Nothing is read and compared: the fingerprint of all rows is in the id of the job.
        self._at = min(self._at + count, self.num_rows)

    def read(self, count: int) -> dict[str, list[Any]]:
        start, self._at = self._at, min(self._at + count, self.num_rows)
        return self._slice(start, self._at)

    def _slice(self, start: int, stop: int) -> dict[str, list[Any]]:
        rows = self._dataset[start:stop]
        return {name: list(rows[name]) for name in self.columns}


class _Stream:
    """A streaming dataset."""

    def __init__(self, dataset: IterableDataset, limit: int | None) -> None:
        dataset = dataset.with_format(None)
        self._dataset = dataset
        self._limit = limit
        self._is_begun = False
        rows: Iterable[Mapping[str, Any]] = iter(dataset)
        columns = dataset.column_names
        if columns is None:  # of a generator, say; the first row is put back
            iterator = iter(rows)
            first = list(islice(iterator, 1))
            rows = chain(first, iterator)
            columns = list(first[0]) if first else []
        self._rows = islice(rows, limit)
        self.num_rows: int | None = None
        self.columns: list[str] = columns

    def keep(self, columns: Sequence[str]) -> None:
        self.columns = list(columns)

    def fingerprint(self) -> None:
        return None

    def rewind(self) -> None:
        # Where nothing was taken, a generator has run to its first row only, and can go on.
        if self._is_begun:
            self._rows = islice(iter(self._dataset), self._limit)

    def skip(self, count: int) -> str:
        digest = Digest()
        while count > 0 and (rows := self._next(min(count, _READ_ROWS))):
            digest.add(self._columns(rows))
            count -= len(rows)
        return str(digest)

    def read(self, count: int) -> dict[str, list[Any]]:
        return self._columns(self._next(count))

    def _next(self, count: int) -> list[Mapping[str, Any]]:
        self._is_begun = True
        try:
            return list(islice(self._rows, count))
        except ConfigError:  # it is out of bounds, and stays so
            raise
        except Exception as error:  # whatever a reader or a generator raises
            problem = f"cannot read the source: {type(error).__name__}: {error}"
            advice = "rows that are done are kept, and the same command goes on from there"
            raise JobError(f"{problem}; {advice}", "source") from error

    def _columns(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
        # A row of a generator may lack columns that the first one has.
        return {name: [row.get(name) for row in rows] for name in self.columns}


class PartReader:
    """Cuts a source into parts and pieces, and leaves out the parts that are done.

    Args:
        source: The rows.
        part_rows: Rows of a part.
        size: Rows of a piece, at most: less where all workers would not be kept busy, or
            where the texts are long.
        done: Parts that are done, by number.
        again: Numbers of those that are made again.
        num_proc: How many workers there are.
    """

    def __init__(
        self,
        source: RowSource,
        part_rows: int,
        size: int,
        done: Mapping[int, Part],
        again: Collection[int] = (),
        num_proc: int = 1,
    ) -> None:
        self._source = source
        self._part_rows = part_rows
        self._num_proc = num_proc
        self._size = size if source.num_rows is None else self._share(size, source.num_rows)
        self._done = done
        self._again = again
        self.begun: deque[Part] = deque()
        """Parts whose pieces were given, in order."""

    def pieces(self) -> Iterator[Piece]:
        """All pieces that are to be worked on.

        Raises:
            JobError: Rows that have to be read again differ from those that are done.
        """
        number, count = 0, self._part_rows
        # Where the rows end with a part, one more of no rows is read, which `_cut` ignores.
        while count == self._part_rows:  # the last part is shorter
            first = number * self._part_rows
            if number in self._done and number not in self._again:
                count = self._skip(self._done[number])
            else:
                columns = self._source.read(self._part_rows)
                count = len(next(iter(columns.values())))
                yield from self._cut(number, Piece(first, columns, count))
            number += 1

    def _skip(self, part: Part) -> int:
        self._compare(part, self._source.skip(part.rows_in))
        return part.rows_in

    def _compare(self, part: Part, digest: str | None) -> None:
        # None: nothing had to be read, since the rows can be counted off.
        if digest not in (None, part.digest):
            first = part.number * self._part_rows
            problem = f"the source is another one: rows from {first} on differ from those done"
            raise JobError(problem, "source", START_AGAIN)

    def _cut(self, number: int, rows: Piece) -> Iterator[Piece]:
        if not rows.size:
            return
        digest = Digest()
        digest.add(rows.columns)
        if number in self._done:
            self._compare(self._done[number], str(digest))
        # Noted before its first piece is given, whose rows may be back before the next is asked.
        self.begun.append(Part(number, rows.size, {}, str(digest)))
        is_last = rows.size < self._part_rows  # of a stream, this is how one gets to know
        size = self._share(self._size, rows.size) if is_last else self._size
        for start, stop in _spans(rows.columns, size):
            yield rows.part(start, stop)

    def _share(self, size: int, rows: int) -> int:
        # With one piece for each worker, all would wait for the slowest.
        return max(1, min(size, rows // (_SHARES * self._num_proc)))


def _spans(columns: Mapping[str, Sequence[Any]], size: int) -> Iterator[tuple[int, int]]:
    """Positions at which pieces of so many rows start and stop, less where texts are long."""
    start = number = total = 0
    for number, row in enumerate(zip(*columns.values(), strict=True)):
        length = sum(len(value) for value in row if isinstance(value, str))
        if number > start and (number - start == size or total + length > _PIECE_CHARACTERS):
            yield start, number
            start, total = number, 0
        total += length
    # What is left: at least the last row, as there is one.
    yield start, number + 1
