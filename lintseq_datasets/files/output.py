"""What an output on the disk is, and how a dataset takes its place in a directory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, TypeAlias

from lintseq_datasets.files.whole import sync_folder

Kind: TypeAlias = Literal["directory", "saved", "parquet", "jsonl"]

RECORD = "lintseq_datasets.json"
"""Name of the file beside the data that says how a dataset was made."""

RECEIPT = ".lintseq-parts.jsonl"
"""Name of the file that says which rows of an output came from which part of a job."""

SHARD_BYTES = 500_000_000
"""About how large a data file of a dataset gets before there is another one."""

_DATASET_FILES = ("data/*-[0-9]*-of-[0-9]*.parquet", "data-[0-9]*-of-[0-9]*.arrow", "state.json",
                  "dataset_info.json", RECORD, RECEIPT)  # fmt: skip


def kind_of(output: Path, saved: bool = False) -> Kind:
    """What an output is, by its suffix."""
    suffix = output.suffix.lower()
    if suffix == ".parquet":
        return "parquet"
    if suffix == ".jsonl":
        return "jsonl"
    return "saved" if saved else "directory"


def read_record(output: Path) -> dict[str, Any] | None:
    """How the dataset in a directory was made; None if there is no such record."""
    try:
        record: Any = json.loads((output / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def publish(final: Path, output: Path) -> None:
    """Put the dataset in a directory in the place of that in another, whose other files stay."""
    output.mkdir(parents=True, exist_ok=True)
    remove_datasets(output)
    move_up(final, output)


def remove_datasets(output: Path) -> None:
    """Remove the files of a dataset from a directory; others stay."""
    for pattern in _DATASET_FILES:
        for old in output.glob(pattern):
            old.unlink()


def move_up(final: Path, output: Path) -> None:
    """Move files to their places; the record goes last, and says that all are there."""
    data, place = final / "data", output / "data"
    if data.is_dir() and place.is_dir() and not any(place.iterdir()):
        place.rmdir()
    if data.is_dir() and not place.exists():
        data.replace(place)
    moving = [path for path in sorted(final.rglob("*")) if path.is_file()]
    for path in sorted(moving, key=lambda path: path.name == RECORD):
        target = output / path.relative_to(final)
        target.parent.mkdir(exist_ok=True)
        path.replace(target)
    sync_folder(output)
