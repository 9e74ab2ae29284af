"""Streaming datasets through the mapper: row by row, and again from a state."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datasets
import pytest
from click.testing import CliRunner

from lintseq_datasets import LintSeqConfig, RandSeqConfig, features_of, lintseq_map, refactor
from lintseq_datasets.cli import main
from lintseq_datasets.errors import JobError
from lintseq_datasets.jobs.local import generate
from tests.end_to_end.rows import ROWS

CONFIG = LintSeqConfig(num_samples=3, linter="syntax")
TABLE = datasets.Dataset.from_list(ROWS)


def stream() -> datasets.IterableDataset:
    return TABLE.to_iterable_dataset(num_shards=3)


def mapped() -> datasets.IterableDataset:
    return stream().map(
        lintseq_map, batched=True, batch_size=2, remove_columns=TABLE.column_names,
        features=features_of(), fn_kwargs={"config": CONFIG},
    )  # fmt: skip


@pytest.mark.parametrize("make", [mapped, lambda: refactor(stream(), CONFIG, batch_size=2)])
@pytest.mark.parametrize("taken", [0, 1, 4, 9, 20])
def test_state_dict(make: Callable[[], datasets.IterableDataset], taken: int) -> None:
    rows = list(make())
    assert rows == refactor(TABLE, CONFIG).to_list()
    first = make()
    iterator = iter(first)
    seen = [next(iterator) for _ in range(taken)]
    state = json.loads(json.dumps(first.state_dict()))  # as in a file beside a checkpoint
    again = make()
    again.load_state_dict(state)
    assert seen + list(again) == rows


def test_rows_are_read_as_they_are_needed() -> None:
    read = 0

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal read
        for number in range(10_000):
            read += 1
            yield {"code": f"x = {number}"}

    source = datasets.IterableDataset.from_generator(rows)
    result = refactor(source, RandSeqConfig(num_samples=1), batch_size=10)
    for number, _ in enumerate(result):
        assert read <= number + 2 * 10 + 2  # and the row that was looked at for the columns
        if number == 500:
            break


def test_the_command_line(write_jsonl: Callable[..., Path], tmp_path: Path) -> None:
    args = ["generate", str(write_jsonl(ROWS)), "--streaming", "--linter", "syntax", "--quiet"]
    output = str(tmp_path / "out.jsonl")
    try:
        result = CliRunner().invoke(main, [*args, "-o", output, "--num-samples", "3"])
    finally:
        datasets.enable_progress_bars()
    assert result.exit_code == 0, result.output
    made = [json.loads(line) for line in Path(output).read_text(encoding="utf-8").splitlines()]
    assert made == refactor(TABLE, CONFIG).to_list()


def test_a_source_that_breaks_off(tmp_path: Path) -> None:
    whole = False

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(9):
            if number == 7 and not whole:
                raise ConnectionError("gone")
            yield {"code": f"x = {number}"}

    def job() -> Any:
        source = datasets.IterableDataset.from_generator(rows)
        config = RandSeqConfig(num_samples=1)
        return generate(source, tmp_path / "out", config, part_rows=3, progress=False)

    with pytest.raises(JobError, match="cannot read the source: ConnectionError: gone"):
        job()
    whole = True
    assert job().rows == 9
