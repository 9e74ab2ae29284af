"""Which columns hold the instruction, the program, and the state to start from.

Names that say most come first: a pair of `PAIRS`, a conversation, preference data, a pair of
`WEAK_PAIRS`, a program alone. Two choices of the same rank are an error, never a guess:

    question, answer, id          question/answer
    messages, input, output       messages: ``input`` and ``output`` are a weak pair
    prompt, code, completion      prompt/completion or prompt/code: name them
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lintseq_datasets.errors import ColumnError, ConfigError, Remedy

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
"""Pairs of columns (instruction, program) that are recognised, whatever their case."""

CHATS = ("messages", "conversations", "conversation", "chat", "dialogue")
"""Columns that are recognised as a conversation if there is no pair."""

PREFERRED = "chosen"
"""The column that is recognised as the answer of preference data, likewise."""

WEAK_PAIRS = (
    ("instruction", "answer"),
    ("instruction", "solution"),
    ("prompt", "solution"),
    ("prompt", "canonical_solution"),
    ("problem", "solutions"),
    ("problem", "code"),
    ("problem", "answer"),
    ("question", "solution"),
    ("question", "solutions"),
    ("question", "code"),
    ("query", "code"),
    ("description", "solution"),
    ("description", "solutions"),
    ("description", "code"),
    ("docstring", "code"),
    ("input", "output"),
    ("input", "response"),
    ("input", "code"),
    ("input", "answer"),
)
"""Pairs that are recognised if nothing else is."""

_OWN = {"prompt", "completion", "program", "program_id", "sample_index"}

PROGRAM_ONLY = (
    "program", "code", "content", "solution", "solutions", "canonical_solution", "response",
    "completion", "output", "answer", "text",
)  # fmt: skip
"""Columns that are recognised as the program if there is no pair."""

INSTRUCTION_ONLY = (
    "instruction", "prompt", "problem", "question", "query", "source_instruction",
)  # fmt: skip
"""Columns that are recognised as the instruction where only the program was named."""

WEAK_INSTRUCTIONS = ("description", "docstring", "input", "text")
"""Columns that are recognised as the instruction if none of these is there."""

STATES = ("state", "program_start")
"""Columns that are recognised as the program state to start from, where one is to be given."""


VERSION_COLUMNS = (
    ("before", "after"),
    ("old_contents", "new_contents"),
    ("old_content", "new_content"),
    ("old_code", "new_code"),
    ("original", "updated"),
    ("old", "new"),
    ("buggy", "fixed"),
)
"""Pairs of columns (version before, version after) that are recognised, whatever their case."""

REQUESTS = (
    "instruction", "message", "subject", "prompt", "instruction_descriptive", "instruction_lazy",
)  # fmt: skip
"""Columns that are recognised as what asks for a change; the first that is there."""


class Columns(NamedTuple):
    """Names of the columns of a source dataset."""

    instruction: str | None  # None, too, where the program's column holds whole conversations
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
    names = _by_lower_case(available)
    if instruction_column is not None and program_column is not None:
        pair: tuple[str | None, str] = (instruction_column, program_column)
    else:
        pair = _find_pair(names, instruction_column, program_column)
    instruction, program = pair
    # Beside other names than Alpaca's, ``input`` is a column of its own, of tests say.
    more = names.get("input")
    is_alpaca = instruction is not None and instruction.lower() == "instruction"
    context = more if is_alpaca and more != program else None
    state = None if start != "given" else state_column or _only_state(names)
    return Columns(instruction, program, context, state)


def find_version_columns(
    available: Sequence[str],
    instruction_column: str | None = None,
    before_column: str | None = None,
    after_column: str | None = None,
) -> Columns:
    """Find the columns of a dataset of programs in two versions, or check those that were named.

    Args:
        available: Names of the columns that there are.
        instruction_column: Name of the column of what asks for the change, where known.
        before_column: Name of the column of the version before, where known.
        after_column: Name of the column of the version after, where known.

    Returns:
        The version after as ``program``, the one before as ``state``.

    Raises:
        ColumnError: A named column does not exist, no pair is recognised, or more than one is.
    """
    for name in (instruction_column, before_column, after_column):
        if name is not None and name not in available:
            raise ColumnError(f"There is no column {name!r}.", tuple(available))
    names = _by_lower_case(available)
    found = [
        (names[first], names[second])
        for first, second in VERSION_COLUMNS
        if {first, second} <= names.keys()
        and before_column in (None, names[first])
        and after_column in (None, names[second])
    ]
    if before_column is not None and after_column is not None:
        # Two that are named need not be a pair that is known.
        found = [(before_column, after_column)]
    if len(found) != 1:
        pairs = " or ".join(f"{first}/{second}" for first, second in found)
        what = f"may be {pairs}" if found else "are in no columns that are recognised"
        remedy = Remedy("name them with {} and {}", ("before_column=", "after_column="))
        raise ColumnError(f"The two versions {what}", tuple(available), remedy)
    ((before, after),) = found
    request = next((names[name] for name in REQUESTS if name in names), None)
    return Columns(instruction_column or request, after, None, before)


def _by_lower_case(available: Sequence[str]) -> dict[str, str]:
    """Names by their lower case; where two are the same then, the one that is lower case."""
    names: dict[str, str] = {}
    for name in available:
        if name == name.lower():
            names[name] = name
        else:
            names.setdefault(name.lower(), name)
    return names


def _find_pair(
    names: Mapping[str, str], instruction: str | None, program: str | None
) -> tuple[str | None, str]:
    """The columns of instruction and program, if at most one of them was named."""
    # Before the pairs: ``completion`` would be found as the program, and it holds edits.
    if _OWN.issubset(names):  # rows that were made here are a source, too
        instruction, program = instruction or names["prompt"], program or names["program"]
        return instruction, program
    if pair := _one_of(PAIRS, names, instruction, program):
        return pair
    # Who names one of the two does not mean a conversation, which holds both.
    if instruction is None and program is None:
        for chat in CHATS:
            if chat in names:
                return None, names[chat]
    if program is None and PREFERRED in names:
        return _pair_of(names, instruction, names[PREFERRED])
    if pair := _one_of(WEAK_PAIRS, names, instruction, program):
        return pair
    if program is None:
        program = _only_program(names, instruction)
    return _pair_of(names, instruction, program)


def _one_of(
    pairs: Sequence[tuple[str, str]],
    names: Mapping[str, str],
    instruction: str | None,
    program: str | None,
) -> tuple[str, str] | None:
    """The one pair that is there and agrees with what was named, if any does."""
    found = [
        (names[first], names[second])
        for first, second in pairs
        if first in names
        and second in names
        and instruction in (None, names[first])
        and program in (None, names[second])
    ]
    if len(found) > 1:  # to guess would give a dataset that trains on the wrong texts
        choices = " or ".join(f"{first}/{second}" for first, second in found)
        problem = f"Instruction and program may be {choices}"
        remedy = Remedy("name them with {} and {}", ("instruction_column=", "program_column="))
        raise ColumnError(problem, tuple(names.values()), remedy)
    return found[0] if found else None


def _pair_of(
    names: Mapping[str, str], instruction: str | None, program: str
) -> tuple[str | None, str]:
    return instruction or _only_instruction(names, program), program


def _only_program(names: Mapping[str, str], instruction: str | None) -> str:
    there = [names[name] for name in PROGRAM_ONLY if name in names]
    found = [name for name in there if name != instruction]
    if len(found) == 1:
        return found[0]
    if found:
        problem = f"The program may be {' or '.join(found)}"
    else:
        problem = "No column is recognised as the program"
    raise ColumnError(problem, tuple(names.values()), _name_it("program_column="))


def _only_instruction(names: Mapping[str, str], program: str) -> str | None:
    for known in (INSTRUCTION_ONLY, WEAK_INSTRUCTIONS):
        there = [names[name] for name in known if name in names]
        found = [name for name in there if name != program]
        if len(found) > 1:
            problem = f"The instruction may be {' or '.join(found)}"
            raise ColumnError(problem, tuple(names.values()), _name_it("instruction_column="))
        if found:
            return found[0]
    return None


def _only_state(names: Mapping[str, str]) -> str:
    found = [names[name] for name in STATES if name in names]
    if len(found) == 1:
        return found[0]
    what = f"may be {' or '.join(found)}" if found else "is in no column that is recognised"
    problem = f"The state to start from {what}"
    raise ColumnError(problem, tuple(names.values()), _name_it("state_column="))


def _name_it(argument: str) -> Remedy:
    return Remedy("name it with {}", (argument,))
