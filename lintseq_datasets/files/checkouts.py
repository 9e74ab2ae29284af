r"""The tracked files of a git checkout, read from its index without running anything.

A checkout is somebody else's: its configuration can name programs that git would run. So git is
not asked. The index is a list of entries, sorted by name, behind twelve bytes of head:

    DIRC  version  number of entries
    62 bytes: times, mode, owner, size, digest, flags    name, padded with zeros to 8 bytes

The format is git's (Documentation/gitformat-index.txt, versions 2 to 4).
"""

from __future__ import annotations

import hashlib
import re
import stat
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lintseq_datasets.errors import ConfigError

_HEAD = struct.Struct(">4sII")
# Two times of eight bytes, device and inode stand in front of the mode; behind it the owner, the
# group and the size, four bytes each.
_MODE_AT = 24  # bytes of an entry before its mode
_DIGEST_AT = 40
_DIGESTS = {"sha1": 20, "sha256": 32}
_EXTENDED = 0x4000  # flag: two more bytes of flags follow
_MOST_INDEX_BYTES = 2**30
_MOST_TEXT_BYTES = 2**24
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class Tracked(NamedTuple):
    """A file that git tracks."""

    name: str  # relative to the checkout, with slashes
    digest: str  # of its content as it was added, in hexadecimal digits


class Checkout(NamedTuple):
    """What the files of git say about a checkout."""

    commit: str | None  # that is checked out; None if there is none yet, or it cannot be told
    files: tuple[Tracked, ...]
    others: int  # links and submodules


def is_checkout(folder: Path) -> bool:
    """Whether a folder is the top of a git checkout."""
    return (folder / ".git").exists()


def read_checkout(folder: Path) -> Checkout:
    """Read which files of a checkout are tracked, and which commit it is of.

    Args:
        folder: The top of the checkout.

    Raises:
        ConfigError: Its index cannot be read.
    """
    git = _own_folder(folder)
    shared = git / _text(git / "commondir").strip()
    kind = _kind_of_digests(shared)
    try:
        content = _bytes(git / "index", _MOST_INDEX_BYTES)
        entries = list(_entries(content, _DIGESTS[kind]))
    except FileNotFoundError:  # nothing was added yet
        entries = []
    except (OSError, ValueError, IndexError, struct.error) as error:
        problem = f"cannot read which files git tracks in {str(folder)!r}: {error}"
        raise ConfigError("source", f"{problem}; name a pattern of files instead") from None
    files = tuple(tracked for mode, tracked in entries if stat.S_ISREG(mode))
    return Checkout(_commit(git, shared), files, len(entries) - len(files))


def git_folder(folder: Path) -> Path:
    """Where git keeps the objects and names of a checkout, which several work trees may share."""
    git = _own_folder(folder)
    return git / _text(git / "commondir").strip()


def _own_folder(folder: Path) -> Path:
    git = folder / ".git"
    if git.is_file():  # of a submodule, or one of several work trees
        named = _text(git).partition("gitdir:")[2].strip()
        git = (folder / named).resolve()  # which may be relative, or not
    return git


def digest_as_git_does(content: bytes, digest: str) -> str:
    """What git calls a file of this content.

    Args:
        content: The content.
        digest: Another digest of the same kind.
    """
    kind = next(name for name, size in _DIGESTS.items() if 2 * size == len(digest))
    head = b"blob %d\0" % len(content)
    # Without that argument, a Python that was built for FIPS refuses SHA-1.
    return hashlib.new(kind, head + content, usedforsecurity=False).hexdigest()


# --- the index -----------------------------------------------------------------------


def _entries(content: bytes, size: int) -> Iterator[tuple[int, Tracked]]:
    """The mode of each entry, and its file."""
    magic, version, count = _HEAD.unpack_from(content)
    if magic != b"DIRC" or version not in (2, 3, 4):
        raise ValueError(f"its index is of another form ({magic!r}, version {version})")
    kind = next(name for name, length in _DIGESTS.items() if length == size)
    found = hashlib.new(kind, content[:-size], usedforsecurity=False).digest()
    if content[-size:] not in (found, bytes(size)):  # zeros where git was told not to write it
        raise ValueError("its index is damaged")
    at, name = _HEAD.size, b""
    for _ in range(count):
        (mode,) = struct.unpack_from(">I", content, at + _MODE_AT)
        digest = content[at + _DIGEST_AT : at + _DIGEST_AT + size]
        (flags,) = struct.unpack_from(">H", content, at + _DIGEST_AT + size)
        start = at + _DIGEST_AT + size + (4 if flags & _EXTENDED else 2)
        if version == 4:
            # Names are sorted, and each is what it shares with the one before and a rest.
            cut, start = _number(content, start)
            end = content.index(b"\0", start)
            name = name[: len(name) - cut] + content[start:end]
            at = end + 1
        else:
            end = content.index(b"\0", start)
            name = content[start:end]
            at += (end - at + 8) // 8 * 8  # one zero byte at least
        if stat.S_ISDIR(mode):  # an entry for a whole folder, whose files are not named
            raise ValueError("its index is sparse")
        yield mode, Tracked(name.decode("utf-8", "surrogateescape"), digest.hex())
    _check_extensions(content[at:-size])


def _number(content: bytes, at: int) -> tuple[int, int]:
    """A number of a variable number of bytes, and where the next one begins."""
    value = content[at] & 127
    while content[at] & 128:
        at += 1
        # One more for each byte that follows, so that no number can be written in two ways: 128 is
        # 80 00, which would else be 0 with a byte too many.
        value = ((value + 1) << 7) | (content[at] & 127)
    return value, at + 1


def _check_extensions(content: bytes) -> None:
    """Refuse what changes the meaning of the entries."""
    at = 0
    while at + 8 <= len(content):
        name, size = struct.unpack_from(">4sI", content, at)
        if not name[:1].isupper():  # the others may be left out
            raise ValueError(f"its index has the extension {name.decode('ascii', 'replace')!r}")
        at += 8 + size


# --- the commit ----------------------------------------------------------------------


def _commit(git: Path, shared: Path) -> str | None:
    head = _text(git / "HEAD").strip()
    if head.startswith("ref:"):
        name = head.removeprefix("ref:").strip()
        # It becomes a path, and whoever made the checkout wrote it.
        if ".." in name or not name.startswith("refs/"):
            return None
        head = _text(shared / name).strip() or _packed(shared, name)
    return head if _COMMIT.fullmatch(head) else None


def _packed(shared: Path, name: str) -> str:
    for line in _text(shared / "packed-refs").splitlines():
        commit, _, packed = line.partition(" ")
        if packed == name:
            return commit
    return ""


def _kind_of_digests(shared: Path) -> str:
    is_long = re.search(r"(?im)^\s*objectformat\s*=\s*sha256\s*$", _text(shared / "config"))
    return "sha256" if is_long else "sha1"


def _text(path: Path) -> str:
    try:
        return _bytes(path, _MOST_TEXT_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _bytes(path: Path, most: int) -> bytes:
    """What is in a regular file; a pipe, say, would be waited for without an end."""
    if not path.is_file():
        raise FileNotFoundError(path)
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{path.name} is too large")
    return content
