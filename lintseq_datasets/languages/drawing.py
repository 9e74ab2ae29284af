"""The last step to a structure, in every language: what is drawn, and how likely each line is."""

from __future__ import annotations

from collections.abc import Sequence

from lintseq_datasets.errors import ProgramError
from lintseq_datasets.languages.base import Blocks, Names, Structure, Weights
from lintseq_datasets.languages.indentation import weigh

_NO_NAMES = Names()


def make_structure(
    lines: Sequence[str],
    drawable: Sequence[int],
    takes: Sequence[int],
    weights: Weights,
    *,
    silent: int,
    names: Names = _NO_NAMES,
    blocks: Blocks | None = None,
) -> Structure:
    """A structure of what was found out about lines.

    Args:
        lines: The lines of the program.
        drawable: Those that can be drawn, by their numbers.
        takes: For each line the mask of what goes along.
        weights: How likely each is drawn.
        silent: Mask of the lines that mean nothing.
        names: Names that may become undefined.
        blocks: What tells whether a state parses.

    Raises:
        ProgramError: ``no_code``: there is nothing to draw.
    """
    if not drawable:
        raise ProgramError("no_code", "there is no line that could be drawn")
    return Structure(
        num_lines=len(lines),
        drawable=tuple(drawable),
        weights=weigh(lines, drawable, weights),
        takes=tuple(takes),
        is_uniform=weights == "uniform",
        blank=blank_lines(lines),
        silent=silent,
        names=names,
        blocks=blocks,
    )


def blank_lines(lines: Sequence[str]) -> int:
    """Mask of the lines that are empty, or hold white space alone."""
    return sum(1 << number for number, line in enumerate(lines) if not line.strip())
