"""What is kept of a finished job, so that rows that failed can be tried again.

A job is finished with its output, and its folder goes. Where rows failed for reasons that
another try may not meet, a hidden file stays with the output: which rows of it came from
which part. With it, the output can be taken apart into the parts again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from lintseq_datasets.files.output import RECEIPT
from lintseq_datasets.files.whole import write_whole
from lintseq_datasets.jobs.folder import JobFolder, Part
from lintseq_datasets.mapping.accounting import Accounting

if TYPE_CHECKING:
    import pyarrow as pa

REASONS = ("time_budget", "worker_died", "worker_hung")
"""Why rows failed that may be sampled at another time or on another machine."""

_BATCH_ROWS = 1000


def to_try_again(accounting: Accounting) -> dict[str, int]:
    """How many rows failed for one of the `REASONS`, by reason."""
    return {reason: accounting.failed[reason] for reason in REASONS if reason in accounting.failed}


def receipt_path(output: Path) -> Path:
    """Where the receipt of an output is: in the directory, or beside the file."""
    if output.suffix.lower() in (".parquet", ".jsonl"):
        return output.with_name(f".{output.name}{RECEIPT}")
    return output / RECEIPT


@dataclass(frozen=True, slots=True)
class Receipt:
    """Which rows of an output came from which part.

    Args:
        job: Id of the job.
        part_rows: Rows of the source in a part.
        size: Bytes of the output, if it is a file.
        parts: All parts in order.
        rows: How many rows of the output each of them gave.
    """

    job: str
    part_rows: int
    size: int | None
    parts: tuple[Part, ...]
    rows: tuple[int, ...]

    @property
    def accounting(self) -> Accounting:
        """What became of all rows of the source."""
        return sum((Accounting.from_dict(part.accounting) for part in self.parts), Accounting())

    @classmethod
    def of(cls, folder: JobFolder) -> Receipt:
        """The receipt of a job whose parts are all there."""
        import pyarrow.parquet as pq

        parts = tuple(folder.parts().values())
        rows = (pq.read_metadata(folder.part_path(part.number)).num_rows for part in parts)
        return cls(folder.job, folder.manifest["part_rows"], None, parts, tuple(rows))

    @classmethod
    def read(cls, path: Path) -> Receipt | None:
        """A receipt; None if there is none."""
        try:
            head, *lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
            values = [(line["rows_in"], line["accounting"], line["digest"]) for line in lines]
            parts = tuple(Part(number, *value) for number, value in enumerate(values))
            rows = tuple(line["rows"] for line in lines)
            return cls(head["job"], head["part_rows"], head["size"], parts, rows)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, path: Path, size: int | None = None) -> None:
        """Write the receipt.

        Args:
            path: The file.
            size: Bytes of the output, if it is a file.
        """
        head = {"job": self.job, "part_rows": self.part_rows, "size": size}
        lines = [
            {"rows_in": p.rows_in, "rows": rows, "accounting": p.accounting, "digest": p.digest}
            for p, rows in zip(self.parts, self.rows, strict=True)
        ]
        text = "".join(json.dumps(line) + "\n" for line in (head, *lines))
        write_whole(path, lambda file: file.write(text.encode("utf-8")))

    def is_of(self, output: Path) -> bool:
        """Whether the output, if it is a file, is still the one that was written."""
        return output.exists() and self.size in (None, output.stat().st_size)

    def take_apart(self, output: Path, folder: JobFolder, schema: pa.Schema) -> None:
        """Make the parts of an output again, where they are missing.

        Args:
            output: The output, which stays as it is.
            folder: Folder of the job.
            schema: Columns of the output.
        """
        reader = _Reader(_tables(output, schema), schema)
        for part, count in zip(self.parts, self.rows, strict=True):
            table = reader.take(count)
            if folder.read_part(part.number) is None:
                folder.write_part(part, table)


class _Reader:
    """Takes rows from tables that follow one another."""

    def __init__(self, tables: Iterator[pa.Table], schema: pa.Schema) -> None:
        self._tables = tables
        self._left = schema.empty_table()

    def take(self, count: int) -> pa.Table:
        """The next rows, so many."""
        import pyarrow as pa

        taken = [self._left]
        while sum(table.num_rows for table in taken) < count:
            taken.append(next(self._tables))
        table = pa.concat_tables(taken)
        self._left = table.slice(count)
        return table.slice(0, count).combine_chunks()


def _tables(output: Path, schema: pa.Schema) -> Iterator[pa.Table]:
    """All rows of an output in order."""
    for table in _read_tables(output, schema):
        yield table.select(schema.names).cast(schema).replace_schema_metadata(schema.metadata)


def _read_tables(output: Path, schema: pa.Schema) -> Iterator[pa.Table]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if output.suffix.lower() == ".jsonl":
        with output.open(encoding="utf-8", newline="\n") as file:
            while lines := list(islice(file, _BATCH_ROWS)):
                yield pa.Table.from_pylist([json.loads(line) for line in lines], schema=schema)
    elif (output / "state.json").exists():
        from datasets import load_from_disk

        yield from load_from_disk(str(output)).with_format("arrow").iter(_BATCH_ROWS)
    else:
        files = sorted(output.glob("data/*.parquet")) if output.is_dir() else [output]
        for path in files:
            for batch in pq.ParquetFile(path).iter_batches(_BATCH_ROWS):
                yield pa.Table.from_batches([batch])
