"""The commands generate, randomize, revise and show, and the group of all commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from lintseq_datasets import __version__
from lintseq_datasets.cli._describe import describe
from lintseq_datasets.cli._edit_formats import check_edit_format
from lintseq_datasets.cli._exit_status import EXIT_STATUS, CommandGroup
from lintseq_datasets.cli._given import (
    lintseq_config,
    randseq_config,
    read_split,
    reading_options,
    refactored,
    revision_config,
)
from lintseq_datasets.cli._help_groups import GroupedCommand, add_options, in_group, names_of
from lintseq_datasets.cli._hub import card, push, stats
from lintseq_datasets.cli._option_sets import (
    JUDGING,
    LANGUAGE_AND_INSTRUCTION,
    LINTING,
    OUTPUT,
    READING,
    RUN,
    SAMPLING,
    SEED,
    SOURCE,
    START,
    VERSIONS,
)
from lintseq_datasets.cli._options_file import dumps_config
from lintseq_datasets.cli._prepare import prepare
from lintseq_datasets.cli._resolve import resolve
from lintseq_datasets.cli._sample import sample
from lintseq_datasets.cli._sampling_job import run_job
from lintseq_datasets.cli._show import has_edits, samples_of_a_program, show_rows, write_page
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.mapping.choices import EDIT_FORMATS

(_RANDOM,) = in_group(
    "Sampling", click.option("--random", is_flag=True, help="Draw without a linter.")
)
_SHOWN = in_group(
    "What is shown",
    click.option("--index", type=click.IntRange(0), default=0, help="Number of the row, from 0."),
    click.option(
        "--sample",
        type=click.IntRange(0),
        default=0,
        help="Which sample to draw, from 0, if the row holds a program.",
    ),
    click.option(
        "--samples",
        type=click.IntRange(1),
        default=1,
        help="How many samples of the program to show.",
    ),
    click.option(
        "--html",
        "html_file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Write a page that stands alone to this file instead, with the samples side by side.",
    ),
    click.option(
        "--edit-format",
        callback=check_edit_format,
        help=f"Show the edits as text in a form, not step by step: {', '.join(EDIT_FORMATS)}.",
    ),
)


@click.group(
    cls=CommandGroup,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
    epilog=EXIT_STATUS,
)
@click.version_option(__version__, prog_name="lintseq-datasets")
def main() -> None:
    """Turn datasets of programs into datasets of edit sequences."""


@main.command(cls=GroupedCommand)
@add_options(
    *SOURCE, *LANGUAGE_AND_INSTRUCTION, *READING, *OUTPUT, *SAMPLING, *START, *LINTING, *RUN
)
@click.pass_context
def generate(ctx: click.Context, /, **given: Any) -> None:
    """Sample edit sequences with a linter (LintSeq).

    SOURCE is a file (.jsonl, .json, .parquet, .csv, .py; also .gz, .bz2, .xz, .zst) or a
    quoted pattern of files; a directory that holds a dataset, or programs (.py, or what
    files of --language end with; of a git checkout those that are tracked); the id of a
    dataset on the Hub; or - for JSON lines from standard input. With -o - the rows go to
    standard output, and everything else to the error output.

    A table at the end accounts for every row. The exit status is 1 if there were rows and
    none gave an edit sequence; the output is written all the same.

    An interrupted command goes on where it stopped when it is called again. Another source,
    configuration or version is refused for the same output.

    \b
    Examples:
      lintseq-datasets generate programs.jsonl -o edits --show
      lintseq-datasets generate user/name --split train -o edits --linter prylint
      lintseq-datasets generate programs.jsonl -o edits --dump-config > run.yaml
      lintseq-datasets generate --config run.yaml
    """  # noqa: D301
    if not dumps_config(ctx):
        run_job(ctx, lintseq_config(given), given, reading_options(given))


@main.command(cls=GroupedCommand)
@add_options(*SOURCE, *LANGUAGE_AND_INSTRUCTION, *READING, *OUTPUT, *SAMPLING, *START, *RUN)
@click.pass_context
def randomize(ctx: click.Context, /, **given: Any) -> None:
    """Sample edit sequences without a linter (RandSeq).

    This is the paper's ablation. SOURCE, output and exit status are those of `generate`.

    \b
    Example:
      lintseq-datasets randomize programs.jsonl -o random --num-samples 5
    """  # noqa: D301
    if not dumps_config(ctx):
        run_job(ctx, randseq_config(given), given, reading_options(given))


@main.command(cls=GroupedCommand)
@add_options(
    *SOURCE, *LANGUAGE_AND_INSTRUCTION, *VERSIONS, *OUTPUT, *SAMPLING, *JUDGING, *RUN, _RANDOM
)
@click.pass_context
def revise(ctx: click.Context, /, **given: Any) -> None:
    """Sample edit sequences between two versions of programs.

    SOURCE is as for `generate`. Each row holds a program before and after a change, and usually
    the instruction that asked for it; `prepare --revisions` writes such rows. Edits insert and
    delete lines, and no state between the versions has an error that neither of them has.

    Output and exit status are those of `generate`.

    \b
    Example:
      lintseq-datasets revise versions.jsonl -o revisions
    """  # noqa: D301
    if dumps_config(ctx):
        return
    if given["random"]:
        _say_what_is_ignored(ctx, names_of(*JUDGING), "--random asks no linter")
    names = ("instruction_column", "before_column", "after_column")
    run_job(ctx, revision_config(given), given, {name: given[name] for name in names})


@main.command(cls=GroupedCommand)
@add_options(*_SHOWN, *SOURCE, *LANGUAGE_AND_INSTRUCTION, *READING, SEED, *START, *LINTING, _RANDOM)
@click.pass_context
def show(ctx: click.Context, /, **given: Any) -> None:
    """Show an edit sequence step by step.

    SOURCE is an output of `generate`, `randomize` or `revise`: one of its rows is shown. Or
    it is a source of programs as for `generate`: one of its rows is sampled and shown. The exit
    status is 1 if the row gives no edit sequence.

    Errors that the program itself has are marked. What is longer than the terminal is shown in
    pages.

    \b
    Examples:
      lintseq-datasets show edits --index 7
      lintseq-datasets show programs.jsonl --samples 3
      lintseq-datasets show edits --samples 3 --html sequence.html
    """  # noqa: D301
    dataset = read_split(given).dataset
    first, samples = given["index"], given["samples"]
    if first >= len(dataset):
        raise ConfigError(
            "--index", f"there are {len(dataset)} rows, numbered from 0: name one of these"
        )
    if has_edits(dataset.column_names):
        _say_what_is_ignored(ctx, _DRAWING, "SOURCE holds edit sequences")
    else:
        if given["random"]:
            _say_what_is_ignored(ctx, names_of(*LINTING), "--random asks no linter")
        # Draws are keyed by the number of the sample: to have the third one, three are drawn.
        counts = {**given, "num_samples": given["sample"] + samples, "unique": False}
        config = randseq_config(counts) if given["random"] else lintseq_config(counts)
        dataset = refactored(dataset.select([first]), config, given)
        # A row without a sequence is one row, whatever sample is asked for.
        first = min(given["sample"], len(dataset) - 1)
    rows = samples_of_a_program([dataset[n] for n in range(len(dataset))[first : first + samples]])
    status = rows[0].get("status", "ok")
    if status != "ok":
        click.echo(f"row {given['index']}: {status}", err=True)
        ctx.exit(1)
    if given["html_file"] is not None:
        write_page(given["html_file"], rows, given["edit_format"])
    else:
        show_rows(rows, given["edit_format"])


_DRAWING = {"sample", "random"} | names_of(
    *LANGUAGE_AND_INSTRUCTION, *READING, *SAMPLING, *START, *LINTING
)
"""What decides how a program is drawn, so what a finished sequence knows nothing of."""


def _say_what_is_ignored(ctx: click.Context, names: set[str], why: str) -> None:
    """Say which options were given for nothing."""
    given = [
        max(parameter.opts, key=len)
        for parameter in ctx.command.params
        if parameter.name in names
        and ctx.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    ]
    if given:
        click.echo(f"Ignored, because {why}: {', '.join(given)}.", err=True)


# Added here, as their modules cannot import the group from the one that imports them.
for _command in (
    describe,
    resolve,
    prepare,
    stats,
    card,
    push,
    sample,
):
    main.add_command(_command)
