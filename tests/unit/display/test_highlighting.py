"""Code in colours, where Pygments is installed and the language is known."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintseq_datasets.display import format_sequence, sequence_html
from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.sequence import EditSequence

pytest.importorskip("pygments")

ANSI = re.compile(r"\x1b\[\d+m")
CODE = 'def f(x):\n    """Text.\n\n    for all.\n    """\n    return 12  # why'


def whole(text: str) -> EditSequence:
    program = Program.from_text(text)
    return EditSequence.from_deletions(program, [list(range(len(program)))])


def test_tokens_have_colors_on_pages_and_in_terminals() -> None:
    page = sequence_html(whole(CODE))
    spans = re.findall(r'<span class="(\w+)">(.*?)</span>', page)
    assert spans[0] == ("keyword", "def")
    assert ("name", "f") in spans
    # a word of the language is none inside of a string of several lines
    assert ("string", "    for all.") in spans
    assert ("number", "12") in spans
    assert ("comment", "# why") in spans
    shown = format_sequence(whole(CODE), color=True)
    assert "\x1b[35mdef\x1b[0m" in shown
    assert "\x1b[33m    for all.\x1b[0m" in shown
    assert "\x1b" not in format_sequence(whole(CODE), color=False)


def test_other_languages() -> None:
    code = "function f() { return null; } // for"
    assert '<span class="comment">// for</span>' in sequence_html(
        whole(code), language="javascript"
    )
    assert "<span class" not in sequence_html(whole(code), language="lines")


def test_without_pygments_there_is_plain_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygments.lexers", None)
    assert "<pre>def f(x):</pre>" in sequence_html(whole(CODE))
    assert "\x1b[32mdef f(x):\x1b[0m" in format_sequence(whole(CODE), color=True)


def test_lines_that_are_too_long_are_not_read() -> None:
    assert '<span class="k' not in sequence_html(whole("if x:\n    y = '" + "z" * 5_000 + "'"))


LINES = st.lists(st.text(alphabet=st.characters(codec=None), max_size=12), min_size=1, max_size=6)


@given(LINES, st.sampled_from(["python", "javascript", "php", "ruby"]))
def test_colors_change_no_text(lines: list[str], language: str) -> None:
    sequence = EditSequence.from_deletions(Program(tuple(lines)), [list(range(len(lines)))])
    plain = format_sequence(sequence, color=False)
    colored = ANSI.sub("", format_sequence(sequence, color=True, language=language))
    assert [line.rstrip() for line in colored.split("\n")] == plain.split("\n")
    found = [
        re.sub("<[^>]*>", "", text)
        for text in re.findall("<pre>(.*?)</pre>", sequence_html(sequence, language=language))
    ]
    assert found == re.findall("<pre>(.*?)</pre>", sequence_html(sequence, language="lines"))


def test_errors_of_the_program_are_marked_in_each_state() -> None:
    sequence = EditSequence.from_edits(
        ["@@ -0,0 +1 @@\n+b", "@@ -0,0 +1 @@\n+a", "@@ -2,1 +2 @@\n-b\n+c"][:2], "z"
    )
    page = sequence_html(sequence, own_errors={1: ["E1 <wrong>"], 7: ["no such line"], 0: []})
    assert page.count('<div class="own">error of the program itself: E1 &lt;wrong&gt;</div>') == 2
    shown = format_sequence(sequence, color=False, own_errors={1: ["E1 \x1b wrong"], 2: ["E2"]})
    assert shown.splitlines() == [
        "start: 1 line", "  1   z", "    ! error of the program itself: E2", "",
        "edit 1 of 2: +1 line", "  1 + b", "    ! error of the program itself: E1 \\x1b wrong",
        "  2   z", "",
        "edit 2 of 2: +1 line", "  1 + a", "  2   b", "  3   z",
    ]  # fmt: skip
