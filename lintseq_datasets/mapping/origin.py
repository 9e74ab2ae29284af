"""Where a source dataset comes from: its repository, its revision, its license."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_FOLDER = re.compile(r"folder:(.*)@([0-9a-f]*)/([^/]*)", re.DOTALL)
_FILE = "file:"
_HUB_FILE = re.compile(r"hf://datasets/([^@]+?)@([0-9a-f]{40})/")

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
    """What is known of a source dataset; a streaming one does not know its revision.

    Args:
        source: A dataset or a streaming dataset.

    Returns:
        ``name`` (of a dataset, a file or a folder; never of a path), ``config``, ``split``,
        ``repository``, ``revision`` and ``license``; of a folder of files ``license_file``, too, if
        there is one.
    """
    info = source.info
    addresses = list(map(str, info.download_checksums or ()))
    found = map(_HUB_FILE.match, addresses)
    repositories = {match.groups() for match in found if match}
    # `datasets` has no field for it: the addresses of the files tell, unless there are several.
    repository, revision = repositories.pop() if len(repositories) == 1 else (None, None)
    license = card_metadata(repository, revision).get("license")
    folder = next(filter(None, map(_FOLDER.fullmatch, addresses)), None)
    name, commit, license_file = folder.groups() if folder else (_name(info), None, None)
    known: dict[str, str | None] = {
        "name": name,
        "config": info.config_name,
        "split": None if source.split is None else str(source.split),
        "repository": repository,
        "revision": revision or commit or None,
        "license": info.license or (license if isinstance(license, str) else None),
    }
    return known | {"license_file": license_file} if license_file else known


def _name(info: Any) -> str | None:
    """The name of a dataset or of its file; not that of what reads files, such as ``json``."""
    for address in info.download_checksums or ():
        if str(address).startswith(_FILE):
            return str(address).removeprefix(_FILE)
    return None if info.dataset_name == info.builder_name else info.dataset_name


def card_metadata(repository: str | None, revision: str | None) -> dict[str, Any]:
    """The metadata in the card of a repository, where loading it has left the card here."""
    from huggingface_hub import try_to_load_from_cache

    if repository is None:
        return {}
    path = try_to_load_from_cache(repository, "README.md", revision=revision, repo_type="dataset")
    return read_metadata(path) if isinstance(path, str) else {}


def read_metadata(path: str | Path) -> dict[str, Any]:
    """The metadata in a card; empty if there is none that can be read."""
    import yaml
    from huggingface_hub.repocard import metadata_load

    try:
        return dict(metadata_load(path) or {})
    except (OSError, ValueError, AttributeError, TypeError, yaml.YAMLError):
        return {}
