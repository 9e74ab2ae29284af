"""Conversations in a cell: who said what, and which turn holds the program.

Two forms are usual: messages of ``role`` and ``content`` (also with a list of parts as the
content), and ShareGPT's of ``from`` and ``value``, with names of their own for the roles. In a
third one, each entry is a question with its answer:

    [{"role": "user", "content": "Add."}, {"role": "assistant", "content": "x = 1"}]
    [{"from": "human", "value": "Add."}, {"from": "gpt-4", "value": "x = 1"}]
    [{"human": "Add.", "assistant": "x = 1"}]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lintseq_datasets.errors import ProgramError
from lintseq_datasets.mapping.cells import as_list, as_text, is_missing

_NAMES = {
    "user": ("user", "human", "prompter", "instruction", "customer", "client", "person"),
    "assistant": (
        "assistant", "gpt", "chatgpt", "bot", "chatbot", "model", "ai", "llm", "output", "response",
        "bard", "bing", "claude", "copilot", "deepseek", "gemini", "gemma", "grok", "llama",
        "mistral", "phi", "qwen",
    ),
    "system": ("system", "developer"),
    "tool": ("tool", "function", "observation", "ipython", "environment"),
}  # fmt: skip
_ROLES = {name: role for role, names in _NAMES.items() for name in names}
KNOWN_ROLES = frozenset(_NAMES)
"""The roles that names of roles stand for; ``tool`` for all that neither asks nor answers."""

# All from the first character that is no letter, so a name in `_NAMES` has letters alone.
_QUALIFIER = re.compile(r"[^a-z].*", re.DOTALL)  # as in ``gpt-4``
_WHO = ("role", "from", "speaker")
_WHAT = ("content", "value", "text")


class Message(NamedTuple):
    """A turn of a conversation."""

    role: str  # "user", "assistant", "system", "tool", or another's name as it stands there
    text: str


class Turn(NamedTuple):
    """An answer, and what it answers."""

    instruction: str  # of the last turn of the user before it; empty if there is none
    answer: str | None  # None: there is no text
    before: Sequence[Message] = ()  # all turns before the answer; long, so shared by all answers
    position: int = 0  # how many of them count
    asked: int = 0  # how many of these stand before the instruction

    @property
    def history(self) -> tuple[Message, ...]:
        """All turns before the instruction, system prompts among them."""
        return tuple(self.before[: self.asked])

    @property
    def between(self) -> tuple[Message, ...]:
        """All turns between the instruction and the answer, as of tools."""
        return tuple(self.before[self.asked + 1 : self.position])


def role_of(who: object) -> str:
    """The role that a name stands for, or else the name in lower case.

    >>> [role_of(name) for name in ("Human", "gpt-4", "AI", "system_prompt", "wizard")]
    ['user', 'assistant', 'assistant', 'system', 'wizard']
    """
    name = str(who).strip().lower()
    return _ROLES.get(_QUALIFIER.sub("", name), name)


# --- reading a cell ------------------------------------------------------------------


def is_conversation(value: object) -> bool:
    """Whether a cell holds messages, or one message."""
    if isinstance(value, Mapping):
        return _is_message(value) or _holds_columns(value)
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        return False
    # An empty list is none: it may be one of solutions, too, and is reported as that.
    messages = as_list(value)
    return bool(messages) and all(_is_message(one) or _is_exchange(one) for one in messages)


def _holds_columns(value: Mapping[Any, Any]) -> bool:
    """Whether these are columns of messages: how `datasets` once stored them."""
    # Where a key is missing, "" gives None, which is no list.
    lists = [value.get(_key(value, names) or "") for names in (_WHO, _WHAT)]
    return all(hasattr(one, "__iter__") and not isinstance(one, str) for one in lists)


def _is_message(value: object) -> bool:
    if not isinstance(value, Mapping) or _key(value, _WHAT) is None:
        return False
    who = _key(value, _WHO)
    # Columns of messages have the same keys, and lists under them.
    return who is not None and isinstance(value[who], str)


def _is_exchange(value: object) -> bool:
    """Whether this is a question with its answer, each under the name of who speaks."""
    if not isinstance(value, Mapping):
        return False
    # A key with a number below it, say, names no speaker.
    names = [name for name, said in value.items() if isinstance(said, str)]
    return {"user", "assistant"} <= {role_of(name) for name in names}


def read_messages(column: str | None, value: Any) -> list[Message]:
    """The messages of a cell for which `is_conversation` holds.

    Raises:
        ProgramError: ``not_text``: a content is neither text nor a list of parts.
    """
    return [Message(role_of(who), _content(column, what)) for who, what in _pairs(column, value)]


def answers_in(messages: Sequence[Message]) -> list[Turn]:
    """The turns of the assistant, in order, each with what it answers.

    Raises:
        ProgramError: ``unknown_role``: who answers, or who asks, has a name that is not known.
    """
    # For example, what the two answers of this conversation are given with:
    #
    #     system s, user A, assistant x, tool 1, assistant y
    #
    #     x    instruction A, history (s), between ()
    #     y    instruction A, history (s), between (x, 1)
    found = []
    asked: int | None = None
    for position, message in enumerate(messages):
        if message.role == "user":
            asked = position
        elif message.role == "assistant":
            instruction = "" if asked is None else messages[asked].text
            # Without a question, all that stands before is history, and nothing is between.
            place = position if asked is None else asked
            found.append(Turn(instruction, message.text, messages, position, place))
    # Where both sides are there, a third name does no harm, whoever that is.
    if not found or asked is None:
        check_roles(messages)
    return found


def check_roles(messages: Sequence[Message]) -> None:
    """Check that the roles are known, where nobody answers or nobody asks.

    Raises:
        ProgramError: ``unknown_role``.
    """
    unknown = dict.fromkeys(m.role for m in messages if m.role not in KNOWN_ROLES)
    if unknown:
        names = ", ".join(map(repr, unknown))
        raise ProgramError("unknown_role", f"nobody knows whether {names} asks or answers")


def zip_cells(column: str | None, *lists: Any) -> list[tuple[Any, ...]]:
    """The values of lists in one cell that go together; none where all lists are missing.

    Raises:
        ProgramError: ``not_text``: the lists are of different lengths.
    """
    found = [[] if is_missing(one) else as_list(one) for one in lists]
    if len({len(one) for one in found}) > 1:
        raise ProgramError("not_text", f"column {column!r} holds lists of different lengths")
    return list(zip(*found, strict=True))


def _pairs(column: str | None, value: Any) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, Mapping) and not _is_message(value):
        yield from zip_cells(column, *(value[_key(value, names) or ""] for names in (_WHO, _WHAT)))
        return
    for message in [value] if isinstance(value, Mapping) else as_list(value):
        if _is_message(message):
            yield message[_key(message, _WHO)], message[_key(message, _WHAT)]
        else:
            # The question comes first, however the keys stand.
            order = sorted(message.items(), key=lambda item: role_of(item[0]) == "assistant")
            yield from (item for item in order if role_of(item[0]) in KNOWN_ROLES)


def _key(message: Mapping[Any, Any], names: Sequence[str]) -> str | None:
    return next((name for name in names if name in message), None)


def parts_text(content: Any) -> Any:
    """What a model wrote, where it is a list of parts: their texts; anything else as it is."""
    if not isinstance(content, list | tuple):
        return content
    texts = (part.get("text") if isinstance(part, Mapping) else part for part in content)
    return "".join(text for text in texts if isinstance(text, str))


def _content(column: str | None, value: Any) -> str:
    """The text of a content: of a list of parts, the texts among them."""
    if is_missing(value) or isinstance(value, str) or not hasattr(value, "__iter__"):
        return as_text(column, value)
    if isinstance(value, Mapping):
        return as_text(column, value.get("text"))
    texts = (part.get("text") if isinstance(part, Mapping) else part for part in as_list(value))
    return "\n".join(as_text(column, text) for text in texts if not is_missing(text))
