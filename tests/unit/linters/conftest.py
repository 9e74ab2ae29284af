"""Stand-ins for the executables of linters, as packages would bring them."""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import lintseq_datasets.linters

Fresh = Callable[[str], ModuleType]
StandIn = Callable[..., Path]


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Fresh:
    """Import a module of `linters` as a process has it that has not used it yet.

    It asks again what it remembers of a package, such as where the executable is.
    """

    def load(name: str) -> ModuleType:
        full = f"lintseq_datasets.linters.{name}"
        # so that both are put back
        monkeypatch.setattr(lintseq_datasets.linters, name, importlib.import_module(full))
        monkeypatch.delitem(sys.modules, full)
        return importlib.import_module(full)

    return load


@pytest.fixture
def stand_in(tmp_path: Path, fresh: Fresh, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Put a shell script in front of the executable of a linter, for `load_linter`.

    Returns a log with a line for each call.
    """

    def put(name: str, script: str, after: str = "") -> Path:
        site, log = tmp_path / "site", tmp_path / "calls"
        path = site / "bin" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        call = f'{real[name]} "$@" {after}' if after else f'exec {real[name]} "$@"'
        path.write_text(f'#!/bin/sh\nPATH=/usr/bin:/bin\necho "$#" >> {log}\n{script}\n{call}\n')
        path.chmod(0o700)
        if name == "ruff":
            monkeypatch.setattr("ruff.find_ruff_bin", lambda: str(path))
        else:
            version = importlib.metadata.version(name)
            package = site / f"{name}-{version}.dist-info"
            package.mkdir(exist_ok=True)
            (package / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
            (package / "RECORD").write_text(f"bin/{name},,\n")
            monkeypatch.syspath_prepend(site)
        fresh(name)
        return log

    real = {name: executable(name) for name in ("ruff", "prylint")}
    return put


def executable(name: str) -> Path:
    """The one that a package of this environment brought."""
    files = importlib.metadata.distribution(name).files or ()
    (found,) = (file for file in files if file.stem == name and file.parent.name == "bin")
    return Path(str(found.locate())).resolve()
