"""The commands generate, randomize and show, and the group of all commands."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
from click.core import ParameterSource

from lintseq_datasets import __version__
from lintseq_datasets.cli._command import COMMAND_OPTIONS, command_linter
from lintseq_datasets.cli._edit_formats import check_edit_format
from lintseq_datasets.cli._groups import CONFIG_OPTIONS, GroupedCommand, dumps_config, in_group
from lintseq_datasets.cli._hub import (
    KEEP_OPTIONS,
    OUTPUT_OPTIONS,
    add_options,
    card,
    columns_to_keep,
    push,
    say,
    stats,
)
from lintseq_datasets.cli._pipes import is_standard, place_for
from lintseq_datasets.cli._prepare import prepare
from lintseq_datasets.cli._resolve import resolve
from lintseq_datasets.cli._sample import sample
from lintseq_datasets.cli._show import (
    has_edits,
    samples_of_a_program,
    show_one,
    show_rows,
    write_page,
)
from lintseq_datasets.cli._signals import stopped_by_signals
from lintseq_datasets.display.terminals import (
    EscapingStream,
    escaped_terminals,
    fill_closed_streams,
    quiet_if_closed,
)
from lintseq_datasets.errors import ConfigError, LintSeqError
from lintseq_datasets.languages.base import LANGUAGES
from lintseq_datasets.linters import LINTERS
from lintseq_datasets.mapping.choices import (
    EDIT_FORMATS,
    FENCES,
    OnError,
    OutputFormat,
    Solutions,
    ToolAnswers,
    Tools,
    Turns,
)
from lintseq_datasets.samplers.config import (
    LintSeqConfig,
    RandSeqConfig,
    RevisionConfig,
    SamplerConfig,
)

if TYPE_CHECKING:
    from datasets import Dataset

    from lintseq_datasets.files.sources import SourceSplit


_SEARCHED_ROWS = 1000
_ROWS_WORTH_A_PROCESS = 16  # fewer take less time than to start it


class _UsageError(click.ClickException):
    """Wrong usage or bad input."""

    exit_code = 2


class _Group(click.Group):
    """Turns the library's errors into one line, and an interrupt into its exit code."""

    def main(self, *args: Any, **options: Any) -> Any:
        fill_closed_streams()
        with escaped_terminals():
            try:
                return super().main(*args, **options)
            except OSError as error:  # of what is not in a command, such as its help
                _UsageError(str(error)).show()
                sys.exit(_UsageError.exit_code)
            except Exception:
                if not isinstance(sys.stderr, EscapingStream):
                    raise
                traceback.print_exc()  # what it says may come from a row
                sys.exit(1)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # click ends quietly then
            raise
        except (LintSeqError, OSError) as error:
            raise _UsageError(str(error)) from error
        except (KeyboardInterrupt, Exception) as error:
            if not _is_interrupt(error):
                raise
            click.echo("Interrupted.", err=True)
            return ctx.exit(130)


def _is_interrupt(error: BaseException | None) -> bool:
    # with worker processes, `datasets` raises something else from the interrupt
    while error is not None:
        if isinstance(error, (KeyboardInterrupt, click.Abort)):
            return True
        error = error.__context__
    return False


