"""The rows that people have: conversations, lists, dates, numbers, and tables of every kind."""

from __future__ import annotations

import datetime
import json
import logging
import tracemalloc
from typing import Any

import numpy as np
import pytest
from datasets import Dataset, DatasetDict

from lintseq_datasets import FEATURES, features_of, lintseq_map, lintseq_transform, refactor
from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.jobs.local import generate
from lintseq_datasets.mapping.accounting import Accounting
from lintseq_datasets.mapping.dataset import provenance

GOOD = "def f(a):\n    b = a + 1\n    return b\n\nprint(f(1))"
OTHER = "x = 1\nprint(x)"
FENCED = f"Here:\n```python\n{GOOD}\n```\nDone."
FAST: dict[str, Any] = {"linter": "syntax", "num_samples": 1}


def rows_of(batch: Any, **options: Any) -> list[dict[str, Any]]:
    columns = lintseq_map(batch, **{**FAST, **options})
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def said(*turns: str, roles: tuple[str, str] = ("user", "assistant")) -> list[dict[str, str]]:
    """A conversation in which both speak in turn."""
    return [{"role": roles[n % 2], "content": text} for n, text in enumerate(turns)]


def shared(*turns: str) -> list[dict[str, str]]:
    return [{"from": ("human", "gpt")[n % 2], "value": text} for n, text in enumerate(turns)]


class TestNoText:
    @pytest.mark.parametrize(
        "value",
        [
            42,
            1.5,
            True,
            b"x = 1",
            [1, 2],
            {"a": "x = 1"},
            [[GOOD]],
            np.float64(2),
            {"role": "user"},
            {"lintseq_problem": "no reason of ours", "detail": "x"},
        ],
    )
    def test_a_row_that_says_so(self, value: object, caplog: pytest.LogCaptureFixture) -> None:
        batch = {"instruction": ["a", "b", "c"], "response": [GOOD, value, GOOD]}
        with caplog.at_level(logging.INFO):
            rows = rows_of(batch)
        assert [row["status"] for row in rows] == ["ok", "skipped:not_text", "ok"]
        assert (rows[1]["prompt"], rows[1]["program"]) == ("b\n", "")
        assert f"column 'response' holds {type(value).__name__}" in caplog.text
        assert "row 1 of its batch" in caplog.text

    def test_an_instruction(self) -> None:
        (row,) = rows_of({"instruction": [7], "response": [GOOD]})
        assert (row["status"], row["program"]) == ("skipped:not_text", GOOD)

    @pytest.mark.parametrize("missing", [None, float("nan"), np.nan])
    def test_what_is_missing(self, missing: object) -> None:
        rows = rows_of({"instruction": [missing, "b"], "response": [GOOD, missing]})
        assert [row["status"] for row in rows] == ["ok", "skipped:no_program"]
        assert rows[0]["prompt"] == ""

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (datetime.datetime(2024, 2, 3), "2024-02-03"),
            (datetime.datetime(2024, 2, 3, 4, 5), "2024-02-03T04:05:00"),
            (datetime.date(2024, 2, 3), "2024-02-03"),
        ],
    )
    def test_dates_are_text(self, value: object, text: str) -> None:
        (row,) = rows_of({"instruction": [value], "response": [GOOD]})
        assert (row["status"], row["prompt"]) == ("ok", text + "\n")

    def test_a_column_that_can_hold_no_text(self) -> None:
        dataset = Dataset.from_dict({"prompt": ["a"], "code": [1], "other": [GOOD]})
        with pytest.raises(ColumnError, match=r"'code' holds int64, not text.*program") as caught:
            refactor(dataset, **FAST)
        assert caught.value.available == ("prompt", "code", "other")

    def test_columns_that_hold_nothing(self) -> None:
        values = {"instruction": [None], "input": [float("nan")], "output": [GOOD]}
        (row,) = refactor(Dataset.from_dict(values), **FAST)
        assert (row["status"], row["prompt"]) == ("ok", "")

    def test_a_column_of_anything(self) -> None:
        rows = [{"code": GOOD}, {"code": 3}, {"code": None}]
        result = refactor(Dataset.from_list(rows, on_mixed_types="use_json"), **FAST)
        assert result["status"][:] == ["ok", "skipped:not_text", "skipped:no_program"]


