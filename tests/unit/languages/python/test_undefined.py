"""What is foreseen as undefined, against the linters that are to agree."""

from __future__ import annotations

import random

import pytest

from lintseq_datasets.edits.program import Program, mask_lines
from lintseq_datasets.errors import LinterError
from lintseq_datasets.languages.base import Names
from lintseq_datasets.languages.python.parsing import is_python
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.languages.python.structure import python_structure
from lintseq_datasets.languages.python.undefined import find_names
from lintseq_datasets.linters.base import Linter, in_program
from lintseq_datasets.linters.pyflakes import PyflakesLinter
from lintseq_datasets.linters.pylint import PylintLinter
from tests.parity.tricky import PROGRAMS as TRICKY


def undefined_without(text: str, *gone: int) -> list[int]:
    """0-based lines that use a name which nothing binds once some lines are gone."""
    lines = text.split("\n")
    kept = (1 << len(lines)) - 1
    for line in gone:
        kept &= ~(1 << line)
    return mask_lines(python_structure(PythonSource(text)).undefined(kept))


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
    "handler": ("try:\n    pass\nexcept E as e:\n    pass\nprint(e)", [2, 3], [4]),
    "decorator": ("def d(f): return f\n@d\ndef g(): pass", [0], [1]),
}


@pytest.mark.parametrize("name", CERTAIN)
def test_certain(name: str) -> None:
    text, gone, expected = CERTAIN[name]
    assert undefined_without(text) == []
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
    for text in ("x = (\ny", "\0"):
        assert find_names(PythonSource(text).tree) == Names()


def nested(terms: int) -> str:
    return "a = 1\nx = " + " + ".join(["a"] * terms)


def test_the_depth_of_the_caller_changes_nothing() -> None:
    programs = [nested(terms) for terms in range(30, 600, 30)]

    def names_below(frames: int) -> list[Names]:
        if frames:
            return names_below(frames - 1)
        return [find_names(PythonSource(text).tree) for text in programs]

    found = names_below(0)
    assert found[0] != Names()
    assert found[-1] == Names()  # nested too deeply
    assert names_below(500) == found


# text, lines that are gone, a line whose use is undefined, what that line takes along
HIDING = {
    "a binding in a function hides one outside": (
        "y = 1\nx = 1\ndef f(a=y):\n    x = 2\n    return x\nprint(x)", [0], 2, [2, 3, 4],
    ),
    "a parameter hides one outside": (
        "y = 1\nx = 1\ndef f(x, a=y):\n    return x\nprint(x)", [0], 2, [2, 3],
    ),
    "any binding of its name hides a builtin": (
        "y = 1\ndef f(a=y):\n    len = 2\n    return len\nprint(len)", [0], 1, [1, 2, 3],
    ),
    "an attribute hides a method": (
        "y = 1\nclass A:\n    def m(self): pass\n    def n(self, b=y):\n        self.m = b",
        [0], 3, [3, 4],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HIDING)
def test_nothing_is_foreseen_where_a_binding_that_hides_another_would_go(name: str) -> None:
    text, gone, line, takes = HIDING[name]
    source = PythonSource(text)
    names = find_names(source.tree)
    kept = sum(1 << number for number in range(len(source.lines)) if number not in gone)
    alone = [1 << number for number in range(len(source.lines))]
    along = [sum(1 << taken for taken in takes) if n == line else m for n, m in enumerate(alone)]
    assert names.undefined(kept, along) == 0
    # not for another reason: without what is hidden, or where the line goes alone, it is foreseen
    assert names._replace(hiding=()).undefined(kept, along) == 1 << line
    if len(takes) > 1 and not any(hiding & 1 << line for hiding, _ in names.hiding):
        assert names.undefined(kept, alone) == 1 << line


def test_what_is_hidden_and_gone_itself_hinders_nothing() -> None:
    text = "y = 1\nx = 1\ndef f(a=y):\n    x = 2\n    return x"
    assert undefined_without(text, 0) == []
    assert undefined_without(text, 0, 1) == [2]


@pytest.mark.parametrize("name", TRICKY)
@pytest.mark.parametrize("linter", [PylintLinter(), PyflakesLinter()], ids=["pylint", "pyflakes"])
def test_no_linter_accepts_a_line_that_is_foreseen(name: str, linter: Linter) -> None:
    assert getattr(PylintLinter(), "finds_undefined_names", False)
    program = Program.from_text(TRICKY[name])
    structure = python_structure(PythonSource(program.text))
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
