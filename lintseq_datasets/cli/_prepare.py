"""The command prepare: from several datasets to one of instructions and programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from lintseq_datasets.cli._common_options import (
    HUB_OPTIONS,
    INSTRUCTION_COLUMN,
    KEEP_OPTIONS,
    LANGUAGE_OPTION,
    PLACE_OPTIONS,
    PROGRAM_COLUMN,
    answer_options,
    quiet_option,
    report_option,
    split_option,
)
from lintseq_datasets.cli._given import columns_to_keep
from lintseq_datasets.cli._help_groups import GroupedCommand, add_options, in_group
from lintseq_datasets.cli._pipes import STANDARD_OUTPUT, is_standard, place_for
from lintseq_datasets.cli._printing import rows_written, say
from lintseq_datasets.cli._revisions import (
    REVISION_OPTIONS,
    check_revision_options,
    write_revisions,
)
from lintseq_datasets.cli._signals import stopped_by_signals
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files.output import check_named
from lintseq_datasets.mapping.choices import FENCES_OF_ONE, TURNS_OF_ONE

if TYPE_CHECKING:
    from lintseq_datasets.prepare.specs import Benchmark, Source

_SOURCES = (
    click.argument("sources", nargs=-1, metavar="[SOURCE]..."),
    click.option(
        "--recipe",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File of sources, benchmarks and options (YAML); the command line overrides it.",
    ),
    click.option(
        "--data-files",
        multiple=True,
        metavar="NAME=FILE",
        help="Read a file in place of the source or benchmark of that name; may be repeated.",
    ),
)
_COLUMNS = (
    split_option("source"),
    *HUB_OPTIONS,
    INSTRUCTION_COLUMN,
    PROGRAM_COLUMN,
    click.option("--license", help="License of rows that have none of their own."),
    click.option("--license-column", help="Column with the license of each row."),
    click.option(
        "--language-column",
        help="Column with the language of each row; others than --language are dropped.",
    ),
    *answer_options(FENCES_OF_ONE, TURNS_OF_ONE, "instruction", has_defaults=False),
)
_CLEANING = (
    LANGUAGE_OPTION,
    click.option(
        "--duplicates",
        type=click.Choice(["pair", "program", "instruction", "none"]),
        default="pair",
        help="Of rows that are equal in this, keep only the first; none keeps all.",
    ),
    click.option(
        "--check-syntax/--no-check-syntax",
        default=True,
        help="Drop programs that do not parse.",
    ),
)
_BENCHMARKS = (
    click.option(
        "--benchmark",
        "benchmarks",
        multiple=True,
        help="Drop rows that hold text of this benchmark, given like a SOURCE; may be repeated.",
    ),
    click.option(
        "--ngram",
        type=click.IntRange(0),
        default=13,
        help="Drop rows that share this many successive words with a benchmark; 0 for none.",
    ),
    click.option(
        "--ngram-solutions/--no-ngram-solutions",
        default=True,
        help="Let --ngram look at the solutions of a benchmark, not only at its prompts.",
    ),
    click.option(
        "--prompt-substring/--no-prompt-substring",
        default=True,
        help="Drop rows that hold a prompt of a benchmark, or its docstring.",
    ),
    click.option(
        "--solution-substring/--no-solution-substring",
        default=True,
        help="Drop rows that hold a canonical solution.",
    ),
    click.option(
        "--test-substring/--no-test-substring",
        default=False,
        help="Drop rows that hold an assertion of a test.",
    ),
    click.option(
        "--min-words",
        type=click.IntRange(1),
        default=4,
        help="Shorter prompts, solutions and assertions only count as a whole text.",
    ),
)
_OUTPUT = (
    *PLACE_OPTIONS,
    *KEEP_OPTIONS,
    report_option("what was dropped, and why"),
    click.option(
        "--dropped",
        type=click.Path(path_type=Path),
        help="Also write the dropped rows and why: a .parquet or .jsonl file, or a directory.",
    ),
)
_RUN = (
    click.option("--num-proc", type=click.IntRange(1), help="Number of processes.  [default: 1]"),
    click.option(
        "--batch-size",
        type=click.IntRange(1),
        default=1000,
        help="Rows that a process gets at once.",
    ),
    quiet_option("progress and no accounting"),
)


@click.command(cls=GroupedCommand)
@add_options(
    *in_group("Sources", *_SOURCES),
    *in_group("For each SOURCE that does not say otherwise", *_COLUMNS),
    *in_group("Output", *_OUTPUT),
    *in_group("Cleaning", *_CLEANING),
    *in_group("Benchmarks", *_BENCHMARKS),
    *in_group("Run", *_RUN),
    *in_group("Pairs of versions", *REVISION_OPTIONS),
)
@click.pass_context
def prepare(ctx: click.Context, /, **given: Any) -> None:
    """Pool and clean datasets of programs, for `generate`.

    Markdown and prose around programs are stripped. Rows that do not parse, that hold text
    of a benchmark or that repeat an earlier row are dropped. A table at the end and a report
    beside the output say how many and why. The exit status is 1 if there were rows and none is
    left.

    SOURCE is what `generate` takes: a file, a quoted pattern of files, a directory, the id of a
    dataset on the Hub, or - for standard input. Options for one SOURCE follow it after commas.
    A --benchmark is given in the same way, with id_column, prompt_columns, solution_columns
    and test_columns; HumanEval, MBPP and others are recognised without them.

    With --revisions, it takes a git checkout or two folders and writes pairs for `revise`.

    \b
    Examples:
      lintseq-datasets prepare answers.jsonl -o source.parquet
      lintseq-datasets prepare rows.jsonl,program_column=code,license=mit \\
          user/name,split=train,language_column=lang -o source.parquet
      lintseq-datasets prepare --recipe recipe.yaml -o source
      lintseq-datasets prepare --revisions checkout -o versions.jsonl
    """  # noqa: D301
    check_revision_options(ctx)
    if given["revisions"]:
        write_revisions(given, given["report"] or report_of(given["output"]))
        return
    from lintseq_datasets.prepare import prepare as run

    arguments = _arguments(ctx, given)
    is_piped = is_standard(given["output"], given)
    report = given["report"] or (None if is_piped else report_of(given["output"]))
    _check_outputs(given, report, arguments)
    if given["quiet"]:
        from datasets import disable_progress_bars

        disable_progress_bars()
    with stopped_by_signals():
        prepared = run(**arguments, num_proc=given["num_proc"], batch_size=given["batch_size"])
        _write(prepared, given, report)
    if not given["quiet"]:
        # The standard output is for the rows then.
        say(prepared.report.as_table(), err=is_piped)
        where = "standard output" if is_piped else given["output"]
        text = rows_written(len(prepared.dataset), where)
        say(text + (f", report to {report}" if report else ""), err=is_piped)
    # A source without rows is no failure.
    if len(prepared.dropped) and not len(prepared.dataset):
        click.echo("No row is left.", err=True)
        ctx.exit(1)


# --- what is asked for ---------------------------------------------------------------


def _arguments(ctx: click.Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of `prepare`: those of the recipe, and what the command line says."""
    from lintseq_datasets.prepare.recipe import OPTIONS, load_recipe
    from lintseq_datasets.prepare.specs import Benchmark, Source, parse_spec, with_data_files

    arguments: dict[str, Any] = {"sources": [], "benchmarks": []}
    if given["recipe"] is not None:
        arguments |= load_recipe(given["recipe"])
    # One option of Python, and two of the command line, so not in the loop below.
    keep_columns = columns_to_keep(given, ())
    if keep_columns is not None:
        arguments["keep_columns"] = keep_columns
    # What is given on the command line comes before the recipe, and that before the defaults.
    for name in OPTIONS.keys() - {"keep_columns"}:
        chosen = ctx.get_parameter_source(name) == ParameterSource.COMMANDLINE
        if chosen or name not in arguments:
            arguments[name] = given[name]
    # On the command line, "none" and 0 stand for None, which cannot be typed.
    arguments["duplicates"] = None if arguments["duplicates"] == "none" else arguments["duplicates"]
    arguments["ngram"] = arguments["ngram"] or None
    defaults = {
        name: given[name]
        for name in ("split", "config_name", "revision", "instruction_column", "program_column",
                     "license", "license_column", "language_column", "extract_code",
                     "fences", "turns", "history")
    }  # fmt: skip
    sources = [parse_spec(text, Source, **defaults) for text in given["sources"]]
    benchmarks = [parse_spec(text, Benchmark) for text in given["benchmarks"]]
    files = _data_files(given["data_files"])
    arguments["sources"] = with_data_files([*arguments["sources"], *sources], files)
    arguments["benchmarks"] = with_data_files([*arguments["benchmarks"], *benchmarks], files)
    if not arguments["sources"]:
        raise click.UsageError("Name a SOURCE, or a --recipe that does.")
    _check_names(files, [*arguments["sources"], *arguments["benchmarks"]])
    return arguments


