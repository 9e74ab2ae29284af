"""Datasets from files, directories and the Hub."""

from __future__ import annotations

import glob
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files.bounds import MOST_GROUP_BYTES, check_bounds
from lintseq_datasets.files.guarded import guard_builder
from lintseq_datasets.files.json_lines import COMPRESSED, read_repaired
from lintseq_datasets.files.output import read_provenance
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
"""Suffixes of files that can be read, and the builder of `datasets` that reads them."""


def read_source(
    source: str,
    *,
    split: str | None = None,
    config_name: str | None = None,
    revision: str | None = None,
    streaming: bool = False,
) -> SourceSplit:
    """Read a source as one split.

    Args:
        source: A file or a pattern of files with a suffix of `READERS`; a directory that
            `save_to_disk` wrote, or that `load_dataset` reads; else the id of a dataset
            on the Hub.
        split: Name of the split; needed where there are several.
        config_name: Configuration of a dataset on the Hub or in a directory.
        revision: Revision of a dataset on the Hub.
        streaming: Whether rows are read as they are needed, without a copy on the disk.

    Raises:
        ConfigError: There is nothing of that name, or it cannot be read.
    """
    return _choose(_read(source, config_name, revision, streaming), split)


def read_splits(
    source: str,
    *,
    split: str | None = None,
    config_name: str | None = None,
    revision: str | None = None,
) -> dict[str, Dataset]:
    """Read a source as datasets by the names of their splits.

    Args:
        source: See `read_source`, also for the next three.
        split: Name of the only split to take.
        config_name: Configuration of a dataset on the Hub or in a directory.
        revision: Revision of a dataset on the Hub.

    Raises:
        ConfigError: There is nothing of that name, or it cannot be read.
    """
    from datasets import DatasetDict

    loaded = _read(source, config_name, revision, streaming=False)
    if split is None and isinstance(loaded, DatasetDict):
        return {str(name): part for name, part in loaded.items()}
    chosen = _choose(loaded, split)
    return {chosen.split: cast("Dataset", chosen.dataset)}


def _read(source: str, config_name: str | None, revision: str | None, streaming: bool) -> Any:
    path = Path(source).expanduser()
    if path.is_dir():
        loaded = _reading(source, lambda: _read_directory(path, config_name, streaming))
        return _with_provenance(loaded, read_provenance(path))
    if files := _matching(source):
        return _reading(source, lambda: _read_files(files, streaming))
    if _looks_like_a_path(source):
        raise ConfigError("source", f"there is no file {source!r}")
    options = {"name": config_name, "revision": revision}
    load = partial(_load, source, streaming=streaming, was_looked_at=False, **options)
    return _reading(source, load)


def is_local(source: str) -> bool:
    """Whether a source that could be read is here, rather than on the Hub."""
    return Path(source).expanduser().is_dir() or bool(_matching(source))


def _matching(source: str) -> list[str]:
    path = Path(source).expanduser()
    files = [str(path)] if path.is_file() else sorted(glob.glob(str(path), recursive=True))
    return [name for name in files if os.path.isfile(name)]


def _with_provenance(loaded: Any, made: dict[str, Any] | None) -> Any:
    """A dataset that knows how it was made, where only the file beside it does."""
    parts = loaded.values() if isinstance(loaded, Mapping) else [loaded]
    for part in parts:
        if made is not None and not provenances_of(part):
            attach_provenance(part, made)
    return loaded


def _load(source: str, *, streaming: bool, was_looked_at: bool = True, **options: Any) -> Any:
    """Load with `datasets`, within bounds.

    Args:
        source: Name of a builder, a directory, or the id of a dataset on the Hub.
        streaming: Whether rows are read as they are needed.
        was_looked_at: Whether the files are known to be within bounds.
        **options: Those of `datasets.load_dataset_builder`.
    """
    from datasets import load_dataset_builder

    if not streaming:
        builder = guard_builder(load_dataset_builder(source, **options), was_looked_at)
        builder.download_and_prepare()
        return builder.as_dataset()
    # Nothing is copied, and the cache of `datasets` need not be there, or not be writable.
    with tempfile.TemporaryDirectory(prefix="lintseq-stream-") as cache:
        builder = load_dataset_builder(source, **options, cache_dir=cache)
        return guard_builder(builder, was_looked_at).as_streaming_dataset()


