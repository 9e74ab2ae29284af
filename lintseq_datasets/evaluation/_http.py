"""One question to a server that may be busy, slow or broken, and its answer as JSON.

Whatever may pass is asked again: no connection, an answer that is cut off or no JSON, the statuses
408, 409, 425, 429 and those from 500 on. A server that says how long to wait is believed, within
bounds. Everything else is an error at once. Redirects are errors too: a key goes to the address
that was given, and nowhere else.
"""

from __future__ import annotations

import importlib
import json
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from lintseq_datasets.errors import EndpointError

_Read = TypeVar("_Read")

MOST_ANSWER_BYTES = 64 * 2**20
"""Of an answer; a larger one is refused, so that memory stays bounded."""

_TRANSIENT = {408, 409, 425, 429}  # timeout, conflict, too early, too many requests
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0  # seconds, doubled from one to the other
_LONGEST_ASKED = 600.0  # seconds that a server may ask to wait
_SHOWN = 300  # characters of what a server says


class _TransientError(Exception):
    """It may go better another time."""

    def __init__(self, reason: str, detail: str, wait: float | None = None) -> None:
        super().__init__(reason, detail, wait)
        self.reason, self.detail, self.wait = reason, detail, wait


@dataclass(frozen=True, slots=True)
class JsonClient:
    """Posts JSON to one address.

    Args:
        url: The address.
        api_key: Sent as a bearer token, if there is one. Never part of an error.
        timeout: Seconds for one answer, from the question to its last byte.
        attempts: How often a question is asked, at most.
    """

    url: str
    api_key: str | None = field(default=None, repr=False)
    timeout: float = 600.0
    attempts: int = 8

    def post(
        self, client: Any, payload: Mapping[str, Any], read: Callable[[Mapping[str, Any]], _Read]
    ) -> _Read:
        """Ask, again where that may help.

        Args:
            client: What `new_client` made.
            payload: What is asked.
            read: From the answer to what is wanted of it; raises a `LookupError` or a `TypeError`
                if the answer has another shape.

        Raises:
            EndpointError: There is no answer that can be used.
        """
        for attempt in range(1, self.attempts + 1):
            try:
                return self._read(self._ask(client, payload), read)
            except _TransientError as error:
                if attempt == self.attempts:
                    detail = f"{error.detail}; it was asked {attempt} times"
                    raise self._error(error.reason, detail) from None
                backoff = min(_FIRST_WAIT * 2 ** (attempt - 1), _LONGEST_WAIT)
                # Not all at the same moment again.
                time.sleep(error.wait if error.wait is not None else backoff * _jitter())
        raise AssertionError("attempts are counted from 1")

    def _ask(self, client: Any, payload: Mapping[str, Any]) -> bytes:
        headers = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        # The client's timeout is for each part of an answer: a server that sends a byte now and
        # then would keep a thread for ever.
        end = time.monotonic() + self.timeout
        try:
            with client.stream("POST", self.url, json=payload, headers=headers) as response:
                body = _body(response, end)
                status, answer_headers = response.status_code, response.headers
        except http().HTTPError as error:  # no connection, cut off, too slow
            # From None: the client's own error holds the request, and with it the key.
            raise _TransientError("unreachable", _named(error)) from None
        if not 200 <= status < 300:
            raise self._refused(status, answer_headers, body)
        return body

    @staticmethod
    def _read(body: bytes, read: Callable[[Mapping[str, Any]], _Read]) -> _Read:
        try:
            return read(json.loads(body))
        except (ValueError, RecursionError):
            problem = "the answer is no JSON"
        except (LookupError, TypeError):
            problem = "the answer has another shape than that of OpenAI"
        raise _TransientError("unreadable", f"{problem}: {_shown(body)}")

    def _refused(self, status: int, headers: Any, body: bytes) -> Exception:
        said = f"status {status}: {_shown(body)}"
        if status in _TRANSIENT or status >= 500:
            return _TransientError("unavailable", said, _wait(headers.get("retry-after")))
        if 300 <= status < 400:
            target = headers.get("location", "")
            problem = f"it redirects to {target[:_SHOWN]!r}: give that address, if it is right"
            return self._error("redirected", problem)
        reason = {401: "no_rights", 403: "no_rights", 404: "not_found"}.get(status, "refused")
        return self._error(reason, said)

    def _error(self, reason: str, detail: str) -> EndpointError:
        # A server may repeat what it was sent.
        shown = detail.replace(self.api_key, "…") if self.api_key else detail
        return EndpointError(reason, self.url, shown)


def http() -> Any:
    """The HTTP library that comes with huggingface_hub: httpx2 from its version 2 on, or httpx."""
    try:
        return importlib.import_module("httpx2")
    except ModuleNotFoundError:
        return importlib.import_module("httpx")


def new_client(timeout: float, connections: int) -> Any:
    """A client that follows no redirect.

    Args:
        timeout: Seconds without a byte, past which the answer is given up.
        connections: Questions at once.
    """
    library = http()
    # As many as there are threads: the default is 100 at once, and 20 that are kept for later.
    limits = library.Limits(max_connections=connections, max_keepalive_connections=connections)
    return library.Client(timeout=timeout, limits=limits, follow_redirects=False)


def _body(response: Any, end: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    # These are unpacked already, so a small answer that stands for a huge one is noticed, too.
    for part in response.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > MOST_ANSWER_BYTES:
            raise _TransientError(
                "unreadable", f"the answer has more than {MOST_ANSWER_BYTES} bytes"
            )
        if time.monotonic() > end:
            raise _TransientError("unreachable", "the answer takes too long")
    return b"".join(parts)


def _wait(value: str | None) -> float | None:
    """Seconds that a server asks to wait; None if it does not say, or says nonsense."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            # "Retry-After: 30" or "Retry-After: Fri, 31 Dec 2027 23:59:59 GMT"
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return min(max(seconds, 0.0), _LONGEST_ASKED) if math.isfinite(seconds) else None


def _jitter() -> float:
    return 0.5 + random.random() / 2


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _shown(body: bytes) -> str:
    text = body[:_SHOWN].decode("utf-8", "replace")
    return repr(text)
