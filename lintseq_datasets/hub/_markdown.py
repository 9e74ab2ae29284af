"""Markdown from texts that may hold anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lintseq_datasets.display import printable

_LONGEST_LINE = 160


def code(text: object) -> str:
    """A short text as code that stands in a line or in the cell of a table."""
    shown = " ".join(printable(str(text)).split())
    if not shown:
        return ""
    if len(shown) > _LONGEST_LINE:
        shown = shown[:_LONGEST_LINE] + "…"
    # In CommonMark a run of backquotes ends at the next one of the same length. A text that begins
    # or ends with one needs a blank there, which is taken away again. A bar would end the cell,
    # even in code.
    fence = "`" * (_longest_run(shown) + 1)
    if shown.startswith("`") or shown.endswith("`"):
        shown = f" {shown} "
    return f"{fence}{shown}{fence}".replace("|", "\\|")


def fenced(text: str, language: str = "", max_lines: int = 60) -> str:
    """A text as a block of code, also if it holds fences itself; long texts are cut."""
    lines = [printable(line) for line in re.split(r"\r\n|\r|\n", text)]
    cut = [line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + "…" for line in lines]
    if len(cut) > max_lines:
        cut = [*cut[:max_lines], f"… ({len(cut) - max_lines} more lines)"]
    body = "\n".join(cut)
    fence = "`" * max(3, _longest_run(body) + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; all columns but the first one are numbers. Cells are Markdown."""
    marks = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, marks, *rows))


def shares(head: Sequence[str], counts: Iterable[tuple[str, int]], total: int) -> str:
    """A table of counts, and of what share of a total each is. Names are Markdown."""
    rows = ((name, f"{count:,}", f"{count / total:.1%}") for name, count in counts)
    return table(head, rows)


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """A table of names and values, without those that have no value. Cells are Markdown."""
    lines = [f"| {name} | {value} |" for name, value in rows if value]
    return "\n".join(["| | |", "|---|---|", *lines])


def paragraphs(parts: Iterable[str]) -> str:
    """Parts that are not empty, with empty lines between them."""
    return "\n\n".join(part for part in parts if part)


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
