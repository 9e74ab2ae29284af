"""Rows of every output format on the command line: made, counted, shown, described in a card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from datasets import Dataset, load_dataset

from lintseq_datasets import join_rows
from lintseq_datasets.cli.commands import main
from tests.unit.mapping.test_tool_calls import replay

PROGRAM = "import os\n\n\ndef f(x):\n    return x\n\n\nprint(f(1))\nprint(f(os.sep))"
ROWS = [
    {"instruction": "Say it.", "response": PROGRAM},
    {"instruction": "Break it.", "response": "n ="},
]
OPTIONS: dict[str, list[str]] = {
    "tool_calls": ["--tools", "str_replace", "--tool-answers", "file", "--done", "Done."],
    "next_edit": ["--edits-per-row", "2", "--edits-so-far", "--done", "Done.", "--conversational"],
    "fim": ["--fim-markers", "<P>{prefix}<S>{suffix}<M>"],
}


def call(*arguments: Any) -> str:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module", params=OPTIONS)
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("outputs")
    source, output = folder / "source.jsonl", folder / "edits"
    source.write_text("".join(f"{json.dumps(row)}\n" for row in ROWS), encoding="utf-8")
    said = call(
        "generate", source, "-o", output, "--output-format", request.param, "--num-samples", 2,
        "--linter", "syntax", "--num-proc", 1, *OPTIONS[request.param],
    )  # fmt: skip
    assert "syntax_error" in said
    rows = sum(1 for path in output.rglob("*.parquet") for _ in Dataset.from_parquet(str(path)))
    assert f"{rows} rows written" in said
    return request.param, output


def test_rows_give_the_program(made: tuple[str, Path], tmp_path: Path) -> None:
    name, output = made
    rows = load_dataset(str(output), split="train", cache_dir=str(tmp_path / "cache"))
    if name == "tool_calls":
        programs = [replay(row["messages"], "") for row in rows if row["messages"]]
        assert rows[0]["messages"][-1] == {"role": "assistant", "content": "Done."}
    else:
        programs = [joined.sequence.resolve().text for joined in join_rows(rows)]
    assert programs == [PROGRAM, PROGRAM]


def test_they_are_counted(made: tuple[str, Path]) -> None:
    counted = CliRunner().invoke(main, ["stats", str(made[1]), "--json"])
    found = json.loads(counted.stdout)
    assert (found["sequences"], found["accounting"]["skipped"]) == (2, {"syntax_error": 1})
    assert found["accounting"]["rows_in"] == 2
    table = call("stats", made[1], "--edit-format", "diff,anchored")
    assert "anchored" in table.partition("by the form of its edits")[2]


def test_they_are_shown(made: tuple[str, Path], tmp_path: Path) -> None:
    name, output = made
    shown = call("show", output, "--samples", 9)
    assert "Say it." in shown
    assert ("--- sample 1, edit" in shown) == (name != "tool_calls")
    assert ("after its" in shown) == (name == "next_edit")
    assert "<M>" not in shown
    assert "+" in call("show", output, "--edit-format", "anchored")
    page = tmp_path / "page.html"
    call("show", output, "--samples", 3, "--html", page)
    assert "Say it." in page.read_text(encoding="utf-8")


def test_the_card_names_the_format(made: tuple[str, Path]) -> None:
    card = call("card", made[1])
    assert f"| output format | `{made[0]}` |" in card
    for value in OPTIONS[made[0]][1::2]:
        assert value.startswith("--") or value in card
