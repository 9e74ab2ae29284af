"""Jobs that end in front of any change of the file system go on as if nothing had been."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq
import pytest

from tests.conftest import RunPython
from tests.end_to_end.jobs import crashes

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="crashes happen in forks")


def content(output: Path, saved: bool) -> Any:
    """Everything that an output holds, in the order of its files."""
    assert list(output.parent.glob(f".{output.name}.*")) == []
    if output.is_file():
        return output.read_bytes()
    names = sorted(str(path.relative_to(output)) for path in output.rglob("*"))
    if saved:
        rows = datasets.load_from_disk(str(output)).to_list()
    else:
        rows = [pq.read_table(path).to_pylist() for path in sorted(output.glob("data/*"))]
    return names, rows


@pytest.mark.parametrize(
    ("suffix", "saved", "step", "least"),
    [("", False, 1, 30), (".jsonl", False, 6, 3), ("", True, 8, 4)],
)
def test_every_moment(
    tmp_path: Path, run_python: RunPython, suffix: str, saved: bool, step: int, least: int
) -> None:
    code = Path(crashes.__file__).read_text(encoding="utf-8")
    args = (str(tmp_path), suffix, "saved" if saved else "", str(step))
    printed = run_python(code, *args, env={"HF_DATASETS_DISABLE_PROGRESS_BARS": "1"})
    assert int(printed) >= least
    calm = content(tmp_path / f"calm{suffix}", saved)
    outputs = list(tmp_path.glob(f"lintseq-*{suffix}"))
    assert len(outputs) >= least
    for output in outputs:
        assert content(output, saved) == calm
