"""Checks of options: the name that an option has, and the values that it may have.

Each check raises a `ConfigError` that names the option, the value and what would do.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, TypeVar, cast

from lintseq_datasets.errors import ConfigError, did_you_mean

_T = TypeVar("_T")


def names_checked(kind: type[_T]) -> type[_T]:
    """Let a dataclass answer an unknown option with the one that was meant.

    Args:
        kind: The dataclass, which raises a `ConfigError` from then on.
    """
    # Python's own error says neither what was meant nor what there is, and is no `ConfigError`.
    create: Callable[..., None] = kind.__init__
    names = [field.name for field in fields(cast("Any", kind))]

    # With `wraps`, `inspect.signature`, and so the help of an editor, still has the fields.
    @functools.wraps(create)
    def checked(self: Any, *values: Any, **options: Any) -> None:
        for name in options:
            if name not in names:
                near = did_you_mean(name, names) or f"; there are: {', '.join(names)}"
                raise ConfigError(name, f"there is no such option with {kind.__name__}{near}")
        create(self, *values, **options)

    cast("Any", kind).__init__ = checked
    return kind


def check_text(name: str, value: object, what: str = "a text") -> None:
    """Check that an option is a text.

    Raises:
        ConfigError: If not.
    """
    if not isinstance(value, str):
        raise ConfigError(name, f"{value!r} is not {what}")


def check_choice(name: str, value: object, choices: Sequence[object]) -> None:
    """Check that an option has one of the values that it can have.

    Raises:
        ConfigError: If not.
    """
    if value not in choices:
        near = did_you_mean(value, choices)
        raise ConfigError(name, f"{value!r} is none of {', '.join(map(repr, choices))}{near}")


def check_int(name: str, value: object, least: int) -> None:
    """Check that an option is a whole number, and large enough.

    Raises:
        ConfigError: If not.
    """
    if isinstance(value, bool) or not isinstance(value, int):  # True is an `int`
        raise ConfigError(name, f"{value!r} is no whole number")
    if value < least:
        raise ConfigError(name, f"{value} is less than {least}")


def check_bool(name: str, value: object) -> None:
    """Check that an option is True or False.

    Raises:
        ConfigError: If not.
    """
    if not isinstance(value, bool):
        raise ConfigError(name, f"{value!r} is neither True nor False")


def check_seconds(name: str, value: object) -> None:
    """Check that an option is a positive number.

    Raises:
        ConfigError: If not.
    """
    # `not value > 0` and not `value <= 0`: a NaN is neither.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ConfigError(name, f"{value!r} is no positive number of seconds")


def check_share(name: str, value: object) -> None:
    """Check that an option is a share, or None.

    Raises:
        ConfigError: If not.
    """
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ConfigError(name, f"{value!r} is no share between 0 and 1")


def message_ids(value: object) -> tuple[str, ...]:
    """The ids of messages, or prefixes of them, that an option lists.

    Raises:
        ConfigError: It is no such list.
    """
    if isinstance(value, (list, tuple)) and value and all(isinstance(e, str) and e for e in value):
        return tuple(value)
    raise ConfigError(
        "errors",
        f"{value!r} is no list of message ids or prefixes of ids: give one such as ['E0602']",
    )
