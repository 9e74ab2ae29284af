"""Options of commands, in groups that the help shows under headings."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

Decorator = Callable[[Any], Any]
_Command = TypeVar("_Command", bound=Callable[..., Any])


def add_options(*options: Callable[[Any], Any]) -> Callable[[_Command], _Command]:
    """Add options and arguments to a command, in the order of its help."""

    def add(command: _Command) -> _Command:
        # Decorators are applied from below, so click shows what came last first.
        for option in reversed(options):
            command = option(command)
        return command

    return add


def in_group(heading: str, *options: Decorator) -> tuple[Decorator, ...]:
    """Options and arguments that stand under a heading in the help of a `GroupedCommand`."""

    def within(option: Decorator) -> Decorator:
        @functools.wraps(option)
        def add(command: Any) -> Any:
            command = option(command)
            # click puts a new parameter at the end of either list.
            added = command.params if isinstance(command, click.Command) else _added(command)
            # An attribute that click does not know, and neither do type checkers.
            setattr(added[-1], "group", heading)  # noqa: B010
            return command

        return add

    return tuple(map(within, options))


def _added(function: Any) -> list[Any]:
    """What decorators have added to a function that is to become a command."""
    found: list[Any] = function.__click_params__
    return found


def names_of(*options: Decorator) -> set[str]:
    """The names of parameters, of options that are yet to be added."""
    # An option has a name once it is added to a command, so it is added to one for that.
    command = add_options(*options)(click.command()(lambda: None))
    return {str(parameter.name) for parameter in command.params}


class GroupedCommand(click.Command):
    """A command whose help has its options in groups, in the order in which they were added."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and record[1]:  # an argument is explained above the options
                # Options of one heading stand together, wherever they were added.
                groups.setdefault(getattr(parameter, "group", "Other"), []).append(record)
        for heading, records in groups.items():
            with formatter.section(heading):
                formatter.write_dl(records)
