"""The interpreter that prylint is given: it answers with the standard library and nothing else.

prylint asks a ``python3`` for its module path when it starts, which takes longer than to judge
twenty programs. What a bare interpreter would say is known here, so a small script says it;
only what the script does not know is passed on to a bare interpreter.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import json
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any

FOLDER = "tool"
"""Where the files belong, beside the folder of the programs, so that no program can see them."""

_NAME, _BARE = "python3", "bare-python3"

_DRIVER = "prylint-startup-driver-36d2d039a0c21e12.py"
"""The program that prylint 0.4.2 runs in the interpreter; its name is a hash of its text."""

# In sh, which starts in a fraction of the time that Python takes. ``${0%/*}`` is the folder that
# the script is in. What is asked and answered are lines of JSON.
_SCRIPT = """#!/bin/sh
case $2 in
*/{driver}) ;;
*) exec "${{0%/*}}/{bare}" "$@" ;;
esac
while read -r request; do
  case $request in
  *'"op":"probe"'*) printf '%s\\n' {probe} ;;
  *'"op":"parse"'*) echo '{{"options": {{}}, "init_hooks": [], "err": null}}' ;;
  *'"op":"statsload"'*) echo '{{"global_note": null}}' ;;
  *) echo '{{"err": "unknown op"}}' ;;
  esac
done
"""


@lru_cache(maxsize=1)
def interpreter_files() -> dict[str, bytes]:
    """The files of the interpreter, with the names that they need."""
    # With such a file beside it, an interpreter is that of an empty virtual environment: it sees
    # the standard library of its home, and no installed package.
    home = os.path.dirname(_base_interpreter())
    settings = f"home = {home}\ninclude-system-site-packages = false\n"
    script = _SCRIPT.format(driver=_DRIVER, bare=_BARE, probe=_probe())
    return {
        f"{FOLDER}/pyvenv.cfg": settings.encode(),
        f"{FOLDER}/{_NAME}": script.encode(),
    }


def make_executable(folder: str) -> str:
    """Finish the interpreter in a folder that has its files.

    Returns:
        The script; the bare interpreter itself where no file of the folder may be executed.
    """
    script = os.path.join(folder, FOLDER, _NAME)
    bare = os.path.join(folder, FOLDER, _BARE)
    os.chmod(script, 0o700)
    os.symlink(_base_interpreter(), bare)
    # Some systems mount the folder of temporary files so that nothing in it can be executed. The
    # bare interpreter is a link to a file elsewhere, and can.
    return script if os.access(script, os.X_OK) else bare


def _base_interpreter() -> str:
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


@lru_cache(maxsize=1)
def _probe() -> str:
    """What the driver would say of a bare interpreter, quoted for a shell."""
    from lintseq_datasets.linters._isolation import standard_library_path

    answer: dict[str, Any] = {
        "sys_path": standard_library_path(),
        "builtin": sys.builtin_module_names,
        "stdlib": sorted(sys.stdlib_module_names),
        "ext_suffixes": importlib.machinery.EXTENSION_SUFFIXES,
        "os_path_file": os.path.__file__,
        "frozen_specs": dict(_frozen_modules()),
    }
    return shlex.quote(json.dumps(answer))


def _frozen_modules() -> Iterator[tuple[str, str | None]]:
    """Modules that are part of the interpreter, with the files that they were made of."""
    names: list[str] = importlib.import_module("_imp")._frozen_module_names()
    for name in names:
        with suppress(ValueError, ImportError):
            spec: Any = importlib.util.find_spec(name)
            if spec is not None and spec.loader is importlib.machinery.FrozenImporter:
                yield name, getattr(spec.loader_state, "filename", None)
