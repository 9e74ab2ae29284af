"""The options that commands share, in groups for their help."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from lintseq_datasets.cli._edit_formats import check_edit_format
from lintseq_datasets.cli._help_groups import in_group
from lintseq_datasets.cli._linter_command import COMMAND_OPTIONS
from lintseq_datasets.cli._options_file import CONFIG_OPTIONS
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

PLACE_OPTIONS = (
    click.option(
        "--output",
        "-o",
        required=True,
        type=click.Path(path_type=Path),
        help="A file .parquet or .jsonl, a directory for load_dataset, or - for standard output.",
    ),
    click.option("--saved", is_flag=True, help="Write the directory with save_to_disk."),
    click.option("--overwrite", is_flag=True, help="Replace the output where it exists."),
)

KEEP_OPTIONS = (
    click.option(
        "--keep-columns",
        multiple=True,
        metavar="NAME,NAME",
        help="Columns of the source to keep, beside those that prepare adds (license, source).",
    ),
    click.option(
        "--keep-all-columns", is_flag=True, help="Keep all columns of the source that are not read."
    ),
)
"""For commands that make rows from rows; see `columns_to_keep`."""

SOURCE = in_group(
    "Source",
    click.argument("source"),
    click.option("--split", help="Split of the source; needed where there are several."),
    click.option("--config-name", help="Configuration of a dataset on the Hub."),
    click.option("--revision", help="Revision of a dataset on the Hub."),
)
LANGUAGE = in_group(
    "Source",
    click.option(
        "--language",
        type=click.Choice(LANGUAGES),
        default="python",
        help="What the programs are written in.",
    ),
    click.option("--instruction-column", help="Found by itself among the usual names."),
)
READING = in_group(
    "Source",
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
(SEED,) = in_group(
    "Sampling",
    click.option("--seed", type=click.IntRange(0), default=0, help="Seed of the draws."),
)
SAMPLING = in_group(
    "Sampling",
    click.option(
        "--num-samples",
        type=click.IntRange(1),
        default=5,
        help="Edit sequences for each program.",
    ),
    SEED,
    click.option(
        "--unique/--no-unique",
        default=False,
        help="Whether the sequences of a program must differ.",
    ),
)
START = in_group(
    "Sampling",
    click.option(
        "--start",
        type=click.Choice(["empty", "random_state", "segment", "given"]),
        default="empty",
        help="Where sequences start: the empty program, a state of theirs (and end at a later one: "
        "segment), or one of the row.",
    ),
    click.option("--state-column", help="Column of the state, if it is given."),
)
_REFERENCE = click.option("--reference", is_flag=True, help="The choices of the published code.")
_MAX_LINES, _MAX_LINES_OF_VERSIONS = (
    click.option(
        "--max-lines",
        type=click.IntRange(1),
        default=default,
        help="Programs of more lines are skipped.",
    )
    for default in (1000, 2000)
)
LINTING = in_group(
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
    _MAX_LINES,
    click.option(
        "--audit",
        type=click.FloatRange(0, 1),
        help="Share of the programs whose states the default linter judges, too; 0.02 for prylint, "
        "else 0.",
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
    click.option("--before-column", help="The version before; found by itself."),
    click.option("--after-column", help="The version after; found by itself."),
)
OUTPUT = in_group(
    "Output",
    *PLACE_OPTIONS,
    click.option(
        "--beside",
        is_flag=True,
        help="If the output is of another job, write beside it.",
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
        "--done",
        default="",
        help="Last answer of tool_calls and next_edit, such as Done.",
    ),
    click.option(
        "--edits-per-row", type=click.IntRange(1), default=1, help="Edits in a row of next_edit."
    ),
    click.option(
        "--edits-so-far/--no-edits-so-far",
        default=False,
        help="Put the edits before into the prompts of next_edit.",
    ),
    click.option(
        "--conversational/--no-conversational",
        default=False,
        help="Write next_edit as chat messages.",
    ),
    click.option(
        "--fim-markers",
        default="starcoder",
        help="Model family of fim, or a prompt with {prefix} and {suffix}.",
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
        help="Rows that give no sequence: keep them with a status, leave them out, or stop.",
    ),
    *KEEP_OPTIONS,
)
RUN = in_group(
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
        help="Rows that a process gets at once.  [default: chosen for the linter]",
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
