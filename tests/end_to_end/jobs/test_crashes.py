"""Jobs that end in front of any change of the file system go on as if nothing had been."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq
import pytest

from tests.end_to_end.jobs.crashes import crash_everywhere

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="crashes happen in forks")


def content(output: Path) -> Any:
    """Everything that an output holds, in the order of its files."""
    if output.is_file():
        names = sorted(path.name for path in output.parent.iterdir())
        return names, output.read_bytes()
    names = sorted(str(path.relative_to(output)) for path in output.rglob("*"))
    if output.name == "saved":
        return names, datasets.load_from_disk(str(output)).to_list()
    return names, [pq.read_table(path).to_pylist() for path in sorted(output.glob("data/*"))]


@pytest.mark.parametrize(
    ("name", "step", "least"), [("out", 13, 20), ("out.jsonl", 11, 15), ("saved", 19, 10)]
)
def test_every_moment(tmp_path: Path, name: str, step: int, least: int) -> None:
    *crashed, calm = crash_everywhere(tmp_path, name, step)
    assert len(crashed) >= least
    for output in crashed:
        assert content(output) == content(calm), output
