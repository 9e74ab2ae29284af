r"""The file of a run: samples as JSON lines, and beside it what they were drawn with.

Samples are appended line by line, and each batch is on the disk before the next one is drawn. So
an interruption can leave one line that is not whole, at the end::

    {"task_id": "add", "sample_index": 0, ...}\n      counts
    {"task_id": "add", "sample_i                      does not; the sample is drawn again

Whoever goes on reads the file, keeps each whole line once and drops the rest. Columns that are kept
of the prompts do not say what was drawn: each line gets those of the call that goes on. When all
samples are there, they are put into the order of the tasks.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from operator import eq
from pathlib import Path
from typing import Any, TypeAlias

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files.json_lines import json_line
from lintseq_datasets.files.whole_files import sync, write_whole

_logger = logging.getLogger(__name__)

RUN_SUFFIX = ".run.json"
"""Behind the name of the file of samples: the record of what they were drawn with."""

Key: TypeAlias = "tuple[str, int]"
"""Name of a task, and number of a sample."""

SamplesToDraw: TypeAlias = "Mapping[Key, Mapping[str, Any]]"
"""The samples of a run, each with its prompt and the columns that are kept of the prompts."""

COLUMN_TYPES = {
    "task_id": "string", "sample_index": "int64", "generation": "string",
    "finish_reason": "string", "prompt_tokens": "int64", "completion_tokens": "int64",
    "seed": "int64",
}  # fmt: skip
"""Of our columns but for the prompt, which may be a text or chat messages."""


class SamplesFile:
    """Samples on the disk.

    Args:
        path: The file, with the suffix ``.jsonl``.
        run: What the samples are drawn with, as plain values.

    Raises:
        ConfigError: The name has another suffix.
    """

    def __init__(self, path: Path, run: Mapping[str, Any]) -> None:
        if path.suffix != ".jsonl":
            raise ConfigError("output", f"{str(path)!r} does not end with .jsonl: name such a file")
        self.path = path
        self._record = path.with_name(path.name + RUN_SUFFIX)
        self._run = json.loads(json.dumps(run))  # as it will be read: a tuple is a list there

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes away from the file.

        Raises:
            ConfigError: One is at work.
        """
        from filelock import FileLock, Timeout

        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # The system takes a lock back when its process ends, however that happens.
            with FileLock(f"{self.path}.lock", timeout=0):
                yield
        except Timeout:
            raise ConfigError(
                "output",
                f"{str(self.path)!r} is being written already: wait, or name another file",
            ) from None

    def open(self, wanted: SamplesToDraw, overwrite: bool) -> set[Key]:
        """Make the file ready to be appended to.

        Args:
            wanted: The samples of the run.
            overwrite: Whether what is there is to be replaced.

        Returns:
            Those that are there.

        Raises:
            ConfigError: What is there is of another run.
        """
        if overwrite or not self.path.exists():
            # The samples first: an interruption in between would leave the record of this run
            # beside samples of another, which would pass for its own.
            self.path.unlink(missing_ok=True)
            self._write_record()
            return set()
        self._check_record()
        rows, damaged = _whole_rows(self.path, wanted)
        if damaged:
            _logger.warning("%s: %d lines cannot be used; drawn again", self.path, damaged)
            # At once: what is appended would else go on in the middle of a torn line.
            write_whole(self.path, lambda file: file.writelines(map(json_line, rows.values())))
        return set(rows)

    def append(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Append rows; they are on the disk when this returns."""
        with self.path.open("ab") as file:
            file.write(b"".join(map(json_line, rows)))
            sync(file)

    def finish(self, wanted: SamplesToDraw) -> None:
        """Put the samples into the order of the tasks, with the columns that are kept now."""
        rows, _ = _whole_rows(self.path, wanted)
        with self.path.open("rb") as file:
            ends = [b""]  # or the longer one would be cut
            is_finished = all(map(eq, chain(file, ends), chain(_lines(rows, wanted), ends)))
        if not is_finished:  # else the file stays untouched
            write_whole(self.path, lambda file: file.writelines(_lines(rows, wanted)))

    def _write_record(self) -> None:
        text = json.dumps(self._run, indent=2, ensure_ascii=False) + "\n"
        write_whole(self._record, lambda file: file.write(text.encode()))

    def _check_record(self) -> None:
        try:
            before = json.loads(self._record.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            before = None
        if not isinstance(before, dict):
            problem = f"{str(self.path)!r} exists, and {self._record.name!r} does not say of what"
            raise ConfigError("output", f"{problem} run; overwrite it, or write to another file")
        # Names of both: a setting that one of them lacks differs as well.
        names = sorted({*before, *self._run})
        other = [name for name in names if before.get(name) != self._run.get(name)]
        if other:
            shown = "; ".join(
                f"{name} was {_shown(before.get(name))}, is {_shown(self._run.get(name))}"
                for name in other
            )
            problem = f"{str(self.path)!r} is of another run ({shown})"
            raise ConfigError("output", f"{problem}; overwrite it, or write to another file")


def _lines(rows: Mapping[Key, Any], order: Iterable[Key]) -> Iterator[bytes]:
    return (json_line(rows[key]) for key in order)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:79] + "…"


def _whole_rows(path: Path, wanted: SamplesToDraw) -> tuple[dict[Key, Mapping[str, Any]], int]:
    """The samples in a file by their keys, each once, and how many lines are something else."""
    rows: dict[Key, Mapping[str, Any]] = {}
    damaged = 0
    with path.open("rb") as file:
        for line in file:
            row = _row(line) if line.endswith(b"\n") else {}
            key = _key(row)
            if key not in rows and key in wanted and row.get("prompt") == wanted[key]["prompt"]:
                ours = {name: row[name] for name in row if name in (*COLUMN_TYPES, "prompt")}
                rows[key] = {**ours, **wanted[key]}
            else:
                damaged += 1
    return rows, damaged


def _key(row: Mapping[str, Any]) -> Key:
    task_id, index = row.get("task_id"), row.get("sample_index")
    is_key = isinstance(task_id, str) and isinstance(index, int)
    # Anything else gets a key that no sample has: tasks have names.
    return (str(task_id), int(index)) if is_key and index is not None else ("", -1)


def _row(line: bytes) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}
