"""The commands about datasets that are made, in process; `push` is tested against a server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import datasets
import pytest
from click.testing import CliRunner, Result

from lintseq_datasets.cli import main

Run = Callable[..., Result]

ROWS = [
    {"instruction": "Add.", "response": "a = 1\nb = a\nprint(a + b)"},
    {"instruction": "Broken.", "response": "def ("},
]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_here: None) -> Run:
    """Run the command line where there is a dataset in two forms, and another one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setenv("HF_TOKEN", "hf_notatokennotatoken")

    def call(*args: object, code: int = 0) -> Result:
        result = CliRunner().invoke(main, [str(arg) for arg in args])
        assert result.exit_code == code, (result.output, result.exception)
        return result

    Path("rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    options = ("--linter", "syntax", "--num-samples", 3, "--quiet")
    call("generate", "rows.jsonl", "-o", "made", *options)
    call("generate", "rows.jsonl", "-o", "made.parquet", *options)
    call("randomize", "rows.jsonl", "-o", "random", "--num-samples", 3, "--quiet")
    datasets.enable_progress_bars()
    return call


def test_stats(run: Run) -> None:
    table = run("stats", "made").stdout
    assert "edits per sequence" in table
    assert "rows in                     2\n" in table
    assert run("stats", "made.parquet").stdout == table
    both = run("stats", "made", "random").stdout
    assert both.startswith("made\n\n")
    assert "\n\nrandom\n\n" in both
    assert table.strip() in both


def test_stats_as_json(run: Run) -> None:
    found = json.loads(run("stats", "made", "--json").stdout)
    assert found["accounting"]["skipped"] == {"syntax_error": 1}
    assert found["edits"]["total"] == found["sequences"] == 3
    both = json.loads(run("stats", "made", "random", "--json").stdout)
    assert both["made"] == found
    assert set(both) == {"made", "random"}


def test_stats_with_figures(run: Run) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (extra plots)")
    result = run("stats", "made", "random", "--figures", "new/figures")
    drawn = sorted(path.name for path in Path("new/figures").iterdir())
    pictures = ["edit-lines.png", "edits.png", "growth.png", "lines.png"]
    assert [name for name in drawn if name.endswith(".png")] == pictures
    assert [name.replace(".svg", ".png") for name in drawn if name.endswith(".svg")] == pictures
    assert all(f"new/figures/{name}, and" in result.stderr for name in pictures)
    # the legend says how the rows were made, not where they lie
    text = Path("new/figures/edits.svg").read_text()
    assert "<!-- randseq, " in text
    assert "<!-- random" not in text


def test_card(run: Run) -> None:
    card = run("card", "made", "me/edits", "--license", "mit", "--source-dataset", "a/b").stdout
    assert "license: mit\n" in card
    assert "source_datasets:\n- a/b\n" in card
    assert "# edits\n" in card
    assert "| rows in | 2 |" in card
    assert "Counted from the rows" in run("card", "made.parquet").stdout


def test_a_card_in_a_file_is_edited(run: Run) -> None:
    Path("README.md").write_bytes(b"---\nlicense: mit\n---\n# Mine\xff\n")
    for source in ("made", "random", "made"):
        run("card", source, "me/edits", "--config-name", source, "-o", "README.md")
    card = Path("README.md").read_bytes()
    assert card.startswith(b"---\nlicense: mit\n")
    assert b"\n# Mine\xff\n" in card
    assert (
        card.count(b"\n## Configuration `made`") == card.count(b"\n## Configuration `random`") == 1
    )


def test_pages(run: Run) -> None:
    shown = run("show", "made", "--html", "page.html")
    assert shown.stdout == ""
    page = Path("page.html").read_text(encoding="utf-8")
    assert "<pre>Add.</pre>" in page
    assert "edit 1 of" in page
    run("show", "made", "--html", "page.html", "--index", 1)
    run("show", "made", "--html", "pages/new/page.html")
    assert Path("pages/new/page.html").exists()
    assert run("show", "rows.jsonl", "--random", "--html", "other.html").stdout == ""
    assert "exists, and is no page" in run("show", "made", "--html", "rows.jsonl", code=2).stderr
    assert len(Path("rows.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["stats", "rows.jsonl"], "not the columns of an edit-sequence dataset: make one first"),
        (["stats"], "Missing argument 'SOURCE...'"),
        (["stats", "missing.parquet"], "there is no file"),
        (["stats", "made", "--tokenizer", "./no/such"], "tokenizer: "),
        (["card", "made", "--output", "made"], "is a directory"),
        (["card", "rows.jsonl"], "not the columns"),
        (["push", "made"], "Missing argument"),
        (["push", "made", "a/b/c"], "repo_id: "),
        (["push", "made", "a/b", "--config-name", "x/y"], "config_name: 'x/y' is no name"),
    ],
)
def test_bad_input_is_one_line_and_exit_status_2(run: Run, args: list[str], message: str) -> None:
    result = run(*args, code=2)
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert "Traceback" not in result.output


@pytest.mark.parametrize("command", ["stats", "card", "push", "show"])
def test_help(run: Run, command: str) -> None:
    assert "Usage:" in run(command, "--help").stdout
