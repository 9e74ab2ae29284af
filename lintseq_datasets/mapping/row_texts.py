"""Rows of any output format as what all of them have: a prompt, a training text, where they begin.

Each output format has columns of its own for these:

    default, next_edit, fim    prompt           completion
    conversational             messages         messages
    tool_calls                 the messages before the first call, and those from there on
    pylintseq                  source_instruction, edit_path
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.edits.training_text import join_edits
from lintseq_datasets.errors import ColumnError

OutputRow: TypeAlias = Mapping[str, Any]
"""A row of any output format: values by column."""

TEXT_COLUMNS = (
    ("prompt", "completion"),
    ("messages",),
    ("source_instruction", "edit_path"),
)
"""The columns that hold the texts, of each kind of output format."""

EDIT_COLUMNS = ("edits", "edit_path")
"""The columns that hold the edits as unified diffs; the second is that of ``pylintseq``."""

_PART_COLUMNS = ("edit_index", "hunk_index")


class RowTexts(NamedTuple):
    """The prompt and the training text of a row, without what a chat template adds."""

    prompt: str
    completion: str | None  # None without a sequence


def texts_of_row(row: OutputRow) -> RowTexts:
    r"""The texts of a row of any output format.

    Calls of tools are lines of JSON, as many chat templates print them.

    Args:
        row: The row, with one of `TEXT_COLUMNS`.

    >>> call = {"function": {"name": "create", "arguments": {"file_text": "a = 1"}}}
    >>> asked = {"role": "user", "content": "Set a."}
    >>> texts_of_row({"messages": [asked, {"role": "assistant", "tool_calls": [call]}]})
    RowTexts(prompt='Set a.', completion='{"name": "create", "arguments": {"file_text": "a = 1"}}')
    """
    if "edit_path" in row:
        return RowTexts(row["source_instruction"] or "", join_edits(row["edit_path"]))
    if "prompt" not in row:
        return _of_messages(row["messages"] or ())
    completion = row["completion"]
    return RowTexts(_joined(row["prompt"]), None if completion is None else _joined(completion))


def _of_messages(messages: Sequence[Mapping[str, Any]]) -> RowTexts:
    numbers = (number for number, message in enumerate(messages) if message.get("tool_calls"))
    first = next(numbers, len(messages))
    after = messages[first:]
    return RowTexts(_joined(messages[:first]), _joined(after) if after else None)


def _joined(texts: Any) -> str:
    """A text as it is; messages as their contents and calls."""
    if isinstance(texts, str) or texts is None:
        return texts or ""
    # Without empty lines for messages that have calls and no content.
    return "\n".join(filter(None, (part for message in texts for part in _parts(message))))


def _parts(message: Mapping[str, Any]) -> Iterable[str]:
    yield message.get("content") or ""
    for call in message.get("tool_calls") or ():
        function = call["function"]
        said = {"name": function["name"], "arguments": function["arguments"]}
        yield json.dumps(said, ensure_ascii=False)


def is_first(row: OutputRow) -> bool:
    """Whether a row begins a sequence: in formats with several rows for one, one row in several.

    Args:
        row: A row of any output format.
    """
    # -1 stands in rows without a sequence, each of which is a row by itself.
    return all(row.get(name, 0) <= 0 for name in _PART_COLUMNS)


def part_columns(columns: Iterable[str]) -> list[str]:
    """The columns that say where in its sequence a row is; none where a row is a sequence.

    Args:
        columns: Names of columns.
    """
    return [name for name in columns if name in _PART_COLUMNS]


def sequence_of_row(row: OutputRow) -> EditSequence:
    """The edits of a row, from the state that it starts from.

    Args:
        row: A row of any output format.

    Raises:
        ColumnError: It has no column of edits.
        DiffError: Its edits are no unified diffs without context.
    """
    return EditSequence.from_edits(edits_of_row(row), row.get("state") or "")


def edits_of_row(row: OutputRow) -> list[str]:
    """The edits of a row as unified diffs; none without a sequence.

    Args:
        row: A row of any output format.

    Raises:
        ColumnError: It has no column of edits.
    """
    column = next((name for name in reversed(EDIT_COLUMNS) if name in row), None)
    if column is None:
        raise ColumnError("There is no column of edits.", tuple(row))
    edits: list[str] = row[column]
    return edits


def program_of_row(row: OutputRow) -> str:
    """The program of a row, whole.

    Args:
        row: A row of any output format.
    """
    program: str = row["source_response"] if "edit_path" in row else row["program"]
    return program
