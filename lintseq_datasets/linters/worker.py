"""Linters that are worker processes: one JSON line a text in, one line out.

A worker says hello first, and then answers text after text::

    <- {"hello": "php", "version": "8.3.6", "problem": null}
    -> {"id": 1, "text": "<?php f();"}
    <- {"id": 1, "errors": []}
    -> {"id": 2, "text": "<?php f("}
    <- {"id": 2, "errors": [["syntax", 1, 0, "unexpected end of file"]]}
    <- {"id": 3, "failed": "stack overflow"}

So a hang or a death names its text: that is the first one without an answer. The worker is
started anew, and the text is asked once more, as anything may have ended the worker; if that ends
it, too, there is no verdict on the text.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from lintseq_datasets.linters.base import LintMessage, LintResult
from lintseq_datasets.linters.launch import Launch

SYNTAX = "syntax"
"""The id of syntax errors, which always count."""

_FINDERS = ("PATH", "LINTSEQ_TYPESCRIPT")  # variables of the environment that tools are found by


@dataclass(frozen=True, slots=True)
class WorkerLinter:
    """Judges texts in a worker process, which is kept, one for each process that asks.

    It has a clean environment, an empty working directory of its own, writes no files and ends
    with whoever asks. What a text may cost is counted in processor time and memory of the worker.

    Args:
        tool: ``"tsc"``, ``"deno"``, ``"go"``, ``"javac"``, ``"php"`` or ``"ruby"``.
        errors: Ids that count as errors, or prefixes of ids, beside syntax errors. None: all do,
            but for missing returns in TypeScript.
        time_limit: Processor seconds for one text, past which there is no verdict.

    Raises:
        MissingExtraError: The tool is not installed.
        ConfigError: It is, and cannot be used.
    """

    tool: str
    errors: tuple[str, ...] | None = None
    time_limit: float = 10.0

    def __post_init__(self) -> None:
        _launch_of(self.tool)

    @property
    def name(self) -> str:
        """``php 8.3.6``, with what differs from the defaults.

        Raises:
            ConfigError: The tool is there, and does not work.
        """
        from lintseq_datasets.linters._workers import worker_version

        name = f"{self.tool} {worker_version(self.tool, _launch_of(self.tool))}"
        return name if self.errors is None else f"{name} errors={','.join(self.errors)}"

    @property
    def syntax_ids(self) -> tuple[str, ...]:
        """See `lintseq_datasets.linters.base.Linter`."""
        return (SYNTAX,)

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.Linter`.

        Raises:
            OSError: The worker cannot be started.
        """
        from lintseq_datasets.linters._workers import worker_of

        launch = _launch_of(self.tool)
        return [
            tuple(message for message in result if self._counts(message, launch))
            if isinstance(result, tuple)
            else result
            for result in worker_of(self.tool, launch).ask(texts, self.time_limit)
        ]

    def lint_batch(self, texts: Sequence[str], parses: Sequence[bool]) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.BatchLinter`.

        Raises:
            OSError: The worker cannot be started.
        """
        return self.lint(texts)

    def _counts(self, message: LintMessage, launch: Launch) -> bool:
        if self.errors is None:
            return message.id not in launch.left_out
        return message.id.startswith((*self.errors, SYNTAX))


def _launch_of(tool: str) -> Launch:
    # Remembered by what it was found by, so that a change of PATH has an effect.
    return _launch_found_by(tool, *map(os.environ.get, _FINDERS))


@lru_cache(maxsize=16)  # to look for a tool can take longer than to judge with it
def _launch_found_by(tool: str, *_values: str | None) -> Launch:
    module = importlib.import_module(f"lintseq_datasets.linters.workers.{tool}")
    launch: Launch = module.launch()
    return launch
