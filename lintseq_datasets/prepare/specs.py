"""Specifications: where a source or a benchmark is, and which of its columns hold what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from lintseq_datasets.errors import ConfigError, did_you_mean
from lintseq_datasets.mapping.choices import FENCES_OF_ONE, TURNS_OF_ONE, ExtractCode, Fences, Turns
from lintseq_datasets.samplers.option_checks import check_choice

_SEVERAL = {"data_files", "language", "prompt_columns", "solution_columns", "test_columns"}

_Spec = TypeVar("_Spec", "Source", "Benchmark")


@dataclass(frozen=True, slots=True)
class Source:
    """A dataset of instructions and programs, and which of its columns hold them.

    Args:
        path: Id of a dataset on the Hub; a file or a pattern of files (.jsonl, .json,
            .parquet, .csv; JSON also compressed: .gz, .bz2, .xz, .zst); a directory that
            `save_to_disk` wrote or `load_dataset` reads; or a `datasets.Dataset`.
        name: The value of the column ``source``; by default ``path``.
        data_files: Files, or a directory, to read instead, such as a copy of a dataset on the
            Hub. The source is still called by ``path``.
        split: Name of the split; needed if there are several.
        config_name: Configuration of a dataset on the Hub.
        revision: Revision of a dataset on the Hub.
        instruction_column: Column of the instruction. By default one of the usual names; it may
            be absent.
        program_column: Column of the program, or of the answer that holds it. By default one of
            the usual names.
        extract_code: ``"auto"``, ``"markdown"`` or None; see `extract_programs`.
        fences: See `extract_programs`, too.
        turns: See there.
        history: See there.
        license: License of the rows that have none of their own; by default that of the dataset
            card.
        license_column: Column with each row's own license; by default ``license`` or ``licenses``.
        language: Labels of languages. Rows with others are dropped; by default, if there is a
            ``language_column``, those that are not labelled as the language that is prepared.
        language_column: Column with these labels; by default ``lang``, ``language`` or
            ``programming_language``.
        id_column: Column that names a row; by default its number.

    >>> Source("ise-uiuc/Magicoder-OSS-Instruct-75K", language="python", license="mit").language
    ('python',)
    """

    path: Any
    _: KW_ONLY
    name: str = ""
    data_files: str | Sequence[str] | None = None
    split: str | None = None
    config_name: str | None = None
    revision: str | None = None
    instruction_column: str | None = None
    program_column: str | None = None
    extract_code: ExtractCode = "auto"
    fences: Fences = "join"
    turns: Turns = "last"
    history: bool = False
    license: str | None = None
    license_column: str | None = None
    language: str | Sequence[str] | None = None
    language_column: str | None = None
    id_column: str | None = None

    def __post_init__(self) -> None:
        _check_types(self)
        if self.extract_code not in ("auto", "markdown", None):
            problem = f"{self.extract_code!r} is none of 'auto', 'markdown', None"
            raise ConfigError("extract_code", problem)
        check_choice("fences", self.fences, FENCES_OF_ONE)
        check_choice("turns", self.turns, TURNS_OF_ONE)
        check_choice("history", self.history, (True, False))
        # The class is frozen, and its fields are assigned to once more here: always a tuple, which
        # readers need not tell from a single text.
        object.__setattr__(self, "language", names_in(self.language or ()))


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A dataset of tasks that training data must not hold.

    Args:
        path: What to read. This, ``name``, ``data_files``, ``config_name`` and ``revision``
            are as for `Source`.
        split: Name of the split to take; by default all splits.
        id_column: Column that names a task.
        prompt_columns: Columns of the prompts.
        solution_columns: Columns of canonical solutions.
        test_columns: Columns of tests.

    The columns of HumanEval, MBPP, EvalPlus, BigCodeBench, DS-1000, APPS and CodeContests are
    recognised.
    """

    path: Any
    _: KW_ONLY
    name: str = ""
    data_files: str | Sequence[str] | None = None
    split: str | None = None
    config_name: str | None = None
    revision: str | None = None
    id_column: str | None = None
    prompt_columns: str | Sequence[str] | None = None
    solution_columns: str | Sequence[str] | None = None
    test_columns: str | Sequence[str] | None = None

    def __post_init__(self) -> None:
        _check_types(self)
        for name in ("prompt_columns", "solution_columns", "test_columns"):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else names_in(value))


def names_in(value: str | Sequence[str]) -> tuple[str, ...]:
    """One name, or several."""
    return (value,) if isinstance(value, str) else tuple(value)