_SOURCE = in_group(
    "Source",
    click.argument("source"),
    click.option("--split", help="Split of the source; needed where there are several."),
    click.option("--config-name", help="Configuration of a dataset on the Hub."),
    click.option("--revision", help="Revision of a dataset on the Hub."),
    click.option(
        "--language",
        type=click.Choice(LANGUAGES),
        default="python",
        help="What the programs are written in.",
    ),
    click.option("--instruction-column", help="Found by itself among the usual names."),
    click.option("--program-column", help="Found by itself among the usual names."),
    click.option(
        "--extract-code",
        type=click.Choice(["auto", "markdown", "none"]),
        default="auto",
        help="Take the program from Markdown fences: where there are any, always, or never.",
    ),
    click.option(
        "--fences",
        type=click.Choice(FENCES),
        default="join",
        help="Which of several fences of the language are the program.",
    ),
    click.option(
        "--turns",
        type=click.Choice(get_args(Turns)),
        default="last",
        help="Of a conversation, which answer with a program.",
    ),
    click.option(
        "--history/--no-history",
        default=False,
        help="Put the turns before into the prompt, and system prompts.",
    ),
    click.option(
        "--solutions",
        type=click.Choice(get_args(Solutions)),
        default="first",
        help="Of a list of programs, the first one or each.",
    ),
)
_SAMPLING = in_group(
    "Sampling",
    click.option(
        "--num-samples",
        type=click.IntRange(1),
        default=5,
        help="Edit sequences for each program.",
    ),
    click.option("--seed", type=click.IntRange(0), default=0, help="Seed of the draws."),
    click.option(
        "--unique/--no-unique",
        default=False,
        help="Whether the sequences of a program must differ.",
    ),
)
_START = in_group(
    "Sampling",
    click.option(
        "--start",
        type=click.Choice(["empty", "random_state", "given"]),
        default="empty",
        help="Where sequences start: the empty program, a state of theirs, or one of the row.",
    ),
    click.option("--state-column", help="Column of the state, if it is given."),
)
_REFERENCE = click.option("--reference", is_flag=True, help="The choices of the published code.")
_LINTING = in_group(
    "Linter",
    click.option(
        "--linter",
        type=click.Choice(LINTERS),
        help="Judge of every state; by default the first of the language.",
    ),
    *COMMAND_OPTIONS,
    click.option(
        "--imports",
        type=click.Choice(["stdlib", "environment"]),
        help="What imported names resolve to, for pylint; stdlib unless --reference.",
    ),
    _REFERENCE,
    click.option(
        "--time-limit",
        type=click.FloatRange(0, min_open=True),
        default=600.0,
        help="Processor seconds for a program, past which it fails.",
    ),
    click.option(
        "--max-lines",
        type=click.IntRange(1),
        default=1000,
        help="Programs of more lines are skipped.",
    ),
    click.option(
        "--audit",
        type=click.FloatRange(0, 1),
        help="Share of the programs whose states the default linter judges, too; 0.02 for prylint, "
        "else 0.",
    ),
)
_JUDGING = tuple(
    option for option in _LINTING if getattr(option, "__wrapped__", None) is not _REFERENCE
)
_VERSIONS = in_group(
    "Source",
    click.option("--before-column", help="The version before; found by itself."),
    click.option("--after-column", help="The version after; found by itself."),
)
_OUTPUT = in_group(
    "Output",
    *OUTPUT_OPTIONS,
    click.option(
        "--beside",
        is_flag=True,
        help="Where the output is of another job, write to a path of its own.",
    ),
    click.option(
        "--output-format",
        type=click.Choice(get_args(OutputFormat)),
        default="default",
        help="Columns of the output.",
    ),
    click.option(
        "--tools",
        type=click.Choice(get_args(Tools)),
        default="editor",
        help="What the format tool_calls calls.",
    ),
    click.option(
        "--tool-answers",
        type=click.Choice(get_args(ToolAnswers)),
        default="short",
        help="What a tool answers: a sentence, or the file with numbers of lines.",
    ),
    click.option("--file-name", default="program.py", help="Name of the file that the tools edit."),
    click.option(
        "--edit-format",
        default="diff",
        callback=check_edit_format,
        help=f"Form of the edits in the training text: {', '.join(EDIT_FORMATS)}.",
    ),
    click.option(
        "--on-error",
        type=click.Choice(get_args(OnError)),
        default="record",
        help="Rows that give no sequence: keep them with a status, leave them out, or stop.",
    ),
    *KEEP_OPTIONS,
)
_RUN = in_group(
    "Run",
    click.option("--limit", type=click.IntRange(1), help="Take only the first rows."),
    click.option(
        "--streaming", is_flag=True, help="Read the source row by row, without a copy on the disk."
    ),
    click.option(
        "--num-proc",
        type=click.IntRange(1),
        help="Processes.  [default: one for each core, fewer for few rows]",
    ),
    click.option(
        "--batch-size",
        type=click.IntRange(1),
        help="Rows that a process gets at once; chosen for the linter.",
    ),
    click.option(
        "--part-rows",
        type=click.IntRange(1),
        help="Rows that are written at once: what an interruption can cost.",
    ),
    click.option(
        "--retry-failed",
        is_flag=True,
        help="Try rows again that failed for lack of time, or because their process ended.",
    ),
    click.option("--show/--no-show", default=False, help="Show one of the edit sequences."),
    click.option("--quiet", "-q", is_flag=True, help="No progress, no accounting."),
    click.option(
        "--log-file", type=click.Path(path_type=Path), help="Append what happens to a file."
    ),
    *CONFIG_OPTIONS,
)


