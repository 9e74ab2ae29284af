"""Options and output of prepare --revisions: versions before and after of files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any

import click

from lintseq_datasets.cli._printing import say
from lintseq_datasets.cli._signals import stopped_by_signals
from lintseq_datasets.errors import ConfigError

REVISION_OPTIONS = (
    click.option(
        "--revisions",
        is_flag=True,
        help="Versions before and after of files, for `revise`: SOURCE is a git checkout, or two "
        "folders. Only the next six options, --output, --overwrite, --report and --quiet hold.",
    ),
    click.option("--suffix", "suffixes", multiple=True, help="Of files to take.  [default: .py]"),
    click.option("--merges", is_flag=True, help="Also compare merges, with their first parent."),
    click.option(
        "--new-files/--no-new-files", default=True, help="Whether to take files that are new."
    ),
    click.option("--max-bytes", type=click.IntRange(1), default=100_000, help="Of either version."),
    click.option(
        "--max-change",
        type=click.FloatRange(0, 1),
        default=1.0,
        help="Largest share of lines that differ.",
    ),
    click.option(
        "--only-license",
        "licenses",
        multiple=True,
        help="Refuse a folder whose license file is of none of these, such as mit.",
    ),
)
_BATCH_ROWS = 1000


def write_revisions(given: Mapping[str, Any], report: Path) -> None:
    """Write the rows and the report, each whole or not at all, and say what was counted."""
    from lintseq_datasets.files.whole import write_whole
    from lintseq_datasets.prepare.revisions import RevisionCounts, RevisionFilter, revisions_of

    output: Path = given["output"]
    write = {".jsonl": _write_jsonl, ".parquet": _write_parquet}.get(output.suffix.lower())
    if write is None:
        raise ConfigError("output", "with --revisions, name a file .jsonl or .parquet")
    if not 1 <= len(given["sources"]) <= 2:
        raise click.UsageError("--revisions takes a git checkout, or two folders.")
    for file in (output, report):
        if file.exists() and not given["overwrite"]:
            raise ConfigError("output", f"{str(file)!r} exists; --overwrite replaces it")
    suffixes = given["suffixes"] or (".py",)
    names = ("merges", "new_files", "max_bytes", "max_change", "licenses")
    keep = RevisionFilter(suffixes=suffixes, **{name: given[name] for name in names})
    counts = RevisionCounts()
    with stopped_by_signals():
        rows = revisions_of(*given["sources"], keep=keep, counts=counts)
        output.parent.mkdir(parents=True, exist_ok=True)
        write_whole(output, partial(write, rows))
        text = json.dumps(counts.as_dict(), indent=2) + "\n"
        write_whole(report, lambda file: file.write(text.encode()))
    if not given["quiet"]:
        from lintseq_datasets.mapping.accounting import Selection

        for name, found in counts.as_dict().items():
            say(f"{name}: {Selection.from_dict(found)}".replace("rows in", "in"))
        say(f"{counts.files['ok']:,} rows written to {output}, report to {report}")


def _write_jsonl(rows: Iterable[Mapping[str, Any]], file: IO[bytes]) -> None:
    from lintseq_datasets.files.json_lines import json_line

    for row in rows:
        file.write(json_line(row))


def _write_parquet(rows: Iterable[Mapping[str, Any]], file: IO[bytes]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from lintseq_datasets.prepare.revisions import REVISION_COLUMNS

    schema = pa.schema([(name, pa.string()) for name in REVISION_COLUMNS])
    left = iter(rows)
    with pq.ParquetWriter(file, schema) as writer:
        while batch := list(islice(left, _BATCH_ROWS)):
            writer.write_table(pa.Table.from_pylist(batch, schema))
