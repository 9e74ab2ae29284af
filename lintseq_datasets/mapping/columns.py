"""Which columns hold the instruction, the program, and the state to start from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lintseq_datasets.errors import ColumnError, ConfigError

PAIRS = (
    ("instruction", "response"),
    ("instruction", "output"),
    ("instruction", "completion"),
    ("instruction", "program"),
    ("instruction", "code"),
    ("prompt", "completion"),
    ("prompt", "response"),
    ("prompt", "output"),
    ("prompt", "program"),
    ("prompt", "code"),
    ("problem", "solution"),
    ("problem", "program"),
    ("question", "answer"),
    ("question", "response"),
    ("query", "response"),
    ("query", "answer"),
    ("text", "code"),
    ("source_instruction", "source_response"),
)
"""Pairs of columns (instruction, program) that are recognised."""

PROGRAM_ONLY = (
    "program", "code", "content", "solution", "response", "completion", "output", "text",
)  # fmt: skip
"""Columns that are recognised as the program where there is no pair."""

INSTRUCTION_ONLY = (
    "instruction", "prompt", "problem", "question", "query", "source_instruction",
)  # fmt: skip
"""Columns that are recognised as the instruction where only the program was named."""


STATES = ("state", "program_start")
"""Columns that are recognised as the program state to start from, where one is to be given."""


class Columns(NamedTuple):
    """Names of the columns of a source dataset."""

    instruction: str | None
    program: str
    context: str | None = None  # Alpaca's ``input``: continues the instruction where not empty
    state: str | None = None  # the program state to start from, where it is given


def find_columns(
    available: Sequence[str],
    instruction_column: str | None = None,
    program_column: str | None = None,
    state_column: str | None = None,
    *,
    start: str = "empty",
) -> Columns:
    """Find the columns of a dataset, or check the ones that were named.

    Args:
        available: Names of the columns that there are.
        instruction_column: Name of the instruction column, where known.
        program_column: Name of the program column, where known.
        state_column: Name of the column of states to start from, where known.
        start: Where sequences start; states are looked for if it is ``"given"``.

    Raises:
        ColumnError: A named column does not exist, no column is recognised, or more
            than one choice is possible.
        ConfigError: A column of states was named, and sequences start elsewhere.
    """
    if state_column is not None and start != "given":
        raise ConfigError("state_column", "is read with start='given' only")
    for name in (instruction_column, program_column, state_column):
        if name is not None and name not in available:
            raise ColumnError(f"There is no column {name!r}.", tuple(available))
    pairs: list[tuple[str | None, str]] = [
        pair
        for pair in PAIRS
        if set(pair) <= set(available)
        and instruction_column in (None, pair[0])
        and program_column in (None, pair[1])
    ]
    if instruction_column is not None and program_column is not None:
        pairs = [(instruction_column, program_column)]
    if len(pairs) > 1:
        choices = " or ".join(f"{instruction}/{program}" for instruction, program in pairs)
        problem = f"Instruction and program may be {choices}: name them with "
        raise ColumnError(problem + "instruction_column= and program_column=.", tuple(available))
    if not pairs:
        program = program_column or _only_program(available, instruction_column)
        pairs = [(instruction_column or _only_instruction(available, program), program)]
    ((instruction, program),) = pairs
    has_input = instruction == "instruction" and "input" in available and program != "input"
    state = None if start != "given" else state_column or _only_state(available)
    return Columns(instruction, program, "input" if has_input else None, state)


def _only_program(available: Sequence[str], instruction: str | None) -> str:
    found = [name for name in PROGRAM_ONLY if name in available and name != instruction]
    if len(found) == 1:
        return found[0]
    if found:
        problem = f"The program may be {' or '.join(found)}: name it with program_column=."
    else:
        problem = "No column is recognised as the program: name it with program_column=."
    raise ColumnError(problem, tuple(available))


def _only_instruction(available: Sequence[str], program: str) -> str | None:
    found = [name for name in INSTRUCTION_ONLY if name in available and name != program]
    if len(found) > 1:
        problem = f"The instruction may be {' or '.join(found)}: name it with instruction_column=."
        raise ColumnError(problem, tuple(available))
    return found[0] if found else None


def _only_state(available: Sequence[str]) -> str:
    found = [name for name in STATES if name in available]
    if len(found) == 1:
        return found[0]
    what = f"may be {' or '.join(found)}" if found else "is in no column that is recognised"
    problem = f"The state to start from {what}: name it with state_column=."
    raise ColumnError(problem, tuple(available))
