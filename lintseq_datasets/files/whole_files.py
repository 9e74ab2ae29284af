"""Files that are there whole or not at all, also after a power cut, and digests of them.

``write_whole(Path("out/rows.jsonl"), write)`` takes these steps, and none may be left out:

    write out/rows.jsonl.tmp          beside its place: only inside of a file system can one rename
    fsync of that file                or a power cut could leave the name and no content
    rename it to out/rows.jsonl       in one step, over an older file as well
    fsync of the folder out           or a power cut could take the new name
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

TEMPORARY = ".tmp"
"""What the name of a file ends with while it is written."""

# What fsync(2) says of a file that cannot be synchronised, such as a pipe, and what file systems
# say that do not know it.
_CANNOT_SYNC = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


def write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> str:
    """Write a file so that it is there whole or not at all, also after a power cut.

    Args:
        path: The file.
        write: Writes what is to be in it, from the beginning to the end.

    Returns:
        SHA-256 of what was to be written, in hexadecimal digits.
    """
    # Always the same name: what an interruption left is written over, or found by its end.
    temporary = path.with_name(path.name + TEMPORARY)
    try:
        with temporary.open("wb") as file:
            hashing = _Hashing(file)
            write(cast("IO[bytes]", hashing))
            sync(file)
        temporary.replace(path)
    finally:
        # There only if something went wrong, and what that was must not be hidden by this.
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
    return hashing.hash.hexdigest()


class _Hashing:
    """A file that knows what was written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hash = hashlib.sha256()

    def write(self, content: bytes) -> int:
        self.hash.update(content)
        return self._file.write(content)

    def __getattr__(self, name: str) -> Any:
        # Arrow asks for more than `write`: whether the file is closed, and where it is.
        return getattr(self._file, name)


def sync(file: IO[bytes]) -> None:
    """Make what was written to a file last; where the file system cannot, it is left at that."""
    file.flush()
    try:
        os.fsync(file.fileno())
    except OSError as error:  # one that means that bytes are lost is raised
        if error.errno not in _CANNOT_SYNC:
            raise


def sync_folder(path: Path) -> None:
    """Make what was renamed in a folder last (POSIX)."""
    if os.name == "posix":
        with contextlib.suppress(OSError):  # not every file system knows it
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def digest_of(path: Path) -> str | None:
    """SHA-256 of what is in a file, in hexadecimal digits; None if there is no such file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
