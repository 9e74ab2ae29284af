"""Requests for descriptions of edits and segments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, DatasetDict

from lintseq_datasets import refactor
from lintseq_datasets.descriptions import (
    RequestReport,
    description_requests,
    merge_descriptions,
    write_requests,
)
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import ColumnError, ConfigError
from tests.unit.descriptions.answering import answer

PROGRAM = "import os\n\ndef f(x):\n    return {x: '{edit}'}\n\nprint(f(os.sep))"
SOURCE = Dataset.from_dict(
    {"instruction": ["Print {it}.", "Print.", "Fail."], "code": [PROGRAM, "print(1)", "def f(:"]}
)
SHOWN = "{instruction}|{language}|{before}|{edit}|{after}|{program}"


def rows_of(**options: Any) -> Dataset:
    return refactor(SOURCE, linter="syntax", **{"num_samples": 4, **options})


def requests_of(dataset: Any, **options: Any) -> list[dict[str, Any]]:
    return list(description_requests(dataset, **{"model": "m", **options}))


@pytest.mark.parametrize("output_format", ["default", "conversational", "tool_calls"])
@pytest.mark.parametrize("start", ["empty", "random_state"])
def test_one_for_each_edit(output_format: str, start: str) -> None:
    rows = rows_of(output_format=output_format, start=start)
    found = requests_of(rows, template=SHOWN)
    expected = {}
    for row in rows.filter(lambda row: row["status"] == "ok"):
        sequence = EditSequence.from_edits(row["edits"], row.get("state", ""))
        states = [sequence.start.text, *(state.text for state in sequence.states())]
        asked = "Print {it}." if row["program"] == PROGRAM else "Print."
        for number, edit in enumerate(row["edits"]):
            before, after = states[number : number + 2]
            text = "|".join([asked, "Python", before, edit, after, row["program"]])
            expected[text, number] = None
    texts = [one["body"]["messages"][0]["content"] for one in found]
    assert set(texts) == {text for text, _ in expected}
    assert len({one["custom_id"] for one in found}) == len(found)
    assert all(len(one["custom_id"]) <= 64 for one in found)
    for one in found:
        assert list(one) == ["custom_id", "method", "url", "body"]
        assert (one["method"], one["url"]) == ("POST", "/v1/chat/completions")
        assert one["body"]["model"] == "m"


@pytest.mark.parametrize("output_format", ["next_edit", "fim"])
def test_rows_of_single_edits(output_format: str) -> None:
    rows = rows_of(num_samples=1, output_format=output_format)
    found = requests_of(rows, template="{instruction}|{before}|{edit}")
    shown = {one["body"]["messages"][0]["content"] for one in found}
    expected = {
        f"{asked}|{row['state']}|{row['edits'][0]}"
        for row in rows
        for asked in ["Print {it}." if row["program"] == PROGRAM else "Print."]
        if row["status"] == "ok"
    }
    assert shown == expected


@pytest.mark.parametrize(
    ("line", "fence"),
    [("```", "````"), ("  `````py", "``````"), ("x ```", "````"), ("{x} ``", "```")],
)
def test_fences_are_longer_than_those_that_are_filled_in(line: str, fence: str) -> None:
    code = f'x = """\n{line}\n"""\nprint(x)'
    rows = refactor(Dataset.from_dict({"code": [code]}), linter="syntax", num_samples=1)
    template = "So:\n```{language}\n{after}\n```\nand\n```````\n{edit}\n```````\nDone: {program}"
    text = requests_of(rows, template=template)[-1]["body"]["messages"][0]["content"]
    edit = rows[0]["edits"][-1]
    shown = f"{fence}Python\n{code}\n{fence}\nand\n```````\n{edit}\n```````"
    assert text == f"So:\n{shown}\nDone: {code}"


def test_one_for_each_segment() -> None:
    rows = rows_of(start="segment", num_samples=6)
    report = RequestReport()
    found = requests_of(rows, template=SHOWN, report=report)
    ok = [row for row in rows if row["status"] == "ok"]
    shown = {one["body"]["messages"][0]["content"] for one in found}
    assert len(found) == len({(row["program"], row["state"], str(row["edits"])) for row in ok})
    for row in ok:
        after = f"|{row['end_state']}|{row['program']}"
        assert any(f"|{row['state']}|@@ -" in text and text.endswith(after) for text in shown)
    counts = (report.rows, report.without_sequence, report.requests + report.repeated)
    assert counts == (len(rows), 1, len(ok))


def test_ids_are_of_the_content() -> None:
    rows = rows_of()
    ids = {one["custom_id"] for one in requests_of(rows)}
    twice = Dataset.from_list([*rows.shuffle(seed=1), *rows], features=rows.features)
    report = RequestReport()
    assert {one["custom_id"] for one in requests_of(twice, report=report)} == ids
    assert report.repeated >= len(ids)
    other = requests_of(rows.map(lambda row: {"prompt": row["prompt"] and row["prompt"] + "x"}))
    assert ids.isdisjoint(one["custom_id"] for one in other)


def test_what_is_described_is_left_out() -> None:
    rows = rows_of(num_samples=1)
    asked = requests_of(rows)
    part, _ = merge_descriptions(rows, [answer(asked[1]["custom_id"], "Do it.")])
    report = RequestReport()
    left = requests_of(part, report=report)
    assert left == [asked[0], *asked[2:]]
    assert report.described == 1
    assert "1 described already" in str(report)


def test_a_file(tmp_path: Path) -> None:
    rows = rows_of()
    output = tmp_path / "requests.jsonl"
    report = write_requests(rows, output, model="m", body={"max_tokens": 9})
    lines = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    assert lines == requests_of(rows, body={"max_tokens": 9})
    assert report.requests == len(lines)
    assert lines[0]["body"]["max_tokens"] == 9
    assert "Print {it}." in lines[0]["body"]["messages"][0]["content"]
    assert [path.name for path in tmp_path.iterdir()] == ["requests.jsonl"]


def test_a_stream_gives_the_same() -> None:
    rows = rows_of()
    assert requests_of(rows.to_iterable_dataset()) == requests_of(rows)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"model": 3}, "model: 3 is not the name of a model"),
        ({"template": "Say {what} of {edit}"}, "there is no {what}; there are {instruction}"),
        ({"template": "Say it"}, "shows neither {edit} nor {after}"),
        ({"per": "line"}, "per: 'line' is none of"),
        ({"body": {"model": "x"}}, "body: 'model' is not among"),
        ({"body": [1]}, "body: .* is no dictionary"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem.replace("{", r"\{")):
        requests_of(rows_of(), **options)


def test_datasets_that_cannot_be() -> None:
    with pytest.raises(ColumnError, match="no column 'edits'"):
        requests_of(SOURCE)
    with pytest.raises(ConfigError, match="not one dataset"):
        requests_of(DatasetDict({"train": rows_of()}))
