"""Whether an output may be written, and what stands in one that was."""

from __future__ import annotations

import json
import os
from itertools import islice
from pathlib import Path
from typing import Any

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files.hub_names import local_path
from lintseq_datasets.jobs.publication import has_job


def check_output(
    output: Path, *, saved: bool, overwrite: bool, source: str, beside: bool = False
) -> None:
    """Refuse an output before the work starts.

    A job that is there, finished or not, is left to `generate`, which compares.

    Args:
        output: A file ``.parquet`` or ``.jsonl``, or a directory.
        saved: Whether a directory is to be written by `save_to_disk`.
        overwrite: Whether what is there may be replaced.
        source: The source, which must not be replaced while it is read.
        beside: Whether the output goes beside what is there.

    Raises:
        ConfigError: Nothing may be written there.
    """
    _check_kind(output, saved)
    if not (output.is_file() or (output.is_dir() and any(output.iterdir()))):
        return
    is_job = has_job(output)
    if not (overwrite or beside or is_job):
        raise ConfigError("output", f"{str(output)!r} exists; --overwrite replaces it")
    place, origin = real_path(output), real_path(local_path(source))
    # A directory is replaced with all that is in it, which may be the source.
    if origin.exists() and (place == origin or place in origin.parents):
        raise ConfigError("output", "would replace the source: name another path")


def real_path(path: Path) -> Path:
    """Where a path leads, without links; one whose links lead in a circle stays as it is."""
    return Path(os.path.realpath(path))  # `Path.resolve` raises for a circle, before Python 3.13


def _check_kind(output: Path, saved: bool) -> None:
    suffix = output.suffix.lower()
    if suffix in (".parquet", ".jsonl"):
        if saved:
            raise ConfigError("--saved", f"writes a directory, {str(output)!r} is a file")
        if output.is_dir():
            raise ConfigError("output", f"{str(output)!r} is a directory: name a file in it")
    # A directory may be called anything, but whoever names one of these means a file.
    elif suffix in (".json", ".csv", ".arrow", ".gz", ".txt"):
        raise ConfigError(
            "output", f"{suffix} cannot be written: use .parquet, .jsonl or a directory"
        )
    elif output.is_file():
        raise ConfigError(
            "output", f"{str(output)!r} is a file, not a directory: name another path"
        )


def first_rows(output: Path, count: int) -> list[dict[str, Any]]:
    """The first rows of an output that is finished.

    Args:
        output: A file ``.parquet`` or ``.jsonl``, or a directory, as `generate` wrote it.
        count: How many rows at most.
    """
    import pyarrow.parquet as pq
    from datasets import load_from_disk

    # What `save_to_disk` writes beside the rows.
    if (output / "state.json").exists():
        saved = load_from_disk(str(output))
        return list(saved.select(range(min(count, len(saved)))))
    if output.suffix.lower() == ".jsonl":
        with output.open(encoding="utf-8") as file:
            return [json.loads(line) for line in islice(file, count)]
    files = sorted((output / "data").glob("*.parquet")) if output.is_dir() else [output]
    # A generator: of a large file, only what is shown is read.
    batches = (
        batch for name in files for batch in pq.ParquetFile(name).iter_batches(batch_size=count)
    )
    return list(islice((row for batch in batches for row in batch.to_pylist()), count))
