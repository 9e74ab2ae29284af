"""A token goes to the Hub and to nobody else, wherever an answer of it points to.

The client library follows redirects, pages that an answer names and addresses at which an
upload is to be confirmed, some of them with the token. So the token is taken out of what goes to
another host, at the one place that every request passes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlsplit

_origins: dict[str, tuple[str | None, int | None]] = {}  # host and port by the header with a token


def guard(token: str, endpoint: str) -> None:
    """Let a token go to an endpoint only, in this process and from now on."""
    parts = urlsplit(endpoint)
    _origins[f"Bearer {token}"] = (parts.hostname, parts.port)
    _watch_new_sessions()
    _watch(_session())


def _session() -> Any:
    from huggingface_hub import get_session

    return get_session()


# Once in a process: wrapped again by each push, the factory would grow a layer each time.
@cache
def _watch_new_sessions() -> None:
    """The client library makes a new session after a lost connection."""
    from huggingface_hub.utils import _http

    # Not with `set_client_factory`, which closes the session: other threads may be using it.
    make: Callable[[], Any] = _http._GLOBAL_CLIENT_FACTORY

    def make_watched() -> Any:
        session = make()
        _watch(session)
        return session

    _http._GLOBAL_CLIENT_FACTORY = make_watched


def _watch(session: Any) -> None:
    hooks = session.event_hooks
    if _take_out not in hooks["request"]:
        session.event_hooks = {**hooks, "request": [*hooks["request"], _take_out]}


def _take_out(request: Any) -> None:
    # The client runs hooks for each request of a chain of redirects, before it is sent. None: of a
    # header that nobody guards, or no header.
    # By host and port: an answer may point to another server on the same machine.
    origin = _origins.get(request.headers.get("Authorization", ""))
    if origin not in (None, (request.url.host, request.url.port)):
        del request.headers["Authorization"]
