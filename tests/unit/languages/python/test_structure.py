from __future__ import annotations

import pytest

from lintseq_datasets.edits.program import mask_lines
from lintseq_datasets.errors import ProgramError
from lintseq_datasets.languages.base import Structure, StructureRules
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.languages.python.structure import python_structure


def structure_of(text: str, **options: object) -> Structure:
    return python_structure(PythonSource(text), StructureRules(**options))  # type: ignore[arg-type]


def taken(text: str, **options: object) -> dict[int, list[int]]:
    """For each line that can be drawn (0-based), the lines that go when it goes."""
    structure = structure_of(text, **options)
    return {line: mask_lines(structure.takes[line]) for line in structure.drawable}


def through(first: int, last: int) -> list[int]:
    return list(range(first, last + 1))


# text, then for each line that can be drawn the lines that go with it
CASES: dict[str, tuple[str, dict[int, list[int]]]] = {
    "plain lines": ("a\nb\nc", {0: [0], 1: [1], 2: [2]}),
    "blocks in blocks": (
        "def f(x):\n    if x:\n        a\n    else:\n        b\n    return x\nf(1)",
        {0: through(0, 5), 1: [1, 2], 2: [2], 3: [3, 4], 4: [4], 5: [5], 6: [6]},
    ),
    "class": (
        "class A(B):\n    x = 1\n    def f(self):\n        return 1\n    def g(self): pass\nA()",
        {0: through(0, 4), 1: [1], 2: [2, 3], 3: [3], 4: [4], 5: [5]},
    ),
    "async": (
        "async def f():\n    async with a:\n        await b\n    async for c in d:\n        e",
        {0: through(0, 4), 1: [1, 2], 2: [2], 3: [3, 4], 4: [4]},
    ),
    "match": (
        "match x:\n    case 1:\n        a\n    case _:\n        b\nc",
        {0: through(0, 4), 1: [1, 2], 2: [2], 3: [3, 4], 4: [4], 5: [5]},
    ),
    "try": (
        "try:\n    a\nexcept E:\n    b\nfinally:\n    c",
        {0: [0, 1], 1: [1], 2: [2, 3], 3: [3], 4: [4, 5], 5: [5]},
    ),
    "tabs": (
        "if a:\n\tb\n\tif c:\n\t\td\ne",
        {0: through(0, 3), 1: [1], 2: [2, 3], 3: [3], 4: [4]},
    ),
    "odd indentation": ("if a:\n b\nif c:\n       d", {0: [0, 1], 1: [1], 2: [2, 3], 3: [3]}),
    "semicolons": ("a; b\nif a: b; c\nd", {0: [0], 1: [1], 2: [2]}),
    "one-line block, then a deeper line": ("if a: b\nwhile c:\n    d", {0: [0], 1: [1, 2], 2: [2]}),
    # --- multi-line strings and continuations: all or nothing
    "string": ('x = """a\nb\n"""\ny', {0: [0, 1, 2], 3: [3]}),
    "docstring with what is no comment": (
        'def f():\n    """a\n\n    # b\n    """\n    return 1',
        {0: through(0, 5), 1: [1, 2, 3, 4], 5: [5]},
    ),
    "string in brackets": (
        'f(\n  """a\nb""",\n  1,\n)\ny',
        {0: through(0, 4), 1: [1, 2], 3: [3], 4: [4], 5: [5]},
    ),
    "string that ends before a bracket": (
        'x = """a\nb""" + (\n1\n)',
        {0: through(0, 3), 2: [2], 3: [3]},
    ),
    "two strings on one line": ('x = """a\nb""" + """c\nd"""\ny', {0: [0, 1, 2], 3: [3]}),
    "string with continued lines": ('x = "a\\\nb\\\nc"\ny', {0: [0, 1, 2], 3: [3]}),
    "f-string": ('x = f"""\na {y}\n# b {\n  z\n} c\n"""\ny', {0: through(0, 5), 6: [6]}),
    "f-string with a broken format": ("x = f'''a {y:\n>10} b'''\ny", {0: [0, 1], 2: [2]}),
    "f-string with an f-string": (
        "x = f'''\n{f\"{a}\"\n}'''\n(b,\nc)",
        {0: [0, 1, 2], 3: [3, 4], 4: [4]},
    ),
    "backslash": ("x = 1 + \\\n  2\ny", {0: [0, 1], 2: [2]}),
    "backslash in a header": ("if x and \\\n   y:\n    z", {0: [0, 1, 2], 2: [2]}),
    "backslash first": ("\\\nx = 1\ny", {0: [0, 1], 2: [2]}),
    "backslash at the end of a comment": ("# a \\\nx\ny", {1: [0, 1], 2: [2]}),
    # --- brackets
    "brackets": ("x = [\n  1,\n  2,\n]\ny", {0: through(0, 3), 1: [1], 2: [2], 3: [3], 4: [4]}),
    "a closing line that opens": (
        "f(a, [\n  1,\n], g(\n  2,\n))\ny",
        {0: through(0, 4), 1: [1], 2: [2, 3, 4], 3: [3], 4: [4], 5: [5]},
    ),
    "header in brackets": (
        "def f(\n    a,\n):\n    return a\nf(1)",
        {0: through(0, 3), 1: [1], 2: [2], 3: [3], 4: [4]},
    ),
    "brackets in a string": ('x = "(["\ny = [\n")",\n]', {0: [0], 1: [1, 2, 3], 2: [2], 3: [3]}),
    # --- decorators
    "decorators": (
        "@a\n@b(\n 1)\ndef f():\n    c\nd",
        {0: [0], 1: [1, 2], 2: [2], 3: through(0, 4), 4: [4], 5: [5]},
    ),
    "decorated class with a decorated method": (
        "@a\nclass A:\n    @b\n    def f(self):\n        c\n    x = 1",
        {0: [0], 1: through(0, 5), 2: [2], 3: [2, 3, 4], 4: [4], 5: [5]},
    ),
    "decorated async function": ("@a\nasync def f():\n    b", {0: [0], 1: [0, 1, 2], 2: [2]}),
    "matrix product is no decorator": ("x = (a\n@ b)\ndef f(): pass", {0: [0, 1], 1: [1], 2: [2]}),
    # --- comments and blank lines ride
    "above a definition": ("a\n\n# f\ndef f():\n    b", {0: [0], 3: [1, 2, 3, 4], 4: [4]}),
    "between decorators": (
        "@a\n# why\n@b\n\ndef f():\n    c",
        {0: [0], 2: [1, 2], 4: through(0, 5), 5: [5]},
    ),
    "at the end of a block": (
        "def f():\n    a\n    # end of f\n\nb",
        {0: [0, 1, 2], 1: [1, 2], 4: [3, 4]},
    ),
    "at the end of an outer block": (
        "def f():\n    if a:\n        b\n    # end of f\nc",
        {0: through(0, 3), 1: [1, 2, 3], 2: [2], 4: [4]},
    ),
    "at the end of the file": ("def f():\n    a\n# end", {0: [0, 1, 2], 1: [1]}),
    "at the end of the file, in the block": (
        "def f():\n    a\n    # end",
        {0: [0, 1, 2], 1: [1, 2]},
    ),
    "at the top": ("#!/usr/bin/env python\n# what\n\nimport a\nb", {3: [0, 1, 2, 3], 4: [4]}),
    "in the first column of a function": (
        "def f():\n    a\n# b\n    b\nc",
        {0: through(0, 3), 1: [1], 3: [2, 3], 4: [4]},
    ),
    "in brackets": (
        "x = [\n  # one\n  1,\n\n  # last\n]\ny",
        {0: through(0, 5), 2: [1, 2], 5: [3, 4, 5], 6: [6]},
    ),
    "before a handler": (
        "try:\n    a\n# c\nexcept E:\n    b",
        {0: [0, 1], 1: [1], 3: [2, 3, 4], 4: [4]},
    ),
    "first in a block": ("if a:\n\n    # why\n    b\nc", {0: through(0, 3), 3: [1, 2, 3], 4: [4]}),
    "deeper than all code": ("a\n    # deep\nb", {0: [0, 1], 2: [2]}),
    "behind code": ("a  # why\nb", {0: [0], 1: [1]}),
    "form feed": ("a\n\x0c\ndef f():\n    b", {0: [0], 2: [1, 2, 3], 3: [3]}),
    "line separators in a comment": ("# a\u2028b\x85\nx\ny", {1: [0, 1], 2: [2]}),
}


