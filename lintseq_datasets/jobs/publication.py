"""From the parts of a job to the output: a directory, or one file.

An output is never a mixture of two, wherever the machine stops, and the next call goes on. For a
directory:

    1    parts/0000000.parquet, ...   are merged into   final/data/train-00000-of-00002.parquet, ...
         Each file is read back and compared with its parts before these are removed.
    2    the manifest gets the names and digests of all files, under ``publishing``
    3    final/...                    is moved up       data/train-00000-of-00002.parquet, ...

Whoever goes on sees from the manifest where it was: before 2, files are made; after it, they are
moved. If a file is damaged meanwhile, its digest tells, and step 1 is done again for it.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from lintseq_datasets.files.json_lines import json_line
from lintseq_datasets.files.output import (
    PROVENANCE_FILE,
    RECEIPT,
    SHARD_BYTES,
    OutputKind,
    files_in,
    move_up,
    output_kind,
    read_provenance,
    remove_datasets,
)
from lintseq_datasets.files.whole_files import digest_of, sync_folder, write_whole
from lintseq_datasets.jobs import _receipt
from lintseq_datasets.jobs._content import Content, read_output
from lintseq_datasets.jobs._manifest import CHECK, digest_of_values
from lintseq_datasets.jobs._receipt import Receipt
from lintseq_datasets.jobs.folder import DamageError, JobFolder, Part
from lintseq_datasets.mapping.json_columns import rows_of_table

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Features

_logger = logging.getLogger(__name__)

_BATCH_ROWS = 1000


def folder_of(output: Path) -> Path:
    """Where the job keeps what is not finished: in the directory, or beside the file."""
    if output_kind(output) == "directory":
        return output / ".lintseq-job"
    return output.with_name(f".{output.name}.lintseq-job")


def has_job(output: Path) -> bool:
    """Whether an output is that of a job, finished or not, that can tell what it is."""
    if folder_of(output).is_dir() or "job" in (read_provenance(output) or {}):
        return True
    return _receipt.receipt_path(output).is_file()


def is_whole(output: Path, made: Mapping[str, Any]) -> bool:
    """Whether a finished job is there: its data files byte for byte, and the record of it."""
    job = dict(made["job"])
    if job.pop(CHECK) != digest_of_values({**made, "job": job}):
        return False
    files: Mapping[str, str] = job["files"]
    return all(digest_of(output / name) == digest for name, digest in files.items())


class Output:
    """Where the rows of a job go in the end.

    What is written is read back, and compared with the parts, before a part goes.

    Args:
        path: The output.
        kind: What it is.
        split: Name of the split.
        features: Columns of the rows.
    """

    def __init__(self, path: Path, kind: OutputKind, split: str, features: Features) -> None:
        self._path = path
        self._kind = kind
        self._split = split
        self._features = features

    def merged(self, folder: JobFolder) -> set[int]:
        """Numbers of the parts whose rows are in files that are as they were written.

        What was to be published and is not whole is taken back.
        """
        places = [folder.path / "final"]
        if files := folder.manifest.get("publishing"):
            # An interruption can be between any two moves, so a file is in either place.
            places.append(self._path)
            if not all(_is_in(places, name, content) for name, content in files.items()):
                self._take_back(folder, files)
                places.pop()
        shards = folder.manifest.get("shards") or []
        numbers: set[int] = set()
        for number, shard in enumerate(shards):
            name = self._shard_name(number, len(shards))
            if shard["content"] and not _is_in(places, name, shard["content"]):
                _logger.warning("%s: %s is damaged or gone; it is made again", self._path, name)
                shard["content"] = None
            if shard["content"]:
                numbers.update(range(shard["start"], shard["stop"]))
        return numbers

    def _take_back(self, folder: JobFolder, files: Mapping[str, str]) -> None:
        """Move files that were published back to where they were made."""
        for name in files:
            place, made = self._path / name, folder.path / "final" / name
            if place.exists() and not made.exists():
                made.parent.mkdir(parents=True, exist_ok=True)
                place.replace(made)
        folder.save(publishing=None)

    def finish(
        self, folder: JobFolder, parts: Mapping[int, Part], made: Mapping[str, Any], info: Any
    ) -> None:
        """Put the parts together and publish them; may be interrupted and called again.

        Args:
            folder: Folder of the job.
            parts: All parts by number, in order.
            made: How the dataset was made.
            info: The ``info`` of the dataset, for ``save_to_disk``.

        Raises:
            DamageError: A part, or what was written, is not as it was any more.
        """
        receipt, ordered = Receipt.of(folder, parts), list(parts.values())
        if self._kind in ("parquet", "jsonl"):
            self._finish_file(folder, ordered, receipt)
            return
        final = folder.path / "final"
        if not folder.manifest.get("publishing"):
            final.mkdir(exist_ok=True)
            if self._kind == "saved":
                names = self._save(folder, ordered, final, info)
            else:
                names = self._write_shards(folder, ordered, final)
            contents = {name: digest_of(final / name) for name in names}
            _write_provenance(final, made, contents, sum(part.rows for part in ordered))
            names = [*names, PROVENANCE_FILE]
            if receipt.parts:
                receipt.write(final / RECEIPT)
                names.append(RECEIPT)
            # What is replaced goes before anything of the new output is there: never a mixture.
            remove_datasets(self._path)
            folder.save(publishing={name: digest_of(final / name) for name in names})
        files = folder.manifest["publishing"]
        move_up(final, self._path, files)
        if changed := [name for name, at in files.items() if digest_of(self._path / name) != at]:
            raise DamageError(f"{', '.join(changed)}: not as it was written")

    def _finish_file(self, folder: JobFolder, parts: Sequence[Part], receipt: Receipt) -> None:
        made = folder.path / f"output.{self._kind}"
        content = self._write(folder, parts, made)
        # The receipt first: with another file beside it, it counts for nothing.
        receipt.write(_receipt.receipt_path(self._path), content)
        made.replace(self._path)
        sync_folder(self._path.parent)
        if digest_of(self._path) != content:
            raise DamageError(f"{self._path.name}: not as it was written")

    def _shard_name(self, number: int, count: int) -> str:
        return f"data/{self._split}-{number:05d}-of-{count:05d}.parquet"

    def _write_shards(self, folder: JobFolder, parts: Sequence[Part], final: Path) -> list[str]:
        """Merge parts into larger files; once a file is there, its parts go."""
        (final / "data").mkdir(exist_ok=True)
        if not folder.manifest.get("shards"):
            sizes = [folder.part_size(part) for part in parts]
            # Kept in the manifest: later calls find parts that are merged, gone and of no size.
            ranges = [{"start": a, "stop": b, "content": None} for a, b in _group(sizes)]
            folder.save(shards=ranges)
        shards = folder.manifest["shards"]
        names = [self._shard_name(number, len(shards)) for number in range(len(shards))]
        for name, shard in zip(names, shards, strict=True):
            own = parts[shard["start"] : shard["stop"]]
            if shard["content"] is None:
                shard["content"] = self._write(folder, own, final / name)
                folder.save(shards=shards)
            # At once, or the job would need twice the room. Also those of a file that was made
            # before: that call may have ended in front of this.
            for part in own:
                folder.part_path(part.number).unlink(missing_ok=True)
        return names

    # --- writing, and reading back ---------------------------------------------------

    def _write(self, folder: JobFolder, parts: Sequence[Part], path: Path) -> str:
        """Write a file and read it back; returns its SHA-256."""
        write = self._write_jsonl if path.suffix == ".jsonl" else self._write_parquet
        content = Content()  # fed by `_tables` while the rows pass: they are never all in memory
        digest = write_whole(path, lambda file: write(self._tables(folder, parts, content), file))
        if digest_of(path) != digest:
            raise DamageError(f"{path.name} is not as it was written")
        self._compare(path, content)
        return digest

    def _compare(self, path: Path, content: Content) -> None:
        """Compare what can be read with the rows that were written."""
        import pyarrow as pa

        try:
            found = Content.of(read_output(path, self._features.arrow_schema))
        except (pa.ArrowException, OSError, ValueError, KeyError) as error:
            raise DamageError(f"{path.name} cannot be read back: {error}") from error
        if found != content:
            counts = f"{content.rows} rows were written, {found.rows} are there"
            raise DamageError(
                f"{path.name} holds other rows than those that were written: {counts}"
            )

    def _write_parquet(self, tables: Iterator[pa.Table], file: IO[bytes]) -> None:
        import pyarrow.parquet as pq

        with pq.ParquetWriter(file, self._features.arrow_schema) as writer:
            for table in tables:
                writer.write_table(table)

    def _write_jsonl(self, tables: Iterator[pa.Table], file: IO[bytes]) -> None:
        for table in tables:
            for row in rows_of_table(table):
                file.write(json_line(row))

    def _tables(
        self, folder: JobFolder, parts: Sequence[Part], content: Content
    ) -> Iterator[pa.Table]:
        """Tables of about as many rows each, however the parts were cut."""
        import pyarrow as pa

        schema = self._features.arrow_schema
        # A Parquet file gets a row group for each table: of parts of a few rows, too many.
        waiting: list[pa.Table] = []
        for part in parts:
            table = folder.read_part(part).replace_schema_metadata(schema.metadata)
            content.add(table)
            waiting.append(table)
            if sum(table.num_rows for table in waiting) >= _BATCH_ROWS:
                yield pa.concat_tables(waiting)
                waiting = []
        if waiting:
            yield pa.concat_tables(waiting)

    def _save(self, folder: JobFolder, parts: Sequence[Part], final: Path, info: Any) -> list[str]:
        import datasets

        # All that is in it is published, also what an interrupted `save_to_disk` left there.
        shutil.rmtree(final)
        # `from_parquet` makes a copy of all rows: in the folder of the job, with which it goes.
        cache = final.with_name("cache")
        features = self._features
        # `datasets` reads the parts by itself: here they are checked, as `_tables` does for others.
        content = Content.of(self._tables(folder, parts, Content()))
        # `datasets` cannot read a file without rows.
        if paths := [str(folder.part_path(part.number)) for part in parts if part.rows]:
            dataset = datasets.Dataset.from_parquet(
                paths,
                split=datasets.NamedSplit(self._split),
                features=features,
                cache_dir=str(cache),
            )
        else:
            dataset = datasets.Dataset.from_dict({name: [] for name in features}, features)
        dataset.info.description = info.description
        dataset.save_to_disk(str(final))
        self._compare(final, content)
        return files_in(final)


def _is_in(places: Sequence[Path], name: str, content: str) -> bool:
    return any(digest_of(place / name) == content for place in places)


def _write_provenance(
    final: Path, made: Mapping[str, Any], contents: Mapping[str, str | None], rows: int
) -> None:
    job = {**made["job"], "rows": rows, "files": contents}
    # Over all but itself, so that whoever edits the record by hand is noticed.
    check = digest_of_values({**made, "job": job})
    made = {**made, "job": {**job, CHECK: check}}
    text = json.dumps(made, indent=2) + "\n"
    write_whole(final / PROVENANCE_FILE, lambda file: file.write(text.encode("utf-8")))


def _group(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ranges of parts that make a file each; one range even if there are no parts."""
    start = total = 0
    for number, size in enumerate(sizes):
        # A part that is larger than a file should be has a file of its own.
        if number > start and total + size > SHARD_BYTES:
            yield start, number
            start, total = number, 0
        total += size
    yield start, len(sizes)
