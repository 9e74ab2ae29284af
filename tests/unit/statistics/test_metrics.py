"""The accounting of rows, and the statistics of what is in them."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import datasets
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintseq_datasets import RandSeqConfig, features_of, refactor
from lintseq_datasets.edits.training_text import join_edits
from lintseq_datasets.errors import ColumnError, ConfigError, MissingExtraError
from lintseq_datasets.mapping.accounting import Accounting
from lintseq_datasets.statistics import DISTRIBUTIONS, Distribution, Statistics
from lintseq_datasets.statistics.counting import count_dataset

ROWS = {
    "status": ["ok", "ok", "skipped:syntax_error", "ok", "failed:time_budget", "ok", "ok"],
    "sample_index": [0, 1, -1, 0, -1, 0, 1],
    "num_edits": [3, 4, 0, 1, 0, 3, 12],
}

counts = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(1, 9))


@st.composite
def accountings(draw: st.DrawFn) -> Accounting:
    skipped, failed, sampled = draw(counts), draw(counts), draw(st.integers(0, 9))
    edits = draw(st.dictionaries(st.integers(1, 30), st.integers(1, 9)))
    rows = sampled + sum(skipped.values()) + sum(failed.values())
    return Accounting(rows, sampled, skipped, failed, edits)


def test_rows_are_counted_by_what_became_of_them() -> None:
    found = Accounting.of(ROWS)
    assert found == Accounting(
        5, 3, {"syntax_error": 1}, {"time_budget": 1}, {3: 2, 4: 1, 1: 1, 12: 1}
    )
    assert (found.num_skipped, found.num_failed, found.num_sequences) == (1, 1, 5)
    assert found.mean_edits == pytest.approx(23 / 5)
    assert [found.edits_quantile(share) for share in (0, 0.5, 0.8, 1)] == [1, 3, 4, 12]


def test_a_status_without_a_kind_is_a_failure() -> None:
    rows = {"status": ["what"], "sample_index": [-1], "num_edits": [0]}
    assert Accounting.of(rows) == Accounting(1, failed={"what": 1})


@pytest.mark.parametrize("cut", range(8))
def test_parts_add_up_to_the_whole(cut: int) -> None:
    first = {name: values[:cut] for name, values in ROWS.items()}
    second = {name: values[cut:] for name, values in ROWS.items()}
    assert Accounting.of(first) + Accounting.of(second) == Accounting.of(ROWS)


@given(accountings(), accountings(), accountings())
def test_merging_is_associative_and_commutative(
    one: Accounting, two: Accounting, three: Accounting
) -> None:
    assert one + (two + three) == (three + one) + two
    assert one + Accounting() == one


@given(accountings())
def test_json_keeps_everything(accounting: Accounting) -> None:
    assert Accounting.from_dict(json.loads(json.dumps(accounting.as_dict()))) == accounting


def test_rows_that_vanish_are_an_error() -> None:
    with pytest.raises(ValueError, match="3 rows went in, 2 are accounted for"):
        Accounting(3, sampled=1, skipped={"syntax_error": 1})


def test_columns_of_different_lengths_are_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Accounting.of({**ROWS, "num_edits": [1]})


def test_table() -> None:
    found = Accounting.of(ROWS) + Accounting(1200, skipped={"no_program": 1200})
    assert found.as_table().splitlines() == [
        "rows in                   1,205",
        "  sampled                     3",
        "  skipped                 1,201",
        "    no_program            1,200",
        "    syntax_error              1",
        "  failed                      1",
        "    time_budget               1",
        "sequences                     5",
        "edits per sequence, mean    4.6",
        "  median                      3",
        "  least                       1",
        "  most                       12",
    ]
    assert found.in_one_line() == "1,205 rows in, 3 sampled, 1,201 skipped, 1 failed; 5 sequences"


def test_table_of_nothing() -> None:
    assert "edits per sequence, mean  0.0" in Accounting().as_table()


# --- statistics ----------------------------------------------------------------------

EDITS = [
    ["@@ -0,0 +1,3 @@\n+a = 1\n+\n++b"],
    ["@@ -0,0 +1 @@\n+a = 1", "@@ -1,0 +2,2 @@\n+\n++b"],
    ["@@ -0,0 +1 @@\n+a = 1", "@@ -1,0 +2,2 @@\n+\n++b"],
]
PROGRAM = "a = 1\n\n+b"


def rows(**changes: Any) -> datasets.Dataset:
    columns = {
        "prompt": ["Do it.\n"] * 3 + [""],
        "completion": [*map(join_edits, EDITS), ""],
        "edits": [*EDITS, []],
        "program": [PROGRAM] * 3 + ["def ("],
        "program_id": ["x"] * 3 + [""],
        "sample_index": [0, 1, 2, -1],
        "num_edits": [1, 2, 2, 0],
        "status": ["ok"] * 3 + ["skipped:syntax_error"],
        "method": ["lintseq"] * 4,
        "linter": ["pylint 4"] * 4,
        "audited_states": [4, 0, 0, 0],
        "rejected_states": [1, 0, 0, 0],
        "made_with": [None] * 4,
        **changes,
    }
    return datasets.Dataset.from_dict(columns, features=features_of())


def test_statistics_of_rows() -> None:
    found = count_dataset(rows())
    assert found.accounting == Accounting(2, 1, {"syntax_error": 1}, {}, {1: 1, 2: 2}, 4, 1)
    assert found.sources == {"lintseq, pylint 4": 3}
    assert found.edits == Distribution({1: 1, 2: 2})
    assert found.edit_lines == Distribution({3: 1, 1: 2, 2: 2})
    assert found.removed_lines == Distribution({0: 5})
    assert "removed" not in found.as_table()
    assert found.lines_before == Distribution({3: 3})
    assert found.lines_after == Distribution({4: 1, 5: 2})
    assert found.characters_before == Distribution({len(PROGRAM): 3})
    lengths = [len(join_edits(edits)) for edits in EDITS]
    assert found.characters_after == Distribution(dict(Counter(lengths)))
    assert (found.num_programs, found.num_distinct, found.distinct_per_program) == (1, 2, 2.0)
    assert found.single_edit_share == pytest.approx(1 / 3)
    assert found.growth[0] == Distribution({0: 3})
    assert found.growth[10] == Distribution({50: 1, 33: 2})
    assert found.growth[20] == Distribution({100: 3})


@pytest.mark.parametrize("cut", range(5))
def test_statistics_of_parts_add_up(cut: int) -> None:
    parts = [rows().select(list(range(cut))), rows().select(list(range(cut, 4)))]
    whole = count_dataset(rows())
    assert count_dataset(parts[1]) + count_dataset(parts[0]) == whole
    assert count_dataset({"train": parts[0], "test": parts[1]}) == whole
    assert whole + Statistics() == whole


def test_statistics_of_other_formats_and_streams() -> None:
    source = datasets.Dataset.from_dict({"instruction": ["Do it.", "x"], "code": [PROGRAM, "c()"]})
    config = RandSeqConfig(num_samples=4)
    whole = count_dataset(refactor(source, config), tokenizer=len)
    assert whole.tokens.total == 8
    chat = refactor(source, config, output_format="conversational")
    assert replace(count_dataset(chat, len), tokens=whole.tokens) == whole
    published = count_dataset(refactor(source, config, output_format="pylintseq"), len)
    assert published.accounting is None
    assert published.sources == {}
    for name in DISTRIBUTIONS:
        if name != "tokens":
            assert getattr(published, name) == getattr(whole, name), name
    assert (published.growth, published.pairs) == (whole.growth, whole.pairs)
    stream = refactor(source.to_iterable_dataset(), config)
    assert count_dataset(stream, len) == whole


class Fast:
    """Like a tokenizer of transformers."""

    def encode(self, text: str) -> list[int]:
        raise AssertionError("one by one is slow")

    def __call__(self, texts: list[str]) -> dict[str, list[list[int]]]:
        return {"input_ids": [[1] * len(text.split()) for text in texts]}


class Ids:
    """Like a tokenizer of tokenizers."""

    def encode(self, text: str) -> Any:
        return SimpleNamespace(ids=text.split())


class Ordinary:
    """Like an encoding of tiktoken."""

    def encode(self, text: str) -> Any:
        raise ValueError("a special token")

    def encode_ordinary(self, text: str) -> list[str]:
        return text.split()


@pytest.mark.parametrize(
    "tokenizer", [Fast(), Ids(), Ordinary(), str.split, lambda text: len(text.split())]
)
def test_tokens(tokenizer: Any) -> None:
    found = count_dataset(rows(), tokenizer)
    texts = [join_edits(edits) for edits in EDITS]
    expected = Counter(len(f"Do it.\n{text}".split()) + 1 for text in texts)
    assert found.tokens == Distribution(dict(expected))
    longest = max(expected)
    assert found.as_dict(longest - 1)["truncated"] == {
        "max_length": longest - 1, "share": expected[longest] / 3,
    }  # fmt: skip
    assert found.as_dict(longest)["truncated"]["share"] == 0
    assert f"examples of more than {longest - 1} tokens" in found.as_table(longest - 1)


def test_what_is_no_tokenizer(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="int is no tokenizer"):
        count_dataset(rows(), 3)
    made = rows()
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError, match="transformers is not installed"):
        count_dataset(made, "some/model")


def test_other_columns_are_an_error() -> None:
    with pytest.raises(ColumnError, match="not the columns of an edit-sequence dataset"):
        count_dataset(datasets.Dataset.from_dict({"a": [1]}))


def test_nothing_to_count() -> None:
    for empty in (rows().select([]), rows().select([3])):
        found = count_dataset(empty, len)
        assert found.num_sequences == found.distinct_per_program == found.single_edit_share == 0
        assert "sequences of a single edit" in found.as_table(10)


def test_rows_of_several_languages() -> None:
    rows = datasets.Dataset.from_dict({"code": ["a\nb", "c"]})
    lines, python = (
        refactor(rows, RandSeqConfig(num_samples=number, language=language))
        for number, language in ((3, "lines"), (1, "python"))
    )
    unknown = python.select([0]).remove_columns("made_with").add_column("made_with", ["?"])  # type: ignore[call-arg]
    found = count_dataset(datasets.concatenate_datasets([lines, python, unknown]))
    assert found.languages == {"lines": 6, "python": 2, "": 1}
    assert found.as_dict()["languages"] == found.languages
    assert {
        ("rows in lines of text", "66.7%"), ("rows in Python", "22.2%"),
        ("rows in a language that is not known", "11.1%"),
    } < set(found.facts())  # fmt: skip
    assert any("randseq, lines of text, s = 3" in name for name, _ in found.shares())
    assert Statistics.from_dict(found.as_dict()).languages == found.languages
    assert not any("rows in" in name for name, _ in count_dataset(lines).facts())


def test_statistics_survive_json() -> None:
    whole = count_dataset(rows(), len)
    again = Statistics.from_dict(json.loads(json.dumps(whole.as_dict(4))))
    assert again == replace(whole, pairs=b"")


def test_statistics_as_a_table() -> None:
    assert count_dataset(rows()).as_table().splitlines() == [
        "                                 mean  median  p5  p95  max",
        "edits per sequence                1.7       2   1    2    2",
        "lines per edit                    1.8       2   1    3    3",
        "lines of the program              3.0       3   3    3    3",
        "lines of the training text        4.7       5   4    5    5",
        "characters of the program         9.0       9   9    9    9",
        "characters of the training text  50.7      58  36   58   58",
        "",
        "sequences                           3",
        "sequences of a single edit      33.3%",
        "programs                            1",
        "distinct sequences                  2",
        "distinct sequences per program   2.00",
        "",
        "rows in                            2",
        "  sampled                          1",
        "  skipped                          1",
        "    syntax_error                   1",
        "  failed                           0",
        "states audited by pylint           4",
        "  rejected                1 (25.00%)",
    ]


def test_distributions() -> None:
    found = Distribution({1: 2, 5: 1, 9: 1})
    assert (found.total, found.mean) == (4, 4.0)
    assert [found.quantile(share) for share in (0, 0.5, 0.75, 1)] == [1, 1, 5, 9]
    assert [found.share_above(limit) for limit in (0, 1, 8, 9)] == [1, 0.5, 0.25, 0]
    assert Distribution().mean == Distribution().quantile(0.5) == Distribution().share_above(0) == 0


def test_lines_that_edits_remove() -> None:
    edits = ["@@ -1 +1 @@\n-a\n+b", "@@ -2,2 +1,0 @@\n-+x\n--y"]
    found = count_dataset(rows(edits=[edits, edits, edits, []]))
    assert found.removed_lines == Distribution({1: 3, 2: 3})
    assert "lines removed per edit" in found.as_table()