@pytest.mark.parametrize("name", CASES)
def test_what_can_be_drawn_and_what_goes_with_it(name: str) -> None:
    text, expected = CASES[name]
    assert taken(text) == expected


@pytest.mark.parametrize("name", CASES)
def test_every_line_goes_with_itself_and_closed_under_taking(name: str) -> None:
    takes = structure_of(CASES[name][0]).takes
    for line, mask in enumerate(takes):
        assert mask >> line & 1
        assert all(takes[other] & ~mask == 0 for other in mask_lines(mask))


@pytest.mark.parametrize("name", CASES)
def test_everything_goes_when_all_is_drawn(name: str) -> None:
    structure = structure_of(CASES[name][0])
    together = 0
    for line in structure.drawable:
        together |= structure.takes[line]
    assert together == (1 << structure.num_lines) - 1


def test_lines_of_an_atom_take_the_same() -> None:
    structure = structure_of('def f():\n    x = """a\n    b\n    """\n    return x')
    assert structure.drawable == (0, 1, 4)
    assert structure.takes[1] == structure.takes[2] == structure.takes[3] == 0b01110


class TestUnit:
    TEXT = 'x = """a\n# b\n\nc"""\ny = 1 + \\\n  2'

    def test_line_draws_every_line_of_a_string(self) -> None:
        assert taken(self.TEXT, unit="line", children="none", comments="draw") == {
            line: [line] for line in range(6)
        }

    def test_line_knows_that_a_string_holds_no_comments(self) -> None:
        drawn = taken(self.TEXT, unit="line", children="none", comments="ride")
        assert list(drawn) == [0, 1, 2, 3, 4, 5]

    def test_atom_without_children(self) -> None:
        text = "@a\ndef f():\n    # why\n    return [\n        1]"
        assert taken(text, children="none") == {0: [0], 1: [1], 3: [2, 3], 4: [4]}


