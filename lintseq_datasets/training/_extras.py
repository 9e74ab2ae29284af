"""Optional dependencies, or an error that says how to install them."""

from __future__ import annotations

import importlib
from typing import Any

from lintseq_datasets.errors import MissingExtraError


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
