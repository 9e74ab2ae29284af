"""The parts of a program that a verdict on a part can depend on."""

from __future__ import annotations

import ast
import random
import sys
from collections import Counter

import pytest

from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters._pylint_program import make_slices
from lintseq_datasets.linters._slices import Slices, is_suspicious
from lintseq_datasets.linters.base import in_program
from lintseq_datasets.linters.pylint import PylintLinter
from lintseq_datasets.linters.syntax import is_python
from lintseq_datasets.program import Program, mask_lines
from lintseq_datasets.structure import python_structure
from tests.parity.tricky import PROGRAMS


def cut(text: str) -> Slices:
    return Slices(ast.parse(text), text.split("\n"), lambda name: name in sys.stdlib_module_names)


def units(text: str) -> list[list[int]]:
    """The lines of the units, 1-based."""
    return [[line + 1 for line in mask_lines(unit.lines)] for unit in cut(text).units]


def needed(text: str, line: int, *gone: int) -> set[int]:
    """First lines of the units in the slice of the unit at a line, 1-based."""
    slices = cut(text)
    kept = (1 << len(text.split("\n"))) - 1
    for other in gone:
        kept &= ~(1 << (other - 1))
    found = slices.slices_of([slices.unit_of_line[line - 1]], kept)
    return {mask_lines(slices.units[index].lines)[0] + 1 for index in mask_lines(found)}


CLASS = """\
class A:
    kind = 1

    def __init__(self):
        self.x = 1

    def get(self):
        return self.x

    @property
    def size(self):
        return 1

    def set(self):
        self.y = self.kind
"""


class TestUnits:
    def test_statements(self) -> None:
        assert units("x = 1\nif x:\n    y = 2\n\nprint(\n    x,\n)") == [[1], [2, 3], [5, 6, 7]]

    def test_plain_methods(self) -> None:
        found = units(CLASS)
        assert found == [[1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13], [7, 8], [14, 15]]

    def test_decorators_belong_to_what_is_below(self) -> None:
        assert units("import functools\n@functools.cache\ndef f():\n    pass") == [[1], [2, 3, 4]]

    def test_methods_on_one_line_with_others_are_no_units(self) -> None:
        assert units("class A: x = 1\nclass B:\n    def f(self): pass; y = 1") == [[1], [2], [3]]
        assert units("class A:\n    x = 1; y = 2\n    def f(self): pass") == [[1, 2], [3]]

    @pytest.mark.parametrize("name", PROGRAMS)
    def test_every_statement_is_in_one(self, name: str) -> None:
        text = PROGRAMS[name]
        slices = make_slices(text.split("\n"), lambda name: name in sys.stdlib_module_names)
        if slices is None:
            assert "; " in text  # two statements on a line
            return
        found = Counter(line for unit in slices.units for line in mask_lines(unit.lines))
        assert set(found.values()) == {1}
        assert set(found) == set(slices.unit_of_line)
        for statement in ast.parse(text).body:
            assert set(range(statement.lineno - 1, statement.end_lineno or 0)) <= set(found)


class TestSlices:
    def test_what_binds_a_name_and_what_that_needs(self) -> None:
        text = "import os\nimport sys\nx = os.sep\ny = sys\ndef f():\n    return x\nf()"
        assert needed(text, 7) == {7, 5, 3, 1}
        assert needed(text, 4) == {4, 2}

    def test_without_what_is_gone(self) -> None:
        text = "import os\nx = os.sep\ndef f():\n    return x\nf()"
        assert needed(text, 5, 2) == {5, 3}

    def test_attributes(self) -> None:
        text = "import a\nimport b\na.x = 1\nb.y = 2\nprint(a.x)"
        assert needed(text, 5) == {5, 3, 1}

    def test_words_in_strings_count(self) -> None:
        assert needed("x = 1\ny = 2\nprint('x', 3)", 3) == {3, 1}

    def test_uses_of_a_name_that_is_deleted(self) -> None:
        assert needed("x = 1\nprint(x)\nz = 1\ndel x", 4) == {4, 2, 1}

    def test_star_imports_may_bind_anything_if_they_are_found(self) -> None:
        assert needed("from os import *\nprint(3)", 2) == {2, 1}
        assert needed("from not_there import *\nprint(3)", 2) == {2}

    def test_a_method_never_without_its_class(self) -> None:
        assert needed(CLASS, 7) == {7, 1}
        assert needed(CLASS + "a = A()\nprint(a.set())", 17) == {17, 16, 14, 1}

    def test_names_that_a_function_binds_for_others(self) -> None:
        text = "def f():\n    global x\n    x = 1\ndef g():\n    y = 1\nprint(x)\nprint(y)"
        assert 1 in needed(text, 6)
        assert needed(text, 7) == {7}

    def test_a_class_is_never_without_a_body(self) -> None:
        text = (
            "class A:\n    def f(self):\n        return 1\n    def g(self):\n        return 2\nA()"
        )
        slices = cut(text)
        kept = (1 << 6) - 1
        shell, use = slices.unit_of_line[0], slices.unit_of_line[5]
        alone = slices.complete(1 << shell | 1 << use, kept)
        assert is_python(Program.from_text(text).keep(slices.lines_of(alone)).text)
        with_method = 1 << shell | 1 << slices.unit_of_line[3]
        assert slices.complete(with_method, kept) == with_method

    def test_a_program_that_cannot_be_cut(self) -> None:
        assert make_slices(["if x: y = 1", "else: y = 2"], bool) is not None
        assert make_slices(["x = 1; y = 2"], bool) is None
        assert make_slices(["x = '\u202e'"], bool) is None
        assert make_slices(["x = ("], bool) is None
        assert make_slices(["x = 1; y = (", "2)"], bool) is None


def test_suspicious() -> None:
    assert is_suspicious("x = '\u200b'")
    assert is_suspicious("x = '\x1b'")
    assert is_suspicious("# -*- coding: utf-8 -*-\nx = 1")
    assert not is_suspicious("x = 'é'  # some coding: no\n\ty = 1")


def closed_states(text: str, count: int, rng: random.Random) -> set[int]:
    structure = python_structure(text.split("\n"))
    states = set()
    for _ in range(count):
        state = (1 << structure.num_lines) - 1
        for line in rng.sample(structure.drawable, rng.randint(1, 4)):
            state &= ~structure.takes[line]
        states.add(state & ~structure.silent)
    return states - {0}


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same_key_means_the_same_messages(name: str) -> None:
    """Of a unit with the same lines, in states in which it depends on the same."""
    text = PROGRAMS[name]
    program = Program.from_text(text)
    slices = make_slices(program.lines, lambda name: name in sys.stdlib_module_names)
    if slices is None:
        return
    linter = PylintLinter(shortcuts=False)
    found: dict[tuple[object, ...], set[tuple[str, int, int]]] = {}
    compared = 0
    for state in sorted(closed_states(text, 60, random.Random(name))):
        if not is_python(program.keep(state).text):
            continue
        result = in_program(state, linter.lint([program.keep(state).text])[0])
        assert not isinstance(result, LinterError)
        for unit, lines in slices.present(state):
            key = (lines, *slices.key(unit, lines, state))
            errors = {
                (message.id, message.line, message.column)
                for message in result
                # reported at the first use of a name only, wherever that is
                if lines >> (message.line - 1) & 1 and message.id not in ("E0601", "E0606")
            }
            if key in found:
                compared += 1
                assert errors == found[key], (program.keep(lines).text, program.keep(state).text)
            found[key] = errors
    assert compared > 10
