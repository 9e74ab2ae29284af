"""The cache of `datasets`: hit by the same work in another interpreter, missed by any other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.conftest import python_in
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

BASE: dict[str, Any] = {"fn_kwargs": {"num_samples": 2, "linter": "syntax"}}
UNIQUE = {"fn_kwargs": {"num_samples": 2, "linter": "syntax", "unique": True}}
FIRST: dict[str, dict[str, Any]] = {
    "arguments": {},
    "processes": {"num_proc": 2},
    "configuration": {"config": True},
    "transform": {"function": "lintseq_transform"},
}
"""What an interpreter maps, each time over a file of its own."""

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
AGAIN: dict[str, tuple[str, dict[str, Any]]] = {
    "the same": ("arguments", {}),
    "more processes": ("arguments", {"num_proc": 2}),
    "as many processes": ("processes", {"num_proc": 2}),
    "fewer processes": ("processes", {}),
    "a configuration": ("configuration", {"config": True}),
    "another configuration": ("configuration", {"config": True, **UNIQUE}),
    "a transform": ("transform", FIRST["transform"]),
    "another transform": ("transform", {**FIRST["transform"], "versions": {"pylint": "99"}}),
    **{name: ("arguments", change) for name, change in CHANGES.items()},
    "after a change": ("arguments", {}),
    "used before": ("arguments", {"use_first": True}),
}
"""What another interpreter maps after that: over the file of which of them, and how."""


Found = tuple[dict[str, int], dict[str, int]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """How often `FIRST` and `AGAIN` called the mapper, each in a fresh interpreter."""
    folder = tmp_path_factory.mktemp("fingerprint")
    for name in FIRST:
        lines = "".join(json.dumps(row) + "\n" for row in ROWS)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")

    def calls(of: Mapping[str, tuple[str, dict[str, Any]]], hash_seed: str) -> dict[str, int]:
        given = [
            {**BASE, "path": str(folder / f"{file}.jsonl"), **options}
            for file, options in of.values()
        ]
        env = {
            "HF_HOME": str(folder / "hf"),
            "HF_DATASETS_CACHE": str(folder / "hf" / "datasets"),
            "PYTHONHASHSEED": hash_seed,
        }
        run = python_in(folder)
        printed = run(SCRIPT, str(folder / "calls"), json.dumps(given), env=env)
        return dict(zip(of, json.loads(printed.splitlines()[-1]), strict=True))

    first = calls({name: (name, options) for name, options in FIRST.items()}, "1")
    return first, calls(AGAIN, "2")


def test_missed_at_first(found: Found) -> None:
    assert [name for name, calls in found[0].items() if not calls] == []


def test_hit_by_the_same_in_another_interpreter(found: Found) -> None:
    for name in ("the same", "after a change", "used before"):
        assert found[1][name] == 0, name


def test_hit_whatever_num_proc(found: Found) -> None:
    for name in ("more processes", "as many processes", "fewer processes"):
        assert found[1][name] == 0, name


def test_missed_by_any_change(found: Found) -> None:
    assert [name for name in CHANGES if not found[1][name]] == []


def test_a_configuration_object(found: Found) -> None:
    assert found[1]["a configuration"] == 0 < found[1]["another configuration"]


def test_transform(found: Found) -> None:
    assert found[1]["a transform"] == 0 < found[1]["another transform"]
