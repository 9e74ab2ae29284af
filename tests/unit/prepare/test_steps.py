"""From rows of any columns to instruction and program; what is no Python."""

from __future__ import annotations

from typing import Any

import pytest

from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.prepare import POOLED, STEPS, extract_programs, find_syntax_errors

MARKS = ("status", "detail", "benchmark", "task_id")
ANSWER = "Sure!\n\n```python\ndef one():\n    return 1\n```\n\nIt returns 1."


def extract(rows: list[dict[str, Any]], **options: Any) -> list[dict[str, Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    batch = {name: [row.get(name) for row in rows] for name in names}
    found = extract_programs(batch, list(range(10, 10 + len(rows))), **options)
    assert tuple(found) == (*POOLED, *MARKS)
    return [dict(zip(found, values, strict=True)) for values in zip(*found.values(), strict=True)]


def status(row: dict[str, Any], **options: Any) -> str:
    return str(extract([row], **options)[0]["status"])


# --- extracting ----------------------------------------------------------------------


def test_markdown_and_prose_are_stripped_and_the_instruction_stays() -> None:
    (row,) = extract([{"problem": "Return *1*.\r\n", "solution": ANSWER}], source="here")
    assert row == {
        "instruction": "Return *1*.\r\n", "program": "def one():\n    return 1", "license": None,
        "source": "here", "source_id": "10", "status": "ok", "detail": "", "benchmark": "",
        "task_id": "",
    }  # fmt: skip


@pytest.mark.parametrize("columns", [("instruction", "response"), ("task", "code"), ("a", "b")])
def test_columns_of_any_name(columns: tuple[str, str]) -> None:
    named = {"instruction_column": columns[0], "program_column": columns[1]}
    (row,) = extract([{columns[0]: "Do.", columns[1]: "x = 1", "c": 3}], **named)
    assert (row["instruction"], row["program"]) == ("Do.", "x = 1")


def test_the_input_of_alpaca_continues_the_instruction() -> None:
    (row,) = extract([{"instruction": "Sort.", "input": "3 1 2", "output": "sorted([3, 1, 2])"}])
    assert row["instruction"] == "Sort.\n3 1 2"


def test_rows_without_an_instruction_column_are_kept() -> None:
    assert status({"code": "x = 1"}) == "ok"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"instruction": "Do.", "response": None}, "no_program"),
        ({"instruction": "Do.", "response": " \n\t\n"}, "empty_program"),
        ({"instruction": "Do.", "response": "```python\n```"}, "empty_program"),
        ({"instruction": "Do.", "response": "x\0"}, "nul_character"),
        ({"instruction": "Do.", "response": "x = '\ud800'"}, "lone_surrogate"),
        ({"instruction": "\ud800", "response": "x = 1"}, "lone_surrogate"),
        ({"instruction": "Do.", "response": 5}, "not_text"),
        ({"instruction": ["Do."], "response": "x = 1"}, "not_text"),
        ({"instruction": None, "response": "x = 1"}, "no_instruction"),
        ({"instruction": " \n", "response": "x = 1"}, "no_instruction"),
    ],
)
def test_a_row_without_instruction_or_program_has_a_named_reason(
    row: dict[str, Any], reason: str
) -> None:
    good = {"instruction": "Do.", "response": "x = 1"}
    found = extract([good, row, good])
    assert [one["status"] for one in found] == ["ok", f"dropped:{reason}", "ok"]
    assert found[1]["detail"]
    assert reason in (*STEPS["language"], *STEPS["extract"])
    for text in found[1].values():
        assert text is None or text.encode("utf-8") is not None


def test_fences_as_asked_for() -> None:
    row = {"instruction": "Do.", "response": "```js\nfoo()\n```"}
    assert status(row, extract_code="markdown") == "dropped:no_python_fence"
    assert extract([row], extract_code=None)[0]["program"] == row["response"]
    with pytest.raises(ConfigError, match="extract_code"):
        extract([row], extract_code="fences")


