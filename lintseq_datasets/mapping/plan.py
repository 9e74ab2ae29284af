"""What a mapper is told, as one frozen value, and how it is made of keyword arguments.

A `Plan` has three parts: the configuration of the sampler (`LintSeqConfig`, `RandSeqConfig` or, for
programs in two versions, `RevisionConfig`), `Reading` or `RevisionReading`, and `Writing`. A caller
gives all their fields as plain keyword arguments, and `plan_of` divides them:

    lintseq_map(batch, num_samples=2, program_column="code", output_format="conversational")
                       LintSeqConfig  Reading                Writing
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from lintseq_datasets.errors import ConfigError, did_you_mean
from lintseq_datasets.mapping.columns import Columns
from lintseq_datasets.mapping.keeping import find_kept, usually_kept
from lintseq_datasets.mapping.options import Reading, RevisionReading, as_options
from lintseq_datasets.mapping.outputs import RowFormat, foreign_options, row_format
from lintseq_datasets.mapping.writing import Writing
from lintseq_datasets.samplers.config import (
    LintSeqConfig,
    RandSeqConfig,
    RevisionConfig,
    SamplerConfig,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a mapper is told: how rows are read, sampled and written.

    Args:
        config: Configuration of the sampler.
        reading: How rows are read.
        writing: How rows are written.

    Raises:
        ConfigError: These do not go together.
    """

    config: SamplerConfig
    reading: Reading | RevisionReading = field(default=Reading())
    writing: Writing = field(default=Writing())

    def __post_init__(self) -> None:
        _ = self.format  # which refuses what does not go together, now and not at the first row

    @property
    def method(self) -> str:
        """That of the configuration, such as ``lintseq``."""
        return self.config.method

    @property
    def format(self) -> RowFormat:
        """The output format."""
        return row_format(self.writing, self.config.start, self.config.language)

    @property
    def keeps_rows_without_sequence(self) -> bool:
        """Whether a row that gives no sequence has a row in the output."""
        return self.writing.on_error != "skip" and self.format.tells_status

    @property
    def counts_apart(self) -> bool:
        """Whether the columns of the format do not tell what became of the rows of the source."""
        return self.reading.divides_rows or not self.format.is_counted

    @property
    def gives_row_for_row(self) -> bool:
        """Whether each row of the source becomes exactly one row of the output."""
        is_one = self.config.num_samples == 1 and not self.counts_apart
        return is_one and self.keeps_rows_without_sequence

    def find_columns(self, available: Sequence[str]) -> Columns:
        """The columns of a dataset that are read.

        Args:
            available: Names of the columns that there are.

        Raises:
            ColumnError: See `find_columns`.
            ConfigError: A column is named that is not read.
        """
        return self.reading.find_columns(available, self.config.start)

    def find_kept(self, available: Sequence[str], read: Collection[Any]) -> tuple[str, ...]:
        """The columns of a dataset that are kept.

        Args:
            available: Names of the columns that there are.
            read: Those that are read.

        Raises:
            ColumnError: See `lintseq_datasets.mapping.keeping.find_kept`.
            ConfigError: See there, too.
        """
        return find_kept(self.writing.keep_columns, available, read, self.format.types())

    def keeping_as_usual(self, available: Sequence[str]) -> Plan:
        """The plan of a run over a whole dataset, which says what is kept of it unless told.

        Args:
            available: Names of the columns that there are.
        """
        # The published package's columns are wanted as they are, by scripts that know no others.
        if self.writing.keep_columns is not None or not self.format.tells_status:
            return self
        kept = usually_kept(available)
        return replace(self, writing=replace(self.writing, keep_columns=kept)) if kept else self

    def options(self) -> dict[str, Any]:
        """What changes the output beside the configuration, as plain values by name."""
        reading, writing = as_options(self.reading), as_options(self.writing)
        if self.config.start != "given":
            reading.pop("state_column", None)
        if not self.format.tells_source_file:
            del writing["source_file"]
        # What other formats have options for says nothing of these rows.
        for name in foreign_options(type(self.format)):
            del writing[name]
        # As JSON has it, which knows no tuples.
        if isinstance(kept := writing["keep_columns"], tuple):
            writing["keep_columns"] = list(kept)
        return {**reading, **writing}


def plan_of(
    config: SamplerConfig | None,
    options: Mapping[str, Any],
    *,
    kinds: Sequence[type[SamplerConfig]] = (LintSeqConfig, RandSeqConfig, RevisionConfig),
    others: Iterable[str] = (),
) -> Plan:
    """What a mapper is told by a configuration and by keyword arguments.

    Args:
        config: Configuration of the sampler; None for the default one of the first kind.
        options: Fields of the configuration, which change it, and of `Reading` and `Writing`.
        kinds: Configurations that are taken.
        others: Options that the caller knows beside these, for its messages.

    Raises:
        ConfigError: There is no such option, or it has no usable value.
    """
    if config is not None and not isinstance(config, tuple(kinds)):
        names = " and no ".join(kind.__name__ for kind in kinds)
        raise ConfigError("config", f"{config!r} is no {names}")
    chosen = config or kinds[0]()
    reading = RevisionReading if isinstance(chosen, RevisionConfig) else Reading
    of_config, of_reading, of_writing = _divide(options, (type(chosen), reading, Writing), others)
    return Plan(replace(chosen, **of_config), reading(**of_reading), Writing(**of_writing))


def _divide(
    options: Mapping[str, Any], kinds: Sequence[type], others: Iterable[str]
) -> list[dict[str, Any]]:
    """Give each option to the class that has a field of its name."""
    names = [{field.name for field in fields(kind)} for kind in kinds]
    known = sorted({*others}.union(*names))
    for name in options:
        if not any(name in own for own in names):
            near = did_you_mean(name, known) or f"; there are: {', '.join(known)}"
            raise ConfigError(name, f"there is no such option with {kinds[0].__name__}{near}")
    return [{name: options[name] for name in own & options.keys()} for own in names]