class TestComments:
    TEXT = "# top\n\nif a:\n    # why\n    b\n"

    def test_draw(self) -> None:
        assert taken(self.TEXT, comments="draw") == {
            0: [0], 1: [1], 2: [2, 3, 4], 3: [3], 4: [4], 5: [5],
        }  # fmt: skip

    def test_first_edit_takes_them_with_blocks_only(self) -> None:
        assert taken(self.TEXT, comments="first_edit") == {2: [2, 3, 4], 4: [4]}

    def test_ride(self) -> None:
        assert taken(self.TEXT, comments="ride") == {2: [0, 1, 2, 3, 4, 5], 4: [3, 4, 5]}


class TestChildren:
    TEXT = "@a\ndef f():\n    bb\n\n    x = [\n    1]\ncc"

    def test_indentation_knows_neither_decorators_nor_brackets(self) -> None:
        assert taken(self.TEXT, children="indentation", comments="first_edit") == {
            0: [0], 1: through(1, 5), 2: [2], 4: [4], 5: [5], 6: [6],
        }  # fmt: skip

    def test_indentation_takes_comments_that_are_deeper(self) -> None:
        text = "if a:\n    bb\n    # c\n\n# d\nee"
        assert taken(text, children="indentation", comments="first_edit", unit="line") == {
            0: [0, 1, 2, 3], 1: [1], 5: [5],
        }  # fmt: skip


class TestPublishedRules:
    def test_weights(self) -> None:
        structure = structure_of(
            "aa\nif b:\n  cc\n  if d:\n      ee\n }\nf\n", unit="line", comments="first_edit",
            children="indentation", weights="indentation",
        )  # fmt: skip
        # lines of one character have the indentation of the line above, as published
        assert structure.drawable == (0, 1, 2, 3, 4, 5, 6)
        assert structure.weights == (1.0, 1.0, 1.0, 1.0, 3.0, 3.0, 3.0)
        assert not structure.is_uniform

    def test_uniform_weights(self) -> None:
        structure = structure_of("a\nif b:\n    c")
        assert structure.weights == (1.0, 1.0, 1.0)
        assert structure.is_uniform

    @pytest.mark.parametrize(
        ("text", "drawn"),
        [
            ("TABLE = [\n    1,\n    2,\n]\nx", [0, 4]),
            ("TABLE = (\n    1,\n    # c\n)\nx", [0, 4]),
            ("A B = [\n1\n]\nx", [0, 3]),
            ("TABLE = [1,\n    2]\nx", [0, 1, 2]),  # the first line does not end with a bracket
            ("table = [\n    1,\n]", [0, 1, 2]),
            ("TABLE = {\n    1,\n}", [0, 1, 2]),
            ("TABLE = [\n    [3],\n    [4]\n]\nx", [0, 3, 4]),  # ends at the first such bracket
            ("TABLE = [\n    f(1)\n    ]\nx", [0, 3]),
        ],
    )
    def test_constants(self, text: str, drawn: list[int]) -> None:
        options = {"unit": "line", "comments": "first_edit", "children": "indentation"}
        assert list(structure_of(text, draw_constants=False, **options).drawable) == drawn

    def test_constants_are_drawn_by_default(self) -> None:
        assert structure_of("TABLE = [\n    1,\n]").drawable == (0, 1, 2)


@pytest.mark.parametrize("text", ["# nothing", "", "\n\n", "# a\n\n# b"])
def test_nothing_to_draw(text: str) -> None:
    with pytest.raises(ProgramError) as caught:
        structure_of(text)
    assert caught.value.reason == "no_code"
    assert structure_of(text, comments="draw").drawable == tuple(range(text.count("\n") + 1))


@pytest.mark.parametrize("text", ["x = (", "if a:\n        b\n    c", 'x = """'])
def test_what_has_no_tokens(text: str) -> None:
    with pytest.raises(ProgramError) as caught:
        structure_of(text)
    assert caught.value.reason == "not_tokenizable"


def test_blank_lines() -> None:
    assert structure_of("a\n\n  \n\x0c\n# c\nb").blank == 0b001110
