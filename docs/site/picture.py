"""The picture in the README: an edit sequence, as a terminal shows it.

    python docs/site/picture.py

samples the sequence, and writes what `format_sequence` gives for it into docs/images/:
sequence.svg has the steps side by side, and sequence-narrow.svg, for telephones, one below the
other. Both are light or dark, as the reader's system is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from lintseq_datasets import EditSequence, lintseq_map
from lintseq_datasets.display import format_sequence

IMAGES = Path(__file__).resolve().parents[1] / "images"
WIDE, NARROW = IMAGES / "sequence.svg", IMAGES / "sequence-narrow.svg"
PROGRAM = """\
def median(numbers):
    ordered = sorted(numbers)
    half = len(ordered) // 2
    if len(ordered) % 2 == 1:
        return ordered[half]
    low = ordered[half - 1]
    high = ordered[half]
    return (low + high) / 2"""
SAMPLE = 1  # of those with seed 0: three edits, the last one in the middle

_SIZE, _WIDTH, _HEIGHT, _MARGIN = 14, 8.45, 21, 14  # of letters and lines, in pixels
_LIGHT = {
    "": "#1f2328", "1": "#1f2328", "2": "#59636e", "31": "#b3202a", "32": "#0f5323",
    "33": "#7d4e00", "34": "#0550ae", "35": "#8e2a86", "36": "#0a5c68",
    "all": "#f6f8fa", "new": "#d2f8d9",
}  # fmt: skip
_DARK = {
    "": "#d4d4d4", "1": "#ffffff", "2": "#9ea5ad", "31": "#ff7b72", "32": "#7ee787",
    "33": "#e3b341", "34": "#79c0ff", "35": "#ff9ad5", "36": "#56d4dd",
    "all": "#161b22", "new": "#12381f",
}  # fmt: skip
_PAINTED = re.compile(r"\x1b\[(\d+)m(.*?)\x1b\[0m")


def picture(*, narrow: bool = False) -> str:
    """The picture, as SVG that stands alone."""
    rows = lintseq_map({"code": [PROGRAM]}, num_samples=SAMPLE + 1, seed=0)
    sequence = EditSequence.from_edits(rows["edits"][SAMPLE])
    steps = [step.split("\n") for step in format_sequence(sequence, color=True).split("\n\n")]
    panel = max(len(_plain(line)) for step in steps for line in step) * _WIDTH + 2 * _MARGIN
    width = panel if narrow else len(steps) * panel
    drawn: list[str] = []
    left = top = bottom = 0.0
    for step in steps:
        drawn += _panel(step, left, top, panel)
        end = top + len(step) * _HEIGHT + 2 * _MARGIN
        bottom = max(bottom, end)
        left, top = (left, end - _MARGIN) if narrow else (left + panel, top)
    said = f"A program in {len(steps)} edits: each inserts the lines that are marked."
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {bottom:g}" '
            f'width="{width:g}" height="{bottom:g}" role="img" '
            f'font-size="{_SIZE}" xml:space="preserve" '
            "font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\">",
            f"<title>{said}</title>",
            f"<style>{_style(_LIGHT)}",
            f"@media (prefers-color-scheme: dark) {{ {_style(_DARK)} }}</style>",
            '<rect width="100%" height="100%" rx="8" class="all"/>',
            *drawn,
            "</svg>\n",
        ]
    )


def _style(colors: dict[str, str]) -> str:
    return " ".join(f".{_class(code)} {{ fill: {color} }}" for code, color in colors.items())


def _class(code: str) -> str:
    return code if code.isalpha() else f"c{code}"


def _plain(line: str) -> str:
    return _PAINTED.sub(r"\2", line)


def _panel(lines: list[str], left: float, top: float, width: float) -> Iterator[str]:
    for number, line in enumerate(lines):
        above = top + _MARGIN + number * _HEIGHT
        if re.match(r"\s*\d+ \+", _plain(line)):
            yield (
                f'<rect x="{left + _MARGIN / 2:g}" y="{above:g}" width="{width - _MARGIN:g}" '
                f'height="{_HEIGHT}" class="new"/>'
            )
        parts = "".join(
            f'<tspan x="{left + _MARGIN + start * _WIDTH:g}" class="{_class(code)}" '
            f'textLength="{len(text) * _WIDTH:g}">{escape(text)}</tspan>'
            for code, start, text in _pieces(line)
        )
        yield f'<text y="{above + _HEIGHT * 0.72:g}">{parts}</text>'


def _pieces(line: str) -> Iterator[tuple[str, int, str]]:
    """Colour, first column and text of the parts of a line, without the spaces around them."""
    column = 0
    for plain, code, painted in re.findall(r"([^\x1b]+)|\x1b\[(\d+)m(.*?)\x1b\[0m", line):
        text = plain or painted
        if text.strip():
            yield code, column + len(text) - len(text.lstrip()), text.strip()
        column += len(text)


if __name__ == "__main__":
    WIDE.write_text(picture(), encoding="utf-8")
    NARROW.write_text(picture(narrow=True), encoding="utf-8")
