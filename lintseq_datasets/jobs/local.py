"""A job on one machine that may be interrupted at any moment and goes on where it was.

The source is read in order and cut into parts. Worker processes sample the rows of a part; the
part is then written as a Parquet file that appears whole or not at all, and is listed with its
digest and that of the rows that went into it. A part that is listed and sound is done, nothing
else is. When all parts are there they are merged into the output, which appears last.

    generate(programs, "edits", num_proc=8)    # stopped by Ctrl-C: edits/.lintseq-job has 3 parts
    generate(programs, "edits", num_proc=8)    # goes on with the fourth part, and publishes
    generate(programs, "edits", num_proc=8)    # finished before, nothing to do
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.jobs._job import Finished, Job, Options
from lintseq_datasets.jobs._progress import log_file
from lintseq_datasets.mapping.keywords import LintSeqMapOptions, spelled_out
from lintseq_datasets.mapping.options import Reading
from lintseq_datasets.mapping.plan import plan_of
from lintseq_datasets.mapping.run import Run, rows_at_once
from lintseq_datasets.mapping.writing import Writing
from lintseq_datasets.samplers.config import LintSeqConfig, SamplerConfig
from lintseq_datasets.samplers.option_checks import check_bool, check_int, check_seconds, check_text

if TYPE_CHECKING:
    from datasets import Dataset, IterableDataset

__all__ = ["Finished", "generate"]

_OWN_OPTIONS = (
    "beside", "limit", "log", "overwrite", "part_rows", "progress", "retry_failed",
    "row_seconds", "saved", "split",
)  # fmt: skip


@spelled_out(LintSeqConfig, Reading, Writing)
def generate(
    dataset: Dataset | IterableDataset,
    output: str | Path,
    config: SamplerConfig | None = None,
    num_proc: int | None = None,
    *,
    split: str | None = None,
    limit: int | None = None,
    saved: bool = False,
    overwrite: bool = False,
    beside: bool = False,
    retry_failed: bool = False,
    batch_size: int | None = None,
    part_rows: int | None = None,
    row_seconds: float | None = None,
    progress: bool = True,
    log: str | Path | None = None,
    **options: Unpack[LintSeqMapOptions],
) -> Finished:
    """Refactor a dataset into files, in a job that can be interrupted and called again.

    The same call over the same output goes on where it was stopped, and ends with the
    rows of an undisturbed run, in order. Rows that end their worker process, spend its
    time or block it are recorded as ``failed:worker_died``, ``failed:time_budget`` and
    ``failed:worker_hung``; whether they do may depend on the machine.

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
        retry_failed: Try rows again that failed for one of these three reasons, of a
            finished output, too. The others stay as they are.
        batch_size: Rows that a worker gets at once, at most. By default 1,000 for a linter
            that judges in batches (or what it says), one for any other, and 100 without.
        part_rows: Rows of the source in a part: what an interruption can cost. By default
            250, at least ``batch_size``; 2,000 without a linter. A job that goes on keeps
            its own.
        row_seconds: Processor seconds for the rows that a worker gets at once. Past them
            it is ended, and they are divided until one is alone. By default ten times
            the ``time_limit`` of a `LintSeqConfig` and a minute.
        progress: Whether a progress bar is shown.
        log: File to which the log is appended.
        **options: Those of `lintseq_datasets.lintseq_map`: fields of the configuration, which
            change ``config``, of `Reading` and of `Writing`.

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
    plan = plan_of(config, options, others=_OWN_OPTIONS)
    counts = {"num_proc": num_proc, "batch_size": batch_size, "part_rows": part_rows}
    for name, value in counts.items():
        if value is not None:
            check_int(name, value, 1)
    if limit is not None:
        check_int("limit", limit, 0)
    if row_seconds is not None:
        check_seconds("row_seconds", row_seconds)
    flags = {"saved": saved, "overwrite": overwrite, "beside": beside, "progress": progress}
    for name, flag in {**flags, "retry_failed": retry_failed}.items():
        check_bool(name, flag)
    for name, path in (("output", output), ("log", log or "")):
        if not isinstance(path, (str, os.PathLike)):
            raise ConfigError(name, f"{path!r} is no path")
    if split is not None:
        check_text("split", split, "the name of a split")
    size = batch_size or rows_at_once(plan)
    run = Run(plan=plan, num_proc=num_proc, batch_size=size)
    with log_file(None if log is None else Path(log)):
        job = Job(run, dataset, Path(output), split, limit, saved)
        return job.start(Options(overwrite, beside, retry_failed, part_rows, row_seconds, progress))
