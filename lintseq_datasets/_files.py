"""Datasets from and to files, for the command line."""

from __future__ import annotations

import glob
import gzip
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.provenance import provenance

if TYPE_CHECKING:
    from datasets import Dataset

_logger = logging.getLogger(__name__)


class Source(NamedTuple):
    """One split of a dataset that was read."""

    dataset: Dataset
    split: str  # its name


READERS = {".jsonl": "json", ".json": "json", ".parquet": "parquet", ".csv": "csv"}
"""Suffixes of files that can be read, and the builder of `datasets` that reads them."""

_RECORD = "lintseq_datasets.json"  # how the dataset was made, beside its data
_SHARD_BYTES = 500_000_000
_OURS = ("data/*-[0-9]*-of-[0-9]*.parquet", "data-[0-9]*-of-[0-9]*.arrow", "state.json",
         "dataset_info.json", _RECORD)  # fmt: skip


# --- reading -------------------------------------------------------------------------


def read_source(
    source: str,
    *,
    split: str | None = None,
    config_name: str | None = None,
    revision: str | None = None,
) -> Source:
    """Read a source as one split.

    Args:
        source: A file or a pattern of files with a suffix of `READERS`; a directory that
            `save_to_disk` wrote, or that `load_dataset` reads; else the id of a dataset
            on the Hub.
        split: Name of the split; needed where there are several.
        config_name: Configuration of a dataset on the Hub or in a directory.
        revision: Revision of a dataset on the Hub.

    Raises:
        ConfigError: There is nothing of that name, or it cannot be read.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        return _choose(_reading(source, lambda: _read_directory(path, config_name)), split)
    files = [str(path)] if path.is_file() else sorted(glob.glob(str(path), recursive=True))
    files = [name for name in files if os.path.isfile(name)]
    if files:
        return _choose(_reading(source, lambda: _read_files(files)), split)
    if _looks_like_a_path(source):
        raise ConfigError("source", f"there is no file {source!r}")
    loaded = _reading(source, lambda: _load(source, name=config_name, revision=revision))
    return _choose(loaded, split)


def _load(*args: Any, **options: Any) -> Any:
    from datasets import load_dataset

    return load_dataset(*args, **options)


def _read_directory(path: Path, config_name: str | None) -> Any:
    from datasets import load_from_disk

    if any((path / name).exists() for name in ("dataset_dict.json", "state.json")):
        return load_from_disk(str(path))
    return _load(str(path), name=config_name)


def _read_files(files: list[str]) -> Any:
    from datasets.exceptions import DatasetGenerationError

    reader = _reader(files)
    if reader == "csv":  # empty fields and words such as "null" are text
        return _load("csv", data_files=files, keep_default_na=False)
    try:
        return _load(reader, data_files=files)
    except DatasetGenerationError:
        if reader == "json" and (repaired := _without_surrogates(files)):
            return repaired
        raise


def _without_surrogates(files: list[str]) -> Any:
    """JSON lines whose escapes are lone surrogates, which Arrow cannot hold.

    Such texts become None, and their rows are accounted for like others without a text.

    Returns:
        A dataset, or None if something else is wrong with the files.
    """
    from datasets import Dataset, Split

    found: list[str] = []
    rows: list[dict[str, Any]] = []
    for name in files:
        with (gzip.open if name.endswith(".gz") else open)(name, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                try:
                    row = json.loads(line)
                    rows.append({key: _storable(value) for key, value in row.items()})
                except (ValueError, AttributeError):
                    return None
                if rows[-1] != row:
                    found.append(f"{name}:{number}")
    for place in found:
        _logger.warning("%s: a text with a lone surrogate is left out", place)
    return Dataset.from_list(rows, split=Split.TRAIN) if found else None


def _storable(value: Any) -> Any:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return None
    return value


def _reader(files: Sequence[str]) -> str:
    readers = {READERS.get(Path(name.removesuffix(".gz")).suffix.lower()) for name in files}
    if len(readers) > 1:
        raise ConfigError("source", "the files are of different kinds")
    reader = readers.pop()
    if reader is None:
        raise ConfigError("source", f"{files[0]!r} ends with none of {', '.join(READERS)}")
    return reader


def _looks_like_a_path(source: str) -> bool:
    # ids on the Hub are "name" or "user/name"
    has_suffix = Path(source.removesuffix(".gz")).suffix.lower() in READERS
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
        raise ConfigError("source", f"cannot read {source!r}: {_reason(error)}") from error
    finally:
        datasets.logging.set_verbosity(verbosity)


def _reason(error: BaseException) -> str:
    """One line: what started it."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _choose(loaded: Any, split: str | None) -> Source:
    from datasets import DatasetDict

    if not isinstance(loaded, DatasetDict):
        if split not in (None, str(loaded.split)):
            raise ConfigError("split", f"there is no {split!r}; the dataset is one split")
        return Source(loaded, str(loaded.split or "train"))
    names = ", ".join(loaded)
    if split is None and len(loaded) != 1:
        raise ConfigError("split", f"choose one of {names}")
    if split is not None and split not in loaded:
        raise ConfigError("split", f"{split!r} is none of {names}")
    chosen = split or next(iter(loaded))
    return Source(loaded[chosen], chosen)


