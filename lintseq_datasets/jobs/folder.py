"""The folder of a job: its manifest, and its parts, which appear as a whole or not at all.

A job with parts of 250 rows that was stopped in its third part leaves

    manifest.json            which job it is, and how long its parts are
    parts.jsonl              two lines, each with the digest of a file
    parts/0000000.parquet
    parts/0000001.parquet
    lock                     held by the process that works here

The file of a part is written first, and its line after it. So a line without its file is damage,
and a file without a line is what an interruption left: it is written again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lintseq_datasets.errors import JobError
from lintseq_datasets.files.output import RECEIPT, remove_datasets
from lintseq_datasets.files.whole_files import TEMPORARY, digest_of, sync_folder, write_whole
from lintseq_datasets.jobs._manifest import (
    MANIFEST,
    PARTS,
    Part,
    add_part,
    read_manifest,
    read_parts,
    write_manifest,
    write_parts,
)

if TYPE_CHECKING:
    import pyarrow as pa
    from filelock import BaseFileLock

__all__ = ["DamageError", "JobFolder", "Part", "differences", "digest_of_identity"]

_logger = logging.getLogger(__name__)

_LOCK = "lock"
_FILES = (MANIFEST, PARTS, RECEIPT, "output.parquet", "output.jsonl", _LOCK)
_PART_NAME = re.compile(r"\d{7,}\.parquet")


class DamageError(Exception):
    """Something that was written is not there any more as it was written."""


class JobFolder:
    """The folder of a job that is not finished.

    Args:
        path: The folder.
        identity: Everything that the rows depend on, as plain values.
    """

    def __init__(self, path: Path, identity: Mapping[str, Any]) -> None:
        self.path = path
        self.identity = identity
        self.job = digest_of_identity(identity)
        self.manifest: dict[str, Any] = {}
        self.held = False
        """Whether this process has worked on it."""
        self.rows_done = 0
        """Rows of the source in the parts that are known to be there."""

    # --- the manifest ----------------------------------------------------------------

    @staticmethod
    def read(path: Path) -> dict[str, Any] | None:
        """The manifest of a job; None if there is no job.

        Raises:
            JobError: It is damaged, or was changed.
        """
        return read_manifest(path)

    def open(self, part_rows: int) -> None:
        """Start the job, or go on with it; remove what an interruption left half written.

        Args:
            part_rows: Rows of a part, for a job that starts.
        """
        self.manifest = self.read(self.path) or {}
        if not self.manifest:
            if read_parts(self.path, self.job):
                _logger.warning("%s: the manifest is gone; all parts are made again", self.path)
            self._clear()  # of what another job left
            self.save(job=self.job, part_rows=part_rows, **self.identity)
        (self.path / "parts").mkdir(exist_ok=True)
        sync_folder(self.path)  # a power cut may take a new folder, with all that lies in it
        # In parts and in what is published; the cache of `datasets` has names of its own.
        for left in (*self.path.glob(f"*{TEMPORARY}"), *self.path.glob(f"[pf]*/**/*{TEMPORARY}")):
            left.unlink()

    def save(self, **values: Any) -> None:
        """Change values of the manifest."""
        self.manifest = {**self.manifest, **values}
        write_manifest(self.path, self.manifest)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else works in the folder within the context.

        Raises:
            JobError: Somebody does.
        """
        from filelock import FileLock, Timeout

        self.path.mkdir(parents=True, exist_ok=True)
        # One of the kernel's, which goes with its process, however that ends: none is left behind.
        lock: BaseFileLock = FileLock(str(self.path / _LOCK))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            problem = "another process is working on this job"
            raise JobError(problem, str(self.path)) from None
        self.held = True
        try:
            yield
        finally:
            lock.release()

    def forget(self) -> None:
        """Let the job start anew when it is opened."""
        for name in (MANIFEST, PARTS):
            (self.path / name).unlink(missing_ok=True)
        self.rows_done = 0

    def discard(self) -> None:
        """Remove the folder with everything in it that is of a job."""
        with contextlib.suppress(OSError):
            self._clear()
            (self.path / _LOCK).unlink(missing_ok=True)
            self.path.rmdir()  # unless there is something that belongs to nobody

    def _clear(self) -> None:
        """Remove what a job leaves. What else there is stays, and is named."""
        # The lock, which is the last of them, is held by this process and goes last.
        for name in _FILES[:-1]:  # the manifest first: what is left is of no job
            (self.path / name).unlink(missing_ok=True)
        shutil.rmtree(self.path / "cache", ignore_errors=True)
        remove_datasets(self.path / "final")
        for path in (self.path / "parts").glob("*.parquet"):
            if _PART_NAME.fullmatch(path.name):
                path.unlink()
        # In reverse, what is in a folder comes before the folder.
        for path in sorted(self.path.rglob("*"), reverse=True):
            if path.name.endswith(TEMPORARY):
                path.unlink()
            elif path.is_dir() and not path.is_symlink():
                with contextlib.suppress(OSError):  # there is something in it
                    path.rmdir()
            elif path.name != _LOCK:
                _logger.warning("%s: is no file of a job, and stays", path)

    def holds_work(self) -> bool:
        """Whether there is anything that somebody would have to do again."""
        return any(self.path.glob("parts/*")) or any(self.path.glob("final/*"))

    # --- the parts -------------------------------------------------------------------

    def part_path(self, number: int) -> Path:
        """Where a part is."""
        return self.path / "parts" / f"{number:07d}.parquet"

    def write_part(self, part: Part, table: pa.Table) -> None:
        """Write a part, whole or not at all, and list it with the digest of its file."""
        import pyarrow.parquet as pq

        path = self.part_path(part.number)
        is_new = not path.exists()
        # The file, then its line: no line ever speaks of a file that may not be there.
        content = write_whole(path, lambda file: pq.write_table(table, file))
        add_part(self.path, self.job, replace(part, rows=table.num_rows, content=content))
        self.rows_done += part.rows_in * is_new

    def read_part(self, part: Part) -> pa.Table:
        """The rows of a part, if they are those that were written.

        Raises:
            DamageError: They are not.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:  # read once: the bytes that are hashed are those that are used
            content = self.part_path(part.number).read_bytes()
        except FileNotFoundError:
            raise DamageError(f"part {part.number} is gone") from None
        if hashlib.sha256(content).hexdigest() != part.content:
            raise DamageError(f"part {part.number} is damaged")
        return pq.ParquetFile(pa.BufferReader(content)).read()

    def listed(self) -> dict[int, Part]:
        """All parts that were finished, by number and in order."""
        return dict(sorted(read_parts(self.path, self.job).items()))

    def part_size(self, part: Part) -> int:
        """Bytes of the file of a part.

        Raises:
            DamageError: It is gone.
        """
        try:
            return self.part_path(part.number).stat().st_size
        except FileNotFoundError:
            raise DamageError(f"part {part.number} is gone") from None

    def parts(self, merged: Collection[int] = ()) -> dict[int, Part]:
        """All parts that are there as they were written, by number.

        Others are removed from the list, and named in the log.

        Args:
            merged: Numbers of parts whose rows are elsewhere by now.
        """
        listed = self.listed()
        parts = {n: part for n, part in listed.items() if n in merged or self._is_sound(part)}
        self._name_others(listed)
        # Or the next reader would find the lines of damaged parts, and of those made twice.
        if self.manifest:
            write_parts(self.path, self.job, parts.values())
        self.rows_done = sum(part.rows_in for part in parts.values())
        return parts

    def _is_sound(self, part: Part) -> bool:
        found = digest_of(self.part_path(part.number))
        if found != part.content:
            what = "gone" if found is None else "damaged"
            _logger.warning("%s: part %d is %s; it is made again", self.path, part.number, what)
        return found == part.content

    def _name_others(self, listed: Mapping[int, Part]) -> None:
        """Say which files in the folder nobody has listed."""
        known = {self.part_path(number) for number in listed}
        # The part behind the last in the list is what an interruption leaves: nothing to tell.
        for path in sorted((self.path / "parts").glob("*")):
            if path not in known and path != self.part_path(len(listed)):
                _logger.warning("%s: is in no list of parts, and is not read", path)
        places = (*_FILES, "parts", "final", "cache")
        for path in sorted(self.path.glob("*")):
            if path.name not in places:
                _logger.warning("%s: is no file of a job, and is not read", path)


def digest_of_identity(identity: Mapping[str, Any]) -> str:
    """A short digest of everything that the rows of a job depend on."""
    text = json.dumps(identity, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """What differs between the identities of two jobs, for people."""
    mine, other = dict(_leaves(ours)), dict(_leaves(theirs))
    return [
        f"{name} is {other.get(name)!r} there and {mine.get(name)!r} here"
        for name in mine
        if mine[name] != other.get(name)
    ]


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, list(value) if isinstance(value, tuple) else value
