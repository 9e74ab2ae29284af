"""What a deletion takes along, against the syntax tree."""

from __future__ import annotations

import ast
import warnings

from hypothesis import given

from lintseq_datasets.edits.program import Program, mask_lines
from lintseq_datasets.languages.base import Structure
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.languages.python.structure import python_structure
from tests.property.strategies import python_programs


def _parse(program: Program) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(program.text)


def _structure(program: Program) -> Structure:
    return python_structure(PythonSource(program.text))


def _span(first: int, last: int) -> int:
    """Mask of 1-based lines, both included."""
    return (1 << last) - (1 << (first - 1))


@given(python_programs)
def test_a_line_goes_with_itself_and_what_it_takes_goes_as_a_whole(program: Program) -> None:
    takes = _structure(program).takes
    assert len(takes) == len(program)
    for line, mask in enumerate(takes):
        assert mask >> line & 1
        for other in mask_lines(mask):
            assert takes[other] & ~mask == 0


@given(python_programs)
def test_every_line_goes_when_everything_was_drawn(program: Program) -> None:
    structure = _structure(program)
    together = 0
    for line in structure.drawable:
        together |= structure.takes[line]
    assert together == (1 << len(program)) - 1


@given(python_programs)
def test_a_string_goes_as_a_whole_or_not_at_all(program: Program) -> None:
    takes = _structure(program).takes
    spans = [
        _span(node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(_parse(program))
        if isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    ]
    for mask in takes:
        assert all(mask & span in (0, span) for span in spans)


@given(python_programs)
def test_a_header_takes_its_block_and_a_definition_its_decorators(program: Program) -> None:
    takes = _structure(program).takes
    for node in ast.walk(_parse(program)):
        if not isinstance(node, ast.stmt) or not hasattr(node, "body"):
            continue
        body: list[ast.stmt] = node.body
        taken = takes[node.lineno - 1]
        block = _span(node.lineno, body[-1].end_lineno or 0)
        assert taken & block == block
        for decorator in getattr(node, "decorator_list", ()):
            assert taken >> (decorator.lineno - 1) & 1


@given(python_programs)
def test_a_statement_takes_no_other_statement_of_its_block(program: Program) -> None:
    structure = _structure(program)
    tree = _parse(program)
    starts = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    for statement in (node for node in ast.walk(tree) if isinstance(node, ast.stmt)):
        taken = structure.takes[statement.lineno - 1]
        decorators = [d.lineno for d in getattr(statement, "decorator_list", ())]
        first = min([statement.lineno, *decorators])
        last = statement.end_lineno or first
        for start in starts:
            if not first <= start <= last:
                assert not taken >> (start - 1) & 1


@given(python_programs)
def test_comments_and_blank_lines_are_drawn_by_nobody(program: Program) -> None:
    structure = _structure(program)
    in_strings = {
        line
        for node in ast.walk(_parse(program))
        if isinstance(node, (ast.JoinedStr, ast.Constant))
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    for line in structure.drawable:
        code = program.lines[line].strip()
        assert line + 1 in in_strings or (code and not code.startswith("#"))
