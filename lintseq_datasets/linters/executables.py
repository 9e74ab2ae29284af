"""Executables: where they are, what they run with, and their versions.

Nothing of the working directory has an effect: neither an executable there, nor a setting in the
environment.
"""

from __future__ import annotations

import os
import re
import shutil
from functools import lru_cache

from lintseq_datasets.errors import ConfigError, LinterError, MissingExtraError


def find_executable(name: str, install: str = "", extra: str = "") -> str:
    """The absolute path of an executable; never one that the working directory decides about.

    Args:
        name: Its name, or its absolute path.
        install: The command that installs it, for the error.
        extra: The extra of this library that needs it, for the error.

    Raises:
        ConfigError: The path is relative.
        MissingExtraError: There is none.
    """
    if os.path.dirname(name) and not os.path.isabs(name):
        raise ConfigError("argv", f"{name!r} is a relative path: name it absolutely")
    # An empty or relative entry of PATH stands for the working directory.
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    found = shutil.which(name, path=os.pathsep.join(filter(os.path.isabs, places)))
    if found is None:
        raise MissingExtraError(name, extra, install)
    return os.path.abspath(found)


def clean_environment(folder: str) -> dict[str, str]:
    """The environment variables of a command that runs in a folder, all of them."""
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return {
        "PATH": os.pathsep.join(filter(os.path.isabs, places)),
        "HOME": folder,
        "TMPDIR": folder,
        # Messages in English and texts in UTF-8, whatever the user has set.
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
    }


@lru_cache(maxsize=64)
def executable_version(executable: str) -> str:
    """What an executable says of its version.

    Args:
        executable: Its absolute path.

    Raises:
        ConfigError: It says nothing.
    """
    from lintseq_datasets.linters._process import Limits, run, temporary_files

    try:
        with temporary_files({}) as folder:
            done = run(
                [executable, "--version"],
                folder=folder,
                environment=clean_environment(folder),
                limits=Limits(10),
                linter=executable,
            )
        text = f"{done.output.decode('utf-8', 'replace')}\n{done.problem}"
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        # The first word with a number and a point, such as 0.11.0 of "version: 0.11.0".
        numbered = re.findall(r"\b\d+(?:\.\w+)+\S*", text)
    except (LinterError, OSError):
        lines = []
    if not lines or done.status:
        raise ConfigError("version", f"{executable} --version says nothing: name the version")
    return (numbered or lines)[0][:80]
