"""What may be drawn from a Python program, and what a deletion takes along.

A *group* is drawn and deleted as a whole: an atom, as `layout` has it, or a single line. A group
*rides* if it is not drawn itself but goes with a group of code, its *carrier*. What a group
*takes* is a mask of lines: its own, those that ride with it, and those that would not parse, or
mean something else, without it. In

    0  # Say it.
    1  @cache
    2  def f(a):
    3      text = '''one
    4      two'''
    5      return text

the groups are lines 0, 1, 2, 3 and 4 together, 5. Line 0 rides with line 1 and cannot be drawn.
Line 1 takes 0 and 1; line 2, a header with decorators above, takes all; line 3 takes 3 and 4;
line 5 takes itself.

Linters do not notice all of that: without lines 2 to 5, line 1 would decorate the next function.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lintseq_datasets.languages.base import Children, Structure, StructureRules
from lintseq_datasets.languages.drawing import make_structure
from lintseq_datasets.languages.indentation import indented_ranges
from lintseq_datasets.languages.python.blocks import TYPE_COMMENT, make_blocks, span
from lintseq_datasets.languages.python.layout import LogicalLine, find_atoms, find_brackets
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.languages.python.undefined import find_names

_USUAL = StructureRules()


@dataclass(frozen=True, slots=True)
class _Layout:
    """What the tokens tell; not read for choices that can do without."""

    atoms: Sequence[tuple[int, int]]
    logical_lines: Sequence[LogicalLine]
    brackets: Sequence[tuple[int, int]]

    @classmethod
    def of(cls, source: PythonSource) -> _Layout:
        atoms = find_atoms(source.tokens, len(source.lines))
        return cls(atoms, source.logical_lines, tuple(find_brackets(source.tokens)))


def python_structure(source: PythonSource, rules: StructureRules = _USUAL) -> Structure:
    """The structure of a Python program.

    Args:
        source: A program that parses.
        rules: An atom is a line, or the whole of a multi-line string or of a backslash
            continuation. Comments ride with the next code line of their block. A block goes with
            its header, and decorators with the definition below them.

    Raises:
        ProgramError: ``no_code``: there is nothing to draw; ``not_tokenizable``.
        RecursionError: The text is nested too deeply.
    """
    unit, comments, children = rules.unit, rules.comments, rules.children
    lines = source.lines
    # The choices of the published code do without tokens, as that code does.
    needs_tokens = unit == "atom" or children == "block" or comments == "ride"
    layout = _Layout.of(source) if needs_tokens else None
    groups = layout.atoms if layout and unit == "atom" else [(n, n + 1) for n in range(len(lines))]
    is_code = _code_groups(lines, groups, layout)
    own = [span(*group) for group in groups]
    if comments == "ride" and layout is not None:
        for rider, carrier in _riders(lines, groups, is_code, layout.logical_lines):
            own[carrier] |= own[rider]
    group_of = [index for index, group in enumerate(groups) for _ in range(*group)]
    takes = own if children == "none" else _takes_blocks(own, group_of, layout, lines, children)
    drawn = [group for group in range(len(groups)) if comments == "draw" or is_code[group]]
    if not rules.draw_constants:
        constant = _constant_lines(lines)
        drawn = [group for group in drawn if groups[group][0] not in constant]
    silent = _silent_lines(lines, groups, is_code)
    # Only if a header takes its block, what is left of a state is whole statements.
    has_blocks = layout is not None and children == "block"
    return make_structure(
        lines,
        [groups[group][0] for group in drawn],
        [takes[group] for group in group_of],
        rules.weights,
        silent=silent,
        names=find_names(source.tree).without(silent),
        blocks=make_blocks(lines, source.logical_lines) if has_blocks else None,
    )


# --- what is code, and what rides with it --------------------------------------------


def _code_groups(
    lines: Sequence[str], groups: Sequence[tuple[int, int]], layout: _Layout | None
) -> list[bool]:
    """For each group whether it is code: not blank, and more than a comment."""
    inside = [False] * len(lines)  # of an atom but its first: in a string, a '#' is no comment
    if layout is not None:
        for start, stop in layout.atoms:
            inside[start + 1 : stop] = [True] * (stop - start - 1)
    return [
        any(inside[line] or lines[line].strip()[:1] not in ("", "#") for line in range(*group))
        for group in groups
    ]


def _silent_lines(
    lines: Sequence[str], groups: Sequence[tuple[int, int]], is_code: Sequence[bool]
) -> int:
    """Mask of the lines that mean nothing. A type comment does: the parser reads it."""
    silent = 0
    for group, has_code in zip(groups, is_code, strict=True):
        if not has_code and not TYPE_COMMENT.search(lines[group[0]]):
            silent |= span(*group)
    return silent


def _riders(
    lines: Sequence[str],
    groups: Sequence[tuple[int, int]],
    is_code: Sequence[bool],
    statements: Sequence[LogicalLine],
) -> Iterable[tuple[int, int]]:
    """Pairs (group of a comment or blank line, group of the code that carries it)."""
    starts = [statement.start for statement in statements]
    group_at = {group[0]: index for index, group in enumerate(groups)}
    carrier: int | None = None  # of the group below
    following: int | None = None  # next code group
    # From the bottom up: blank lines go where the comment or the code below them goes. In
    #     0  if a:
    #     1      b
    #     2      # c
    #     3
    #     4  d
    # line 3 goes with line 4. Line 2 does not: it closes the block, and goes with line 1.
    for index in range(len(groups) - 1, -1, -1):
        if is_code[index]:
            carrier = following = index
            continue
        line = groups[index][0]
        if lines[line].strip():
            carrier = _carrier(lines, line, starts, statements, group_at, following)
        if carrier is None:  # blank lines at the end: with the last statement
            carrier = group_at.get(starts[-1]) if starts else None
        if carrier is not None:
            yield index, carrier


def _carrier(
    lines: Sequence[str],
    line: int,
    starts: Sequence[int],
    statements: Sequence[LogicalLine],
    group_at: dict[int, int],
    following: int | None,
) -> int | None:
    """The group that carries a comment.

    Usually that is the next code below. But a comment that is deeper than what follows closes a
    block: then the last statement above that is no deeper than the comment carries it.
    """
    above = bisect_right(starts, line) - 1
    if above >= 0 and statements[above].stop > line:  # inside of brackets, where no block can end
        return following
    column = _indent(lines[line])
    below = above + 1
    if below < len(starts) and _indent(lines[starts[below]]) >= column:
        return following
    while above > 0 and _indent(lines[starts[above]]) > column:
        above -= 1
    return group_at.get(starts[above]) if above >= 0 else following


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


# --- what a deletion takes along -----------------------------------------------------


def _takes_blocks(
    own: list[int],
    group_of: Sequence[int],
    layout: _Layout | None,
    lines: Sequence[str],
    children: Children,
) -> list[int]:
    if children == "indentation" or layout is None:
        ranges = indented_ranges(lines)
    else:
        ranges = _block_ranges(layout)
    takes = list(own)
    # Inner ranges come first, so that outer ones take what those have taken already.
    for line, stop in sorted(ranges, reverse=True):
        group = group_of[line]
        for below in range(group + 1, group_of[stop - 1] + 1):
            takes[group] |= takes[below]
    # Not the other way round: a definition stays a definition without its decorators.
    if children == "block" and layout is not None:
        for line, above in _decorators(layout.logical_lines):
            for group in range(group_of[above], group_of[line]):
                takes[group_of[line]] |= takes[group]
    return takes


def _block_ranges(layout: _Layout) -> Iterable[tuple[int, int]]:
    """Pairs (line, line behind the last one that goes with it)."""
    # Without the line that opens a bracket, what stands in it may parse as something else.
    for start, end in layout.brackets:
        yield start, end + 1
    # A stack of the statements whose blocks are open. The next one closes all that are as deep as
    # itself or deeper; `end` is where the one before it ends.
    open_blocks: list[LogicalLine] = []
    end = 0
    for statement in layout.logical_lines:
        while open_blocks and open_blocks[-1].depth >= statement.depth:
            yield open_blocks.pop().start, end
        open_blocks.append(statement)
        end = statement.stop
    for statement in open_blocks:
        yield statement.start, end


def _decorators(statements: Sequence[LogicalLine]) -> Iterable[tuple[int, int]]:
    """Pairs (line of a definition, first line of the decorators above it)."""
    # Nothing but blank lines, comments and a definition can follow decorators.
    above: int | None = None
    for statement in statements:
        if statement.keyword == "@":
            above = statement.start if above is None else above
        elif above is not None:
            yield statement.start, above
            above = None


# --- rules of the published code -----------------------------------------------------


def _constant_lines(lines: Sequence[str]) -> set[int]:
    """Inner and last lines of definitions like ``TABLE = [`` that run over several lines."""
    inner: set[int] = set()
    closing: str | None = None
    # The published rule, by the ends of lines: a list that closes elsewhere runs on.
    for number, line in enumerate(lines):
        code = line.strip()
        if not code or code[0] == "#":
            continue
        if closing is not None:
            inner.add(number)
            if code[-1] == closing:
                closing = None
        elif code[-1] in "([" and line[: line.find("=") + 1].replace(" ", "")[:-1].isupper():
            closing = ")" if code[-1] == "(" else "]"
    return inner
