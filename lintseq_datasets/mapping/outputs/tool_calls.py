"""The format ``tool_calls``: each edit is a call of a tool, as agents are trained on them.

The messages of a sequence of two edits, without the roles::

    user        Print one.
    assistant   create(path="program.py", file_text="a = 1")
    tool        Created program.py.
    assistant   insert(path="program.py", insert_line=1, new_str="print(a)")
    tool        Inserted 1 line into program.py.

The file holds the lines of the program with a newline between two of them, and none at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from lintseq_datasets.edits.edit import Edit, Hunk
from lintseq_datasets.edits.formats import edit_form
from lintseq_datasets.edits.program import EMPTY, Program
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.mapping.chat import Message
from lintseq_datasets.mapping.outputs._editing import Call, call_of
from lintseq_datasets.mapping.outputs.base import Types, Values
from lintseq_datasets.mapping.outputs.default import Default
from lintseq_datasets.mapping.rows import Row

_TEXT, _LINE = {"type": "string"}, {"type": "integer", "minimum": 0}
_TOOLS: dict[str, tuple[str, dict[str, Any]]] = {
    "create": (
        "Write a file. What was in it before is gone.",
        {"path": _TEXT, "file_text": _TEXT},
    ),
    "insert": (
        "Insert whole lines into a file, behind the line of a number; 0 is the top.",
        {"path": _TEXT, "insert_line": _LINE, "new_str": _TEXT},
    ),
    "str_replace": (
        "Replace a text in a file, which must occur there exactly once.",
        {"path": _TEXT, "old_str": _TEXT, "new_str": _TEXT},
    ),
    "apply_patch": (
        "Apply a patch, from '*** Begin Patch' to '*** End Patch'.",
        {"patch": _TEXT},
    ),
}
_OFFERED = {
    "editor": ("create", "insert", "str_replace"),
    "str_replace": ("create", "str_replace"),
    "apply_patch": ("apply_patch",),
}
"""The names of the tools, for each value of the option ``tools``."""


class ToolCalls(Default):
    """One row for each sequence: messages with calls of tools, and the tools."""

    name = "tool_calls"
    tells_edit_format: ClassVar[bool] = False
    own_options: ClassVar[tuple[str, ...]] = ("tools", "tool_answers", "file_name", "done")
    marks: ClassVar[tuple[str, ...]] = ("messages", "tools")
    shape: ClassVar[str] = "Each row is a conversation, in which every edit is the call of a tool."
    meanings: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "messages": "the instruction, and for each edit the call of a tool and its answer",
            "tools": "the tools that there are, as JSON schemas",
        }
    )

    def types(self) -> Types:
        """The messages and the tools, and the columns of `FEATURES` beside the texts."""
        others = Default.types(self)
        del others["prompt"], others["completion"]
        # As JSON, a message and the arguments of a call have their own keys and no others. As
        # structures they would have those of all, with None in most, and chat templates print it.
        return {"messages": ["json"], "tools": ["json"], **others}

    def rows_of_sequence(self, row: Row, number: int) -> list[Values]:
        """The one row of a sequence."""
        sequence = row.sequences[number]
        asked = Message("user", self.prompt_of(row.instruction, sequence.start.text))
        asked = Message("user", asked.text.removesuffix("\n"))
        before = [_message(turn.role, turn.text) for turn in (*row.history, asked, *row.between)]
        (values,) = Default.rows_of_sequence(self, row, number)
        values["messages"] = [*before, *self._turns(sequence)]
        return [values]

    def texts(self, row: Row, state: str, completion: str | None, so_far: str = "") -> Values:
        """No messages, and the tools."""
        return {"messages": None, "tools": [_schema(name) for name in _OFFERED[self.writing.tools]]}

    def _turns(self, sequence: EditSequence) -> Iterator[Values]:
        states = (sequence.start, *sequence.states())
        steps = zip(sequence.edits, states, states[1:], strict=False)
        for number, (edit, state, after) in enumerate(steps):
            call = self._call(edit, state, after)
            name = f"call{number:05}"  # some templates want nine letters and digits
            function = {"name": call.name, "arguments": call.arguments}
            made = {"id": name, "type": "function", "function": function}
            yield {**_message("assistant", ""), "tool_calls": [made]}
            is_file = self.writing.tool_answers == "file"
            answer = _message("tool", numbered_file(after) if is_file else call.answer)
            yield {**answer, "tool_call_id": name, "name": call.name}
        if self.writing.done:
            yield _message("assistant", self.writing.done)

    def _call(self, edit: Edit, state: Program, after: Program) -> Call:
        tools, path = self.writing.tools, self.writing.file_name
        if tools != "apply_patch":
            return call_of(edit, state.lines, after.lines, path, inserts=tools == "editor")
        if not state.text:  # one empty line, too, is an empty file
            edit, state = Edit((Hunk(0, 0, after.lines),)), EMPTY
        patch = edit_form(f"apply_patch:{path}").write(edit, state.lines)
        return Call("apply_patch", {"patch": patch}, f"Patched {path}.")


def numbered_file(program: Program) -> str:
    """The lines of a program behind their numbers, as ``cat -n`` prints them."""
    lines = program.text.split("\n")
    return "\n".join(f"{number:6}\t{line}" for number, line in enumerate(lines, 1))


def _message(role: str, content: str) -> Values:
    return {"role": role, "content": content}


def _schema(name: str) -> Values:
    description, arguments = _TOOLS[name]
    parameters = {"type": "object", "properties": arguments, "required": list(arguments)}
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}
