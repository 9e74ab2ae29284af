"""A run over a whole dataset: what its mapper is told, and how its rows are counted.

What became of a row is known in the worker process that sampled it, and all that comes back from
there are rows. So while a run is counted, the mapper gives a row for everything. For example, with
``on_error="skip"`` and two samples of each program:

    program   from the mapper        in the output
    "n = 4"   2 rows, ``ok``         both
    "n ="     1 row, ``skipped:``    left out, and counted
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lintseq_datasets.errors import ColumnError, LinterError
from lintseq_datasets.linters import BatchLinter
from lintseq_datasets.mapping._sampling import linter_of
from lintseq_datasets.mapping.accounting import COUNTED, DONE_COLUMN, Accounting, own_column
from lintseq_datasets.mapping.cells import Batch, can_be_text
from lintseq_datasets.mapping.columns import Columns
from lintseq_datasets.mapping.keeping import kept_features
from lintseq_datasets.mapping.mappers import failed_row, planned_map
from lintseq_datasets.mapping.outputs import row_format
from lintseq_datasets.mapping.plan import Plan
from lintseq_datasets.mapping.records import write_provenance
from lintseq_datasets.mapping.writing import Writing
from lintseq_datasets.samplers.config import SamplerConfig

if TYPE_CHECKING:
    from datasets import Features

_logger = logging.getLogger(__name__)

_TEXT_TYPES = ("string", "large_string")
_ROWS_OF_A_BATCH = 1000  # for linters whose calls cost much more than a text
_ROWS_WITHOUT_LINTER = 100
_ROWS_IN_PARTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How the rows of a dataset are refactored.

    Rows that the output should not hold are left out after they are counted. If an output format
    has no columns to count by, there are columns of the run beside its own until then.

    Args:
        plan: What the mapper is told.
        num_proc: Processes.
        batch_size: Rows in a call of the mapper.
        columns: The columns of the source that are read, where they are known; see `on`.
        kept: The types of the columns that are kept, by name.
    """

    plan: Plan
    batch_size: int
    num_proc: int | None = None
    columns: Columns | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> SamplerConfig:
        """Configuration of the sampler."""
        return self.plan.config

    @property
    def linter(self) -> str:
        """Name and version of the linter; loads it, so that it is missed before the run."""
        linter = linter_of(self.config)
        return "" if linter is None else linter.name

    @property
    def features(self) -> Features:
        """Columns of the output."""
        from datasets import Features

        return Features({**self.plan.format.features(), **self.kept})

    def on(
        self,
        names: Sequence[str],
        features: Mapping[str, Any] | None,
        rows: Callable[[], Iterator[Mapping[str, Any]]],
    ) -> Run:
        """The run on a source whose columns are known, and say which are read and kept.

        Args:
            names: Names of all its columns.
            features: Their types, where they are known.
            rows: Gives the rows of the source.

        Raises:
            ColumnError: A column is missing, ambiguous, or of a type that is never text.
            ConfigError: A column is named that is not read, or one that cannot be kept.
        """
        plan = self.plan.keeping_as_usual(names)
        columns = plan.find_columns(names)
        kept = kept_features(plan.find_kept(names, columns), features, rows)
        if kept:
            _logger.info("columns kept: %s", ", ".join(map(repr, kept)))
            plan = replace(plan, writing=replace(plan.writing, keep_columns=tuple(kept)))
        self._check(names, features, columns)
        return replace(self, plan=plan, columns=columns, kept=kept)

    def _check(
        self, names: Sequence[str], features: Mapping[str, Any] | None, columns: Columns
    ) -> None:
        """Say which columns are read, and check that they can be."""
        taken = {what: name for what, name in columns._asdict().items() if name is not None}
        _logger.info("columns: %s", ", ".join(f"{what} from {taken[what]!r}" for what in taken))
        for what, name in taken.items():
            if what == "context":  # without a text it says nothing, such as a column of NaN
                continue
            # A column of numbers would give a run in which every row is skipped.
            if features is not None and not can_be_text(features[name]):
                problem = f"Column {name!r} holds {_type(features[name])}, not text: name another "
                raise ColumnError(f"{problem}for the {what}.", tuple(names))
        if features is not None and columns.instruction is None:
            _warn_of_lost_instruction(columns, features)

    @property
    def description(self) -> str:
        """What a progress bar says."""
        return f"Sampling edit sequences ({self.plan.method})"

    def map_arguments(self, *, counting: bool) -> dict[str, Any]:
        """What `datasets.Dataset.map` is told beside the function, `planned_map`.

        Args:
            counting: Whether rows are wanted for everything.
        """
        return {
            "with_indices": True,  # for messages, and for formats that have a column for it
            "batched": True,
            "batch_size": self.batch_size,
            # Given, as types that are inferred depend on the first rows: all may be None.
            "features": self.counted_features if counting else self.features,
            "fn_kwargs": self.counting_mapper[1] if counting else self._told,
        }

    @property
    def counting_mapper(self) -> tuple[Callable[..., dict[str, list[Any]]], dict[str, Any]]:
        """The function that gives rows for everything, and its keyword arguments."""
        return planned_map, {**self._told, "counting": True}

    @property
    def _told(self) -> dict[str, Any]:
        return {"plan": self.plan, "columns": self.columns}

    # --- counting ------------------------------------------------------------------------

    @property
    def counted_columns(self) -> dict[str, str]:
        """For each of `COUNTED` the column of the mapper that holds it."""
        own = self.plan.counts_apart
        return {name: own_column(name) if own else name for name in COUNTED}

    @property
    def counted_features(self) -> Features:
        """Columns that the mapper gives."""
        from datasets import Features, Value

        # The default format has all columns that are counted by, and says their types.
        types = row_format(Writing()).features()
        counted = {column: types[name] for name, column in self.counted_columns.items()}
        return Features({**self.features, **counted, DONE_COLUMN: Value("string")})

    @property
    def leaves_out(self) -> bool:
        """Whether rows without a sequence are not in the output."""
        return not self.plan.keeps_rows_without_sequence

    def failed(self, batch: Batch, problem: LinterError, linter: str) -> dict[str, list[Any]]:
        """What the mapper would give for one row that failed.

        Args:
            batch: Columns by name, each with one value.
            problem: Why there is no sequence.
            linter: Name and version of the linter.
        """
        return failed_row(batch, problem, plan=self.plan, linter=linter, columns=self.columns)

    def warn_of_rows_without_sequence(self, accounting: Accounting, num_rows: int) -> None:
        """Say that the output holds rows that are not to be trained on, if it does.

        Args:
            accounting: What became of the rows of the source.
            num_rows: How many rows there are in the output.
        """
        count = accounting.num_skipped + accounting.num_failed
        # The accounting counts a row of several programs once, and as sampled if one of them was.
        if self.plan.reading.divides_rows and self.plan.format.is_counted:
            count = num_rows - accounting.num_sequences  # one for each of several programs of a row
        if count and not self.leaves_out:
            text = (
                "rows without an edit sequence: %d, with None as their completion; leave them out "
                'before training, with only_ok(dataset) or on_error="skip"'
            )
            _logger.warning(text, count)

    def write_provenance(self, result: Any, source: Any, accounting: Accounting | None) -> None:
        """Let the result remember how it was made."""
        write_provenance(
            result,
            source,
            plan=self.plan,
            linter=self.linter,
            columns=self.columns,
            accounting=accounting,
        )