_EXIT_STATUS = """\b
Exit status:
  0    done, also if some rows were skipped or failed
  1    there were rows, and none gave an edit sequence
  2    wrong usage or bad input
  130  interrupted; the same command continues the run
  143  ended by SIGTERM, 129 by SIGHUP; the same
"""


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
    epilog=_EXIT_STATUS,
)
@click.version_option(__version__, prog_name="lintseq-datasets")
def main() -> None:
    """Turn datasets of programs into datasets of edit sequences."""


@main.command(cls=GroupedCommand)
@add_options(*_SOURCE, *_OUTPUT, *_SAMPLING, *_START, *_LINTING, *_RUN)
@click.pass_context
def generate(ctx: click.Context, /, **given: Any) -> None:
    """Sample edit sequences with a linter (LintSeq).

    SOURCE is a file (.jsonl, .json, .parquet, .csv, .py; also .gz, .bz2, .xz, .zst) or a
    quoted pattern of files; a directory that holds a dataset, or programs (.py; of a git
    checkout those that are tracked); the id of a dataset on the Hub; or - for JSON lines
    from standard input. With -o - the rows go to standard output, all else to the error
    output.

    Every row is accounted for in the table at the end. The exit status is 1 if there were
    rows and none gave an edit sequence; the output is written all the same.

    Whatever interrupts a run, the same command continues it. Another source, configuration
    or version over the same output is refused.

    \b
    Examples:
      lintseq-datasets generate programs.jsonl -o edits --show
      lintseq-datasets generate user/name --split train -o edits --linter prylint
      lintseq-datasets generate programs.jsonl -o edits --dump-config > run.yaml
      lintseq-datasets generate --config run.yaml
    """  # noqa: D301
    if not dumps_config(ctx):
        _run(ctx, _lintseq_config(given), given, _columns(given))


@main.command(cls=GroupedCommand)
@add_options(*_SOURCE, *_OUTPUT, *_SAMPLING, *_START, *_RUN)
@click.pass_context
def randomize(ctx: click.Context, /, **given: Any) -> None:
    """Sample edit sequences without a linter (RandSeq, the paper's ablation).

    SOURCE, output and exit status are those of `generate`.
    """
    if not dumps_config(ctx):
        _run(ctx, _randseq_config(given), given, _columns(given))


@main.command(cls=GroupedCommand)
@add_options(*_SOURCE[:6], *_VERSIONS, *_OUTPUT, *_SAMPLING, *_JUDGING, *_RUN)
@click.option("--random", is_flag=True, help="Draw without a linter.")
@click.pass_context
def revise(ctx: click.Context, /, **given: Any) -> None:
    """Sample edit sequences between two versions of programs.

    SOURCE is as for `generate`; each row holds a program before and after a change, and
    mostly what asked for it. Edits insert and delete, and no state between the versions has an
    error that neither of them has.

    Output and exit status are those of `generate`.
    """
    if dumps_config(ctx):
        return
    if given["random"]:
        _say_what_is_ignored(ctx, _names(*_JUDGING), "--random asks no linter")
    names = ("instruction_column", "before_column", "after_column")
    _run(ctx, _revision_config(given), given, {name: given[name] for name in names})


@main.command(cls=GroupedCommand)
@add_options(*_SOURCE, *_SAMPLING[1:2], *_START, *_LINTING)
@click.option("--index", type=click.IntRange(0), default=0, help="Number of the row, from 0.")
@click.option(
    "--sample",
    type=click.IntRange(0),
    default=0,
    help="Which sample to draw, from 0, of a row that holds a program.",
)
@click.option(
    "--samples", type=click.IntRange(1), default=1, help="How many samples of the program to show."
)
@click.option("--random", is_flag=True, help="Draw without a linter.")
@click.option(
    "--html",
    "html_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a page that stands alone to this file instead, the samples side by side.",
)
@click.option(
    "--edit-format",
    callback=check_edit_format,
    help=f"Show the edits as they are printed in a form: {', '.join(EDIT_FORMATS)}.",
)
@click.pass_context
def show(ctx: click.Context, /, **given: Any) -> None:
    """Show an edit sequence step by step.

    SOURCE is an output of `generate` or `randomize`, whose row is shown, or a source as for
    these commands, whose row is sampled. The exit status is 1 if the row gives no edit
    sequence.

    Errors that the program itself has are marked. What is longer than the terminal is shown in
    pages.
    """
    dataset = _read(given).dataset
    first, samples = given["index"], given["samples"]
    if first >= len(dataset):
        raise ConfigError("--index", f"there are {len(dataset)} rows, numbered from 0")
    if has_edits(dataset.column_names):
        _say_what_is_ignored(ctx, _DRAWING, "SOURCE holds edit sequences")
    else:
        if given["random"]:
            _say_what_is_ignored(ctx, _names(*_LINTING), "--random asks no linter")
        counts = {**given, "num_samples": given["sample"] + samples, "unique": False}
        config = _randseq_config(counts) if given["random"] else _lintseq_config(counts)
        dataset = _refactor(dataset.select([first]), config, given)
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


