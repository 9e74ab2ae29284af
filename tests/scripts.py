"""Example scripts, run in this process: what they import takes seconds in a new one."""

from __future__ import annotations

import contextlib
import io
import runpy
import sys
from pathlib import Path

import pytest


def run_script(script: Path, *args: object, folder: Path) -> str:
    """Run a script as a program, in a working directory; returns what it printed."""
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as seen:
        patch.chdir(folder)
        patch.syspath_prepend(script.parent)
        patch.setattr(sys, "argv", [str(script), *map(str, args)])
        runpy.run_path(str(script), run_name="__main__")
    return seen.getvalue()
