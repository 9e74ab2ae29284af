"""What is taken of the history of a folder."""

from __future__ import annotations

from dataclasses import dataclass

from lintseq_datasets.errors import ConfigError


@dataclass(frozen=True, slots=True)
class RevisionFilter:
    """What is taken of a history: which files, from which commits.

    Args:
        suffixes: Ends of the names of files that are taken.
        merges: Whether commits with several parents are compared with their first one.
        new_files: Whether files that were not there before are taken; `before` is empty.
        max_bytes: Of either version.
        max_change: Largest share of the lines of both versions that differ, from 0 to 1. It does
            not hold for new files.
        licenses: Licenses that the folder may have, such as ``mit``; empty for any.
    """

    suffixes: tuple[str, ...] = (".py",)
    merges: bool = False
    new_files: bool = True
    max_bytes: int = 100_000
    max_change: float = 1.0
    licenses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # A text would be taken letter by letter: ".py" for files that end with ".", "p" or "y".
        if not self.suffixes or isinstance(self.suffixes, str):
            raise ConfigError("suffixes", "name one or several, such as ('.py',)")
        if self.max_bytes < 1:
            raise ConfigError("max_bytes", "must be at least 1")
        if not 0 <= self.max_change <= 1:
            raise ConfigError("max_change", "must be from 0 to 1")
