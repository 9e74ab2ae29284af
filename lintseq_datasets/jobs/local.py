"""A job on one machine that may be interrupted at any moment and goes on where it was.

The source is read in order and cut into parts. Worker processes sample the rows of a
part; the part is then written as a Parquet file that appears whole or not at all, and
says in its footer what went into it. A part that is there is done, nothing else is.
When all parts are there they are merged into the output, which appears last.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lintseq_datasets.errors import ConfigError, JobError, LintSeqError
from lintseq_datasets.jobs._pool import Pool, Rows
from lintseq_datasets.jobs._progress import Progress, log_file
from lintseq_datasets.jobs._rows import PartReader, Source, open_source
from lintseq_datasets.jobs._work import identity_of, rows_at_once, work_of
from lintseq_datasets.jobs.folder import JobFolder, Part, differences, job_id
from lintseq_datasets.jobs.output import Output, folder_of, is_whole, kind_of, read_record
from lintseq_datasets.mappers import OnError, OutputFormat
from lintseq_datasets.markdown import ExtractCode
from lintseq_datasets.metrics import Accounting
from lintseq_datasets.provenance import provenance
from lintseq_datasets.run import Run
from lintseq_datasets.samplers.config import LintSeqConfig, RandSeqConfig, with_options

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Dataset, IterableDataset

_logger = logging.getLogger(__name__)

_PART_ROWS = {"lintseq": 250, "randseq": 2000}
_MOST_PARTS = 10_000  # where the number of rows is known
_ROWS_AHEAD = 1024


@dataclass(frozen=True, slots=True)
class Finished:
    """A job that is finished.

    Args:
        output: Where the rows are.
        rows: How many there are.
        accounting: What became of the rows of the source.
    """

    output: Path
    rows: int
    accounting: Accounting


# --- the public function -------------------------------------------------------------


def generate(
    dataset: Dataset | IterableDataset,
    output: str | Path,
    config: LintSeqConfig | RandSeqConfig | None = None,
    num_proc: int | None = None,
    *,
    split: str | None = None,
    limit: int | None = None,
    saved: bool = False,
    overwrite: bool = False,
    beside: bool = False,
    instruction_column: str | None = None,
    program_column: str | None = None,
    state_column: str | None = None,
    extract_code: ExtractCode = "auto",
    output_format: OutputFormat = "default",
    on_error: OnError = "record",
    source_file: str = "",
    batch_size: int = 100,
    part_rows: int | None = None,
    row_seconds: float | None = None,
    progress: bool = True,
    log: str | Path | None = None,
    **options: Any,
) -> Finished:
    """Refactor a dataset into files, in a job that can be interrupted and called again.

    The same call over the same output goes on where it was stopped, and ends with the
    rows of an undisturbed run, in order. Rows that end or block their worker process
    are recorded as ``failed:worker_died`` and ``failed:worker_hung``.

    Args:
        dataset: One split, streaming or not. Of a streaming dataset, rows that are
            done are read again and compared.
        output: A file ``.parquet`` or ``.jsonl``; otherwise a directory, which
            `datasets.load_dataset` reads. What is unfinished is kept in a hidden folder
            in the directory or beside the file.
        config: Choices of the sampler: a `LintSeqConfig` (by default) or `RandSeqConfig`.
        num_proc: Worker processes; one by default. Of no effect on the result.
        split: Name of the split; that of the dataset by default, or ``train``.
        limit: Take only so many rows from the start.
        saved: Let `datasets.Dataset.save_to_disk` write the directory.
        overwrite: Replace an output, or an unfinished job of another kind, that is there.
        beside: Write another job than the one that is there to a path of its own, which
            ends with the job's id.
        instruction_column: See `lintseq_datasets.lintseq_map`, also for the next six.
        program_column: Column of the program.
        state_column: Column of the state to start from, with ``start="given"``.
        extract_code: How programs are found in chat answers.
        output_format: ``"default"``, ``"conversational"`` or ``"pylintseq"``.
        on_error: What becomes of a row that gives no sequence.
        source_file: Value of the column of that name with ``output_format="pylintseq"``.
        batch_size: Rows that a worker gets at once, at most.
        part_rows: Rows of the source in a part: what an interruption can cost. A job
            that goes on keeps its own.
        row_seconds: Wall-clock seconds after which a worker is held to hang; by default
            ten times the ``time_limit`` of a `LintSeqConfig` and a minute.
        progress: Whether a progress bar is shown.
        log: File to which the log is appended.
        **options: Fields of the configuration, which change ``config``.

    Returns:
        Where the rows are and what became of those of the source.

    Raises:
        ColumnError: A column is missing, ambiguous or holds no text.
        ConfigError: An option has no usable value, or the output may not be replaced.
        JobError: The output belongs to another job, is worked on, or cannot be written.
        MissingExtraError: The linter is not installed.
        RowError: A row gives no sequence and ``on_error="raise"``; its ``index`` counts
            the rows of the source.
    """
    chosen = with_options(config or LintSeqConfig(), options)
    run = Run(
        chosen, num_proc, batch_size, instruction_column, program_column, extract_code,
        output_format, on_error, source_file, state_column,
    )  # fmt: skip
    for name, value in (
        ("num_proc", num_proc),
        ("batch_size", batch_size),
        ("part_rows", part_rows),
    ):
        if value is not None and value < 1:
            raise ConfigError(name, f"{value} is less than 1")
    with log_file(None if log is None else Path(log)):
        job = _Job(run, dataset, Path(output), split, limit, saved)
        return job.start(overwrite, beside, part_rows, row_seconds, progress)


# --- one job -------------------------------------------------------------------------


class _Job:
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
        self.split = split or str(getattr(dataset, "split", None) or "train")
        self.kind = kind_of(output, saved)
        self.linter = run.linter
        self.source: Source = open_source(dataset, limit)
        columns = run.check_columns(self.source.columns)
        self.source.keep([name for name in columns if name is not None])
        self.identity = self._identity(limit)
        self.id = job_id(self.identity)

    def _identity(self, limit: int | None) -> dict[str, Any]:
        """Everything that the rows depend on, as plain values."""
        fingerprint = self.source.fingerprint()
        source = {"fingerprint": fingerprint, "rows": self.source.num_rows}
        if fingerprint is None:
            info = self.dataset.info
            source |= {"name": info.dataset_name, "config": info.config_name, "limit": limit}
        return {
            **identity_of(self.run, self.linter),
            "source": {**source, "columns": list(self.source.columns)},
            "output": {"kind": self.kind, "split": self.split},
        }

    def start(
        self,
        overwrite: bool,
        beside: bool,
        part_rows: int | None,
        row_seconds: float | None,
        shown: bool,
    ) -> Finished:
        if beside and self._other(self.output) is not None:
            name = f"{self.output.stem}-{self.id[:8]}{self.output.suffix}"
            self.output = self.output.with_name(name)
        folder = JobFolder(folder_of(self.output), self.identity)
        if (finished := self._finished(folder, overwrite, shown)) is not None:
            return finished
        existed = self.output.exists()
        with _keeping(folder, self.output, existed):
            with folder.locked():
                if (JobFolder.read(folder.path) or {}).get("job", self.id) != self.id:
                    (folder.path / "manifest.json").unlink()
                folder.open(part_rows or self._part_rows())
                accounting = self._sample(folder, row_seconds, shown)
                self._publish(folder, accounting)
            folder.discard()
        _logger.info("finished: %s", accounting)
        return Finished(self.output, self._rows(accounting), accounting)

    # --- what is there ---------------------------------------------------------------

    def _other(self, output: Path) -> str | None:
        """What is at a place, unless it is this job, finished or not; for people."""
        if (manifest := JobFolder.read(folder_of(output))) is not None:
            if manifest.get("job") == self.id:
                return None
            different = "; ".join(differences(self.identity, manifest))
            return f"holds an unfinished job that is another one: {different}"
        if output.is_dir() and (record := read_record(output)) and "job" in record:
            if record["job"].get("id") == self.id:
                return None
            different = "; ".join(differences(self.identity, record["job"].get("identity", {})))
            return f"exists and was made by another job: {different}"
        if not output.is_dir():
            return "exists" if output.exists() else None
        # A job folder without a manifest is one that was stopped before it started.
        return "exists" if set(output.iterdir()) - {folder_of(output)} else None

    def _finished(self, folder: JobFolder, overwrite: bool, shown: bool) -> Finished | None:
        """The job, if there is nothing to do.

        Raises:
            JobError: The place is taken.
        """
        other = self._other(self.output)
        if other is not None and not overwrite:
            hint = "--overwrite replaces it, --beside keeps both"
            if other == "exists":
                raise ConfigError("output", f"{str(self.output)!r} {other}; {hint}")
            raise JobError(f"{other}. {hint}.", str(self.output))
        record = read_record(self.output)
        if other is not None or overwrite or not record or JobFolder.read(folder.path):
            return None
        if not is_whole(self.output, record):
            problem = "files of this finished dataset are missing or changed; --overwrite replaces"
            raise JobError(f"{problem} them", str(self.output))
        folder.discard()
        accounting = Accounting.from_dict(record["accounting"])
        level = logging.WARNING if shown else logging.INFO
        _logger.log(level, "%s: finished before, nothing to do", self.output)
        return Finished(self.output, self._rows(accounting), accounting)

    # --- the work --------------------------------------------------------------------

    def _part_rows(self) -> int:
        return max(_PART_ROWS[self.run.method], (self.source.num_rows or 0) // _MOST_PARTS)

    def _sample(self, folder: JobFolder, row_seconds: float | None, shown: bool) -> Accounting:
        if "num_parts" in folder.manifest:  # only the output is missing
            return Accounting.from_dict(folder.manifest["accounting"])
        done = folder.parts()
        total = sum((Accounting.from_dict(p.accounting) for p in done.values()), Accounting())
        if done:
            level = logging.WARNING if shown else logging.INFO
            _logger.log(level, "going on: %s rows are done", f"{total.rows_in:,}")
        _logger.info("job %s: %s", folder.job, self.identity)
        progress = Progress(self.source.num_rows, self.run.description, total, shown)
        try:
            for part in self._parts(folder, done, row_seconds, progress):
                total += Accounting.from_dict(part.accounting)
                text = "part %d: %s; %.2f rows/s"
                _logger.info(text, part.number, total, progress.rate)
        finally:
            progress.close()
        if self.source.num_rows not in (None, total.rows_in):
            counts = f"{self.source.num_rows} rows went in, {total.rows_in} are accounted for"
            raise LintSeqError(counts)
        num_parts = -(-total.rows_in // folder.manifest["part_rows"])
        folder.save(num_parts=num_parts, accounting=total.as_dict())
        return total

    def _parts(
        self,
        folder: JobFolder,
        done: Mapping[int, Part],
        row_seconds: float | None,
        progress: Progress,
    ) -> Iterator[Part]:
        """Sample and write the parts that are missing."""
        size = self._piece_rows(folder.manifest["part_rows"])
        reader = PartReader(self.source, folder.manifest["part_rows"], size, dict(done))
        work = work_of(self.run, self.linter, row_seconds)
        filling: list[Rows] = []
        count = 0
        with Pool(work, self.run.num_proc or 1, progress.add) as pool:
            ahead = max(4 * (self.run.num_proc or 1), _ROWS_AHEAD // size)
            for piece, rows in pool.map(reader.pieces(), ahead, progress.tick):
                filling += rows
                count += piece.size
                if count == reader.begun[0].rows_in:
                    yield self._write(folder, reader.begun.popleft(), filling)
                    filling, count = [], 0

    def _write(self, folder: JobFolder, part: Part, filling: list[Rows]) -> Part:
        import pyarrow as pa

        features = self.run.counted_features
        columns = {name: [v for rows in filling for v in rows[name]] for name in features}
        accounting = Accounting.of(columns)
        if accounting.rows_in != part.rows_in:
            counts = f"{part.rows_in} rows went in, {accounting.rows_in} are accounted for"
            raise LintSeqError(counts)
        table = pa.Table.from_pydict(columns, schema=features.arrow_schema)
        part = Part(part.number, part.rows_in, accounting.as_dict(), part.digest)
        folder.write_part(part, self._wanted(table))
        return part

    def _wanted(self, table: pa.Table) -> pa.Table:
        """What the output is to hold of a table with rows for everything."""
        import pyarrow.compute as pc

        published = self.run.output_format == "pylintseq"
        if published or self.run.on_error == "skip":
            table = table.filter(pc.greater_equal(table["sample_index"], 0))
        schema = self.run.features.arrow_schema
        return table.select(schema.names).replace_schema_metadata(schema.metadata)

    def _piece_rows(self, part_rows: int) -> int:
        """Rows that a worker gets at once: few enough to keep all of them busy."""
        share = (self.source.num_rows or part_rows) // (4 * (self.run.num_proc or 1))
        return rows_at_once(self.run, min(part_rows, share))

    # --- the output ------------------------------------------------------------------

    def _publish(self, folder: JobFolder, accounting: Accounting) -> None:
        import datasets

        features = self.run.features
        empty = datasets.Dataset.from_dict({name: [] for name in features}, features)
        self.run.record(empty, self.dataset, accounting)
        record = dict(provenance(empty) or {})
        record["job"] = {"id": self.id, "identity": self.identity}
        output = Output(self.output, self.kind, self.split, features, record)
        output.finish(folder, folder.manifest["num_parts"], empty.info)

    def _rows(self, accounting: Accounting) -> int:
        if self.run.on_error == "skip" or self.run.output_format == "pylintseq":
            return accounting.num_sequences
        return accounting.num_sequences + accounting.num_skipped + accounting.num_failed


@contextlib.contextmanager
def _keeping(folder: JobFolder, output: Path, existed: bool) -> Iterator[None]:
    """Say how to go on when the job stops; leave nothing where nothing is done."""
    try:
        yield
    except BaseException as error:
        rows = folder.rows_done or folder.manifest.get("accounting", {}).get("rows_in", 0)
        if folder.held and not rows:
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
