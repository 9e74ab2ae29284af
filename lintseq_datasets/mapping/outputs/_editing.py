"""An edit as one call of an editor's tools: ``create``, ``insert`` or ``str_replace``.

The call goes by the text of the file, in which lines are joined by newlines. So a text that is
replaced must occur once as a *text*: ``x = 1`` also stands in ``    x = 10``, and then a line above
or below must tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from lintseq_datasets.edits.edit import Edit


class Call(NamedTuple):
    """A call of a tool."""

    name: str
    arguments: Mapping[str, Any]
    answer: str  # of the tool, in short


def call_of(
    edit: Edit, state: Sequence[str], after: Sequence[str], path: str, *, inserts: bool
) -> Call:
    """The call that makes an edit.

    Args:
        edit: The edit.
        state: Lines of the program before it.
        after: Those after it.
        path: Name of the file.
        inserts: Whether there is the tool ``insert``, for edits that insert in one place.
    """
    if not "\n".join(state):  # there is no text to be found
        text = "\n".join(after)
        return Call("create", {"path": path, "file_text": text}, f"Created {path}.")
    first, last = edit.hunks[0], edit.hunks[-1]
    if inserts and first is last and first.is_insertion:
        # The tool counts lines from 1 and inserts behind one, so this is how many stand above.
        arguments = {"insert_line": first.old_start, "new_str": "\n".join(first.added)}
        count = f"{len(first.added)} line{'s' * (len(first.added) != 1)}"
        return Call("insert", {"path": path, **arguments}, f"Inserted {count} into {path}.")
    old, new = _replacement(state, after, first.old_start, last.old_start + len(last.removed))
    arguments = {"old_str": old, "new_str": new}
    return Call("str_replace", {"path": path, **arguments}, f"Replaced a text in {path}.")


def _replacement(
    state: Sequence[str], after: Sequence[str], start: int, end: int
) -> tuple[str, str]:
    """A text that occurs once, with no line around the change that is not needed; and the new one.

    Args:
        state: Lines of the program before.
        after: Those after.
        start: 0-based line of the state at which the first change starts.
        end: Where the last one ends.
    """
    text, below = "\n".join(state), len(state) - end

    def texts(above: int, under: int) -> tuple[str, str]:
        old = state[start - above : end + under]
        new = after[start - above : len(after) - below + under]
        return "\n".join(old), "\n".join(new)

    def fits(above: int, under: int) -> bool:
        old = texts(above, under)[0]
        # Without a line that stays, the newline beside lines that go would be left over.
        stays = above + under > 0 or len(after) - below > start or len(old) == len(text)
        return stays and text.find(old) == text.rfind(old)

    # With more lines around it, a text occurs no more often, so each number can be searched for in
    # halves: as many on both sides first, then as few below as will do, then as few above.
    most = _least(max(start, below), lambda size: fits(min(size, start), min(size, below)))
    above = min(most, start)
    under = _least(min(most, below), lambda size: fits(above, size))
    above = _least(above, lambda size: fits(size, under))
    return texts(above, under)


def _least(most: int, fits: Callable[[int], bool]) -> int:
    """The least number that fits, where all above one do, and ``most`` does."""
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle + 1, high)
    return low
