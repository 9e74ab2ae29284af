"""Names of edit formats on the command line."""

from __future__ import annotations

import click

from lintseq_datasets.errors import ConfigError


def check_edit_format(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """The name of an edit format, with what may stand behind it; for ``callback=``.

    Raises:
        BadParameter: There is no such format.
    """
    from lintseq_datasets.edits.formats import edit_form

    try:
        edit_form(value)
    except ConfigError as error:
        raise click.BadParameter(error.problem, ctx, param) from None
    return value
