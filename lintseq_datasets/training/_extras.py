"""Optional dependencies, or an error that says how to install them."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from collections.abc import Iterable
from typing import Any

from lintseq_datasets.errors import ConfigError, MissingExtraError, did_you_mean


def library(name: str, extra: str) -> Any:
    """Import a module of an optional dependency.

    Args:
        name: The module, such as ``"trl"``.
        extra: Extra of this library that brings it.

    Raises:
        MissingExtraError: It is not installed. If it is, and lacks something itself, its own
            `ImportError` passes.

    >>> library("json", "train").__name__
    'json'
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise
        raise MissingExtraError(error.name, extra) from None


def check_arguments(
    module: str, name: str, given: Iterable[str], *, known: Iterable[str] = ()
) -> None:
    """Check that a function or class of another library takes some arguments.

    Nothing is checked where the library is not installed.

    Args:
        module: The library.
        name: The function or class.
        given: Names of the arguments.
        known: Those that it takes for certain; only for others it is imported, which takes time.

    Raises:
        ConfigError: It does not take one of them.
    """
    if set(given) <= set(known) or importlib.util.find_spec(module) is None:
        return
    taken = inspect.signature(getattr(importlib.import_module(module), name)).parameters
    # It takes whatever it is given, and says itself what it cannot use.
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in taken.values()):
        return
    for argument in given:
        if argument not in taken:
            near = did_you_mean(argument, taken)
            raise ConfigError(argument, f"{module}.{name} has no such argument{near}")
