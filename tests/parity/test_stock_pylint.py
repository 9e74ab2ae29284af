"""Every program state, judged again by a stock `pylint` in another process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from lintseq_datasets import EditSequence, lintseq_map

PROGRAMS = {
    "class": (
        "import math\n\n\nclass Disc:\n    \"\"\"A disc.\"\"\"\n\n    def __init__(self, r):\n"
        "        self.r = r\n\n    @property\n    def area(self):\n        # of the disc\n"
        "        return math.pi * self.r ** 2\n\n\ndisc = Disc(2)\nprint(disc.area)"
    ),
    "inheritance": (
        "class A:\n    def __init__(self):\n        self.x = 1\n\n\nclass B(A):\n"
        "    def __init__(self):\n        super().__init__()\n        self.y = self.x\n\n\n"
        "b = B()\nprint(b.x, b.y)"
    ),
    "functions": (
        "def double(x):\n    y = x * 2\n    return y\n\n\ndef show(x):\n    z = double(x)\n"
        "    if z > 3:\n        print(z)\n    else:\n        print(-z)\n\n\nshow(1)\nshow(3)"
    ),
    "own errors": (
        "import not_installed_anywhere as n\n\nx = n.f(missing)\nfor i in x:\n    print(i)\ny = 3"
    ),
    "two spaces": "def f(x):\n  if x:\n    y = 1\n  else:\n    y = 2\n  return y\n\n\nprint(f(1))",
    "tabs": "total = 0\nfor i in range(3):\n\tif i:\n\t\ttotal += i\n\tprint(i)\nprint(total)",
    "handlers": (
        "import json\nimport sys\n\ntry:\n    with open(sys.argv[1]) as file:\n"
        "        data = json.load(file)\nexcept (OSError, ValueError) as error:\n    print(error)\n"
        "    data = {}\nfinally:\n    print('done')\nprint(data)"
    ),
    "decorators and strings": (
        "import functools\n\nTEXT = f\"\"\"\n{functools.__name__}\n  # no comment\n\"\"\"\n\n\n"
        "@functools.lru_cache(\n    maxsize=None,\n)\n# why\ndef fib(n):\n"
        "    return n if n < 2 else fib(n - 1) + fib(n - 2)\n\n\nprint(TEXT, fib(9))"
    ),
    "pragmas": (
        "# pylint: disable=all\nimport os\nx = os.sep\ny = x  # pylint: disable=E0602\n"
        "print(y)\nprint(x)"
    ),
    "inferred": (
        "class P:\n    kind = 'p'\n\n    def name(self):\n        return self.kind.upper()\n\n\n"
        "def make():\n    p = P()\n    return p\n\n\nq = make()\nprint(q.name(), q.kind)\n"
        "a, b = (1, 2)\nprint(a[0] if not a else b)"
    ),
    "generator": (
        "def count(n):\n    while n:\n        yield n\n        n -= 1\n\n\n"
        "squares = {k: k ** 2 for k in count(3)}\nprint(*squares.items(), sep='\\n')"
    ),
}  # fmt: skip

Error = tuple[str, int, int]  # message id, line (1-based), column


def stock_pylint(files: Path, cwd: Path) -> dict[str, list[Error]]:
    """Errors by name of the file."""
    configuration = cwd / "pylintrc"
    configuration.write_text("", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        [
            sys.executable, "-m", "pylint", f"--rcfile={configuration}", "--disable=all",
            "--enable=E,F,W0311,W0231", "--persistent=n", "--output-format=json",
            *sorted(map(str, files.glob("*.py"))),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env={**environment, "PYLINTHOME": str(cwd)},
        timeout=300,
    )  # fmt: skip
    found: dict[str, list[Error]] = {}
    for message in json.loads(result.stdout):
        error = (message["message-id"], message["line"], message["column"])
        found.setdefault(Path(message["path"]).stem, []).append(error)
    return found


def without_pragmas(text: str) -> str:
    """Comments that silence pylint, so that it judges what they hide."""
    return text.replace("# pylint:", "# ......")


def in_program(errors: list[Error], lines: list[int]) -> Counter[Error]:
    return Counter((error, lines[line - 1], column) for error, line, column in errors)


def kept_lines(edits: list[str]) -> list[list[int]]:
    """For each state the lines of the program that it keeps, 1-based."""
    kept: list[list[int]] = [[]]
    numbers: list[list[int]] = []
    sequence = EditSequence.from_edits(edits)
    written = 0
    for edit in sequence.edits:
        state = list(kept[-1])
        for hunk in edit.hunks:
            new = range(written, written + len(hunk.added))
            state[hunk.new_start : hunk.new_start] = new
            written += len(hunk.added)
        kept.append(state)
    rank = {identity: number for number, identity in enumerate(kept[-1], 1)}
    for state in kept[1:]:
        numbers.append([rank[identity] for identity in state])
    return numbers


@pytest.mark.slow
def test_no_state_has_an_error_that_the_program_does_not_have(tmp_path: Path) -> None:
    out = lintseq_map({"code": list(PROGRAMS.values())}, num_samples=12, extract_code=None)
    assert set(out["status"]) == {"ok"}
    files = tmp_path / "states"
    files.mkdir()
    whole: dict[str, str] = {}  # program -> name of its file
    places: dict[tuple[str, tuple[int, ...]], str] = {}  # (program, kept lines) -> file
    for program, edits in zip(out["program"], out["edits"], strict=True):
        states = EditSequence.from_edits(edits).states()
        for lines, state in zip(kept_lines(edits), states, strict=True):
            assert [program.split("\n")[line - 1] for line in lines] == list(state.lines)
            name = places.setdefault((program, tuple(lines)), f"state{len(places)}")
            text = without_pragmas(state.text) + "\n"
            (files / f"{name}.py").write_text(text, encoding="utf-8")
            if state.text == program:
                whole[program] = name
    errors = stock_pylint(files, tmp_path)
    assert len(places) > 100
    assert len(whole) == len(PROGRAMS)
    own_errors = 0
    for (program, lines), name in places.items():
        number_of_lines = program.count("\n") + 1
        own = in_program(errors.get(whole[program], []), list(range(1, number_of_lines + 1)))
        new = in_program(errors.get(name, []), list(lines)) - own
        assert not new, (files / f"{name}.py").read_text()
        own_errors += bool(own)
    assert own_errors  # programs with errors of their own were among them
