"""What pages look like, measured by a browser: narrow and wide, in the light and in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lintseq_datasets.display import page_html, sequence_html
from lintseq_datasets.edits.program import Program
from lintseq_datasets.edits.sequence import EditSequence
from tests.browser import Browser, browser, needs_chromium
from tests.conftest import wait_until

pytestmark = needs_chromium

LINES = [f"value_{number} = {number}" for number in range(120)]
LINES[4] = "long = '" + "x" * 500 + "'"
LINES[6] = "def function_of_many_parameters(first, second, third, fourth, fifth, sixth):"
LINES[7] = "    return first + second + third + fourth + fifth + sixth"
PROGRAM = Program(tuple(LINES))
SEQUENCE = EditSequence.from_deletions(
    PROGRAM, [list(range(9, 120)), [3], [*range(3), *range(4, 9)]]
)
OTHER = EditSequence.from_deletions(PROGRAM, [list(range(60)), list(range(60, 120))])
FACTS = [("method", "lintseq"), ("program_id", PROGRAM.program_id), ("linter", "pylint " * 30)]

# Heights of the rows that are shown, but for those whose text has to break.
HEIGHTS = """
[...document.querySelectorAll('.state')].filter(e => e.offsetParent)
    .flatMap(e => [...e.querySelectorAll('tr')])
    .filter(e => e.querySelector('pre').textContent.length < 20 && !e.querySelector('.own'))
    .map(e => e.offsetHeight)
"""
SHOWN = (
    "[...document.querySelectorAll('.state')].filter(e => e.offsetParent).map(e => e.id.slice(-1))"
)
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# A cell of numbers that breaks is higher than a line of its text.
NUMBERS = """
[...document.querySelectorAll('td:first-child')].filter(e => e.offsetParent && e.textContent)
    .map(e => { const r = document.createRange(); r.selectNodeContents(e);
                return r.getClientRects().length; })
"""


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser") / "profile") as found:
        yield found


def write(folder: Path, text: str) -> str:
    page = folder / "page.html"
    page.write_text(text, encoding="utf-8")
    return page.as_uri()


@pytest.mark.parametrize("width", [320, 400, 1400])
@pytest.mark.parametrize("many", [False, True])
def test_no_page_is_wider_than_its_window(
    window: Browser, tmp_path: Path, width: int, many: bool
) -> None:
    shown = [SEQUENCE, OTHER, SEQUENCE] if many else SEQUENCE
    errors = {4: ["E0001 " + "y" * 300], 119: ["E0602 Undefined variable 'z'"]}
    page = page_html(shown, prompt="Count. " * 50 + "w" * 200, facts=FACTS, own_errors=errors)
    window.open(write(tmp_path, page), width=width)
    for step in range(3):
        window.ask(f"document.querySelectorAll('input')[{step}].click()")
        assert window.ask(OVERFLOW) == 0
        assert set(window.ask(NUMBERS)) == {1}
        heights = window.ask(HEIGHTS)
        assert len(set(heights)) == 1, set(heights)
        assert 14 <= heights[0] <= 24
    assert len(window.ask(NUMBERS)) >= 120


def test_samples_stand_side_by_side_where_there_is_room(window: Browser, tmp_path: Path) -> None:
    url = write(tmp_path, page_html([SEQUENCE, OTHER]))
    places = "[...document.querySelectorAll('.samples>div')].map(e => e.offsetTop)"
    window.open(url, width=1400)
    left, right = window.ask(places)
    assert left == right
    window.open(url, width=400)
    above, below = window.ask(places)
    assert above < below


def test_arrow_keys_step(window: Browser, tmp_path: Path) -> None:
    window.open(write(tmp_path, page_html([SEQUENCE, OTHER])), width=900)
    assert window.ask(SHOWN) == ["1", "1"]
    # A page gets its focus with its first frame, which may come after it is loaded.
    wait_until(lambda: window.ask("document.hasFocus() && document.activeElement.type") == "radio")
    window.press("ArrowRight", 39)
    window.press("ArrowRight", 39)
    wait_until(lambda: window.ask(SHOWN) == ["3", "1"])
    window.press("ArrowLeft", 37)
    wait_until(lambda: window.ask(SHOWN) == ["2", "1"])
    window.press("Tab", 9)
    window.press("ArrowRight", 39)
    wait_until(lambda: window.ask(SHOWN) == ["2", "2"])


COLORS = """
[...document.querySelectorAll('.state')].filter(e => e.offsetParent)
    .flatMap(e => [...e.querySelectorAll('tr,td,span,label')]).map(e => {
    let on = e;
    while (on && getComputedStyle(on).backgroundColor == 'rgba(0, 0, 0, 0)') on = on.parentElement;
    return [getComputedStyle(e).color, getComputedStyle(on || e).backgroundColor];
})
"""


def luminance(color: str) -> float:
    """Relative luminance of a color ``rgb(r, g, b)``, from 0 to 1 (WCAG 2)."""
    parts = [int(part) / 255 for part in color[4:-1].split(",")]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


CODE = """\
# A comment.
import re
def total(values: list[int]) -> int:
    return sum(values) + 1 if re.search("x", 'x') else None
print(total([1, 2]))"""


@pytest.mark.parametrize(
    ("around", "dark_system", "is_dark"),
    [
        ("", False, False),
        ("", True, True),
        ('data-theme="dark"', False, True),
        ('data-theme="light"', True, False),
        ('data-jp-theme-light="false"', False, True),
        ('class="vscode-light"', True, False),
    ],
)
def test_colors_can_be_read(
    window: Browser, tmp_path: Path, around: str, dark_system: bool, is_dark: bool
) -> None:
    pytest.importorskip("pygments")
    sequence = EditSequence.from_deletions(Program.from_text(CODE), [[3, 4], [0, 1, 2]])
    shown = sequence_html(sequence, own_errors={1: ["E0401 Unable to import 're'"]})
    page = f"<!DOCTYPE html><html {around}><meta charset='utf-8'><body>{shown}"
    window.open(write(tmp_path, page), width=900, dark=dark_system)
    window.ask("document.querySelectorAll('input')[1].click()")
    pairs = {tuple(pair) for pair in window.ask(COLORS)}
    assert len(pairs) > 8, "there are colours"
    for text, paper in pairs:
        assert contrast(text, paper) >= 4.5, (text, paper)
        assert (luminance(paper) < 0.5) == is_dark or paper == "rgb(0, 114, 178)"
