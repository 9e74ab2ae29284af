"""Objects of git; none is read that is larger than a limit.

A checkout is somebody else's. A few kilobytes of it can stand for gigabytes: as a stream of zeros
that is compressed, or as a delta that copies the same bytes again and again. So before an object
is read, the sizes that it declares are looked at, those of what its delta is built on as well:

    object    in a pack, 4 kB, a delta for 900 kB      on    an object of 16 GB: not read
    loose     a file of 1 MB, which says 10 bytes      unpacked in pieces, until it is too much

What is then read has the declared size, or dulwich refuses it. Pipes and devices in place of files
would be read without an end, so none is opened.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dulwich.object_store import DiskObjectStore

_HEAD_BYTES = 512  # of an object in a pack: its sizes, and those of its delta
_OFFSET_DELTA, _NAMED_DELTA = 6, 7
_DIGEST_BYTES = 20
_MOST_DELTAS = 10_000  # on top of each other; git makes chains of 50, of 4,095 at most
_PIECE_BYTES = 2**16
_MOST_STORES = 50  # stores may name others, and these again


class TooLargeObject(Exception):  # noqa: N818
    """An object, or one that it is built on, is larger than the limit."""


class GitObjects:
    """A store of objects by their digests, as dulwich takes one.

    Args:
        folder: Where they are: ``objects`` in the folder of git.
        most_bytes: Of an object.

    Raises:
        ValueError: A pipe or device stands where a file should be, or there are too many stores.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        # dulwich has a limit of its own, of 512 MiB unless it is told another one. A little above
        # ours, so that ours speaks first.
        self._stores = _stores(folder, most_bytes + _PIECE_BYTES)
        self._most = most_bytes
        self._files: dict[str, IO[bytes]] = {}

    def __getitem__(self, name: bytes) -> Any:
        """An object.

        Args:
            name: Its digest, in hexadecimal digits or as bytes.

        Raises:
            KeyError: It is not there.
            TooLargeObject: It is too large.
        """
        digest = _in_hex(name)
        if name not in self:  # also where a pipe has its name
            raise KeyError(name)
        self._check(digest)
        (store, _) = next(self._places(digest))
        return store[name]  # type: ignore[index]

    def __contains__(self, name: bytes) -> bool:
        """Whether an object is there."""
        return next(self._places(_in_hex(name)), None) is not None

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            file.close()
        for store in self._stores:
            store.close()

    def _check(self, name: str) -> None:
        # Wherever it is: from which of several packs it is read, dulwich decides.
        for _, check in self._places(name):
            check()

    def _places(self, name: str) -> Iterator[tuple[DiskObjectStore, Callable[[], None]]]:
        """Everywhere that an object is, with a function that looks at its size."""
        for store in self._stores:
            for check in self._packed(store, name):
                yield store, check
            path = Path(str(store.path)) / name[:2] / name[2:]
            if path.is_file():
                yield store, lambda path=path: self._check_loose(path)  # type: ignore[misc]

    def _packed(self, store: Any, name: str) -> Iterator[Callable[[], None]]:
        for pack in store.packs:
            try:
                offset = pack.index.object_offset(bytes.fromhex(name))
            except KeyError:
                continue
            yield lambda pack=pack, offset=offset: self._check_packed(pack, offset)  # type: ignore[misc]

    def _check_size(self, size: int) -> None:
        if size > self._most:
            raise TooLargeObject(f"{size} bytes")

    # --- loose objects ---------------------------------------------------------------

    def _check_loose(self, path: Path) -> None:
        self._check_size(path.stat().st_size)
        unpacking, size = zlib.decompressobj(), 0
        with path.open("rb") as file:
            # What a piece still holds when 64 KiB are unpacked comes before the next one.
            while piece := unpacking.unconsumed_tail or file.read(_PIECE_BYTES):
                size += len(unpacking.decompress(piece, _PIECE_BYTES))
                self._check_size(size - _HEAD_BYTES)  # its kind and size stand in front of it
                if unpacking.eof:
                    return

    # --- packs -----------------------------------------------------------------------

    def _check_packed(self, pack: Any, offset: int) -> None:
        for _ in range(_MOST_DELTAS):
            head = self._read(pack, offset)
            kind, size, at = _kind_and_size(head)
            self._check_size(size)
            if kind not in (_OFFSET_DELTA, _NAMED_DELTA):
                return
            if kind == _OFFSET_DELTA:
                back, at = _offset(head, at)
                base: int | None = offset - back
            else:
                name = head[at : at + _DIGEST_BYTES]
                base, at = _offset_of(pack, name), at + _DIGEST_BYTES
            # A delta of a few bytes can say that it makes gigabytes out of what it is built on.
            for size in _sizes_of_delta(head[at:]):
                self._check_size(size)
            if base is None:  # in another pack
                self._check(name.hex())
                return
            offset = base
        raise TooLargeObject(f"more than {_MOST_DELTAS} deltas")

    def _read(self, pack: Any, offset: int) -> bytes:
        name = str(pack.data.path)
        # Kept open: each object of a history is looked at, and packs are few.
        file = self._files.get(name)
        if file is None:
            file = self._files[name] = Path(name).open("rb")  # noqa: SIM115
        if offset < 0:
            raise ValueError("an object in front of its pack")
        file.seek(offset)
        return file.read(_HEAD_BYTES)


