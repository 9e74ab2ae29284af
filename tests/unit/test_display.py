"""Edit sequences for terminals."""

from __future__ import annotations

import io
import re

import pytest

from lintseq_datasets.diff import Edit, Hunk
from lintseq_datasets.display import format_sequence, printable, wants_color
from lintseq_datasets.errors import DiffError
from lintseq_datasets.program import Program
from lintseq_datasets.sequence import EditSequence

PROGRAM = Program.from_text("def f(x):\n\n\treturn x\nprint(f(1))")
SEQUENCE = EditSequence.from_deletions(PROGRAM, [[1, 3], [0, 2]])
ANSI = re.compile(r"\x1b\[\d+m")


def test_each_step_reads_without_color() -> None:
    assert format_sequence(SEQUENCE, color=False).splitlines() == [
        "edit 1 of 2: +2 lines",
        "  1 + def f(x):",
        "  2 +         return x",
        "",
        "edit 2 of 2: +2 lines",
        "  1   def f(x):",
        "  2 +",
        "  3           return x",
        "  4 + print(f(1))",
    ]


def test_color_adds_nothing_but_color() -> None:
    colored = format_sequence(SEQUENCE, color=True)
    assert "\x1b[32m+ print(f(1))\x1b[0m" in colored
    assert "\x1b[32m+ def f(x):\x1b[0m" in colored
    assert colored.count("\x1b[32m") == 4
    lines = [line.rstrip() for line in ANSI.sub("", colored).splitlines()]
    assert lines == format_sequence(SEQUENCE, color=False).splitlines()


def test_removed_lines_are_shown() -> None:
    edits = (Edit((Hunk(0, 0, ("a", "b")),)), Edit((Hunk(0, 0, ("c",), ("a",)),)), Edit(()))
    assert format_sequence(EditSequence(edits), color=False).splitlines()[4:] == [
        "edit 2 of 3: +1 line, -1",
        "    - a",
        "  1 + c",
        "  2   b",
        "",
        "edit 3 of 3: +0 lines",
        "  1   c",
        "  2   b",
    ]


def test_no_program_drives_the_terminal() -> None:
    hostile = "x = '\x1b]0;title\x07\x9b2J\r\b\x7f\u202e\u2028\u200b\ud800\x00'  # é 日本"
    shown = format_sequence(EditSequence.from_deletions(Program((hostile,)), [[0]]), color=False)
    assert shown.splitlines()[1] == (
        r"  1 + x = '\x1b]0;title\x07\x9b2J\r\x08\x7f\u202e\u2028\u200b\ud800\x00'  # é 日本"
    )
    shown = format_sequence(EditSequence.from_deletions(Program(("a\nb",)), [[0]]), color=False)
    assert shown.splitlines()[1:] == [r"  1 + a\nb"]


def test_printable_keeps_newlines_and_text() -> None:
    assert printable("a\n\tb\\ ü") == "a\n        b\\ ü"


def test_nothing_to_show() -> None:
    assert format_sequence(EditSequence(()), color=True) == ""


def test_edits_that_do_not_fit() -> None:
    with pytest.raises(DiffError):
        format_sequence(EditSequence((Edit((Hunk(3, 3, ("a",)),)),)), color=False)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "to_terminal", "to_file"),
    [
        ({}, True, False),
        ({"TERM": "xterm"}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ],
)
def test_who_wants_color(environment: dict[str, str], to_terminal: bool, to_file: bool) -> None:
    assert wants_color(Terminal(), environment) is to_terminal
    assert wants_color(io.StringIO(), environment) is to_file


def test_the_environment_of_the_process_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert wants_color(Terminal()) is False
