"""What the options that were given say, as values of the library."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from lintseq_datasets.cli._linter_command import command_linter
from lintseq_datasets.languages.base import load_language
from lintseq_datasets.samplers.config import LintSeqConfig, RandSeqConfig, RevisionConfig

if TYPE_CHECKING:
    from datasets import Dataset

    from lintseq_datasets.files.sources import SourceSplit
    from lintseq_datasets.mapping.choices import KeepColumns


def lintseq_config(given: dict[str, Any]) -> LintSeqConfig:
    make = LintSeqConfig.reference if given["reference"] else LintSeqConfig
    names = (
        "num_samples",
        "seed",
        "unique",
        "start",
        "language",
        "linter",
        "imports",
        "time_limit",
        "max_lines",
        "audit",
    )
    # None leaves it to the configuration, whose default may be another one with --reference.
    options = {name: given[name] for name in names if given[name] is not None}
    if (command := command_linter(given)) is not None:
        options["linter"] = command
    return make(**options)


def randseq_config(given: dict[str, Any]) -> RandSeqConfig:
    return RandSeqConfig(
        **{name: given[name] for name in ("num_samples", "seed", "unique", "start", "language")}
    )


def revision_config(given: dict[str, Any]) -> RevisionConfig:
    drawing = ("num_samples", "seed", "unique", "language")
    if given["random"]:
        return RevisionConfig(linter=None, **{name: given[name] for name in drawing})
    names = (*drawing, "imports", "time_limit", "max_lines", "audit")
    chosen = {name: given[name] for name in names if given[name] is not None}
    # None would be the ablation without a linter.
    linter = command_linter(given) or given["linter"] or "auto"
    return RevisionConfig(linter=linter, **chosen)


def read_split(given: dict[str, Any], **more: Any) -> SourceSplit:
    from lintseq_datasets.files.sources import read_source

    names = ("split", "config_name", "revision")
    options = {name: given[name] for name in names}
    if "language" in given:
        options["suffixes"] = load_language(given["language"]).suffixes
    return read_source(given["source"], **options, **more)


def reading_options(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "instruction_column": given["instruction_column"],
        "program_column": given["program_column"],
        "state_column": given["state_column"],
        "extract_code": None if given["extract_code"] == "none" else given["extract_code"],
        **{name: given[name] for name in ("fences", "turns", "history", "solutions")},
    }


def refactored(
    dataset: Dataset, config: LintSeqConfig | RandSeqConfig, given: dict[str, Any]
) -> Dataset:
    from lintseq_datasets.mapping.dataset import refactor

    return refactor(dataset, config, **reading_options(given))


def columns_to_keep(given: Mapping[str, Any], available: Collection[str]) -> KeepColumns:
    """What `KEEP_OPTIONS` say, as a value of the option ``keep_columns``.

    Args:
        given: Values of the options.
        available: Names of the columns that there are; they may hold commas.

    Raises:
        ConfigError: Both options are given.
    """
    from lintseq_datasets.errors import ConfigError

    if given["keep_all_columns"]:
        if given["keep_columns"]:
            raise ConfigError(
                "--keep-columns", "with --keep-all-columns, there is no more to name: leave it out"
            )
        return True
    names: list[str] = []
    for value in given["keep_columns"]:
        # One name as it is, or several with commas between them.
        names += [value] if value in available else filter(None, value.split(","))
    return names if given["keep_columns"] else None