class TestConversations:
    @pytest.mark.parametrize(
        "value",
        [
            said("Add.", FENCED),
            shared("Add.", FENCED),
            said("Add.", FENCED, roles=("User", "model")),
            [{"role": "system", "content": "Be nice."}, *said("Add.", FENCED)],
            said("Hello?", "Hello!", "Add.", FENCED, "Thanks.", "You are welcome!"),
            [
                {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Add."}]},
                {"role": "assistant", "content": [{"type": "text", "text": FENCED}]},
            ],
            {"role": ["user", "assistant"], "content": ["Add.", FENCED]},
            [*said("Add.", FENCED), {"role": "user", "content": None}],
            np.array(said("Add.", FENCED), dtype=object),
            said("Add.", FENCED, roles=("USER", "gpt-4")),
            said("Add.", FENCED, roles=("Human", "Bot")),
            json.dumps(said("Add.", FENCED)),
            str(shared("Add.", FENCED)),
            json.dumps({"messages": said("Add.", FENCED)}),
            [{"assistant": FENCED, "human": "Add."}],
            ["Add.", FENCED],
            f"User: Add.\n\nAssistant: {FENCED}",
        ],
    )
    @pytest.mark.parametrize("column", ["messages", "conversations", "Messages"])
    def test_the_program_and_what_it_answers(self, value: Any, column: str) -> None:
        (row,) = rows_of({"id": [1], column: [value]})
        assert (row["status"], row["prompt"], row["program"]) == ("ok", "Add.\n", GOOD)

    def test_prompt_and_completion_as_messages(self) -> None:
        both = said("Add.", FENCED)
        for prompt, completion in ((both[:1], both[1:]), ("Add.", both[1:]), (both[:1], FENCED)):
            (row,) = rows_of({"prompt": [prompt], "completion": [completion]})
            assert (row["status"], row["prompt"], row["program"]) == ("ok", "Add.\n", GOOD)

    @pytest.mark.parametrize("prompt", ["Add.", said("Add.")])
    @pytest.mark.parametrize("chosen", [FENCED, said("Add.", FENCED), said("Add.", FENCED)[1:]])
    def test_preferences(self, prompt: Any, chosen: Any) -> None:
        batch = {"prompt": [prompt], "chosen": [chosen], "rejected": ["no"]}
        (row,) = rows_of(batch)
        assert (row["status"], row["prompt"], row["program"]) == ("ok", "Add.\n", GOOD)

    @pytest.mark.parametrize("roles", [("user", "wizard"), ("asker", "assistant"), ("a", "b")])
    def test_a_role_that_is_not_known(
        self, roles: tuple[str, str], caplog: pytest.LogCaptureFixture
    ) -> None:
        unknown = next(role for role in roles if role not in ("user", "assistant"))
        with caplog.at_level(logging.INFO):
            (row,) = rows_of({"messages": [said("Add.", FENCED, roles=roles)]})
        assert row["status"] == "skipped:unknown_role"
        assert repr(unknown) in caplog.text

    def test_a_conversation_as_text_in_other_columns(self) -> None:
        (row,) = rows_of({"output": [json.dumps(said("Add.", FENCED))]})
        assert (row["prompt"], row["program"]) == ("Add.\n", GOOD)
        (row,) = rows_of({"prompt": [json.dumps(said("Add."))], "completion": [FENCED]})
        assert (row["prompt"], row["program"]) == ("Add.\n", GOOD)

    def test_values_as_text_are_no_program(self) -> None:
        texts = ['{"code": "print(1)"}', '"x = f(1)"', "[1, 2]", '[{"a": "x = 1"}]']
        assert [row["status"] for row in rows_of({"code": texts})] == ["skipped:no_program"] * 4

    def test_which_answer(self) -> None:
        value = said("First.", OTHER, "Then.", FENCED, "More?", "```js\nlet a\n```")
        batch = {"messages": [value]}
        assert [row["prompt"] for row in rows_of(batch)] == ["Then.\n"]
        assert [row["prompt"] for row in rows_of(batch, turns="first")] == ["First.\n"]
        each = rows_of(batch, turns="each", num_samples=2)
        assert [row["prompt"] for row in each] == ["First.\n"] * 2 + ["Then.\n"] * 2
        assert [row["sample_index"] for row in each] == [0, 1, 0, 1]

    def test_history(self) -> None:
        value = [{"role": "system", "content": "Be nice."}, *said("Hi.", "Hi!", "Add.", FENCED)]
        (row,) = rows_of({"messages": [value]}, history=True)
        assert row["prompt"] == "Be nice.\n\nHi.\n\nHi!\n\nAdd.\n"
        (row,) = rows_of({"messages": [value]}, history=True, output_format="conversational")
        assert row["prompt"] == value[:-1]
        (row,) = rows_of({"messages": [value]}, history=True, output_format="pylintseq")
        assert row["source_instruction"] == "Be nice.\n\nHi.\n\nHi!\n\nAdd."

    def test_history_of_an_instruction(self) -> None:
        asked = said("Hi.", "Hi!", "Add.", "Wait.")  # behind the question nothing counts
        batch = {"prompt": [asked], "completion": [FENCED]}
        (row,) = rows_of(batch, history=True, output_format="conversational")
        assert row["prompt"] == asked[:3]
        assert rows_of(batch)[0]["prompt"] == "Add.\n"

    def test_many_turns_take_no_more_memory_than_their_texts(self) -> None:
        batch = {"messages": [said(*["Add.", "Not yet, sorry."] * 2000)]}
        rows_of({"messages": [said("Add.", "Not yet.")]})  # imports take memory as well
        tracemalloc.start()
        assert [row["status"] for row in rows_of(batch)] == ["skipped:no_program"]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        # The histories of all turns have 38 million characters. Other threads may take some, too.
        assert peak < 20_000_000

    def test_history_between_question_and_answer(self) -> None:
        asked, answered = said("Add.", FENCED)
        tools = [{"role": "assistant", "content": "find()"}, {"role": "tool", "content": "42"}]
        batch = {"messages": [[asked, *tools, answered]]}
        (row,) = rows_of(batch, history=True)
        assert row["prompt"] == "Add.\n\nfind()\n\n42\n"
        (row,) = rows_of(batch, history=True, output_format="conversational")
        assert row["prompt"] == [asked, *tools]
        assert rows_of(batch)[0]["prompt"] == "Add.\n"

    @pytest.mark.parametrize(
        ("value", "status"),
        [
            ([], "skipped:no_program"),
            (said("Add."), "skipped:no_program"),
            (said("Add.", "```python\ndef f(:\n```"), "skipped:syntax_error"),
            (said("Add.", ""), "skipped:empty_program"),
            ([{"role": "assistant", "content": 3}], "skipped:not_text"),
            (None, "skipped:no_program"),
        ],
    )
    def test_without_a_program(self, value: Any, status: str) -> None:
        rows = rows_of({"messages": [value, said("Add.", FENCED)]})
        assert [row["status"] for row in rows] == [status, "ok"]

    def test_what_the_library_writes_is_read_again(self) -> None:
        for output_format in ("default", "conversational"):
            once = lintseq_map({"problem": ["Add."], "solution": [GOOD]}, **FAST,
                               output_format=output_format)  # fmt: skip
            (row,) = rows_of(once)
            assert (row["status"], row["prompt"], row["program"]) == ("ok", "Add.\n", GOOD)

    def test_a_row_of_the_transform(self) -> None:
        value = said("Add.", GOOD)
        one = lintseq_transform({"messages": value}, **FAST)
        assert one["messages"] == value
        several = lintseq_transform({"messages": [value]}, **FAST)
        assert several["edit_sequences"] == [one["edit_sequences"]]


class TestSolutions:
    @pytest.mark.parametrize(
        "value",
        [
            [GOOD, OTHER],
            json.dumps([GOOD, OTHER]),
            {"language": [2, 3, 3], "solution": ["int main;", GOOD, OTHER]},
            {"language": ["PYTHON", "Python3", "PyPy 3"], "solution": ["print 1", GOOD, OTHER]},
            [{"language": "Python3", "solution": GOOD}, {"language": "py", "solution": OTHER}],
        ],
    )
    def test_first_or_each(self, value: Any) -> None:
        batch = {"question": ["Add."], "solutions": [value]}
        assert [row["program"] for row in rows_of(batch)] == [GOOD]
        assert [row["program"] for row in rows_of(batch, solutions="each")] == [GOOD, OTHER]

    @pytest.mark.parametrize("value", [[], "[]", {"language": [2], "solution": ["int main;"]}])
    def test_none(self, value: Any) -> None:
        (row,) = rows_of({"question": ["Add."], "solutions": [value]})
        assert row["status"] == "skipped:no_program"


@pytest.mark.parametrize("on_error", ["record", "skip"])
@pytest.mark.parametrize("output_format", ["default", "pylintseq"])
def test_rows_of_several_programs_are_one_row_in_the_accounting(
    on_error: Any, output_format: Any
) -> None:
    lists = [[GOOD, OTHER], ["def f(:", GOOD], ["def f(:", "x = ("], [OTHER, "def f(:"]]
    dataset = Dataset.from_dict({"question": list("abcd"), "solutions": lists})
    result = refactor(
        dataset, linter="syntax", num_samples=2, solutions="each", on_error=on_error,
        output_format=output_format, batch_size=3,
    )  # fmt: skip
    found = Accounting.from_dict((provenance(result) or {})["accounting"])
    assert (found.rows_in, found.sampled, found.skipped) == (4, 3, {"syntax_error": 1})
    assert found.num_sequences == 8
    recorded = on_error == "record" and output_format == "default"
    assert len(result) == 8 + 4 * recorded


class TestTables:
    """What `datasets` gives a mapper under its formats."""

    ROWS = Dataset.from_dict({"prompt": ["a", None, "c"], "code": [GOOD, None, OTHER]})

    @pytest.mark.parametrize("kind", ["arrow", "pandas", "numpy", "torch", "python"])
    def test_formats(self, kind: str) -> None:
        expected = lintseq_map(self.ROWS[:], **FAST)
        found = self.ROWS.with_format(kind).map(
            lintseq_map, batched=True, remove_columns=["prompt", "code"], features=FEATURES,
            fn_kwargs=FAST,
        )  # fmt: skip
        assert found.with_format(None)[:] == expected

    @pytest.mark.parametrize("kind", ["arrow", "pandas", "numpy"])
    def test_conversations(self, kind: str) -> None:
        rows = Dataset.from_dict({"messages": [said("Add.", FENCED)] * 2})
        found = rows.with_format(kind).map(
            lintseq_map, batched=True, remove_columns=["messages"], features=FEATURES,
            fn_kwargs=FAST,
        )  # fmt: skip
        assert found.with_format(None)["program"][:] == [GOOD] * 2

    def test_a_transform_of_the_users(self) -> None:
        shouting = self.ROWS.select([2]).with_transform(
            lambda batch: {**batch, "prompt": [text.upper() for text in batch["prompt"]]}
        )
        assert refactor(shouting, **FAST)["prompt"][:] == ["C\n"]

    @pytest.mark.parametrize("what", [DatasetDict(train=ROWS), ROWS, "x = 1", None, 3])
    def test_what_is_no_batch(self, what: Any) -> None:
        with pytest.raises(ConfigError, match="no batch of columns: call refactor") as caught:
            lintseq_map(what)
        assert caught.value.option == "batch"

    @pytest.mark.parametrize("kind", ["arrow", "pandas", "numpy", "torch", None])
    @pytest.mark.parametrize("batched", [True, False])
    def test_the_transform(self, kind: str | None, batched: bool) -> None:
        expected = lintseq_transform(self.ROWS[:], **FAST, status_column="why")
        found = self.ROWS.with_format(kind).map(
            lintseq_transform, batched=batched, fn_kwargs={**FAST, "status_column": "why"}
        )
        assert found.with_format(None)[:] == expected

    @pytest.mark.parametrize("kind", ["arrow", "pandas", "numpy", "torch"])
    @pytest.mark.parametrize("is_stream", [True, False])
    def test_jobs(self, kind: str, is_stream: bool, tmp_path: Any) -> None:
        rows = self.ROWS.select([0, 2])
        source: Any = rows.to_iterable_dataset() if is_stream else rows
        done = generate(source.with_format(kind), tmp_path / "out.parquet", **FAST, progress=False)
        assert done.accounting.sampled == 2

    @pytest.mark.parametrize("what", [DatasetDict(train=ROWS), ROWS, "x = 1", [{"code": "x"}]])
    def test_what_cannot_be_transformed(self, what: Any) -> None:
        with pytest.raises(ConfigError, match=r"no batch of columns: call dataset\.map"):
            lintseq_transform(what)


def test_the_transform_of_rows_with_several_programs() -> None:
    answers = [
        "```py\na = 1\n```\n```py\nb = 2\n```",
        "def f(:",
        "```py\nx = (\n```\n```py\nb = 2\n```",
    ]
    out = lintseq_transform({"code": answers}, **FAST, fences="each", status_column="why")
    assert [len(sequences) for sequences in out["edit_sequences"]] == [2, 0, 1]
    assert out["why"] == ["ok", "skipped:syntax_error", "ok"]
    one = lintseq_transform({"code": answers[0]}, **FAST, fences="each")
    assert one["edit_sequences"] == out["edit_sequences"][0]


@pytest.mark.parametrize("name", ["code", "edit_sequences", 3])
def test_a_status_column_that_cannot_be(name: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        lintseq_transform({"code": [GOOD]}, **FAST, status_column=name)
    assert caught.value.option == "status_column"


def test_all_rows_without_a_sequence_are_warned_of(
    caplog: pytest.LogCaptureFixture, tmp_path: Any
) -> None:
    solutions = [["def f(:", GOOD], ["x = (", "y = ("], [GOOD]]
    dataset = Dataset.from_dict({"solutions": solutions})
    options: Any = {**FAST, "solutions": "each"}
    result = refactor(dataset, **options)
    assert [row["status"] for row in result].count("ok") == 2
    generate(dataset, tmp_path / "out.parquet", **options, progress=False)
    said = [r.getMessage() for r in caplog.records]
    warnings = [text for text in said if text.startswith("rows without an edit sequence: 3,")]
    assert len(warnings) == 2


def test_code_that_goes_on() -> None:
    prompt, solution = 'def f(a):\n    """Same."""\n', "    return a\n"
    batch = {"prompt": [prompt, prompt, "Same.", prompt], "canonical_solution": [
        solution, "    return (", solution, "def f(a):\n    return a"]}  # fmt: skip
    rows = rows_of(batch)
    assert [row["status"] for row in rows] == [
        "ok",
        "skipped:syntax_error",
        rows[2]["status"],
        "ok",
    ]
    assert rows[2]["status"].startswith("skipped:")
    assert rows[0]["program"] == prompt + "    return a"
    assert (rows[0]["prompt"], rows[3]["program"]) == (prompt, "def f(a):\n    return a")
    assert rows_of(batch, extract_code=None)[0]["status"] == "skipped:syntax_error"
    accounting = (provenance(refactor(Dataset.from_dict(batch), **FAST)) or {})["accounting"]
    assert accounting["answers"] == {"continued": 1}


def test_what_was_read_is_said(caplog: pytest.LogCaptureFixture) -> None:
    dataset = Dataset.from_dict({"Input": ["Add."], "Output": [GOOD]})
    with caplog.at_level(logging.INFO):
        result = refactor(dataset, **FAST)
    assert result["prompt"][:] == ["Add.\n"]
    assert "instruction from 'Input', program from 'Output'" in caplog.text
    record = provenance(result) or {}
    assert record["source"]["columns"]["instruction"] == "Input"


def test_a_lost_instruction_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    dataset = Dataset.from_dict({"title": ["Add."], "code": [GOOD], "stars": [3]})
    refactor(dataset, **FAST)
    assert [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING] == [
        "no column is recognised as the instruction; these hold texts, too: title "
        "(name one with instruction_column=, or --instruction-column)"
    ]


@pytest.mark.parametrize("output_format", ["default", "conversational", "pylintseq"])
def test_a_stream_is_written_to_one_file(tmp_path: Any, output_format: Any) -> None:
    codes = ["def f(:", "a = 1\nb = a", None, OTHER]
    dataset = Dataset.from_dict({"code": codes})
    stream = refactor(
        dataset.to_iterable_dataset(num_shards=3), **FAST, output_format=output_format, batch_size=1
    )
    stream.to_parquet(str(tmp_path / "edits.parquet"))
    written = Dataset.from_parquet(str(tmp_path / "edits.parquet"), cache_dir=str(tmp_path))
    whole = refactor(dataset, **FAST, output_format=output_format)
    if output_format == "pylintseq":  # a shard numbers its own rows
        written, whole = (rows.remove_columns("index") for rows in (written, whole))
    assert next(iter(stream.take(1))).keys() == set(features_of(output_format))
    assert written.to_list() == whole.to_list()


def test_columns_that_are_not_read_are_not_touched() -> None:
    class Lazy(dict[str, Any]):
        """As a batch of `datasets`, which decodes a column when it is asked for."""

        def __getitem__(self, name: str) -> Any:
            assert name != "image"
            return super().__getitem__(name)

    batch = Lazy(image=["broken"], prompt=["Add."], code=[GOOD])
    assert [row["status"] for row in rows_of(batch)] == ["ok"]
