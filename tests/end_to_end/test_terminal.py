"""Nothing that a row or a model holds drives a terminal, from any command."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pty = pytest.importorskip("pty")

HOSTILE = "".join(chr(n) for n in [*range(9), 11, 12, *range(14, 32), 127, *range(128, 160)])
HOSTILE += "\x1b[2J\x1b]0;title\x07\u202e\u200b\u2028\r!"

SCRIPT = """
import logging, sys, warnings
from lintseq_datasets.cli import main
import json
for args in json.loads(sys.argv[1]):
    try:
        main(args, standalone_mode=True)
    except SystemExit as stop:
        print("status", ascii(args[0]), stop.code)
"""


def in_a_terminal(folder: Path, *arguments: str, keyboard: bool = False, **more: str) -> str:
    """Run a program in a terminal, with or without its keyboard; what arrived there."""
    parent, child = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(folder / "hf"),
                   "HF_DATASETS_OFFLINE": "1", "TERM": "xterm", **more}  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, env=environment,
        stdin=child if keyboard else subprocess.DEVNULL, stdout=child, stderr=child,
    )  # fmt: skip
    os.close(child)
    seen = b""
    while True:
        try:
            piece = os.read(parent, 65_536)
        except OSError:  # the other end is closed (Linux)
            break
        if not piece:
            break
        seen += piece
    os.close(parent)
    process.wait(timeout=600)
    return seen.decode("utf-8")


def test_every_command(tmp_path: Path) -> None:
    text = f"x = 1  # {HOSTILE}\nprint(x)\n".replace("\r", "").replace("\0", "")
    rows = [{"instruction": f"{HOSTILE}{n}", "response": text} for n in range(2)]
    rows.append({"instruction": "x", "response": f"x = '\\{HOSTILE[1]}\n{HOSTILE}"})
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "edits.txt").write_text(f"<|diff|>@@ -0,0 +1 @@\n+x = 1  # {HOSTILE}")
    (tmp_path / "bad.txt").write_text(f"{HOSTILE}<|diff|>@@ {HOSTILE} @@\n+x = 1\n{HOSTILE}")
    (tmp_path / f"odd{HOSTILE[26]}.jsonl").write_text("{}\n")
    commands = [
        ["resolve", "edits.txt"],
        ["resolve", "bad.txt"],
        ["resolve", "bad.txt", "--report"],
        ["resolve", "bad.txt", "--json"],
        ["show", "rows.jsonl", "--random"],
        ["randomize", "rows.jsonl", "-o", "out", "--show", "--num-samples", "2"],
        ["generate", "rows.jsonl", "-o", "made.jsonl", "--linter", "syntax", "--num-samples", "1"],
        ["show", "out"],
        ["stats", "out"],
        ["stats", "out", "--json"],
        ["card", "out", f"me/{HOSTILE}"],
        ["card", "out", "--pretty-name", HOSTILE],
        ["prepare", "rows.jsonl", "-o", "prepared.jsonl"],
        ["randomize", f"odd{HOSTILE[26]}.jsonl", "-o", f"x{HOSTILE[26]}"],
        [HOSTILE],
    ]
    seen = in_a_terminal(tmp_path, "-c", SCRIPT, json.dumps(commands))
    assert re.findall(r"status '(\w+)' (\d)", seen)[:2] == [("resolve", "0"), ("resolve", "2")]
    assert seen.count("status ") >= len(commands) - 1
    assert "\x1b[32m" in seen, "there are colours"
    ours = re.sub(r"\x1b\[\d*m|\x1b\[A|\r\n|\r", "", seen)  # and bars of progress
    raw = {c for c in ours if not c.isprintable()} - {"\n", "\t"}
    assert not raw, raw
    assert "\\x1b[2J" in seen
    assert not re.search(r"\r!", seen)


def test_what_is_longer_than_the_terminal_goes_through_a_pager(tmp_path: Path) -> None:
    code = "\n".join(f"value = {number}  # \x1b[2J" for number in range(30))
    (tmp_path / "rows.jsonl").write_text(json.dumps({"code": code}) + "\n")
    show = ["-m", "lintseq_datasets.cli", "show", "rows.jsonl", "--random"]
    pager = {"PAGER": "sed s/^/paged:/", "COLUMNS": "80"}
    seen = in_a_terminal(tmp_path, *show, keyboard=True, LINES="24", **pager)
    assert "paged:\x1b[1medit 1 of" in seen
    assert "\x1b[2J" not in seen
    assert "paged:" not in in_a_terminal(tmp_path, *show, keyboard=True, LINES="9999", **pager)
    assert "paged:" not in in_a_terminal(tmp_path, *show, LINES="24", **pager)


@pytest.mark.parametrize(
    ("how", "program", "code"),
    [
        *((how, "x = 1\nprint(x)", 0) for how in ("closed", "broken", "gone", "full")),
        *((how, "", 1) for how in ("broken", "full")),
    ],
)
def test_a_standard_output_that_nobody_reads(
    tmp_path: Path, how: str, program: str, code: int
) -> None:
    (tmp_path / "rows.jsonl").write_text(json.dumps({"code": program}) + "\n")
    command = f"{sys.executable} -m lintseq_datasets.cli randomize rows.jsonl -o out --show"
    command += {
        "closed": " >&-",
        "broken": " | true",
        "gone": " >&- 2>&- <&-",
        "full": " 2>/dev/full",
    }[how]
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(tmp_path / "hf")},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
    assert (tmp_path / "out/data/train-00000-of-00001.parquet").exists()
