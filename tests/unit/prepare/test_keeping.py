"""What is kept of the sources, how their answers are read, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest
from datasets import ClassLabel, Dataset, Features, Value

from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.prepare import POOLED, PrepareReport, Source, prepare
from lintseq_datasets.prepare.specs import parse_spec

TURNS = [
    {"role": "system", "content": "Be short."},
    {"role": "user", "content": "Set a."},
    {"role": "assistant", "content": "```python\na = 1\n```"},
    {"role": "user", "content": "And b."},
    {"role": "assistant", "content": "```python\nb = 1\n```\n\n```python\nc = b\n```"},
]
CHATS = Dataset.from_dict({"messages": [TURNS]})
ONE = Dataset.from_dict(
    {"prompt": ["a", "b"], "code": ["x = 1", "y = ("], "level": [0, 1], "tags": [["t"], None]},
    Features({"prompt": Value("string"), "code": Value("string"),
              "level": ClassLabel(names=["easy", "hard"]), "tags": [Value("string")]}),
)  # fmt: skip
TWO = Dataset.from_dict({"prompt": ["c"], "code": ["z = 3"], "more": [{"a": 1}]})


def read(**options: Any) -> tuple[list[tuple[str, str]], PrepareReport]:
    made = prepare([Source(CHATS, name="chats", **options)])
    return [(row["instruction"], row["program"]) for row in made.dataset], made.report


def test_which_answer_is_read() -> None:
    assert read()[0] == [("And b.", "b = 1\n\nc = b")]
    assert read(fences="first")[0] == [("And b.", "b = 1")]
    assert read(turns="first")[0] == [("Set a.", "a = 1")]
    assert read(turns="first", history=True)[0] == [("Be short.\n\nSet a.", "a = 1")]
    assert parse_spec("x,turns=first,history=true", Source) == Source(
        "x", turns="first", history=True
    )
    for wrong in ({"turns": "each"}, {"fences": "each"}, {"history": "maybe"}):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            Source(CHATS, **wrong)


def test_what_was_done_to_answers_is_reported() -> None:
    _, report = read()
    assert report.answers == {"joined": 1}
    assert report.as_dict()["sources"][0]["answers"] == {"joined": 1}
    assert "done to answers, by rows\n  several fences were joined" in report.as_table()
    assert "answers" not in prepare([Source(ONE, name="one")]).report.as_table()


def test_columns_are_kept() -> None:
    sources = [Source(ONE, name="one"), Source(TWO, name="two")]
    made = prepare(sources, keep_columns=["level", "more"], num_proc=2)
    assert made.dataset.column_names == [*POOLED, "level", "more"]
    assert made.dataset["level"][:] == [0, None]
    assert made.dataset["more"][:] == [None, {"a": 1}]
    assert made.dataset.features["level"] == ONE.features["level"]
    assert made.dropped["level"][:] == [1]
    whole = prepare(sources, keep_columns=True)
    assert set(whole.dataset.column_names) == {*POOLED, "level", "tags", "more"}
    assert prepare(sources).dataset.column_names == list(POOLED)
    empty = prepare([Source(ONE.select([]), name="none")], keep_columns=True)
    assert empty.dataset.column_names == [*POOLED, "level", "tags"]
    rows = prepare([Source(ONE, name="rows")], keep_columns=True)
    assert empty.dropped.column_names == rows.dropped.column_names


def test_what_cannot_be_kept() -> None:
    with pytest.raises(ColumnError, match="no source has 'levels'; did you mean 'level'"):
        prepare([Source(ONE, name="one")], keep_columns=["levels"])
    for name in ("program", "status", "text"):
        rows = ONE.add_column(name, ["a", "b"])
        source = Source(rows, name="x", instruction_column="prompt", program_column="code")
        with pytest.raises(ConfigError, match="keep_columns"):
            prepare([source], keep_columns=[name])
    other = TWO.add_column("level", ["hard"])
    with pytest.raises(ConfigError, match="of other types"):
        prepare([Source(ONE, name="one"), Source(other, name="x")], keep_columns=["level"])
