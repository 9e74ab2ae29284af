"""Repositories and branches that are made where there are none.

An answer does not say enough. One that was lost may stand for a repository that was made, one that
came may be ahead of what the next request is told. So each is looked for after it was made:

    make user/rows        the connection is cut: nothing is known
    look for user/rows    it is there: it was made
"""

from __future__ import annotations

from lintseq_datasets.errors import HubError
from lintseq_datasets.hub._client import Client, ConflictError, wait
from lintseq_datasets.hub._repository import Repository

# To make something and look for it; each of these calls is itself repeated where it fails.
_ROUNDS = 3


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
    # A pull request (``refs/pr/1``) is opened on the Hub, and is no branch that can be made.
    if revision is not None and not revision.startswith("refs/"):
        _make_branch(client, found, revision)
    return Repository(client, found, revision)


def _find(client: Client, repo_id: str, revision: str | None = None) -> str | None:
    """The full name of a repository that has a revision; None if there is none."""
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    def find() -> str | None:
        try:
            info = client.api.repo_info(repo_id, repo_type="dataset", revision=revision)
        # the first also of status 401, which making it will tell apart
        except (RepositoryNotFoundError, RevisionNotFoundError):
            return None
        return str(info.id)

    return client.call("looking for the repository", find)


def _make_branch(client: Client, repo_id: str, branch: str) -> None:
    """Make a branch; like for a repository, the answer does not say enough."""
    for attempt in range(1, _ROUNDS + 1):
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
    raise HubError(
        "not_found",
        repo_id,
        f"the branch {branch!r} was made, but is not there yet: try again later",
    )


def _make(client: Client, repo_id: str, private: bool | None) -> str:
    """Make a repository; an answer that was lost, or a conflict, does not say that it failed."""
    for attempt in range(1, _ROUNDS + 1):
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
        # Only the answer knows whose the repository is that was called by its last name alone.
        name = str(made.repo_id) if made is not None else repo_id
        if found := _find(client, name):
            return found
        wait(attempt, None, "making the repository")
    raise HubError(
        "not_found", repo_id, "the repository was made, but is not there yet: try again later"
    )
