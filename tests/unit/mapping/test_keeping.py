"""Columns of the source that are kept, with their types, in every row of the output."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from datasets import (
    ClassLabel,
    Dataset,
    Features,
    IterableDataset,
    List,
    Value,
    load_dataset,
)

from lintseq_datasets import FEATURES, RandSeqConfig, features_of, lintseq_map, refactor
from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.jobs.local import generate

DAY = datetime.datetime(2026, 11, 27, tzinfo=datetime.UTC)
COLUMNS = {
    "id": [7, None, 9],
    "tags": [["a"], [], None],
    "origin": [{"url": "u", "lines": [{"at": 1}]}, {"url": None, "lines": []}, None],
    "label": [0, 1, None],
    "day": [DAY, None, DAY],
    "share": [0.5, None, 1.5],
    "nothing": [None, None, None],
    "bytes": [b"\xff", None, b""],
    "odd, name\n`|": ["x", None, "y"],
}
TYPES = Features({
    "id": Value("int32"), "tags": List(Value("string")),
    "origin": {"url": Value("string"), "lines": List({"at": Value("int64")})},
    "label": ClassLabel(names=["easy", "hard"]), "day": Value("timestamp[us, tz=UTC]"),
    "share": Value("float32"), "nothing": Value("null"), "bytes": Value("binary"),
    "odd, name\n`|": Value("string"),
})  # fmt: skip
TEXTS = {"instruction": ["Add.", "Broken.", "Say."], "code": ["a = 1\nb = a", "def (", "print(1)"]}
SOURCE = Dataset.from_dict(
    {**TEXTS, **COLUMNS},
    Features({"instruction": Value("string"), "code": Value("string"), **TYPES}),
)
FAST: dict[str, Any] = {"linter": "syntax", "num_samples": 2}
OF = [0, 0, 1, 2, 2]
"""Which row of the source each row of the output is of."""


def check(made: Dataset, names: Any = COLUMNS) -> None:
    """The columns are kept as they are in Arrow, whatever Python would make of them."""
    table, source = (one.with_format("arrow")[:] for one in (made, SOURCE))
    for name in names:
        assert made.features[name] == TYPES[name], name
        wanted = source[name].combine_chunks().take(pa.array(OF))
        assert table[name].combine_chunks().equals(wanted), name


def test_map() -> None:
    told = {**FAST, "keep_columns": True}
    features = features_of(dataset=SOURCE, **told)
    assert list(features) == [*FEATURES, *COLUMNS]
    for form in (None, "arrow"):
        made = SOURCE.with_format(form).map(
            lintseq_map, batched=True, remove_columns=SOURCE.column_names, features=features,
            fn_kwargs=told,
        )  # fmt: skip
        check(made.with_format(None))


@pytest.mark.parametrize("options", [{}, {"num_proc": 2, "batch_size": 1}])
def test_refactor(options: Any) -> None:
    made = refactor(SOURCE, keep_columns=True, **FAST, **options)
    check(made)
    bare = refactor(SOURCE, **FAST)
    assert made.select_columns(bare.column_names).to_list() == bare.to_list()


def test_other_numbers_of_rows() -> None:
    made = refactor(SOURCE, keep_columns="id", on_error="skip", **FAST)
    assert made["id"][:] == [7, 7, 9, 9]
    several = Dataset.from_dict({"id": [1, 2], "solutions": [["a = 1", "b = 2"], ["c = 3"]]})
    made = refactor(several, RandSeqConfig(num_samples=1), solutions="each", keep_columns=["id"])
    assert made["id"][:] == [1, 1, 2]
    published = refactor(SOURCE, output_format="pylintseq", keep_columns=["id"], **FAST)
    assert published["id"][:] == [7, 7, 9, 9]


def test_jobs(tmp_path: Path) -> None:
    generate(SOURCE, tmp_path / "all", keep_columns=True, progress=False, **FAST)
    check(load_dataset(str(tmp_path / "all"), split="train"))
    with pytest.raises(ConfigError, match="which JSON lines cannot"):
        generate(SOURCE, tmp_path / "all.jsonl", keep_columns=True, progress=False, **FAST)
    names = ["id", "tags", "origin"]
    generate(SOURCE, tmp_path / "some.jsonl", keep_columns=names, progress=False, **FAST)
    rows = load_dataset("json", data_files=str(tmp_path / "some.jsonl"), split="train")
    assert rows["origin"][:] == [COLUMNS["origin"][number] for number in OF]


def test_numbers_above_those_with_a_sign(tmp_path: Path) -> None:
    code = ["a = 1\nb = 2\n", "c = 1\n"]
    numbers = pa.array([2**64 - 1, None], pa.uint64())
    source = Dataset(pa.table({"code": code, "number": numbers}))
    generate(source, tmp_path / "x.parquet", keep_columns=["number"], progress=False, **FAST)
    rows = load_dataset("parquet", data_files=str(tmp_path / "x.parquet"), split="train")
    assert set(rows["number"]) == {2**64 - 1, None}


def rows_of_source() -> Iterator[dict[str, Any]]:
    yield from SOURCE


def test_streams(tmp_path: Path) -> None:
    stream = SOURCE.to_iterable_dataset()
    for number, one in enumerate((stream, stream.with_format("arrow"))):
        path = str(tmp_path / f"{number}.parquet")
        refactor(one, keep_columns=True, **FAST).to_parquet(path)
        check(Dataset.from_parquet(path))
    unknown = IterableDataset.from_generator(rows_of_source)
    with pytest.raises(ConfigError, match="'nothing' in this stream do not tell their type"):
        refactor(unknown, keep_columns=True, **FAST)
    made = list(refactor(unknown, keep_columns=["origin", "day"], **FAST))
    assert [row["origin"] for row in made] == [COLUMNS["origin"][number] for number in OF]


PREPARED = {"license": ["mit", None, "apache-2.0"], "source": ["a/b"] * 3, "source_id": ["0"] * 3}


def test_what_prepare_adds_is_kept_by_runs(tmp_path: Path) -> None:
    rows = Dataset.from_dict(
        {"instruction": TEXTS["instruction"], "program": TEXTS["code"], **PREPARED, "more": [1] * 3}
    )
    made = refactor(rows, **FAST)
    assert made.column_names == [*FEATURES, *PREPARED]
    assert made["license"][:] == [PREPARED["license"][number] for number in OF]
    generate(rows, tmp_path / "job", progress=False, **FAST)
    assert load_dataset(str(tmp_path / "job"), split="train").column_names == made.column_names
    assert list(refactor(rows.to_iterable_dataset(), **FAST).features) == made.column_names
    for more, kept in ((False, []), ([], []), (["more"], ["more"])):
        assert refactor(rows, keep_columns=more, **FAST).column_names == [*FEATURES, *kept]
    published = refactor(rows, output_format="pylintseq", **FAST)
    assert not set(PREPARED) & set(published.column_names)
    # A mapper's columns are those of `features=`.
    assert list(lintseq_map(rows[:], **FAST)) == list(FEATURES)


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [(["ids"], "there is no 'ids'; did you mean 'id'"), ("status", "columns of its own called"),
     (["text"], "may be called 'text'"), (["counted_done"], "may be called 'counted_done'"),
     (True, "or name the columns to keep"), (5, "neither names"), ([5], "something else")],
)  # fmt: skip
def test_what_cannot_be_kept(wanted: Any, problem: str) -> None:
    batch = {"code": ["x = 1"], "id": [1], "status": ["a"], "text": ["b"], "counted_done": [0]}
    with pytest.raises((ColumnError, ConfigError), match=problem):
        lintseq_map(batch, program_column="code", keep_columns=wanted)


def test_features_that_do_not_fit_are_answered() -> None:
    with pytest.raises(ConfigError, match=r"features_of\(dataset=dataset, keep_columns=\['id'\]"):
        SOURCE.map(
            lintseq_map, batched=True, remove_columns=SOURCE.column_names, features=FEATURES,
            fn_kwargs={**FAST, "keep_columns": ["id"]},
        )  # fmt: skip
    with pytest.raises(ConfigError, match="give it"):
        features_of(keep_columns=["id"])
    with pytest.raises(ColumnError, match="there is no 'ix'"):
        features_of(dataset=SOURCE.features, keep_columns=["ix"])


def test_twenty_columns_of_which_some_are_called_like_those_that_are_read() -> None:
    names = [f"column {number}" for number in range(20)]
    rows = Dataset.from_dict({**TEXTS, "prompt": ["p"] * 3, **{name: [1, 2, 3] for name in names}})
    told = {"instruction_column": "instruction", "program_column": "code", **FAST}
    made = refactor(rows, keep_columns=[*names, "instruction", "code"], **told)
    assert made["column 19"][:] == [1, 1, 2, 3, 3]
    assert made["code"][:] == [TEXTS["code"][number] for number in OF]
    with pytest.raises(ConfigError, match="'prompt'"):
        refactor(rows, keep_columns=True, **told)
