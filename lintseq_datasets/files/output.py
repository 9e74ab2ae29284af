"""What an output on the disk is, and how a dataset takes its place in a directory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, TypeAlias

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files.whole_files import sync_folder

OutputKind: TypeAlias = Literal["directory", "saved", "parquet", "jsonl"]

PROVENANCE_FILE = "lintseq_datasets.json"
"""Name of the file beside the data that says how a dataset was made."""

RECEIPT = ".lintseq-parts.jsonl"
"""Name of the file that says which rows of an output came from which part of a job."""

# As large as `datasets` makes them (`config.MAX_SHARD_SIZE`).
SHARD_BYTES = 500_000_000
"""About how large a data file of a dataset gets before there is another one."""

# What is removed when a dataset is replaced: only names that a dataset gives its files, since the
# directory may be somebody's own.
_DATASET_FILES = ("data/*-[0-9]*-of-[0-9]*.parquet", "data-[0-9]*-of-[0-9]*.arrow", "state.json",
                  "dataset_info.json", PROVENANCE_FILE, RECEIPT)  # fmt: skip


_SPLIT = re.compile(r"\w+(\.\w+)*", re.ASCII)
_ALL_SPLITS = "all"  # of `datasets`, which refuses it as a name
_LONGEST_SPLIT = 100  # with what comes before and after it, no file system finds it too long


def is_split(name: str) -> bool:
    """Whether this can be the name of a split, and so a part of the name of a file."""
    is_short = len(name) <= _LONGEST_SPLIT
    return _SPLIT.fullmatch(name) is not None and is_short and name != _ALL_SPLITS


def check_split(name: str) -> str:
    """The name of a split, if it can be one.

    Raises:
        ConfigError: It cannot.
    """
    if not is_split(name):
        problem = f"use letters, digits, '_' and '.', at most {_LONGEST_SPLIT}, and not 'all'"
        raise ConfigError("split", f"{name!r} is no name: {problem}")
    return name


def check_named(output: Path) -> None:
    """Refuse the working directory: beside it there is no place that is ours.

    Raises:
        ConfigError: The output has no name.
    """
    if not output.name:
        raise ConfigError("output", f"{str(output)!r} has no name: name a file or a folder in it")


def output_kind(output: Path, saved: bool = False) -> OutputKind:
    """What an output is, by its suffix."""
    suffix = output.suffix.lower()
    if suffix == ".parquet":
        return "parquet"
    if suffix == ".jsonl":
        return "jsonl"
    return "saved" if saved else "directory"


def read_provenance(output: Path) -> dict[str, Any] | None:
    """How the dataset in a directory was made; None if there is no such record."""
    try:
        made: Any = json.loads((output / PROVENANCE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return made if isinstance(made, dict) else None


def publish(final: Path, output: Path) -> None:
    """Put the dataset in a directory in the place of that in another, whose other files stay."""
    output.mkdir(parents=True, exist_ok=True)
    remove_datasets(output)
    move_up(final, output, files_in(final))


def files_in(folder: Path) -> list[str]:
    """The names of all files in a directory, in order, relative to it."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path.relative_to(folder).as_posix() for path in paths]


def remove_datasets(output: Path) -> None:
    """Remove the files of a dataset from a directory; others stay."""
    for pattern in _DATASET_FILES:
        for old in output.glob(pattern):
            old.unlink()


def move_up(final: Path, output: Path, names: Iterable[str]) -> None:
    """Move files to their places; the provenance goes last, and says that all are there.

    Args:
        final: Directory in which they are; those that were moved before are not.
        output: Where to.
        names: Their names, relative to these directories.
    """
    for name in sorted(names, key=lambda name: name == PROVENANCE_FILE):
        target = output / name
        target.parent.mkdir(exist_ok=True)
        if (final / name).exists():  # if not, a call that was interrupted has moved it
            (final / name).replace(target)
    sync_folder(output / "data")
    sync_folder(output)
