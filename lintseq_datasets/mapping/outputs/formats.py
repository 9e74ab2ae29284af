"""The output formats by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from lintseq_datasets.edits.formats import edit_form
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.mapping.choices import OutputFormat
from lintseq_datasets.mapping.outputs.base import RowFormat
from lintseq_datasets.mapping.outputs.default import Conversational, Default
from lintseq_datasets.mapping.outputs.pylintseq import Pylintseq
from lintseq_datasets.mapping.outputs.tool_calls import ToolCalls
from lintseq_datasets.samplers.option_checks import check_choice
from lintseq_datasets.samplers.option_types import Start

OUTPUT_FORMATS: dict[OutputFormat, type[RowFormat]] = {
    "default": Default,
    "conversational": Conversational,
    "pylintseq": Pylintseq,
    "tool_calls": ToolCalls,
}
"""The class of each output format, by its name."""


def row_format(
    output_format: OutputFormat,
    start: Start = "empty",
    source_file: str = "",
    edit_format: str = "diff",
    language: str = "python",
    own: Mapping[str, str] | None = None,
) -> RowFormat:
    """The output format of a name.

    Args:
        output_format: Its name.
        start: Where sequences start.
        source_file: Value of the column of that name, where the format has one.
        edit_format: The form of training texts.
        language: That of the programs.
        own: Options that belong to some formats, by name, where they differ from the defaults.

    Raises:
        ConfigError: There is no such format, or it has no column for a state to start from, or
            for texts in another form.
    """
    check_choice("output_format", output_format, tuple(OUTPUT_FORMATS))
    check_choice("start", start, get_args(Start))
    kind = OUTPUT_FORMATS[output_format]
    if start != "empty" and not kind.tells_start:
        problem = (
            f"the output format {output_format!r} has no column for a state, which {start!r} needs"
        )
        raise ConfigError("start", problem)
    edit_form(edit_format)
    if edit_format != "diff" and not kind.tells_edit_format:
        problem = f"the output format {output_format!r} holds unified diffs, not {edit_format!r}"
        raise ConfigError("edit_format", problem)
    for name in own or {}:
        if name not in kind.own_options:
            raise ConfigError(name, f"the output format {output_format!r} has no such option")
    return kind(start, source_file, edit_format, language, **(own or {}))
