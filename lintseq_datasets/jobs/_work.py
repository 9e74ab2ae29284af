"""What the workers of a job are told, and what its rows depend on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from lintseq_datasets.errors import LinterError, LintSeqError
from lintseq_datasets.jobs._piece import PieceColumns, Rows
from lintseq_datasets.mapping.made_with import named_config
from lintseq_datasets.mapping.mappers import lintseq_map, randseq_map
from lintseq_datasets.mapping.run import Run
from lintseq_datasets.mapping.versions import versions_beside_linter
from lintseq_datasets.samplers.config import RandSeqConfig, SamplerConfig

_LIMIT_FACTOR = 10.0  # the linters' own time limits are meant to come first
_LIMIT_MARGIN = 60.0
_TINY = {"code": ["x = 1\nprint(x)\n"]}


@dataclass(frozen=True, slots=True)
class Work:
    """What the workers do.

    Args:
        function: Takes columns and the numbers of the rows, and gives columns.
        kwargs: Its keyword arguments.
        raises: Whether a row that failed ends the job.
        failed: Gives the output of one row that failed.
        limit: Processor seconds for a piece, past which its worker is ended.
        warm_up: Called by a worker before its first piece, so that what is loaded only
            once counts for no piece.
    """

    function: Callable[..., Rows]
    kwargs: Mapping[str, Any]
    raises: bool
    failed: Callable[[PieceColumns, LinterError], Rows]
    limit: float
    warm_up: Callable[[], object]

    def pickled(self) -> bytes:
        """What a worker is told first; classes of a script are pickled by value."""
        import dill

        # What a worker needs, and no more: what becomes of a row that failed is done in the parent.
        told = (self.function, dict(self.kwargs), self.limit, self.warm_up)
        content: bytes = dill.dumps(told)
        return content


def identity_of(run: Run, linter: str) -> dict[str, Any]:
    """Everything that the output of a row depends on, as plain values.

    Args:
        run: How rows are refactored.
        linter: Name and version of the linter.
    """
    return {
        "method": run.plan.method,
        "config": named_config(run.config, linter),
        "linter": linter,
        "options": run.plan.options(),
        "versions": dict(versions_beside_linter(run.config.language)),
    }


def work_of(run: Run, linter: str, row_seconds: float | None) -> Work:
    """What the workers do.

    Args:
        run: How rows are refactored.
        linter: Name and version of the linter.
        row_seconds: Processor seconds for the rows that a worker gets at once, past which
            it is ended; None for a limit that no linter reaches that can be interrupted.
    """
    function, kwargs = run.counting_mapper
    # A `RandSeqConfig` has no limit of its own, as it asks nobody: the margin is all there is.
    if row_seconds is None:
        budget = getattr(run.config, "time_limit", 0.0)
        row_seconds = _LIMIT_FACTOR * budget + _LIMIT_MARGIN
    return Work(
        function,
        kwargs,
        raises=run.plan.writing.on_error == "raise",
        failed=lambda columns, problem: run.failed(columns, problem, linter),
        limit=row_seconds,
        warm_up=partial(warm_up, run.config),
    )


def warm_up(config: SamplerConfig) -> None:
    """Load what is loaded once in a process: refactor a program of no row.

    A linter of the user's is left alone, as nobody knows what it does with that program.
    """
    with contextlib.suppress(LintSeqError, OSError):  # the rows will tell
        if isinstance(config, RandSeqConfig) or not isinstance(config.judge, str):
            randseq_map(_TINY, num_samples=1, language=config.language)
        else:
            lintseq_map(
                _TINY,
                num_samples=1,
                language=config.language,
                linter=config.judge,
                errors=config.errors,
                imports=config.imports,
            )
