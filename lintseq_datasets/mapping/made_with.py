"""How a row was made, as a short text that is the same in all rows of a run.

Whatever becomes of a dataset, its rows can say it: after `filter`, in a Parquet file, in another
program. Only what differs from the defaults is said, and nothing of time, place or machine:

>>> from lintseq_datasets.mapping.columns import Columns
>>> from lintseq_datasets.mapping.plan import Plan
>>> from lintseq_datasets.samplers.config import LintSeqConfig
>>> plan = Plan(LintSeqConfig(num_samples=2))
>>> text = made_with(plan, Columns(None, "code"), "pylint 4.1.4 python 3.11")
>>> made = json.loads(text)
>>> made["method"], made["linter"], made["config"], made["columns"]
('lintseq', 'pylint 4.1.4 python 3.11', {'num_samples': 2}, {'program': 'code'})
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from lintseq_datasets.languages.base import LANGUAGES, Language, load_language
from lintseq_datasets.mapping.columns import Columns
from lintseq_datasets.mapping.options import Reading, RevisionReading, as_options
from lintseq_datasets.mapping.plan import Plan
from lintseq_datasets.mapping.versions import data_versions
from lintseq_datasets.mapping.writing import Writing
from lintseq_datasets.samplers.config import (
    LintSeqConfig,
    RandSeqConfig,
    RevisionConfig,
    SamplerConfig,
)

MADE_WITH = "made_with"
"""The column."""

_VERSIONS = ("lintseq-datasets", "algorithm", "python")  # that of the linter is in its name
_CONFIGS: dict[str, type[SamplerConfig]] = {
    "lintseq": LintSeqConfig,
    "randseq": RandSeqConfig,
    "revision": RevisionConfig,
    "random_revision": RevisionConfig,
}
# What can be seen, of the rows or as what was read.
_SEEN = {
    "instruction_column", "program_column", "state_column", "before_column", "after_column",
    "output_format", "on_error", "keep_columns", "source_file",
}  # fmt: skip
_LONGEST = 20_000  # characters; no run is told how to do so much


def made_with(plan: Plan, columns: Columns | None, linter: str) -> str:
    """How the rows of a run are made.

    Args:
        plan: How rows are read, sampled and written.
        columns: The columns that are read, where they are known.
        linter: Name and version of the linter; empty if there is none.

    Returns:
        JSON: ``lintseq-datasets``, ``algorithm`` and ``python`` (versions), ``method``,
        ``linter``, ``config`` and ``options`` (what differs from the defaults, but for options that
        show in the rows) and ``columns``.
    """
    versions = dict(data_versions())
    options = {
        **_differing(plan.reading, type(plan.reading)()),
        **_differing(plan.writing, Writing()),
    }
    made: dict[str, Any] = {
        **{name: versions[name] for name in _VERSIONS},
        "method": plan.method,
        "linter": linter,
        "config": named_config(plan.config, linter, _chosen(plan.config)),
        "options": {name: options[name] for name in options if name not in _SEEN},
        "columns": columns and {what: name for what, name in columns._asdict().items() if name},
    }
    # Nothing empty and no spaces: the text stands in every row.
    return json.dumps({name: value for name, value in made.items() if value}, separators=(",", ":"))


def named_config(
    config: SamplerConfig, linter: str, values: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The fields of a configuration as plain values; a linter that is an object, by its name.

    Args:
        config: The configuration.
        linter: Name and version of the linter.
        values: Some of its fields; all by default.
    """
    values = dict(as_options(config) if values is None else values)
    # The usual linter of the language by its name, as it may be another one in another version. An
    # object by the name that it has for itself, since JSON holds no objects.
    if "linter" in values and not isinstance(config, RandSeqConfig):
        values["linter"] = config.judge if isinstance(config.judge, str | None) else linter
    return values


