"""Rows to standard output, and nothing else there."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from lintseq_datasets.display.terminals import EscapingStream, quiet_if_closed
from lintseq_datasets.errors import ConfigError

STANDARD_OUTPUT = Path("-")
"""The output that is JSON lines to standard output."""

_NOT_WITH_IT = ("saved", "beside", "retry_failed", "show")


def is_standard(output: Path, given: Mapping[str, Any]) -> bool:
    """Whether rows go to standard output.

    Raises:
        ConfigError: An option was given that does not go with it.
    """
    if output != STANDARD_OUTPUT:
        return False
    for name in _NOT_WITH_IT:
        if given.get(name):
            option = f"--{name.replace('_', '-')}"
            raise ConfigError(
                option,
                "does not go with rows on standard output (-o -): leave it out, or name a file",
            )
    return True


@contextmanager
def place_for(output: Path) -> Iterator[Path]:
    """Where an output is written: itself, or a file whose rows then go to standard output."""
    if output != STANDARD_OUTPUT:
        yield output
        return
    # Rows go out when all are there: a reader behind the pipe gets a whole dataset or nothing.
    with tempfile.TemporaryDirectory(prefix="lintseq-output-") as folder:
        rows = Path(folder) / "rows.jsonl"
        try:
            yield rows
        except BaseException:
            text = "Nothing went to standard output, and nothing is kept: a run that goes on later"
            click.echo(f"{text} needs a file or a directory as its output.", err=True)
            raise
        with quiet_if_closed():
            _print(rows)


def _print(rows: Path) -> None:
    with rows.open("rb") as file:
        if isinstance(sys.stdout, EscapingStream):  # what it is must not drive the terminal
            for line in file:
                sys.stdout.write(line.decode("utf-8"))
            return
        sys.stdout.flush()  # what was printed as text would else come behind the bytes
        shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
