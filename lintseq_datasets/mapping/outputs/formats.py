"""The output formats by their names."""

from __future__ import annotations

from collections.abc import Collection
from typing import get_args

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.mapping.choices import OutputFormat
from lintseq_datasets.mapping.outputs.base import RowFormat
from lintseq_datasets.mapping.outputs.default import Conversational, Default
from lintseq_datasets.mapping.outputs.fim import Fim
from lintseq_datasets.mapping.outputs.next_edit import NextEdit
from lintseq_datasets.mapping.outputs.pylintseq import Pylintseq
from lintseq_datasets.mapping.outputs.tool_calls import ToolCalls
from lintseq_datasets.mapping.writing import Writing
from lintseq_datasets.samplers.option_checks import check_choice
from lintseq_datasets.samplers.option_types import Start

OUTPUT_FORMATS: dict[OutputFormat, type[RowFormat]] = {
    "default": Default,
    "conversational": Conversational,
    "pylintseq": Pylintseq,
    "tool_calls": ToolCalls,
    "next_edit": NextEdit,
    "fim": Fim,
}
"""The class of each output format, by its name."""

_USUAL = Writing()


def row_format(writing: Writing, start: Start = "empty", language: str = "python") -> RowFormat:
    """The output format that rows are written in.

    Args:
        writing: How rows are written.
        start: Where sequences start.
        language: That of the programs.

    Raises:
        ConfigError: There is no such format, or it has no column for a state to start from, or
            for texts in another form; or an option is of no use to it.
    """
    name = writing.output_format
    check_choice("output_format", name, tuple(OUTPUT_FORMATS))
    check_choice("start", start, get_args(Start))
    kind = OUTPUT_FORMATS[name]
    if start != "empty" and not kind.tells_start:
        problem = f"the output format {name!r} has no column for a state, which {start!r} needs"
        raise ConfigError("start", problem)
    if writing.edit_format != "diff" and not kind.tells_edit_format:
        problem = f"the output format {name!r} holds unified diffs, not {writing.edit_format!r}"
        raise ConfigError("edit_format", problem)
    for option in foreign_options(kind):
        # That an option was given shows only where it differs from its default.
        if getattr(writing, option) != getattr(_USUAL, option):
            raise ConfigError(option, f"the output format {name!r} has no such option")
    return kind(writing, start, language)


def format_of(columns: Collection[str]) -> OutputFormat:
    """The output format that rows have, as far as the names of their columns tell.

    Args:
        columns: The names; a format with messages as prompts is not told from that with texts.
    """
    found = [name for name, kind in OUTPUT_FORMATS.items() if set(kind.marks) <= set(columns)]
    # The format with most marks: rows of ``fim`` have those of ``next_edit``, too, and all formats
    # without marks fit any columns.
    return max(found, key=lambda name: len(OUTPUT_FORMATS[name].marks))


def foreign_options(kind: type[RowFormat]) -> list[str]:
    """The options of other output formats that are of no use to one.

    Args:
        kind: The output format.
    """
    own = {option for other in OUTPUT_FORMATS.values() for option in other.own_options}
    return sorted(own.difference(kind.own_options))
