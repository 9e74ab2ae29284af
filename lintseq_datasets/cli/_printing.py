"""Texts on the terminal, which may show less than a row holds."""

from __future__ import annotations

import sys

import click

from lintseq_datasets.display.terminals import EscapingStream


def say(text: str, err: bool = False) -> None:
    """Print a text, to the error output if wanted; what the terminal cannot show is escaped."""
    # In a Latin-1 locale, one character that it lacks would end the command.
    encoding = (sys.stderr if err else sys.stdout).encoding or "utf-8"
    click.echo(text.encode(encoding, "backslashreplace").decode(encoding), err=err)


def rows_written(count: int, where: object) -> str:
    """What a command says of the rows that it wrote, and where they are."""
    return f"{count:,} {'row' if count == 1 else 'rows'} written to {where}"


def say_in_color(text: str) -> None:
    """Print a text where everything that comes from a row is escaped, as it is."""
    if isinstance(sys.stdout, EscapingStream):
        sys.stdout.write_as_it_is(text + "\n")
        return
    encoding = sys.stdout.encoding or "utf-8"
    # whether there is colour in it was decided before
    click.echo(text.encode(encoding, "backslashreplace").decode(encoding), color=True)
