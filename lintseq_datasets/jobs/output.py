"""From the parts of a job to the output: a directory, or one file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from lintseq_datasets.files.json_lines import json_line
from lintseq_datasets.files.output import (
    RECEIPT,
    RECORD,
    SHARD_BYTES,
    Kind,
    kind_of,
    move_up,
    read_record,
    remove_datasets,
)
from lintseq_datasets.files.whole import sync_folder, write_whole
from lintseq_datasets.jobs import _receipt
from lintseq_datasets.jobs._receipt import Receipt
from lintseq_datasets.jobs.folder import JobFolder

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Features

_BATCH_ROWS = 1000


def folder_of(output: Path) -> Path:
    """Where the job keeps what is not finished: in the directory, or beside the file."""
    if kind_of(output) == "directory":
        return output / ".lintseq-job"
    return output.with_name(f".{output.name}.lintseq-job")


def has_job(output: Path) -> bool:
    """Whether an output is that of a job, finished or not, that can tell what it is."""
    if folder_of(output).is_dir() or "job" in (read_record(output) or {}):
        return True
    return _receipt.receipt_path(output).is_file()


def is_whole(output: Path, record: Mapping[str, Any]) -> bool:
    """Whether the data files of a finished job are there with their lengths."""
    files = record["job"]["files"]
    return all(
        (output / name).is_file() and (output / name).stat().st_size == size
        for name, size in files.items()
    )


class Output:
    """Where the rows of a job go in the end.

    Args:
        path: The output.
        kind: What it is.
        split: Name of the split.
        features: Columns of the rows.
        record: How the dataset was made.
    """

    def __init__(
        self, path: Path, kind: Kind, split: str, features: Features, record: dict[str, Any]
    ) -> None:
        self._path = path
        self._kind = kind
        self._split = split
        self._features = features
        self._record = record

    def finish(self, folder: JobFolder, num_parts: int, dataset_info: Any) -> None:
        """Put the parts together and publish them; may be interrupted and called again.

        Args:
            folder: Folder of the job.
            num_parts: How many parts there are; their numbers start at 0.
            dataset_info: The ``info`` of the dataset, for ``save_to_disk``.
        """
        parts = [folder.part_path(number) for number in range(num_parts)]
        receipt = Receipt.read(folder.path / RECEIPT)
        if self._kind in ("parquet", "jsonl"):
            self._finish_file(folder, parts, receipt)
            return
        final = folder.path / "final"
        if not folder.manifest.get("publishing"):
            final.mkdir(exist_ok=True)
            if self._kind == "saved":
                self._save(parts, final, dataset_info)
            else:
                self._write_shards(folder, parts, final / "data")
            self._write_record(final)
            if receipt is not None:
                receipt.write(final / RECEIPT)
            remove_datasets(self._path)
            folder.save(publishing=True)
        move_up(final, self._path)

    def _finish_file(
        self, folder: JobFolder, parts: Sequence[Path], receipt: Receipt | None
    ) -> None:
        made = folder.path / self._path.name
        write = self._write_parquet if self._kind == "parquet" else self._write_jsonl
        write_whole(made, lambda file: write(parts, file))
        place = _receipt.receipt_path(self._path)
        if receipt is None:
            place.unlink(missing_ok=True)
        else:
            receipt.write(place, made.stat().st_size)
        made.replace(self._path)
        sync_folder(self._path.parent)

    def _write_shards(self, folder: JobFolder, parts: Sequence[Path], data: Path) -> None:
        """Merge parts into larger files, each of which frees its parts."""
        data.mkdir(exist_ok=True)
        if "shards" not in folder.manifest:
            folder.save(shards=list(_group([path.stat().st_size for path in parts])))
        shards = folder.manifest["shards"]
        for number, (start, stop) in enumerate(shards):
            shard = data / f"{self._split}-{number:05d}-of-{len(shards):05d}.parquet"
            if not shard.is_file():
                own = parts[start:stop]
                write_whole(shard, lambda file, own=own: self._write_parquet(own, file))  # type: ignore[misc]
            for part in parts[start:stop]:
                part.unlink(missing_ok=True)

    def _write_parquet(self, parts: Sequence[Path], file: IO[bytes]) -> None:
        import pyarrow.parquet as pq

        with pq.ParquetWriter(file, self._features.arrow_schema) as writer:
            for table in self._tables(parts):
                writer.write_table(table)

    def _write_jsonl(self, parts: Sequence[Path], file: IO[bytes]) -> None:
        for table in self._tables(parts):
            for row in table.to_pylist():
                file.write(json_line(row))

    def _tables(self, parts: Sequence[Path]) -> Iterator[pa.Table]:
        """Tables of about as many rows each, however the parts were cut."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        schema = self._features.arrow_schema
        waiting: list[pa.Table] = []
        for path in parts:
            waiting.append(pq.ParquetFile(path).read().replace_schema_metadata(schema.metadata))
            if sum(table.num_rows for table in waiting) >= _BATCH_ROWS:
                yield pa.concat_tables(waiting)
                waiting = []
        if waiting:
            yield pa.concat_tables(waiting)

    def _save(self, parts: Sequence[Path], final: Path, info: Any) -> None:
        import datasets
        import pyarrow.parquet as pq

        shutil.rmtree(final)
        cache = final.with_name("cache")
        features = self._features
        # `datasets` cannot read a file without rows.
        if parts := [path for path in parts if pq.read_metadata(path).num_rows]:
            dataset = datasets.Dataset.from_parquet(
                [str(path) for path in parts],
                split=datasets.NamedSplit(self._split),
                features=features,
                cache_dir=str(cache),
            )
        else:
            dataset = datasets.Dataset.from_dict(
                {name: [] for name in features}, features
            )  # no parts
        dataset.info.description = info.description
        dataset.save_to_disk(str(final))

    def _write_record(self, final: Path) -> None:
        files = [path for path in sorted(final.rglob("*")) if path.is_file()]
        sizes = {path.relative_to(final).as_posix(): path.stat().st_size for path in files}
        for name in (RECORD, RECEIPT):
            sizes.pop(name, None)
        record = {**self._record, "job": {**self._record["job"], "files": sizes}}
        text = json.dumps(record, indent=2) + "\n"
        write_whole(final / RECORD, lambda file: file.write(text.encode("utf-8")))


def _group(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ranges of parts that make a file each; one range even if there are no parts."""
    start = total = 0
    for number, size in enumerate(sizes):
        if number > start and total + size > SHARD_BYTES:
            yield start, number
            start, total = number, 0
        total += size
    yield start, len(sizes)
