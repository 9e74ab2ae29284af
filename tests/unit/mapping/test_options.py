"""Options that are said once: as fields of values, and as keyword arguments for type checkers."""

from __future__ import annotations

import inspect
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from datasets import Dataset, DatasetDict

from lintseq_datasets import (
    LintSeqConfig,
    RandSeqConfig,
    RevisionConfig,
    build_card,
    lintseq_map,
    lintseq_transform,
    only_ok,
    prepare,
    push,
    randseq_map,
    refactor,
)
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.jobs.local import generate
from lintseq_datasets.mapping.choices import OutputFormat
from lintseq_datasets.mapping.dataset import provenance
from lintseq_datasets.mapping.epochs import EpochTransform
from lintseq_datasets.mapping.keywords import (
    LintSeqMapOptions,
    RandSeqMapOptions,
    ReadingOptions,
    RevisionMapOptions,
    TransformOptions,
    WritingOptions,
)
from lintseq_datasets.mapping.options import Reading, RevisionReading
from lintseq_datasets.mapping.outputs import OUTPUT_FORMATS
from lintseq_datasets.mapping.plan import Plan, plan_of
from lintseq_datasets.mapping.writing import Writing
from lintseq_datasets.samplers.option_types import LintSeqOptions, RandSeqOptions, RevisionOptions
from lintseq_datasets.statistics.counting import count_dataset

BATCH = {"code": ["a = 1\nb = 2"]}


@pytest.mark.parametrize(
    ("keywords", "kinds"),
    [
        (LintSeqOptions, [LintSeqConfig]),
        (RandSeqOptions, [RandSeqConfig]),
        (RevisionOptions, [RevisionConfig]),
        (ReadingOptions, [Reading]),
        (WritingOptions, [Writing]),
        (LintSeqMapOptions, [LintSeqConfig, Reading, Writing]),
        (RandSeqMapOptions, [RandSeqConfig, Reading, Writing]),
        (RevisionMapOptions, [RevisionConfig, RevisionReading, Writing]),
        (TransformOptions, [LintSeqConfig, Reading]),
    ],
)
def test_keywords_are_the_fields_of_the_values(keywords: type, kinds: list[type]) -> None:
    wanted: dict[str, Any] = {}
    for kind in kinds:
        hints = get_type_hints(kind)
        wanted.update({field.name: hints[field.name] for field in fields(kind)})
    assert get_type_hints(keywords) == wanted


class TestPlanOf:
    def test_divides_options(self) -> None:
        options = {"num_samples": 2, "program_column": "code", "on_error": "skip"}
        plan = plan_of(None, options)
        assert plan == Plan(
            LintSeqConfig(num_samples=2), Reading(program_column="code"), Writing(on_error="skip")
        )

    def test_options_change_a_copy_of_the_configuration(self) -> None:
        config = RandSeqConfig(seed=3)
        assert plan_of(config, {"num_samples": 2}).config == RandSeqConfig(seed=3, num_samples=2)
        assert config == RandSeqConfig(seed=3)

    def test_lists_become_tuples(self) -> None:
        config = plan_of(None, {"errors": ["E"]}).config
        assert isinstance(config, LintSeqConfig)
        assert config.errors == ("E",)

    def test_values_are_checked(self) -> None:
        for options in ({"seed": -1}, {"on_error": "drop"}, {"extract_code": "html"}):
            with pytest.raises(ConfigError) as caught:
                plan_of(None, options)
            assert [caught.value.option] == list(options)

    def test_a_format_without_a_column_for_the_state(self) -> None:
        with pytest.raises(ConfigError, match="no column for a state"):
            plan_of(None, {"output_format": "pylintseq", "start": "random_state"})


@pytest.mark.parametrize(
    ("call", "given", "meant"),
    [
        (lambda **k: lintseq_map(BATCH, **k), "num_sample", "num_samples"),
        (lambda **k: lintseq_map(BATCH, **k), "outputformat", "output_format"),
        (lambda **k: randseq_map(BATCH, **k), "program_colum", "program_column"),
        (lambda **k: lintseq_transform(BATCH, **k), "lintr", "linter"),
        (EpochTransform, "sed", "seed"),
        (lambda **k: refactor(None, **k), "on_eror", "on_error"),
        (lambda **k: refactor(None, **k), "load_from_cache", "load_from_cache_file"),
        (lambda **k: refactor(None, **k), "batchsize", "batch_size"),
        (lambda **k: generate(None, "out", **k), "partrows", "part_rows"),
    ],
)
def test_misspelt_options_are_named_with_what_was_meant(call: Any, given: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=f"did you mean '{meant}'") as caught:
        call(**{given: 1})
    assert caught.value.option == given


