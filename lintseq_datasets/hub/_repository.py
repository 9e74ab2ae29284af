"""A dataset repository on the Hub: what is in it."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lintseq_datasets.errors import HubError
from lintseq_datasets.hub._client import Client, ConflictError, status_of, wait
from lintseq_datasets.hub._metadata import OTHER_FORMATS

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository that exists.

    Args:
        client: Calls the Hub.
        repo_id: ``"user/name"``.
        revision: Branch, or None for the main one.
    """

    client: Client
    repo_id: str
    revision: str | None

    def head(self) -> str:
        """The commit that the branch is at."""
        info = self.client.call(
            "reading the repository",
            self.client.api.repo_info,
            self.repo_id,
            repo_type="dataset",
            revision=self.revision,
        )
        return str(info.sha or self.revision or "main")

    def files(self, head: str, folder: str = "") -> dict[str, int]:
        """The files in a folder, and their sizes; none if there is no such folder."""
        return self.client.call("listing the repository", self._files, head, folder)

    def _files(self, head: str, folder: str) -> dict[str, int]:
        from huggingface_hub.errors import (
            HfHubHTTPError,
            RepositoryNotFoundError,
            RevisionNotFoundError,
        )
        from huggingface_hub.hf_api import RepoFile

        try:
            found = self.client.api.list_repo_tree(
                self.repo_id, folder or None, revision=head, repo_type="dataset"
            )
            return {one.path: one.size for one in found if isinstance(one, RepoFile)}
        except (RepositoryNotFoundError, RevisionNotFoundError):
            raise
        except HfHubHTTPError as error:
            if status_of(error) == 404:
                return {}
            raise

    def readme(self, head: str) -> str:
        """The text of README.md; empty if there is none."""
        return self.read(head, "README.md") or ""

    def read(self, head: str, path: str) -> str | None:
        """The text of a file, whatever bytes are in it; None if there is no such file."""
        return self.client.call(f"reading {path}", self._read, head, path)

    def _read(self, head: str, path: str) -> str | None:
        from huggingface_hub.errors import HfHubHTTPError

        # not in the user's cache: this commit is of interest for a moment only
        with tempfile.TemporaryDirectory(prefix="lintseq-card-") as cache:
            try:
                file = self.client.api.hf_hub_download(
                    self.repo_id, path, repo_type="dataset", revision=head, cache_dir=cache
                )
            except HfHubHTTPError as error:
                if status_of(error) == 404:
                    return None
                raise
            return Path(file).read_bytes().decode("utf-8", "surrogateescape")

    def unnamed_files(self, head: str) -> list[dict[str, Any]] | None:
        """The configuration that `datasets` finds in a repository whose card names none.

        A card that names configurations hides all other files from `datasets`, so those
        that were found by themselves before must be named from now on.
        """
        names = [*self.files(head), *self.files(head, "data")]
        if any(name.endswith(OTHER_FORMATS) for name in names):
            _logger.warning(
                "%s: data files that no configuration of the card names, and that are not "
                "Parquet, are found by their names only from now on (data_files=...)",
                self.repo_id,
            )
            return None
        if not any(name.endswith(".parquet") for name in names):
            return None
        found = self.client.call("looking for data", self._find_data, head)
        if not found:
            return None
        files = [{"split": split, "path": paths} for split, paths in found.items()]
        return [{"config_name": "default", "data_files": files}]

    def _find_data(self, head: str) -> dict[str, list[str]]:
        from datasets import DownloadConfig
        from datasets.data_files import DataFilesDict, EmptyDatasetError, get_data_patterns

        base = f"hf://datasets/{self.repo_id}@{head}"
        options = DownloadConfig(token=self.client.api.token)
        try:
            patterns = get_data_patterns(base, download_config=options)
            files = DataFilesDict.from_patterns(patterns, base, download_config=options)
        except (EmptyDatasetError, FileNotFoundError):
            return {}
        return {
            str(split): [path.removeprefix(f"{base}/") for path in paths]
            for split, paths in files.items()
        }


def create(
    client: Client, repo_id: str, *, private: bool | None, revision: str | None
) -> Repository:
    """Make sure that a repository and its branch are there.

    Args:
        client: Calls the Hub.
        repo_id: ``"user/name"``, or ``"name"`` for one of the user's own.
        private: Whether a repository that is made is private.
        revision: Branch, or None for the main one.

    Raises:
        HubError: The Hub refuses, or cannot be reached.
    """
    found = _find(client, repo_id)
    if found is None:
        found = _make(client, repo_id, private)
    if revision is not None and not revision.startswith("refs/"):
        _make_branch(client, found, revision)
    return Repository(client, found, revision)


def _find(client: Client, repo_id: str, revision: str | None = None) -> str | None:
    """The full name of a repository that has a revision; None if there is none."""
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

    def find() -> str | None:
        try:
            info = client.api.repo_info(repo_id, repo_type="dataset", revision=revision)
        except RepositoryNotFoundError:  # also of status 401, which making it will tell apart
            return None
        except HfHubHTTPError as error:
            if status_of(error) == 404:
                return None
            raise
        return str(info.id)

    return client.call("looking for the repository", find)


def _make_branch(client: Client, repo_id: str, branch: str) -> None:
    """Make a branch; like for a repository, the answer does not say enough."""
    for attempt in range(1, 4):
        client.call(
            "making the branch",
            client.api.create_branch,
            repo_id,
            branch=branch,
            repo_type="dataset",
            exist_ok=True,
        )
        if _find(client, repo_id, branch):
            return
        wait(attempt, None, "making the branch")
    raise HubError("not_found", repo_id, f"the branch {branch!r} was made, but is not there")


def _make(client: Client, repo_id: str, private: bool | None) -> str:
    """Make a repository; an answer that was lost, or a conflict, does not say that it failed."""
    for attempt in range(1, 4):
        try:
            made = client.call(
                "making the repository",
                client.api.create_repo,
                repo_id,
                repo_type="dataset",
                private=private,
                exist_ok=True,
                commits=True,
            )
        except ConflictError:
            made = None
        name = str(made.repo_id) if made is not None else repo_id
        if found := _find(client, name):
            return found
        wait(attempt, None, "making the repository")
    raise HubError("not_found", repo_id, "the repository was made, but is not there")
