"""Options that mean the same in several commands, each said once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from lintseq_datasets.cli._help_groups import Decorator
from lintseq_datasets.languages.base import LANGUAGES

_BY_NAME = "[default: found by its name]"


def column_option(name: str, what: str) -> Decorator:
    """A column that is found where it is not named."""
    return click.option(name, help=f"Column of {what}.  {_BY_NAME}")


# --- what is read --------------------------------------------------------------------


def split_option(of: str) -> Decorator:
    """The split of what is read, for a command that reads one."""
    return click.option("--split", help=f"Split of the {of}; needed if there are several.")


HUB_OPTIONS = (
    click.option("--config-name", help="Configuration of a dataset on the Hub."),
    click.option("--revision", help="Revision of a dataset on the Hub."),
)
LANGUAGE_OPTION = click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="python",
    help="What the programs are written in.",
)
INSTRUCTION_COLUMN = column_option("--instruction-column", "the instruction")
PROGRAM_COLUMN = column_option("--program-column", "the program")


def answer_options(
    fences: Sequence[str], turns: Sequence[str], into: str, *, has_defaults: bool
) -> tuple[Decorator, ...]:
    """How a program is taken from an answer or a conversation.

    Args:
        fences: The choices of ``--fences``.
        turns: The choices of ``--turns``.
        into: Where ``--history`` puts earlier turns.
        has_defaults: Whether an option that is not given has its default; if not, it is None, and
            what is read may say otherwise.
    """

    def choice(name: str, choices: Sequence[str], default: str, text: str) -> Decorator:
        if has_defaults:
            return click.option(name, type=click.Choice(choices), default=default, help=text)
        # Written as click writes it, which says nothing of an option whose default is None.
        text = f"{text}  [default: {default}]"
        return click.option(name, type=click.Choice(choices), help=text)

    return (
        choice(
            "--extract-code",
            ("auto", "markdown", "none"),
            "auto",
            "Take the program out of Markdown fences: if there are any, always, or never.",
        ),
        choice(
            "--fences",
            fences,
            "join",
            "What to take from an answer with several fences of the language.",
        ),
        choice(
            "--turns",
            turns,
            "last",
            "Which answer of a conversation to take, of those with a program.",
        ),
        click.option(
            "--history/--no-history",
            default=False if has_defaults else None,
            help=f"Put earlier turns and system prompts into the {into}.",
        ),
    )


def limit_option(what: str) -> Decorator:
    """How many rows are read."""
    return click.option(
        "--limit", type=click.IntRange(1), help=f"Take only this many {what}, from the first."
    )


# --- what is drawn -------------------------------------------------------------------

SEED_OPTION = click.option(
    "--seed", type=click.IntRange(0), default=0, help="Seed of the random draws."
)

# --- what is written -----------------------------------------------------------------


def output_option(text: str, *, is_file: bool = False) -> Decorator:
    """Where the output goes."""
    return click.option(
        "--output",
        "-o",
        required=True,
        type=click.Path(path_type=Path, dir_okay=not is_file),
        help=text,
    )


SAVED_OPTION = click.option(
    "--saved", is_flag=True, help="Write the directory for load_from_disk instead."
)


def overwrite_option(what: str = "the output if it exists") -> Decorator:
    """Whether what is there is replaced."""
    return click.option("--overwrite", is_flag=True, help=f"Replace {what}.")


PLACE_OPTIONS = (
    output_option(
        "A .parquet or .jsonl file, a directory for load_dataset, or - for standard output."
    ),
    SAVED_OPTION,
    overwrite_option(),
)
KEEP_OPTIONS = (
    click.option(
        "--keep-columns",
        multiple=True,
        metavar="NAME,NAME",
        help="Columns of the source to keep; those that prepare adds (license, source) always are.",
    ),
    click.option(
        "--keep-all-columns", is_flag=True, help="Keep every column of the source that is not read."
    ),
)
"""For commands that make rows from rows; see `columns_to_keep`."""


def report_option(what: str) -> Decorator:
    """Where a report of the run goes."""
    return click.option(
        "--report",
        type=click.Path(path_type=Path, dir_okay=False),
        help=f"File for {what}.  [default: NAME.report.json beside the output]",
    )


def quiet_option(without: str) -> Decorator:
    """Whether the command says nothing but errors."""
    return click.option("--quiet", "-q", is_flag=True, help=f"No {without}.")
