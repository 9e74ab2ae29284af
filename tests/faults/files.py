"""A file system that fails: changes that do not happen, and files that were harmed.

`FileFaults` stands between the library and the file system: it counts the changes in a folder
and lets one of them, or all from one on, go wrong. `HARMS` are things that happen to a file
while nobody looks. What each of them does is in README.md of this folder.
"""

from __future__ import annotations

import errno
import io
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pytest

Kind: TypeAlias = Literal[
    "crash", "stop", "full", "broken", "no_sync", "no_replace", "flips", "cuts"
]

CRASH = 9  # exit status


class Stop(BaseException):
    """What stops a job; nothing catches it."""


class FileFaults:
    """Lets changes of files below a folder go wrong.

    Args:
        folder: Only changes below it count.
        kind: What goes wrong; see README.md.
        first: Number of the first change that does, from 1; 0 for none.
        times: How many do.
    """

    def __init__(self, folder: Path, kind: Kind, first: int = 1, times: int = 1) -> None:
        self.folder = str(folder)
        self.kind = kind
        self.first = first
        self.last = first + times - 1
        self.count = 0
        """How many changes there were."""

    @contextmanager
    def installed(self) -> Iterator[FileFaults]:
        """Stand between Python and the file system within the context."""
        with pytest.MonkeyPatch.context() as patch:
            for name in ("replace", "unlink", "rmdir", "mkdir"):
                patch.setattr(Path, name, self._changing(getattr(Path, name)))
            patch.setattr(Path, "open", self._opening(Path.open))
            patch.setattr(os, "fsync", self._sync)
            yield self

    def _is_due(self, path: object) -> bool:
        if self.folder not in str(path):
            return False
        self.count += 1
        return bool(self.first) and self.first <= self.count <= self.last

    def _fail(self) -> None:
        if self.kind == "crash":
            os._exit(CRASH)
        if self.kind == "stop":
            raise Stop
        if self.kind == "full":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.kind == "broken":
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def _changing(self, change: Any) -> Any:
        name = change.__name__
        # a full disk lets go of files
        counts = name in ("replace", "mkdir") or self.kind in ("crash", "stop")

        def changed(path: Path, *args: Any, **options: Any) -> Any:
            if self.kind == "no_replace":
                if name == "replace" and Path(args[0]).exists():
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
            elif counts and self._is_due(path):
                self._fail()
            return change(path, *args, **options)

        return changed

    def _opening(self, opened: Any) -> Any:
        def open_(path: Path, mode: str = "r", *args: Any, **options: Any) -> Any:
            if mode not in ("wb", "ab") or self.folder not in str(path):
                return opened(path, mode, *args, **options)
            if self.kind in ("crash", "stop", "full", "broken") and self._is_due(path):
                self._fail()
            return _File(self, path, mode)

        return open_

    def _sync(self, _handle: int) -> None:
        """No machine goes down here, and hundreds of real ones take minutes."""
        if self.kind == "no_sync":
            self.count += 1
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))


class _File(io.BufferedWriter):
    """A file whose writes count as changes."""

    def __init__(self, faults: FileFaults, path: Path, mode: str) -> None:
        super().__init__(io.FileIO(path, mode.removesuffix("b")))
        self._faults = faults
        self._path = path

    def write(self, content: Any) -> int:
        content = bytes(content)
        if content and self._faults._is_due(self._path):
            self._faults._fail()
            middle = len(content) // 2
            if self._faults.kind == "flips":
                content = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
            elif self._faults.kind == "cuts":
                super().write(content[:middle])
                return len(content)  # that is what it says
        return super().write(content)


# --- what happens to a file while nobody looks ---------------------------------------


def flip(path: Path, count: int = 1, seed: int = 0) -> None:
    """Flip a bit in some bytes of a file."""
    content = bytearray(path.read_bytes())
    chance = random.Random(seed)
    for place in chance.sample(range(len(content)), min(count, len(content))):
        content[place] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def cut(path: Path, share: float = 0.5) -> None:
    """Leave only the beginning of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


HARMS: dict[str, Callable[[Path], object]] = {
    "flip": flip,
    "flip 200": lambda path: flip(path, 200),
    "cut": cut,
    "empty": lambda path: cut(path, 0),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "other": lambda path: path.write_bytes(b"[]"),
    "delete": Path.unlink,
}
"""Ways to harm a file, by name."""
