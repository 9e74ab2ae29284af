"""A program is read once on its way through the mapper; what is parsed beside it are its states."""

from __future__ import annotations

import builtins
import tokenize
from typing import Any

import pytest

from lintseq_datasets import LintSeqConfig, lintseq_map
from lintseq_datasets.linters import load_linter

PROGRAM = """\
import os

def size(path):
\tif not os.path.exists(path):
\t\treturn 0  # tabs have pylint look at tokens
\treturn os.stat(path).st_size

print(size("a"))"""


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Pairs (function, text without the last newline) for each text that is read."""
    found: list[tuple[str, str]] = []
    compile_, generate_tokens = builtins.compile, tokenize.generate_tokens

    def count_compile(source: Any, *args: Any, **options: Any) -> Any:
        if isinstance(source, str):
            found.append(("compile", source.rstrip("\n")))
        return compile_(source, *args, **options)

    def count_tokens(readline: Any) -> Any:
        found.append(("generate_tokens", readline.__self__.getvalue()))
        return generate_tokens(readline)

    monkeypatch.setattr(builtins, "compile", count_compile)
    monkeypatch.setattr(tokenize, "generate_tokens", count_tokens)
    return found


@pytest.mark.parametrize("config", [LintSeqConfig(), LintSeqConfig(comments="draw", unit="line")])
@pytest.mark.parametrize("linter", ["syntax", "pylint", "pyflakes"])
def test_a_program_is_read_once(
    linter: str, config: LintSeqConfig, read: list[tuple[str, str]]
) -> None:
    if linter == "pyflakes":
        pytest.importorskip("pyflakes")
    load_linter(linter).lint([""])
    read.clear()
    rows = lintseq_map({"code": [PROGRAM]}, config=config, linter=linter, num_samples=3)
    assert rows["status"] == ["ok"] * 3
    assert read.count(("compile", PROGRAM)) == 1
    assert read.count(("generate_tokens", PROGRAM)) == 1


def test_equal_programs_in_a_row_are_read_once(read: list[tuple[str, str]]) -> None:
    batch = {"code": [PROGRAM] * 3, "state": ["", "import os", 'print(size("a"))']}
    rows = lintseq_map(batch, linter="syntax", start="given", num_samples=1)
    assert rows["status"] == ["ok"] * 3
    assert read.count(("compile", PROGRAM)) == 1
