"""The options that commands share, in groups for their help."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import get_args

import click

from lintseq_datasets.cli._common_options import (
    HUB_OPTIONS,
    INSTRUCTION_COLUMN,
    KEEP_OPTIONS,
    LANGUAGE_OPTION,
    PLACE_OPTIONS,
    PROGRAM_COLUMN,
    SEED_OPTION,
    answer_options,
    column_option,
    limit_option,
    quiet_option,
    split_option,
)
from lintseq_datasets.cli._edit_formats import check_edit_format
from lintseq_datasets.cli._help_groups import in_group
from lintseq_datasets.cli._linter_command import COMMAND_OPTIONS
from lintseq_datasets.cli._options_file import CONFIG_OPTIONS
from lintseq_datasets.linters import LINTERS
from lintseq_datasets.linters.base import Imports
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
from lintseq_datasets.samplers.config import LintSeqConfig, RevisionConfig
from lintseq_datasets.samplers.option_types import Start

_USUAL, _USUAL_OF_REVISIONS = (
    {field.name: field.default for field in fields(config)}
    for config in (LintSeqConfig, RevisionConfig)
)

SOURCE = in_group(
    "Source",
    click.argument("source"),
    split_option("source"),
    *HUB_OPTIONS,
)
LANGUAGE_AND_INSTRUCTION = in_group("Source", LANGUAGE_OPTION, INSTRUCTION_COLUMN)
READING = in_group(
    "Source",
    PROGRAM_COLUMN,
    *answer_options(FENCES, get_args(Turns), "prompt", has_defaults=True),
    click.option(
        "--solutions",
        type=click.Choice(get_args(Solutions)),
        default="first",
        help="Which programs of a list of programs to take.",
    ),
)
# By itself, for `show`, which draws and has an option of its own for the number of samples.
(SEED,) = in_group("Sampling", SEED_OPTION)
SAMPLING = in_group(
    "Sampling",
    click.option(
        "--num-samples",
        type=click.IntRange(1),
        default=_USUAL["num_samples"],
        help="Edit sequences per program.",
    ),
    SEED,
    click.option(
        "--unique/--no-unique",
        default=False,
        help="Draw no sequence of a program twice.",
    ),
)
START = in_group(
    "Sampling",
    click.option(
        "--start",
        type=click.Choice(get_args(Start)),
        default=_USUAL["start"],
        help="Where a sequence starts: from nothing, from a random state on its way, from there to "
        "a later one (segment), or from a state that the row holds (given).",
    ),
    column_option("--state-column", "that state, with --start given"),
)
_REFERENCE = click.option("--reference", is_flag=True, help="Choose as the published code does.")
_MAX_LINES, _MAX_LINES_OF_VERSIONS = (
    click.option(
        "--max-lines",
        type=click.IntRange(1),
        default=default,
        help="Skip programs with more lines.",
    )
    for default in (_USUAL["max_lines"], _USUAL_OF_REVISIONS["max_lines"])
)
LINTING = in_group(
    "Linter",
    click.option(
        "--linter",
        type=click.Choice(LINTERS),
        metavar="NAME",
        help=f"Linter that judges every state: {', '.join(LINTERS)}.  [default: the first of the "
        "language]",
    ),
    *COMMAND_OPTIONS,
    click.option(
        "--imports",
        type=click.Choice(get_args(Imports)),
        help="Where pylint looks for what is imported: among the standard library, or also in this "
        "environment.  [default: stdlib; with --reference: environment]",
    ),
    _REFERENCE,
    click.option(
        "--time-limit",
        type=click.FloatRange(0, min_open=True),
        default=_USUAL["time_limit"],
        help="Processor seconds for a program, after which it fails.",
    ),
    _MAX_LINES,
    click.option(
        "--audit",
        type=click.FloatRange(0, 1),
        help="Share of the programs whose states the default linter judges as well.  [default: "
        "0.02 for prylint, else 0]",
    ),
)
# Those of `LINTING` but for what revisions have not or have otherwise. `in_group` wraps an option,
# so it is known by what is wrapped.
JUDGING = (
    *(
        option
        for option in LINTING
        if getattr(option, "__wrapped__", None) not in (_REFERENCE, _MAX_LINES)
    ),
    *in_group("Linter", _MAX_LINES_OF_VERSIONS),
)
VERSIONS = in_group(
    "Source",
    column_option("--before-column", "the version before"),
    column_option("--after-column", "the version after"),
)
OUTPUT = in_group(
    "Output",
    *PLACE_OPTIONS,
    click.option(
        "--beside",
        is_flag=True,
        help="If the output is another job's, write to a path of its own beside it.",
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
        help="Tools that rows of tool_calls call.",
    ),
    click.option(
        "--tool-answers",
        type=click.Choice(get_args(ToolAnswers)),
        default="short",
        help="What a tool answers: a sentence, or the file with line numbers.",
    ),
    click.option("--file-name", default="program.py", help="Name of the file that the tools edit."),
    click.option(
        "--done",
        default="",
        help="Last answer in rows of tool_calls and next_edit, such as Done.",
    ),
    click.option(
        "--edits-per-row", type=click.IntRange(1), default=1, help="Edits per row of next_edit."
    ),
    click.option(
        "--edits-so-far/--no-edits-so-far",
        default=False,
        help="Put the earlier edits into the prompts of next_edit.",
    ),
    click.option(
        "--conversational/--no-conversational",
        default=False,
        help="Write next_edit as chat messages.",
    ),
    click.option(
        "--fim-markers",
        default="starcoder",
        help="Model family that fim is for, or a prompt with {prefix} and {suffix}.",
    ),
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
        help="Rows that give no sequence: keep them with a status, leave them out, or stop there.",
    ),
    *KEEP_OPTIONS,
)
RUN = in_group(
    "Run",
    limit_option("rows"),
    click.option(
        "--streaming", is_flag=True, help="Read the source row by row, without a copy on disk."
    ),
    click.option(
        "--num-proc",
        type=click.IntRange(1),
        help="Number of processes.  [default: one per core, fewer for few rows]",
    ),
    click.option(
        "--batch-size",
        type=click.IntRange(1),
        help="Rows that a process gets at once.  [default: 1 to 1000, by the linter]",
    ),
    click.option(
        "--part-rows",
        type=click.IntRange(1),
        help="Rows that are written at once: the most that an interruption can cost.  [default: "
        "at least 250, without a linter 2000]",
    ),
    click.option(
        "--retry-failed",
        is_flag=True,
        help="Try again the rows that failed for lack of time or because their process ended.",
    ),
    click.option(
        "--show/--no-show", default=False, help="Show one of the edit sequences at the end."
    ),
    quiet_option("progress and no accounting"),
    click.option(
        "--log-file", type=click.Path(path_type=Path), help="Append a log of the run to this file."
    ),
    *CONFIG_OPTIONS,
)
