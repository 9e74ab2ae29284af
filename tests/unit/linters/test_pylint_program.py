"""Verdicts on the states of one program that are put together from memory."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lintseq_datasets.linters._pylint_program import PylintProgram, make_slices
from lintseq_datasets.linters.base import LintResult
from lintseq_datasets.linters.pylint import PylintLinter

# Each: a program, and the deletions (0-based lines) after which a state is judged, in order.
CASES = {
    "a use in a decorator hides a use before the binding": (
        """\
import flask
app = flask.Flask(__name__)
@app.route("/")
def hello():
    return 1
if __name__ == "__main__":
    app.run()
app = flask.Flask(__name__)
app.go()""",
        [{1}, {1, 2, 3, 4}],
    ),
    "a use in a handler hides the next one": (
        """\
def read(name):
    try:
        data = open(name)
    except OSError as error:
        print(error)
        data = None
    return data, error""",
        [{4}],
    ),
    "a use in a branch hides the next one": (
        """\
import sys
if sys.argv:
    x = 1
    print(x)
print(x)""",
        [{3}],
    ),
    "another name for exit": (
        """\
import sys
leave = sys.exit
if len(sys.argv) > 1:
    name = 1
else:
    leave(3)
print(name)""",
        [{4, 5}],
    ),
    "a return is seen through a global": (
        """\
def f(column):
    counts = {}
    counts[column] += 1
    return counts
counts = f(1)""",
        [{1}, {1, 3}],
    ),
    "a use in a header hides that only the name itself binds it": (
        "def f(y=x):\n    return y\nx += 1\nprint(x)",
        [{0, 1}],
    ),
    "a break decides whether a name is bound": (
        """\
for i in range(3):
    if i == 1:
        found = i
        break
else:
    found = None
print(found)""",
        [{4, 5}, {3, 4, 5}],
    ),
    "a function that never comes back by its annotation": (
        """\
from typing import NoReturn
def leave() -> NoReturn:
    raise SystemExit
def read(name):
    if name:
        data = 1
    else:
        leave()
    print(data)""",
        [{0}],
    ),
    "what logging is called": (
        """\
import logging as log
def f(x):
    log.info("%s %s", x)
    print(x)
def g(x):
    log.error("%s", x, x)
f(1)
g(2)""",
        [{3}, {4, 5, 7}, {6}],
    ),
    "what logging is called inside of a function": (
        """\
def f(x):
    import logging as log
    log.info("%s %s", x)
    print(x)
log = f
def g(x):
    log.error("%s", x, x)""",
        [{3}, {0, 1, 2, 3, 4}, {1}],
    ),
    "a loop in one line": (
        """\
def names():
    found = [1]
    return found
def show(x):
    for name in names(): print(name)
    y = x; z = names().gone; w = 1
    return y
show(1)""",
        [{0, 1, 2}, {2}, {1}],
    ),
    "arrays of a module that cannot be found": (
        """\
import numpy as np
x = np.array([1, 2])
x.resize()
x = np.linspace(1, 2)
y = np.zeros(3)
print(x.gone, y.gone)""",
        [{1}, {3}, {1, 3}, {4}],
    ),
    "a parameter on a line of its own": (
        """\
def f(
    images,
    size,
):
    images = [size]
    return images""",
        [{1}, {1, 4}],
    ),
    "another handler": (
        """\
def f():
    x = 1
    try:
        x.real_part
    except AttributeError:
        print(1)
    except ValueError:
        print(2)""",
        [{4, 5}],
    ),
    "a test that turns false": (
        """\
flag = False
x = 1
flag = True
if flag:
    print(x.gone)""",
        [{2}, {0}],
    ),
    "a constant of the class that hides a global one": (
        """\
LIMIT = 1
class A:
    def f(self, x=LIMIT):
        return x
    LIMIT = 2
    def g(self):
        return LIMIT""",
        [{4}, {5, 6}, {0}],
    ),
    "what a function gives back": (
        """\
def f(a):
    if a:
        return 1
    return None
f(1)
x = f(2)
print(f(3).real, f(4) + x.real)""",
        [{3}, {1, 2}, {2, 3}],
    ),
    "elements of a display": (
        """\
def f():
    print(1)
data = [
    f(),
    (1).gone,
]
one = (
    2,
    f()
)
data.gone""",
        [{3}, {4}, {7}, {3, 7}],
    ),
    "an attribute by the name of a module that cannot be found": (
        """\
import gone
class A:
    def f(self):
        self.gone = 1
        return self.gone.real_part
gone.f(A().gone.other)
print(A().f().real)""",
        [{3}, {0}, {4}],
    ),
    "a name in two spellings": ("x = 1\nprint(\U0001d431)\ny = 2", [{0}, {2}]),
    "nothing but a docstring": (
        'import re\n\ndef f(x):\n  """\n  Doc\n  """\n  return re.compile(x)',
        [{6}, {0, 1, 6}],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_memory_gives_what_a_whole_lint_gives(name: str) -> None:
    text, deletions = CASES[name]
    lines = tuple(text.split("\n"))
    whole = (1 << len(lines)) - 1
    states = [whole] + [whole & ~sum(1 << line for line in gone) for gone in deletions]
    with (
        PylintLinter().open_program(lines, 60) as program,
        PylintLinter(shortcuts=False).open_program(lines, 60) as exact,
    ):
        for state in states:
            expected = exact.lint_state(state)
            assert isinstance(expected, tuple)
            assert sorted(program.lint_state(state)) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "deletions", "lints"),
    [
        # bound again above, compared and added up: nothing looks at the values
        ("x = 1\nx = 2\ny = 3 + x\nif y > x:\n    print(y)", [{0}, {1}], 0),
        ("def f(a):\n    b = a\n    c = b * 2\n    return c < b\nprint(f(1))", [{2, 3}], 0),
        ("x = [\n    1,\n    2,\n    3,\n]\nprint(x)", [{1}, {2, 3}], 0),
        ("x = 1\nx = 2\ny = x.real", [{1}], 1),  # here something does
        ("x = 1\nif x:\n    y = 2\nprint(y)", [{1, 2}], 1),  # no binding is certain
    ],
)
def test_how_often_the_linter_is_asked(text: str, deletions: list[set[int]], lints: int) -> None:
    lines = tuple(text.split("\n"))
    asked: list[str] = []

    def lint_text(text: str, _: Sequence[int] | None) -> LintResult:
        asked.append(text)
        return PylintLinter().lint([text])[0]

    program = PylintProgram(lines, lint_text, make_slices(lines, lambda name: name == "os"))
    whole = (1 << len(lines)) - 1
    program.lint_state(whole)
    before = len(asked)
    for gone in deletions:
        program.lint_state(whole & ~sum(1 << line for line in gone))
    assert len(asked) - before == lints
