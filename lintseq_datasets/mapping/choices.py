"""The choices that options of the mappers have, by name.

Nothing is imported here, so that the command line can list them without loading what they choose.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

ExtractCode: TypeAlias = Literal["auto", "markdown"] | None
Fences: TypeAlias = Literal["join", "first", "last", "longest", "each"]
Turns: TypeAlias = Literal["last", "first", "each"]
Solutions: TypeAlias = Literal["first", "each"]
OutputFormat: TypeAlias = Literal["default", "conversational", "pylintseq"]
OnError: TypeAlias = Literal["record", "skip", "raise"]

FENCES: tuple[Fences, ...] = get_args(Fences)
FENCES_OF_ONE = tuple(name for name in FENCES if name != "each")
"""Those that give one program, for what has one in each row."""
