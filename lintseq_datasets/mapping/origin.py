"""Where a source dataset comes from: its repository, its revision, its license.

`datasets` has no field for it, so it is found where it can be known:

    read by                       known from
    our own readers               info.download_checksums: hf://datasets/me/rows@COMMIT/a.parquet,
                                  file:rows.jsonl, folder:project@COMMIT/LICENSE
    load_dataset, streaming       the files that the stream is to read, with the commit
    load_dataset("me/rows")       the folder of the cache, which is named by the commit
    load_dataset("json", ...)     nothing: the cache is named by a digest
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_FOLDER = re.compile(r"folder:(.*)@([0-9a-f]*)/([^/]*)", re.DOTALL)
_FILE = "file:"
_HUB_FILE = re.compile(r"hf://datasets/([^@]+?)@([0-9a-f]{40})/")
# As `datasets` names the files of its cache: me___rows/default/0.0.0/COMMIT/rows-train.arrow.
_CACHE = re.compile(r"[/\\]([^/\\]+___[^/\\]+)[/\\].+[/\\]([0-9a-f]{40})[/\\][^/\\]+\.arrow")
_MOST_NAMES = 3  # of files

NO_SOURCE: dict[str, str | None] = dict.fromkeys(
    ("name", "config", "split", "repository", "revision", "license")
)
"""What `source_of` gives of a source that says nothing."""


def address_of_folder(name: str, commit: str | None, license_file: str) -> str:
    """What `source_of` reads about a folder of files: one of the ``info.download_checksums``.

    Args:
        name: Name of the folder.
        commit: Of git, where the folder is a checkout.
        license_file: Name of the file with the license; empty if there is none.
    """
    return f"folder:{name}@{commit or ''}/{license_file}"


def address_of_files(source: str) -> str:
    """What `source_of` reads about files: one of the ``info.download_checksums``.

    Args:
        source: What the user called them: a file, a pattern, a folder, or ``-``.
    """
    if source == "-":
        return f"{_FILE}standard input"
    return _FILE + re.split(r"[/\\\\]", source.rstrip("/\\"))[-1]


def source_of(source: Any) -> dict[str, str | None]:
    """What is known of a source dataset.

    Args:
        source: A dataset or a streaming dataset.

    Returns:
        ``name`` (of a dataset, a file or a folder; never of a path), ``config``, ``split``,
        ``repository``, ``revision`` and ``license``; of a folder of files ``license_file``, too, if
        there is one.
    """
    info = source.info
    recorded = list(map(str, info.download_checksums or ()))
    addresses = recorded or _streamed(source)
    matches = map(_HUB_FILE.match, addresses)
    repositories = {match.groups() if match else None for match in matches}
    only = repositories.pop() if len(repositories) == 1 else None  # of several, none is the source
    repository, revision = only or _cached(source)
    license = card_metadata(repository, revision).get("license")
    folder = next(filter(None, map(_FOLDER.fullmatch, addresses)), None)
    name, commit, license_file = folder.groups() if folder else (None, None, None)
    known: dict[str, str | None] = {
        "name": name or _name(info, recorded, addresses),
        "config": info.config_name,
        "split": None if source.split is None else str(source.split),
        "repository": repository,
        "revision": revision or commit or None,
        "license": info.license or (license if isinstance(license, str) else None),
    }
    return known | {"license_file": license_file} if license_file else known


def _name(info: Any, recorded: list[str], addresses: list[str]) -> str | None:
    """The name of a dataset or of its files; not that of what reads files, such as ``json``."""
    if not any(map(_file_in, recorded)) and info.dataset_name != info.builder_name:
        return str(info.dataset_name)
    names = list(filter(None, map(_file_in, addresses)))
    more = ["..."] if len(names) > _MOST_NAMES else []
    return ", ".join([*names[:_MOST_NAMES], *more]) or None


def _file_in(address: str) -> str:
    return address.removeprefix(_FILE) if address.startswith(_FILE) else ""


def _streamed(dataset: Any) -> list[str]:
    """Addresses of the files that a stream reads, as far as `datasets` tells; never a path."""
    found: dict[str, None] = {}
    # A stream is made of others: one holds what it maps or shuffles, or several that it joins. The
    # innermost was made with the files as keyword arguments. These are private names of `datasets`;
    # where they are gone, nothing is found.
    parts = [getattr(dataset, "_ex_iterable", None)]
    while parts:
        part = parts.pop(0)
        parts += [one for one in (getattr(part, "ex_iterable", None),) if one is not None]
        parts += list(getattr(part, "ex_iterables", ()))
        for file in _files_of(getattr(part, "kwargs", None)):
            found[file if _HUB_FILE.match(file) else address_of_files(_inner_file(file))] = None
    return list(found)


def _files_of(options: Any) -> Iterator[str]:
    named = options if isinstance(options, dict) else {}
    for name in ("base_files", "files"):
        files = named.get(name)
        yield from (one for one in files or () if isinstance(one, str))


def _inner_file(address: str) -> str:
    """The file on the disk or on a server: that of ``gzip://rows.jsonl::/a/rows.jsonl.gz``."""
    return re.split(r"[?#]", address.rpartition("::")[2])[0]


def _cached(dataset: Any) -> tuple[str | None, str | None]:
    """The repository and the commit that a cache is made of, if it is of one repository."""
    files = [str(file["filename"]) for file in getattr(dataset, "cache_files", None) or ()]
    matches = [_CACHE.search(file) for file in files]
    found = {match.groups() if match else None for match in matches}
    folder = found.pop() if len(found) == 1 else None
    if folder is None:
        return None, None
    name, commit = folder
    # The folder has the id in small letters. The cache of the Hub has it as it is.
    return _with_commit(commit, name), commit


def _with_commit(commit: str, folder: str) -> str | None:
    from datasets.naming import camelcase_to_snakecase
    from huggingface_hub import constants

    for snapshot in Path(constants.HF_HUB_CACHE).glob(f"datasets--*--*/snapshots/{commit}"):
        # The folder ``datasets--me--rows`` of the Hub's cache.
        owner, name = snapshot.parts[-3].split("--", 2)[1:]
        if f"{owner}___{camelcase_to_snakecase(name)}" == folder:
            return f"{owner}/{name}"
    return None


def card_metadata(repository: str | None, revision: str | None) -> dict[str, Any]:
    """The metadata in the card of a repository, where loading it has left the card here."""
    from huggingface_hub import try_to_load_from_cache

    if repository is None:
        return {}
    path = try_to_load_from_cache(repository, "README.md", revision=revision, repo_type="dataset")
    # Else it is None, or an object that says that there is no such file.
    return read_metadata(path) if isinstance(path, str) else {}


def read_metadata(path: str | Path) -> dict[str, Any]:
    """The metadata in a card; empty if there is none that can be read."""
    import yaml
    from huggingface_hub.repocard import metadata_load

    try:
        return dict(metadata_load(path) or {})
    except (OSError, ValueError, AttributeError, TypeError, yaml.YAMLError):
        return {}
