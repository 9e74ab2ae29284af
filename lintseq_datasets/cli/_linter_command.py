"""Options for a command as the linter."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any, get_args

import click

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.linters.command import CommandLinter, Format

COMMAND_OPTIONS = (
    click.option(
        "--linter-command",
        metavar="COMMAND",
        help="Any command as the linter, such as 'shellcheck -f gcc {files}'; {file} for one file.",
    ),
    click.option(
        "--linter-pattern",
        metavar="REGEX",
        help="Of a line that it prints: groups path, line, column, id, message.",
    ),
    click.option(
        "--linter-format",
        type=click.Choice(get_args(Format)),
        default="lines",
        help="In what form it answers.",
    ),
    click.option("--linter-suffix", default=".txt", help="End of the names of its files."),
    click.option(
        "--linter-syntax-id",
        multiple=True,
        metavar="ID",
        help="Id of its messages that say that a text does not parse.",
    ),
    click.option(
        "--linter-silencers",
        metavar="REGEX",
        help="What in a program would silence it, such as 'shellcheck disable'.",
    ),
)


def command_linter(given: Mapping[str, Any]) -> CommandLinter | None:
    """The linter that the options describe; None if they describe none.

    Raises:
        ConfigError: Options contradict each other, or have no usable value.
    """
    if given["linter_command"] is None:
        return None
    if given["linter"] is not None:
        raise ConfigError("--linter", "either this or --linter-command")
    try:
        argv = shlex.split(given["linter_command"])
    except ValueError as error:
        raise ConfigError("--linter-command", str(error)) from None
    pattern = given["linter_pattern"]
    return CommandLinter(
        tuple(argv),
        **({} if pattern is None else {"pattern": pattern}),
        format=given["linter_format"],
        suffix=given["linter_suffix"],
        syntax_ids=given["linter_syntax_id"],
        silencers=given["linter_silencers"],
    )
