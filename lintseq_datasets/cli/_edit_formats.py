"""Names of edit formats on the command line."""

from __future__ import annotations

import click

from lintseq_datasets.edits.formats import edit_form
from lintseq_datasets.errors import ConfigError


def check_edit_format(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The name of an edit format, with what may stand behind it; for ``callback=``.

    None, where the option has no default, stays None.

    Raises:
        BadParameter: There is no such format.
    """
    try:
        if value is not None:
            edit_form(value)
    except ConfigError as error:
        raise click.BadParameter(error.problem, ctx, param) from None
    return value


def check_edit_formats(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[str, ...]:
    """Names of edit formats, separated by commas; for ``callback=``.

    Raises:
        BadParameter: There is no such format.
    """
    names = [name.strip() for name in value.split(",")] if value else []
    for name in names:
        check_edit_format(ctx, param, name)
    return tuple(dict.fromkeys(names))
