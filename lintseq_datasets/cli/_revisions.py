"""Options and output of prepare --revisions: versions before and after of files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any

import click
from click.core import ParameterSource

from lintseq_datasets.cli._help_groups import names_of
from lintseq_datasets.cli._printing import rows_written, say
from lintseq_datasets.cli._signals import stopped_by_signals
from lintseq_datasets.errors import ConfigError

REVISION_OPTIONS = (
    click.option(
        "--revisions",
        is_flag=True,
        help="Write files before and after changes, for `revise`: SOURCE is a git checkout, or "
        "two folders. The only options beside these are then --output, --overwrite, --report "
        "and --quiet.",
    ),
    click.option(
        "--suffix",
        "suffixes",
        multiple=True,
        help="Suffix of the files to take; may be repeated.  [default: .py]",
    ),
    click.option(
        "--merges", is_flag=True, help="Also take merges, compared with their first parent."
    ),
    click.option("--new-files/--no-new-files", default=True, help="Take files that are new."),
    click.option(
        "--max-bytes",
        type=click.IntRange(1),
        default=100_000,
        help="Skip files of which either version is larger.",
    ),
    click.option(
        "--max-change",
        type=click.FloatRange(0, 1),
        default=1.0,
        help="Skip files whose versions differ in a larger share of their lines.",
    ),
    click.option(
        "--only-license",
        "licenses",
        multiple=True,
        help="Refuse a SOURCE whose license file is none of these, such as mit; may be repeated.",
    ),
)
_BATCH_ROWS = 1000
_ALSO = ("sources", "output", "overwrite", "report", "quiet")  # hold with --revisions and without


def check_revision_options(ctx: click.Context) -> None:
    """Refuse options that would be for nothing.

    Raises:
        ConfigError: An option of --revisions stands without it, or another one with it.
    """
    own = names_of(*REVISION_OPTIONS)
    is_asked = ctx.params["revisions"]
    for parameter in ctx.command.params:
        name = str(parameter.name)
        is_wrong = name not in {*own, *_ALSO} if is_asked else name in own
        if is_wrong and ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            # The long name of several, such as -o and --output.
            option = max((*parameter.opts, *parameter.secondary_opts), key=len)
            problem = "does not go with --revisions" if is_asked else "needs --revisions"
            raise ConfigError(option, problem + _instead(name, is_asked))


def _instead(name: str, is_asked: bool) -> str:
    return ": name files by --suffix, such as .js" if is_asked and name == "language" else ""


def write_revisions(given: Mapping[str, Any], report: Path) -> None:
    """Write the rows and the report, each whole or not at all, and say what was counted."""
    from lintseq_datasets.files.whole_files import write_whole
    from lintseq_datasets.mapping.versions import data_versions
    from lintseq_datasets.prepare.revision_filter import RevisionFilter
    from lintseq_datasets.prepare.revisions import RevisionCounts, revisions_of

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
        with _saying_that_nothing_is_kept():
            write_whole(output, partial(write, rows))
        facts = {
            "sources": list(given["sources"]),
            "commit": counts.commit,
            "options": asdict(keep),
            "versions": dict(data_versions()),
        }
        text = json.dumps({**counts.as_dict(), **facts}, indent=2) + "\n"
        write_whole(report, lambda file: file.write(text.encode()))
    if not given["quiet"]:
        from lintseq_datasets.mapping.accounting import Selection

        for name, found in counts.as_dict().items():
            if name == "files" or counts.commit is not None:  # two folders have no commits
                say(f"{name}: {Selection.from_dict(found)}".replace("rows in", "in"))
        say(rows_written(counts.files["ok"], f"{output}, report to {report}"))


@contextmanager
def _saying_that_nothing_is_kept() -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        click.echo("Nothing was written; the same command begins again.", err=True)
        raise


def _write_jsonl(rows: Iterable[Mapping[str, Any]], file: IO[bytes]) -> None:
    from lintseq_datasets.files.json_lines import json_line

    for row in rows:
        file.write(json_line(row))


def _write_parquet(rows: Iterable[Mapping[str, Any]], file: IO[bytes]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from lintseq_datasets.prepare.revisions import REVISION_COLUMNS

    # Batch by batch: a history may hold more than memory. Types are given, as all values of the
    # first batch may be None.
    schema = pa.schema([(name, pa.string()) for name in REVISION_COLUMNS])
    left = iter(rows)
    with pq.ParquetWriter(file, schema) as writer:
        while batch := list(islice(left, _BATCH_ROWS)):
            writer.write_table(pa.Table.from_pylist(batch, schema))
