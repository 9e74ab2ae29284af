"""The option `edit_format` in mappers, datasets and on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from datasets import Dataset

from lintseq_datasets import (
    DIFF_TOKEN,
    EditSequence,
    edit_prompt,
    lintseq_map,
    lintseq_transform,
    randseq_map,
    refactor,
)
from lintseq_datasets import resolve as resolve_text
from lintseq_datasets.cli.commands import main
from lintseq_datasets.edits.formats import FORMS
from lintseq_datasets.edits.prompts import split_prompt
from lintseq_datasets.errors import ConfigError
from lintseq_datasets.evaluation import resolve_generations
from lintseq_datasets.mapping.dataset import provenance

PROGRAM = "import os\n\n\ndef f(x):\n    return x\n\n\nprint(f(1))\nprint(f(os.sep))"
UNDERLINED = '"""Title\n=======\n"""\nx = 1'
OPTIONS: dict[str, Any] = {"linter": "syntax", "num_samples": 3}
BATCH = {"instruction": ["Say it.", "Head it."], "response": [PROGRAM, UNDERLINED]}


@pytest.mark.parametrize("name", FORMS)
def test_texts_are_in_the_form_and_edits_are_diffs(name: str) -> None:
    plain = lintseq_map(BATCH, **OPTIONS)
    rows = lintseq_map(BATCH, edit_format=name, **OPTIONS)
    for number, program in enumerate(rows["program"]):
        if rows["status"][number] != "ok":
            assert (name, program) == ("search_replace", UNDERLINED)
            assert rows["status"][number] == "skipped:marker_in_program"
            assert rows["completion"][number] is None
            continue
        assert resolve_text(rows["edits"][number]) == program
        read = EditSequence.from_text(rows["completion"][number], edit_format=name)
        assert list(read.states()) == list(EditSequence.from_edits(plain["edits"][number]).states())
    assert (len(rows["status"]), rows["edits"][:3]) == (
        4 if name == "search_replace" else 6, plain["edits"][:3],
    )  # fmt: skip
    assert (rows == plain) == (name == "diff")


@pytest.mark.parametrize("name", FORMS)
def test_from_a_state_and_as_messages(name: str) -> None:
    rows = randseq_map(
        {"code": [PROGRAM]}, start="random_state", output_format="conversational",
        edit_format=name, num_samples=4,
    )  # fmt: skip
    for prompt, completion, state in zip(
        rows["prompt"], rows["completion"], rows["state"], strict=True
    ):
        assert split_prompt(prompt[0]["content"] + "\n")[1] == state
        assert resolve_text(completion[0]["content"], start=state, edit_format=name) == PROGRAM


def test_sequences_beside_the_source_columns() -> None:
    rows = lintseq_transform(BATCH, edit_format="search_replace", status_column="status", **OPTIONS)
    assert rows["status"] == ["ok", "skipped:marker_in_program"]
    assert rows["edit_sequences"][1] == []
    for edits in rows["edit_sequences"][0]:
        assert resolve_text(edits, edit_format="search_replace") == PROGRAM


def test_rows_are_accounted_for_and_say_how_they_were_made() -> None:
    made = refactor(Dataset.from_dict(BATCH), edit_format="search_replace", **OPTIONS)
    found = provenance(made)
    assert found is not None
    assert found["options"]["edit_format"] == "search_replace"
    assert found["accounting"]["skipped"] == {"marker_in_program": 1}


def test_what_there_is_not() -> None:
    with pytest.raises(ConfigError, match=r"edit_format: 'diffs' is none of .* mean 'diff'"):
        lintseq_map(BATCH, edit_format="diffs")
    with pytest.raises(ConfigError, match=r"edit_format: .*pylintseq"):
        lintseq_map(BATCH, edit_format="whole", output_format="pylintseq")


def test_command_line(tmp_path: Path) -> None:
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps({"code": PROGRAM}) + "\n", encoding="utf-8")
    call = ["generate", str(source), "-o", str(output), "--linter", "syntax", "--num-samples", "1"]
    wrong = CliRunner().invoke(main, [*call, "--edit-format", "anchord"])
    assert wrong.exit_code == 2
    assert "did you mean 'anchored'?" in wrong.output
    done = CliRunner().invoke(main, [*call, "--edit-format", "context_diff:1"])
    assert done.exit_code == 0, done.output
    (row,) = map(json.loads, output.read_text(encoding="utf-8").splitlines())
    assert resolve_text(row["completion"], edit_format="context_diff:1") == PROGRAM


def test_commands_know_the_forms(tmp_path: Path) -> None:
    source, output, page = (tmp_path / name for name in ("in.jsonl", "out.jsonl", "page.html"))
    rows = [{"code": PROGRAM}, {"code": UNDERLINED}]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    run = CliRunner()
    call = ["generate", str(source), "-o", str(output), "--linter", "syntax", "--num-samples", "1"]
    assert run.invoke(main, [*call, "--edit-format", "whole"]).exit_code == 0
    shown = run.invoke(main, ["show", str(output), "--edit-format", "apply_patch:x.py"])
    assert "*** Add File: x.py\n+" in shown.output
    run.invoke(main, ["show", str(output), "--html", str(page), "--edit-format", "apply_patch"])
    assert "*** Add File: program.py" in page.read_text(encoding="utf-8")
    call = ["stats", str(output), "--edit-format", "diff,search_replace,whole"]
    assert "edit format" in run.invoke(main, call).output
    counted = json.loads(run.invoke(main, [*call, "--json"]).stdout)["edit_formats"]
    assert [one["unsaid"] for one in counted.values()] == [0, 1, 0]
    made = list(map(json.loads, output.read_text(encoding="utf-8").splitlines()))
    lengths = [len(row["completion"]) for row in made]
    assert counted["whole"]["characters"]["mean"] == sum(lengths) / 2
    assert run.invoke(main, ["stats", str(output), "--edit-format", "diff,x"]).exit_code == 2
    text = tmp_path / "text"
    text.write_text(made[0]["completion"] + "\n", encoding="utf-8")
    resolved = run.invoke(main, ["resolve", str(text), "--edit-format", "whole"])
    assert resolved.stdout == PROGRAM
    tolerant = run.invoke(main, ["resolve", str(text), "--report", "--edit-format", "whole"])
    assert tolerant.stdout == PROGRAM


@pytest.mark.parametrize("name", FORMS)
def test_generations_and_prompts(name: str) -> None:
    sequence = EditSequence.from_edits(["@@ -0,0 +1,2 @@\n+a = 1\n+b = 2", "@@ -1,0 +2 @@\n+x"])
    text = sequence.to_text(name) + "<|endoftext|>"
    out = resolve_generations({"generation": [text, "Sorry."]}, edit_format=name)
    assert out["program"][0] == "a = 1\nx\nb = 2"
    assert out["resolve_status"][0] == "ok"
    count = 1 if name == "context_diff" else None
    prompt = edit_prompt(
        "Do.", start="a = 1\nb = 2", after_line=1, num_lines=count, edit_format=name
    )
    tail = {"context_diff": "x\n b = 2", "search_replace": "x\n>>>>>>> REPLACE", "diff": " @@\n+x",
            "numbered": "x\n.", "whole": "x\nb = 2\n```"}  # fmt: skip
    done = resolve_text(
        DIFF_TOKEN + (prompt + tail.get(name, "x")).partition(DIFF_TOKEN)[2],
        strict=False, start="a = 1\nb = 2", edit_format=name,
    )  # fmt: skip
    assert done == "a = 1\nx\nb = 2"
    with pytest.raises(ConfigError, match="num_lines"):
        edit_prompt("Do.", after_line=0, num_lines=0, edit_format=name)
    assert edit_prompt("Do.", sequence, edit_format=name).endswith(f"\n{DIFF_TOKEN}")
