"""The command describe, as its page shows it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import datasets
import pytest
from click.testing import CliRunner, Result

from lintseq_datasets import resolve
from lintseq_datasets.cli import main
from tests.conftest import ROOT
from tests.unit.descriptions.answering import answers


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, catch_exceptions=False)


def lines_of(file: Path) -> list[Any]:
    return list(map(json.loads, file.read_text(encoding="utf-8").splitlines()))


def test_the_commands_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs/descriptions.md").read_text(encoding="utf-8")
    text = "".join(re.findall(r"^```sh\n(.*?)^```$", page, re.M | re.S))
    commands = [shlex.split(line) for line in text.splitlines()]
    assert [words[1] for words in commands] == ["generate", "describe", "describe"]
    for words in commands:
        if words[2] == "merge":
            requests = lines_of(Path("requests.jsonl"))
            lines = [json.dumps(line) + "\n" for line in answers(requests, "my-model")]
            Path("answers.jsonl").write_text("".join(reversed(lines)), encoding="utf-8")
        named = [str(ROOT / word) if word.startswith("examples/") else word for word in words]
        result = run(*named[1:])
        assert result.exit_code == 0, result.output
    assert "segments described" in result.output
    rows = datasets.Dataset.from_parquet("described.parquet")
    assert all(row["description"] for row in rows if row["status"] == "ok")
    counts = json.loads(Path("described.report.json").read_text(encoding="utf-8"))
    assert counts["described"] == sum(status == "ok" for status in rows["status"]) > 100
    assert "`my-model`" in run("card", "described.parquet").output


def test_a_directory_keeps_its_record(tmp_path: Path) -> None:
    edits, out, again = (str(tmp_path / name) for name in ("edits", "out", "again"))
    source = str(ROOT / "examples/programs.jsonl")
    run("generate", source, "-o", edits, "--linter", "syntax", "--limit", "5", "-q")
    asked = tmp_path / "requests.jsonl"
    written = run("describe", "requests", edits, "-o", str(asked), "--model", "m")
    assert "requests for 25 rows" in written.output
    requests = lines_of(asked)
    answered = tmp_path / "answers.jsonl"
    lines = [json.dumps(line) + "\n" for line in answers(requests)]
    answered.write_text("".join(lines[1:]), encoding="utf-8")
    result = run("describe", "merge", edits, str(answered), "-o", out, "--in-front")
    assert result.exit_code == 0, result.output
    made = json.loads((tmp_path / "out/lintseq_datasets.json").read_text(encoding="utf-8"))
    before = json.loads((tmp_path / "edits/lintseq_datasets.json").read_text(encoding="utf-8"))
    assert made["accounting"] == before["accounting"]
    assert made["descriptions"]["missing"] == 1
    rows = datasets.load_dataset("parquet", data_dir=f"{out}/data", split="train")
    for row in rows:
        assert resolve(row["completion"]) == row["program"]
    # what is missing is asked for again
    run("describe", "requests", out, "-o", str(asked), "--model", "m", "--overwrite")
    assert lines_of(asked) == requests[:1]
    answered.write_text(lines[0], encoding="utf-8")
    assert run("describe", "merge", out, str(answered), "-o", again).exit_code == 0
    made = json.loads((tmp_path / "again/lintseq_datasets.json").read_text(encoding="utf-8"))
    found = (made["descriptions"]["missing"], made["descriptions"]["described"])
    assert found == (0, sum(rows["num_edits"]))


def test_bad_usage(tmp_path: Path) -> None:
    source = tmp_path / "rows.jsonl"
    source.write_text('{"code": "a = 1"}\n', encoding="utf-8")
    out = str(tmp_path / "out.jsonl")
    for words, problem in (
        (("requests", str(source), "-o", out, "--model", "m"), "no column 'edits'"),
        (("requests", str(source), "-o", "out.txt", "--model", "m"), "does not end with .jsonl"),
        (("requests", str(source), "-o", str(source), "--model", "m"), "exists; --overwrite"),
        (("requests", str(source), "-o", str(source), "--model", "m", "--overwrite"), "the source"),
        (("requests", str(source), "-o", out, "--model", "m", "--body", "{"), "is no JSON"),
        (("merge", str(source), str(source), "-o", out), "no column 'edits'"),
        (("merge", str(source), str(source), "-o", str(source), "--overwrite"), "the source"),
    ):
        result = run("describe", *words)
        assert result.exit_code == 2, words
        assert problem in result.output, result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.jsonl"]
