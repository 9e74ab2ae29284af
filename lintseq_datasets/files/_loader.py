"""How `datasets` reads a source: within bounds, with a cache of its own, and with one error."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.files.guarded import guard_builder
from lintseq_datasets.files.hub_names import as_offline, transport_errors, why_unreached
from lintseq_datasets.files.opening import DAMAGED
from lintseq_datasets.mapping.origin import address_of_files

_logger = logging.getLogger(__name__)


def load(
    source: str,
    *,
    streaming: bool,
    content: Sequence[str] = (),
    named: str = "",
    was_looked_at: bool = True,
    **options: Any,
) -> Any:
    """Load with `datasets`, within bounds; of files that are here, what is in them now.

    Args:
        source: Name of a builder, a directory, or the id of a dataset on the Hub.
        streaming: Whether rows are read as they are needed.
        content: Files that are here and decide; the cache of `datasets` knows them by time alone.
        named: What the user called them, if that is not ``source``.
        was_looked_at: Whether the files are known to be within bounds.
        **options: Those of `datasets.load_dataset_builder`.
    """
    from datasets import config, load_dataset_builder
    from datasets.packaged_modules.cache.cache import Cache

    def read(cache: str | None) -> Any:
        builder = load_dataset_builder(source, cache_dir=cache, **options)
        if isinstance(builder, Cache):  # `datasets` says so at a level that is switched off here
            _logger.warning("%s: the Hub was not asked, or gave no answer: read from the cache, as "
                            "it was when it was put there", source)  # fmt: skip
        builder = guard_builder(builder, was_looked_at)
        if streaming:
            return builder.as_streaming_dataset()
        builder.download_and_prepare()
        return builder.as_dataset()

    if not content:
        return in_cache(streaming, read)
    from lintseq_datasets.files._builder import digest_of_files

    # `datasets` knows files by name, size and time. A folder for each content is a cache that is
    # never stale; a stream has none.
    digest = digest_of_files(content)
    if streaming:
        loaded = in_cache(True, read)
    else:
        loaded = read(str(Path(config.HF_DATASETS_CACHE) / f"lintseq-{digest[:32]}"))
    address = address_of_files(named or source)
    for part in loaded.values():
        part.info.download_checksums = {address: {"num_bytes": None, "checksum": digest}}
    return loaded


def load_from_hub(source: str, **options: Any) -> Any:
    """Load a dataset of the Hub, by a name that nothing here has.

    Args:
        source: Its id.
        **options: See `load`.

    Raises:
        ConfigError: There is no such dataset, or the Hub cannot be reached.
    """
    from datasets.exceptions import DatasetNotFoundError
    from huggingface_hub.errors import HFValidationError

    unreached = why_unreached(source, "dataset")
    kinds = (DatasetNotFoundError, HFValidationError, ConnectionError, *transport_errors())
    try:
        with as_offline(unreached is not None):
            return load(source, was_looked_at=False, **options)
    except kinds as error:
        problem = f"cannot read {source!r}: there is no such file or folder here, and"
        said = unreached or f"as an id on the Hub: {_reason(error)}"
        raise ConfigError("source", f"{problem} {said}") from error


def in_cache(is_temporary: bool, read: Callable[[str | None], Any]) -> Any:
    """Read with a cache of its own, where nothing is copied; the usual one may not be writable.

    Args:
        is_temporary: Whether nothing is copied.
        read: Reads with a cache in this folder; None for the usual one.
    """
    if not is_temporary:
        return read(None)
    from huggingface_hub import constants

    with tempfile.TemporaryDirectory(prefix="lintseq-stream-") as cache:
        # The client library looks this up with each file, such as the README of a dataset.
        usual, constants.HF_HUB_CACHE = constants.HF_HUB_CACHE, cache
        try:
            return read(cache)
        finally:
            constants.HF_HUB_CACHE = usual


def reading(source: str, read: Callable[[], Any]) -> Any:
    """What a source is read as; whatever goes wrong is one line that names the source.

    Args:
        source: The source, as the user named it.
        read: Reads it.

    Raises:
        ConfigError: It cannot be read.
    """
    import datasets
    import pyarrow
    from datasets.exceptions import DatasetsError
    from huggingface_hub.errors import HFValidationError

    # A connection that was lost, and answers of another shape than the client library knows.
    odd = (LookupError, TypeError, AttributeError, *transport_errors())
    kinds = (DatasetsError, HFValidationError, pyarrow.ArrowException, ValueError, *DAMAGED, *odd)
    verbosity = datasets.logging.get_verbosity()
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)  # it is said once, below
    try:
        return read()
    except ConfigError:
        raise
    except StopIteration:  # how the reader of JSON meets an empty file
        raise ConfigError(
            "source", f"{source!r} holds no rows: check that it is the right source"
        ) from None
    except kinds as error:
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
