"""Arguments of a push that cannot be used, found before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lintseq_datasets.errors import ConfigError, HubError, MissingExtraError
from lintseq_datasets.files.output import is_split

_REPO_ID = re.compile(r"(?:[A-Za-z0-9][\w.-]*/)?[A-Za-z0-9_][\w.-]*", re.ASCII)
_LONGEST_NAME = 96  # of a repository, as the Hub says; no file system finds it too long
_CONFIG_NAME = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)


def config_name_of(config_name: str | None, config: str | None) -> str:
    """The name of the configuration, by either option; the usual one where none is given.

    Raises:
        ConfigError: They name two.
    """
    if config_name is not None and config not in (None, config_name):
        raise ConfigError("config", "is another word for config_name: give one of them")
    return config_name or config or "default"


def check_splits(splits: Mapping[str, Any]) -> None:
    """Refuse splits that `datasets` could not load as those of one configuration.

    Raises:
        ConfigError: Their columns differ, or one has no rows.
    """
    first, *others = splits.values()
    if any(other.features != first.features for other in others):
        raise ConfigError(
            "dataset", "its splits have different columns: push them as different config_name"
        )
    for name, part in splits.items():
        if not len(part):
            raise ConfigError(
                "dataset",
                f"the split {name!r} has no rows, and nothing could load it: leave it out",
            )


def wants_figures(figures: bool | None) -> bool:
    """Whether to draw figures; where that is not said, if it can be done.

    Raises:
        MissingExtraError: They are asked for, and matplotlib is not installed.
    """
    from importlib.util import find_spec

    can_draw = find_spec("matplotlib") is not None
    if figures and not can_draw:
        raise MissingExtraError("matplotlib", "plots")
    return can_draw if figures is None else figures


def check_names(repo_id: str, config_name: str, splits: list[str]) -> None:
    """Refuse names that the Hub or `datasets` would refuse.

    Raises:
        ConfigError: A name cannot be used.
        HubError: ``name``: it is too long, or is that of the card.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils._validators import validate_repo_id

    for name in (repo_id, config_name, *splits):
        if len(name) > _LONGEST_NAME:
            shown = f"{name[:20]}…"
            problem = f"{shown!r} is a name of {len(name)} characters; use {_LONGEST_NAME} at most"
            raise HubError("name", repo_id[:_LONGEST_NAME], problem)
    if config_name.lower() == "readme.md":
        raise HubError(
            "name",
            repo_id,
            f"{config_name!r} is the card: choose another config_name",
        )
    try:
        validate_repo_id(repo_id)
    except HFValidationError as error:
        raise ConfigError("repo_id", str(error)) from None
    # Older versions of the client library took letters of any alphabet, and a newline at the end.
    if not _REPO_ID.fullmatch(repo_id):
        raise ConfigError(
            "repo_id", f"{repo_id!r} is no name of the form user/name: give such a one"
        )
    # A configuration has a folder of its name. ``data`` is that of the configuration ``default``,
    # and ``figures`` holds those of all.
    if not _CONFIG_NAME.fullmatch(config_name) or config_name in ("data", "figures"):
        problem = "use letters, digits, '-', '_' and '.', and neither 'data' nor 'figures'"
        raise ConfigError("config_name", f"{config_name!r} is no name: {problem}")
    for split in splits:
        if not is_split(split):
            problem = "use letters, digits, '_' and '.', and not 'all'"
            raise ConfigError("split", f"{split!r} is no name: {problem}")


def find_token(repo_id: str, token: str | bool | None) -> str:
    """The token to use: the one that was given, or that of the user.

    Raises:
        ConfigError: It cannot be a token.
        HubError: ``offline`` or ``no_token``.
    """
    import datasets
    from huggingface_hub import constants, get_token

    if constants.HF_HUB_OFFLINE or datasets.config.HF_HUB_OFFLINE:
        raise HubError(
            "offline", repo_id, "the Hub cannot be used in offline mode: unset HF_HUB_OFFLINE"
        )
    # False stands for none at all, as in the client library; None for that of the user.
    found = token if isinstance(token, str) else None if token is False else get_token()
    if not found or not found.strip():
        problem = "there is no token: run `hf auth login`, set HF_TOKEN, or pass token="
        raise HubError("no_token", repo_id, problem)
    found = found.strip()
    if not (found.isascii() and found.isprintable()) or " " in found:
        raise ConfigError(
            "token", "holds characters that no token has: copy it again, without spaces and quotes"
        )
    return found