def _check_types(spec: Source | Benchmark) -> None:
    """Refuse values that are not text, such as the number in ``revision: 1`` of a recipe."""
    for field in fields(spec):
        value = getattr(spec, field.name)
        several = field.name in _SEVERAL and isinstance(value, (list, tuple))
        values = value if several else [value]
        if field.name not in ("path", "history") and not all(
            isinstance(one, str | None) for one in values
        ):
            raise ConfigError(field.name, f"{value!r} is no text")
    if isinstance(spec.path, Path):
        object.__setattr__(spec, "path", str(spec.path))
    elif spec.path is None or spec.path == "" or isinstance(spec.path, (int, float, list, tuple)):
        raise ConfigError("path", f"{spec.path!r} is no path, no id of a dataset and no dataset")


def as_spec(value: Any, kind: type[_Spec]) -> _Spec:
    """A source or benchmark from what can stand for one: itself, a path, a dataset, a mapping.

    Raises:
        ConfigError: A key of the mapping is unknown, or a value is of the wrong kind.
    """
    if isinstance(value, kind):
        return value
    # A `DatasetDict` is a mapping as well, of splits. Only datasets have `column_names`.
    if not isinstance(value, Mapping) or hasattr(value, "column_names"):
        return kind(value)
    known = [field.name for field in fields(kind)]
    for name in value:
        if name not in known:
            problem = f"a {kind.__name__.lower()} has {', '.join(known)}"
            raise ConfigError(str(name), f"{problem}{did_you_mean(name, known)}")
    if "path" not in value:
        raise ConfigError("path", f"a {kind.__name__.lower()} needs one: {dict(value)}")
    return kind(**value)


def as_specs(values: Any, kind: type[_Spec]) -> list[_Spec]:
    """Sources or benchmarks from one or several things that can stand for them."""
    # A text and a mapping can be iterated over, but stand for one source.
    is_one = isinstance(values, (str, Path, Mapping, Source, Benchmark))
    # A dataset is one thing as well, although its rows could be iterated over.
    several = [values] if is_one or hasattr(values, "column_names") else values
    if not isinstance(several, Iterable):
        what = "sources" if kind is Source else "benchmarks"
        raise ConfigError(what, f"{values!r} is no path, dataset or list of these")
    return [as_spec(value, kind) for value in several]


def parse_spec(text: str, kind: type[_Spec], **defaults: str | bool | None) -> _Spec:
    """A source or benchmark from its form on the command line.

    Args:
        text: The path with options behind it: ``path,option=value,option=value``. An option that
            is given twice has both values.
        kind: `Source` or `Benchmark`.
        **defaults: Options that hold unless the text has them.

    Raises:
        ConfigError: There is no such option.

    >>> found = parse_spec("rows.jsonl,program_column=code,license=mit", Source)
    >>> found.path, found.program_column, found.license
    ('rows.jsonl', 'code', 'mit')
    """
    # Not `path`, which stands in front: another one behind it would be left out without a word.
    known = [field.name for field in fields(kind) if field.name != "path"]
    # A path may hold commas: only one in front of what looks like an option ends it.
    path, *parts = re.split(r",(?=\w+=)", text)
    given: dict[str, list[str]] = {}
    for part in parts:
        option, value = part.split("=", 1)
        if option not in known:
            what = f"is no option behind the path of a {kind.__name__.lower()}; there are"
            raise ConfigError(option, f"{what} {', '.join(known)}{did_you_mean(option, known)}")
        given.setdefault(option, []).append(value)
    options: dict[str, Any] = {
        name: found if len(found) > 1 else found[0] for name, found in given.items()
    }
    options = {name: value for name, value in defaults.items() if value is not None} | options
    # On the command line everything is text, so None and truth have words of their own. Other
    # words go on as they are, and the specification refuses them.
    if options.get("extract_code") == "none":
        options["extract_code"] = None
    if isinstance(options.get("history"), str):
        options["history"] = {"true": True, "false": False}.get(
            options["history"].lower(), options["history"]
        )
    return as_spec({**options, "path": path}, kind)


def with_data_files(specs: Iterable[_Spec], data_files: Mapping[str, str]) -> list[_Spec]:
    """Sources or benchmarks; some of them read other files.

    Args:
        specs: Sources or benchmarks.
        data_files: Files to read, by the name or path of their source or benchmark.
    """
    changed = []
    for spec in specs:
        files = data_files.get(name_of(spec))
        # A copy, as specifications are values that the caller may use again.
        changed.append(spec if files is None else replace(spec, data_files=files))
    return changed


def name_of(spec: Source | Benchmark) -> str:
    """The name of a source or benchmark in the result."""
    if spec.name or isinstance(spec.path, str):
        return spec.name or str(spec.path)
    found: str | None = spec.path.info.dataset_name if hasattr(spec.path, "info") else None
    return found or "dataset"
