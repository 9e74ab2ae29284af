"""Writing a dataset: to a directory, or to one file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from lintseq_datasets.files.json_lines import json_line
from lintseq_datasets.files.output import (
    PROVENANCE_FILE,
    SHARD_BYTES,
    check_named,
    output_kind,
    publish,
)
from lintseq_datasets.files.whole_files import write_whole

if TYPE_CHECKING:
    from datasets import Dataset

_BATCH_ROWS = 1000


def save_dataset(
    dataset: Dataset,
    output: Path,
    *,
    saved: bool = False,
    provenance: Mapping[str, Any] | None = None,
) -> None:
    """Write a dataset, whole or not at all. What is there is replaced.

    Args:
        dataset: The dataset. Without a split it is written as ``train``.
        output: A file ``.parquet`` or ``.jsonl``, or a directory. In a directory only the files of
            a dataset are replaced.
        saved: Whether a directory is written by `save_to_disk`, rather than as Parquet
            files for `load_dataset`.
        provenance: How it was made, to be said in a file of a directory.

    Raises:
        ConfigError: ``output`` is the working directory.
    """
    check_named(output)
    kind = output_kind(output, saved)
    output.parent.mkdir(parents=True, exist_ok=True)
    if kind in ("parquet", "jsonl"):
        write = _write_parquet if kind == "parquet" else _write_jsonl
        write_whole(output, lambda file: write(dataset, file))
        return
    with _directory_beside(output) as final:
        if kind == "saved":
            dataset.save_to_disk(str(final))
        else:
            _write_shards(dataset, final / "data")
        if provenance is not None:
            text = json.dumps(provenance, indent=2) + "\n"
            write_whole(final / PROVENANCE_FILE, lambda file: file.write(text.encode()))
        publish(final, output)


@contextmanager
def _directory_beside(output: Path) -> Iterator[Path]:
    """A directory on the same file system, which is removed at the end."""
    # Beside the output: only within one file system is a rename whole or not at all.
    final = output.with_name(f".{output.name}.unfinished")  # hidden: globs do not find it
    # What an interrupted run left there would be published with the rest.
    shutil.rmtree(final, ignore_errors=True)
    try:
        yield final
    finally:
        shutil.rmtree(final, ignore_errors=True)


def _write_shards(dataset: Dataset, data: Path) -> None:
    data.mkdir(parents=True)
    # These are the bytes of the whole table, also of rows that `select` left out. So shards may be
    # smaller than the limit.
    count = dataset.data.nbytes // SHARD_BYTES + 1
    for number in range(count):
        shard = dataset.shard(count, number, contiguous=True)
        with (data / f"{dataset.split or 'train'}-{number:05d}-of-{count:05d}.parquet").open(
            "wb"
        ) as file:
            _write_parquet(shard, file)


def _write_parquet(dataset: Dataset, file: IO[bytes]) -> None:
    import pyarrow.parquet as pq

    schema = dataset.features.arrow_schema
    # The schema carries the features as metadata; `load_dataset` reads from it what Arrow cannot
    # say, such as that a column holds images.
    with pq.ParquetWriter(file, schema) as writer:
        for table in dataset.with_format("arrow").iter(batch_size=_BATCH_ROWS):
            writer.write_table(table)


def _write_jsonl(dataset: Dataset, file: IO[bytes]) -> None:
    for table in dataset.with_format("arrow").iter(batch_size=_BATCH_ROWS):
        # From Arrow, since a format that the caller set, such as tensors, would be no JSON.
        for row in table.to_pylist():
            file.write(json_line(row))
