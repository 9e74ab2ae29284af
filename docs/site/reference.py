"""Pages of the API reference, one for each folder of the package, made from what is exported.

A name is documented where it is imported from: on the page of the package itself if that exports
it, else in the module that defines it, or in the face of its folder if that module is private.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
import typing
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from sphinx.ext.napoleon import GoogleDocstring
from sphinx.pycode import ModuleAnalyzer

import lintseq_datasets

LONGEST_VALUE = 300
PACKAGE = lintseq_datasets.__name__


def public_modules() -> list[ModuleType]:
    """The package and its public modules, without the command line, which is no library."""
    names = [PACKAGE]
    for found in pkgutil.walk_packages(lintseq_datasets.__path__, f"{PACKAGE}."):
        parts = found.name.split(".")
        if parts[1] != "cli" and not any(part.startswith("_") for part in parts):
            names.append(found.name)
    return [importlib.import_module(name) for name in names]


def exported(module: ModuleType) -> list[str]:
    """The names that a module offers, those of others only where it says so."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__ == module.__name__
    ]


def documented() -> dict[str, list[str]]:
    """For each public module the names that are documented there, each object once."""
    modules = {module.__name__: module for module in public_modules()}
    seen: set[int] = set()
    found: dict[str, list[str]] = {}
    for name, module in modules.items():
        found[name] = []
        for one in exported(module):
            value = getattr(module, one)
            is_named = inspect.isclass(value) or inspect.isfunction(value)
            home = value.__module__ if is_named else name  # a value has that of its class
            elsewhere = home != name and home in modules and name != PACKAGE
            if isinstance(value, ModuleType) or id(value) in seen or elsewhere:
                continue
            found[name].append(one)
            if not isinstance(value, int | str | float | bool | type(None)):
                seen.add(id(value))
    return found


def pages() -> Iterator[tuple[str, str]]:
    """File names and texts of the pages (reStructuredText), the index first."""
    names = documented()
    folders = dict.fromkeys(_folder(name) for name in names)
    listed = "\n".join(f"   {folder}" for folder in folders)
    yield (
        "index.rst",
        (
            f"{_heading('API reference', '=')}Made from the docstrings. "
            "`API <../docs/api.html>`__ is an introduction with examples.\n\n"
            f".. toctree::\n   :maxdepth: 1\n\n{listed}\n"
        ),
    )
    for folder in folders:
        text = "".join(
            _module(name, members) for name, members in names.items() if _folder(name) == folder
        )
        yield f"{folder}.rst", text


def _folder(module: str) -> str:
    return ".".join(module.split(".")[:2])


def _module(name: str, members: list[str]) -> str:
    level = "=" if _folder(name) == name else "-"
    text = f"{_heading(name, level)}.. automodule:: {name}\n   :no-members:\n\n"
    module = importlib.import_module(name)
    return text + "".join(_member(name, member, getattr(module, member)) for member in members)


def _member(module: str, name: str, value: Any) -> str:
    if inspect.isclass(value) and typing.get_origin(value) is None:  # no alias of a type
        return f".. autoclass:: {module}.{name}\n   :members:\n\n"
    if inspect.isfunction(value) or inspect.isbuiltin(value):
        return f".. autofunction:: {module}.{name}\n\n"
    if callable(value) and typing.get_origin(value) is None:
        return _called(name, value)
    hidden = "   :no-value:\n" if len(repr(value)) > LONGEST_VALUE else ""
    said = "".join(f"   {line}\n" for line in _said_of(name, value))
    return f".. autodata:: {module}.{name}\n{hidden}\n{said}\n"


def _called(name: str, value: Any) -> str:
    """A value that is called like a function, such as `lintseq_map`."""
    signature = inspect.signature(value)
    bare = [one.replace(annotation=one.empty) for one in signature.parameters.values()]
    said = str(GoogleDocstring(inspect.getdoc(value) or "")).replace("\n", "\n   ")
    return f".. py:function:: {name}{inspect.Signature(bare)}\n\n   {said}\n\n"


def _said_of(name: str, value: Any) -> list[str]:
    """What stands below a constant where it is defined, which may be in another module."""
    for home, module in sorted(sys.modules.items()):
        if home.startswith(f"{PACKAGE}.") and vars(module).get(name) is value:
            found = ModuleAnalyzer.for_module(home)
            found.analyze()
            if said := found.attr_docs.get(("", name)):
                return said
    return []


def _heading(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}\n\n"
