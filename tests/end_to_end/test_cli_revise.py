"""The command revise: programs in two versions, from a file to a card."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from lintseq_datasets import RevisionConfig, resolve
from lintseq_datasets.cli import main

PAIRS = [
    {"message": "Rename f.", "old_contents": "def f():\n    return 1\nf()\nx = 1\n",
     "new_contents": "def g():\n    return 1\ng()\nx = 2\n"},
    {"message": "Nothing.", "old_contents": "x = 1\n", "new_contents": "x = 1\n\n"},
    {"message": "Begin.", "old_contents": None, "new_contents": "x = 1\nprint(x)"},
]  # fmt: skip


def run(*args: Any) -> str:
    done = CliRunner().invoke(main, [*map(str, args)])
    assert done.exit_code == 0, done.output
    return done.output


def test_revise(write_jsonl: Callable[..., Path], tmp_path: Path) -> None:
    source, output = write_jsonl(PAIRS, "pairs.jsonl"), tmp_path / "revisions.jsonl"
    said = run("revise", source, "-o", output, "--linter", "pyflakes", "--num-samples", 2)
    assert "equal_versions" in said
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert [row["status"] for row in rows] == [*["ok"] * 2, "skipped:equal_versions", *["ok"] * 2]
    for row in rows:
        if row["status"] == "ok":
            assert str(resolve(row["completion"], start=row["state"])) == row["program"]
            assert row["method"] == "revision"
    assert "lines removed per edit" in run("stats", output)
    assert "the version before" in run("card", output)
    assert "-def f():" in run("show", output) or "- def f():" in run("show", output)


def test_versions_may_be_as_long_as_in_python(
    write_jsonl: Callable[..., Path], tmp_path: Path
) -> None:
    text = "x = 1\n" * RevisionConfig().max_lines
    pairs = [{"before": text, "after": f"x = 2\n{end}"} for end in (text[6:], text)]
    output = tmp_path / "long.jsonl"
    run("revise", write_jsonl(pairs, "pairs.jsonl"), "-o", output, "--linter", "syntax",
        "--num-samples", 1)  # fmt: skip
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert [row["status"] for row in rows] == ["ok", "skipped:program_too_long"]


def test_without_a_linter(write_jsonl: Callable[..., Path], tmp_path: Path) -> None:
    output = tmp_path / "random.jsonl"
    run("revise", write_jsonl(PAIRS, "pairs.jsonl"), "-o", output, "--random")
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert {row["method"] for row in rows} == {"random_revision"}


def test_with_the_linter_that_nobody_named(
    write_jsonl: Callable[..., Path], tmp_path: Path
) -> None:
    output = tmp_path / "usual.jsonl"
    run("revise", write_jsonl(PAIRS[2:], "pairs.jsonl"), "-o", output, "--num-samples", 1)
    (line,) = output.read_text(encoding="utf-8").splitlines()
    row = json.loads(line)
    assert (row["method"], row["linter"].split()[0]) == ("revision", "pylint")
