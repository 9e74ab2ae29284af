"""How a worker process is started: the command, what it finds around it, what it may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lintseq_datasets.linters.speech import LanguageServer


@dataclass(frozen=True, slots=True)
class Launch:
    """How a worker is started.

    Args:
        command: The absolute path of an executable, and its arguments.
        environment: Environment variables beside a few that every worker has.
        files: Contents of files in its private folder, by name.
        server: What it is, if it is a language server.
        space: Bytes of addresses that it may reserve.
        left_out: Ids of what is no error unless ``errors`` names it.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    server: LanguageServer | None = None
    space: int = 4 << 30
    left_out: tuple[str, ...] = ()

    def __hash__(self) -> int:
        # Written out, as dictionaries have none. Launches with one command differ by `__eq__`.
        return hash(self.command)
