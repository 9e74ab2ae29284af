"""The options that say how rows are written, each said once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from lintseq_datasets.edits.formats import edit_form
from lintseq_datasets.edits.formats.fim import FimMarkers
from lintseq_datasets.edits.training_text import DIFF_TOKEN
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.mapping.choices import (
    KeepColumns,
    OnError,
    OutputFormat,
    ToolAnswers,
    Tools,
)
from lintseq_datasets.mapping.keeping import as_keep_columns
from lintseq_datasets.samplers.option_checks import (
    check_bool,
    check_choice,
    check_int,
    check_text,
    names_checked,
)


@names_checked
@dataclass(frozen=True, slots=True)
class Writing:
    """How rows are written.

    Args:
        output_format: ``"default"`` (the columns of `FEATURES`), ``"conversational"``
            (the same with chat messages as prompt and completion), ``"tool_calls"`` (each edit
            is the call of a tool), ``"next_edit"`` (a row for each edit, with the state before
            it in the prompt), ``"fim"`` (a row for each hunk, as prefix, suffix and middle) or
            ``"pylintseq"`` (the columns of the published package; rows without a sequence are
            left out, as it has no column that could say why). With another ``start`` than
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
        done: With ``"tool_calls"`` and ``"next_edit"``, what is said when the program is complete,
            such as ``"Done."``, in a last message or a last row; empty for none.
        edits_per_row: With ``output_format="next_edit"``, the edits of a row; the last one of a
            sequence may have fewer.
        edits_so_far: There, whether the prompt holds the edits before these, too.
        conversational: There, whether prompt and completion are chat messages.
        fim_markers: With ``output_format="fim"``, the model family whose markers there are:
            ``"starcoder"``, ``"codellama"``, ``"qwen2.5-coder"`` or another of
            `lintseq_datasets.edits.formats.fim.FIM_FAMILIES`; or the prompt itself, such as
            ``"<PRE>{prefix}<SUF>{suffix}<MID>"``.
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
    edits_per_row: int = 1
    edits_so_far: bool = False
    conversational: bool = False
    fim_markers: str = "starcoder"

    def __post_init__(self) -> None:
        # In one form, so that a list and a tuple of the same names are the same option.
        object.__setattr__(self, "keep_columns", as_keep_columns(self.keep_columns))
        check_choice("on_error", self.on_error, get_args(OnError))
        check_text("source_file", self.source_file)
        check_choice("tools", self.tools, get_args(Tools))
        check_choice("tool_answers", self.tool_answers, get_args(ToolAnswers))
        check_text("file_name", self.file_name, "the name of a file")
        # Asked of the one form that holds a name, so that what no patch can say is refused now.
        try:
            edit_form(f"apply_patch:{self.file_name}")
        except ConfigError:
            problem = f"{self.file_name!r} is no name of a file: give one such as 'main.py'"
            raise ConfigError("file_name", problem) from None
        # For its error where there is no such form; likewise the markers below.
        edit_form(self.edit_format)
        check_text("done", self.done)
        if DIFF_TOKEN in self.done:
            raise ConfigError("done", f"{DIFF_TOKEN} begins an edit: choose another text")
        check_int("edits_per_row", self.edits_per_row, 1)
        check_bool("edits_so_far", self.edits_so_far)
        check_bool("conversational", self.conversational)
        FimMarkers.of(self.fim_markers)
