"""A job on one machine, with its source, its folder and its output."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lintseq_datasets.errors import ConfigError, JobError, LintSeqError
from lintseq_datasets.files.output import check_split, kind_of, read_provenance
from lintseq_datasets.jobs._content import read_output
from lintseq_datasets.jobs._part_reader import PartReader, RowSource, open_source, split_of
from lintseq_datasets.jobs._pool import Pool, Rows
from lintseq_datasets.jobs._progress import Progress
from lintseq_datasets.jobs._receipt import Receipt, receipt_path, to_try_again
from lintseq_datasets.jobs._work import identity_of, work_of
from lintseq_datasets.jobs.folder import DamageError, JobFolder, Part, differences, job_id
from lintseq_datasets.jobs.publication import Output, folder_of, is_whole
from lintseq_datasets.mapping.accounting import Accounting
from lintseq_datasets.mapping.keeping import check_json, typed_table
from lintseq_datasets.mapping.provenance import provenance
from lintseq_datasets.mapping.run import Run

if TYPE_CHECKING:
    import pyarrow as pa

_logger = logging.getLogger(__name__)

_PART_ROWS = 250
_PART_ROWS_WITHOUT_LINTER = 2000
_MOST_PARTS = 10_000  # where the number of rows is known
_ROWS_AHEAD = 1024
_ATTEMPTS = 3  # to write what can be read


@dataclass(frozen=True, slots=True)
class Finished:
    """A job that is finished.

    Args:
        output: Where the rows are.
        rows: How many there are.
        accounting: What became of the rows of the source.
        was_there: Whether it was finished before, so that nothing was done.
    """

    output: Path
    rows: int
    accounting: Accounting
    was_there: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Options:
    """What may differ between two calls of the same job; see `local.generate`."""

    overwrite: bool
    beside: bool
    retry_failed: bool
    part_rows: int | None
    row_seconds: float | None
    shown: bool


class Job:
    """A job whose source was looked at."""

    def __init__(
        self,
        run: Run,
        dataset: Any,
        output: Path,
        split: str | None,
        limit: int | None,
        saved: bool,
    ) -> None:
        self.run = run
        self.dataset = dataset
        self.output = output
        self.split = check_split(split) if split else split_of(dataset)
        self.kind = kind_of(output, saved)
        self.linter = run.linter
        self.source: RowSource = open_source(dataset, limit)
        features = getattr(dataset, "features", None)
        run = self.run = run.on(self.source.columns, features, lambda: iter(dataset))
        if self.kind == "jsonl":
            check_json(run.kept)
        self.source.keep(_needed(run, self.source.columns))
        self.identity = self._identity(limit)
        self.id = job_id(self.identity)

    def _identity(self, limit: int | None) -> dict[str, Any]:
        """Everything that the rows depend on, as plain values."""
        fingerprint = self.source.fingerprint()
        source: dict[str, Any] = {"fingerprint": fingerprint, "rows": self.source.num_rows}
        if fingerprint is None:
            info = self.dataset.info
            source |= {"name": info.dataset_name, "config": info.config_name, "limit": limit}
            # What `read_source` says of files that are here; others are compared as they are read.
            checksums = (file.get("checksum") for file in (info.download_checksums or {}).values())
            source["content"] = sorted(filter(None, checksums))
        return {
            **identity_of(self.run, self.linter),
            "source": {**source, "columns": list(self.source.columns)},
            "output": {"kind": self.kind, "split": self.split},
        }

    def start(self, options: Options) -> Finished:
        """Start the job or go on with it, unless it is finished.

        Raises:
            JobError: The output belongs to another job, is worked on, or cannot be written.
        """
        if options.beside and self._other(self.output) is not None:
            name = f"{self.output.stem}-{self.id[:8]}{self.output.suffix}"
            self.output = self.output.with_name(name)
        folder = JobFolder(folder_of(self.output), self.identity)
        finished = self._finished(folder, options)
        if finished is None:
            finished = self._go_on(folder, options)
        self._advise(finished, options)
        return finished

    def _go_on(self, folder: JobFolder, options: Options) -> Finished:
        existed = self.output.exists()
        with _keeping(folder, self.output, existed), folder.locked():
            if (finished := self._finished(folder, options)) is not None:  # by another process
                return finished
            is_sampled = self._open(folder, options)
            accounting = self._make(folder, options)
            if is_sampled and options.retry_failed and to_try_again(accounting):
                folder.forget()
                self._open(folder, options)
                accounting = self._make(folder, options)
            folder.discard()
        _logger.info("finished: %s", accounting)
        rows = self._rows(accounting)
        self.run.warn_of_rows_without_sequence(accounting, rows)
        return Finished(self.output, rows, accounting)

    def _open(self, folder: JobFolder, options: Options) -> bool:
        """Open the folder of the job; whether all rows were sampled before.

        A finished output that is to be made again in parts is taken apart.
        """
        if options.overwrite:
            receipt_path(self.output).unlink(missing_ok=True)
        if not self._is_ours(folder):
            folder.forget()
        receipt = self._receipt()
        default = self._part_rows() if receipt is None else receipt.part_rows
        folder.open(default if receipt else options.part_rows or default)
        is_sampled = "num_parts" in folder.manifest
        if receipt is not None and not is_sampled:
            receipt.take_apart(self.output, folder, self.run.features.arrow_schema)
        return is_sampled

    def _is_ours(self, folder: JobFolder) -> bool:
        """Whether there is a job in the folder, and if, whether it is this one."""
        try:
            job: str = (JobFolder.read(folder.path) or {}).get("job", self.id)
        except JobError:
            return False
        return job == self.id

    def _make(self, folder: JobFolder, options: Options) -> Accounting:
        """Sample what is missing and publish; what is damaged meanwhile is made again."""
        output = Output(self.output, self.kind, self.split, self.run.features)
        for _ in range(_ATTEMPTS):
            try:
                parts = self._sample(folder, options, output)
                accounting = _total(parts.values())
                self._publish(folder, output, parts, accounting)
            except DamageError as damage:
                _logger.warning("%s: %s; it is made again", self.output, damage)
            else:
                return accounting
        problem = f"what is written is not what can be read, {_ATTEMPTS} times: check the disk"
        raise JobError(problem, str(self.output))

    def _advise(self, finished: Finished, options: Options) -> None:
        """Say what may be tried again."""
        if reasons := to_try_again(finished.accounting):
            counts = ", ".join(f"{reason} {count:,}" for reason, count in reasons.items())
            text = "%s: %s rows failed as they might not at another time (%s); the same call with "
            text += "retry_failed=True, or the same command with --retry-failed, tries them again"
            level = logging.WARNING if options.shown else logging.INFO
            _logger.log(level, text, self.output, f"{sum(reasons.values()):,}", counts)

    # --- what is there ---------------------------------------------------------------

    def _other(self, output: Path) -> str | None:
        """What is at a place, unless it is this job, finished or not; for people."""
        try:
            manifest = JobFolder.read(folder_of(output))
        except JobError as damage:
            return f"{damage.problem}, and nothing says what is done"
        if manifest is not None:
            if manifest.get("job") == self.id:
                return None
            different = "; ".join(differences(self.identity, manifest))
            return f"holds an unfinished job that is another one: {different}"
        job, identity = self._maker(output)
        if job == self.id:
            return None
        if job is not None:
            different = "; ".join(differences(self.identity, identity))
            return f"exists and was made by another job: {different}"
        if not output.is_dir():
            return "exists" if output.exists() else None
        # A job folder without a manifest is one that was stopped before it started.
        return "exists" if set(output.iterdir()) - {folder_of(output)} else None

    def _maker(self, output: Path) -> tuple[str | None, Mapping[str, Any]]:
        """Id and identity of the job that a finished output is of; None if it is of none."""
        if output.is_dir():
            job = (read_provenance(output) or {}).get("job")
            return (job.get("id"), job.get("identity", {})) if isinstance(job, dict) else (None, {})
        receipt = Receipt.read(receipt_path(output))
        if receipt is None or not (receipt.job == self.id or receipt.is_of(output)):
            return None, {}
        return receipt.job, receipt.identity

    def _finished(self, folder: JobFolder, options: Options) -> Finished | None:
        """The job, if there is nothing to do.

        Raises:
            JobError: The place is taken, or what is finished is not whole.
        """
        other = self._other(self.output)
        if other is not None and not options.overwrite:
            hint = "--overwrite replaces it, --beside keeps both"
            if other == "exists":
                raise ConfigError("output", f"{str(self.output)!r} {other}; {hint}")
            raise JobError(f"{other}. {hint}.", str(self.output))
        if other is not None or options.overwrite or JobFolder.read(folder.path):
            return None
        if (accounting := self._finished_accounting()) is None:
            return None
        if options.retry_failed and to_try_again(accounting):
            if self._receipt() is not None:
                return None
            problem = "what tells where rows failed is gone; --overwrite makes all rows again"
            raise JobError(problem, str(receipt_path(self.output)))
        folder.discard()
        level = logging.WARNING if options.shown else logging.INFO
        _logger.log(level, "%s: finished before, nothing to do", self.output)
        return Finished(self.output, self._rows(accounting), accounting, was_there=True)

    def _finished_accounting(self) -> Accounting | None:
        """What became of the rows of the finished output; None if there is none.

        Raises:
            JobError: It was changed.
        """
        made, receipt = read_provenance(self.output), self._receipt_at(self.output)
        if made is not None:
            with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
                if is_whole(self.output, made):
                    return Accounting.from_dict(made["accounting"])
        elif receipt is not None and self.output.is_file():
            if receipt.is_of(self.output):
                return receipt.accounting
        else:
            return None
        problem = "files of this finished dataset are missing or changed; --overwrite replaces them"
        raise JobError(problem, str(self.output))

    def _receipt_at(self, output: Path) -> Receipt | None:
        """The receipt of this job at a place."""
        receipt = Receipt.read(receipt_path(output))
        return receipt if receipt is not None and receipt.job == self.id else None

    def _receipt(self) -> Receipt | None:
        """The receipt of the output, if the output is that of this job and there."""
        receipt = self._receipt_at(self.output)
        return receipt if receipt is not None and receipt.is_of(self.output) else None

    # --- the work --------------------------------------------------------------------

    def _part_rows(self) -> int:
        usual = _PART_ROWS if self.run.linter else _PART_ROWS_WITHOUT_LINTER
        least = max(usual, self.run.batch_size)
        return max(least, (self.source.num_rows or 0) // _MOST_PARTS)

    def _sample(self, folder: JobFolder, options: Options, output: Output) -> dict[int, Part]:
        """Sample the rows of which there is no part; returns all parts in order."""
        done = folder.parts(output.merged(folder))
        num_parts = folder.manifest.get("num_parts")
        if num_parts is not None and set(done) == set(range(num_parts)):
            return done  # only the output is missing
        retries = options.retry_failed and num_parts is None
        again = _parts_to_try_again(done) if retries else set()
        before = _total(part for number, part in done.items() if number not in again)
        level = logging.WARNING if options.shown else logging.INFO
        if done:
            _logger.log(level, "going on: %s rows are done", f"{before.rows_in:,}")
        _logger.info("job %s: %s", folder.job, self.identity)
        progress = Progress(self.source.num_rows, "Sampling", before, options.shown)
        self.source.rewind()
        reader = PartReader(
            self.source, folder.manifest["part_rows"], self.run.batch_size, done, again,
            self.run.num_proc or 1,
        )  # fmt: skip
        total = before
        try:
            for part in self._parts(folder, reader, options.row_seconds, progress):
                total += Accounting.from_dict(part.accounting)
                text = "part %d: %s; %.2f rows/s"
                _logger.info(text, part.number, total, progress.rate)
        finally:
            progress.close()
        return self._all_parts(folder, total)

    def _all_parts(self, folder: JobFolder, total: Accounting) -> dict[int, Part]:
        """All parts, of which it is noted that they are there.

        Raises:
            DamageError: The list of parts lacks some.
            LintSeqError: Rows are missing.
        """
        if self.source.num_rows not in (None, total.rows_in):
            counts = f"{self.source.num_rows} rows went in, {total.rows_in} are accounted for"
            raise LintSeqError(counts)
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
        work = work_of(self.run, self.linter, row_seconds)
        num_proc = self.run.num_proc or 1
        filling: list[Rows] = []
        count = 0
        with Pool(work, num_proc, progress.add) as pool:
            ahead = max(2 * num_proc, _ROWS_AHEAD // self.run.batch_size)
            for piece, rows in pool.map(reader.pieces(), ahead, progress.tick):
                filling += rows
                count += piece.size
                if count == reader.begun[0].rows_in:
                    yield self._write(folder, reader.begun.popleft(), filling)
                    filling, count = [], 0

    def _write(self, folder: JobFolder, part: Part, filling: list[Rows]) -> Part:

        features = self.run.counted_features
        columns = {name: [v for rows in filling for v in rows[name]] for name in features}
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

    # --- the output ------------------------------------------------------------------

    def _publish(
        self, folder: JobFolder, output: Output, parts: Mapping[int, Part], accounting: Accounting
    ) -> None:
        import datasets

        features = self.run.features
        empty = datasets.Dataset.from_dict({name: [] for name in features}, features)
        self.run.write_provenance(empty, self.dataset, accounting)
        made = dict(provenance(empty) or {})
        made["job"] = {"id": self.id, "identity": self.identity}
        output.finish(folder, parts, made, empty.info)

    def _rows(self, accounting: Accounting) -> int:
        if self.run.leaves_out:
            return accounting.num_sequences
        if self.run.plan.reading.divides_rows:  # a row may fail several times over
            schema = self.run.features.arrow_schema
            return sum(table.num_rows for table in read_output(self.output, schema))
        return accounting.num_sequences + accounting.num_skipped + accounting.num_failed


def _needed(run: Run, names: Sequence[str]) -> list[str]:
    """The columns of a source that are read or kept."""
    return [name for name in names if name in (run.columns or ()) or name in run.kept]


def _total(parts: Iterable[Part]) -> Accounting:
    return sum((Accounting.from_dict(part.accounting) for part in parts), Accounting())


def _parts_to_try_again(done: Mapping[int, Part]) -> set[int]:
    """Numbers of parts with rows that may not fail another time."""
    return {n for n, part in done.items() if to_try_again(Accounting.from_dict(part.accounting))}


@contextlib.contextmanager
def _keeping(folder: JobFolder, output: Path, existed: bool) -> Iterator[None]:
    """Say how to go on when the job stops; leave nothing where nothing is done."""
    try:
        yield
    except BaseException as error:
        rows = folder.rows_done
        if folder.held and not folder.holds_work():
            folder.discard()
            if not existed:
                with contextlib.suppress(OSError):
                    output.rmdir()
        kept = f"{rows:,} rows are done and kept" if rows else "no rows were done yet"
        advice = f"{kept}; the same command goes on from there"
        if isinstance(error, OSError):
            problem = f"cannot write: {error.strerror or error}; {advice} once this is put right"
            raise JobError(problem, str(output)) from error
        if not isinstance(error, Exception):
            _logger.warning("%s: stopped; %s", output, advice)
        raise
