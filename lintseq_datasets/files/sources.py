"""Datasets from files, folders, standard input and the Hub."""

from __future__ import annotations

import atexit
import glob
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files._loader import in_cache, load, reading
from lintseq_datasets.files.bounds import check_bounds
from lintseq_datasets.files.checkouts import is_checkout
from lintseq_datasets.files.csv_rows import read_csv
from lintseq_datasets.files.json_rows import read_json
from lintseq_datasets.files.opening import suffix_of
from lintseq_datasets.files.output import PROVENANCE_FILE, read_provenance
from lintseq_datasets.files.programs import (
    PROGRAM_SUFFIXES,
    ProgramFiles,
    files_in_folder,
    named_programs,
    programs_in,
)
from lintseq_datasets.mapping.origin import read_metadata
from lintseq_datasets.mapping.records import attach_provenance, provenances_of

if TYPE_CHECKING:
    from datasets import Dataset, IterableDataset


class SourceSplit(NamedTuple):
    """One split of a dataset that was read."""

    dataset: Dataset | IterableDataset
    split: str  # its name


READERS = {
    ".jsonl": "json", ".json": "json", ".parquet": "parquet", ".csv": "csv", ".ndjson": "json",
}  # fmt: skip
"""Suffixes of files of data that can be read, and what reads them; beside them are programs."""

STANDARD_INPUT = "-"
"""The source that is JSON lines from standard input."""

_PROGRAMS = "programs"  # the kind of files that are programs
_HINT = " (name another language for its programs)"
_SAVED = ("dataset_dict.json", "state.json")  # what `save_to_disk` writes
_SPOOLED = ".standard-input"

_logger = logging.getLogger(__name__)


def read_source(
    source: str,
    *,
    split: str | None = None,
    config_name: str | None = None,
    revision: str | None = None,
    streaming: bool = False,
    suffixes: tuple[str, ...] = PROGRAM_SUFFIXES,
) -> SourceSplit:
    """Read a source as one split.

    Args:
        source: A file or a pattern of files, of data with a suffix of `READERS` or programs; a
            directory that `save_to_disk` wrote, that `load_dataset` reads, or that holds
            programs; else the id of a dataset on the Hub.
        split: Name of the split; needed where there are several.
        config_name: Configuration of a dataset on the Hub or in a directory.
        revision: Revision of a dataset on the Hub.
        streaming: Whether rows are read as they are needed, without a copy on the disk.
        suffixes: Ends of the names of files that are programs; see `Language.suffixes`.

    Raises:
        ConfigError: There is nothing of that name, or it cannot be read.
    """
    return _choose(_read(source, config_name, revision, streaming, suffixes), split)


def read_splits(
    source: str,
    *,
    split: str | None = None,
    config_name: str | None = None,
    revision: str | None = None,
    suffixes: tuple[str, ...] = PROGRAM_SUFFIXES,
) -> dict[str, Dataset]:
    """Read a source as datasets by the names of their splits.

    Args:
        source: A path, a pattern, or the id of a dataset on the Hub; see `read_source`.
        split: Name of the only split to take.
        config_name: Configuration of a dataset on the Hub or in a directory.
        revision: Revision of a dataset on the Hub.
        suffixes: See `read_source`.

    Raises:
        ConfigError: There is nothing of that name, or it cannot be read.
    """
    from datasets import DatasetDict

    loaded = _read(source, config_name, revision, False, suffixes)
    if split is None and isinstance(loaded, DatasetDict):
        return {str(name): part for name, part in loaded.items()}
    chosen = _choose(loaded, split)
    return {chosen.split: cast("Dataset", chosen.dataset)}


def is_local(source: str) -> bool:
    """Whether a source that could be read is here, rather than on the Hub."""
    if source == STANDARD_INPUT:
        return True
    return Path(source).expanduser().is_dir() or bool(_matching(source))


def _read(
    source: str,
    config_name: str | None,
    revision: str | None,
    streaming: bool,
    suffixes: tuple[str, ...],
) -> Any:
    # What is here comes first: a name that is a path and an id on the Hub is the path.
    path = Path(source).expanduser()
    if source == STANDARD_INPUT:
        return reading(
            source, lambda: _read_files(source, [_standard_input()], streaming, suffixes)
        )
    if path.is_dir():
        loaded = reading(
            source, lambda: _read_folder(source, path, config_name, streaming, suffixes)
        )
        return _with_provenance(loaded, read_provenance(path))
    if files := _matching(source):
        return reading(source, lambda: _read_files(source, files, streaming, suffixes))
    if _looks_like_a_path(source, suffixes):
        hint = "download it first" if "://" in source else "check the path"
        raise ConfigError("source", f"there is no file {source!r}: {hint}")
    options: dict[str, Any] = {"name": config_name, "revision": revision, "streaming": streaming}
    return reading(source, partial(load, source, was_looked_at=False, **options))


def _matching(source: str) -> list[str]:
    path = Path(source).expanduser()
    files = [str(path)] if path.is_file() else sorted(glob.glob(str(path), recursive=True))
    return [name for name in files if os.path.isfile(name)]


def _looks_like_a_path(source: str, suffixes: tuple[str, ...]) -> bool:
    # ids on the Hub are "name" or "user/name"
    has_suffix = suffix_of(source) in {*READERS, *filter(None, suffixes)}
    is_deep = source.startswith((".", "~", "/")) or source.count("/") > 1
    return has_suffix or is_deep or "\\" in source or glob.has_magic(source)


def _with_provenance(loaded: Any, made: dict[str, Any] | None) -> Any:
    """A dataset that knows how it was made, where only the file beside it does."""
    parts = loaded.values() if isinstance(loaded, Mapping) else [loaded]
    for part in parts:
        if made is not None and not provenances_of(part):
            attach_provenance(part, made)
    return loaded


# --- files ---------------------------------------------------------------------------


def _read_files(
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
    # Also with the language ``lines``, of which any file is a program.
    if [Path(name).suffix for name in files] == [_SPOOLED]:
        return "json"
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


def _standard_input() -> str:
    """A file with what comes from standard input, which can be read more than once."""
    folder = tempfile.mkdtemp(prefix="lintseq-input-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder) / f"rows{_SPOOLED}"
    with path.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    return str(path)


# --- folders -------------------------------------------------------------------------


def _read_folder(
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


def _choose(loaded: Any, split: str | None) -> SourceSplit:
    from datasets import DatasetDict, IterableDatasetDict

    if not isinstance(loaded, DatasetDict | IterableDatasetDict):
        if split not in (None, str(loaded.split)):
            raise ConfigError(
                "split", f"there is no {split!r}; the dataset is one split: leave the option out"
            )
        return SourceSplit(loaded, str(loaded.split or "train"))
    names = ", ".join(loaded)
    if split is None and len(loaded) != 1:
        raise ConfigError("split", f"choose one of {names}")
    if split is not None and split not in loaded:
        raise ConfigError("split", f"{split!r} is none of {names}")
    chosen = split or next(iter(loaded))
    return SourceSplit(loaded[chosen], chosen)
