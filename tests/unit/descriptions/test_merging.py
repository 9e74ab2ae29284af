"""Answers of a batch interface, and the rows that they belong to."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, Value

from lintseq_datasets import build_card, refactor, resolve, resolve_generation
from lintseq_datasets.descriptions import description_requests, merge_descriptions, save_described
from lintseq_datasets.edits.formats import FORMS
from lintseq_datasets.errors import ColumnError, ConfigError
from lintseq_datasets.mapping.dataset import provenance
from tests.unit.descriptions.answering import answer, answers
from tests.unit.descriptions.test_requests import PROGRAM, SOURCE, requests_of, rows_of

ROWS = rows_of(num_samples=3)
REQUESTS = requests_of(ROWS)


def merged(lines: Any, dataset: Dataset = ROWS, **options: Any) -> tuple[Dataset, dict[str, Any]]:
    found = merge_descriptions(dataset, lines, **options)
    return found.dataset, found.report.as_dict()


def test_in_any_order() -> None:
    lines = answers(REQUESTS)
    rows, report = merged(lines)
    assert rows.column_names == [*ROWS.column_names, "description", "description_model"]
    assert rows.select_columns(ROWS.column_names).to_list() == ROWS.to_list()
    for row in rows:
        assert len(row["description"]) == row["num_edits"]
        assert all(text.startswith("Do ") for text in row["description"])
        assert row["description_model"] == ("model-1" if row["num_edits"] else None)
    random.Random(0).shuffle(lines)
    again, same = merged(lines)
    assert (again.to_list(), same) == (rows.to_list(), report)
    assert report["answers"] == len(lines)
    assert report["described"] == sum(ROWS["num_edits"]) == report["models"]["model-1"]
    assert (report["missing"], report["failed"], report["unknown"]) == (0, {}, 0)
    shuffled, _ = merged(lines, ROWS.shuffle(seed=3))
    assert sorted(map(str, shuffled)) == sorted(map(str, rows))


def test_everything_is_accounted_for() -> None:
    ids = [one["custom_id"] for one in REQUESTS]
    assert len(ids) > 6
    lines = [
        answer(ids[0], "Longer than the other."),
        answer(ids[0], "One."),
        answer(ids[0], "Two."),
        {"custom_id": ids[1], "response": None, "error": {"code": "batch_expired"}},
        {"custom_id": ids[2], "response": {"status_code": 429, "body": {}}, "error": None},
        answer(ids[3], "cut off", finish_reason="length"),
        answer(ids[4], "  \n "),
        answer(ids[5], "Add <|endoftext|>."),
        {"custom_id": ids[6], "response": None, "error": {"code": "x"}},
        answer(ids[6], [{"type": "text", "text": "<think>so</think>\nGood"}]),
        answer("unknown", "Nobody asked."),
        answer("unknown", "Nobody asked."),
        {"custom_id": 3},
        {},
        7,
        "text",
        {"custom_id": ids[7], "response": {"body": {"choices": []}}},
        {"custom_id": ids[8], "response": "odd", "error": []},
    ]  # fmt: skip
    first, report = merged(lines)
    texts = {
        one: text
        for row in first
        for one, text in zip(ids_of(row), row["description"], strict=True)
    }
    assert texts[ids[0]] == "One."
    assert texts[ids[6]] == "Good"
    named = [ids_of(row) for row in first]
    count = {one: sum(one in some for some in named) for one in ids}
    assert report["failed"] == {
        "error_batch_expired": count[ids[1]], "status_429": count[ids[2]], "length": count[ids[3]],
        "empty": count[ids[4]], "special_token": count[ids[5]],
        "no_message": count[ids[7]] + count[ids[8]],
    }  # fmt: skip
    assert (report["repeated"], report["unknown"], report["answers"]) == (4, 1, len(lines))
    assert report["unusable"] == {"no_custom_id": 2, "no_json_object": 2}
    failed = sum(report["failed"].values())
    assert report["described"] + report["missing"] + failed == sum(ROWS["num_edits"])
    used = {ids[n] for n in range(9)}
    assert report["answers"] == len(used) + report["repeated"] + report["unknown"] + 4
    for _ in range(5):
        random.shuffle(lines)
        again, same = merged(lines)
        assert again.to_list() == first.to_list()
        assert {**same, "failed": dict(sorted(same["failed"].items()))} == {
            **report, "failed": dict(sorted(report["failed"].items()))
        }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Import it first?\n</think>\n\nImport os.", "Import os."),
        ("<|begin_of_thought|>so<|end_of_thought|>Import os.", "Import os."),
        ("Write `<think>`, then `</think>`.", "Write `<think>`, then `</think>`."),
        ("<think>\nIt never ends", None),
    ],
)
def test_reasoning_is_no_description(content: str, text: str | None) -> None:
    first, report = merged([answer(REQUESTS[0]["custom_id"], content)])
    assert first["description"][0][0] == text
    assert ("empty" in report["failed"]) == (text is None)


def ids_of(row: dict[str, Any]) -> list[str]:
    """The ids of the edits of a row of `ROWS`."""
    alone = ROWS.filter(
        lambda one: (one["sample_index"], one["program"]) == (row["sample_index"], row["program"])
    )
    return [request["custom_id"] for request in requests_of(alone)]


def test_a_second_batch_fills_in() -> None:
    part, _ = merged(answers(REQUESTS[::2], "model-1"))
    left = list(description_requests(part, model="m"))
    whole, report = merged(answers(left, "model-2"), part)
    assert report["described"] == sum(ROWS["num_edits"])
    assert set(report["models"]) == {"model-1", "model-2"}
    assert "model-1, model-2" in set(whole["description_model"])
    assert all(None not in row["description"] for row in whole)


@pytest.mark.parametrize("edit_format", FORMS)
@pytest.mark.parametrize("output_format", ["default", "conversational"])
def test_in_front_of_edits(output_format: str, edit_format: str) -> None:
    rows = refactor(
        SOURCE, linter="syntax", num_samples=2, start="random_state",
        edit_format=edit_format, output_format=output_format,
    )  # fmt: skip
    lines = answers(list(description_requests(rows, model="m"))[1:])
    found, _ = merged(lines, rows, in_front=True)
    for row, plain in zip(found, rows, strict=True):
        if not row["edits"]:
            assert row["completion"] is None
            continue
        is_chat = output_format == "conversational"
        text = row["completion"][0]["content"] if is_chat else row["completion"]
        assert text.count("<|description|>") == sum(map(bool, row["description"]))
        for one in filter(None, row["description"]):
            assert f"<|description|>{one}\n<|diff|>" in text
        options = {"start": row["state"], "edit_format": edit_format}
        assert resolve(text, **options) == row["program"]
        done = resolve_generation(text, **options)
        assert (done.program, done.report.is_clean) == (row["program"], True)
        assert {**row, "completion": 0} == {
            **plain, "completion": 0,
            **{name: row[name] for name in ("description", "description_model")},
        }  # fmt: skip
    # what stands in front is no part of what is described, so answers that come later still fit
    again, report = merged(answers(requests_of(rows)), found, in_front=True)
    assert report["missing"] == 0
    assert all("<|description|><" not in str(row["completion"]) for row in again)


def test_in_front_of_a_middle_there_is_no_place() -> None:
    rows = rows_of(output_format="fim", num_samples=1)
    with pytest.raises(ConfigError, match="in_front: rows of output_format='fim'"):
        merged(answers(requests_of(rows)), rows, in_front=True)
    assert merged(answers(requests_of(rows)), rows)[1]["missing"] == 0


@pytest.mark.parametrize(("status", "failed"), [("200", {}), ("500", {"status_500": 1})])
def test_a_status_may_be_text(status: str, failed: dict[str, int]) -> None:
    line = answer(REQUESTS[0]["custom_id"], "Import os.")
    line["response"]["status_code"] = status
    _, report = merged([line])
    assert set(report["failed"]) == set(failed)
    assert bool(report["described"]) != bool(failed)


def test_in_front_of_calls_of_tools() -> None:
    rows = rows_of(output_format="tool_calls")
    found, _ = merged(answers(requests_of(rows)), rows, in_front=True)
    for row in found:
        calls = [turn for turn in row["messages"] or () if turn.get("tool_calls")]
        assert [turn["content"] for turn in calls] == row["description"]
    assert requests_of(found.remove_columns(["description", "description_model"])) == requests_of(
        rows
    )


def test_segments() -> None:
    rows = rows_of(start="segment")
    found, report = merged(answers(requests_of(rows)), rows, in_front=True)
    assert found.features["description"] == Value("string")
    assert report["per"] == "segment"
    for row in found.filter(lambda row: row["status"] == "ok"):
        assert row["completion"].startswith(f"<|description|>{row['description']}\n<|diff|>")
        assert resolve(row["completion"], start=row["state"]) == row["end_state"]
    with pytest.raises(ConfigError, match="per: what is described there are segments"):
        merged([], found, per="edit")


def test_no_rows_and_streams() -> None:
    found, report = merged(answers(REQUESTS), ROWS.select([]))
    assert found.features == merged([])[0].features
    assert report["unknown"] == len(REQUESTS)
    found, _ = merged([], rows_of(output_format="tool_calls").select([]))
    assert len(found) == 0
    assert "description" in found.features
    with pytest.raises(ConfigError, match="is a stream"):
        merged([], ROWS.to_iterable_dataset())


def test_other_columns_of_that_name_are_left_alone() -> None:
    with pytest.raises(ColumnError, match="'description' of another kind"):
        merged([], ROWS.add_column("description", ["own"] * len(ROWS)))


def test_training_texts_that_are_not_those_of_the_edits() -> None:
    rows = ROWS.map(lambda row: {"completion": row["completion"] and "other"})
    with pytest.raises(ColumnError, match="training text of a row is not that of its edits"):
        merged(answers(REQUESTS), rows, in_front=True)


def test_files(tmp_path: Path) -> None:
    lines = answers(REQUESTS)
    paths = [tmp_path / "1.jsonl", tmp_path / "2.jsonl"]
    for path, some in zip(paths, (lines[::2], lines[1::2]), strict=True):
        text = "".join(json.dumps(line) + "\n" for line in some)
        path.write_text(text + "no json\n", "utf-8")
    rows, report = merged(paths)
    assert rows.to_list() == merged(lines)[0].to_list()
    assert report["unusable"] == {"no_json_object": 2}
    with pytest.raises(ConfigError, match="cannot read"):
        merged(tmp_path / "3.jsonl")


def test_the_record_and_the_card(tmp_path: Path) -> None:
    found = merge_descriptions(ROWS, answers(REQUESTS[1:], "the-model"))
    record = provenance(found.dataset) or {}
    assert record["descriptions"] == found.report.as_dict()
    assert record["accounting"] == (provenance(ROWS) or {})["accounting"]
    card = build_card(found.dataset, "me/edits")
    assert "### Models that described the edits" in card
    assert "`the-model`" in card
    described = found.report.described
    assert f"{described:,} of {sum(ROWS['num_edits']):,} edits, by `the-model`" in card
    save_described(found, tmp_path / "out", report=tmp_path / "counts.json")
    assert json.loads((tmp_path / "counts.json").read_text()) == found.report.as_dict()
    made = json.loads((tmp_path / "out/lintseq_datasets.json").read_text())
    assert made["descriptions"] == found.report.as_dict()
    assert "descriptions" not in (provenance(ROWS) or {})
    bare = Dataset.from_list(ROWS.to_list())  # no record, but rows that say how they were made
    found = merge_descriptions(bare, answers(REQUESTS[1:]))
    assert (provenance(found.dataset) or {})["descriptions"] == found.report.as_dict()


def test_hostile_answers() -> None:
    name = REQUESTS[0]["custom_id"]
    for content in ("\ud800", "a\0b", "<|diff|>", "</s>"):
        _, report = merged([answer(name, content), answer(name, "x", model="\ud800")])
        assert report["described"] >= 1
        _, report = merged([answer(name, content)])
        assert report["described"] == 0
        assert sum(report["failed"].values()) >= 1
    assert PROGRAM in set(ROWS["program"])
