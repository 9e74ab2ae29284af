"""The mappers as a step of a datatrove pipeline, for its Local, Slurm and Ray executors.

datatrove remembers which tasks are finished, but not what they did: with the log folder
of an earlier run it skips them, whatever has changed. So derive the folders of logs and
of output from `job_id`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Unpack

from lintseq_datasets.errors import ConfigError, MissingExtraError
from lintseq_datasets.jobs._piece import Piece, Rows
from lintseq_datasets.jobs._pool import Pool
from lintseq_datasets.jobs._work import identity_of, work_of
from lintseq_datasets.mapping.accounting import AUDIT_COLUMNS, DONE_COLUMN
from lintseq_datasets.mapping.choices import OutputFormat
from lintseq_datasets.mapping.features import features_of
from lintseq_datasets.mapping.json_columns import has_json, typed_array
from lintseq_datasets.mapping.keywords import LintSeqMapOptions
from lintseq_datasets.mapping.plan import plan_of
from lintseq_datasets.mapping.row_texts import texts_of_row
from lintseq_datasets.mapping.run import Run, rows_at_once
from lintseq_datasets.samplers.config import SamplerConfig
from lintseq_datasets.samplers.option_types import Start

if TYPE_CHECKING:
    from datasets import Features

try:
    from datatrove.data import Document
    from datatrove.pipeline.base import PipelineStep
    from datatrove.pipeline.writers.parquet import ParquetWriter
except ImportError as error:
    raise MissingExtraError("datatrove", "datatrove") from error

__all__ = ["LintSeqStep", "edits_writer", "job_id", "read_row"]

_ROW = "lintseq_row"  # where `read_row` keeps a row
_TEXT = "program"  # column of the text of a document that some other adapter made
_AHEAD = 64  # rows


def read_row(_reader: Any, row: dict[str, Any], path: str, number: int | str) -> dict[str, Any]:
    """Adapter for datatrove's readers that keeps every row as it is.

    Without it, a reader leaves out rows whose text is empty, and nobody counts them.

    Returns:
        What becomes a document: the row is in its metadata.
    """
    # `LintSeqStep` takes the row from the metadata, and never reads this text.
    return {"id": f"{path}/{number}", "text": "(a row)", "metadata": {_ROW: row}}


class LintSeqStep(PipelineStep):  # type: ignore[misc]
    """Documents with programs in, documents with edit sequences out.

    A document that `read_row` made is a row of the source, whose columns are found or
    named as for `lintseq_map`. Of any other document, the text is the program, and its
    metadata are the other columns.

    The metadata of a document that comes out are a row of ``features_of(output_format, start)``,
    its text is the completion; `edits_writer` writes the row. Every source row is in the
    statistics: ``rows_in``, ``sampled``, ``skipped/<reason>``, ``failed/<reason>``,
    ``sequences``, ``edits``, ``audited_states`` and ``rejected_states``. Rows are sampled
    in worker processes of the task, so that one that ends its process is recorded and the task
    goes on.

    Args:
        config: Choices of the sampler: a `LintSeqConfig` (by default) or `RandSeqConfig`.
        num_proc: Worker processes of each task.
        batch_size: Rows that a worker gets at once, at most; see `local.generate`.
        row_seconds: Processor seconds for these rows, past which the worker is ended.
        **options: Those of `lintseq_map`: fields of the configuration, which change ``config``,
            of `Reading` and of `Writing`. Columns in ``keep_columns`` have names, and are None
            where a document has none of that name. Rows that ``on_error="skip"`` leaves out are
            counted all the same. Not ``output_format="pylintseq"``, which wants the numbers of
            rows.

    Raises:
        ConfigError: An option has no usable value.
        MissingExtraError: The linter is not installed.
    """

    name = "LintSeq"
    type = "EDIT SEQUENCES"

    def __init__(
        self,
        config: SamplerConfig | None = None,
        num_proc: int = 1,
        *,
        batch_size: int | None = None,
        row_seconds: float | None = None,
        **options: Unpack[LintSeqMapOptions],
    ) -> None:
        super().__init__()
        plan = plan_of(config, options, others=["batch_size", "num_proc", "row_seconds"])
        if plan.format.tells_number:
            problem = "rows of several tasks have no numbers, which this format wants"
            raise ConfigError("output_format", problem)
        if plan.writing.keep_columns is True:
            raise ConfigError("keep_columns", "documents have no columns in common: name them")
        size = batch_size or rows_at_once(plan)
        self.run_options = Run(plan=plan, num_proc=num_proc, batch_size=size)
        self.row_seconds = row_seconds
        self.linter = self.run_options.linter

    @property
    def identity(self) -> dict[str, Any]:
        """Everything that the output of a row depends on, as plain values."""
        return identity_of(self.run_options, self.linter)

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Iterator[Document]:
        """Sample the programs of documents.

        Args:
            data: Documents.
            rank: Number of the task; of no effect.
            world_size: Number of tasks; of no effect.

        Yields:
            Documents in the same order, as many for each as it has sequences.
        """
        run = self.run_options
        size = run.batch_size
        ahead = max(2 * (run.num_proc or 1), _AHEAD // size)
        ids: dict[int, list[str]] = {}
        work = work_of(run, self.linter, self.row_seconds)
        with Pool(work, run.num_proc or 1) as pool:
            for piece, parts in pool.map(_pieces(data or (), size, ids, self._kept), ahead):
                # A piece that was halved comes back in several parts, of rows in their order.
                own = iter(ids.pop(piece.first))
                for rows in parts:
                    yield from self._documents(rows, own)

    @property
    def _kept(self) -> tuple[str, ...]:
        kept = self.run_options.plan.writing.keep_columns
        return kept if isinstance(kept, tuple) else ()

    def _documents(self, rows: Rows, ids: Iterator[str]) -> Iterator[Document]:
        own = ""
        names = self.run_options.counted_columns
        wanted = [*self.run_options.features, *self._kept]
        for values in zip(*rows.values(), strict=True):
            given = dict(zip(rows, values, strict=True))
            row = {name: given[name] for name in wanted}
            counts = {name: given[column] for name, column in names.items()}
            index = counts["sample_index"]
            for name in given[DONE_COLUMN].split():
                self.stat_update(f"answers/{name}")
            for name in AUDIT_COLUMNS:
                self.stat_update(name, value=counts[name])
            if index in (0, -1):  # the first of a row of the source
                own, number = next(ids), 0
                self._count(counts["status"])
            # A row without a sequence has no text. Its metadata say why.
            if row["sample_index"] < 0:
                if index != -1 or not self.run_options.leaves_out:
                    yield Document(text="", id=own, metadata=row)
                continue
            if index >= 0:
                self.stat_update("sequences")
                self.stat_update("edits", value=counts["num_edits"], unit="sequence")
            text = texts_of_row(row).completion or ""
            yield Document(text=text, id=f"{own}/{number}", metadata=row)
            number += 1

    def _count(self, status: str) -> None:
        self.stat_update("rows_in", "sampled" if status == "ok" else status.replace(":", "/", 1))


def edits_writer(
    output_folder: Any,
    *,
    output_format: OutputFormat = "default",
    start: Start = "empty",
    features: Features | None = None,
    **options: Any,
) -> ParquetWriter:
    """A writer of the rows of a `LintSeqStep`, which `datasets.load_dataset` reads.

    Args:
        output_folder: A folder, local or remote, of this job alone.
        output_format: That of the step.
        start: That of the step's configuration.
        features: Of rows that keep columns of the source: see `features_of`, whose ``dataset``
            is the source or the types of its columns.
        **options: Others of datatrove's ``ParquetWriter``.
    """
    schema = (features or features_of(output_format, start)).arrow_schema
    has_values = any(has_json(field.type) for field in schema)
    kind = _ValuesWriter if has_values else ParquetWriter
    return kind(output_folder, adapter=_write_row, schema=schema, **options)


class _ValuesWriter(ParquetWriter):  # type: ignore[misc]
    """A writer of rows with values that are JSON: Arrow makes no arrays of these by itself."""

    def _write_batch(self, filename: str) -> None:
        import pyarrow as pa

        if rows := self._batches.pop(filename, None):
            arrays = [typed_array([row[field.name] for row in rows], field.type)
                      for field in self.schema]  # fmt: skip
            batch = pa.RecordBatch.from_arrays(arrays, schema=self.schema)
            self._writers[filename].write_batch(batch)


def _write_row(_writer: Any, document: Document) -> dict[str, Any]:
    return dict(document.metadata)


def _pieces(
    data: Any, size: int, ids: dict[int, list[str]], kept: Sequence[str]
) -> Iterator[Piece]:
    """Cut documents into pieces, and remember their ids by the number of the first."""
    documents = iter(data)
    first = 0
    while chunk := list(islice(documents, size)):
        rows = [_row_of(document) for document in chunk]
        # Documents need not have the same metadata; a batch of columns has those of all.
        names = dict.fromkeys([*(name for row in rows for name in row), *kept])
        columns = {name: [row.get(name) for row in rows] for name in names}
        ids[first] = [document.id for document in chunk]
        yield Piece(first, columns, len(chunk))
        first += len(chunk)


def _row_of(document: Document) -> Mapping[str, Any]:
    row = document.metadata.get(_ROW)
    if isinstance(row, dict):
        return row
    return {**document.metadata, _TEXT: document.text}


def job_id(pipeline: Sequence[Any], tasks: int) -> str:
    """A digest of everything that a pipeline's output depends on, for names of folders.

    Covers the options and versions of each `LintSeqStep`, the options of readers and other
    steps, the names and sizes of the files that readers find, and the number of tasks,
    which says which task reads what. The content of other steps' functions is not covered.

    Args:
        pipeline: Steps; writers may be left out, as their folder follows from the result.
        tasks: Number of tasks.

    Returns:
        16 hexadecimal digits.
    """
    steps = [_describe(step) for step in pipeline]
    text = json.dumps({"tasks": tasks, "steps": steps}, sort_keys=True, default=_name_of)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def _describe(step: Any) -> Any:
    if isinstance(step, LintSeqStep):
        return step.identity
    if not isinstance(step, PipelineStep):
        return _name_of(step)
    # What a run leaves in a step is no option of it.
    described = {name: value for name, value in vars(step).items() if not name.startswith("_")}
    described.pop("stats", None)
    if (folder := described.pop("data_folder", None)) is not None:
        paths = folder.list_files(
            recursive=getattr(step, "recursive", True),
            glob_pattern=getattr(step, "glob_pattern", None),
        )
        described["files"] = [[path, folder.size(path)] for path in paths]
    return [_name_of(type(step)), described]


def _name_of(value: Any) -> str:
    # Not `repr`, which holds the address of a function: each process would have an id of its own.
    value = getattr(value, "__func__", value)
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"
