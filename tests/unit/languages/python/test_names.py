"""What is foreseen as undefined, against the linters that are to agree."""

from __future__ import annotations

import random

import pytest

from lintseq_datasets.edits.program import Program, mask_lines
from lintseq_datasets.errors import LinterError
from lintseq_datasets.languages.base import Names
from lintseq_datasets.languages.python.names import find_names
from lintseq_datasets.languages.python.structure import python_structure
from lintseq_datasets.linters.base import Linter, in_program
from lintseq_datasets.linters.pyflakes import PyflakesLinter
from lintseq_datasets.linters.pylint import PylintLinter
from lintseq_datasets.linters.syntax import is_python
from tests.parity.tricky import PROGRAMS as TRICKY


def undefined_without(text: str, *gone: int) -> list[int]:
    """0-based lines that use a name which nothing binds once some lines are gone."""
    lines = text.split("\n")
    kept = (1 << len(lines)) - 1
    for line in gone:
        kept &= ~(1 << line)
    return mask_lines(python_structure(lines).undefined(kept))


CERTAIN = {
    "assignment": ("x = 1\nprint(x)\ny = x", [0], [1, 2]),
    "import": ("import os.path\nprint(os)", [0], [1]),
    "import as": ("import os.path as p, sys\nprint(p)\nsys", [0], [1, 2]),
    "function": ("def f(): pass\nf()\n\ndef g():\n    f()", [0], [1, 4]),
    "argument": ("def f(\n    a,\n    b,\n):\n    return a + b", [1], [4]),
    "for": ("for i in []:\n    pass\nprint(i)", [0, 1], [2]),
    "with": ("with open('a') as f:\n    pass\nf.read()", [0, 1], [2]),
    "walrus": ("if (n := 1):\n    pass\nprint(n)", [0, 1], [2]),
    "class": ("class A:\n    x = 1\n    y = x", [1], [2]),
    "scope of its own": ("x = 1\ndef f():\n    y = 2\n    return y\ny = 3\nprint(y)", [4], [5]),
    "lambda": ("x = 1\nf = lambda y: x + y", [0], [1]),
    "several lines": ("x = 1\nprint(\n    x,\n)", [0], [2]),
    "handler": ("try:\n    pass\nexcept E as e:\n    print(e)", [2], []),
    "decorator": ("def d(f): return f\n@d\ndef g(): pass", [0], [1]),
}


@pytest.mark.parametrize("name", CERTAIN)
def test_certain(name: str) -> None:
    text, gone, expected = CERTAIN[name]
    assert undefined_without(text) == []
    if name != "handler":  # goes with its block
        assert undefined_without(text, *gone) == expected


TOLERATED = {
    "another binding": ("x = 1\nif y:\n    x = 2\nprint(x)", 0),
    "a builtin": ("len = 3\nprint(len)", 0),
    "in a try": ("x = 1\ntry:\n    print(x)\nexcept NameError:\n    pass", 0),
    "suppressed": (
        "import contextlib\nx = 1\nwith contextlib.suppress(NameError):\n    print(x)",
        1,
    ),
    "an annotation": ("A = int\nx: A = 3", 0),
    "a global of a function": ("x = 1\ndef f():\n    global x\n    x = 2\nprint(x)", 0),
    "a star import": ("from os.path import *\njoin = 1\njoin('a')", 1),
    "special names": ("__all__ = []\nprint(__all__)", 0),
    "never bound": ("y = 1\nprint(x)", 0),
    "in a string": ("x = 1\nprint('x')", 0),
    "an attribute": ("x = 1\nprint(y.x)", 0),
    "a keyword argument": ("x = 1\nprint(x=3)", 0),
    "a match pattern": ("x = 1\nmatch y:\n    case x:\n        print(x)", 0),
}


@pytest.mark.parametrize("name", TOLERATED)
def test_tolerated(name: str) -> None:
    text, gone = TOLERATED[name]
    assert undefined_without(text, gone) == []


def test_part_of_a_statement_says_nothing() -> None:
    assert undefined_without("x = 1\nprint(\n    x,\n)", 0, 1) == []


def test_what_does_not_parse_has_no_names() -> None:
    assert find_names(["x = (", "y"]) == Names()
    assert find_names(["\0"]) == Names()


@pytest.mark.parametrize("name", TRICKY)
@pytest.mark.parametrize("linter", [PylintLinter(), PyflakesLinter()], ids=["pylint", "pyflakes"])
def test_no_linter_accepts_a_line_that_is_foreseen(name: str, linter: Linter) -> None:
    assert getattr(PylintLinter(), "finds_undefined_names", False)
    program = Program.from_text(TRICKY[name])
    structure = python_structure(program.lines)
    rng = random.Random(name)
    whole = (1 << len(program)) - 1
    states = [whole & ~structure.takes[line] for line in structure.drawable]
    states += [state & ~structure.takes[rng.choice(structure.drawable)] for state in states]
    for state in states:
        text = program.keep(state).text
        if (foreseen := structure.undefined(state)) and is_python(text):
            result = in_program(state, linter.lint([text])[0])
            assert not isinstance(result, LinterError)
            flagged = sum({1 << (message.line - 1) for message in result})
            assert not foreseen & ~flagged, (mask_lines(foreseen & ~flagged), text)
