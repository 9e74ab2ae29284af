"""Verdicts on the states of one program that are put together from memory."""

from __future__ import annotations

import pytest

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
