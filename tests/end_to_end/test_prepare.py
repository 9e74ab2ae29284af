"""The steps with the real `Dataset.map`: streaming, and the cache across interpreters."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, concatenate_datasets

from lintseq_datasets.prepare import (
    Benchmark,
    Decontaminator,
    drop_duplicates,
    extract_programs,
    find_syntax_errors,
    is_kept,
    load_tasks,
    prepare,
)
from tests.conftest import RunPython
from tests.end_to_end.standins import HUMAN_EVAL, MAGICODER, MBPP, SELF_OSS

NAMED = {
    "source": "oss", "instruction_column": "instruction", "program_column": "response",
    "license": "odc-by", "id_column": "id",
}  # fmt: skip


def tasks() -> tuple[Any, ...]:
    benchmarks = {"he": HUMAN_EVAL, "mbpp": MBPP}
    return load_tasks(
        Benchmark(Dataset.from_list(rows), name=name) for name, rows in benchmarks.items()
    )


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("batch_size", [1, 2, 1000])
def test_the_steps_one_by_one_are_what_prepare_does(streaming: bool, batch_size: int) -> None:
    dataset: Any = Dataset.from_list(SELF_OSS)
    dataset = dataset.to_iterable_dataset() if streaming else dataset
    rows = dataset.map(
        extract_programs, batched=True, batch_size=batch_size, with_indices=True,
        remove_columns=list(SELF_OSS[0]), fn_kwargs=NAMED,
    )  # fmt: skip
    rows = rows.map(find_syntax_errors, batched=True, batch_size=batch_size)
    rows = rows.map(Decontaminator(tasks()), batched=True, batch_size=batch_size)
    kept = drop_duplicates(rows.filter(is_kept, input_columns="status"))
    columns = ["instruction", "program", "license", "source", "source_id"]
    source = {"path": Dataset.from_list(SELF_OSS), **NAMED, "name": NAMED["source"]}
    del source["source"]
    wanted = prepare([source], [Benchmark(Dataset.from_list(HUMAN_EVAL), name="he")])
    assert [{name: row[name] for name in columns} for row in kept] == wanted.dataset.to_list()
    assert len(wanted.dataset) == 1


def test_filters_in_processes() -> None:
    rows = Dataset.from_list(MAGICODER)
    clean = Decontaminator(tasks(), columns=["problem", "solution"])
    alone = rows.filter(clean.keep, batched=True)
    assert alone.to_list() == rows.filter(clean.keep, batched=True, num_proc=2).to_list()
    assert [row["raw_index"] for row in alone] == [7000, 7001, 7002]
    many = concatenate_datasets([rows] * 5)
    marked = many.map(clean, batched=True, num_proc=2, batch_size=1)
    assert marked["status"][:] == ["ok", "ok", "ok", "dropped:solution_substring"] * 5


# --- the cache -----------------------------------------------------------------------

SCRIPT = """
import contextlib, importlib.metadata, io, json, sys
real_version = importlib.metadata.version
STEPS = ("Reading rows", "Parsing programs", "Looking for benchmarks", "Comparing rows")

def steps_of(options):
    from lintseq_datasets.prepare import prepare
    pretended = options.pop("versions", {})
    importlib.metadata.version = lambda name: pretended.get(name) or real_version(name)
    with contextlib.redirect_stderr(io.StringIO()) as seen:
        prepare(["rows.jsonl"], ["tasks.jsonl"], **options)
    return ", ".join(step.split()[0] for step in STEPS if step in seen.getvalue())

if __name__ == "__main__":
    print(json.dumps([steps_of(options) for options in json.loads(sys.argv[1])]))
"""
ALL = "Reading, Parsing, Looking, Comparing"


@pytest.fixture
def steps_run(run_python: RunPython, tmp_path: Path) -> Callable[..., list[str]]:
    """Which steps a fresh interpreter ran for each of several calls: it shows their progress."""
    rows = [{"instruction": f"Task {n}.", "response": f"x = {n % 5}"} for n in range(20)]
    for name, values in (("rows", [*rows, *rows]), ("tasks", HUMAN_EVAL)):
        text = "".join(json.dumps(value) + "\n" for value in values)
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")

    def run(*several: dict[str, Any], hash_seed: int = 0) -> list[str]:
        env = {"HF_HOME": str(tmp_path / "hf"), "PYTHONHASHSEED": str(hash_seed)}
        found: list[str] = json.loads(run_python(SCRIPT, json.dumps(several), env=env))
        return found

    return run


@pytest.mark.slow
def test_the_same_work_is_done_once(steps_run: Callable[..., list[str]]) -> None:
    assert steps_run({}, hash_seed=1) == [ALL]
    assert steps_run({}, {"num_proc": 2}, {"ngram": 8}, {"duplicates": "program"}, hash_seed=2) == [
        "", "", "Looking, Comparing", "Comparing",
    ]  # fmt: skip
    pretended = {"versions": {"lintseq-datasets": "99"}}
    assert steps_run(pretended, {}, hash_seed=3) == [ALL, ""]
