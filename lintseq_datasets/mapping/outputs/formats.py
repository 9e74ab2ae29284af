"""The output formats by their names."""

from __future__ import annotations

from typing import get_args

from lintseq_datasets.edits.formats import edit_form
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.mapping.choices import OutputFormat
from lintseq_datasets.mapping.outputs.base import RowFormat
from lintseq_datasets.mapping.outputs.default import Conversational, Default
from lintseq_datasets.mapping.outputs.pylintseq import Pylintseq
from lintseq_datasets.samplers.config import Start, check_choice

OUTPUT_FORMATS: dict[OutputFormat, type[RowFormat]] = {
    "default": Default,
    "conversational": Conversational,
    "pylintseq": Pylintseq,
}
"""The class of each output format, by its name."""


def row_format(
    output_format: OutputFormat,
    start: Start = "empty",
    source_file: str = "",
    edit_format: str = "diff",
    language: str = "python",
) -> RowFormat:
    """The output format of a name.

    Args:
        output_format: Its name.
        start: Where sequences start.
        source_file: Value of the column of that name, where the format has one.
        edit_format: The form of training texts.
        language: That of the programs.

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
    return kind(start, source_file, edit_format, language)
