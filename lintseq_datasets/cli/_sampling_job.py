"""The job that generate, randomize and revise start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from lintseq_datasets.cli._given import columns_to_keep, read_split
from lintseq_datasets.cli._pipes import is_standard, place_for
from lintseq_datasets.cli._printing import rows_written, say
from lintseq_datasets.cli._show import show_one
from lintseq_datasets.cli._signals import stopped_by_signals
from lintseq_datasets.display.terminals import quiet_if_closed
from lintseq_datasets.samplers.config import SamplerConfig

_SEARCHED_ROWS = 1000  # for a sequence that is worth showing
_ROWS_WORTH_A_PROCESS = 16  # fewer take less time than to start it


def run_job(
    ctx: click.Context, config: SamplerConfig, given: dict[str, Any], reading: dict[str, Any]
) -> None:
    # Not at the top: `datasets` is slow to import, and `--help` needs nothing of it.
    from lintseq_datasets.cli._checks import check_output, first_rows
    from lintseq_datasets.jobs.local import generate as run_job

    output: Path = given["output"]
    is_piped = is_standard(output, given)
    flags = {name: given[name] for name in ("saved", "overwrite", "beside")}
    if not is_piped:
        check_output(output, source=given["source"], **flags)
    if given["quiet"]:
        from datasets import disable_progress_bars

        disable_progress_bars()
    names = (
        "num_proc", "batch_size", "output_format", "edit_format", "on_error", "limit", "part_rows",
        "tools", "tool_answers", "file_name", "done",
        "edits_per_row", "edits_so_far", "conversational", "fim_markers",
        "retry_failed",
    )  # fmt: skip
    # Signals first: what is interrupted while the source is read removes its temporary folder.
    with stopped_by_signals(), place_for(output) as place:
        dataset, split = read_split(given, streaming=given["streaming"])
        given["num_proc"] = given["num_proc"] or _processes(dataset, given, place)
        finished = run_job(
            dataset,
            place,
            config,
            split=split,
            source_file=given["source"],
            progress=not given["quiet"],
            log=given["log_file"],
            keep_columns=columns_to_keep(given, dataset.column_names or ()),
            **reading,
            **flags,
            **{name: given[name] for name in names},
        )
    accounting = finished.accounting
    with quiet_if_closed():
        if given["show"]:
            # Not `output`: with --beside, it may have gone to a path of its own.
            show_one(first_rows(finished.output, _SEARCHED_ROWS))
        if not given["quiet"] and not finished.was_there:
            say(accounting.as_table(), err=is_piped)
            where = "standard output" if is_piped else finished.output
            say(rows_written(finished.rows, where), err=is_piped)
    if accounting.rows_in and not accounting.sampled:
        click.echo("No row gave an edit sequence.", err=True)
        ctx.exit(1)


def _processes(dataset: Any, given: Mapping[str, Any], place: Path) -> int:
    """How many processes to take where nobody says: a core each, with some rows for each."""
    # Those that this process may run on: in a container they are often fewer than there are.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    rows = len(dataset) if hasattr(dataset, "__len__") else None
    if given["limit"] is not None:
        rows = given["limit"] if rows is None else min(rows, given["limit"])
    most = cores or 1
    count = most if rows is None else max(1, min(most, rows // _ROWS_WORTH_A_PROCESS))
    # A job that is finished starts none, so nothing is said of them then.
    if count > 1 and not given["quiet"] and (_is_unfinished(place) or given["overwrite"]):
        click.echo(f"{count} processes (--num-proc).", err=True)
    return count


def _is_unfinished(place: Path) -> bool:
    from lintseq_datasets.jobs.publication import folder_of

    return not place.exists() or folder_of(place).exists()
