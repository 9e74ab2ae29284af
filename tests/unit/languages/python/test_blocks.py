"""Every closed subset of the lines of small programs, against Python's own parser."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintseq_datasets.edits.program import Program, mask_lines
from lintseq_datasets.languages.base import Structure, StructureRules
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.languages.python.structure import python_structure
from tests.property.strategies import python_programs

PROGRAMS = {
    "if": "if a:\n    b\n    c\nelif d:\n    e\nelif f:\n    g\nelse:\n    h\ni",
    "nested if": (
        "if a:\n    if b:\n        c\n    else:\n        d\nelse:\n    if e:\n        f\ng"
    ),
    "two ifs": "if a:\n    b\nelse:\n    c\nif d:\n    e\nelif f:\n    g\nelse:\n    h",
    "loops": "for a in b:\n    c\nelse:\n    d\nwhile e:\n    f\n    g\nelse:\n    h\ni",
    "if in for": "for a in b:\n    if c:\n        break\n    d\nelse:\n    e\nif f:\n    g",
    "try": "try:\n    a\nexcept B:\n    c\nexcept D as e:\n    f\nelse:\n    g\nfinally:\n    h\ni",
    "bare except": "try:\n    a\nexcept B:\n    c\nexcept:\n    d\nelse:\n    e",
    "try finally": "a\ntry:\n    b\nfinally:\n    c\ntry:\n    d\nexcept E:\n    f",
    "nested try": (
        "try:\n    try:\n        a\n    except B:\n        c\n    finally:\n        d\n"
        "except E:\n    f\ng"
    ),
    "try in handler": (
        "try:\n    a\nexcept B:\n    try:\n        c\n    finally:\n        d\nelse:\n    e"
    ),
    "try in else": "if a:\n    b\nelse:\n    try:\n        c\n    except D:\n        e\n    f\ng",
    "try at the end of a block": "def f():\n    try:\n        a\n    except B:\n        c\nd\ne",
    "functions": (
        "def f():\n    a\n    def g():\n        b\n    return g\nclass C:\n    d\n\n    e = 1"
    ),
    "decorators": (
        "@a\n@b(\n    1,\n)\ndef f():\n    c\n@d\nclass E:\n    @g\n    def h(self):\n        i"
    ),
    "async": (
        "async def f():\n    async for a in b:\n        c\n    else:\n        d\n"
        "    async with e:\n        g\n    await h"
    ),
    "with": "with a:\n    with b as c:\n        d\n    e\nwith (\n    f,\n    g,\n):\n    h",
    "one-liners": "if a: b\nelse: c\ntry: d\nexcept E: f\nfor g in h: i\nelse: j\nwhile k: l\nm; n",
    "one-liners, mixed": (
        "try: a\nexcept B:\n    c\nelse: d\nfinally:\n    e\nif f: g\nelif h:\n    i"
    ),
    "comments": "if a:\n    # why\n    b\n# and\nelse:\n\n    c\n    # end\n# more\nd",
    "match": (
        "match a:\n    case 1:\n        b\n    case [c, *d]:\n        e\n        f\n"
        "    case _:\n        g\nh"
    ),
    "soft keywords": "match = 1\ncase = 2\nif match:\n    case = 3\nprint(match, case)\ntype = 3",
    "docstrings": (
        'def f():\n    """One.\n\n    Two.\n    """\nclass A:\n    """Three."""\n    b = 1'
    ),
    "ternaries": "a = b if c else d\ne = [\n    f if f else\n    h for f in g\n] if 0 else 1\ni",
    "odd indentation": "if a:\n  b\nelse:\n\tc\nwhile d:\n        e\n        if f:\n         g",
    "groups": "try:\n    a\nexcept* B:\n    c\nexcept* D:\n    e\nelse:\n    f\nfinally:\n    g",
}


def closed_states(structure: Structure) -> Iterator[int]:
    """States of which all is deleted that goes with a deleted line."""
    for state in range(1, 1 << structure.num_lines):
        if not any(
            taken & state for line, taken in enumerate(structure.takes) if not state >> line & 1
        ):
            yield state


def blamed(text: str) -> int | None:
    """The 0-based line that a syntax error is blamed on."""
    problem = PythonSource(text).problem
    return None if problem is None else problem.line - 1


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same_as_the_parser_on_every_closed_state(name: str) -> None:
    program = Program.from_text(PROGRAMS[name])
    structure = python_structure(PythonSource(program.text))
    assert structure.blocks is not None
    told = broken = 0
    for state in closed_states(structure):
        error = structure.blocks.first_error(state)
        if error is None:
            continue
        told += 1
        line = blamed(program.keep(state).text)
        expected = 0 if line is None else 1 << mask_lines(state)[line]
        assert error == expected, program.keep(state).text
        broken += bool(expected)
    assert told > 5
    assert broken or name in ("soft keywords", "ternaries")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_state_without_part_of_a_statement_is_for_the_parser(name: str) -> None:
    program = Program.from_text(PROGRAMS[name])
    structure = python_structure(PythonSource(program.text))
    assert structure.blocks is not None
    for statement in structure.blocks.statements:
        if statement.lines.bit_count() > 1:
            whole = (1 << len(program)) - 1
            assert structure.blocks.first_error(whole & ~statement.first) is None


def test_the_whole_program_and_nothing_parse() -> None:
    for text in PROGRAMS.values():
        blocks = python_structure(PythonSource(text)).blocks
        assert blocks is not None
        assert blocks.first_error((1 << len(text.split("\n"))) - 1) == 0
        assert blocks.first_error(0) == 0


def test_type_comments_are_for_the_parser() -> None:
    assert python_structure(PythonSource("x = []  # type: list")).blocks is None
    assert (
        python_structure(PythonSource("x = 1"), StructureRules(children="indentation")).blocks
        is None
    )


@given(python_programs, st.randoms(use_true_random=False))
def test_the_same_as_the_parser_on_generated_programs(program: Program, rng: random.Random) -> None:
    structure = python_structure(PythonSource(program.text))
    assert structure.blocks is not None
    for _ in range(10):
        state = (1 << len(program)) - 1
        for line in rng.choices(structure.drawable, k=rng.randint(1, 4)):
            state &= ~structure.takes[line]
        error = structure.blocks.first_error(state)
        if state and error is not None:
            line_at = blamed(program.keep(state).text)
            expected = 0 if line_at is None else 1 << mask_lines(state)[line_at]
            assert error == expected, program.keep(state).text