# --- writing -------------------------------------------------------------------------


def check_output(output: Path, *, saved: bool, overwrite: bool, source: str) -> None:
    """Refuse an output before the work starts.

    Args:
        output: A file ``.parquet`` or ``.jsonl``, or a directory.
        saved: Whether a directory is to be written by `save_to_disk`.
        overwrite: Whether what is there may be replaced.
        source: The source, which must not be replaced while it is read.

    Raises:
        ConfigError: The output cannot be written there.
    """
    suffix = output.suffix.lower()
    if suffix in (".parquet", ".jsonl"):
        if saved:
            raise ConfigError("--saved", f"writes a directory, {str(output)!r} is a file")
    elif suffix in (".json", ".csv", ".arrow", ".gz", ".txt"):
        raise ConfigError(
            "output", f"{suffix} cannot be written: use .parquet, .jsonl or a directory"
        )
    elif output.is_file():
        raise ConfigError("output", f"{str(output)!r} is a file, not a directory")
    if suffix in (".parquet", ".jsonl") and output.is_dir():
        raise ConfigError("output", f"{str(output)!r} is a directory")
    if output.is_file() or (output.is_dir() and any(output.iterdir())):
        if not overwrite:
            raise ConfigError("output", f"{str(output)!r} exists; --overwrite replaces it")
        place, origin = output.resolve(), Path(source).expanduser().resolve()
        if origin.exists() and (place == origin or place in origin.parents):
            raise ConfigError("output", "would replace the source")


def write_output(
    dataset: Dataset, output: Path, *, split: str = "train", saved: bool = False
) -> None:
    """Write a dataset to a file, or to a directory.

    Everything is written beside its place and then moved, so that no incomplete dataset
    is ever found there. Of a directory that exists, only earlier datasets are removed. A
    directory holds ``lintseq_datasets.json``, which says how the dataset was made.

    Args:
        dataset: What to write.
        output: A file ``.parquet`` or ``.jsonl``; otherwise a directory, which
            `load_dataset` reads: Parquet files in ``data/``, named for their split.
        split: Name of the split.
        saved: Whether `save_to_disk` writes the directory.
    """
    suffix = output.suffix.lower()
    output.parent.mkdir(parents=True, exist_ok=True)
    if suffix in (".parquet", ".jsonl"):
        partial = output.with_name(f".{output.name}.partial-{os.getpid()}")
        try:
            (_write_parquet if suffix == ".parquet" else _write_jsonl)(dataset, partial)
            partial.replace(output)
        finally:
            partial.unlink(missing_ok=True)
        return
    output.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=output) as directory:
        partial = Path(directory)
        if saved:
            dataset.save_to_disk(str(partial))
        else:
            _write_shards(dataset, partial / "data", split)
        record = json.dumps(provenance(dataset), indent=2) + "\n"
        (partial / _RECORD).write_text(record, encoding="utf-8")
        _move_up(partial, output)


def _write_parquet(dataset: Dataset, path: Path) -> None:
    dataset.to_parquet(str(path))


def _write_jsonl(dataset: Dataset, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for table in dataset.with_format("arrow").iter(batch_size=1000):
            for row in table.to_pylist():
                line = json.dumps(row, ensure_ascii=False)
                # some readers take these for the end of a line
                for character in "\x85\u2028\u2029":
                    line = line.replace(character, f"\\u{ord(character):04x}")
                file.write(line + "\n")


def _write_shards(dataset: Dataset, directory: Path, split: str) -> None:
    directory.mkdir()
    count = 1 + int(dataset.data.nbytes) // _SHARD_BYTES
    for number in range(count):
        shard = dataset.shard(count, number, contiguous=True)
        name = f"{split}-{number:05d}-of-{count:05d}.parquet"
        _write_parquet(shard, directory / name)


def _move_up(partial: Path, output: Path) -> None:
    for pattern in _OURS:
        for old in output.glob(pattern):
            old.unlink()
    for path in [path for path in partial.rglob("*") if path.is_file()]:
        place = output / path.relative_to(partial)
        place.parent.mkdir(exist_ok=True)
        shutil.move(path, place)
