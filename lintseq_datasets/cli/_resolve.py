"""The command resolve: from a text of edits to the program that it writes."""

from __future__ import annotations

import json
import sys
from typing import IO, TYPE_CHECKING

import click

from lintseq_datasets.cli._edit_formats import check_edit_format
from lintseq_datasets.cli._printing import say
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.mapping.choices import EDIT_FORMATS

if TYPE_CHECKING:
    from lintseq_datasets.edits.reading import Policy


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--tolerant", is_flag=True, help="Use what can be used of a model's text.")
@click.option(
    "--policy",
    type=click.Choice(["skip", "stop", "raise"]),
    help="What becomes of malformed parts of a model's text; skip with --tolerant.",
)
@click.option(
    "--eos",
    multiple=True,
    help="Token at which a model's text ends; by default those of common models.",
)
@click.option("--no-eos", is_flag=True, help="A model's text ends where the file does.")
@click.option("--report", is_flag=True, help="Say on the standard error what was malformed.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON: the program, and the report on the text."
)
@click.option(
    "--start", type=click.File("rb"), help="File with the program that the edits start from."
)
@click.option(
    "--edit-format",
    default="diff",
    callback=check_edit_format,
    help=f"Form of the edits: {', '.join(EDIT_FORMATS)}.",
)
def resolve(
    file: IO[bytes],
    tolerant: bool,
    policy: Policy | None,
    eos: tuple[str, ...],
    no_eos: bool,
    report: bool,
    as_json: bool,
    start: IO[bytes] | None,
    edit_format: str,
) -> None:
    """Print the program that a text of edits writes.

    Reads FILE, or the standard input. A newline at the very end belongs to the file and not
    to the text. The program is printed exactly, without a newline behind it unless it goes to a
    terminal: there, control characters in it are escaped.

    The text must be exact: anything malformed is an error. With --tolerant, --policy, --eos,
    --no-eos, --report or --json it is read as a model's text, and what is malformed is put
    right or passed over.
    """
    from lintseq_datasets.edits.reading import EOS_TOKENS, resolve_generation
    from lintseq_datasets.edits.reading import resolve as resolve_text

    text = _read(file, "file")
    state = "" if start is None else _read(start, "--start")
    if tolerant or policy or eos or no_eos or report or as_json:
        tokens = () if no_eos else eos or EOS_TOKENS
        done = resolve_generation(
            text, policy=policy or "skip", start=state, eos=tokens, edit_format=edit_format
        )
        program = done.program
        if report:
            click.echo(str(done.report), err=True)
        if as_json:
            say(json.dumps({"program": program, **done.report.as_dict()}, indent=2))
            return
    else:
        program = resolve_text(text, start=state, edit_format=edit_format)
    if sys.stdout.isatty():
        say(program)
    else:  # bytes, because a text stream may turn newlines into something else
        sys.stdout.buffer.write(program.encode("utf-8"))


def _read(file: IO[bytes], name: str) -> str:
    try:
        text = file.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(name, f"is no UTF-8 text: {error}") from None
    return text.removesuffix("\n")