def rows_at_once(plan: Plan) -> int:
    """Rows that a worker gets at once, unless the user says how many.

    A linter that judges one program after another gains nothing from more than one, and
    then a row that ends its worker is known at once. One that judges many in a call may
    say in an attribute ``batch_rows`` how many programs it is best sampled with.

    Args:
        plan: How rows are read, sampled and written.
    """
    linter = linter_of(plan.config)
    rows = _ROWS_WITHOUT_LINTER if linter is None else 1
    if isinstance(linter, BatchLinter):
        rows = int(getattr(linter, "batch_rows", _ROWS_OF_A_BATCH))
    # A program may have a row for each of its lines, and each holds a state.
    return min(rows, _ROWS_IN_PARTS) if plan.format.has_parts else rows


def _type(feature: Any) -> str:
    return str(getattr(feature, "dtype", feature))


def _warn_of_lost_instruction(columns: Columns, features: Mapping[str, Any]) -> None:
    """Say so where rows have no instruction, and there are other texts that could be one."""
    if _type(features[columns.program]) not in _TEXT_TYPES:  # a conversation has its own
        return
    others = [name for name, feature in features.items() if _type(feature) in _TEXT_TYPES]
    others = [name for name in others if name not in (*columns, "path")]  # of a program's file
    if others:
        text = "no column is recognised as the instruction; these hold texts, too: %s"
        _logger.warning(
            text + " (name one with instruction_column=, or --instruction-column)",
            ", ".join(others),
        )
