"""Rows that start from a state: whole datasets, jobs, the command line, the card."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import datasets
import pytest
from click.testing import CliRunner

from lintseq_datasets import LintSeqConfig, RandSeqConfig, build_card, features_of, refactor
from lintseq_datasets.cli import main
from lintseq_datasets.edits.prompts import split_prompt
from lintseq_datasets.edits.reading import resolve
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import ConfigError, JobError
from lintseq_datasets.jobs.local import generate
from lintseq_datasets.linters.pylint import PylintLinter
from lintseq_datasets.mapping.dataset import provenance
from tests.conftest import ROOT
from tests.end_to_end.rows import ROWS, SKIPPED

SAMPLED = LintSeqConfig(linter="syntax", num_samples=3, start="random_state")
GIVEN = RandSeqConfig(num_samples=2, start="given")
TABLE = datasets.Dataset.from_list(ROWS)
WITH_STATES = TABLE.select(range(4)).add_column(
    "before", ["print(add(1, 2))\n", "import math", None, "no line of it"]
)


def check(rows: datasets.Dataset) -> None:
    assert rows.features == features_of(start="given")
    for row in rows:
        if row["status"] == "ok":
            assert resolve(row["edits"], start=row["state"]) == row["program"]
            assert split_prompt(row["prompt"])[1] == row["state"]


def test_refactor() -> None:
    result = refactor(TABLE, SAMPLED)
    check(result)
    assert sum(row["state"] != "" for row in result) > 15
    accounting = (provenance(result) or {})["accounting"]
    assert accounting["rows_in"] == len(ROWS)
    assert sum(accounting["skipped"].values()) == len(SKIPPED)
    streamed = refactor(TABLE.to_iterable_dataset(), SAMPLED)
    assert list(streamed) == list(result)
    assert streamed.features == result.features
    both = refactor(datasets.DatasetDict({"train": TABLE, "test": TABLE.select([0])}), SAMPLED)
    assert both["test"].features == result.features
    assert refactor(TABLE.select([]), SAMPLED).features == result.features


def test_refactor_from_given_states() -> None:
    result = refactor(WITH_STATES, GIVEN, state_column="before")
    check(result)
    assert [row["status"] for row in result if row["sample_index"] < 1] == [
        "ok", "ok", "ok", "skipped:state_not_contained",
    ]  # fmt: skip
    record = provenance(result) or {}
    assert record["config"]["start"] == "given"
    assert record["options"]["state_column"] == "before"
    with pytest.raises(ConfigError, match="pylintseq"):
        refactor(WITH_STATES, GIVEN, state_column="before", output_format="pylintseq")


def places(sequence: EditSequence) -> list[list[int]]:
    """Of the state that a sequence starts from, and of each after it: 0-based program lines."""
    found = [list(range(len(sequence.resolve())))]
    for edit in reversed(sequence.edits):
        new = {n for h in edit.hunks for n in range(h.new_start, h.new_start + len(h.added))}
        found.append([line for n, line in enumerate(found[-1]) if n not in new])
    return found[::-1]


def test_pylint_agrees_on_every_state() -> None:
    lines = (ROOT / "examples/programs.jsonl").read_text(encoding="utf-8").splitlines()
    table = datasets.Dataset.from_list([json.loads(line) for line in lines])
    sampled = refactor(table, num_samples=1, start="random_state", on_error="skip")
    given = refactor(sampled, num_samples=1, start="given", program_column="program",
                     on_error="skip", extract_code=None)  # fmt: skip
    assert len(given) == len(sampled)
    linter, checked = PylintLinter(), set()
    for row in (*sampled, *given):
        sequence = EditSequence.from_edits(row["edits"], row["state"])
        states = [sequence.start, *sequence.states()]
        verdicts = linter.lint([state.text for state in states])
        own = Counter((m.id, m.line, m.column) for m in verdicts[-1])
        for state, numbers, verdict in zip(states, places(sequence), verdicts, strict=True):
            assert [sequence.resolve().lines[n] for n in numbers] == list(state.lines)
            found = Counter((m.id, numbers[m.line - 1] + 1, m.column) for m in verdict)
            assert not state.lines or not found - own, state.text
            checked.add(state.text)
    assert len(checked) > 80


def test_what_is_remembered_by_default_names_no_column_of_states() -> None:
    record = provenance(refactor(TABLE.select([0]), RandSeqConfig())) or {}
    assert record["config"]["start"] == "empty"
    assert "state_column" not in record["options"]


@pytest.mark.parametrize("num_proc", [1, 2])
def test_jobs(tmp_path: Path, num_proc: int) -> None:
    def run(config: Any, **options: Any) -> datasets.Dataset:
        generate(
            WITH_STATES, tmp_path / "out", config, num_proc, progress=False, part_rows=2,
            **options,
        )  # fmt: skip
        return datasets.load_dataset("parquet", data_dir=str(tmp_path / "out/data"), split="train")

    expected = refactor(WITH_STATES, GIVEN, state_column="before")
    rows = run(GIVEN, state_column="before")
    assert rows.features == expected.features
    assert rows.to_list() == expected.to_list()
    with pytest.raises(JobError, match=r"config\.start is 'given' there and 'random_state' here"):
        run(RandSeqConfig(num_samples=2, start="random_state"))


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (SAMPLED, "a program state, drawn uniformly among those between the edits"),
        (RandSeqConfig(num_samples=2, start="given"), "came with the row of the source"),
        (RandSeqConfig(num_samples=2), "sequences start from | the empty program"),
    ],
)
def test_the_card_says_where_sequences_start(config: Any, says: str) -> None:
    named = {"state_column": "before"} if config.start == "given" else {}
    made = refactor(WITH_STATES, config, **named)
    card = build_card(made, "me/edits")
    assert says in card
    assert ("| `state` | `string` | the program that the edits start from" in card) == (
        config.start != "empty"
    )
    if config.start != "given":  # the one that is shown has an empty state
        assert ("The prompt:" in card) == (config.start == "random_state")


# --- the command line ----------------------------------------------------------------


def run(*args: object, code: int = 0, text: str | None = None) -> Any:
    result = CliRunner().invoke(main, [str(arg) for arg in args], input=text)
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in WITH_STATES), encoding="utf-8")
    return path


def test_generate_and_show(tmp_path: Path, source: Path) -> None:
    output = tmp_path / "out.jsonl"
    fast = ["--linter", "syntax", "--num-samples", 2]
    run("generate", source, "-o", output, *fast, "--start", "random_state", "-q")
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    index = next(number for number, row in enumerate(rows) if row["state"])
    row = rows[index]
    assert resolve(row["edits"], start=row["state"]) == row["program"]

    shown = run("show", output, "--index", index).output
    instruction, count = ROWS[row["sample_index"]]["instruction"], len(row["state"].split("\n"))
    assert shown.startswith(f"{instruction}\n\nstart: {count} line")
    assert f"edit 1 of {row['num_edits']}: +" in shown
    assert "```" not in shown
    page = tmp_path / "page.html"
    run("show", output, "--index", index, "--html", page)
    assert f"<strong>start: {count} line" in page.read_text(encoding="utf-8")
    drawn = run("show", source, "--start", "given", "--state-column", "before", "--random").output
    assert "start: 1 line\n  1   print(add(1, 2))" in drawn


def test_randomize_from_given_states(tmp_path: Path, source: Path) -> None:
    output = tmp_path / "out.jsonl"
    options = ["--start", "given", "--state-column", "before", "--num-samples", 1]
    table = run("randomize", source, "-o", output, *options).output
    assert "state_not_contained" in table
    assert json.loads(output.read_text(encoding="utf-8").splitlines()[0])["state"] == (
        "print(add(1, 2))"
    )
    result = run("randomize", source, "-o", tmp_path / "b", "--state-column", "before", code=2)
    assert "state_column: is read with start='given' only" in result.output
    result = run("generate", source, "-o", tmp_path / "b", "--start", "given", code=2)
    assert "name it with --state-column." in result.output
    formats = ["--output-format", "pylintseq", "--start", "random_state"]
    assert (
        "has no column for a state"
        in run("generate", source, "-o", tmp_path / "b", *formats, code=2).output
    )


TEXT = "Sure!\n<|diff|>@@ -1,0 +2 @@\n+b\n<|diff|>@@ oops\n+c\n<|diff|>@@ -9,0 +3 @@\n+d</s>"


def test_resolve(tmp_path: Path) -> None:
    start = tmp_path / "state.py"
    start.write_text("a\n", encoding="utf-8")
    given = ["--start", start]
    assert run("resolve", *given, text="<|diff|>@@ -1,0 +2 @@\n+b\n").stdout == "a\nb"
    assert run("resolve", "--tolerant", *given, text=TEXT).stdout == "a\nb\nc\nd"
    assert run("resolve", "--policy", "skip", *given, text=TEXT).stdout == "a\nb\nc\nd"
    assert run("resolve", "--policy", "stop", *given, text=TEXT).stdout == "a\nb"
    assert run("resolve", "--no-eos", *given, text=TEXT).stdout == "a\nb\nc\nd</s>"
    assert run("resolve", "--eos", "d</s>", *given, text=TEXT).stdout == "a\nb\nc\n"
    failed = run("resolve", "--policy", "raise", *given, text=TEXT, code=2)
    assert "edit 1, hunk 0: '@@ oops' is no hunk header (line 4 of the text)" in failed.stderr
    run("resolve", *given, text=TEXT, code=2)


def test_resolve_reports_on_the_standard_error() -> None:
    result = run("resolve", "--report", text=TEXT)
    assert result.stdout == "b\nc\nd"
    assert "bad_header" in result.stderr
    assert "text 0, line 4: edit 1, hunk 0: bad_header" in result.stderr
    report = json.loads(run("resolve", "--json", text=TEXT).stdout)
    assert report["counts"] == {"bad_header": 1, "clipped_position": 2}
    assert report["num_eos"] == 1
