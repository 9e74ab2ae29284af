"""What the workers of a job are told, and what its rows depend on."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from lintseq_datasets.jobs._pool import Work
from lintseq_datasets.run import Run
from lintseq_datasets.samplers.config import LintSeqConfig
from lintseq_datasets.versions import data_versions

_BATCHED_LINTERS = ("ruff", "pyflakes", "syntax")
_LIMIT_FACTOR = 10.0  # wall-clock seconds for a processor second, as the linters count
_LIMIT_MARGIN = 60.0


def identity_of(run: Run, linter: str) -> dict[str, Any]:
    """Everything that the output of a row depends on, as plain values.

    Args:
        run: How rows are refactored.
        linter: Name and version of the linter.
    """
    values = {field.name: getattr(run.config, field.name) for field in fields(run.config)}
    if not isinstance(values.get("linter", ""), str):
        values["linter"] = linter
    options = run.all_options
    if run.output_format == "pylintseq":  # the only one that holds it
        options = {**options, "source_file": run.source_file}
    return {
        "method": run.method,
        "config": values,
        "linter": linter,
        "options": options,
        "versions": dict(data_versions()),
    }


def work_of(run: Run, linter: str, row_seconds: float | None) -> Work:
    """What the workers do.

    Args:
        run: How rows are refactored.
        linter: Name and version of the linter.
        row_seconds: Wall-clock seconds after which a worker is held to hang; None for a
            limit that no linter reaches that can be interrupted.
    """
    function, kwargs = run.counting_mapper
    if row_seconds is None:
        budget = run.config.time_limit if isinstance(run.config, LintSeqConfig) else 0.0
        row_seconds = _LIMIT_FACTOR * budget + _LIMIT_MARGIN
    return Work(
        function,
        kwargs,
        with_indices=run.output_format == "pylintseq",
        failed=lambda columns, problem: run.failed(columns, problem, linter),
        limit=row_seconds,
    )


def rows_at_once(run: Run, most: int) -> int:
    """Rows that a worker gets at once.

    A linter that judges one program after another gains nothing from more than one, and
    then a row that ends its worker is known at once.

    Args:
        run: How rows are refactored.
        most: An upper limit besides the ``batch_size`` of the run.
    """
    config = run.config
    if isinstance(config, LintSeqConfig) and config.linter not in _BATCHED_LINTERS:
        return 1
    return max(1, min(run.batch_size, most))
