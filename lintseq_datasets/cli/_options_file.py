"""Options of a command from a file, and to one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from lintseq_datasets.errors import ConfigError

_NOT_IN_FILES = ("config_file", "dump_config", "help")


def _load(ctx: click.Context, _: click.Parameter, path: Path | None) -> None:
    """Take the options of a file as defaults."""
    if path is not None:
        # As defaults, so that click checks and converts them as it does what is typed.
        given = dict(_options(ctx, path))
        ctx.default_map = {**(ctx.default_map or {}), **given}


def _options(ctx: click.Context, path: Path) -> Iterator[tuple[str, Any]]:
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError("--config", f"cannot read {str(path)!r}: {error.strerror}") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError("--config", f"cannot read {str(path)!r}: {error}") from None
    if not isinstance(found, Mapping):
        raise ConfigError(
            "--config", f"{str(path)!r} holds no options by name: --dump-config prints such a file"
        )
    known = [str(one.name) for one in ctx.command.params if one.name not in _NOT_IN_FILES]
    for key, value in found.items():
        name = str(key).replace("-", "_")
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigError("--config", f"{str(path)!r}: there is no option {key!r}{hint}")
        # A name with nothing behind it, as in ``num_proc:``, leaves the option alone.
        if value is not None:
            yield name, value


def _dump(ctx: click.Context) -> str:
    import yaml

    values = {
        parameter.name: _plain(ctx.params[parameter.name])
        for parameter in ctx.command.params
        if parameter.name in ctx.params and parameter.name not in _NOT_IN_FILES
    }
    # Options without a value would only make the file longer.
    kept = {name: value for name, value in values.items() if value not in (None, [])}
    text: str = yaml.safe_dump(kept, sort_keys=False, allow_unicode=True)
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value


CONFIG_OPTIONS = (
    click.option(
        "--config",
        "config_file",
        type=click.Path(path_type=Path, dir_okay=False),
        is_eager=True,  # before all other options, whose defaults are taken from it
        expose_value=False,
        callback=_load,
        help="A file of options (YAML), as --dump-config prints it; the command line overrides it.",
    ),
    click.option(
        "--dump-config", is_flag=True, help="Print all options as such a file, and do nothing else."
    ),
)
"""Options from a file, and to one; see `dumps_config`."""


def dumps_config(ctx: click.Context) -> bool:
    """Print the options of a command as a file, where that is what it is called for."""
    if ctx.params["dump_config"]:
        click.echo(_dump(ctx), nl=False)
    return bool(ctx.params["dump_config"])
