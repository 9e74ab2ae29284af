"""A dataset repository on the Hub: what is in it.

That a file is not there must be certain: a push that takes a card for absent writes another one
over it. So three answers about one commit have to fit together, or all are asked for again:

    all files        README.md, data/train-00000-of-00001.parquet
    at the top       README.md, data                   fits
    in data          not found                         does not: the file above is in no listing
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from lintseq_datasets.errors import HubError
from lintseq_datasets.hub._client import ATTEMPTS, Client, wait
from lintseq_datasets.hub._metadata import OTHER_FORMATS

_logger = logging.getLogger(__name__)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in a repository.

    Args:
        size: Bytes.
        sha256: Of its content, where the Hub says it.
    """

    size: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is in a repository at a commit: at the top, and in one folder.

    Args:
        head: The commit.
        folder: The folder.
        files: Files by path.
        folders: Folders at the top.
        names: Paths of all files, where the Hub says them.
    """

    head: str
    folder: str
    files: Mapping[str, StoredFile]
    folders: frozenset[str]
    names: frozenset[str] | None


class _OddError(Exception):
    """What the Hub says does not fit together."""


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

    def look(self, folder: str, revision: str | None = None) -> Snapshot:
        """Look at what there is, until two answers of the Hub fit together.

        That something is not there counts only if the listing of what is above it lacks it, and
        the list of all files, too.

        Args:
            folder: The folder whose files are of interest.
            revision: A commit; by default that of the branch.

        Raises:
            HubError: The Hub refuses, cannot be reached, or contradicts itself.
        """
        odd: _OddError | None = None
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._look(folder, revision)
            except _OddError as error:
                odd = error
                wait(attempt, None, f"reading the repository: {odd}")
        problem = (
            f"what the Hub lists does not fit together ({odd}): nothing was written, try again"
        )
        raise HubError("unreachable", self.repo_id, f"{problem} later")

    def _look(self, folder: str, revision: str | None) -> Snapshot:
        info: Any = self.call(
            "reading the repository",
            self.client.api.repo_info,
            self.repo_id,
            repo_type="dataset",
            revision=revision or self.revision,
        )
        head = revision or info.sha or self.revision or "main"
        if not isinstance(head, str):
            raise _OddError("a commit has no name")
        names = None if info.siblings is None else {str(one.rfilename) for one in info.siblings}
        # From here on by the commit: somebody may commit to the branch between two listings, whose
        # answers would be of two states.
        files, folders = self._list(head, "", is_empty=not names)
        if folder in folders:
            files |= self._list(head, folder)[0]
        # What the list of all files names must be in the listings: as a file at the top or right in
        # the folder, or else as the folder at the top that it is in.
        for name in names or ():
            top, _, rest = name.partition("/")
            is_there = (
                name in files if not rest or (top == folder and "/" not in rest) else top in folders
            )
            if not is_there:
                raise _OddError(f"{name} is there and is not listed")
        return Snapshot(
            head, folder, files, frozenset(folders), None if names is None else frozenset(names)
        )

    def _list(
        self, head: str, folder: str, is_empty: bool = False
    ) -> tuple[dict[str, StoredFile], set[str]]:
        """The files in a folder, and the folders."""
        from huggingface_hub.errors import EntryNotFoundError
        from huggingface_hub.hf_api import RepoFile

        def found() -> list[Any]:
            tree = self.client.api.list_repo_tree(
                self.repo_id, folder or None, revision=head, repo_type="dataset"
            )
            try:  # here, within the call that is repeated: pages are fetched as they are asked for
                return list(tree)
            except EntryNotFoundError:
                if is_empty:  # as a repository is that nobody has committed to
                    return []
                raise _OddError(f"{folder or 'the top'} is there and cannot be listed") from None

        entries = self.call("listing the repository", found)
        files = {
            str(one.path): StoredFile(int(one.size), one.lfs.sha256 if one.lfs else None)
            for one in entries
            if isinstance(one, RepoFile)
        }
        return files, {str(one.path) for one in entries if not isinstance(one, RepoFile)}

    def call(self, what: str, function: Callable[..., _T], *args: Any, **options: Any) -> _T:
        """Call the Hub; see `Client.call`."""
        return self.client.call(what, function, *args, **options)

    def readme(self, snapshot: Snapshot) -> str:
        """The text of README.md; empty if there is none.

        Raises:
            HubError: It is no UTF-8, or is there and cannot be read.
        """
        if "README.md" not in snapshot.files:
            return ""
        content = self.read(snapshot.head, "README.md")
        if content is None:
            problem = (
                "README.md is there and the Hub does not find it: nothing was written, try again"
            )
            raise HubError("unreachable", self.repo_id, f"{problem} later")
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            problem = f"README.md is no UTF-8 text ({error.reason} at byte {error.start})"
            raise HubError("card", self.repo_id, f"{problem}: save it as UTF-8 first") from None

    def read(self, head: str, path: str) -> bytes | None:
        """The content of a file; None if the Hub says that there is no such file."""
        return self.call(f"reading {path}", self._read, head, path)

    def _read(self, head: str, path: str) -> bytes | None:
        from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

        # not in the user's cache: this commit is of interest for a moment only
        with tempfile.TemporaryDirectory(prefix="lintseq-card-") as cache:
            try:
                file = self.client.api.hf_hub_download(
                    self.repo_id, path, repo_type="dataset", revision=head, cache_dir=cache
                )
            except LocalEntryNotFoundError:  # neither here nor reached; a kind of the next one
                raise
            except EntryNotFoundError:
                return None
            return Path(file).read_bytes()

    def unnamed_files(self, snapshot: Snapshot) -> list[dict[str, Any]] | None:
        """The configuration that `datasets` finds in a repository whose card names none.

        A card that names configurations hides all other files from `datasets`, so those
        that were found by themselves before must be named from now on.
        """
        names = set(snapshot.files)
        if "data" in snapshot.folders:
            names |= set(self._list(snapshot.head, "data")[0])
        if any(name.endswith(OTHER_FORMATS) for name in names):
            _logger.warning(
                "%s: data files that no configuration of the card names, and that are not "
                "Parquet, are found by their names only from now on (data_files=...)",
                self.repo_id,
            )
            return None
        if not any(name.endswith(".parquet") for name in names):
            return None
        found = _find_data(names if snapshot.names is None else snapshot.names)
        if not found:
            return None
        files = [{"split": split, "path": paths} for split, paths in found.items()]
        return [{"config_name": "default", "data_files": files}]


def _find_data(names: Iterable[str]) -> dict[str, list[str]]:
    """The splits that `datasets` finds among files of these names."""
    from datasets.data_files import DataFilesDict, EmptyDatasetError, get_data_patterns

    # `datasets` goes by the names alone, so empty files of these names have the same splits.
    with tempfile.TemporaryDirectory(prefix="lintseq-names-") as directory:
        base = Path(directory).resolve()  # or where /tmp is a link, no path would be in it
        for name in names:
            path = base / name
            if base in path.resolve().parents:  # a name on the Hub is anybody's, and may say ".."
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
        try:
            files = DataFilesDict.from_patterns(get_data_patterns(str(base)), str(base))
        except (EmptyDatasetError, FileNotFoundError):
            return {}
        return {
            str(split): [Path(path).relative_to(base).as_posix() for path in paths]
            for split, paths in files.items()
        }
