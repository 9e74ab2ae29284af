"""A job on one machine, with its source, its folder and its output.

A call of the same job does what is left to do:

    nothing is there                   all parts are sampled, and published
    some parts are there               the others are sampled, and all are published
    all parts, and half of the output  it is published
    the output                         nothing, or rows that failed are tried again

Whose an output is, `Occupancy` tells; what is not this job's is never touched unless told.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lintseq_datasets.errors import ConfigError, JobError, Remedy
from lintseq_datasets.files.output import check_split, output_kind
from lintseq_datasets.jobs._content import read_output
from lintseq_datasets.jobs._occupancy import Occupancy
from lintseq_datasets.jobs._part_maker import PartMaker, total_of
from lintseq_datasets.jobs._part_reader import RowSource, open_source, split_of
from lintseq_datasets.jobs._receipt import receipt_path, to_try_again
from lintseq_datasets.jobs._work import identity_of
from lintseq_datasets.jobs.folder import DamageError, JobFolder, Part, digest_of_identity
from lintseq_datasets.jobs.publication import Output, folder_of
from lintseq_datasets.mapping.accounting import Accounting
from lintseq_datasets.mapping.keeping import check_json
from lintseq_datasets.mapping.provenance import provenance
from lintseq_datasets.mapping.run import Run

_logger = logging.getLogger(__name__)

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
        self.kind = output_kind(output, saved)
        self.linter = run.linter
        self.source: RowSource = open_source(dataset, limit)
        features = getattr(dataset, "features", None)
        run = self.run = run.on(self.source.columns, features, lambda: iter(dataset))
        if self.kind == "jsonl":
            check_json(run.kept)
        # Before the identity is taken: columns that are not read may change between two calls.
        columns = self.source.columns
        self.source.keep([n for n in columns if n in (run.columns or ()) or n in run.kept])
        self.identity = self._identity(limit)
        self.id = digest_of_identity(self.identity)
        self._occupancy = Occupancy(self.id, self.identity)
        self._maker = PartMaker(run, self.source)

    def _identity(self, limit: int | None) -> dict[str, Any]:
        """Everything that the rows depend on, as plain values."""
        fingerprint = self.source.fingerprint()
        source: dict[str, Any] = {"fingerprint": fingerprint, "rows": self.source.num_rows}
        # A stream cannot be read through first. What is known of it stands for its rows, and
        # rows that are done are compared when they are read again.
        if fingerprint is None:
            info = self.dataset.info
            source |= {"name": info.dataset_name, "config": info.config_name, "limit": limit}
            # What `read_source` says of files that are here.
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
        if options.beside and self._occupancy.other(self.output) is not None:
            name = f"{self.output.stem}-{self.id[:8]}{self.output.suffix}"
            self.output = self.output.with_name(name)
        folder = JobFolder(folder_of(self.output), self.identity)
        # Without the lock at first: to take it makes a folder, and a finished output has none.
        finished = self._finished(folder, options)
        if finished is None:
            finished = self._go_on(folder, options)
        self._advise(finished, options)
        return finished

    def _go_on(self, folder: JobFolder, options: Options) -> Finished:
        existed = self.output.exists()  # asked now, as the lock makes the directory
        with _keeping(folder, self.output, existed), folder.locked():
            if (finished := self._finished(folder, options)) is not None:  # by another process
                return finished
            is_sampled = self._open(folder, options)
            accounting = self._make(folder, options)
            # All rows were there, so none was tried again: the output is taken apart for that.
            if is_sampled and options.retry_failed and to_try_again(accounting):
                folder.forget()
                self._open(folder, options)
                accounting = self._make(folder, options)
            folder.discard()
        _logger.info("finished: %s", accounting.in_one_line())
        rows = self._rows(accounting)
        self.run.warn_of_rows_without_sequence(accounting, rows)
        return Finished(self.output, rows, accounting)

    def _open(self, folder: JobFolder, options: Options) -> bool:
        """Open the folder of the job; whether all rows were sampled before.

        A finished output that is to be made again in parts is taken apart.
        """
        if options.overwrite:
            # With a receipt, rows of the old output would be taken over instead of made again.
            receipt_path(self.output).unlink(missing_ok=True)
        if not self._is_ours(folder):
            folder.forget()
        receipt = self._occupancy.receipt(self.output)
        if receipt is None:
            folder.open(options.part_rows or self._maker.part_rows)
        else:  # an output comes apart into the parts that it was made from, and no others
            folder.open(receipt.part_rows)
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
                # What the error before was about is found damaged again here, and made.
                parts = self._maker.make(
                    folder,
                    output.merged(folder),
                    retry_failed=options.retry_failed,
                    row_seconds=options.row_seconds,
                    shown=options.shown,
                )
                accounting = total_of(parts.values())
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

    def _finished(self, folder: JobFolder, options: Options) -> Finished | None:
        """The job, if there is nothing to do.

        Raises:
            JobError: The place is taken, or what is finished is not whole.
        """
        other = self._occupancy.other(self.output)
        if other is not None and not options.overwrite:
            choices = ("overwrite=True", "beside=True")
            remedy = Remedy("{} replaces it, {} keeps both", choices)
            if other == "exists":
                raise ConfigError("output", f"{str(self.output)!r} exists", remedy)
            raise JobError(other, str(self.output), remedy)
        if other is not None or options.overwrite or JobFolder.read(folder.path):
            return None
        if (accounting := self._occupancy.accounting(self.output)) is None:
            return None
        if options.retry_failed and to_try_again(accounting):
            if self._occupancy.receipt(self.output) is not None:
                return None
            problem = "what tells where rows failed is gone"
            remedy = Remedy("{} makes all rows again", ("overwrite=True",))
            raise JobError(problem, str(receipt_path(self.output)), remedy)
        folder.discard()
        level = logging.WARNING if options.shown else logging.INFO
        _logger.log(level, "%s: finished before, nothing to do", self.output)
        return Finished(self.output, self._rows(accounting), accounting, was_there=True)

    # --- the output ------------------------------------------------------------------

    def _publish(
        self, folder: JobFolder, output: Output, parts: Mapping[int, Part], accounting: Accounting
    ) -> None:
        import datasets

        # The record of how rows were made is written into a dataset, which needs none for that.
        features = self.run.features
        empty = datasets.Dataset.from_dict({name: [] for name in features}, features)
        self.run.write_provenance(empty, self.dataset, accounting)
        made = dict(provenance(empty) or {})
        made["job"] = {"id": self.id, "identity": self.identity}
        output.finish(folder, parts, made, empty.info)

    def _rows(self, accounting: Accounting) -> int:
        plan = self.run.plan
        if self.run.leaves_out and not plan.format.has_parts:
            return accounting.num_sequences
        # a row may fail several times over, and a sequence may have several rows
        if plan.reading.divides_rows or plan.format.has_parts:
            schema = self.run.features.arrow_schema
            return sum(table.num_rows for table in read_output(self.output, schema))
        return accounting.num_sequences + accounting.num_skipped + accounting.num_failed


@contextlib.contextmanager
def _keeping(folder: JobFolder, output: Path, existed: bool) -> Iterator[None]:
    """Say how to go on when the job stops; leave nothing where nothing is done."""
    try:
        yield
    except BaseException as error:  # Ctrl-C and signals, too
        rows = folder.rows_done
        # A process that never held the lock would remove the folder of the one that does.
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
