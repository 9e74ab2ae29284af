"""Rows of files that are programs themselves: one row for each, with `program` and `path`."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lintseq_datasets.files.bounds import MOST_ROW_BYTES
from lintseq_datasets.files.checkouts import digest_as_git_does, is_checkout, read_checkout
from lintseq_datasets.mapping.cells import problem_cell, storable
from lintseq_datasets.mapping.origin import address_of_folder
from lintseq_datasets.mapping.versions import data_versions

_logger = logging.getLogger(__name__)

PROGRAM_SUFFIXES = (".py",)
"""Ends of the names of programs, unless others are asked for."""

# Where a name begins: LICENSE.txt, licence, UNLICENSE, COPYING.LESSER.
_LICENSE_FILE = re.compile(r"(?:un)?licen[cs]e|copying", re.IGNORECASE)
_LICENSE_BYTES = 100_000
# How the texts of licenses begin that most have; another one is named by its file alone.
_LICENSES = {
    r"\bmit license": "mit",
    r"apache license version 2\.0": "apache-2.0",
    r"bsd 3-clause|bsd-3-clause|new bsd license": "bsd-3-clause",
    r"bsd 2-clause|bsd-2-clause|simplified bsd license": "bsd-2-clause",
    r"isc license": "isc",
    r"mozilla public license version 2\.0": "mpl-2.0",
    r"gnu general public license version 2": "gpl-2.0",
    r"gnu general public license version 3": "gpl-3.0",
    r"gnu lesser general public license version 3": "lgpl-3.0",
    r"gnu affero general public license version 3": "agpl-3.0",
    r"this is free and unencumbered software": "unlicense",
}


@dataclass(frozen=True, slots=True)
class ProgramFiles:
    """Files that are programs.

    Args:
        names: The files.
        paths: What each is called in its row.
        info: What is known of all of them, as fields of `datasets.DatasetInfo`.
    """

    names: Sequence[str]
    paths: Sequence[str]
    info: Mapping[str, Any]

    def rows(self, _source: str = "") -> Iterator[dict[str, Any]]:
        """A row for each file, in order."""
        for file, path in zip(self.names, self.paths, strict=True):
            yield {"program": _program_in(file), "path": storable(path)}

    def digest(self) -> str:
        """A digest of all rows."""
        digest = hashlib.sha256(repr(data_versions()).encode())
        for row in self.rows():
            digest.update(json.dumps(row).encode())
        return digest.hexdigest()


def named_programs(names: Sequence[str]) -> ProgramFiles:
    """Files that were named, or found by a pattern; links are followed."""
    return ProgramFiles(names, [Path(name).as_posix() for name in names], {})


def programs_in(folder: Path, suffixes: tuple[str, ...] = PROGRAM_SUFFIXES) -> ProgramFiles:
    """The programs in a folder: of a git checkout those that are tracked.

    Links are not followed, and hidden files and folders are left out, unless git tracks them.

    Args:
        folder: The folder.
        suffixes: Ends of the names of programs. An empty one counts for nothing: not all that
            is in a folder is a program.

    Raises:
        ConfigError: It cannot be read which files are tracked.
    """
    suffixes = tuple(filter(None, suffixes))
    if is_checkout(folder):
        return _programs_of_checkout(folder, suffixes)
    found = list(files_in_folder(folder, _say_that_it_is_left_out))
    _say_what_is_left_out(folder, found, suffixes)
    info = _info(folder.resolve(), None, "", found)
    paths = [path for path in found if path.endswith(suffixes)]
    regular = [path for path in paths if not (folder / path).is_symlink()]
    return ProgramFiles([str(folder / path) for path in regular], regular, info)


def _programs_of_checkout(folder: Path, suffixes: tuple[str, ...]) -> ProgramFiles:
    checkout = read_checkout(folder)
    top = folder.resolve()
    inside = [each for each in checkout.files if _is_inside(top, each.name)]
    names = [each.name for each in inside]
    _say_what_is_left_out(folder, names, suffixes)
    if checkout.others:
        _logger.warning("%s: %d links and submodules are left out", folder, checkout.others)
    if outside := len(checkout.files) - len(inside):
        _logger.warning("%s: %d tracked files are missing, or behind a link", folder, outside)
    programs = [each for each in inside if each.name.endswith(suffixes)]
    paths = [each.name for each in programs]
    changed = sum(_is_changed(top / each.name, each.digest) for each in programs)
    kind = "Python" if suffixes == PROGRAM_SUFFIXES else ", ".join(suffixes)
    said = f"The {kind} files that git tracks in {top.name!r}, commit {checkout.commit}, "
    said += f"{changed} of {len(programs)} changed since."
    info = _info(top, checkout.commit, said, names)
    _logger.info("%s", info["description"])
    return ProgramFiles([str(top / path) for path in paths], paths, info)


# --- which files ---------------------------------------------------------------------


def files_in_folder(
    folder: Path, unread: Callable[[OSError], object] | None = None
) -> Iterator[str]:
    """Paths of the files in a folder in order, relative to it, but for hidden ones.

    Args:
        folder: The folder.
        unread: Is called for a folder in it that cannot be read.
    """
    for parent, folders, names in os.walk(folder, onerror=unread):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield (Path(parent) / name).relative_to(folder).as_posix()


def _say_that_it_is_left_out(error: OSError) -> None:
    _logger.warning("%s is left out: %s", error.filename, error.strerror)


def _say_what_is_left_out(folder: Path, paths: Iterable[str], suffixes: tuple[str, ...]) -> None:
    notebooks = sum(path.endswith(".ipynb") for path in paths)
    links = sum(path.endswith(suffixes) and (folder / path).is_symlink() for path in paths)
    if notebooks:
        _logger.warning("%s: %d notebooks (.ipynb) are left out", folder, notebooks)
    if links:
        _logger.warning("%s: %d links to %s files are left out", folder, links, ", ".join(suffixes))


def _is_inside(top: Path, name: str) -> bool:
    """Whether a tracked file is a regular one in the checkout: no link is on the way."""
    path = top / name
    # A tracked name may go through a link that was put there since, to anywhere on this machine.
    try:
        return path.resolve(strict=True) == path and stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError, RuntimeError):
        return False


def _is_changed(path: Path, digest: str) -> bool:
    try:
        return digest_as_git_does(read_program(path), digest) != digest
    except (OSError, ValueError):
        return True


# --- what is in a file ---------------------------------------------------------------


def _program_in(name: str) -> str | dict[str, str]:
    try:
        content = read_program(Path(name))
    except OSError as error:
        return problem_cell("unreadable", error.strerror or str(error))
    except ValueError as error:
        return problem_cell("program_too_long", str(error))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        return problem_cell("not_utf8", f"{error.reason} at byte {error.start}")


def read_program(path: Path) -> bytes:
    """What is in a regular file.

    Raises:
        OSError: It cannot be read, or it is a pipe or the like.
        ValueError: It is too large for a program.
    """
    # Not to block: to open a pipe that nobody writes to would wait for ever. What it is, is asked
    # of the open file, as a name may be another thing a moment later.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "no regular file")
        content = file.read(MOST_ROW_BYTES + 1)
    if len(content) > MOST_ROW_BYTES:
        raise ValueError(f"more than {MOST_ROW_BYTES / 2**20:.0f} MiB")
    return content


# --- the license ---------------------------------------------------------------------


def _info(folder: Path, commit: str | None, said: str, names: Iterable[str]) -> dict[str, Any]:
    """What is known of all files of a folder, its license among it, for `source_of`."""
    top = (name for name in names if "/" not in name)
    file = next(iter(sorted(name for name in top if _LICENSE_FILE.match(name))), "")
    license = _license_in(folder / file) if file else None
    if file:
        said = f"{said} License file: {file} ({license or 'of a license that is not known'})."
    address = address_of_folder(folder.name, commit, file)
    return {"description": said.strip(), "license": license or "", "download_checksums": {
        address: {"num_bytes": None, "checksum": None}}}  # fmt: skip


def license_of_folder(folder: Path) -> str | None:
    """The license of what is in a folder, by the file of that name at its top; None if unknown."""
    names = sorted(path.name for path in folder.iterdir() if not path.is_symlink())
    file = next(filter(_LICENSE_FILE.match, names), None)
    return _license_in(folder / file) if file else None


def _license_in(path: Path) -> str | None:
    try:
        text = read_program(path)[:_LICENSE_BYTES].decode("utf-8", "replace")
    except (OSError, ValueError):
        return None
    # The beginning alone: further down a license may name another, as the AGPL does the GPL.
    words = " ".join(re.findall(r"[\w.-]+", text.lower()))
    return next((name for begin, name in _LICENSES.items() if re.search(begin, words[:400])), None)