def _names(*options: Callable[[Any], Any]) -> set[str]:
    """The names of parameters, of options that are yet to be added."""
    command = add_options(*options)(click.command()(lambda: None))
    return {str(parameter.name) for parameter in command.params}


_DRAWING = {"sample", "random"} | _names(*_SOURCE[4:], *_SAMPLING, *_START, *_LINTING)
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


for _command in (
    resolve,
    prepare,
    stats,
    card,
    push,
    sample,
):
    main.add_command(_command)


# --- what the commands share ---------------------------------------------------------


def _lintseq_config(given: dict[str, Any]) -> LintSeqConfig:
    make = LintSeqConfig.reference if given["reference"] else LintSeqConfig
    names = (
        "num_samples",
        "seed",
        "unique",
        "start",
        "language",
        "linter",
        "imports",
        "time_limit",
        "max_lines",
        "audit",
    )
    options = {name: given[name] for name in names if given[name] is not None}
    if (command := command_linter(given)) is not None:
        options["linter"] = command
    return make(**options)


def _randseq_config(given: dict[str, Any]) -> RandSeqConfig:
    return RandSeqConfig(
        **{name: given[name] for name in ("num_samples", "seed", "unique", "start", "language")}
    )


def _revision_config(given: dict[str, Any]) -> RevisionConfig:
    drawing = ("num_samples", "seed", "unique", "language")
    if given["random"]:
        return RevisionConfig(linter=None, **{name: given[name] for name in drawing})
    names = (*drawing, "imports", "time_limit", "max_lines", "audit")
    chosen = {name: given[name] for name in names if given[name] is not None}
    linter = command_linter(given) or given["linter"] or "auto"
    return RevisionConfig(linter=linter, **chosen)


def _read(given: dict[str, Any], **more: Any) -> SourceSplit:
    from lintseq_datasets.files.sources import read_source

    names = ("split", "config_name", "revision")
    return read_source(given["source"], **{name: given[name] for name in names}, **more)


def _columns(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "instruction_column": given["instruction_column"],
        "program_column": given["program_column"],
        "state_column": given["state_column"],
        "extract_code": None if given["extract_code"] == "none" else given["extract_code"],
        **{name: given[name] for name in ("fences", "turns", "history", "solutions")},
    }


def _refactor(
    dataset: Dataset, config: LintSeqConfig | RandSeqConfig, given: dict[str, Any]
) -> Dataset:
    from lintseq_datasets.mapping.dataset import refactor

    return refactor(dataset, config, **_columns(given))


def _run(
    ctx: click.Context, config: SamplerConfig, given: dict[str, Any], reading: dict[str, Any]
) -> None:
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
        "tools", "tool_answers", "file_name",
        "retry_failed",
    )  # fmt: skip
    with stopped_by_signals(), place_for(output) as place:
        dataset, split = _read(given, streaming=given["streaming"])
        given["num_proc"] = given["num_proc"] or _processes(dataset, given)
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
            show_one(first_rows(finished.output, _SEARCHED_ROWS))
        if not given["quiet"] and not finished.was_there:
            say(accounting.as_table(), err=is_piped)
            where = "standard output" if is_piped else finished.output
            say(f"{finished.rows:,} rows written to {where}", err=is_piped)
    if accounting.rows_in and not accounting.sampled:
        click.echo("No row gave an edit sequence.", err=True)
        ctx.exit(1)


def _processes(dataset: Any, given: Mapping[str, Any]) -> int:
    """How many processes to take where nobody says: a core each, with some rows for each."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    rows = len(dataset) if hasattr(dataset, "__len__") else None
    if given["limit"] is not None:
        rows = given["limit"] if rows is None else min(rows, given["limit"])
    most = cores or 1
    count = most if rows is None else max(1, min(most, rows // _ROWS_WORTH_A_PROCESS))
    if count > 1 and not given["quiet"]:
        click.echo(f"{count} processes (--num-proc).", err=True)
    return count
