"""The options of the mappers as keyword arguments, for editors, type checkers and `help`.

What each means stands with the value that has it: `Reading`, `Writing`, and the
configuration of the sampler.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import Field, fields
from typing import Any, TypedDict, TypeVar, cast

from lintseq_datasets.mapping.choices import (
    ExtractCode,
    Fences,
    KeepColumns,
    OnError,
    OutputFormat,
    Solutions,
    ToolAnswers,
    Tools,
    Turns,
)
from lintseq_datasets.samplers.option_types import LintSeqOptions, RandSeqOptions, RevisionOptions

_F = TypeVar("_F", bound=Callable[..., Any])


# Written out, since type checkers make no keyword arguments of fields. A test compares the two.
class ReadingOptions(TypedDict, total=False):
    """The fields of `Reading` as keyword arguments."""

    instruction_column: str | None
    program_column: str | None
    state_column: str | None
    extract_code: ExtractCode
    fences: Fences
    turns: Turns
    history: bool
    solutions: Solutions


class WritingOptions(TypedDict, total=False):
    """The fields of `Writing` as keyword arguments."""

    output_format: OutputFormat
    edit_format: str
    on_error: OnError
    keep_columns: KeepColumns
    source_file: str
    tools: Tools
    tool_answers: ToolAnswers
    file_name: str
    done: str
    edits_per_row: int
    edits_so_far: bool
    conversational: bool
    fim_markers: str


class RandSeqMapOptions(RandSeqOptions, ReadingOptions, WritingOptions, total=False):
    """Options of `randseq_map`."""


class LintSeqMapOptions(LintSeqOptions, ReadingOptions, WritingOptions, total=False):
    """Options of `lintseq_map`, and of everything that does the same to whole datasets."""


class RevisionMapOptions(RevisionOptions, WritingOptions, total=False):
    """Options of `revision_map`, and of everything that does the same to whole datasets."""

    instruction_column: str | None
    before_column: str | None
    after_column: str | None


class TransformOptions(LintSeqOptions, ReadingOptions, total=False):
    """Options of `lintseq_transform`."""


def spelled_out(*kinds: type) -> Callable[[_F], _F]:
    """Let the signature of a function show the fields of classes in place of ``**options``.

    For `help`, notebooks and others that ask `inspect.signature`. Type checkers read the
    `TypedDict` that the function itself names.

    Args:
        *kinds: The classes, whose fields have defaults.
    """
    found: dict[str, Field[Any]] = {field.name: field for kind in kinds for field in fields(kind)}
    keywords = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=field.type
        )
        for name, field in found.items()
    ]

    def show(function: _F) -> _F:
        signature = inspect.signature(function)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        shown = signature.replace(parameters=[*own, *keywords])
        cast("Any", function).__signature__ = shown
        return function

    return show
