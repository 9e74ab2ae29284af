"""The options that say how rows are written, each said once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from lintseq_datasets.edits.formats import edit_form
from lintseq_datasets.mapping.choices import (
    KeepColumns,
    OnError,
    OutputFormat,
    ToolAnswers,
    Tools,
)
from lintseq_datasets.mapping.keeping import as_keep_columns
from lintseq_datasets.samplers.option_checks import check_choice, check_text, names_checked


@names_checked
@dataclass(frozen=True, slots=True)
class Writing:
    """How rows are written.

    Args:
        output_format: ``"default"`` (the columns of `FEATURES`), ``"conversational"``
            (the same with chat messages as prompt and completion) or ``"pylintseq"``
            (the columns of the published package; rows without a sequence are left out,
            as it has no column that could say why). With another ``start`` than
            ``"empty"`` there is a column ``state``, and the state is part of the prompt.
        edit_format: The form in which the edits stand in the training text, by name:
            ``"diff"`` (unified diffs without context), ``"context_diff"``,
            ``"search_replace"``, ``"apply_patch"``, ``"anchored"``, ``"numbered"`` or
            ``"whole"``; see ``docs/edit-formats.md``. The column ``edits`` holds unified diffs
            in any case.
        on_error: What becomes of a row that gives no sequence. ``"record"``: a row whose
            ``status`` says why. ``"skip"``: no row. ``"raise"``: a `RowError`.
        keep_columns: Columns of the source to keep beside those of the output, by name; True
            for all that are not read, False for none. None: in runs over whole datasets
            (`refactor`, jobs) what `prepare` adds (``license``, ``source``, ``source_id``), where
            the source is a prepared dataset; otherwise none.
        source_file: Value of the column of that name with ``output_format="pylintseq"``.
        tools: With ``output_format="tool_calls"``, what is called: ``"editor"`` (``create``,
            ``insert`` and ``str_replace``), ``"str_replace"`` (without ``insert``) or
            ``"apply_patch"``.
        tool_answers: There, what a tool answers: a ``"short"`` sentence, or the ``"file"`` with
            numbers of lines.
        file_name: There, the name of the file.
        done: There, what the assistant says in a last message, such as ``"Done."``; empty for no
            such message.
    """

    output_format: OutputFormat = "default"
    edit_format: str = "diff"
    on_error: OnError = "record"
    keep_columns: KeepColumns = None
    source_file: str = ""
    tools: Tools = "editor"
    tool_answers: ToolAnswers = "short"
    file_name: str = "program.py"
    done: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "keep_columns", as_keep_columns(self.keep_columns))
        check_choice("on_error", self.on_error, get_args(OnError))
        check_text("source_file", self.source_file)
        check_choice("tools", self.tools, get_args(Tools))
        check_choice("tool_answers", self.tool_answers, get_args(ToolAnswers))
        check_text("file_name", self.file_name, "the name of a file")
        edit_form(f"apply_patch:{self.file_name}")
        edit_form(self.edit_format)
        check_text("done", self.done)
