"""Rules about lines that go by their indentation alone, whatever the language.

Those of the published code, `pylintseq`, which takes a nearly empty line to be as deep as the one
above it. In

    0  def f(a):
    1      g(
    2          a,
    3      )

line 0 has the lines 1 to 3 below it, and line 1 has lines 2 and 3, which is as deep as line 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lintseq_datasets.languages.base import Weights


def indented_ranges(lines: Sequence[str]) -> Iterable[tuple[int, int]]:
    """Pairs (line, line behind the last of the deeper ones below it)."""
    indents = _published_indents(lines)
    for line, indent in enumerate(indents):
        stop = line + 1
        while stop < len(indents) and indents[stop] > indent:
            stop += 1
        if stop > line + 1:
            yield line, stop


def _published_indents(lines: Sequence[str]) -> list[int]:
    """Indentation as `pylintseq` has it: nearly empty lines have that of the line above."""
    indents: list[int] = []
    current = 0
    for line in lines:
        # More than one character, as there: a closing bracket counts as nearly empty.
        # So it goes with the block that it closes, like a blank line in a block.
        if len(line.lstrip()) > 1:
            current = _indent(line)
        indents.append(current)
    return indents


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def weigh(lines: Sequence[str], drawable: Sequence[int], weights: Weights) -> tuple[float, ...]:
    """The weights of drawable lines; by indentation, that in units of the first one."""
    if weights == "uniform":
        return (1.0,) * len(drawable)
    indents = _published_indents(lines)
    # The first indentation of the program is taken for its unit, as published.
    unit = next((indent for indent in indents if indent), 1)
    return tuple(indents[line] / unit if indents[line] else 1.0 for line in drawable)
