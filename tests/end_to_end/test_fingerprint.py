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
from lintseq_datasets.mapping import mappers, transform, versions
from datasets import disable_progress_bars, load_dataset
from lintseq_datasets import FEATURES, LintSeqConfig, lintseq_map, lintseq_transform, randseq_map

real_version, real_algorithm = importlib.metadata.version, versions.ALGORITHM
real_sampler_of = mappers.sampler_of
CALLS = sys.argv[1]

def sampler_of(config):  # runs in worker processes too, once for each batch
    with open(CALLS, "a") as file:
        file.write("x")
    return real_sampler_of(config)

mappers.sampler_of = transform.sampler_of = sampler_of

def calls_of(options):
    pretended = options.get("versions", {})
    importlib.metadata.version = lambda name: pretended.get(name) or real_version(name)
    versions.ALGORITHM = options.get("algorithm", real_algorithm)
    versions.data_versions.cache_clear()
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
    os.path.exists(CALLS) and os.remove(CALLS)
    dataset.map(function, **mapping)
    return os.path.getsize(CALLS) if os.path.exists(CALLS) else 0

if __name__ == "__main__":
    disable_progress_bars()
    print(json.dumps([calls_of(options) for options in json.loads(sys.argv[2])]))
"""

CallsOf = Callable[..., list[int]]
BASE: dict[str, Any] = {"fn_kwargs": {"num_samples": 2, "linter": "syntax"}}


@pytest.fixture
def calls_of(run_python: RunPython, tmp_path: Path, write_jsonl: Callable[..., Path]) -> CallsOf:
    """How often a fresh interpreter called the mapper, for each of several mappings in turn."""
    path = write_jsonl(ROWS)

    def run(*several: dict[str, Any], hash_seed: int = 0) -> list[int]:
        given = [{**BASE, "path": str(path), **options} for options in several]
        env = {
            "HF_HOME": str(tmp_path / "hf"),
            "HF_DATASETS_CACHE": str(tmp_path / "hf" / "datasets"),
            "PYTHONHASHSEED": str(hash_seed),
        }
        printed = run_python(SCRIPT, str(tmp_path / "calls"), json.dumps(given), env=env)
        found: list[int] = json.loads(printed.splitlines()[-1])
        return found

    return run


def test_hit_by_the_same_in_another_interpreter(calls_of: CallsOf) -> None:
    assert calls_of({}, hash_seed=1) > [0]
    assert calls_of({}, {"num_proc": 2}, hash_seed=2) == [0, 0]
    assert calls_of({"use_first": True}, hash_seed=3) == [0]


def test_hit_whatever_num_proc(calls_of: CallsOf) -> None:
    assert calls_of({"num_proc": 2}, hash_seed=1) > [0]
    assert calls_of({"num_proc": 2}, {}, hash_seed=2) == [0, 0]


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


def test_missed_by_any_change(calls_of: CallsOf) -> None:
    assert calls_of({}) > [0]
    *changed, base = calls_of(*CHANGES.values(), {})
    assert [name for name, calls in zip(CHANGES, changed, strict=True) if not calls] == []
    assert base == 0


def test_a_configuration_object(calls_of: CallsOf) -> None:
    assert calls_of({"config": True}) > [0]
    changed = {"num_samples": 2, "linter": "syntax", "unique": True}
    same, other = calls_of({"config": True}, {"config": True, "fn_kwargs": changed}, hash_seed=5)
    assert same == 0 < other


def test_transform(calls_of: CallsOf) -> None:
    transform = {"function": "lintseq_transform"}
    assert calls_of(transform) > [0]
    same, other = calls_of(transform, {**transform, "versions": {"pylint": "99"}}, hash_seed=5)
    assert same == 0 < other
