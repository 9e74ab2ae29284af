"""Linters behind one protocol, and how to get one by name.

Imports run from here to `lintseq_datasets.edits` and the errors; a linter is imported when it
is asked for. Never here: what is done with a verdict, or a run of the code that is judged.
"""

from __future__ import annotations

from lintseq_datasets.linters.base import BatchLinter, Linter, LintMessage, LintResult
from lintseq_datasets.linters.by_line import errors_by_line
from lintseq_datasets.linters.command import CommandLinter
from lintseq_datasets.linters.loading import LINTERS, load_linter

__all__ = [
    "LINTERS",
    "BatchLinter",
    "CommandLinter",
    "LintMessage",
    "LintResult",
    "Linter",
    "errors_by_line",
    "load_linter",
]
