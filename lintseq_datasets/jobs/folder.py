"""The folder of a job: its manifest, and its parts, which appear as a whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lintseq_datasets.errors import JobError
from lintseq_datasets.files.whole import TEMPORARY, sync_folder, write_whole

if TYPE_CHECKING:
    import pyarrow as pa
    from filelock import BaseFileLock

_MANIFEST = "manifest.json"
_LOCK = "lock"
_KEY = b"lintseq_datasets.job"


@dataclass(frozen=True, slots=True)
class Part:
    """What a part says of itself, in the footer of its file.

    Args:
        number: Number of the part, from 0.
        rows_in: Rows of the source that went into it.
        accounting: What became of them, as plain values.
        digest: Digest of the rows that went into it.
    """

    number: int
    rows_in: int
    accounting: Mapping[str, Any]
    digest: str


class JobFolder:
    """The folder of a job that is not finished.

    Args:
        path: The folder.
        identity: Everything that the rows depend on, as plain values.
    """

    def __init__(self, path: Path, identity: Mapping[str, Any]) -> None:
        self.path = path
        self.identity = identity
        self.job = job_id(identity)
        self.manifest: dict[str, Any] = {}
        self.held = False
        """Whether this process has worked on it."""
        self.rows_done = 0
        """Rows of the source in the parts that are known to be there."""

    # --- the manifest ----------------------------------------------------------------

    @staticmethod
    def read(path: Path) -> dict[str, Any] | None:
        """The manifest of a job; None if there is no job."""
        try:
            manifest: dict[str, Any] = json.loads((path / _MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return manifest

    def open(self, part_rows: int) -> None:
        """Start the job, or go on with it; remove what an interruption left half written.

        Args:
            part_rows: Rows of a part, for a job that starts.
        """
        self.manifest = self.read(self.path) or {}
        if not self.manifest:
            self._clear()  # of what another job left
            self.save(job=self.job, part_rows=part_rows, **self.identity)
        (self.path / "parts").mkdir(exist_ok=True)
        sync_folder(self.path)
        for left in self.path.rglob(f"*{TEMPORARY}"):
            left.unlink()

    def _clear(self) -> None:
        for path in self.path.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != _LOCK:
                path.unlink()

    def save(self, **values: Any) -> None:
        """Change values of the manifest."""
        self.manifest = {**self.manifest, **values}
        text = json.dumps(self.manifest, indent=2) + "\n"
        write_whole(self.path / _MANIFEST, lambda file: file.write(text.encode("utf-8")))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else works in the folder within the context.

        Raises:
            JobError: Somebody does.
        """
        from filelock import FileLock, Timeout

        self.path.mkdir(parents=True, exist_ok=True)
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
        (self.path / _MANIFEST).unlink()
        self.rows_done = 0

    def discard(self) -> None:
        """Remove the folder with everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)

    # --- the parts -------------------------------------------------------------------

    def part_path(self, number: int) -> Path:
        """Where a part is."""
        return self.path / "parts" / f"{number:07d}.parquet"

    def write_part(self, part: Part, table: pa.Table) -> None:
        """Write a part, whole or not at all."""
        import pyarrow.parquet as pq

        said = {
            "job": self.job, "rows_in": part.rows_in, "accounting": part.accounting,
            "digest": part.digest,
        }  # fmt: skip
        footer = {**(table.schema.metadata or {}), _KEY: json.dumps(said).encode()}
        table = table.replace_schema_metadata(footer)
        path = self.part_path(part.number)
        is_new = not path.exists()
        write_whole(path, lambda file: pq.write_table(table, file))
        self.rows_done += part.rows_in * is_new

    def read_part(self, number: int) -> Part | None:
        """What a part says of itself; None if it is not there or not sound."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.part_path(number)
        try:
            said = json.loads((pq.read_metadata(path).metadata or {})[_KEY])
            if said["job"] == self.job:
                return Part(number, said["rows_in"], said["accounting"], said["digest"])
        except FileNotFoundError:
            return None
        except (pa.ArrowException, OSError, KeyError, ValueError):
            pass
        path.unlink(missing_ok=True)
        return None

    def parts(self) -> dict[int, Part]:
        """All parts that are there, by number."""
        numbers = sorted(int(path.stem) for path in (self.path / "parts").glob("*.parquet"))
        found = (self.read_part(number) for number in numbers)
        parts = {part.number: part for part in found if part is not None}
        self.rows_done = sum(part.rows_in for part in parts.values())
        return parts


def job_id(identity: Mapping[str, Any]) -> str:
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
