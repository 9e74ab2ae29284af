"""Who judges: texts in, for each of them its errors, or why there is no verdict.

`base` is the protocol, and all that samplers see. Each linter is a module, and `loading` makes one
from its name. `command` is any command, and `worker` asks tools in processes of their own.

Imports run from here to `lintseq_datasets.languages` and what is above it; a linter is imported
when it is asked for. Never here: what is done with a verdict, or a run of the code that is judged.
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