def _stores(folder: Path, most_bytes: int) -> list[DiskObjectStore]:
    """The store in a folder, those that it borrows objects from, and those that these do."""
    from dulwich.object_store import DiskObjectStore

    found: dict[Path, DiskObjectStore] = {}
    todo = [folder]
    # Each once: stores may borrow from each other in a circle, and by several paths.
    while todo:
        here = todo.pop(0)
        if here.resolve() in found:
            continue
        if len(found) == _MOST_STORES:
            raise ValueError(f"more than {_MOST_STORES} stores that borrow from each other")
        _refuse_other_than_files(here)
        store = DiskObjectStore(str(here), loose_object_size_limit=most_bytes)
        found[here.resolve()] = store
        todo += [Path(str(other.path)) for other in store.alternates]  # type: ignore[attr-defined]
    return list(found.values())


def _refuse_other_than_files(folder: Path) -> None:
    alternates = folder / "info" / "alternates"
    for path in (alternates, *(folder / "pack").glob("*")):
        if path.exists() and not path.is_file() and not path.is_dir():
            raise ValueError(f"{path.name!r} is no file")
    if alternates.exists() and alternates.stat().st_size > _PIECE_BYTES:
        raise ValueError("the list of stores to borrow from is too long")


def _in_hex(name: bytes) -> str:
    return name.hex() if len(name) == _DIGEST_BYTES else name.decode("ascii")


def _offset_of(pack: Any, name: bytes) -> int | None:
    try:
        return int(pack.index.object_offset(name))
    except KeyError:
        return None


# --- numbers in a pack (Documentation/gitformat-pack.txt) -----------------------------


def _kind_and_size(head: bytes) -> tuple[int, int, int]:
    """The kind of an object, its size, and where it goes on."""
    # 95 0a: the kind is 1, the size 5 + (0a << 4) = 165. A first bit of 1 says that more follows.
    kind, size = head[0] >> 4 & 7, head[0] & 15
    at, shift = 1, 4
    while head[at - 1] & 128:
        size |= (head[at] & 127) << shift
        at, shift = at + 1, shift + 7
    return kind, size, at


def _offset(head: bytes, at: int) -> tuple[int, int]:
    """How far in front the object stands that a delta is built on, and where the delta begins."""
    # 7f is 127, and 80 00 is 128: with each byte 1 is added, so that no number has two forms.
    value = head[at] & 127
    while head[at] & 128:
        at += 1
        value = (value + 1) << 7 | head[at] & 127
    return value, at + 1


def _sizes_of_delta(packed: bytes) -> tuple[int, int]:
    """The sizes of the object that a delta is built on, and of the one that it gives."""
    # Two sizes are at most 20 bytes long, and no more is to be unpacked.
    head = zlib.decompressobj().decompress(packed, 32)
    source, at = _little_endian(head, 0)
    return source, _little_endian(head, at)[0]


def _little_endian(head: bytes, at: int) -> tuple[int, int]:
    # ac 02 is 2c + (02 << 7) = 300.
    value = shift = 0
    while True:
        value |= (head[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if not head[at - 1] & 128:
            return value, at
