"""What astroid may look at while it judges a program: never the working directory.

Without this, a file ``numpy.py`` beside the running script would be taken for numpy,
and an extension module of the standard library that astroid wants to inspect could
be shadowed, and executed, by a file of the same name.

For example, ``import requests`` is looked for in the folders of the standard library only. It is
not there, so it is an E0401, whether or not requests is installed, and whether or not astroid has
read it before in this process. That holds within ``Isolation(...).active()``; after it, astroid is
as it was before.
"""

from __future__ import annotations

import copy
import importlib
import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from types import ModuleType
from typing import Any

import astroid
import astroid.manager
from astroid.builder import AstroidBuilder
from astroid.exceptions import AstroidBuildingError
from astroid.interpreter._import import spec as astroid_spec


def standard_library_path() -> tuple[str, ...]:
    """Where the modules of the standard library are, extension modules included."""
    library = sysconfig.get_paths()["stdlib"]
    extensions = sysconfig.get_config_var("DESTSHARED") or ""  # POSIX, not inside of a venv
    found = (library, os.path.join(library, "lib-dynload"), extensions)
    windows = os.path.join(sys.base_prefix, "DLLs")
    return tuple(dict.fromkeys(path for path in (*found, windows) if os.path.isdir(path)))


@lru_cache(maxsize=1)
def environment_path() -> tuple[str, ...]:
    """Where a fresh interpreter finds modules, installed packages included.

    The interpreter is asked: what ``.pth`` files, the user's own packages or a distribution
    add is known to nobody else. Directories that depend on the working directory are left out.

    Raises:
        OSError: The interpreter cannot be started.
    """
    question = "import json, sys; print(json.dumps(sys.path))"
    # -P: no script directory and no working directory in front; and from a folder where
    # relative entries of PYTHONPATH do not lead to the caller's files
    command = [sys.executable, "-P", "-c", question]
    done = subprocess.run(
        command, capture_output=True, check=True, cwd=os.path.abspath(os.sep), text=True
    )
    # The last line: a `sitecustomize` may print something before.
    found = filter(os.path.isabs, json.loads(done.stdout.splitlines()[-1]))
    return tuple(dict.fromkeys((*standard_library_path(), *filter(os.path.isdir, found))))


def _make_finder(path: tuple[str, ...]) -> type[astroid_spec.Finder]:
    class PathFinder(astroid_spec.ImportlibFinder):  # type: ignore[misc]  # untyped here
        """Finds modules on a fixed path; nothing that is loaded already counts."""

        @staticmethod
        def find_module(
            modname: str,
            module_parts: tuple[str, ...],
            processed: tuple[str, ...],
            submodule_path: tuple[str, ...] | None,
        ) -> astroid_spec.ModuleSpec | None:
            # Without a path, the original would search `sys.path`. Modules that are part of the
            # interpreter, such as `sys`, are on no path: it knows them by their names.
            if submodule_path is None and modname not in sys.builtin_module_names:
                submodule_path = path
            return astroid_spec.ImportlibFinder.find_module(
                modname, module_parts, processed, submodule_path
            )

        def contribute_to_path(
            self, spec: astroid_spec.ModuleSpec, processed: list[str]
        ) -> Sequence[str] | None:
            # The original searches `sys.path` for more of a package, and asks the import system of
            # this process for `distutils`.
            return None if spec.location is None else [spec.location]

    return PathFinder


def _remember(memory: dict[str, Any]) -> dict[str, Any]:
    """Give astroid another memory of what it has found and read; return the one that it had."""
    # New managers take these from the class; the old one, which is shared, has its own names.
    shared = astroid.manager.AstroidManager.brain
    before = {name: shared[name] for name in memory}
    shared.update(memory)
    for name, value in memory.items():
        setattr(astroid.MANAGER, name, value)
    return before


class _FileCache(dict[tuple[str, str | None], Any]):
    """Where modules are, or the error that they cannot be found.

    astroid raises the error that it remembers, again and again. A raised error holds what
    it passed through, the last program that imported the module included.
    """

    def __setitem__(self, key: tuple[str, str | None], value: Any) -> None:
        if isinstance(value, AstroidBuildingError):
            value = _fresh(value)
            value.error = None  # the exception that led to it, whose frames hold the program
        super().__setitem__(key, value)

    def __getitem__(self, key: tuple[str, str | None]) -> Any:
        return _fresh(super().__getitem__(key))


def _fresh(value: Any) -> Any:
    return copy.copy(value) if isinstance(value, BaseException) else value


class Isolation:
    """Lets astroid find modules on a fixed path only, and remember them for itself.

    What astroid has read it keeps for the whole process, and a module that was once
    found, or not found, on another path would count here too.

    Args:
        path: Directories to search.
        hooks: Whether import hooks of this process count, as of editable installations.
    """

    def __init__(self, path: tuple[str, ...], *, hooks: bool) -> None:
        self._path = list(path)
        self._hooks = astroid_spec._MetaPathFinderModuleTypes if hooks else {}
        self._finders = (_make_finder(path),)
        # The function has a cache, which would answer for another path.
        self._find_spec = lru_cache(maxsize=1024)(astroid_spec._find_spec.__wrapped__)
        AstroidBuilder(astroid.MANAGER)  # has astroid read the builtins
        # Both memories share that one module: astroid makes it once for each process, and looks
        # into the memory of the moment for it.
        self._memory: dict[str, Any] = {
            "astroid_cache": {"builtins": astroid.MANAGER.astroid_cache["builtins"]},
            "_mod_file_cache": _FileCache(),
        }

    @contextmanager
    def active(self) -> Iterator[None]:
        """Isolate within the context, and put everything back after it."""
        saved = _remember(self._memory)
        saved_functions = (
            astroid_spec._SPEC_FINDERS,
            astroid_spec._find_spec,
            astroid_spec._MetaPathFinderModuleTypes,
            astroid.manager.load_module_from_name,
        )
        # astroid looks these names up in its modules with each call, so to replace them is enough.
        astroid_spec._MetaPathFinderModuleTypes = self._hooks
        astroid_spec._SPEC_FINDERS = self._finders
        astroid_spec._find_spec = self._find_spec
        astroid.manager.load_module_from_name = self._load_extension
        try:
            yield
        finally:
            _remember(saved)
            (
                astroid_spec._SPEC_FINDERS,
                astroid_spec._find_spec,
                astroid_spec._MetaPathFinderModuleTypes,
                astroid.manager.load_module_from_name,
            ) = saved_functions

    def _load_extension(self, name: str) -> ModuleType:
        """Import an extension module of the standard library from where it belongs."""
        if name in sys.modules:
            return sys.modules[name]
        # Only during the import: whoever else runs in this process needs the path as it is.
        saved = sys.path
        sys.path = self._path
        try:
            return importlib.import_module(name)
        finally:
            sys.path = saved
