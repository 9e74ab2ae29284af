"""Names that may stand for a path here or for a repository on the Hub.

What a name stands for is looked up here first. Of what is not here, for example:

    ./rows, a/b/c, rows/    can be no id: the Hub is not asked
    rows, data/rows         where data is a folder: an id, or a path with a slip. The Hub is asked
                            once, and where it does not answer, the error says so at once
    user/rows               where user is none: an id. The client asks again and again, for half a
                            minute
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SECONDS = 10.0  # that an answer may take, as for the client's own requests


def local_path(name: str) -> Path:
    """The path that a name stands for, with ``~`` as a shell reads it.

    >>> local_path("~nobody-of-this-name/rows").name
    'rows'
    """
    # `Path.expanduser` raises for a user that there is not, where a shell leaves the text alone.
    return Path(os.path.expanduser(name))


def is_only_a_path(name: str) -> bool:
    """Whether a name can be no id on the Hub, which is ``"name"`` or ``"user/name"``."""
    is_deep = name.startswith((".", "~", "/")) or name.endswith("/") or name.count("/") > 1
    return is_deep or "\\" in name or glob.has_magic(name)


def why_unreached(name: str, kind: str) -> str | None:
    """Why the Hub does not answer, of a name that may as well be a path with a slip.

    Args:
        name: The name.
        kind: What it would be on the Hub: ``"dataset"`` or ``"model"``.

    Returns:
        The reason in one line; None if the Hub answers, or its client had better try for longer.
    """
    from datasets import config
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    # A folder that the path would be in makes a slip likely. To an id proper, a moment without
    # network is not to cost a long run, so there the repeated tries of the client stay.
    if config.HF_HUB_OFFLINE or not os.path.isdir(os.path.dirname(name) or os.curdir):
        return None
    try:
        # A download that fails is tried again for 23 seconds, which no setting changes; this is
        # one request.
        HfApi(endpoint=config.HF_ENDPOINT).repo_info(name, repo_type=kind, timeout=_SECONDS)
    # An answer, of whatever shape: the client makes its error of it. Or a name that it refuses.
    except (HfHubHTTPError, ValueError, LookupError, TypeError, AttributeError):
        return None
    except transport_errors() as error:
        return f"the Hub at {config.HF_ENDPOINT} cannot be reached ({error})"
    return None


def transport_errors() -> tuple[type[Exception], ...]:
    """The base class of what the HTTP library of the client of the Hub raises.

    Which library that is changes with its version: requests, then httpx, and httpx2 in 2.4. The
    client's own error is derived from that of its library in each, so the class is found by name.
    """
    from huggingface_hub.errors import HfHubHTTPError

    kinds = [kind for kind in HfHubHTTPError.__mro__ if issubclass(kind, Exception)]
    return tuple(kind for kind in kinds if kind.__name__ == "HTTPError")


@contextmanager
def as_offline(is_offline: bool) -> Iterator[None]:
    """Let `datasets` look into its cache alone, in which a dataset may be."""
    from datasets import config

    usual = config.HF_HUB_OFFLINE
    config.HF_HUB_OFFLINE = usual or is_offline
    try:
        yield
    finally:
        config.HF_HUB_OFFLINE = usual
