"""The script that prints our figures beside the paper's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

from examples.paper_figures import PAPER, main
from tests.conftest import ROOT


def test_our_figures_beside_the_papers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ROOT / "examples" / "programs.jsonl"
    options = ["--limit", "4", "--linter", "syntax", "--reference-linter", "syntax"]
    monkeypatch.setattr(sys, "argv", ["paper_figures.py", str(source), str(tmp_path), *options])
    main()
    printed = capsys.readouterr().out
    for name, value in PAPER.items():
        (line,) = [line for line in printed.splitlines() if line.startswith(name)]
        assert value in line
        assert float(line.split(value, 1)[1].split()[0]) > 0
    counts = [float(line.split()[-3]) for line in printed.splitlines() if ", s = " in line]
    assert counts[0] == 1 < counts[1] < counts[2] <= 10
    assert {path.name for path in tmp_path.iterdir()} >= {"edits.png", "lines.png"}
