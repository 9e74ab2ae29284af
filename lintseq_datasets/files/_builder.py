"""How rows that we read become a dataset: through the cache of `datasets`, or streaming.

What is in the files decides what is in the cache: its key is a digest of them and of their splits,
so that a file that was edited is read again, whatever its size and its time say.

The rows are read twice, because the last of them may be the one that makes a column of numbers a
column of texts:

    _split_generators    reads all rows, and knows the types of the columns then
    _generate_tables     reads them again, and gives tables of these types
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import datasets

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files.row_types import Broken, RowTypes
from lintseq_datasets.mapping.origin import address_of_files
from lintseq_datasets.mapping.versions import data_versions

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RowFiles:
    """Files of rows, and how they are read.

    Args:
        source: What they were called by the user.
        splits: Files by the name of their split, in order.
        read: Gives the rows of a file.
        kind: What kind of files they are; the name of the dataset.
        digest: Gives a digest of what is in the files.
        info: What else is known of them, as fields of `datasets.DatasetInfo`.
    """

    source: str
    splits: Mapping[str, Sequence[str]]
    read: Callable[[str], Iterator[Mapping[str, Any] | Broken]]
    kind: str
    digest: Callable[[], str]
    info: Mapping[str, Any]


@dataclass
class _RowsConfig(datasets.BuilderConfig):  # type: ignore[misc]
    digest: str = ""


class RowsBuilder(datasets.ArrowBasedBuilder):  # type: ignore[misc]
    """Makes a dataset of files of rows.

    Args:
        files: The files.
        cache_dir: Where the cache is; by default that of `datasets`.
    """

    BUILDER_CONFIG_CLASS = _RowsConfig

    def __init__(self, files: RowFiles, cache_dir: str | None = None) -> None:
        self._files = files
        self._types = RowTypes()
        self.digest = files.digest()
        # The same files in other splits are another dataset.
        layout = [(split, len(names)) for split, names in files.splits.items()]
        key = hashlib.sha256(repr((self.digest, layout)).encode()).hexdigest()
        # Each field of the configuration is in the name of the folder of the cache.
        super().__init__(cache_dir, dataset_name=files.kind, digest=key)
        self._know()

    def download_and_prepare(self, *args: Any, **options: Any) -> None:
        """Make the cache, where it is not there; with it, `datasets` reads what was known."""
        super().download_and_prepare(*args, **options)
        self._know()

    def _know(self) -> None:
        """Say what is known of these files; the cache may be of others of the same content."""
        for name, value in self._known().items():
            setattr(self.info, name, value)

    def _known(self) -> dict[str, Any]:
        named: dict[str, Any] = {address_of_files(self._files.source): {}}
        addresses = self._files.info.get("download_checksums", named)
        content = {"num_bytes": None, "checksum": self.digest}
        return {**self._files.info, "download_checksums": dict.fromkeys(addresses, content)}

    def _info(self) -> datasets.DatasetInfo:
        return datasets.DatasetInfo()

    @property
    def has_read(self) -> bool:
        """Whether the files were read, rather than the cache."""
        return bool(self._types.rows)

    def _split_generators(self, _: Any) -> list[datasets.SplitGenerator]:
        splits = self._files.splits
        for name in chain.from_iterable(splits.values()):
            self._types.look_at(self._files.read(name))
        self._report()
        # `_info` is asked when the builder is made, when nobody has looked at a row.
        self.info.features = self._types.features()
        return [
            datasets.SplitGenerator(split, gen_kwargs={"files": list(names)})
            for split, names in splits.items()
        ]

    def _report(self) -> None:
        types, source = self._types, self._files.source
        if not types.rows:
            raise ConfigError(
                "source", f"{source!r} holds no rows: check that it is the right file"
            )
        if not types.kinds:
            problem = types.first.detail if types.first else "no row has a column"
            raise ConfigError("source", f"{source!r}: no row can be read: {problem}")
        if types.first:
            text = "%s: %d of %d rows cannot be read, and are skipped as such; the first: %s"
            _logger.warning(text, source, types.broken, types.rows, types.first.detail)
        if types.left_out:
            text = "%s: only %d columns are read, others are left out: %s, ..."
            count, names = len(types.kinds), ", ".join(map(repr, types.left_out[:5]))
            _logger.warning(text, source, count, names)

    def _generate_tables(self, files: Sequence[str]) -> Iterator[tuple[tuple[int, int], Any]]:
        for shard, name in enumerate(files):
            for number, table in enumerate(self._types.tables(self._files.read(name))):
                yield (shard, number), table


def digest_of_files(names: Sequence[str]) -> str:
    """A digest of what is in files, in their order, and of the versions that read them."""
    digest = hashlib.sha256(repr(data_versions()).encode())
    for name in names:
        with Path(name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def read_row_files(files: RowFiles, cache_dir: str | None, streaming: bool) -> Any:
    """The splits of files of rows, as a `DatasetDict` or, streaming, an `IterableDatasetDict`.

    Raises:
        ConfigError: No row can be read.
    """
    builder = RowsBuilder(files, cache_dir)
    if streaming:
        return builder.as_streaming_dataset()
    builder.download_and_prepare()
    # Or the rows of one content would be found under the digest of another, now and ever after.
    if builder.has_read and files.digest() != builder.digest:
        shutil.rmtree(builder.cache_dir, ignore_errors=True)
        raise ConfigError("source", f"{files.source!r} was changed while it was read: run again")
    return builder.as_dataset()
