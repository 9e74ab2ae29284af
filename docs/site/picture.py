"""The picture in the README: an edit sequence, as a terminal shows it.

    python docs/site/picture.py

samples the sequence, and writes what `format_sequence` gives for it to docs/images/sequence.svg,
the steps side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from lintseq_datasets import EditSequence, lintseq_map
from lintseq_datasets.display import format_sequence

PICTURE = Path(__file__).resolve().parents[1] / "images" / "sequence.svg"
PROGRAM = """\
def median(numbers):
    ordered = sorted(numbers)
    half = len(ordered) // 2
    if len(ordered) % 2 == 1:
        return ordered[half]
    pair = ordered[half - 1:half + 1]
    return sum(pair) / 2


print(median([3, 1, 2]))"""
SAMPLE = 10  # of those with seed 0: three edits, the last one in the middle

_SIZE, _WIDTH, _HEIGHT, _MARGIN = 13, 7.85, 20, 16  # of letters and lines, in pixels
_COLORS = {
    "": "#d4d4d4", "1": "#ffffff", "2": "#8b949e", "31": "#ff7b72", "32": "#7ee787",
    "33": "#e3b341", "34": "#79c0ff", "35": "#ff9ad5", "36": "#56d4dd",
}  # fmt: skip
_BACKGROUND, _INSERTED = "#161b22", "#12381f"
_PAINTED = re.compile(r"\x1b\[(\d+)m(.*?)\x1b\[0m")


def picture() -> str:
    """The picture, as SVG that stands alone."""
    rows = lintseq_map({"code": [PROGRAM]}, num_samples=SAMPLE + 1, seed=0)
    sequence = EditSequence.from_edits(rows["edits"][SAMPLE])
    steps = [step.split("\n") for step in format_sequence(sequence, color=True).split("\n\n")]
    letters = max(len(_PAINTED.sub(r"\2", line)) for step in steps for line in step)
    panel = letters * _WIDTH + 2 * _MARGIN
    width, height = len(steps) * panel, max(map(len, steps)) * _HEIGHT + 2 * _MARGIN
    drawn = [
        line for number, step in enumerate(steps) for line in _panel(step, number * panel, panel)
    ]
    said = f"A program in {len(steps)} edits: each inserts the lines that are marked."
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'width="{width:g}" height="{height:g}" role="img" '
            f'font-size="{_SIZE}" xml:space="preserve" '
            "font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\">",
            f"<title>{said}</title>",
            f'<rect width="100%" height="100%" rx="8" fill="{_BACKGROUND}"/>',
            *drawn,
            "</svg>\n",
        ]
    )


def _panel(lines: list[str], left: float, width: float) -> Iterator[str]:
    for number, line in enumerate(lines):
        bottom = _MARGIN + number * _HEIGHT
        if re.match(r"\s*\d+ \+", _PAINTED.sub(r"\2", line)):
            yield (
                f'<rect x="{left + _MARGIN / 2:g}" y="{bottom:g}" width="{width - _MARGIN:g}" '
                f'height="{_HEIGHT}" fill="{_INSERTED}"/>'
            )
        parts = "".join(
            f'<tspan x="{left + _MARGIN + start * _WIDTH:g}" fill="{_COLORS[code]}" '
            f'textLength="{len(text) * _WIDTH:g}">{escape(text)}</tspan>'
            for code, start, text in _pieces(line)
        )
        yield f'<text y="{bottom + _HEIGHT * 0.72:g}">{parts}</text>'


def _pieces(line: str) -> Iterator[tuple[str, int, str]]:
    """Colour, first column and text of the parts of a line, without the spaces around them."""
    column = 0
    for plain, code, painted in re.findall(r"([^\x1b]+)|\x1b\[(\d+)m(.*?)\x1b\[0m", line):
        text = plain or painted
        if text.strip():
            yield code, column + len(text) - len(text.lstrip()), text.strip()
        column += len(text)


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
