"""Datasets from files, folders, standard input and the Hub."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files._loader import load_from_hub, reading
from lintseq_datasets.files._on_disk import read_files, read_folder, standard_input
from lintseq_datasets.files.hub_names import is_only_a_path, local_path
from lintseq_datasets.files.opening import READERS, suffix_of
from lintseq_datasets.files.output import read_provenance
from lintseq_datasets.files.programs import PROGRAM_SUFFIXES
from lintseq_datasets.mapping.records import attach_provenance, provenances_of

if TYPE_CHECKING:
    from datasets import Dataset, IterableDataset


class SourceSplit(NamedTuple):
    """One split of a dataset that was read."""

    dataset: Dataset | IterableDataset
    split: str  # its name


STANDARD_INPUT = "-"
"""The source that is JSON lines from standard input."""


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
    return local_path(source).is_dir() or bool(_matching(source))


def _read(
    source: str,
    config_name: str | None,
    revision: str | None,
    streaming: bool,
    suffixes: tuple[str, ...],
) -> Any:
    if source == STANDARD_INPUT:
        return reading(source, lambda: read_files(source, [standard_input()], streaming, suffixes))
    if not source:  # it would be the working directory
        raise ConfigError("source", "is empty: name a file, a folder or a dataset on the Hub")
    # What is here comes first: a name that is a path and an id on the Hub is the path.
    path, is_folder, files = _look_up(source)
    if is_folder:
        loaded = reading(
            source, lambda: read_folder(source, path, config_name, streaming, suffixes)
        )
        return _with_provenance(loaded, read_provenance(path))
    if files:
        return reading(source, lambda: read_files(source, files, streaming, suffixes))
    if is_only_a_path(source) or suffix_of(source) in {*READERS, *filter(None, suffixes)}:
        hint = "download it first" if "://" in source else "check the path"
        raise ConfigError("source", f"there is no file {source!r}: {hint}")
    options: dict[str, Any] = {"name": config_name, "revision": revision, "streaming": streaming}
    return reading(source, lambda: load_from_hub(source, **options))


def _look_up(source: str) -> tuple[Path, bool, list[str]]:
    """The path of a source, whether it is a folder, and else the files of that name or pattern."""
    path = local_path(source)
    try:
        is_folder = path.is_dir()
        return path, is_folder, [] if is_folder else _matching(source)
    except OSError as error:  # without rights, or too long for a name
        raise ConfigError("source", f"cannot read {source!r}: {error.strerror}") from error


def _matching(source: str) -> list[str]:
    path = local_path(source)
    # Sorted, as the system lists a folder in any order, and rows are numbered in that of files.
    files = [str(path)] if path.is_file() else sorted(glob.glob(str(path), recursive=True))
    return [name for name in files if os.path.isfile(name)]


def _with_provenance(loaded: Any, made: dict[str, Any] | None) -> Any:
    """A dataset that knows how it was made, where only the file beside it does."""
    parts = loaded.values() if isinstance(loaded, Mapping) else [loaded]
    for part in parts:
        if made is not None and not provenances_of(part):
            attach_provenance(part, made)
    return loaded


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
