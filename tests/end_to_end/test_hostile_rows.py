"""Rows that were made to break something: each ends in a named status, and nothing runs."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lintseq_datasets import EditSequence, lintseq_map, randseq_map
from lintseq_datasets.edits.program import normalize
from lintseq_datasets.mapping.answers import extract_program

OK = "ok"
OPTIONS: dict[str, Any] = {
    "num_samples": 2,
    "time_limit": 60.0,  # that no row reaches, however slow the machine is, but for one
    "max_lines": 5000,
    "max_characters": 500_000,
}


class Row(NamedTuple):
    text: str | None
    statuses: tuple[str, ...] = (OK,)  # with pylint; more than one where versions differ


def skipped(reason: str) -> tuple[str, ...]:
    return (f"skipped:{reason}",)


SYNTAX_ERROR = skipped("syntax_error")
RECURSION = ("failed:linter_recursion",)
DEEP = (OK, *RECURSION, *SYNTAX_ERROR)

METHOD = """\
class Door:
    opened = 0

    def open(self):
        self.opened += 1


door = Door()
door.open()
print(door.opened)
"""
"""Deleting the method makes an error (E1101) that only a linter notices."""


def silenced(pragma: str) -> Row:
    lines = METHOD.split("\n")
    return Row("\n".join([pragma, *(f"{line}  {pragma}" if line else "" for line in lines)]))


def chain(levels: int) -> str:
    """Classes that take inference exponential time to look through."""
    code = ["class C0:", "    def get(self):", "        return self"]
    for level in range(1, levels):
        code += [
            f"class C{level}(C{level - 1}):",
            "    def get(self):",
            f"        if self.x: return C{level - 1}().get()",
            f"        return C{level - 1}().get().other",
        ]
    return "\n".join([*code, f"print(C{levels - 1}().get().missing)"])


MARK = "open('MARKER', 'w').write('ran')"

ROWS: dict[str, Row] = {
    # nothing there
    "missing": Row(None, skipped("no_program")),
    "empty": Row("", skipped("empty_program")),
    "blank": Row(" \n\t\n\r\n \x0c\n", skipped("empty_program")),
    "only comments": Row("# one\n\n# two\n", skipped("no_code")),
    "only a docstring": Row('"""One.\n\nTwo.\n"""'),
    # text that is no text
    "null characters": Row("x = 1\nprint(x)\x00", skipped("nul_character")),
    "lone surrogate": Row("print('\ud800')", skipped("lone_surrogate")),
    "byte order mark": Row("\ufeffx = 1\nprint(x)"),
    "carriage returns": Row("x = 1\r\ny = 2\r\nprint(x, y)\r\n"),
    "lone carriage returns": Row("x = 1\ry = 2\rprint(x, y)\r"),
    "form feeds": Row("x = 1\n\x0c\ndef f():\n\x0c    return x\n\x0c\nprint(f())"),
    "separators": Row("# a\u2028b\x85c\ns = 'a\u2028b\u2029c\x85d\x0be\x1cf'\nprint(s)"),
    "unknown cookie": Row(
        "# -*- coding: nonsense -*-\nx = 1\nprint(x)", skipped("encoding_cookie")
    ),
    "other cookie": Row("#!python\n# coding: latin-1\nx = 'é'\n", skipped("encoding_cookie")),
    "harmless cookie": Row("# -*- coding: latin-1 -*-\nx = 1\nprint(x)"),
    "cookie further down": Row("x = 1\n# coding: nonsense\ny = 2\nprint(x)"),
    # size and depth
    "parentheses": Row("x = " + "(" * 3000 + ")" * 3000, SYNTAX_ERROR),
    "lists": Row("x = " + "[" * 90 + "]" * 90 + "\nprint(x)", DEEP),
    "ifs": Row("".join("    " * n + "if True:\n" for n in range(90)) + " " * 360 + "pass", DEEP),
    "terms": Row("x = " + " + ".join(["1"] * 500) + "\nprint(x)", RECURSION),
    "many more terms": Row("x = " + " + ".join(["1"] * 20_000), (*RECURSION, *SYNTAX_ERROR)),
    "attributes": Row("x = 1\nprint(x" + ".real" * 900 + ")", DEEP),
    "elifs": Row("x = 1\nif x:\n    pass\n" + "elif x:\n    pass\n" * 1000, RECURSION),
    "lambdas": Row("x = " + "lambda: " * 900 + "1", DEEP),
    "nots": Row("x = " + "not " * 900 + "1", DEEP),
    "calls": Row("def f(): return f\nf" + "()" * 900, DEEP),
    "strings": Row("x = (" + "'a'\n" * 1500 + ")\nprint(x)", (OK, "failed:time_budget")),
    "long line": Row("x = '" + "a" * 2_000_000 + "'", skipped("program_too_long")),
    "fairly long line": Row("x = '" + "a" * 400_000 + "'\nprint(len(x))"),
    "many lines": Row("x = 1\n" * 6000, skipped("program_too_long")),
    "large number": Row("x = " + "9" * 5000, (*SYNTAX_ERROR, OK)),
    "exponential": Row(chain(20), ("failed:time_budget",)),
    # other languages, and nearly Python
    "python 2": Row("print 'hello'\nexec 'x = 1'", SYNTAX_ERROR),
    "tabs and spaces": Row("if 1:\n\tx = 1\n        y = 2\n", SYNTAX_ERROR),
    "tabs": Row("def f(x):\n\tif x:\n\t\treturn 1\n\treturn 2\nprint(f(1))"),
    "emoji": Row("🐍 = 1\nprint(🐍)", SYNTAX_ERROR),
    "letters": Row("größe = 1\n变量 = größe\nprint(变量)"),
    "f-strings": Row("n = 3\nprint(f\"{n!r:>{n}} {{}} {f'{n}'} {n=}\")\nprint(f'''\n{n}\n''')"),
    "new syntax": Row(
        "match [1, 2]:\n    case [a, *b] if (n := a):\n        print(n, b)\n    case _:\n"
        "        pass"
    ),
    # what looks like our own format
    "tokens": Row(
        "s = '''\n<|diff|>\n@@ -0,0 +1 @@\n+++ b\n--- a\n+x\n<|diff|>@@\n'''\nprint(s)\n# <|diff|>"
    ),
    "signs": Row("x = 1\ny = (\n+ x\n- x\n++ x\n-- x\n)\nprint(y)"),
    "fences in a docstring": Row(
        'def f():\n    """Do it.\n\n    ```python\n    f()\n    ```\n    """\n    return 1\n\n'
        "print(f())"
    ),
    "open fence": Row("Here you are:\n```python\nx = 1\nprint(x)"),
    "tildes": Row("Look:\n" + "~" * 100_000 + "`\n```" + "a" * 100_000 + "`\n", SYNTAX_ERROR),
    # comments that would silence a linter
    "pylint disable": silenced("# pylint: disable=all"),
    "pylint disable some": silenced("# pylint: disable=no-member,E1101"),
    "pylint skip-file": silenced("# pylint: skip-file"),
    "type ignore": silenced("# type: ignore"),
    "noqa": silenced("# noqa"),
    "ruff noqa": silenced("# ruff: noqa"),
    # effects
    "writes a file": Row(f"def f():\n    {MARK}\n\n\nf()\n{MARK}"),
    "runs a command": Row("import os\nos.system('touch MARKER')\nprint(os.name)"),
    "leaves": Row("import sys\nprint(1)\nexit(3)\nsys.exit(4)\nraise SystemExit(5)"),
    "never ends": Row("import time\nwhile True:\n    time.sleep(100)"),
    "shadowed imports": Row("import numpy\nimport colorsys\nprint(numpy.pi, colorsys.rgb_to_hsv)"),
    "its own name": Row("import program\nfrom . import sibling\nprint(program, sibling)"),
}
FINITE = {name: row for name, row in ROWS.items() if name != "exponential"}
"""Those that pylint is done with; see `test_budgets_end_what_would_not_end`."""
QUICK = {name: row for name, row in ROWS.items() if name not in ("elifs", "strings")}
"""Without programs of thousands of lines that nothing but pylint and pyflakes refuse."""
QUICK_FINITE = {name: row for name, row in QUICK.items() if name in FINITE}

SHADOWS = ("numpy", "colorsys", "program", "sibling")


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work where configuration files and modules wait to be picked up; returns the marker."""
    marker = tmp_path / "MARKER"
    mark = f"open({str(marker)!r}, 'w').write('ran')"
    for name in SHADOWS:
        (tmp_path / f"{name}.py").write_text(f"{mark}\n")
    configuration = f"[MAIN]\ninit-hook={mark}\n[MESSAGES CONTROL]\ndisable=all\n"
    for name in (".pylintrc", "pylintrc"):
        (tmp_path / name).write_text(configuration)
    (tmp_path / "setup.cfg").write_text(f"[pylint.main]\ninit-hook={mark}\ndisable=all\n")
    (tmp_path / "pyproject.toml").write_text(
        f'[tool.pylint.main]\ninit-hook = "{mark}"\ndisable = "all"\n'
        "[tool.ruff.lint]\nignore = ['ALL']\n"
    )
    monkeypatch.setenv("PYLINTRC", str(tmp_path / "pylintrc"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    return marker


def batch_of(rows: Mapping[str, Row]) -> dict[str, list[str | None]]:
    return {"instruction": list(rows), "response": [row.text for row in rows.values()]}


def outputs(columns: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of the output, each with the name of the row that it came from."""
    for values in zip(*columns.values(), strict=True):
        row = dict(zip(columns, values, strict=True))
        yield row["prompt"].removesuffix("\n"), row


def statuses(columns: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for name, row in outputs(columns):
        found.setdefault(name, set()).add(row["status"])
    assert all(len(of_row) == 1 for of_row in found.values())
    return {name: of_row.pop() for name, of_row in found.items()}


def sequence_of(row: Mapping[str, Any]) -> EditSequence:
    return EditSequence.from_edits(row["edits"])


def check_exact(columns: Mapping[str, Sequence[Any]]) -> None:
    for name, row in outputs(columns):
        if row["status"] != OK:
            assert row["edits"] == []
            continue
        sequence = sequence_of(row)
        text = ROWS[name].text or ""
        expected = normalize(extract_program(normalize(text), "auto"))
        assert sequence.resolve().text == row["program"] == expected, name
        assert all(edit.is_insertion for edit in sequence.edits), name
        assert EditSequence.from_text(row["completion"]) == sequence, name


@pytest.fixture(scope="module")
def pylint_output() -> dict[str, list[Any]]:
    lintseq_map(batch_of({"first": Row("import os\nprint(os)")}))  # pylint itself is loaded
    return lintseq_map(batch_of(FINITE), **OPTIONS)


def test_every_row_has_the_status_that_it_should_have(pylint_output: dict[str, list[Any]]) -> None:
    found = statuses(pylint_output)
    assert list(found) == list(FINITE)
    wrong = {name: found[name] for name, row in FINITE.items() if found[name] not in row.statuses}
    assert not wrong
    check_exact(pylint_output)


def skip_without(linter: str) -> None:
    try:
        importlib.metadata.distribution(linter if linter != "syntax" else "lintseq-datasets")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"the extra {linter!r} is not installed")


@pytest.mark.parametrize("linter", ["pylint", "prylint", "ruff", "pyflakes", "syntax"])
def test_nothing_runs_and_no_row_stops_the_others(
    linter: str, trap: Path, pylint_output: dict[str, list[Any]]
) -> None:
    skip_without(linter)
    rows = {"pylint": QUICK_FINITE, "pyflakes": ROWS}.get(linter, QUICK)
    columns = lintseq_map(batch_of(rows), linter=linter, **OPTIONS)
    found = statuses(columns)
    assert list(found) == list(rows)
    for name, row in rows.items():
        if linter == "pylint" or row.statuses[0].startswith("skipped:"):
            assert found[name] in row.statuses, name
        else:
            assert found[name] in (*DEEP, "failed:time_budget", "failed:memory_budget"), name
    check_exact(columns)
    assert not trap.exists()
    if linter == "pylint":  # and the traps change nothing
        assert [*outputs(columns)] == [
            (name, row) for name, row in outputs(pylint_output) if name in rows
        ]


def test_a_row_does_not_know_its_batch(pylint_output: dict[str, list[Any]]) -> None:
    sequences: dict[str, list[Any]] = {}
    for name, row in outputs(pylint_output):
        sequences.setdefault(name, []).append((row["status"], row["edits"]))
    for name in list(FINITE)[::3]:
        alone = lintseq_map(batch_of({name: ROWS[name]}), **OPTIONS)
        assert [(row["status"], row["edits"]) for _, row in outputs(alone)] == sequences[name]


@pytest.mark.parametrize("linter", ["prylint", "ruff"])
def test_lockstep_does_not_depend_on_the_batch(linter: str) -> None:
    skip_without(linter)
    columns = lintseq_map(batch_of(QUICK), linter=linter, **OPTIONS)
    reverse = dict(reversed(QUICK.items()))
    turned = lintseq_map(batch_of(reverse), linter=linter, **OPTIONS)
    expected = {(name, row["sample_index"]): row for name, row in outputs(columns)}
    assert {(name, row["sample_index"]): row for name, row in outputs(turned)} == expected
    for name in list(QUICK)[::5]:
        alone = lintseq_map(batch_of({name: QUICK[name]}), linter=linter, **OPTIONS)
        assert [row for _, row in outputs(alone)] == [
            row for (of_row, _), row in expected.items() if of_row == name
        ]


def test_randseq_takes_every_row() -> None:
    columns = randseq_map(batch_of(ROWS), num_samples=2)
    found = statuses(columns)
    assert list(found) == list(ROWS)
    reasons = {status for status in found.values() if status != OK}
    assert reasons == {
        f"skipped:{reason}"
        for reason in (
            "no_program", "empty_program", "nul_character", "lone_surrogate", "program_too_long",
        )
    }  # fmt: skip
    check_exact(columns)


def test_through_a_dataset(trap: Path, pylint_output: dict[str, list[Any]]) -> None:
    datasets = pytest.importorskip("datasets")
    storable = {
        name: row
        for name, row in QUICK_FINITE.items()
        if name != "lone surrogate"  # Arrow cannot hold it
    }
    dataset = datasets.Dataset.from_dict(batch_of(storable))
    mapped = dataset.map(
        lintseq_map,
        batched=True,
        batch_size=7,
        remove_columns=dataset.column_names,
        fn_kwargs=OPTIONS,
    )
    columns = mapped.to_dict()
    assert list(statuses(columns)) == list(storable)
    expected = [row for name, row in outputs(pylint_output) if name in storable]
    assert [row for _, row in outputs(columns)] == expected
    assert not trap.exists()


def test_budgets_end_what_would_not_end() -> None:
    rows = {"exponential": ROWS["exponential"], "after": Row("x = 1\nprint(x)")}
    columns = lintseq_map(batch_of(rows), **{**OPTIONS, "num_samples": 1, "time_limit": 1.5})
    assert statuses(columns) == {"exponential": "failed:time_budget", "after": OK}


# --- a stock pylint has the last word ------------------------------------------------------

_CHECKED = (
    "pylint disable", "pylint disable some", "pylint skip-file", "type ignore", "noqa",
    "cookie further down", "harmless cookie", "separators", "form feeds", "tokens", "signs",
    "tabs", "letters", "f-strings", "new syntax", "writes a file", "leaves",
    "fences in a docstring", "carriage returns",
)  # fmt: skip


def test_a_stock_pylint_agrees_with_every_state(tmp_path: Path) -> None:
    columns = lintseq_map(batch_of({name: ROWS[name] for name in _CHECKED}), num_samples=6)
    texts: dict[str, str] = {}  # by name of the module
    whole_of: dict[str, str] = {}  # the module of the whole program, by that of a state
    for name, row in outputs(columns):
        assert row["status"] == OK, name
        whole = f"m{len(texts)}"
        for state in (sequence_of(row).resolve(), *sequence_of(row).states()):
            module = f"m{len(texts)}"
            whole_of[module] = whole
            texts[module] = state.text.replace("pylint:", "comment:")
    found = stock_pylint(texts, tmp_path)
    assert len(texts) > 100
    for module, messages in found.items():
        assert not messages - found[whole_of[module]], texts[module]


def test_a_stock_pylint_sees_what_the_pragmas_hide(tmp_path: Path) -> None:
    """The error that the rows above would show if a pragma had silenced the linter."""
    state = METHOD.replace("    def open(self):\n        self.opened += 1\n", "")
    assert stock_pylint({"m": state}, tmp_path)["m"][("E1101", "door.open()")] == 1


def stock_pylint(texts: Mapping[str, str], folder: Path) -> dict[str, Counter[tuple[str, str]]]:
    """Errors of texts by (message id, text of the line), from a pylint process of its own."""
    (folder / "empty.rc").write_text("")
    for module, text in texts.items():
        (folder / f"{module}.py").write_bytes(text.encode("utf-8"))
    command = [
        sys.executable, "-m", "pylint", "--rcfile=empty.rc", "--disable=all",
        "--enable=E,F,W0311,W0231", "--persistent=n", "--score=n", "--output-format=json2",
        *(f"{module}.py" for module in texts),
    ]  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if name != "PYLINTRC"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=900)
    assert done.stdout, done.stderr.decode()
    found: dict[str, Counter[tuple[str, str]]] = {module: Counter() for module in texts}
    for message in json.loads(done.stdout)["messages"]:
        module = Path(message["path"]).stem
        lines = texts[module].split("\n")
        line = lines[min(message["line"], len(lines)) - 1]
        found[module][message["messageId"], line.split("  #")[0]] += 1
    return found
