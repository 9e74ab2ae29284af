"""From edit sequences to the rows of a dataset, in each output format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from lintseq_datasets.edits.formats import prompt_of
from lintseq_datasets.edits.sequence import EditSequence, join_edits
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.mapping.rows import Row
from lintseq_datasets.samplers.config import Start

if TYPE_CHECKING:
    from datasets import Features

OutputFormat: TypeAlias = Literal["default", "conversational", "pylintseq"]
OnError: TypeAlias = Literal["record", "skip", "raise"]


def features_of(output_format: OutputFormat = "default", start: Start = "empty") -> Features:
    """The columns of the output and their types; `FEATURES` is that of the default.

    Args:
        output_format: See `lintseq_map`.
        start: Where the sequences start; see `LintSeqConfig`.

    Raises:
        ConfigError: There is no such format, or it has no column for a state to start from.
    """
    from datasets import Features, List, Value

    check_format(output_format, start)

    string, integer = Value("string"), Value("int32")
    if output_format == "pylintseq":
        return Features(
            {
                "edit_path": List(string),
                "index": Value("int64"),
                "source_file": string,
                "source_instruction": string,
                "source_response": string,
            }
        )
    messages = List({"role": string, "content": string})
    text = messages if output_format == "conversational" else string
    return Features(
        {
            "prompt": text,
            "completion": text,
            "edits": List(string),
            "program": string,
            "program_id": string,
            "sample_index": integer,
            "num_edits": integer,
            "status": string,
            "method": string,
            "linter": string,
            "audited_states": integer,
            "rejected_states": integer,
            **({} if start == "empty" else {"state": string}),
        }
    )


def check_format(output_format: OutputFormat, start: Start) -> None:
    """Check that there is such a format, and that it can say where sequences start.

    Raises:
        ConfigError: If not.
    """
    for name, value, choices in (
        ("output_format", output_format, get_args(OutputFormat)),
        ("start", start, get_args(Start)),
    ):
        if value not in choices:
            raise ConfigError(name, f"{value!r} is none of {', '.join(map(repr, choices))}")
    if output_format == "pylintseq" and start != "empty":
        problem = f"the output format 'pylintseq' has no column for a state, which {start!r} needs"
        raise ConfigError("start", problem)


@dataclass(frozen=True, slots=True)
class Output:
    """How rows are written."""

    output_format: OutputFormat
    on_error: OnError
    source_file: str
    start: Start = "empty"

    def __post_init__(self) -> None:
        check_format(self.output_format, self.start)
        if self.on_error not in get_args(OnError):
            choices = ", ".join(map(repr, get_args(OnError)))
            raise ConfigError("on_error", f"{self.on_error!r} is none of {choices}")

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in order."""
        if self.output_format == "pylintseq":
            return ["edit_path", "index", "source_file", "source_instruction", "source_response"]
        return [
            "prompt", "completion", "edits", "program", "program_id", "sample_index",
            "num_edits", "status", "method", "linter", "audited_states", "rejected_states",
            *(["state"] if self._has_state else []),
        ]  # fmt: skip

    @property
    def _has_state(self) -> bool:
        return self.start != "empty"

    def rows(self, row: Row, index: int, method: str) -> Iterator[tuple[Any, ...]]:
        """The rows that a row becomes, as values in the order of the columns."""
        if self.output_format == "pylintseq":
            for sequence in row.sequences:
                yield print_edits(sequence), index, self.source_file, row.instruction, row.source
            return
        fixed = (row.status, method, row.linter)
        if row.problem is not None:
            if self.on_error == "record":
                state = _storable(row.state)
                instruction = _storable(row.instruction)
                text = prompt_of(instruction, state=state if self._has_state else None)
                program = _storable(row.program.text or row.source)
                extra = (state,) if self._has_state else ()
                yield *self._pair(text, ""), [], program, "", -1, 0, *fixed, *row.audit_of(), *extra
            return
        program, program_id = row.program.text, row.program.program_id
        for number, sequence in enumerate(row.sequences):
            edits, state = print_edits(sequence), sequence.start.text
            prompt = prompt_of(row.instruction, state=state if self._has_state else None)
            pair = self._pair(prompt, join_edits(edits))
            extra = (state,) if self._has_state else ()
            fixed_and_audit = (*fixed, *row.audit_of(number))
            yield *pair, edits, program, program_id, number, len(edits), *fixed_and_audit, *extra

    def _pair(self, prompt: str, completion: str) -> tuple[Any, Any]:
        if self.output_format != "conversational":
            return prompt, completion
        question = [{"role": "user", "content": prompt.removesuffix("\n")}]
        return question, [{"role": "assistant", "content": completion}]


def print_edits(sequence: EditSequence) -> list[str]:
    """The edits of a sequence as unified diffs."""
    return [str(edit) for edit in sequence.edits]


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
