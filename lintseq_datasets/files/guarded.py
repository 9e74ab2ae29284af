"""Reading with `datasets` within bounds, also what lies on the Hub.

`datasets` opens files one by one in a generator of tables. Here that generator gets an `open` that
looks at each Parquet file before it is read, and at the text of others while it is: a file on the
Hub cannot be read through first.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from types import FunctionType, MethodType
from typing import IO, Any, cast

from lintseq_datasets.files.bounds import PIECE_BYTES, TextCheck, check_groups
from lintseq_datasets.files.opening import COMPRESSED

_FILES = ("files", "files_iterables")  # arguments of the generators, by version


def guard_builder(builder: Any, was_looked_at: bool = False) -> Any:
    """Let a builder of `datasets` read within bounds; returns the same one.

    Args:
        builder: What `datasets.load_dataset_builder` gives. One that makes no tables is left as
            it is.
        was_looked_at: Whether its Parquet files are known to be within bounds.
    """
    generate = getattr(builder, "_generate_tables", None)
    if not isinstance(generate, MethodType):
        return builder

    def generate_tables(**options: Any) -> Iterator[Any]:
        function = cast("FunctionType", generate.__func__)
        opened = function.__globals__.get("open", open)  # `datasets` puts one there that streams
        if any(kind.__name__ == "Csv" for kind in type(builder).__mro__):  # pandas opens by itself
            for name in options.keys() & _FILES:
                options[name] = [_opened(files, opened) for files in options[name]]
        else:
            function = _with_open(function, _bounded(opened, was_looked_at))
        return cast("Iterator[Any]", function(builder, **options))

    builder._generate_tables = generate_tables
    return builder


def _with_open(function: FunctionType, open_: Callable[..., Any]) -> FunctionType:
    """The same function with another `open`, for itself only."""
    # To put it into the module itself would change how everybody in this process reads.
    values = {**function.__globals__, "open": open_}
    copied = FunctionType(
        function.__code__, values, function.__name__, function.__defaults__, function.__closure__
    )
    copied.__kwdefaults__ = function.__kwdefaults__
    return copied


def _bounded(opened: Callable[..., Any], was_looked_at: bool) -> Callable[..., Any]:
    def open_(file: Any, mode: str = "r", **options: Any) -> Any:
        if str(file).lower().endswith(".parquet"):
            stream = opened(file, mode, **options)
            if not was_looked_at:
                # The footer tells enough of most files, so that on the Hub little is fetched twice.
                check_groups(stream, _shown(file), _size(file) or 0)
                stream.seek(0)
            return stream
        if "b" in mode:
            return _looking(file, opened)
        # so are texts opened that turned out to be no JSON lines: they are read as a whole
        return io.TextIOWrapper(_looking(file, opened, is_whole=True), **options)

    return open_


def _opened(files: Iterable[Any], opened: Callable[..., Any]) -> Iterator[IO[bytes]]:
    for file in [files] if isinstance(files, str) else files:
        with _looking(file, opened) as stream:
            yield stream


def _looking(file: Any, opened: Callable[..., Any], is_whole: bool = False) -> IO[bytes]:
    name = _shown(file)
    is_compressed = PurePosixPath(name).suffix.lower() in COMPRESSED
    check = TextCheck(name, _size(file) if is_compressed else None, is_whole)
    raw = _Looking(opened(file, "rb"), check)
    return cast("IO[bytes]", io.BufferedReader(raw, PIECE_BYTES))


class _Looking(io.RawIOBase):
    """A file that is looked at while it is read."""

    def __init__(self, stream: IO[bytes], check: TextCheck) -> None:
        self._stream = stream
        self._check = check

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._stream.read(min(len(buffer), PIECE_BYTES))
        self._check.look(piece)
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _shown(file: Any) -> str:
    """What a file is called; ``zip://inside::outside`` is one in another."""
    return str(file).rpartition("::")[2].removeprefix("hf://")


def _size(file: Any) -> int | None:
    """Bytes of a file as it is stored; None if nobody says."""
    from huggingface_hub import HfFileSystem

    place = str(file).rpartition("::")[2]  # of a file in an archive, the archive
    if os.path.exists(place):
        return os.path.getsize(place)
    if not place.startswith("hf://"):
        return None
    return int(HfFileSystem().info(place)["size"])
