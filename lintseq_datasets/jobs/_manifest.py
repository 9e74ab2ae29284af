"""The two files in which a job folder says what it holds, each with digests of what it says.

`manifest.json` says what the job is and how far it is; it is written whole. `parts.jsonl` has
a line for each finished part, with the digest of its file, and grows. What was changed by
anybody else is noticed: of the manifest it is an error, a line of the list is left out, so that
its part is made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lintseq_datasets.errors import JobError, Remedy
from lintseq_datasets.files.whole_files import sync, write_whole

MANIFEST = "manifest.json"
PARTS = "parts.jsonl"
CHECK = "check"
"""Key under which a record keeps the digest of what else it says."""

START_AGAIN = Remedy("{} starts again", ("overwrite=True",))


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is finished.

    Args:
        number: Number of the part, from 0.
        rows_in: Rows of the source that went into it.
        accounting: What became of them, as plain values.
        digest: Digest of the rows that went into it.
        rows: Rows of the output that it holds.
        content: SHA-256 of its file.
    """

    number: int
    rows_in: int
    accounting: Mapping[str, Any]
    digest: str
    rows: int = 0
    content: str = ""


# --- the manifest --------------------------------------------------------------------


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a job; None if there is none.

    Raises:
        JobError: It is none that this library wrote, or was changed since.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        values = json.loads(content)
        check = values.pop(CHECK)
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        problem = "the manifest of this job is damaged"
        raise JobError(problem, str(folder / MANIFEST), START_AGAIN) from None
    if check != digest_of_values(values):
        problem = "the manifest of this job was changed"
        raise JobError(problem, str(folder / MANIFEST), START_AGAIN)
    manifest: dict[str, Any] = values
    return manifest


def write_manifest(folder: Path, values: Mapping[str, Any]) -> None:
    """Write the manifest, whole or not at all."""
    text = json.dumps({**values, CHECK: digest_of_values(values)}, indent=2) + "\n"
    write_whole(folder / MANIFEST, lambda file: file.write(text.encode("utf-8")))


# --- the list of parts ---------------------------------------------------------------


def read_parts(folder: Path, job: str) -> dict[int, Part]:
    """The parts that are listed, by number; lines that are not sound are left out."""
    try:
        lines = (folder / PARTS).read_bytes().splitlines()
    except FileNotFoundError:
        return {}
    found = (_part(line, job) for line in lines)
    # A part that was made again has two lines. The later one is the newer, and replaces the first.
    return {part.number: part for part in found if part is not None}


def _part(line: bytes, job: str) -> Part | None:
    try:
        values = json.loads(line)
        # The job is in the digest, but not in the line: lines that another job left do not count.
        if values.pop(CHECK) != digest_of_values({**values, "job": job}):
            return None
        return Part(**values)
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        return None


def add_part(folder: Path, job: str, part: Part) -> None:
    """Add a part to the list, or the newer one of two."""
    # Added, not written anew, or each part of a long job would cost more than the one before.
    with (folder / PARTS).open("ab") as file:
        # A line of its own, even behind the half of one that a power cut left.
        file.write(b"\n" + _line(part, job))
        sync(file)


def write_parts(folder: Path, job: str, parts: Iterable[Part]) -> None:
    """Write the list anew."""
    text = b"".join(_line(part, job) for part in parts)
    write_whole(folder / PARTS, lambda file: file.write(text))


def _line(part: Part, job: str) -> bytes:
    values = asdict(part)
    check = digest_of_values({**values, "job": job})
    return json.dumps({**values, CHECK: check}).encode("utf-8") + b"\n"


def digest_of_values(values: Any) -> str:
    """A short digest of plain values, as they are when they are read from JSON."""
    as_read = json.loads(json.dumps(values))  # where all keys are texts
    # In one order, whatever order the keys were written in.
    text = json.dumps(as_read, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
