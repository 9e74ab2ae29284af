from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from lintseq_datasets.errors import ConfigError
from lintseq_datasets.linters.syntax import SyntaxLinter
from lintseq_datasets.samplers.config import LintSeqConfig, RandSeqConfig

WRONG: list[tuple[str, Any]] = [
    ("num_samples", 0), ("num_samples", 2.0), ("num_samples", True), ("num_samples", "5"),
    ("seed", -1), ("seed", None), ("epoch", -1), ("max_lines", 0), ("unique", 1), ("unique", None),
]  # fmt: skip
WRONG_FOR_LINTSEQ: list[tuple[str, Any]] = [
    *WRONG, ("max_lints", 0), ("forgive_own_errors", "no"), ("draw_constants", 0),
    ("imports", "none"), ("unit", "token"), ("comments", "keep"), ("children", True),
    ("weights", None), ("time_limit", 0), ("time_limit", -1.0), ("time_limit", "1"),
    ("time_limit", float("nan")), ("time_limit", True), ("errors", "E"), ("errors", [""]),
    ("errors", [1]), ("errors", 7), ("errors", []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "wrong"), [(RandSeqConfig, WRONG), (LintSeqConfig, WRONG_FOR_LINTSEQ)]
)
def test_what_is_refused(kind: type[Any], wrong: list[tuple[str, Any]]) -> None:
    for option, value in wrong:
        with pytest.raises(ConfigError) as caught:
            kind(**{option: value})
        assert caught.value.option == option


def test_defaults_are_the_paper() -> None:
    config = LintSeqConfig()
    assert (config.num_samples, config.seed, config.unique) == (5, 0, False)
    assert (config.linter, config.imports, config.errors) == (None, "stdlib", None)
    assert (config.language, config.judge) == ("python", "pylint")
    assert config.forgive_own_errors
    assert config.weights == "uniform"


def test_reference() -> None:
    config = LintSeqConfig.reference(num_samples=2, seed=9)
    assert (config.num_samples, config.seed) == (2, 9)
    assert not config.forgive_own_errors
    assert config.imports == "environment"
    assert not config.draw_constants
    assert (config.unit, config.comments) == ("line", "first_edit")
    assert (config.children, config.weights) == ("indentation", "indentation")


@pytest.mark.parametrize("config", [LintSeqConfig(), LintSeqConfig.reference(), RandSeqConfig()])
def test_is_a_frozen_value(config: LintSeqConfig | RandSeqConfig) -> None:
    with pytest.raises(FrozenInstanceError):
        config.seed = 1  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(config)) == config
    assert hash(config) == hash(
        type(config)(**{f.name: getattr(config, f.name) for f in fields(config)})
    )
    assert not hasattr(config, "__dict__")


def test_errors_may_be_a_list() -> None:
    assert LintSeqConfig(errors=["E", "W0311"]).errors == ("E", "W0311")  # type: ignore[arg-type]


def test_a_linter_object_is_kept() -> None:
    linter = SyntaxLinter()
    assert LintSeqConfig(linter=linter).linter is linter
