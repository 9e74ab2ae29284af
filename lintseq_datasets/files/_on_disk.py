"""Files and folders that are here, as a dataset: by their kinds, and with readers of our own.

What is read how, for example:

    rows.jsonl, more.jsonl    one kind: rows of JSON, by a reader of ours
    rows.jsonl, a.py          an error: files of two kinds
    a folder of programs      a row for each program
    a folder of data          the splits that `datasets` finds in it
"""

from __future__ import annotations

import atexit
import glob
import logging
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files._loader import in_cache, load
from lintseq_datasets.files.bounds import check_bounds
from lintseq_datasets.files.checkouts import is_checkout
from lintseq_datasets.files.csv_rows import read_csv
from lintseq_datasets.files.json_rows import read_json
from lintseq_datasets.files.opening import READERS, suffix_of
from lintseq_datasets.files.output import PROVENANCE_FILE
from lintseq_datasets.files.programs import (
    ProgramFiles,
    files_in_folder,
    named_programs,
    programs_in,
)
from lintseq_datasets.mapping.origin import read_metadata

_PROGRAMS = "programs"  # the kind of files that are programs
_HINT = " (name another language for its programs)"
_SAVED = ("dataset_dict.json", "state.json")  # what `save_to_disk` writes
_SPOOLED = ".standard-input"

_logger = logging.getLogger(__name__)


# --- files ---------------------------------------------------------------------------


def read_files(
    source: str, files: Sequence[str], streaming: bool, suffixes: tuple[str, ...]
) -> Any:
    kind = _kind_of(files, suffixes)
    if kind == _PROGRAMS:
        return _read_programs(source, named_programs(files), streaming)
    check_bounds(files)
    if kind == "parquet":
        names = [glob.escape(name) for name in files]  # `datasets` takes them for patterns
        options: dict[str, Any] = {"data_files": names, "streaming": streaming}
        return load("parquet", content=files, named=source, **options)
    return _read_rows(source, kind, {"train": files}, streaming)


def _kind_of(files: Sequence[str], suffixes: tuple[str, ...]) -> str:
    # Also with the language ``lines``, for which any file is a program.
    if [Path(name).suffix for name in files] == [_SPOOLED]:
        return "json"
    # Of each kind one file is enough, for the message.
    kinds = {_reader_of(name, suffixes): name for name in files}
    if len(kinds) > 1:
        names = " and ".join(map(repr, kinds.values()))
        raise ConfigError(
            "source", f"the files are of different kinds, such as {names}: name those of one kind"
        )
    (kind,) = kinds
    if kind is None:
        ends = ", ".join((*READERS, *suffixes))
        problem = f"{files[0]!r} ends with none of {ends}{_HINT}"
        raise ConfigError("source", problem)
    return kind


def _reader_of(name: str, suffixes: tuple[str, ...]) -> str | None:
    reader = READERS.get(suffix_of(name))
    is_program = suffix_of(name) in suffixes or "" in suffixes
    return _PROGRAMS if reader is None and is_program else reader


def _read_rows(
    source: str, kind: str, splits: Mapping[str, Sequence[str]], streaming: bool, **info: Any
) -> Any:
    """Read rows that we read: `datasets` guesses the types of JSON and CSV from their beginning."""
    from lintseq_datasets.files._builder import RowFiles, digest_of_files, read_row_files

    names = [name for files in splits.values() for name in files]
    read: Callable[[str], Iterator[Any]] = read_csv if kind == "csv" else read_json
    found = RowFiles(source, splits, read, kind, lambda: digest_of_files(names), info)
    return in_cache(streaming, lambda cache: read_row_files(found, cache, streaming))


def _read_programs(source: str, programs: ProgramFiles, streaming: bool) -> Any:
    from lintseq_datasets.files._builder import RowFiles, read_row_files

    splits = {"train": [source]}
    found = RowFiles(source, splits, programs.rows, "python", programs.digest, programs.info)
    return in_cache(streaming, lambda cache: read_row_files(found, cache, streaming))


def standard_input() -> str:
    """A file with what comes from standard input, which can be read more than once."""
    folder = tempfile.mkdtemp(prefix="lintseq-input-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder) / f"rows{_SPOOLED}"
    with path.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    return str(path)


# --- folders -------------------------------------------------------------------------


def read_folder(
    source: str, path: Path, config_name: str | None, streaming: bool, suffixes: tuple[str, ...]
) -> Any:
    from datasets import load_from_disk

    if any((path / name).exists() for name in _SAVED):
        return load_from_disk(str(path))  # is not copied
    data, programs, others = _look_into(path, suffixes)
    if (path / PROVENANCE_FILE).exists() or not programs.names:
        is_described = not {"configs", "dataset_info"}.isdisjoint(read_metadata(path / "README.md"))
        if not (data or is_described):
            raise _nothing_to_read(source, path, others, suffixes)
        return _read_data_folder(source, path, data, config_name, streaming)
    if data and not is_checkout(path):
        problem = f"{source!r} holds programs ({programs.paths[0]}) and data ({data[0]}): name a "
        problem += f"pattern of files, such as {str(path / '**' / f'*{suffixes[0]}')!r} in quotes"
        raise ConfigError("source", problem)
    if data:  # such as fixtures of tests
        _logger.warning("%s: %d files of data are left out, such as %s", path, len(data), data[0])
    return _read_programs(source, programs, streaming)


def _nothing_to_read(
    source: str, path: Path, others: Sequence[str], suffixes: tuple[str, ...]
) -> ConfigError:
    found = f"it has files of {', '.join(others)}" if others else "it has no other files"
    if is_checkout(path):
        found += " (of a git checkout, only programs that are tracked are read)"
    ends = ", ".join((*READERS, *filter(None, suffixes)))
    hint = _HINT if all(suffixes) else "; name a pattern of files, such as 'scripts/*.sh' in quotes"
    return ConfigError("source", f"{source!r} holds no file of {ends}: {found}{hint}")


def _look_into(path: Path, suffixes: tuple[str, ...]) -> tuple[list[str], ProgramFiles, list[str]]:
    """The files of data in a folder, the programs, and the suffixes of all others."""
    found = list(files_in_folder(path))
    data = [name for name in found if suffix_of(name) in READERS]
    others = {suffix_of(name) or "no suffix" for name in found} - {*READERS, *suffixes}
    return data, programs_in(path, suffixes), sorted(others)[:5]


def _read_data_folder(
    source: str, path: Path, data: Sequence[str], config_name: str | None, streaming: bool
) -> Any:
    """Read a folder that `datasets` knows to read: which files belong to which split."""
    from datasets import load_dataset_builder

    names = [str(path / name) for name in data]
    check_bounds(names)

    def find(cache: str | None) -> Any:
        return load_dataset_builder(str(path), name=config_name, cache_dir=cache)

    # To find files makes nothing that is kept, so it leaves nothing in the usual cache.
    builder = in_cache(True, find)
    splits = {str(split): list(files) for split, files in (builder.config.data_files or {}).items()}
    # What the README of a folder asks of the readers of `datasets`, only they can do.
    is_plain = getattr(builder.config, "sep", ",") == ","
    is_plain &= getattr(builder.config, "field", None) is None
    if builder.name in ("json", "csv") and is_plain:
        info = {name: getattr(builder.info, name) for name in ("description", "license")}
        return _read_rows(source, builder.name, splits, streaming, **info)
    return load(str(path), content=names, name=config_name, streaming=streaming)
