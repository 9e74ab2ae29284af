"""Calls of the Hub that are repeated when they fail for a while, and errors that say why.

What becomes of the answers to a commit, for example:

    503, or a cut connection        the same call again, after 0.5 s, 1 s, 2 s, ...
    404 without a reason            again: a proxy on the way may say so of what is there
    412, another commit came first  `ConflictError`: the caller looks at the repository again
    400                             `HubError`, at once: it would be refused each time
    none, of a pull request         `LostError`: it may be there, and must not be there twice
"""

from __future__ import annotations

import email.utils
import logging
import random
import re
import time
from collections.abc import Callable
from json import JSONDecodeError
from typing import Any, TypeVar

from lintseq_datasets.errors import HubError
from lintseq_datasets.files.hub_names import transport_errors
from lintseq_datasets.hub._guard import guard
from lintseq_datasets.mapping.versions import data_versions

_logger = logging.getLogger(__name__)

_T = TypeVar("_T")

ATTEMPTS = 7
"""How often a call is made before it is given up: in about half a minute, unless the Hub asks to
wait for longer. Of listings and uploads, each of these is up to six requests of the client library
with waits of its own, and they take some minutes."""

# The Hub counts the requests of a user in windows of five minutes, so that waiting for longer would
# help nobody ("Rate limits" in its documentation).
_FIRST_WAIT, _LONGEST_WAIT, _LONGEST_RETRY_AFTER = 0.5, 20.0, 300.0  # seconds
# The client library repeats some of its calls, but not those that make something: a commit, a
# repository, a branch. A cut connection there ends the push, unless it is repeated here.
_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}
# 409: it is there, or another request does the same at this moment. 412: `parent_commit` is not the
# last commit any more.
_CONFLICTS = {409, 412}
_ODD_ANSWERS = (LookupError, TypeError, AttributeError)


class ConflictError(Exception):
    """Another commit came first: look at the repository again."""


class LostError(Exception):
    """The connection was lost after a request that must not be made twice."""


# --- calls ---------------------------------------------------------------------------


class Client:
    """The calls of one push.

    Args:
        repo_id: The repository, for messages.
        token: Never shown.
    """

    def __init__(self, repo_id: str, token: str) -> None:
        from huggingface_hub import HfApi

        self.repo_id = repo_id
        version = dict(data_versions())["lintseq-datasets"] or None
        self.api = HfApi(token=token, library_name="lintseq-datasets", library_version=version)
        guard(token, self.api.endpoint)
        self._token = token

    def call(
        self,
        what: str,
        function: Callable[..., _T],
        *args: Any,
        commits: bool = False,
        once: bool = False,
        **kwargs: Any,
    ) -> _T:
        """Call a function of the client library, again and again if it fails for a while.

        Args:
            what: What is done, for messages.
            function: What to call.
            *args: Its arguments.
            commits: Whether a conflict means that the caller has to look again.
            once: Whether a request whose answer was lost must not be made again.
            **kwargs: Its arguments.

        Raises:
            ConflictError: Another commit came first, only with ``commits``.
            LostError: The answer was lost, only with ``once``.
            HubError: The Hub refuses, or kept failing.
        """
        # an answer of another shape than the client library knows gives any of these
        kinds: tuple[type[Exception], ...] = (OSError, ValueError, RuntimeError, *_ODD_ANSWERS)
        kinds += transport_errors()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return function(*args, **kwargs)
            except kinds as error:
                if problem := self._final(what, error, commits, once, attempt):
                    # Not as its cause: a traceback would print that one's message, which may hold
                    # the token, as what a server says may hold anything that was sent to it.
                    raise problem from None
                wait(attempt, error, what)
        raise AssertionError("unreachable")

    def _final(
        self, what: str, error: Exception, commits: bool, once: bool, attempt: int
    ) -> Exception | None:
        """What to raise, or None if the call is worth another attempt."""
        status = status_of(error)
        # A commit on top of one that is not the last any more will fail each time: only the caller
        # can look again. `datasets` has a retry for this, which does not work with this client.
        if status in _CONFLICTS and commits:
            return ConflictError(self._clean(error))
        is_transient = status in _TRANSIENT | _CONFLICTS or is_lost(error)
        # The Hub says in a header what is not there. Without it, something on the way has answered.
        is_transient = is_transient or (status == 404 and not _says_why(error))
        if is_transient and status is None and once and _may_have_arrived(error):
            return LostError()
        if is_transient and attempt < ATTEMPTS:
            return None
        return self.explain(what, error)

    def explain(self, what: str, error: Exception) -> Exception:
        """The error to raise for what the client library raised."""
        status = status_of(error)
        said = self._clean(error)
        if _is_offline(error):
            return HubError("offline", self.repo_id, "the Hub cannot be used in offline mode")
        # A stranger is not told whether a private repository is there: 401 stands for a token that
        # is not taken, for one without rights, and for no repository.
        if status == 401:
            detail = "the Hub does not accept the token, or the repository is not there"
            return HubError("no_rights", self.repo_id, f"{what}: {detail} ({said})")
        if status == 403:
            detail = "the token has no right to write there"
            return HubError("no_rights", self.repo_id, f"{what}: {detail} ({said})")
        if status == 404 and not _says_why(error):
            detail = "not found, without a reason, so that it may be there; try again later"
            return HubError("unreachable", self.repo_id, f"{what}: {detail} ({said})")
        if status == 404:
            return HubError("not_found", self.repo_id, f"{what}: not found ({said})")
        if status in _TRANSIENT | _CONFLICTS or is_lost(error):
            detail = f"failed {ATTEMPTS} times, what was there is unchanged; try again later"
            return HubError("unreachable", self.repo_id, f"{what}: {detail} ({said})")
        if status is not None or isinstance(error, ValueError):
            return HubError("refused", self.repo_id, f"{what}: the Hub refuses: {said}")
        if isinstance(error, RuntimeError):  # of an upload, whatever stopped it
            why = "" if error.__cause__ is None else f" {type(error.__cause__).__name__}"
            return HubError("unreachable", self.repo_id, f"{what}: {said}{why}")
        return error

    def _clean(self, error: Exception) -> str:
        """The message in one line, without the token."""
        text = " ".join(str(error).replace(self._token, "***").split())
        text = re.sub(r"\bhf_\w{6,}", "***", text)
        return text[:500] or type(error).__name__


