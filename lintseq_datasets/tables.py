"""Tables of figures: as text where they are printed, as HTML where a notebook shows them.

Imports run from here to nothing. Never here: what is counted.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable
from html import escape


class ShownAsTable:
    """What `print` and notebooks show as a table: `as_table` of the class."""

    __slots__ = ()

    @abstractmethod
    def as_table(self) -> str:
        """A table in plain text, with two or more spaces between columns."""

    def __str__(self) -> str:
        return self.as_table()

    def _repr_html_(self) -> str:
        return html_table(self.as_table())


def aligned(rows: Iterable[tuple[str, str]]) -> str:
    """Names and figures in two columns.

    >>> print(aligned([("rows in", "1,200"), ("  kept", "8")]))
    rows in  1,200
      kept       8
    """
    rows = list(rows)
    name, figure = (max(map(len, column)) for column in zip(*rows, strict=True))
    # A title without a figure would end with spaces.
    return "\n".join(f"{one:<{name}}  {other:>{figure}}".rstrip() for one, other in rows)


def html_table(text: str) -> str:
    r"""A table in plain text as HTML; names that are indented stay so.

    Args:
        text: Lines of columns with two or more spaces between them. Where the first column is
            empty the line is a heading, and an empty line begins another table.

    >>> print(html_table("rows  1").replace("><td", ">\n<td"))
    <table><tr>
    <td style="text-align:left;padding-left:0.5em">rows</td>
    <td style="text-align:right">1</td></tr></table>
    """
    tables = (
        "".join(map(_html_row, part.split("\n"))) for part in re.split(r"\n\s*\n", text.strip("\n"))
    )
    return "".join(f"<table>{rows}</table>" for rows in tables)


def _html_row(line: str) -> str:
    # "  kept       8" has a name that is indented, "            a   b" only cells.
    name, *cells = re.split(r" {2,}", line.lstrip())
    indent = len(line) - len(line.lstrip())
    if indent > len("    "):  # a heading has no name
        name, cells, indent = "", [name, *cells], 0
    style = f"text-align:left;padding-left:{indent / 2 + 0.5:g}em"
    shown = "".join(f'<td style="text-align:right">{escape(cell)}</td>' for cell in cells)
    return f'<tr><td style="{style}">{escape(name)}</td>{shown}</tr>'
