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
        help="Any other command as the linter, such as 'shellcheck -f gcc {files}'; {file} if it "
        "takes one file only.",
    ),
    click.option(
        "--linter-pattern",
        metavar="REGEX",
        help="Pattern of a line that it prints, with groups path, line, column, id, message.",
    ),
    click.option(
        "--linter-format",
        type=click.Choice(get_args(Format)),
        default="lines",
        help="Form in which it answers.",
    ),
    click.option("--linter-suffix", default=".txt", help="Suffix of the files that it is given."),
    click.option(
        "--linter-syntax-id",
        multiple=True,
        metavar="ID",
        help="Id of a message that says that a text does not parse; may be repeated.",
    ),
    click.option(
        "--linter-silencers",
        metavar="REGEX",
        help="Pattern of what would silence it in a program, such as 'shellcheck disable'.",
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
        raise ConfigError(
            "--linter", "names another linter than --linter-command: give one of them"
        )
    try:
        # Quoted as for a shell, and run without one.
        argv = shlex.split(given["linter_command"])
    except ValueError as error:
        raise ConfigError("--linter-command", f"{error}: quote it as for a shell") from None
    pattern = given["linter_pattern"]
    return CommandLinter(
        tuple(argv),
        # The default is the linter's own, and no value of an option.
        **({} if pattern is None else {"pattern": pattern}),
        format=given["linter_format"],
        suffix=given["linter_suffix"],
        syntax_ids=given["linter_syntax_id"],
        silencers=given["linter_silencers"],
    )
