"""Compiled modules: prylint knows those of one Python on one system, pylint those that are here.

What is here and unknown to prylint shows in its messages; what it knows and is not here has to be
found in the text.
"""

from __future__ import annotations

import ast
import importlib
import importlib.machinery
import os
import re
import sys
import warnings
from functools import lru_cache
from types import ModuleType

from lintseq_datasets.linters.base import LintMessage

_RE_EXPORTING = ("os", "signal", "socket", "ssl")  # written in Python, with names of compiled ones
_UNKNOWN = re.compile(r"Module '|No name '.*' in module '.")
_NOT_FOUND = re.compile(r"Unable to import '(\w+)")


def denies_library(message: LintMessage) -> bool:
    """Whether a message says that something is missing in a module or from the library."""
    if message.id in ("E1101", "E0611"):
        return _UNKNOWN.match(message.text) is not None
    found = _NOT_FOUND.match(message.text) if message.id == "E0401" else None
    return found is not None and found[1] in sys.stdlib_module_names


def uses_what_is_not_here(node: ast.AST) -> bool:
    """Whether a node may use a member of a compiled module that this Python does not have."""
    if isinstance(node, ast.Attribute):
        if not isinstance(node.value, ast.Name) or node.value.id not in compiled_modules():
            return False
        return not _has(node.value.id, node.attr)
    if isinstance(node, ast.ImportFrom):
        if node.level or node.module not in compiled_modules():
            return False
        return any(not _has(node.module, alias.name) for alias in node.names)  # a star is none
    if isinstance(node, ast.Import):
        return any(alias.asname and alias.name in compiled_modules() for alias in node.names)
    return False


@lru_cache(maxsize=1)
def compiled_modules() -> frozenset[str]:
    """Public modules of the library that are compiled, or show the names of one that is."""
    from lintseq_datasets.linters._isolation import standard_library_path

    suffixes = tuple(importlib.machinery.EXTENSION_SUFFIXES)
    files = (file for path in standard_library_path() for file in os.listdir(path))
    found = {file.split(".")[0] for file in files if file.endswith(suffixes)}
    names = found | set(sys.builtin_module_names) | set(_RE_EXPORTING)
    return frozenset(name for name in names if not name.startswith(("_", "xx")))


def _has(module: str, name: str) -> bool:
    found = _imported(module)
    return found is not None and hasattr(found, name)


@lru_cache(maxsize=200)
def _imported(name: str) -> ModuleType | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # modules that are about to go say so
            return importlib.import_module(name)
    except ImportError:
        return None
