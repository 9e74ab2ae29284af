"""The choices that options of the mappers have, by name.

Nothing heavy is imported here, so that the command line can list them without loading what they
choose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

from lintseq_datasets.edits.formats import FORMS

ExtractCode: TypeAlias = Literal["auto", "markdown"] | None
Fences: TypeAlias = Literal["join", "first", "last", "longest", "each"]
Turns: TypeAlias = Literal["last", "first", "each"]
Solutions: TypeAlias = Literal["first", "each"]
OutputFormat: TypeAlias = Literal[
    "default", "conversational", "pylintseq", "tool_calls", "next_edit", "fim"
]
Tools: TypeAlias = Literal["editor", "str_replace", "apply_patch"]
ToolAnswers: TypeAlias = Literal["short", "file"]
OnError: TypeAlias = Literal["record", "skip", "raise"]
KeepColumns: TypeAlias = str | Sequence[str] | bool | None

EDIT_FORMATS: tuple[str, ...] = tuple(FORMS)
"""Names of edit formats; ``context_diff:1`` and ``apply_patch:src/main.py`` say more."""
FENCES: tuple[Fences, ...] = get_args(Fences)
FENCES_OF_ONE = tuple(name for name in FENCES if name != "each")
"""Those that give one program, for what has one in each row."""
TURNS_OF_ONE = tuple(name for name in get_args(Turns) if name != "each")
"""The same of turns."""
