"""Help in groups, and options from a file."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from lintseq_datasets.errors import ConfigError

Decorator = Callable[[Any], Any]

_NOT_IN_FILES = ("config_file", "dump_config", "help")


def in_group(heading: str, *options: Decorator) -> tuple[Decorator, ...]:
    """Options and arguments that stand under a heading in the help of a `GroupedCommand`."""

    def within(option: Decorator) -> Decorator:
        @functools.wraps(option)
        def add(command: Any) -> Any:
            command = option(command)
            added = command.params if isinstance(command, click.Command) else _added(command)
            setattr(added[-1], "group", heading)  # noqa: B010
            return command

        return add

    return tuple(map(within, options))


def _added(function: Any) -> list[Any]:
    """What decorators have added to a function that is to become a command."""
    found: list[Any] = function.__click_params__
    return found


class GroupedCommand(click.Command):
    """A command whose help has its options in groups, in the order in which they were added."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            if (record := parameter.get_help_record(ctx)) is not None:
                groups.setdefault(getattr(parameter, "group", "Other"), []).append(record)
        for heading, records in groups.items():
            with formatter.section(heading):
                formatter.write_dl(records)


def _load(ctx: click.Context, _: click.Parameter, path: Path | None) -> None:
    """Take the options of a file as defaults."""
    if path is not None:
        given = dict(_options(ctx, path))
        ctx.default_map = {**(ctx.default_map or {}), **given}


def _options(ctx: click.Context, path: Path) -> Iterator[tuple[str, Any]]:
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError("--config", f"cannot read {str(path)!r}: {error}") from None
    if not isinstance(found, Mapping):
        raise ConfigError("--config", f"{str(path)!r} holds no options by name")
    known = [str(one.name) for one in ctx.command.params if one.name not in _NOT_IN_FILES]
    for key, value in found.items():
        name = str(key).replace("-", "_")
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigError("--config", f"{str(path)!r}: there is no option {key!r}{hint}")
        if value is not None:
            yield name, value


def _dump(ctx: click.Context) -> str:
    import yaml

    values = {
        parameter.name: _plain(ctx.params[parameter.name])
        for parameter in ctx.command.params
        if parameter.name in ctx.params and parameter.name not in _NOT_IN_FILES
    }
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
        is_eager=True,
        expose_value=False,
        callback=_load,
        help="A file of options (YAML) as --dump-config prints it; options given here override it.",
    ),
    click.option(
        "--dump-config", is_flag=True, help="Print all options as such a file, and do nothing."
    ),
)
"""Options from a file, and to one; see `dumps_config`."""


def dumps_config(ctx: click.Context) -> bool:
    """Print the options of a command as a file, where that is what it is called for."""
    if ctx.params["dump_config"]:
        click.echo(_dump(ctx), nl=False)
    return bool(ctx.params["dump_config"])
