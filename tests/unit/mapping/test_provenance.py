"""What a dataset remembers of how it was made."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import datasets
import pytest

from lintseq_datasets import RandSeqConfig, refactor
from lintseq_datasets.mapping.accounting import Accounting
from lintseq_datasets.mapping.provenance import provenance
from lintseq_datasets.mapping.records import (
    attach_provenance,
    description_of,
    provenances_by_split,
    provenances_of,
)

SOURCE = datasets.Dataset.from_dict({"code": ["a = 1\nb = a", "def (", "c = 3"]})


@pytest.fixture(scope="module")
def made() -> datasets.Dataset:
    return refactor(SOURCE, linter="syntax", num_samples=2, seed=7)


def test_what_is_recorded(made: datasets.Dataset) -> None:
    record = provenance(made)
    assert record is not None
    assert (record["method"], record["config"]["seed"]) == ("lintseq", 7)
    assert record["linter"].startswith("syntax ")
    assert record["versions"]["algorithm"]
    accounting = Accounting.from_dict(record["accounting"])
    assert (accounting.rows_in, accounting.skipped) == (3, {"syntax_error": 1})


def test_it_travels(made: datasets.Dataset, tmp_path: Path) -> None:
    made.save_to_disk(str(tmp_path / "saved"))
    saved = datasets.load_from_disk(str(tmp_path / "saved"))
    for travelled in (
        saved,
        made.filter(lambda row: row["num_edits"] > 1),
        made.select([0]),
        made.shuffle(seed=1),
        made.train_test_split(0.5, seed=0)["test"],
        made.remove_columns("edits"),
        datasets.concatenate_datasets([made.select([0]), made.select([1])]),
    ):
        assert provenance(travelled) == provenance(made) is not None


def test_runs_of_the_same_kind_add_up(made: datasets.Dataset) -> None:
    other = refactor(SOURCE.select([0]), linter="syntax", num_samples=2, seed=7)
    both = provenance(datasets.concatenate_datasets([made, other]))
    assert both is not None
    assert both["accounting"]["rows_in"] == 4


def test_it_says_when_it_cannot_tell(made: datasets.Dataset) -> None:
    random = refactor(SOURCE, RandSeqConfig(num_samples=2))
    mixed = datasets.concatenate_datasets([made, random])
    assert provenance(mixed) is None
    assert {record["method"] for record in provenances_of(mixed)} == {"lintseq", "randseq"}
    made, random = made.remove_columns("made_with"), random.remove_columns("made_with")
    foreign = datasets.Dataset.from_list(random.to_list(), features=made.features)
    assert provenance(foreign) is None
    assert provenance(datasets.concatenate_datasets([made, foreign])) is None  # more rows
    assert provenance(SOURCE) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace('"rows_in": 3', '"rows_in": 4'),
        lambda text: text.replace('"rows_in": 3', '"rows_in": "3"'),
        lambda text: re.sub(r'"linter": ("syntax [^"]*")', r'"linter": [\1]', text),
        lambda text: text.replace('"method"', '"procedure"'),
        lambda text: text.replace('{"method"', '[{"method"'),
    ],
)  # fmt: skip
def test_records_that_were_edited_are_no_records(made: datasets.Dataset, damage: Any) -> None:
    part = made.select([0]).remove_columns("made_with")
    damaged = damage(part.info.description)
    assert damaged != part.info.description
    part.info.description = damaged
    assert provenance(part) is None


def test_the_source_that_is_known(made: datasets.Dataset, tmp_path: Path) -> None:
    source = SOURCE.select([0])
    commit = "0" * 40
    source.info.license = "mit"
    source.info.download_checksums = {
        f"hf://datasets/me/programs@{commit}/data/train-{n}.parquet": {} for n in range(2)
    }
    record = provenance(refactor(source, RandSeqConfig()))
    assert record is not None
    found = record["source"]
    assert (found["repository"], found["revision"]) == ("me/programs", commit)
    assert found["license"] == "mit"


def test_splits_of_one_description(made: datasets.Dataset) -> None:
    test = refactor(SOURCE.select([2]), linter="syntax", num_samples=2, seed=7)
    text = description_of({"train": provenances_of(made), "test": provenances_of(test)})
    assert {name: len(found) for name, found in provenances_by_split(text).items()} == {
        "train": 1, "test": 1,
    }  # fmt: skip
    for split, expected in (("train", made), ("test", test), ("train[:1]", made)):
        rows = expected.remove_columns("made_with").to_list()
        part = datasets.Dataset.from_list(rows, split=datasets.NamedSplit(split))
        part.info.description = text
        assert provenance(part) == provenance(expected), split
    other = datasets.Dataset.from_list(rows, split=datasets.NamedSplit("dev"))
    other.info.description = text
    assert provenance(other) is None


def test_attaching_a_record(made: datasets.Dataset) -> None:
    record = provenance(made)
    assert record is not None
    bare = datasets.Dataset.from_list(made.to_list())
    attach_provenance(bare, json.loads(json.dumps({**record, "job": {"id": 1}})))
    assert provenance(bare) == record
    attach_provenance(SOURCE.select([0]), {"method": "x"})