def test_an_option_like_none_that_there_is() -> None:
    with pytest.raises(ConfigError, match=r"there are: .*num_samples.*on_error"):
        lintseq_map(BATCH, **{"xyzzy": 1})  # type: ignore[misc]


def test_an_option_of_the_other_method() -> None:
    with pytest.raises(ConfigError, match="RandSeqConfig"):
        randseq_map(BATCH, **{"linter": "ruff"})  # type: ignore[misc]


def test_a_misspelt_value() -> None:
    with pytest.raises(ConfigError, match="did you mean 'conversational'"):
        lintseq_map(BATCH, output_format="conversation")  # type: ignore[arg-type]


@pytest.mark.parametrize("function", [lintseq_map, randseq_map, lintseq_transform, refactor])
def test_signatures_show_every_option(function: Any) -> None:
    parameters = inspect.signature(function).parameters
    config = RandSeqConfig() if function is randseq_map else LintSeqConfig()
    for value in (config, Reading()):
        for field in fields(value):
            assert parameters[field.name].default == getattr(value, field.name)
    assert not any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def test_each_output_format_is_a_choice_and_each_choice_a_format() -> None:
    assert get_args(OutputFormat) == tuple(OUTPUT_FORMATS)
    assert [kind.name for kind in OUTPUT_FORMATS.values()] == list(OUTPUT_FORMATS)


def test_the_command_line_lists_choices_without_loading_what_they_choose() -> None:
    code = "import sys, lintseq_datasets.cli.commands; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "option",
    [
        {"num_proc": "2"}, {"num_proc": 0}, {"batch_size": 1.5}, {"seed": "x"}, {"source_file": 3},
        {"num_samples": "5"}, {"program_column": 3}, {"instruction_column": ["a"]}, {"linter": 5},
        {"linter": "pylnt"}, {"history": "yes"}, {"on_error": None}, {"start": None},
        {"output_format": 3}, {"fence": "each"}, {"keep_in_memry": True},
    ],
)  # fmt: skip
def test_what_refactor_cannot_use(option: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        refactor(Dataset.from_dict(BATCH), **option)
    assert [caught.value.option] == list(option)


@pytest.mark.parametrize(
    "option",
    [
        {"num_proc": "2"}, {"batch_size": "x"}, {"part_rows": 0}, {"limit": "x"}, {"limit": -1},
        {"row_seconds": "x"}, {"split": 5}, {"log": 5}, {"saved": "x"}, {"overwrit": True},
        {"output": 5}, {"dataset": [1]},
    ],
)  # fmt: skip
def test_what_generate_cannot_use(option: dict[str, Any], tmp_path: Path) -> None:
    given = {"dataset": Dataset.from_dict(BATCH), "output": tmp_path / "a", "progress": False}
    with pytest.raises(ConfigError) as caught:
        generate(**{**given, **option})
    assert [caught.value.option] == list(option)


@pytest.mark.parametrize("what", [[{"status": "ok"}], iter([]), {"status": ["ok"]}, None])
def test_what_only_ok_cannot_use(what: Any) -> None:
    with pytest.raises(ConfigError, match="is no dataset; pass what"):
        only_ok(what)


@pytest.mark.parametrize("kind", [LintSeqConfig, RandSeqConfig, Reading, Writing])
def test_values_answer_an_unknown_option(kind: Any) -> None:
    with pytest.raises(ConfigError, match=f"no such option with {kind.__name__}"):
        kind(sed=1)
    assert inspect.signature(kind).parameters.keys() == {field.name for field in fields(kind)}


def test_values_say_what_was_meant() -> None:
    with pytest.raises(ConfigError, match="did you mean 'num_samples'"):
        LintSeqConfig(num_sample=1)  # type: ignore[call-arg]
    with pytest.raises(ConfigError, match="did you mean 'seed'"):
        LintSeqConfig.reference(sed=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "call",
    [
        lambda: provenance(None), lambda: provenance(DatasetDict(a=Dataset.from_dict({}))),
        lambda: count_dataset([1]), lambda: count_dataset({"a": 1}),
        lambda: prepare.prepare(5), lambda: prepare.pool(None),
        lambda: prepare.prepare("x", num_proc="2"), lambda: prepare.pool("x", batch_size=0),
        lambda: prepare.drop_duplicates(Dataset.from_dict(BATCH), by=["program"]),
        lambda: prepare.extract_programs("x", source="a"), lambda: prepare.find_syntax_errors(3),
        lambda: build_card(Dataset.from_dict(BATCH), 5), lambda: push(Dataset.from_dict(BATCH), 5),
    ],
)  # fmt: skip
def test_what_other_functions_cannot_use(call: Any) -> None:
    with pytest.raises(ConfigError):
        call()
