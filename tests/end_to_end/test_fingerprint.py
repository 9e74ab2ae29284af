"""The cache of `datasets`: hit by the same work in another interpreter, missed by any other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunPython
from tests.end_to_end.rows import ROWS

SCRIPT = """
import importlib.metadata, json, os, sys
options = json.loads(sys.argv[1])
from lintseq_datasets.mapping import mappers, transform, versions

real_version, pretended = importlib.metadata.version, options.get("versions", {})
importlib.metadata.version = lambda name: pretended.get(name) or real_version(name)
versions.ALGORITHM = options.get("algorithm", versions.ALGORITHM)

from datasets import disable_progress_bars, load_dataset
from lintseq_datasets import FEATURES, LintSeqConfig, lintseq_map, lintseq_transform, randseq_map

real_sampler_of = mappers.sampler_of

def sampler_of(config):  # runs in worker processes too, once for each batch
    with open(options["calls"], "a") as file:
        file.write("x")
    return real_sampler_of(config)

mappers.sampler_of = transform.sampler_of = sampler_of

if __name__ == "__main__":
    disable_progress_bars()
    if options.get("use_first"):  # whatever a mapper keeps must stay out of the fingerprint
        lintseq_map({"code": ["x = 1"]}, linter="syntax")
    dataset = load_dataset("json", data_files=options["path"], split="train")
    kwargs = options.get("fn_kwargs", {})
    if options.get("config"):
        kwargs = {"config": LintSeqConfig(**kwargs)}
    mapping = {
        "batched": True, "remove_columns": dataset.column_names, "features": FEATURES,
        "fn_kwargs": kwargs, "num_proc": options.get("num_proc"),
    }
    function = globals()[options.get("function", "lintseq_map")]
    if function is lintseq_transform:
        mapping.update(remove_columns=None, features=None)
    os.path.exists(options["calls"]) and os.remove(options["calls"])
    dataset.map(function, **mapping)
"""

CallsOf = Callable[..., int]
BASE: dict[str, Any] = {"fn_kwargs": {"num_samples": 2, "linter": "syntax"}}


@pytest.fixture
def calls_of(run_python: RunPython, tmp_path: Path, write_jsonl: Callable[..., Path]) -> CallsOf:
    """How often a fresh interpreter called the mapper."""
    path = write_jsonl(ROWS)
    calls = tmp_path / "calls"

    def run(*, hash_seed: int = 0, **options: Any) -> int:
        options = {**BASE, "path": str(path), "calls": str(calls), **options}
        env = {
            "HF_HOME": str(tmp_path / "hf"),
            "HF_DATASETS_CACHE": str(tmp_path / "hf" / "datasets"),
            "PYTHONHASHSEED": str(hash_seed),
        }
        run_python(SCRIPT, json.dumps(options), env=env)
        return len(calls.read_text()) if calls.exists() else 0

    return run


def test_hit_by_the_same_in_another_interpreter(calls_of: CallsOf) -> None:
    assert calls_of(hash_seed=1) > 0
    assert calls_of(hash_seed=2) == 0
    assert calls_of(hash_seed=3, use_first=True) == 0
    assert calls_of(hash_seed=4, num_proc=2) == 0


def test_hit_whatever_num_proc(calls_of: CallsOf) -> None:
    assert calls_of(hash_seed=1, num_proc=2) > 0
    assert calls_of(hash_seed=2, num_proc=2) == 0
    assert calls_of(hash_seed=3) == 0


CHANGES: dict[str, dict[str, Any]] = {
    "option": {"fn_kwargs": {"num_samples": 2, "linter": "syntax", "seed": 1}},
    "algorithm": {"algorithm": 99},
    "library": {"versions": {"lintseq-datasets": "99"}},
    "pylint": {"versions": {"pylint": "99"}},
    "astroid": {"versions": {"astroid": "99"}},
    "ruff": {"versions": {"ruff": "99"}},
    "prylint": {"versions": {"prylint": "99"}},
    "function": {"function": "randseq_map", "fn_kwargs": {"num_samples": 2}},
}


@pytest.mark.parametrize("names", [list(CHANGES)[:4], list(CHANGES)[4:]], ids=str)
def test_missed_by_any_change(calls_of: CallsOf, names: list[str]) -> None:
    assert calls_of() > 0
    for name in names:
        assert calls_of(**CHANGES[name]) > 0, name
    assert calls_of() == 0


def test_a_configuration_object(calls_of: CallsOf) -> None:
    assert calls_of(config=True) > 0
    assert calls_of(config=True, hash_seed=5) == 0
    changed = {"num_samples": 2, "linter": "syntax", "unique": True}
    assert calls_of(config=True, fn_kwargs=changed) > 0


def test_transform(calls_of: CallsOf) -> None:
    assert calls_of(function="lintseq_transform") > 0
    assert calls_of(function="lintseq_transform", hash_seed=5) == 0
    assert calls_of(function="lintseq_transform", versions={"pylint": "99"}) > 0