def read_made_with(text: object) -> dict[str, Any] | None:
    """What a value of the column says, if it is one.

    Args:
        text: Any value: people and programs may have changed it.

    Returns:
        ``method``, ``linter``, ``config``, ``options``, ``columns`` and ``versions``. What was
        left out as the default is there if that default is known: that of this version.
    """
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("method"), str):
        return None
    parts = {name: found.get(name, {}) for name in ("config", "options", "columns")}
    versions = {name: found.get(name, "") for name in _VERSIONS}
    linter = found.get("linter", "")
    if not isinstance(linter, str) or not all(map(_is_plain, (versions, *parts.values()))):
        return None
    parts["columns"] = {
        what: str(parts["columns"][what]) for what in Columns._fields if what in parts["columns"]
    }
    # Another version may have had other defaults, so what it left out is not known.
    if all(versions[name] == dict(data_versions())[name] for name in _VERSIONS[:2]):
        parts = _with_defaults(found["method"], **parts)
    return {"method": found["method"], "linter": linter, "versions": versions, **parts}


def language_in(how: Mapping[str, Any] | None) -> Language:
    """The language of the programs of rows that were made in some way; Python if none is said.

    Args:
        how: What `read_made_with` gives.

    >>> language_in({"config": {"language": "go"}}).title, language_in(None).title
    ('Go', 'Python')
    """
    # A text that somebody changed may name anything.
    name = None if how is None else how["config"].get("language")
    return load_language(name if name in LANGUAGES else LANGUAGES[0])


def count_made_with(column: Any) -> Counter[str]:
    """How many rows say each text; the empty one stands for those that say none.

    Args:
        column: The column, as Arrow has it.
    """
    counts: Counter[str] = Counter()
    for entry in column.value_counts().to_pylist():
        text = entry["values"]
        counts[text if isinstance(text, str) else ""] += entry["counts"]
    return counts


def in_few_words(how: Mapping[str, Any]) -> str:
    """A way to make rows, for a table: its method, linter, language, and what is often chosen.

    Args:
        how: What `read_made_with` gives.

    >>> how = {"method": "randseq", "linter": "", "config": {"num_samples": 5, "seed": 0}}
    >>> in_few_words(how)
    'randseq, s = 5, seed = 0'
    >>> in_few_words({**how, "config": {"language": "go"}})
    'randseq, Go'
    """
    config, language = how["config"], language_in(how)
    names = {"num_samples": "s", "seed": "seed"}
    chosen = [f"{short} = {config[name]}" for name, short in names.items() if name in config]
    title = "" if language.name == LANGUAGES[0] else language.title
    return ", ".join(filter(None, (how["method"], how["linter"], title, *chosen)))


def _chosen(config: SamplerConfig) -> dict[str, Any]:
    """The fields that differ from the defaults."""
    chosen = _differing(config, type(config)())
    # Whether it is named or not, the first linter of a language is the same.
    if not isinstance(config, RandSeqConfig):
        usual = load_language(config.language).linters[:1]
        if usual == (config.judge,):
            chosen.pop("linter", None)
    return chosen


def _differing(value: Any, default: Any) -> dict[str, Any]:
    given, usual = as_options(value), as_options(default)
    return {name: given[name] for name in given if given[name] != usual[name]}


def _with_defaults(
    method: str, config: dict[str, Any], options: dict[str, Any], columns: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    kind = _CONFIGS.get(method)
    usual = {field.name: field.default for field in fields(kind)} if kind else {}
    reading = RevisionReading() if kind is RevisionConfig else Reading()
    others = {**as_options(reading), **as_options(Writing())}
    others = {name: others[name] for name in others if name not in _SEEN}
    return {"config": {**usual, **config}, "options": {**others, **options}, "columns": columns}


def _is_plain(values: Any) -> bool:
    """Whether this is a dictionary of texts, numbers and lists of texts."""
    if not isinstance(values, dict):
        return False
    return all(
        isinstance(value, str | int | float | None)
        or (isinstance(value, list) and all(isinstance(one, str) for one in value))
        for value in values.values()
    )
