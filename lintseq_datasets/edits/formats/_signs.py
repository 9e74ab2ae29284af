"""Lines behind a sign: `` `` for those that stay, ``-`` and ``+`` for those that go and come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lintseq_datasets.edits.formats._line_changes import Change
from lintseq_datasets.errors import DiffError

SIGNS = (" ", "-", "+")


def signed(sign: str, lines: Iterable[str]) -> Iterator[str]:
    """Lines behind a sign."""
    return (sign + line for line in lines)


def old_lines(body: Sequence[str], number: int) -> list[str]:
    """The lines of the state that a body names: those that stay, and those that go.

    Args:
        body: Lines behind their signs.
        number: 0-based number of the hunk, for errors.

    Raises:
        DiffError: A line has no sign, or nothing is changed.
    """
    for line in body:
        if not line.startswith(SIGNS):
            raise DiffError(f"{line[:80]!r} starts with none of ' ', '-' and '+'", hunk=number)
    if all(line[0] == " " for line in body):
        raise DiffError("changes nothing", hunk=number)
    return [line[1:] for line in body if line[0] != "+"]


def changes_in(body: Sequence[str], start: int) -> list[Change]:
    """The changes of a body.

    Args:
        body: Lines behind their signs.
        start: 0-based line of the state at which its first line stands.
    """
    changes: list[Change] = []
    removed: list[str] = []
    added: list[str] = []
    for line in (*body, " "):  # one more that stays closes the last change
        if line[0] == "-":
            removed.append(line[1:])
        elif line[0] == "+":
            added.append(line[1:])
        else:
            if removed or added:
                changes.append(Change(start, tuple(removed), tuple(added)))
            # Behind the lines that went, and this one, which stays.
            start += len(removed) + 1
            removed, added = [], []
    return changes
