"""Edit sequences for terminals and browsers."""

from __future__ import annotations

import io
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lintseq_datasets.display import (
    format_sequence,
    page_html,
    printable,
    sequence_html,
    wants_color,
)
from lintseq_datasets.edits.edit import Edit, Hunk
from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.errors import DiffError
from tests.browser import browser, needs_chromium
from tests.conftest import RunPython

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
    colored = format_sequence(SEQUENCE, color=True, language="none")
    assert "\x1b[32m+ \x1b[0m\x1b[32mprint(f(1))\x1b[0m" in colored
    assert "\x1b[32m+ \x1b[0m\x1b[32mdef f(x):\x1b[0m" in colored
    assert colored.count("\x1b[32m+") == 4
    lines = [line.rstrip() for line in ANSI.sub("", colored).splitlines()]
    assert lines == format_sequence(SEQUENCE, color=False).splitlines()


def test_a_state_to_start_from_comes_first() -> None:
    sequence = EditSequence.from_edits(["@@ -1,0 +2 @@\n+b"], "a\nc")
    assert format_sequence(sequence, color=False).splitlines() == [
        "start: 2 lines",
        "  1   a",
        "  2   c",
        "",
        "edit 1 of 1: +1 line",
        "  1   a",
        "  2 + b",
        "  3   c",
    ]
    page = sequence_html(sequence)
    assert re.findall(r'<label for="[^"]+-(\d)">(\w+)</label>', page) == [
        ("0", "start"), ("1", "1"),
    ]  # fmt: skip
    assert re.findall(r'aria-label="(\w+ ?\d?)"( checked)?', page) == [
        ("start", " checked"), ("edit 1", ""),
    ]  # fmt: skip
    assert "<strong>start: 2 lines</strong>" in page
    assert page.count('<tr class="added">') == 1
    assert "start" not in sequence_html(EditSequence.from_edits(["@@ -0,0 +1 @@\n+b"]))
    # the button of the step that is shown is coloured, and has a frame when keys reach it
    places = re.findall(r"-(\d):(?:checked|focus-visible)~.steps label:nth-child\((\d)\)", page)
    assert places == [("0", "1"), ("0", "1"), ("1", "2"), ("1", "2")]


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


def test_removed_lines_are_red_and_struck() -> None:
    edits = (Edit((Hunk(0, 0, ("a",)),)), Edit((Hunk(0, 0, ("c",), ("for a",)),)))
    start = EditSequence(edits[1:], Program(("for a",)))
    shown = format_sequence(start, color=True)
    assert "\x1b[31m- \x1b[0m\x1b[9;31mfor a\x1b[0m" in shown
    assert "\x1b[9" not in format_sequence(EditSequence(edits[:1]), color=True)
    indented = EditSequence((Edit((Hunk(1, 1, (), ("    <b>",)),)),), Program(("a", "    <b>")))
    assert "<pre>    <s>&lt;b&gt;</s></pre>" in sequence_html(indented)


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


# --- notebooks and browsers ----------------------------------------------------------

HOSTILE = "</td></table><script>document.title='owned'</script><img src=x onerror=\"alert(1)\">"
STRANGE = EditSequence.from_deletions(
    Program((f"x = {HOSTILE}", "y = '\x1b[31m\u202e\ud800 &lt;b&gt;'", "z = 1")), [[1], [2], [0]]
)


