"""Which rows of a source a job takes, in which pieces, and by what it knows them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import pytest

from lintseq_datasets import LintSeqConfig, RandSeqConfig
from lintseq_datasets.errors import ConfigError, JobError
from lintseq_datasets.jobs.local import generate
from lintseq_datasets.linters.base import LintResult
from tests.faults.workers import no_processes


def columns(instructions: list[Any], codes: list[Any]) -> datasets.Dataset:
    return datasets.Dataset.from_dict({"instruction": instructions, "code": codes})


def test_other_rows_are_another_source(tmp_path: Path) -> None:
    """However little differs; and rows that are stored in another way are the same."""
    rows = columns(["xs", "y", None], ["1", "2", "3"])
    options: dict[str, Any] = {"progress": False}
    finished = generate(rows, tmp_path, RandSeqConfig(num_samples=1), **options)
    others = [
        (["xs", "y", "None"], ["1", "2", "3"]),
        (["x", "y", None], ["s1", "2", "3"]),
        (["xs", "y2", None], ["1", "", "3"]),
        (["xs1", "y", None], ["", "2", "3"]),
        (["y", "xs", None], ["1", "2", "3"]),
        (["xs", "y", None], ["2", "1", "3"]),
    ]
    for other in others:
        with pytest.raises(JobError, match=r"source\.fingerprint"):
            generate(columns(*other), tmp_path, RandSeqConfig(num_samples=1), **options)
    longer = columns(["xs", "y", None, "z"], ["1", "2", "3", "4"])
    with pytest.raises(JobError, match=r"source\.rows is 3 there and 4 here"):
        generate(longer, tmp_path, RandSeqConfig(num_samples=1), **options)
    cut = datasets.concatenate_datasets([longer.select([0]), longer.select([1, 2, 3])])
    for same in (longer.select(range(3)), cut.select([0, 1, 2]), rows.with_format("numpy")):
        assert generate(same, tmp_path, RandSeqConfig(num_samples=1), **options) == finished
    limited = generate(longer, tmp_path, RandSeqConfig(num_samples=1), limit=3, **options)
    assert limited == finished


def test_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="list is no dataset"):
        generate([{"code": "x = 1"}], tmp_path / "out", RandSeqConfig())


# --- pieces --------------------------------------------------------------------------


@dataclass(frozen=True)
class Counting:
    """Judges many programs in one call, and notes how many: those of the piece at first."""

    name: str = "counting 1"
    file: str = ""

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        return self.lint_batch(texts, [])

    def lint_batch(self, texts: Sequence[str], parses: Sequence[bool]) -> list[LintResult]:
        with open(self.file, "a", encoding="utf-8") as file:
            file.write(f"{len(texts)}\n")
        return [()] * len(texts)


def sizes(
    folder: Path, codes: list[str], num_proc: int, stream: bool, batch_size: int, part_rows: int
) -> list[int]:
    """How many programs of one line a worker gets at once, the most first."""
    dataset: Any = datasets.Dataset.from_dict({"code": codes})
    linter = Counting(file=str(folder / "sizes"))
    generate(
        dataset.to_iterable_dataset() if stream else dataset, folder / "out",
        LintSeqConfig(linter=linter, num_samples=1, max_characters=10**7), num_proc=num_proc,
        batch_size=batch_size, part_rows=part_rows, progress=False,
    )  # fmt: skip
    return sorted(map(int, (folder / "sizes").read_text().split()), reverse=True)


def numbered(count: int) -> list[str]:
    return [f"x = {number}" for number in range(count)]


def test_large_pieces_where_there_are_rows_enough(tmp_path: Path) -> None:
    for rows, most, num_proc, expected in (
        (900, 100, 2, [100] * 9),
        (300, 100, 2, [37] * 8 + [4]),
        (3, 100, 3, [1, 1, 1]),
    ):
        folder = tmp_path / f"{rows}"
        folder.mkdir()
        with no_processes():
            found = sizes(folder, numbered(rows), num_proc, False, batch_size=most, part_rows=1000)
        assert found == expected


def test_a_short_stream_is_shared(tmp_path: Path) -> None:
    found = sizes(tmp_path, numbered(180), 2, stream=True, batch_size=100, part_rows=100)
    assert found == [100] + [10] * 8


def test_long_texts_make_small_pieces(tmp_path: Path) -> None:
    long = [f"x = '{'a' * 800_000}{number}'" for number in range(3)]
    codes = [*long, f"x = '{'b' * 3_000_000}'", *numbered(9)]
    assert sizes(tmp_path, codes, 1, True, batch_size=5, part_rows=13) == [5, 4, 2, 1, 1]