def test_languages_are_compared_without_case_and_space() -> None:
    rows = [{"code": "x = 1", "lang": label} for label in ("Python", " python ", "rust", None, 3)]
    found = extract(rows, language_column="lang", language=["python"])
    assert [row["status"] for row in found] == ["ok", "ok", *["dropped:other_language"] * 3]
    assert [row["detail"] for row in found[2:]] == ["rust", "no label", "3"]


def test_the_language_comes_before_what_is_wrong_with_the_program() -> None:
    row = {"code": None, "lang": "rust"}
    assert status(row, language_column="lang", language="python") == "dropped:other_language"


def test_each_row_has_its_own_license_or_the_given_one() -> None:
    licenses = ["mit", None, "", ["apache-2.0", "mit"], []]
    rows = [{"code": "x = 1", "license": license} for license in licenses]
    found = extract(rows, license_column="license", license="odc-by")
    assert [row["license"] for row in found] == [
        "mit", "odc-by", "odc-by", "apache-2.0, mit", "odc-by",
    ]  # fmt: skip
    assert extract(rows)[0]["license"] is None


def test_ids_are_texts_and_numbers_stand_in() -> None:
    rows = [{"code": "x = 1", "id": name} for name in (7, "seven", None)]
    assert [row["source_id"] for row in extract(rows, id_column="id")] == ["7", "seven", "12"]


@pytest.mark.parametrize("option", ["license_column", "language_column", "id_column"])
def test_a_column_that_is_not_there(option: str) -> None:
    with pytest.raises(ColumnError, match="'nope'"):
        extract([{"code": "x = 1"}], **{option: "nope"})


def test_a_row_is_no_batch() -> None:
    with pytest.raises(ConfigError, match="batched=True"):
        extract_programs({"code": "x = 1"})
    with pytest.raises(ConfigError, match="batched=True"):
        find_syntax_errors({"program": "x = 1"})


def test_no_rows() -> None:
    assert all(column == [] for column in extract_programs({"code": []}).values())
    assert find_syntax_errors({"program": []}) == {name: [] for name in MARKS}


def test_a_license_as_text() -> None:
    values = ["mit", " ", None, ["a", ["b"]], 3]
    found = extract([{"code": "x = 1", "own": value} for value in values], license_column="own")
    assert [row["license"] for row in found] == ["mit", None, None, "a, b", "3"]


# --- syntax --------------------------------------------------------------------------


def test_what_does_not_parse_is_marked_with_its_line() -> None:
    deep = ["(" * 5000 + ")" * 5000, "x = " + "1 + " * 50_000 + "1"]
    programs = ["x = 1", "x = 1\ny = (", "print 'two'", *deep, None]
    found = find_syntax_errors({"program": programs})
    assert found["status"] == ["ok", *["dropped:syntax_error"] * 4, "dropped:not_text"]
    assert found["detail"][1].startswith("line 2: ")


def test_rows_that_were_dropped_keep_their_marks() -> None:
    marks = [("ok", ""), ("dropped:duplicate", "of x 1"), ("ok", "")]
    status, detail = map(list, zip(*marks, strict=True))
    batch = {"program": ["x = 1", "x = (", "x = ("], "status": status, "detail": detail}
    found = find_syntax_errors(batch)
    assert found["status"] == ["ok", "dropped:duplicate", "dropped:syntax_error"]
    assert found["detail"][1] == "of x 1"


def test_a_step_names_the_column_that_it_misses() -> None:
    with pytest.raises(ColumnError, match="'program'"):
        find_syntax_errors({"code": ["x = 1"]})


def test_the_columns_of_the_output_are_found_by_the_mappers() -> None:
    from lintseq_datasets.mapping.columns import find_columns

    assert find_columns(POOLED)[:2] == ("instruction", "program")
