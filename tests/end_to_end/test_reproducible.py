"""The same rows in fresh interpreters that differ in everything that must not matter."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PYTHONPATH, RunPython
from tests.end_to_end.rows import ROWS

SCRIPT = """
import json, sys
import multiprocess
from datasets import Dataset, Features, Value, disable_progress_bars
from lintseq_datasets import FEATURES, lintseq_map

if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    rows = json.loads(open(sys.argv[2], encoding="utf-8").read())
    disable_progress_bars()
    if options.get("start_method"):
        multiprocess.set_start_method(options["start_method"], force=True)
    for name in options.get("imports", ()):
        __import__(name)
    source = Features({"instruction": Value("string"), "response": Value("string")})
    dataset = Dataset.from_list(rows, features=source)
    if options.get("shuffle") is not None:
        dataset = dataset.shuffle(seed=options["shuffle"])
    out = dataset.map(
        lintseq_map, batched=True, remove_columns=dataset.column_names, features=FEATURES,
        num_proc=options.get("num_proc"), batch_size=options.get("batch_size", 1000),
        fn_kwargs={"num_samples": 3, "seed": 5},
    )
    assert not (set(sys.modules) & {"evil_plugin", "numpy_that_is_not_installed"})
    print(json.dumps(sorted(out, key=lambda row: (row["prompt"], row["sample_index"]))))
"""

HOSTILE_DIRECTORY = {
    "pylintrc": '[MASTER]\ninit-hook=\'open("pwned", "w")\'\nload-plugins=evil_plugin\n',
    ".pylintrc": "[MESSAGES CONTROL]\ndisable=all\n",
    "pyproject.toml": "[tool.pylint.main]\ndisable = ['all']\n",
    "setup.cfg": "[pylint.messages control]\ndisable=all\n",
    "evil_plugin.py": "open('pwned', 'w')\n",
    "numpy_that_is_not_installed.py": "open('pwned', 'w')\nzeros = 1\n",
}

VARIANTS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "hash seed 1": ({}, {"PYTHONHASHSEED": "1"}),
    "two processes, small batches, shuffled": (
        {"num_proc": 2, "batch_size": 2, "shuffle": 1},
        {"PYTHONHASHSEED": "2"},
    ),
    "spawned": ({"num_proc": 2, "start_method": "spawn", "batch_size": 1}, {}),
    "forked, with a linter that is warm already": (
        {"num_proc": 2, "start_method": "fork", "imports": ["pylint.lint", "numpy"]},
        {},
    ),
    "hostile working directory": (
        {},
        {"PYLINTRC": "pylintrc", "PYTHONPATH": os.pathsep.join([PYTHONPATH, "."])},
    ),
}


@pytest.fixture(scope="module")
def expected() -> list[dict[str, Any]]:
    """The rows as this process makes them, one by one."""
    from lintseq_datasets import lintseq_map

    rows = []
    for row in ROWS:
        out = lintseq_map({name: [value] for name, value in row.items()}, num_samples=3, seed=5)
        rows += [dict(zip(out, values, strict=True)) for values in zip(*out.values(), strict=True)]
    return sorted(rows, key=lambda row: (row["prompt"], row["sample_index"]))


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_same_rows(
    variant: str, expected: list[dict[str, Any]], run_python: RunPython, tmp_path: Path
) -> None:
    options, env = VARIANTS[variant]
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps(ROWS), encoding="utf-8")
    cwd = tmp_path / "elsewhere"
    cwd.mkdir()
    if variant == "hostile working directory":
        for name, text in HOSTILE_DIRECTORY.items():
            (cwd / name).write_text(text, encoding="utf-8")
    printed = run_python(SCRIPT, json.dumps(options), str(rows), env=env, cwd=cwd)
    assert json.loads(printed.splitlines()[-1]) == expected
    assert not (cwd / "pwned").exists()


HISTORY = """
import sys
from lintseq_datasets.linters import load_linter

text = "import numpy as np\\nx = np.zeros(3)\\nprint(x)"
for step in sys.argv[1:]:
    if step == "astroid":  # somebody else's
        import astroid
        astroid.MANAGER.ast_from_module_name("numpy")
    else:
        (messages,) = load_linter("pylint", imports=step).lint([text])
        print(step, *(message.id for message in messages))
"""


@pytest.mark.parametrize(
    "steps",
    ["stdlib environment stdlib", "environment stdlib environment", "astroid stdlib"],
)
def test_what_was_linted_before_does_not_matter(steps: str, run_python: RunPython) -> None:
    expected = {"stdlib": "stdlib E0401", "environment": "environment"}
    printed = run_python(HISTORY, *steps.split()).splitlines()
    assert printed == [expected[step] for step in steps.split() if step in expected]
