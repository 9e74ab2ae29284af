"""Cards of rows of every output format."""

from __future__ import annotations

import json
from typing import Any

import pytest
from datasets import Dataset

from lintseq_datasets import build_card, features_of, refactor
from lintseq_datasets.mapping.outputs import OUTPUT_FORMATS, format_of
from tests.end_to_end.rows import ROWS

SOURCE = Dataset.from_list([{**row, "license": "MIT"} for row in ROWS])


def card_of(**options: Any) -> str:
    rows = refactor(SOURCE, num_samples=2, linter="syntax", keep_columns=["license"], **options)
    return build_card(rows, "me/edits")


@pytest.mark.parametrize("output_format", ["default", "tool_calls", "next_edit", "fim"])
def test_what_is_the_same_in_all(output_format: Any) -> None:
    card = card_of(output_format=output_format)
    shapes = {name: kind.shape for name, kind in OUTPUT_FORMATS.items() if kind.shape}
    assert [name for name, shape in shapes.items() if shape in card] == (
        [output_format] if output_format in shapes else []
    )
    assert "18 edit sequences in" in card
    assert "| rows in | 12 |" in card
    assert "| edit sequences | 18 |" in card
    assert "Counted from the rows" not in card
    assert "| MIT | 18 | 100.0% |" in card.replace("`", "")
    assert "| `made_with` | `string` | how" in card
    assert "|  |\n" not in card.partition("### Columns")[2].partition("### A sample")[0]


def test_a_format_is_known_by_its_columns() -> None:
    found = {name: format_of(features_of(name)) for name in OUTPUT_FORMATS}
    assert found == {**{name: name for name in OUTPUT_FORMATS}, "conversational": "default"}


def test_calls_of_tools() -> None:
    card = card_of(output_format="tool_calls", tools="apply_patch", done="Done.")
    assert "| tools that are called | `apply_patch` |" in card
    assert "form of the edits" not in card
    assert "assistant_only_loss=True" in card
    assert 'edits.select_columns(["messages", "tools"])' in card
    call = next(line for line in card.split("\n") if line.startswith('{"name"'))
    assert json.loads(call)["name"] == "apply_patch"


def test_rows_of_single_edits() -> None:
    card = card_of(output_format="next_edit", edit_format="anchored", edits_per_row=2)
    assert "| edits in a row | `2` |" in card
    assert "| form of the edits in the training text | `anchored` |" in card
    assert "The program that it is a part of:" in card
    card = card_of(output_format="fim", fim_markers="deepseek-coder")
    assert "| markers of | `deepseek-coder` |" in card
    assert "<\uff5cfim\u2581begin\uff5c>" in card
    assert "AddedToken" not in card
