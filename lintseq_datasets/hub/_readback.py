"""What was pushed, read back: files, card, and rows by split.

A commit is compared with what was sent and with what was there before:

    names        those before, without the outdated, and with ours: neither more nor fewer
    data         ours by size and SHA-256, as the Hub lists them; others beside them as they were
    README.md    read, and compared byte for byte
    rows         counted in the footers of our files, at the end of each: some 64 KiB are fetched
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lintseq_datasets.errors import HubError
from lintseq_datasets.files.whole_files import digest_of
from lintseq_datasets.hub._repository import Repository, Snapshot, StoredFile

if TYPE_CHECKING:
    from lintseq_datasets.hub._metadata import SplitFiles

_TAIL_BYTES = 65_536
_END_BYTES = 8  # of a Parquet file: the length of its footer, and a word


def check_pushed(
    repository: Repository,
    commit: str,
    before: Snapshot,
    files: Mapping[str, Path | bytes],
    outdated: list[str],
    splits: Mapping[str, SplitFiles],
) -> None:
    """Compare a commit with what was to be pushed.

    Args:
        repository: Where to.
        commit: Its id.
        before: The repository as it was.
        files: What was pushed, by path.
        outdated: Paths that were removed.
        splits: Splits that were pushed.

    Raises:
        HubError: ``differs``; or the commit cannot be read.
    """
    try:
        problems = list(_other_files(repository, commit, before, files, outdated))
        # To count rows takes a request for each file, and tells nothing new of a wrong one.
        problems = problems or list(_other_rows(repository, commit, files, splits))
    except HubError as error:
        problem = f"pushed as commit {commit}, which could not be read back ({error.detail}): "
        problem += "look at it, or push again"
        raise HubError(error.reason, repository.repo_id, problem) from None
    if problems:
        shown = "; ".join(problems[:5])
        problem = f"the commit {commit} holds something else than what was pushed: {shown}. "
        problem += f"Push again, or go back to the commit {before.head}"
        raise HubError("differs", repository.repo_id, problem)


def _other_files(
    repository: Repository,
    commit: str,
    before: Snapshot,
    files: Mapping[str, Path | bytes],
    outdated: list[str],
) -> Iterator[str]:
    after = repository.look(before.folder, commit)
    if before.names is not None and after.names is not None:
        wanted = (before.names - set(outdated)) | set(files)
        yield from (f"{name} is gone" for name in sorted(wanted - after.names))
        yield from (f"{name} came from nowhere" for name in sorted(after.names - wanted))
    kept = {name: one for name, one in before.files.items() if name not in outdated}
    for name, one in kept.items():
        if name not in files and after.files.get(name) != one:
            yield f"{name} is another file than before"
    for name, made in files.items():
        if name.startswith(f"{before.folder}/") and not _same(after.files.get(name), made):
            yield f"{name} is another file"
    if repository.read(commit, "README.md") != files["README.md"]:
        yield "README.md is another text"


def _other_rows(
    repository: Repository,
    commit: str,
    files: Mapping[str, Path | bytes],
    splits: Mapping[str, SplitFiles],
) -> Iterator[str]:
    for split, pushed in splits.items():
        names = [name for name in files if name.startswith(pushed.pattern.removesuffix("*"))]
        rows = sum(
            repository.call(f"reading {name}", _rows, repository, commit, name, _size(files[name]))
            for name in names
        )
        if rows != pushed.num_rows:
            yield f"the split {split} has {rows:,} rows instead of {pushed.num_rows:,}"


def _same(found: StoredFile | None, made: Path | bytes) -> bool:
    """Whether a file that is listed is the one that was sent, as far as the listing tells."""
    if found is None or found.size != _size(made):
        return False
    # The Hub has a SHA-256 only of what it keeps in LFS; of other files the size must do.
    return found.sha256 is None or found.sha256 == _digest(made)


def _size(made: Path | bytes) -> int:
    return made.stat().st_size if isinstance(made, Path) else len(made)


def _digest(made: Path | bytes) -> str | None:
    return digest_of(made) if isinstance(made, Path) else hashlib.sha256(made).hexdigest()


def _rows(repository: Repository, commit: str, name: str, size: int) -> int:
    """The number of rows that the footer of a Parquet file of so many bytes says."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Most footers are in this much of the end. The whole file would be fetched for one number.
    tail = _tail(repository, commit, name, size, _TAIL_BYTES)
    # A Parquet file ends with the length of its footer, four bytes with the lowest first, and PAR1.
    length = int.from_bytes(tail[-_END_BYTES:][:4], "little") + _END_BYTES
    if length > len(tail):
        tail = _tail(repository, commit, name, size, length)
    try:
        return int(pq.read_metadata(pa.BufferReader(tail)).num_rows)
    except (pa.ArrowException, OSError):
        # Not damaged for a moment: it is as it was read. No split that is pushed has 0 rows, so
        # this is told as a difference.
        return 0


def _tail(repository: Repository, commit: str, name: str, size: int, count: int) -> bytes:
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils._headers import build_hf_headers
    from huggingface_hub.utils._http import hf_raise_for_status

    api = repository.client.api
    url = hf_hub_url(
        repository.repo_id, name, repo_type="dataset", revision=commit, endpoint=api.endpoint
    )
    headers = {
        **build_hf_headers(token=api.token),
        "Range": f"bytes={max(0, size - count)}-{size - 1}",
    }
    response: Any = get_session().get(url, headers=headers, follow_redirects=True)
    hf_raise_for_status(response)
    # It may be the whole file, as a server need not heed a range: what is read is at its end.
    content: bytes = response.content
    return content
