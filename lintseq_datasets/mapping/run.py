"""What a run over a dataset is told, and the mapper that does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from lintseq_datasets.errors import ConfigError, LinterError
from lintseq_datasets.linters import BatchLinter, load_linter
from lintseq_datasets.mapping.accounting import AUDIT_COLUMNS, Accounting
from lintseq_datasets.mapping.answers import ExtractCode
from lintseq_datasets.mapping.columns import Columns, find_columns
from lintseq_datasets.mapping.mappers import (
    Batch,
    OnError,
    OutputFormat,
    failed_row,
    features_of,
    lintseq_map,
    randseq_map,
)
from lintseq_datasets.mapping.output import check_format
from lintseq_datasets.mapping.provenance import record_provenance
from lintseq_datasets.mapping.versions import VersionedFunction
from lintseq_datasets.samplers.config import LintSeqConfig, RandSeqConfig

if TYPE_CHECKING:
    from datasets import Features

COUNTED = ("status", "sample_index", "num_edits", *AUDIT_COLUMNS)
"""Columns that tell what became of the rows."""


_ROWS_OF_A_BATCH = 1000
_ROWS_WITHOUT_LINTER = 100


@dataclass(frozen=True, slots=True)
class Run:
    """How the rows of a dataset are to be refactored.

    Args:
        config: Configuration of the sampler.
        num_proc: Processes.
        batch_size: Rows in a call of the mapper.
        instruction_column: See `lintseq_datasets.lintseq_map`, also for the others.
        program_column: Column of the program.
        extract_code: How programs are found in chat answers.
        output_format: Columns of the output.
        on_error: What becomes of a row that gives no sequence.
        source_file: Value of the column of that name in the format ``pylintseq``.
        state_column: Column of the state to start from.
    """

    config: LintSeqConfig | RandSeqConfig
    num_proc: int | None
    batch_size: int
    instruction_column: str | None
    program_column: str | None
    extract_code: ExtractCode
    output_format: OutputFormat
    on_error: OnError
    source_file: str
    state_column: str | None = None

    def __post_init__(self) -> None:
        check_format(self.output_format, self.config.start)
        for name, choices in (
            ("extract_code", ("auto", "markdown", None)),
            ("on_error", ("record", "skip", "raise")),
        ):
            value = getattr(self, name)
            if value not in choices:
                raise ConfigError(name, f"{value!r} is none of {', '.join(map(repr, choices))}")

    @property
    def method(self) -> str:
        """``lintseq`` or ``randseq``."""
        return "lintseq" if isinstance(self.config, LintSeqConfig) else "randseq"

    @property
    def mapper(self) -> VersionedFunction[..., dict[str, list[Any]]]:
        """The function for `datasets.Dataset.map`."""
        return lintseq_map if self.method == "lintseq" else randseq_map

    @property
    def linter(self) -> str:
        """Name and version of the linter; loads it, so that it is missed before the run."""
        config = self.config
        if not isinstance(config, LintSeqConfig):
            return ""
        return load_linter(config.linter, errors=config.errors, imports=config.imports).name

    @property
    def all_options(self) -> dict[str, Any]:
        """Options that change the output, apart from the configuration of the sampler."""
        return {**self.options, "output_format": self.output_format, "on_error": self.on_error}

    @property
    def options(self) -> dict[str, Any]:
        """What the mapper is told about the rows."""
        return {
            "instruction_column": self.instruction_column,
            "program_column": self.program_column,
            "extract_code": self.extract_code,
            **({"state_column": self.state_column} if self.config.start == "given" else {}),
        }

    @property
    def features(self) -> Features:
        """Columns of the output."""
        return features_of(self.output_format, self.config.start)

    @property
    def description(self) -> str:
        """What a progress bar says."""
        return f"Sampling edit sequences ({self.method})"

    @property
    def counting_mapper(
        self,
    ) -> tuple[VersionedFunction[..., dict[str, list[Any]]], dict[str, Any]]:
        """A mapper that gives rows for everything, so that everything can be counted.

        Returns:
            The function and its keyword arguments. In the format ``pylintseq`` it takes
            the numbers of the rows too, and adds the columns `COUNTED`.
        """
        kwargs = {
            "config": self.config,
            **self.options,
            "on_error": "raise" if self.on_error == "raise" else "record",
        }
        if self.output_format == "pylintseq":
            kwargs.update(method=self.method, source_file=self.source_file)
            return _pylintseq_rows, kwargs
        return self.mapper, {**kwargs, "output_format": self.output_format}

    @property
    def counted_features(self) -> Features:
        """Columns that the `counting_mapper` gives."""
        from datasets import Features

        features = self.features
        if self.output_format != "pylintseq":
            return features
        counted = features_of()
        return Features({**features, **{name: counted[name] for name in COUNTED}})

    def failed(self, batch: Batch, problem: LinterError, linter: str) -> dict[str, list[Any]]:
        """What the `counting_mapper` would give for one row that failed.

        Args:
            batch: Columns by name, each with one value.
            problem: Why there is no sequence.
            linter: Name and version of the linter.
        """
        rows = failed_row(
            batch,
            problem,
            method=self.method,
            linter=linter,
            instruction_column=self.instruction_column,
            program_column=self.program_column,
            state_column=self.state_column,
            output_format="default" if self.output_format == "pylintseq" else self.output_format,
            start=self.config.start,
        )
        if self.output_format != "pylintseq":
            return rows
        empty: dict[str, list[Any]] = {
            "edit_path": [[]],
            "index": [-1],
            "source_file": [self.source_file],
        }
        texts = {"source_instruction": [""], "source_response": [""]}
        return {**empty, **texts, **{name: rows[name] for name in COUNTED}}

    def record(self, result: Any, source: Any, accounting: Accounting | None) -> None:
        """Let the result remember how it was made."""
        record_provenance(
            result,
            source,
            method=self.method,
            config=self.config,
            linter=self.linter,
            options=self.all_options,
            accounting=accounting,
        )

    def check_columns(self, available: Sequence[str]) -> Columns:
        """Find the columns of the source."""
        named = (self.instruction_column, self.program_column, self.state_column)
        return find_columns(available, *named, start=self.config.start)


def rows_at_once(config: LintSeqConfig | RandSeqConfig) -> int:
    """Rows that a worker gets at once, unless the user says how many.

    A linter that judges one program after another gains nothing from more than one, and
    then a row that ends its worker is known at once. One that judges many in a call may
    say in an attribute ``batch_rows`` how many programs it is best sampled with.

    Args:
        config: Choices of the sampler.
    """
    if isinstance(config, RandSeqConfig):
        return _ROWS_WITHOUT_LINTER
    linter = load_linter(config.linter, errors=config.errors, imports=config.imports)
    if isinstance(linter, BatchLinter):
        return int(getattr(linter, "batch_rows", _ROWS_OF_A_BATCH))
    return 1


@VersionedFunction
def _pylintseq_rows(
    batch: Batch, indices: Sequence[int], *, method: str, source_file: str, **options: Any
) -> dict[str, list[Any]]:
    """Rows of the output format ``pylintseq``, and columns to count them by."""
    rows = (lintseq_map if method == "lintseq" else randseq_map)(batch, **options)
    named = (options.get("instruction_column"), options.get("program_column"))
    columns = find_columns(list(batch), *named)
    sources = [row - 1 for row in accumulate(int(index <= 0) for index in rows["sample_index"])]
    # The last part of an instruction is its context, where there is one.
    parts = [batch[name] for name in (columns.context, columns.instruction) if name is not None]
    endings = [next((part[row] for part in parts if part[row]), "") for row in sources]
    return {
        "edit_path": rows["edits"],
        "index": [indices[row] for row in sources],
        "source_file": [source_file] * len(sources),
        "source_instruction": [
            # The prompt is the instruction with a newline at its end.
            prompt if ending.endswith("\n") else prompt.removesuffix("\n")
            for prompt, ending in zip(rows["prompt"], endings, strict=True)
        ],
        "source_response": [
            batch[columns.program][row] if index >= 0 else ""
            for row, index in zip(sources, rows["sample_index"], strict=True)
        ],
        **{name: rows[name] for name in COUNTED},
    }
