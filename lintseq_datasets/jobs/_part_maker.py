"""Parts of a job: the rows of the source that are in none yet are sampled, and written.

Pieces come back in the order of the source, each as the rows that it becomes. With parts of 10 rows
and pieces of 4:

    piece 0-3, 4-7, 8-9     10 rows are accounted for: part 0 is written, and its rows are let go
    piece 10-13, ...        count for part 1
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lintseq_datasets.errors import LintSeqError
from lintseq_datasets.jobs._part_reader import PartReader, RowSource
from lintseq_datasets.jobs._piece import Rows
from lintseq_datasets.jobs._pool import Pool
from lintseq_datasets.jobs._progress import Progress
from lintseq_datasets.jobs._receipt import to_try_again
from lintseq_datasets.jobs._work import work_of
from lintseq_datasets.jobs.folder import DamageError, JobFolder, Part
from lintseq_datasets.mapping.accounting import Accounting
from lintseq_datasets.mapping.keeping import typed_table
from lintseq_datasets.mapping.run import Run

if TYPE_CHECKING:
    import pyarrow as pa

_logger = logging.getLogger(__name__)

_PART_ROWS = 250  # an interruption costs the parts that were begun
_PART_ROWS_WITHOUT_LINTER = 2000  # which takes less time
_MOST_PARTS = 10_000  # where the number of rows is known: all are listed, and held, at once
_ROWS_AHEAD = 1024  # that are in work or waiting: the memory of a job


@dataclass(frozen=True, slots=True)
class PartMaker:
    """Samples the rows of a source, part by part.

    Args:
        run: How rows are refactored.
        source: The rows, as columns that are read or kept.
    """

    run: Run
    source: RowSource

    @property
    def part_rows(self) -> int:
        """How many rows of the source a part has, unless told."""
        usual = _PART_ROWS if self.run.linter else _PART_ROWS_WITHOUT_LINTER
        # A piece ends with its part, so smaller parts would mean smaller batches for the linter.
        least = max(usual, self.run.batch_size)
        return max(least, (self.source.num_rows or 0) // _MOST_PARTS)

    def make(
        self,
        folder: JobFolder,
        merged: Collection[int],
        *,
        retry_failed: bool,
        row_seconds: float | None,
        shown: bool,
    ) -> dict[int, Part]:
        """Sample the rows that are in no part yet.

        Args:
            folder: The folder of the job, which is open.
            merged: Numbers of parts whose rows are in files of the output by now.
            retry_failed: Whether parts with rows that may not fail another time are made again.
            row_seconds: See `lintseq_datasets.jobs._work.work_of`.
            shown: Whether progress is shown.

        Returns:
            All parts by their numbers, in order.

        Raises:
            DamageError: The list of parts lacks some.
            LintSeqError: Rows are missing.
        """
        done = folder.parts(merged)
        num_parts = folder.manifest.get("num_parts")
        if num_parts is not None and set(done) == set(range(num_parts)):
            return done  # only the output is missing
        # Of a job whose parts were all there, some may be merged and gone: it is published first,
        # and its rows are tried again when the output is taken apart (`Job._go_on`).
        retries = retry_failed and num_parts is None
        again = _parts_to_try_again(done) if retries else set()
        before = total_of(part for number, part in done.items() if number not in again)
        level = logging.WARNING if shown else logging.INFO
        if done:
            _logger.log(level, "going on: %s rows are done", f"{before.rows_in:,}")
        _logger.info("job %s: %s", folder.job, folder.identity)
        progress = Progress(self.source.num_rows, "Sampling", before, shown)
        self.source.rewind()  # an attempt before may have read it
        reader = PartReader(
            self.source, folder.manifest["part_rows"], self.run.batch_size, done, again,
            self.run.num_proc or 1,
        )  # fmt: skip
        total = before
        try:
            for part in self._parts(folder, reader, row_seconds, progress):
                total += Accounting.from_dict(part.accounting)
                text = "part %d: %s; %.2f rows/s"
                _logger.info(text, part.number, total.in_one_line(), progress.rate)
        finally:
            progress.close()
        return self._all_parts(folder, total)

    def _all_parts(self, folder: JobFolder, total: Accounting) -> dict[int, Part]:
        """All parts; the manifest notes that they are all there.

        Raises:
            DamageError: The list of parts lacks some.
            LintSeqError: Rows are missing.
        """
        if self.source.num_rows not in (None, total.rows_in):
            counts = f"{self.source.num_rows} rows went in, {total.rows_in} are accounted for"
            raise LintSeqError(counts)
        # Rounded up: the last part may be shorter. It is counted from the rows, not from the list.
        num_parts = -(-total.rows_in // folder.manifest["part_rows"])
        parts = folder.listed()
        if set(parts) != set(range(num_parts)):
            raise DamageError("the list of parts is damaged")
        folder.save(num_parts=num_parts)
        return parts

    def _parts(
        self,
        folder: JobFolder,
        reader: PartReader,
        row_seconds: float | None,
        progress: Progress,
    ) -> Iterator[Part]:
        """Sample and write the parts that are missing."""
        work = work_of(self.run, self.run.linter, row_seconds)
        num_proc = self.run.num_proc or 1
        filling: list[Rows] = []
        count = 0
        with Pool(work, num_proc, progress.add) as pool:
            # At least two for each worker, or those behind a slow piece have nothing to do.
            ahead = max(2 * num_proc, _ROWS_AHEAD // self.run.batch_size)
            for piece, rows in pool.map(reader.pieces(), ahead, progress.tick):
                filling += rows
                count += piece.size
                # Pieces come back in the order of the source, so the oldest part is full first.
                if count == reader.begun[0].rows_in:
                    yield self._write(folder, reader.begun.popleft(), filling)
                    filling, count = [], 0

    def _write(self, folder: JobFolder, part: Part, filling: list[Rows]) -> Part:
        features = self.run.counted_features
        columns = {name: [v for rows in filling for v in rows[name]] for name in features}
        # Counted before the rows that the output leaves out go: they are accounted for, too.
        accounting = Accounting.of(columns)
        if accounting.rows_in != part.rows_in:
            counts = f"{part.rows_in} rows went in, {accounting.rows_in} are accounted for"
            raise LintSeqError(counts)
        table = typed_table(columns, features)
        part = Part(part.number, part.rows_in, accounting.as_dict(), part.digest)
        folder.write_part(part, self._wanted(table))
        return part

    def _wanted(self, table: pa.Table) -> pa.Table:
        """What the output is to hold of a table with rows for everything."""
        import pyarrow.compute as pc

        if self.run.leaves_out:
            index = self.run.counted_columns["sample_index"]
            table = table.filter(pc.not_equal(table[index], -1))
        schema = self.run.features.arrow_schema
        return table.select(schema.names).replace_schema_metadata(schema.metadata)


def total_of(parts: Iterable[Part]) -> Accounting:
    """What became of the rows of parts, all together."""
    return sum((Accounting.from_dict(part.accounting) for part in parts), Accounting())


def _parts_to_try_again(done: Mapping[int, Part]) -> set[int]:
    """Numbers of parts with rows that may not fail another time."""
    return {n for n, part in done.items() if to_try_again(Accounting.from_dict(part.accounting))}
