"""Versions that generated data depends on, and functions that carry them.

`datasets` keeps the result of ``map`` under a digest of what it was told. An importable function
is nothing but its name there, so an upgrade would go unnoticed:

    dataset.map(lintseq_map, ...)    with pylint 4.0.4: sampled, and kept
    dataset.map(lintseq_map, ...)    with pylint 4.1.4: a plain function would get what was kept;
                                     a `VersionedFunction` has another digest, and samples anew
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import platform
from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar

from lintseq_datasets.languages.base import LANGUAGES, load_language
from lintseq_datasets.linters.loading import PACKAGES, PACKAGES_OF_PYTHON, identities_of_tools
from lintseq_datasets.samplers.config import ALGORITHM

_P = ParamSpec("_P")
_R = TypeVar("_R")

_PACKAGES = ("lintseq-datasets", "pylint", "astroid", *PACKAGES_OF_PYTHON, "numpy")


# Each version is looked up in files of its distribution, and each fingerprint asks for all of them.
@functools.lru_cache(maxsize=16)
def data_versions(language: str = "python") -> tuple[tuple[str, str], ...]:
    """Names and versions of everything that generated data depends on.

    Args:
        language: That of the programs.
    """
    versions = {"algorithm": str(ALGORITHM), "python": platform.python_version()}
    for package in (*_PACKAGES, *load_language(language).packages):
        versions[package] = _version(package)
    return tuple(versions.items())


def versions_beside_linter(language: str = "python") -> tuple[tuple[str, str], ...]:
    """The same without linters that are extras, for rows whose linter is known.

    A run takes one of them at most, whose own name says its version, and no row depends on the
    others. So a job goes on where those were installed or upgraded since.
    """
    return tuple(pair for pair in data_versions(language) if pair[0] not in PACKAGES_OF_PYTHON)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    # A value like any other: once it is installed, the digest is another one.
    except importlib.metadata.PackageNotFoundError:
        return ""


@functools.lru_cache(maxsize=1)
def _other_versions() -> tuple[tuple[str, str], ...]:
    """The same for all other languages, and of tools that no distribution has the version of."""
    packages = {package for name in LANGUAGES for package in load_language(name).packages}
    versions = ((package, _version(package)) for package in sorted(packages | {*PACKAGES}))
    return (*versions, *identities_of_tools())


class VersionedFunction(Generic[_P, _R]):
    """A module-level function whose pickled state holds the versions it depends on."""

    def __init__(self, function: Callable[_P, _R]) -> None:
        functools.update_wrapper(self, function)
        self._function = function

    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Call the function."""
        return self._function(*args, **kwargs)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        # Of all languages: for which one it will be called, the pickled function does not know.
        function = self._function
        versions = (*data_versions(), *_other_versions())
        return _load, (function.__module__, function.__qualname__, versions)

    def __repr__(self) -> str:
        return f"<function {self._function.__module__}.{self._function.__qualname__}>"


def _load(module: str, name: str, _versions: object) -> Any:
    # The versions are in the pickle to be hashed. Whoever reads it has versions of its own.
    return getattr(importlib.import_module(module), name)
