"""The command resolve: from a text of edits to the program that it writes."""

from __future__ import annotations

import json
import sys
from typing import IO, TYPE_CHECKING

import click

from lintseq_datasets.cli._edit_formats import check_edit_format
from lintseq_datasets.cli._help_groups import GroupedCommand, add_options, in_group
from lintseq_datasets.cli._printing import say
from lintseq_datasets.errors import ConfigError, DiffError
from lintseq_datasets.mapping.choices import EDIT_FORMATS

if TYPE_CHECKING:
    from lintseq_datasets.edits.reading import Policy


# Files are read as bytes, in which no newline becomes another one.
_EXACT = in_group(
    "The edits",
    click.argument("file", type=click.File("rb"), default="-"),
    click.option(
        "--start",
        type=click.File("rb"),
        help="File with the program that they start from.  [default: the empty program]",
    ),
    click.option(
        "--edit-format",
        default="diff",
        callback=check_edit_format,
        help=f"Their form: {', '.join(EDIT_FORMATS)}.",
    ),
)
_TOLERANT = in_group(
    "A text that a model wrote",
    click.option("--tolerant", is_flag=True, help="Use what can be used of the text."),
    click.option(
        "--policy",
        type=click.Choice(["skip", "stop", "raise"]),
        help="What to do at malformed edits: skip them, stop there, or fail.  [default: skip]",
    ),
    click.option(
        "--eos",
        multiple=True,
        help="Token at which the text ends; may be repeated.  [default: those of common models]",
    ),
    click.option("--no-eos", is_flag=True, help="Let the text end where the file does."),
    click.option("--report", is_flag=True, help="Say on the error output what was malformed."),
    click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="Print JSON: the program, and the report on the text.",
    ),
)


@click.command(cls=GroupedCommand)
@add_options(*_EXACT, *_TOLERANT)
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

    The text is read from FILE, or from standard input. One newline at its very end is not part
    of it. The program is printed exactly, with no newline after it. In a terminal a newline is
    added, and control characters are escaped.

    Anything malformed in the text is an error. With any option for texts that a model wrote,
    what is malformed is put right or passed over.

    \b
    Examples:
      lintseq-datasets resolve edits.txt > program.py
      lintseq-datasets resolve generation.txt --tolerant --report
    """  # noqa: D301
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
        try:
            program = resolve_text(text, start=state, edit_format=edit_format)
        except DiffError as error:
            problem = f"{error.problem} (--tolerant uses what can be used of the text)"
            raise DiffError(problem, error.edit, error.hunk) from None
    if sys.stdout.isatty():
        say(program)
    else:  # bytes, because a text stream may turn newlines into something else
        sys.stdout.buffer.write(program.encode("utf-8"))


def _read(file: IO[bytes], name: str) -> str:
    try:
        text = file.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(name, f"is no UTF-8 text, convert it first: {error}") from None
    # Editors and shells end a file with a newline, and a sequence of edits has none at its end.
    return text.removesuffix("\n")