def _read_directory(path: Path, config_name: str | None, streaming: bool) -> Any:
    from datasets import load_from_disk

    if any((path / name).exists() for name in ("dataset_dict.json", "state.json")):
        return load_from_disk(str(path))  # is not copied
    found = (name for name in sorted(path.rglob("*")) if _suffix(name.name) in READERS)
    check_bounds(str(name) for name in found if name.is_file())
    return _load(str(path), name=config_name, streaming=streaming)


def _read_files(files: list[str], streaming: bool) -> Any:
    from datasets.exceptions import DatasetGenerationError

    reader = _reader(files)
    names = [glob.escape(name) for name in files]  # `datasets` takes them for patterns
    check_bounds(files)
    if reader == "csv":  # empty fields and words such as "null" are text
        return _load("csv", data_files=names, keep_default_na=False, streaming=streaming)
    try:
        return _load(reader, data_files=names, streaming=streaming)
    except DatasetGenerationError:
        is_small = sum(map(os.path.getsize, files)) <= MOST_GROUP_BYTES  # it is read as a whole
        if reader == "json" and is_small and (repaired := read_repaired(files)):
            return repaired
        raise


def _reader(files: Sequence[str]) -> str:
    readers = {READERS.get(_suffix(name)) for name in files}
    if len(readers) > 1:
        raise ConfigError("source", "the files are of different kinds")
    reader = readers.pop()
    if reader is None:
        raise ConfigError("source", f"{files[0]!r} ends with none of {', '.join(READERS)}")
    if any(name.lower().endswith(".zst") for name in files):
        from datasets import config

        if not config.ZSTANDARD_AVAILABLE:
            raise ConfigError("source", ".zst needs a package: pip install zstandard")
    return reader


def _suffix(name: str) -> str:
    """The suffix of a file below that of its compression."""
    path = Path(name)
    if path.suffix.lower() in COMPRESSED:
        path = path.with_suffix("")
    return path.suffix.lower()


def _looks_like_a_path(source: str) -> bool:
    # ids on the Hub are "name" or "user/name"
    has_suffix = _suffix(source) in READERS
    is_deep = source.startswith((".", "~", "/")) or source.count("/") > 1
    return has_suffix or is_deep or "\\" in source or glob.has_magic(source)


def _reading(source: str, read: Callable[[], Any]) -> Any:
    import datasets
    import pyarrow
    from datasets.exceptions import DatasetsError
    from huggingface_hub.errors import HFValidationError

    verbosity = datasets.logging.get_verbosity()
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)  # it is said once, below
    try:
        return read()
    except StopIteration:  # how the reader of JSON meets an empty file
        raise ConfigError("source", f"{source!r} holds no rows") from None
    except (DatasetsError, HFValidationError, pyarrow.ArrowException, OSError, ValueError) as error:
        if refused := _refused(error):
            raise refused from None
        raise ConfigError("source", f"cannot read {source!r}: {_reason(error)}") from error
    finally:
        datasets.logging.set_verbosity(verbosity)


def _refused(error: BaseException | None) -> ConfigError | None:
    """What is out of bounds, if that is what stopped the reading."""
    while error is not None and not isinstance(error, ConfigError):
        error = error.__cause__
    return error


def _reason(error: BaseException) -> str:
    """One line: what started it."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _choose(loaded: Any, split: str | None) -> SourceSplit:
    from datasets import DatasetDict, IterableDatasetDict

    if not isinstance(loaded, DatasetDict | IterableDatasetDict):
        if split not in (None, str(loaded.split)):
            raise ConfigError("split", f"there is no {split!r}; the dataset is one split")
        return SourceSplit(loaded, str(loaded.split or "train"))
    names = ", ".join(loaded)
    if split is None and len(loaded) != 1:
        raise ConfigError("split", f"choose one of {names}")
    if split is not None and split not in loaded:
        raise ConfigError("split", f"{split!r} is none of {names}")
    chosen = split or next(iter(loaded))
    return SourceSplit(loaded[chosen], chosen)
