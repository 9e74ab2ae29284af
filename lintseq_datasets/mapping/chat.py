"""Conversations in a cell: who said what, and which turn holds the program.

Two forms are usual: messages of ``role`` and ``content`` (also with a list of parts as the
content), and ShareGPT's of ``from`` and ``value``, with names of their own for the roles:

    [{"role": "user", "content": "Add."}, {"role": "assistant", "content": "x = 1"}]
    [{"from": "human", "value": "Add."}, {"from": "gpt", "value": "x = 1"}]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lintseq_datasets.errors import ProgramError
from lintseq_datasets.mapping.cells import as_list, as_text, is_missing

_ROLES = {
    "user": "user", "human": "user", "prompter": "user", "instruction": "user",
    "assistant": "assistant", "gpt": "assistant", "chatgpt": "assistant", "bot": "assistant",
    "model": "assistant", "ai": "assistant", "bard": "assistant", "bing": "assistant",
    "claude": "assistant", "output": "assistant",
    "system": "system", "developer": "system",
}  # fmt: skip
_WHO = ("role", "from", "speaker")
_WHAT = ("content", "value", "text")


class Message(NamedTuple):
    """A turn of a conversation."""

    role: str  # "user", "assistant", "system", or another's name as it stands there
    text: str


class Turn(NamedTuple):
    """An answer, and what it answers."""

    instruction: str  # of the last turn of the user before it; empty if there is none
    answer: str | None  # None: there is no text
    history: tuple[Message, ...]  # all turns before that, system prompts among them


def is_conversation(value: object) -> bool:
    """Whether a cell holds messages."""
    if isinstance(value, Mapping):  # columns of messages: how `datasets` once stored them
        lists = [value.get(_key(value, names) or "") for names in (_WHO, _WHAT)]
        return all(hasattr(one, "__iter__") and not isinstance(one, str) for one in lists)
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        return False
    messages = as_list(value)
    return bool(messages) and all(map(_is_message, messages))


def _is_message(value: object) -> bool:
    if not isinstance(value, Mapping) or _key(value, _WHAT) is None:
        return False
    who = _key(value, _WHO)
    return who is not None and isinstance(value[who], str)


def read_messages(column: str | None, value: Any) -> list[Message]:
    """The messages of a cell for which `is_conversation` holds.

    Raises:
        ProgramError: ``not_text``: a content is neither text nor a list of parts.
    """
    return [Message(_role(who), _content(column, what)) for who, what in _pairs(column, value)]


def answers_in(messages: Sequence[Message]) -> list[Turn]:
    """The turns of the assistant, in order, each with what it answers."""
    found = []
    asked: int | None = None
    for position, message in enumerate(messages):
        if message.role == "user":
            asked = position
        elif message.role == "assistant":
            before = messages[: position if asked is None else asked]
            instruction = "" if asked is None else messages[asked].text
            found.append(Turn(instruction, message.text, tuple(before)))
    return found


def zip_cells(column: str | None, *lists: Any) -> list[tuple[Any, ...]]:
    """The values of lists in one cell that go together; none where a list is missing.

    Raises:
        ProgramError: ``not_text``: the lists are of different lengths.
    """
    found = [[] if is_missing(one) else as_list(one) for one in lists]
    if len({len(one) for one in found}) > 1:
        raise ProgramError("not_text", f"column {column!r} holds lists of different lengths")
    return list(zip(*found, strict=True))


def _pairs(column: str | None, value: Any) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, Mapping):
        yield from zip_cells(column, *(value[_key(value, names) or ""] for names in (_WHO, _WHAT)))
        return
    for message in as_list(value):
        yield message[_key(message, _WHO)], message[_key(message, _WHAT)]


def _key(message: Mapping[Any, Any], names: Sequence[str]) -> str | None:
    return next((name for name in names if name in message), None)


def _role(who: object) -> str:
    name = str(who).strip().lower()
    return _ROLES.get(name, name)


def _content(column: str | None, value: Any) -> str:
    """The text of a content: of a list of parts, the texts among them."""
    if is_missing(value) or isinstance(value, str) or not hasattr(value, "__iter__"):
        return as_text(column, value)
    if isinstance(value, Mapping):
        return as_text(column, value.get("text"))
    texts = (part.get("text") if isinstance(part, Mapping) else part for part in as_list(value))
    return "\n".join(as_text(column, text) for text in texts if not is_missing(text))
