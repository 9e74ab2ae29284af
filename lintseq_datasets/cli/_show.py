"""How rows are shown: in the terminal, or on a page of their own."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lintseq_datasets.cli._printing import say, say_in_color
from lintseq_datasets.errors import ConfigError, LinterError, LintSeqError
from lintseq_datasets.languages.base import Language

if TYPE_CHECKING:
    from lintseq_datasets.edits.sequence import EditSequence
    from lintseq_datasets.mapping.row_texts import OutputRow

_MANY_EDITS = 3  # worth showing


def has_edits(columns: Iterable[str]) -> bool:
    """Whether a dataset with these columns holds edit sequences."""
    from lintseq_datasets.mapping.row_texts import EDIT_COLUMNS

    return not set(EDIT_COLUMNS).isdisjoint(columns)


def samples_of_a_program(rows: Sequence[OutputRow]) -> list[OutputRow]:
    """The first row, and those that follow it and hold the same program."""
    # The published package's columns have no id.
    key = "program_id" if "program_id" in rows[0] else "source_response"
    last = next((n for n, row in enumerate(rows) if row[key] != rows[0][key]), len(rows))
    return list(rows[:last])


def show_rows(rows: Sequence[OutputRow], edit_format: str | None = None) -> None:
    """Show the samples of a program step by step, with their instruction.

    What is longer than the terminal goes through a pager.

    Args:
        rows: The rows of the samples.
        edit_format: A form in which the edits are printed, instead of the steps.
    """
    from lintseq_datasets.display import format_printed, format_sequence, printable, wants_color

    color = wants_color(sys.stdout)
    # All rows hold the same program. Edits as text have no place for its errors.
    own_errors = {} if edit_format else own_errors_of(rows[0])
    parts = [printable(prompt)] if (prompt := _prompt_of(rows[0]).strip()) else []
    for number, row in enumerate(rows):
        if len(rows) > 1 or "edit_index" in row:
            parts.append(f"--- {_name_of(row, number)} ---")
        sequence = _sequence_of(row)
        if edit_format is None:
            language = _language_of(row).label
            parts.append(
                format_sequence(sequence, color=color, language=language, own_errors=own_errors)
            )
        else:
            parts.append(format_printed(sequence, edit_format))
    _page("\n\n".join(parts))


def _name_of(row: OutputRow, number: int) -> str:
    name = f"sample {row.get('sample_index', number)}"
    if "edit_index" not in row:
        return name
    count = len(row["edits"])
    if not count:
        return f"{name}, after its {row['num_edits']} edits"
    first = row["edit_index"] + 1
    which = f"edit {first}" if count == 1 else f"edits {first} to {first + count - 1}"
    hunk = f", hunk {row['hunk_index'] + 1}" if row.get("num_hunks", 1) > 1 else ""
    return f"{name}, {which} of {row['num_edits']}{hunk}"


def show_one(rows: Iterable[OutputRow]) -> None:
    """Show the first sequence with some edits, or else the longest."""
    from lintseq_datasets.mapping.row_texts import edits_of_row

    best: OutputRow | None = None
    for row in rows:
        if best is None or len(edits_of_row(row)) > len(edits_of_row(best)):
            best = row
        if len(edits_of_row(best)) >= _MANY_EDITS:
            break
    if best is not None and edits_of_row(best):
        show_rows([best])
        say("")


def write_page(path: Path, rows: Sequence[OutputRow], edit_format: str | None = None) -> None:
    """Write a page that shows the samples of a program, side by side.

    Args:
        path: Where to; only a page may be replaced.
        rows: The rows of the samples.
        edit_format: A form in which the edits are printed below the steps.

    Raises:
        ConfigError: There is something else.
    """
    from lintseq_datasets.cli._checks import real_path
    from lintseq_datasets.display import page_html
    from lintseq_datasets.files.whole_files import write_whole

    if path.exists() and not path.read_bytes().startswith(b"<!DOCTYPE html>"):
        raise ConfigError("--html", f"{str(path)!r} exists, and is no page: name another file")
    row = rows[0]
    page = page_html(
        [_sequence_of(one) for one in rows],
        language=_language_of(row).label,
        prompt=_prompt_of(row),
        facts=[
            (name, str(row[name])) for name in ("method", "linter", "program_id") if row.get(name)
        ],
        own_errors=own_errors_of(row),
        edit_format=edit_format,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(real_path(path), lambda file: file.write(page.encode()))
    click.echo(f"page written to {path}", err=True)


def own_errors_of(row: OutputRow) -> dict[int, list[str]]:
    """What the linter of a row says of its whole program, by 0-based line.

    Where it cannot be asked, that is said, and nothing is marked.
    """
    from lintseq_datasets.linters import LINTERS, errors_by_line, load_linter

    named = str(row.get("linter") or "")
    name = named.partition(" ")[0]
    # Of a command or an object of the user's, the name alone is known. Rows of RandSeq have none.
    if name not in LINTERS:
        return {}
    try:
        linter = load_linter(name, language=_language_of(row).name)
        found = errors_by_line(_sequence_of(row).resolve().text, linter)
    except (LintSeqError, LinterError) as error:
        click.echo(f"The program's own errors are not marked: {error}", err=True)
        return {}
    # Another version, which may say something else than what the rows were judged by.
    if found and not named.startswith(linter.name):
        click.echo(f"The program's own errors are those of {linter.name}, not {named}.", err=True)
    return found


def _sequence_of(row: OutputRow) -> EditSequence:
    from lintseq_datasets.mapping.row_texts import sequence_of_row

    return sequence_of_row(row)


def _prompt_of(row: OutputRow) -> str:
    from lintseq_datasets.edits.prompts import split_prompt
    from lintseq_datasets.mapping.row_texts import texts_of_row

    if "hunk_index" in row:  # between the markers stands the state
        return str(row["instruction"] or "")
    prompt = texts_of_row(row).prompt
    # The state is shown as the first step, so it is left out here.
    return split_prompt(prompt, _language_of(row).label)[0] if "state" in row else prompt


def _language_of(row: OutputRow) -> Language:
    from lintseq_datasets.mapping.made_with import MADE_WITH, language_in, read_made_with

    return language_in(read_made_with(row.get(MADE_WITH)))


def _page(text: str) -> None:
    """Print a text where everything that comes from a row is escaped, in pages if it is long."""
    height = shutil.get_terminal_size().lines
    # A pager needs a keyboard and a screen.
    if text.count("\n") < height or not (sys.stdin.isatty() and sys.stdout.isatty()):
        say_in_color(text)
        return
    # As git does: colours are let through, and the text stays on the screen afterwards.
    os.environ.setdefault("LESS", "FRX")
    click.echo_via_pager(text, color=True)