def status_of(error: BaseException) -> int | None:
    """The HTTP status of an error, or of the one that it stands for."""
    # What goes wrong in an upload comes as a RuntimeError, whose cause has the answer.
    seen: BaseException | None = error
    while seen is not None:
        response = getattr(seen, "response", None)
        if response is not None and hasattr(response, "status_code"):
            return int(response.status_code)
        seen = seen.__cause__
    return None


def is_lost(error: BaseException) -> bool:
    """Whether the connection failed, or an answer came that was cut off or is none."""
    from huggingface_hub.errors import FileMetadataError, LocalEntryNotFoundError

    # An error for a status is of the same base class as one for a connection that was lost.
    if _is_offline(error) or status_of(error) is not None:
        return False
    kinds = (*transport_errors(), JSONDecodeError, FileMetadataError, LocalEntryNotFoundError)
    if isinstance(error, RuntimeError) and error.__cause__ is not None:  # of an upload
        return is_lost(error.__cause__)
    if isinstance(error, (*kinds, TimeoutError)):
        return True
    # a file that is not whole, and an answer to the creation of a repository that lacks its fields
    cut_off = isinstance(error, OSError) and "Consistency check failed" in str(error)
    return cut_off or isinstance(error, (ConnectionError, *_ODD_ANSWERS))


def _says_why(error: BaseException) -> bool:
    """Whether the Hub says in its own terms what is not there."""
    response = getattr(error, "response", None)
    return response is not None and bool(response.headers.get("X-Error-Code"))


def _is_offline(error: BaseException) -> bool:
    from huggingface_hub.errors import OfflineModeIsEnabled

    return isinstance(error, OfflineModeIsEnabled) or isinstance(
        error.__cause__, OfflineModeIsEnabled
    )


def _may_have_arrived(error: BaseException) -> bool:
    """Whether the Hub may have got a commit whose answer was lost."""
    # By name, since the library that has these classes changes; see `transport_errors`.
    if type(error).__name__ in ("ConnectError", "ConnectTimeout", "PoolTimeout"):
        return False
    # Of all requests of a push, only this one does something else a second time: a file that is
    # uploaded again has the same digest, and so the same place.
    try:
        return "/commit/" in str(error.request.url)  # type: ignore[attr-defined]
    except (AttributeError, RuntimeError):  # the error does not know its request
        return True


def wait(attempt: int, error: BaseException | None, what: str) -> None:
    """Wait before the next attempt: longer each time, at random, or as long as the Hub says.

    Args:
        attempt: How many attempts have failed, from 1.
        error: Why, where known.
        what: What is done, for the log.
    """
    # At random, or several pushes that failed together would come again together.
    seconds = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (attempt - 1)) * (0.5 + random.random())
    said = _retry_after(error)
    if said is not None:
        seconds = max(seconds, min(said, _LONGEST_RETRY_AFTER))
    _logger.info("%s failed (attempt %d of %d), again in %.1f s", what, attempt, ATTEMPTS, seconds)
    time.sleep(seconds)


def _retry_after(error: BaseException | None) -> float | None:
    response = getattr(error, "response", None)
    value = response.headers.get("Retry-After") if response is not None else None
    if not value:
        return None
    # Seconds, or a date (RFC 9110, section 10.2.3).
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
