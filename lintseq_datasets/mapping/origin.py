"""Where a source dataset comes from: its repository, its revision, its license."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_HUB_FILE = re.compile(r"hf://datasets/([^@]+?)@([0-9a-f]{40})/")

NO_SOURCE: dict[str, str | None] = dict.fromkeys(
    ("name", "config", "split", "repository", "revision", "license")
)
"""What `source_of` gives of a source of which nothing is known."""


def source_of(source: Any) -> dict[str, str | None]:
    """What is known of a source dataset; a streaming one does not know its revision.

    Args:
        source: A dataset or a streaming dataset.

    Returns:
        ``name``, ``config``, ``split``, ``repository``, ``revision`` and ``license``.
    """
    info = source.info
    found = map(_HUB_FILE.match, map(str, info.download_checksums or ()))
    repositories = {match.groups() for match in found if match}
    # `datasets` has no field for it: the addresses of the files tell, unless there are several.
    repository, revision = repositories.pop() if len(repositories) == 1 else (None, None)
    license = card_metadata(repository, revision).get("license")
    return {
        "name": info.dataset_name,
        "config": info.config_name,
        "split": None if source.split is None else str(source.split),
        "repository": repository,
        "revision": revision,
        "license": info.license or (license if isinstance(license, str) else None),
    }


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
