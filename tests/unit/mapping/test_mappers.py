from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import ColumnError, ConfigError, LinterError, RowError
from lintseq_datasets.linters.base import LintMessage, LintResult
from lintseq_datasets.mapping.features import features_of
from lintseq_datasets.mapping.mappers import lintseq_map, randseq_map
from lintseq_datasets.mapping.transform import lintseq_transform
from lintseq_datasets.samplers.config import LintSeqConfig, RandSeqConfig

COLUMNS = [
    "prompt", "completion", "edits", "program", "program_id", "sample_index", "num_edits",
    "status", "method", "linter", "audited_states", "rejected_states", "made_with",
]  # fmt: skip
PUBLISHED_COLUMNS = ["edit_path", "index", "source_file", "source_instruction", "source_response"]

GOOD = "def f(x):\n    y = x + 1\n    return y\n\nprint(f(1))\n"
FAST = {"linter": "syntax", "num_samples": 3}

map_fast = functools.partial(lintseq_map, **FAST)
Rows = list[dict[str, Any]]


def rows_of(columns: Mapping[str, Sequence[Any]]) -> Rows:
    values = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in values]


class Batch(Mapping[str, Any]):
    """A mapping that is no dict, as `datasets` passes one."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self.columns = columns

    def __getitem__(self, name: str) -> Any:
        return self.columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)


class BrokenLinter:
    """Gives no verdict on programs that hold the word."""

    name = "broken 1"

    def __init__(self, word: str = "crash") -> None:
        self.word = word

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        return [
            LinterError("linter_crash", "broken 1", "boom") if self.word in text else ()
            for text in texts
        ]


class TestDefaultOutput:
    ROWS = rows_of(map_fast({"instruction": ["Add one."], "response": [GOOD]}))

    def test_columns(self) -> None:
        assert list(self.ROWS[0]) == COLUMNS == list(features_of())
        assert "text" not in COLUMNS

    def test_rows(self) -> None:
        program = GOOD.removesuffix("\n")
        assert [row["sample_index"] for row in self.ROWS] == [0, 1, 2]
        for row in self.ROWS:
            assert row["prompt"] == "Add one.\n"
            assert row["program"] == program
            assert row["program_id"] == hashlib.sha256(program.encode()).hexdigest()
            assert row["status"] == "ok"
            assert row["method"] == "lintseq"
            assert row["linter"].startswith("syntax ")
            assert row["num_edits"] == len(row["edits"]) > 0
            assert row["completion"] == "\n".join("<|diff|>" + edit for edit in row["edits"])
            assert EditSequence.from_text(row["completion"]).resolve().text == program
            assert EditSequence.from_edits(row["edits"]).resolve().text == program

    def test_values_are_plain(self) -> None:
        for row in self.ROWS:
            assert {name: type(value) for name, value in row.items()} == {
                **dict.fromkeys(COLUMNS, str), "edits": list, "sample_index": int, "num_edits": int,
                "audited_states": int, "rejected_states": int,
            }  # fmt: skip

    def test_randseq(self) -> None:
        rows = rows_of(randseq_map({"code": [GOOD, "not python ("]}, num_samples=2))
        assert list(rows[0]) == COLUMNS
        assert [row["sample_index"] for row in rows] == [0, 1, 0, 1]
        assert {(row["method"], row["linter"], row["status"]) for row in rows} == {
            ("randseq", "", "ok")
        }
        assert rows[2]["program"] == "not python ("

    def test_any_mapping(self) -> None:
        columns = {"instruction": ["Add one."], "response": [GOOD]}
        assert rows_of(map_fast(Batch(columns))) == self.ROWS
        arrays = {name: np.array(values) for name, values in columns.items()}
        rows = rows_of(map_fast(arrays))
        assert rows == self.ROWS
        assert type(rows[0]["prompt"]) is type(rows[0]["program"]) is str

    def test_empty_batch(self) -> None:
        assert map_fast({"code": []}) == {name: [] for name in COLUMNS}


class TestInstructions:
    @pytest.mark.parametrize(
        ("instruction", "prompt"),
        [("Do it.", "Do it.\n"), ("Do it.\n", "Do it.\n"), ("a\n\n", "a\n\n"), ("", ""), (None, ""),
         (" ", " \n"), ("a\r\nb", "a\r\nb\n")],
    )  # fmt: skip
    def test_prompt_ends_with_a_newline(self, instruction: str | None, prompt: str) -> None:
        batch = {"instruction": [instruction], "response": [GOOD]}
        assert map_fast(batch, num_samples=1)["prompt"] == [prompt]

    def test_absent(self) -> None:
        assert set(map_fast({"id": [1], "code": [GOOD]})["prompt"]) == {""}

    @pytest.mark.parametrize(
        ("instruction", "more", "prompt"),
        [("Sum.", "1 2", "Sum.\n1 2\n"), ("Sum.", "", "Sum.\n"), ("Sum.", None, "Sum.\n"),
         ("", "1 2", "1 2\n"), (None, None, "")],
    )  # fmt: skip
    def test_alpaca(self, instruction: str | None, more: str | None, prompt: str) -> None:
        batch = {"instruction": [instruction], "input": [more], "output": [GOOD]}
        assert map_fast(batch, num_samples=1)["prompt"] == [prompt]


class TestColumns:
    def test_named(self) -> None:
        batch = {"a": ["Do."], "b": [GOOD], "instruction": ["x"], "response": ["y"]}
        out = map_fast(batch, num_samples=1, instruction_column="a", program_column="b")
        assert out["prompt"] == ["Do.\n"]
        assert out["program"] == [GOOD.rstrip("\n")]

    @pytest.mark.parametrize("function", [map_fast, randseq_map, lintseq_transform])
    @pytest.mark.parametrize(
        ("batch", "problem"),
        [
            ({"a": ["x"], "b": ["y"]}, "No column is recognised"),
            ({"code": ["x"], "content": ["y"]}, "may be code or content"),
        ],
    )
    def test_errors(self, function: Any, batch: dict[str, Any], problem: str) -> None:
        with pytest.raises(ColumnError, match=problem):
            function(batch)

    @pytest.mark.parametrize("function", [map_fast, randseq_map])
    @pytest.mark.parametrize("value", [GOOD, None, 3])
    def test_called_without_batched(self, function: Any, value: Any) -> None:
        with pytest.raises(ConfigError, match=r"batched=True.*remove_columns=") as caught:
            function({"instruction": "Do.", "response": value})
        assert caught.value.option == "batched"


class TestOptions:
    def test_unknown_option(self) -> None:
        with pytest.raises(ConfigError, match="num_sample"):
            lintseq_map({"code": [GOOD]}, num_sample=3)
        with pytest.raises(ConfigError, match="linter"):
            randseq_map({"code": [GOOD]}, linter="syntax")

    @pytest.mark.parametrize(
        ("option", "value"),
        [("extract_code", "yes"), ("output_format", "trl"), ("on_error", "ignore"),
         ("linter", "flake9"), ("linter", 3)],
    )  # fmt: skip
    def test_wrong_value(self, option: str, value: Any) -> None:
        with pytest.raises(ConfigError) as caught:
            lintseq_map({"code": [GOOD]}, **{option: value})
        assert caught.value.option == option

    def test_config_is_the_same_as_options(self) -> None:
        batch = {"code": [GOOD]}
        config = LintSeqConfig(linter="syntax", num_samples=3, seed=9, unique=True)
        expected = lintseq_map(batch, linter="syntax", num_samples=3, seed=9, unique=True)
        assert lintseq_map(batch, config=config) == expected
        changed = LintSeqConfig(linter="pylint", num_samples=3, seed=9)
        assert lintseq_map(batch, config=changed, linter="syntax", unique=True) == expected
        assert randseq_map(batch, config=RandSeqConfig(seed=2)) == randseq_map(batch, seed=2)

    @pytest.mark.parametrize(
        ("function", "config"),
        [(lintseq_map, RandSeqConfig()), (randseq_map, LintSeqConfig()),
         (lintseq_transform, RandSeqConfig()), (lintseq_map, {"seed": 1})],
    )  # fmt: skip
    def test_config_of_another_kind(self, function: Any, config: Any) -> None:
        with pytest.raises(ConfigError) as caught:
            function({"code": [GOOD]}, config=config)
        assert caught.value.option == "config"

    def test_own_linter(self) -> None:
        class FirstLine:
            name = "first line 1"

            def lint(self, texts: Sequence[str]) -> list[LintResult]:
                return [
                    () if text.startswith("def") else (LintMessage("L1", 1, 0),) for text in texts
                ]

        out = lintseq_map({"code": ["def f():\n    return 1\nx = 2"]}, linter=FirstLine())
        assert set(out["linter"]) == {"first line 1"}
        for row in rows_of(out):
            states = EditSequence.from_edits(row["edits"]).states()
            assert all(state.text.startswith("def") for state in states)


HOSTILE = [
    (GOOD, "ok"),
    (None, "skipped:no_program"),
    ("", "skipped:empty_program"),
    (" \n\t\n", "skipped:empty_program"),
    ("\ufeff", "skipped:empty_program"),
    ("# nothing\n", "skipped:no_code"),
    ("x = (", "skipped:syntax_error"),
    ("print 'python 2'", "skipped:syntax_error"),
    ("(" * 3000 + ")" * 3000, "skipped:syntax_error"),
    ("a\x00b", "skipped:nul_character"),
    ("x = '\ud800'", "skipped:lone_surrogate"),
    ("x = 1\n" * 21, "skipped:program_too_long"),
    ("crash = 1", "failed:linter_crash"),
]


class TestEveryRowIsAccountedFor:
    BATCH: dict[str, Any] = {  # noqa: RUF012
        "instruction": [f"row {number}" for number in range(len(HOSTILE))],
        "response": [text for text, _ in HOSTILE],
    }
    OPTIONS: dict[str, Any] = {  # noqa: RUF012
        "linter": BrokenLinter(), "num_samples": 2, "max_lines": 20
    }  # fmt: skip

    def test_record(self) -> None:
        rows = rows_of(lintseq_map(self.BATCH, **self.OPTIONS))
        assert len(rows) == len(HOSTILE) + 1
        assert [row["prompt"] for row in rows] == [
            f"row {number}\n" for number in (0, *range(len(HOSTILE)))
        ]
        assert [row["status"] for row in rows[1:]] == [status for _, status in HOSTILE]
        for row in rows[2:]:
            assert (row["completion"], row["edits"], row["num_edits"]) == (None, [], 0)
            assert (row["sample_index"], row["program_id"]) == (-1, "")
            assert row["method"] == "lintseq"
            row["program"].encode()
        assert rows[6]["program"] == "# nothing"
        assert rows[7]["program"] == "x = ("

    def test_skip(self) -> None:
        rows = rows_of(lintseq_map(self.BATCH, **self.OPTIONS, on_error="skip"))
        assert [row["prompt"] for row in rows] == ["row 0\n", "row 0\n"]

    def test_raise(self) -> None:
        with pytest.raises(RowError) as caught:
            lintseq_map(self.BATCH, **self.OPTIONS, on_error="raise")
        assert (caught.value.index, caught.value.status) == (1, "skipped:no_program")
        batch = {"code": [GOOD, "crash = 1"]}
        with pytest.raises(RowError, match="boom") as caught:
            lintseq_map(batch, **self.OPTIONS, on_error="raise")
        assert (caught.value.index, caught.value.status) == (1, "failed:linter_crash")

    def test_published_columns_have_no_place_for_a_reason(self) -> None:
        out = lintseq_map(self.BATCH, **self.OPTIONS, output_format="pylintseq")
        assert out["source_instruction"] == ["row 0"] * 2
        with pytest.raises(RowError):
            lintseq_map(self.BATCH, **self.OPTIONS, output_format="pylintseq", on_error="raise")

    def test_randseq(self) -> None:
        rows = rows_of(randseq_map(self.BATCH, num_samples=1, max_lines=20))
        statuses = [row["status"] for row in rows]
        assert statuses == [
            status if status.split(":")[1:] not in (["syntax_error"], ["no_code"], ["linter_crash"])
            else "ok"
            for _, status in HOSTILE
        ]  # fmt: skip

    def test_lone_surrogate_in_the_instruction(self) -> None:
        (row,) = rows_of(map_fast({"instruction": ["\udc00"], "response": [GOOD]}))
        assert row["status"] == "skipped:lone_surrogate"
        row["prompt"].encode()

    def test_transform(self) -> None:
        out = lintseq_transform(self.BATCH, **self.OPTIONS, status_column="why")
        assert list(out) == ["instruction", "response", "edit_sequences", "why"]
        assert out["response"] == self.BATCH["response"]
        assert out["why"] == [status for _, status in HOSTILE]
        assert [len(found) for found in out["edit_sequences"]] == [2] + [0] * (len(HOSTILE) - 1)


class TestExtractCode:
    ANSWER = f"Here:\n```python\n{GOOD}```\nDone."

    @pytest.mark.parametrize(
        ("extract_code", "status"),
        [("auto", "ok"), ("markdown", "ok"), (None, "skipped:syntax_error")],
    )
    def test_answer(self, extract_code: Any, status: str) -> None:
        out = map_fast({"code": [self.ANSWER]}, extract_code=extract_code, num_samples=1)
        assert out["status"] == [status]
        assert status != "ok" or out["program"] == [GOOD.rstrip("\n")]

    def test_program_without_fences(self) -> None:
        statuses = [
            map_fast({"code": [GOOD]}, extract_code=mode, num_samples=1)["status"]
            for mode in ("auto", "markdown", None)
        ]
        assert statuses == [["ok"], ["skipped:no_python_fence"], ["ok"]]

    def test_windows_line_ends(self) -> None:
        text = "\ufeff" + self.ANSWER.replace("\n", "\r\n")
        out = map_fast({"code": [text]}, num_samples=1)
        assert out["program"] == [GOOD.rstrip("\n")]


class TestOtherFormats:
    BATCH: dict[str, Any] = {"instruction": ["Do.\n", None], "response": [GOOD, "x = ("]}  # noqa: RUF012

    def test_conversational(self) -> None:
        plain = map_fast(self.BATCH)
        out = map_fast(self.BATCH, output_format="conversational")
        assert list(out) == COLUMNS == list(features_of("conversational"))
        assert out["prompt"][0] == [{"role": "user", "content": "Do."}]
        assert out["completion"][0] == [{"role": "assistant", "content": plain["completion"][0]}]
        assert {n: v for n, v in out.items() if n not in ("prompt", "completion")} == {
            n: v for n, v in plain.items() if n not in ("prompt", "completion")
        }

    def test_published(self) -> None:
        plain = map_fast(self.BATCH)
        out = map_fast(self.BATCH, [7, 8], output_format="pylintseq", source_file="a.jsonl")
        assert list(out) == PUBLISHED_COLUMNS == list(features_of("pylintseq"))
        assert out["edit_path"] == plain["edits"][:3]
        assert out["index"] == [7, 7, 7]
        assert out["source_file"] == ["a.jsonl"] * 3
        assert out["source_instruction"] == ["Do.\n"] * 3
        assert out["source_response"] == [GOOD] * 3

    def test_published_without_indices(self) -> None:
        assert set(map_fast(self.BATCH, output_format="pylintseq")["index"]) == {-1}

    @pytest.mark.parametrize("output_format", ["default", "conversational", "pylintseq"])
    def test_features_hold_the_output(self, output_format: Any) -> None:
        out = map_fast(self.BATCH, output_format=output_format)
        features = features_of(output_format)
        assert list(features) == list(out)
        assert [features.encode_example(row) for row in rows_of(out)] == rows_of(out)


class TestSameProgramSameSequences:
    def test_within_a_batch_between_batches_and_under_other_instructions(self) -> None:
        texts = [GOOD, "x = 1\ny = x\nprint(y)", GOOD + "\n\n", f"```python\n{GOOD}```"]
        together = map_fast({"instruction": list("abcd"), "response": texts})["edits"]
        apart = [map_fast({"code": [text]})["edits"] for text in texts]
        assert together == [edits for row in apart for edits in row]
        assert apart[0] == apart[2] == apart[3] != apart[1]

    def test_order(self) -> None:
        texts = [GOOD, "x = 1\ny = x\nprint(y)", "for x in y:\n    z\n    w"]
        forwards, backwards = map_fast({"code": texts}), map_fast({"code": texts[::-1]})
        assert sorted(map(str, rows_of(forwards))) == sorted(map(str, rows_of(backwards)))

    def test_seed_epoch_unique(self) -> None:
        batch = {"code": [GOOD]}
        drawn = {
            str(map_fast(batch, **options, num_samples=8)["edits"])
            for options in ({}, {"seed": 1}, {"epoch": 1}, {"seed": 0})
        }
        assert len(drawn) == 3
        edits = map_fast(batch, num_samples=8, unique=True)["edits"]
        assert len({str(found) for found in edits}) == len(edits)


class TestTransform:
    def test_row(self) -> None:
        row = {"id": 7, "instruction": "Do.", "response": GOOD}
        out = lintseq_transform(row, **FAST)
        assert {name: out[name] for name in row} == row
        assert list(out) == [*row, "edit_sequences"]
        assert out["edit_sequences"] == map_fast({"code": [GOOD]})["edits"]

    def test_batch(self) -> None:
        batch = {"instruction": ["a", "b"], "response": [GOOD, "x = 1"]}
        out = lintseq_transform(Batch(batch), **FAST)
        assert out["edit_sequences"] == [
            map_fast({"code": [text]})["edits"] for text in batch["response"]
        ]

    def test_row_without_a_program(self) -> None:
        out = lintseq_transform({"code": None}, **FAST, status_column="status")
        assert out == {"code": None, "edit_sequences": [], "status": "skipped:no_program"}

    @pytest.mark.parametrize("value", [3, b"x", 1.5])
    def test_row_without_text(self, value: object) -> None:
        out = lintseq_transform({"code": value}, **FAST, status_column="status")
        assert out == {"code": value, "edit_sequences": [], "status": "skipped:not_text"}

    def test_epoch_draws_afresh(self) -> None:
        drawn = [
            lintseq_transform({"code": GOOD}, **FAST, epoch=epoch)["edit_sequences"]
            for epoch in (0, 1, 0)
        ]
        assert drawn[0] == drawn[2] != drawn[1]