def _data_files(pairs: Iterable[str]) -> dict[str, str]:
    files = {}
    for pair in pairs:
        name, separator, path = pair.partition("=")
        if not (name and separator and path):
            raise ConfigError("--data-files", f"{pair!r} is not NAME=FILE")
        files[name] = path
    return files


def _check_names(files: Mapping[str, str], specs: Iterable[Source | Benchmark]) -> None:
    from lintseq_datasets.prepare.specs import name_of

    names = [name_of(spec) for spec in specs]
    for name in files:
        if name not in names:
            raise ConfigError("--data-files", f"{name!r} is none of {', '.join(names)}")


# --- what is written -----------------------------------------------------------------


def report_of(output: Path) -> Path:
    check_named(output)
    name = output.stem if output.suffix.lower() in (".parquet", ".jsonl") else output.name
    return output.with_name(f"{name}.report.json")


def _check_outputs(
    given: Mapping[str, Any], report: Path | None, arguments: Mapping[str, Any]
) -> None:
    """Refuse what cannot be written before the work starts."""
    from lintseq_datasets.cli._checks import check_output, real_path

    specs = [*arguments["sources"], *arguments["benchmarks"]]
    origins = [str(origin) for spec in specs for origin in (spec.path, spec.data_files) if origin]
    outputs = [
        one for one in (given["output"], given["dropped"]) if one not in (None, STANDARD_OUTPUT)
    ]
    for output in outputs:
        saved = given["saved"] and output == given["output"]
        for origin in origins:
            check_output(output, saved=saved, overwrite=given["overwrite"], source=origin)
    if report is not None and report.suffix.lower() != ".json":
        raise ConfigError("--report", f"{str(report)!r} does not end with .json: name such a file")
    # Also a job that is there, which `check_output` leaves to `generate`, and the report.
    files = [*outputs, *([report] if report else [])]
    for output in files:
        # An empty directory is as good as none.
        is_there = output.is_file() or (output.is_dir() and any(output.iterdir()))
        if is_there and not given["overwrite"]:
            raise ConfigError("output", f"{str(output)!r} exists; --overwrite replaces it")
    places = [real_path(output) for output in files]
    if len(set(places)) < len(places):
        raise ConfigError(
            "output", "output, --report and --dropped need files of their own: name different ones"
        )


def _write(prepared: Any, given: Mapping[str, Any], report: Path | None) -> None:
    from lintseq_datasets.prepare.saving import save_dataset

    with place_for(given["output"]) as place:
        save_dataset(prepared.dataset, place, saved=given["saved"])
    if given["dropped"] is not None:
        save_dataset(prepared.dropped, given["dropped"])
    if report is not None:
        prepared.report.save(report)