class Page(HTMLParser):
    """What a page consists of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("input", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def check_safe(text: str) -> Page:
    page = Page(text)
    assert {tag for tag, _ in page.tags} <= {
        "html", "head", "meta", "title", "style", "body", "h1", "table", "tr", "th", "td", "pre",
        "div", "input", "label", "strong", "span", "p", "h2",
    }  # fmt: skip
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "href")]
    assert "url(" not in text
    assert "@import" not in text
    text.encode("utf-8")
    return page


def test_sequences_show_themselves_whatever_was_imported(run_python: RunPython) -> None:
    code = (
        "import sys\nfrom lintseq_datasets.edits.sequence import EditSequence\n"
        "print('lintseq_datasets.display' in sys.modules)\n"
        "print(EditSequence(())._repr_html_())"
    )
    printed = run_python(code).splitlines()
    assert printed == ["False", "<div>An edit sequence without edits.</div>"]


def test_notebooks_show_every_state() -> None:
    page = check_safe(SEQUENCE._repr_html_())
    assert "edit 2 of 2" in page.text
    text = sequence_html(SEQUENCE, language="none")
    assert text.count('class="added"') == 4
    rows = re.findall(
        r"<tr[^>]*><td>(\d+)</td><td>(\+?)</td><td>.*?<pre>(.*?)</pre>.*?</td></tr>", text
    )
    assert rows == [
        ("1", "+", "def f(x):"), ("2", "+", "        return x"),
        ("1", "", "def f(x):"), ("2", "+", ""), ("3", "", "        return x"),
        ("4", "+", "print(f(1))"),
    ]  # fmt: skip


def test_a_page_that_strips_styles_still_reads_well() -> None:
    shown = sequence_html(SEQUENCE, language="none")
    text = re.sub(r"<style>.*?</style>|<input[^>]*>|</?label[^>]*>", "", shown, flags=re.S)
    assert Page(text).text.startswith("1 2edit 1 of 2 +2 lines  next \N{RIGHTWARDS ARROW}")
    assert '<div align="left"><pre>        return x</pre></div>' in text


def test_nothing_of_a_row_is_markup() -> None:
    facts = [("linter", HOSTILE), (HOSTILE, "x\x00")]
    page = check_safe(page_html(STRANGE, prompt=HOSTILE + "\x1b", facts=facts))
    assert page.text.count(HOSTILE) == 1 + 2 + 3  # the instruction, the facts, each state
    assert "\\x1b[31m\\u202e\\ud800 &lt;b&gt;" in page.text


def test_pictures_on_one_page_do_not_meet() -> None:
    both = [Page(SEQUENCE._repr_html_()) for _ in range(2)]
    ids = [found["id"] for page in both for tag, found in page.tags if tag == "input"]
    assert len(set(ids)) == 4


def test_one_step_is_checked_and_the_others_can_be_reached() -> None:
    tags = Page(sequence_html(STRANGE)).tags
    inputs = [attributes for tag, attributes in tags if tag == "input"]
    assert ["checked" in attributes for attributes in inputs] == [True, False, False]
    assert len({attributes["name"] for attributes in inputs}) == 1
    targets = [attributes["for"] for tag, attributes in tags if tag == "label"]
    assert Counter(targets) == {inputs[0]["id"]: 2, inputs[1]["id"]: 3, inputs[2]["id"]: 2}


def test_long_sequences_are_folded() -> None:
    lines = tuple(f"x{number} = 1" for number in range(300))
    long = EditSequence.from_deletions(Program(lines), [[number] for number in range(300)])
    text = check_safe(sequence_html(long)).text
    assert "290 unchanged lines" in text or "291 unchanged lines" in text
    assert len(sequence_html(long)) < 1_500_000


def test_edits_that_do_not_fit_are_shown_as_text() -> None:
    wrong = EditSequence((Edit((Hunk(3, 3, (HOSTILE,)),)),))
    assert HOSTILE in check_safe(wrong._repr_html_()).text
    assert "without edits" in check_safe(EditSequence(())._repr_html_()).text


@needs_chromium
def test_no_row_runs_in_a_browser(tmp_path: Path) -> None:
    page = page_html(STRANGE, prompt=HOSTILE, own_errors={0: [HOSTILE]})
    bare = re.sub(r"<meta http-equiv[^>]*>", "", page)
    assert bare != page
    with browser(tmp_path / "profile") as window:
        # without the policy too: it is the escaping that keeps a row from running
        for text in (page, bare):
            (tmp_path / "page.html").write_text(text, encoding="utf-8")
            window.open((tmp_path / "page.html").as_uri(), width=900)
            assert window.ask("document.title") == "Edit sequence"
            assert window.ask("document.querySelectorAll('script,img').length") == 0
