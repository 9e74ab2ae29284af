"""The formats ``default`` and ``conversational``: one row for each sequence, prompt first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from lintseq_datasets.edits.prompts import prompt_of
from lintseq_datasets.edits.sequence import EditSequence, printed_edits
from lintseq_datasets.languages.base import load_language
from lintseq_datasets.mapping.cells import storable
from lintseq_datasets.mapping.chat import Message
from lintseq_datasets.mapping.outputs.base import RowFormat, Types, Values
from lintseq_datasets.mapping.rows import Row
from lintseq_datasets.samplers.audit import Audit


class Default(RowFormat):
    """Prompt and completion as texts, and everything that is known of the sequence."""

    name = "default"
    text_type: ClassVar[Any] = "string"

    def types(self) -> Types:
        """The columns of `FEATURES`, and the states that sequences start from and end at."""
        return {
            "prompt": self.text_type,
            "completion": self.text_type,
            "edits": ["string"],
            "program": "string",
            "program_id": "string",
            "sample_index": "int32",
            "num_edits": "int32",
            "status": "string",
            "method": "string",
            "linter": "string",
            "audited_states": "int32",
            "rejected_states": "int32",
            "made_with": "string",
            **({"state": "string"} if self.has_state else {}),
            **({"end_state": "string"} if self.has_end else {}),
        }

    def rows_of_sequence(self, row: Row, number: int) -> list[Values]:
        """The one row of a sequence."""
        sequence = row.sequences[number]
        edits, state = printed_edits(sequence), sequence.start.text
        text = sequence.to_text(self.writing.edit_format)
        return [
            {
                **self.texts(row, state, text),
                "edits": edits,
                "program": row.program.text,
                "program_id": row.program.program_id,
                "sample_index": number,
                "num_edits": len(edits),
                **_made(row, row.audit_of(number)),
                **self._states(state, sequence),
            }
        ]

    def row_without_sequence(self, row: Row) -> Values:
        """The row that says why there is no sequence, with what is known of the program."""
        row, state = _made_storable(row), storable(row.state)
        return {
            # None, so that no trainer takes it for an answer that is empty
            **self.texts(row, state, None),
            "edits": [],
            # Where there is no program, what it should have been read from.
            "program": storable(row.program.text or row.source),
            "program_id": "",
            "sample_index": -1,
            "num_edits": 0,
            **_made(row, row.audit_of()),
            **self._states(state, EditSequence(())),
        }

    def _states(self, state: str, sequence: EditSequence) -> Values:
        return {
            **({"state": state} if self.has_state else {}),
            **({"end_state": sequence.resolve().text} if self.has_end else {}),
        }

    def texts(self, row: Row, state: str, completion: str | None, so_far: str = "") -> Values:
        """The columns of the prompt and the completion."""
        return as_texts(row, lambda asked: self.prompt_of(asked, state, so_far), completion)

    def prompt_of(self, instruction: str, state: str, so_far: str = "") -> str:
        """The prompt as text: the instruction, and the state where sequences start from one."""
        label = load_language(self.language).label
        given = state if self.has_state else None
        return prompt_of(instruction, state=given, label=label, so_far=so_far)


class Conversational(Default):
    """Prompt and completion as chat messages."""

    name = "conversational"
    text_type: ClassVar[Any] = [{"role": "string", "content": "string"}]

    def texts(self, row: Row, state: str, completion: str | None, so_far: str = "") -> Values:
        """One message of the user, one of the assistant; those around it are as they were."""
        return as_messages(row, lambda asked: self.prompt_of(asked, state, so_far), completion)


def as_texts(row: Row, ask: Callable[[str], str], completion: str | None) -> Values:
    """The columns of the prompt and the completion, as texts.

    Args:
        row: A row of the source.
        ask: The prompt of an instruction.
        completion: What the assistant says, if anything.
    """
    return {"prompt": ask(row.asked), "completion": completion}


def as_messages(row: Row, ask: Callable[[str], str], completion: str | None) -> Values:
    """The same columns as chat messages; those around the instruction are as they were."""
    # A prompt ends with a newline before the edits; a message ends by itself.
    asked = Message("user", ask(row.instruction).removesuffix("\n"))
    answered = None if completion is None else _messages([Message("assistant", completion)])
    prompt = _messages([*row.history, asked, *row.between])
    return {"prompt": prompt, "completion": answered}


def _made_storable(row: Row) -> Row:
    """A row whose texts can be stored, where they could not be read."""
    history, between = (
        tuple(Message(storable(role), storable(text)) for role, text in turns)
        for turns in (row.history, row.between)
    )
    instruction = storable(row.instruction)
    return replace(row, instruction=instruction, history=history, between=between)


def _messages(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": role, "content": text} for role, text in messages]


def _made(row: Row, audit: Audit) -> Values:
    return {
        "status": row.status,
        "method": row.method,
        "linter": row.linter,
        "audited_states": audit.states,
        "rejected_states": audit.rejected,
        "made_with": row.made_with,
    }
