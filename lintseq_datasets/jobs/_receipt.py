"""What is kept of a finished job: whether it is this one, and how to try rows again.

A job is finished with its output, and its folder goes. Beside an output that is a file, a
hidden file stays that says whose it is. Where rows failed for reasons that another try may
not meet, that file is there for a directory, too, and says which rows came from which part:
with it, the output can be taken apart into the parts again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lintseq_datasets.files.output import RECEIPT
from lintseq_datasets.files.whole_files import digest_of, write_whole
from lintseq_datasets.jobs._content import read_output
from lintseq_datasets.jobs._manifest import CHECK, digest_of_values
from lintseq_datasets.jobs.folder import JobFolder, Part
from lintseq_datasets.mapping.accounting import Accounting

if TYPE_CHECKING:
    import pyarrow as pa

REASONS = ("time_budget", "worker_died", "worker_hung")
"""Why rows failed that may be sampled at another time or on another machine."""


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
    """What a finished job leaves.

    Args:
        identity: Everything that the rows depend on, as plain values.
        job: Id of the job.
        part_rows: Rows of the source in a part.
        accounting: What became of all rows of the source.
        parts: All parts in order, if rows may be tried again.
        content: SHA-256 of the output, if it is a file.
    """

    identity: Mapping[str, Any]
    job: str
    part_rows: int
    accounting: Accounting
    parts: tuple[Part, ...] = ()
    content: str | None = None

    @classmethod
    def of(cls, folder: JobFolder, parts: Mapping[int, Part]) -> Receipt:
        """The receipt of a job whose parts are all there."""
        total = sum(
            (Accounting.from_dict(part.accounting) for part in parts.values()), Accounting()
        )
        # As long as the job, so only where an output may have to be taken apart again.
        kept = tuple(parts.values()) if to_try_again(total) else ()
        return cls(folder.identity, folder.job, folder.manifest["part_rows"], total, kept)

    @classmethod
    def read(cls, path: Path) -> Receipt | None:
        """A receipt; None if there is none, or if it was changed."""
        # What was changed tells nothing for certain: it is as if there were no receipt.
        try:
            head, *lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
            # The digest was taken of the values without it, so it goes before they are compared.
            if head.pop(CHECK) != digest_of_values([head, *lines]):
                return None
            parts = tuple(Part(number, **line) for number, line in enumerate(lines))
            accounting = Accounting.from_dict(head.pop("accounting"))
            return cls(accounting=accounting, parts=parts, **head)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def write(self, path: Path, content: str | None = None) -> None:
        """Write the receipt.

        Args:
            path: The file.
            content: SHA-256 of the output, if it is a file.
        """
        head = {
            "job": self.job, "part_rows": self.part_rows, "content": content,
            "accounting": self.accounting.as_dict(), "identity": self.identity,
        }  # fmt: skip
        lines = [
            {"rows_in": part.rows_in, "rows": part.rows, "accounting": part.accounting,
             "digest": part.digest}
            for part in self.parts
        ]  # fmt: skip
        check = digest_of_values([head, *lines])
        text = "".join(json.dumps(line) + "\n" for line in ({**head, CHECK: check}, *lines))
        write_whole(path, lambda file: file.write(text.encode("utf-8")))

    def is_of(self, output: Path) -> bool:
        """Whether the output, if it is a file, is still the one that was written."""
        return output.exists() and self.content in (None, digest_of(output))

    def take_apart(self, output: Path, folder: JobFolder, schema: pa.Schema) -> None:
        """Make the parts of an output again, where they are missing.

        Args:
            output: The output, which stays as it is.
            folder: Folder of the job.
            schema: Columns of the output.
        """
        reader = _Reader(read_output(output, schema), schema)
        there = folder.parts()
        for part in self.parts:
            table = reader.take(part.rows)  # also of parts that are there: those behind follow
            if part.number not in there:
                folder.write_part(part, table)


class _Reader:
    """Takes rows from tables that follow one another."""

    def __init__(self, tables: Iterator[pa.Table], schema: pa.Schema) -> None:
        self._tables = tables
        import pyarrow as pa

        # `empty_table` of a schema cannot make a column of JSON.
        self._left = pa.Table.from_batches([], schema)

    def take(self, count: int) -> pa.Table:
        """The next rows, so many."""
        import pyarrow as pa

        taken = [self._left]
        # Tables of the output end elsewhere than parts: what is over is kept for the next one.
        while sum(table.num_rows for table in taken) < count:
            taken.append(next(self._tables))
        table = pa.concat_tables(taken)
        self._left = table.slice(count)
        return table.slice(0, count).combine_chunks()
