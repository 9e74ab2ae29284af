"""A stock `pylint` in other processes as the judge of program states.

Nothing of the library's linters, samplers and diffs is used here, but for one rule: which
line of a syntax error is to blame (`blamed_line`).
"""

from __future__ import annotations

import atexit
import json
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
import venv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

from lintseq_datasets.languages.python.parsing import blamed_line
from lintseq_datasets.linters.syntax import SYNTAX_ERROR

ERRORS = "E,F,W0311,W0231"
MOST_CONFIRMED = 20  # where more is wrong, it is not by chance
FILES_PER_RUN = 300  # a start of pylint costs as much as some 60 files
# As `python -m pylint`, without a third of its time, in which it looks for garbage.
_MAIN = "import gc, runpy; gc.disable(); runpy.run_module('pylint', {}, '__main__', True)"
_PYLINT = ("pylint", "astroid", "dill", "isort", "mccabe", "platformdirs", "tomlkit")
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


class Error(NamedTuple):
    """What pylint says of a text."""

    id: str
    line: int  # 1-based
    column: int


# --- running pylint ----------------------------------------------------------------------


def stock_errors(texts: Sequence[str]) -> list[list[Error]]:
    """The errors of each text, by a stock run that sees the standard library alone."""
    found: list[list[Error]] = []
    for start in range(0, len(texts), FILES_PER_RUN):
        with tempfile.TemporaryDirectory() as name:
            found += _run(texts[start : start + FILES_PER_RUN], Path(name))
    return found


def _run(texts: Sequence[str], folder: Path) -> list[list[Error]]:
    (folder / "files").mkdir()
    (folder / "pylintrc").touch()
    for number, text in enumerate(texts):
        file = folder / "files" / f"zz_state_{number}.py"
        file.write_bytes((without_pragmas(text) + "\n").encode())
    result = subprocess.run(
        [
            str(_bare()), "-c", _MAIN, f"--rcfile={folder / 'pylintrc'}",
            "--disable=all", f"--enable={ERRORS}", "--persistent=n", "--output-format=json",
            *[f"files/zz_state_{number}.py" for number in range(len(texts))],
        ],
        capture_output=True,
        cwd=folder,
        env={"HOME": str(folder), "PYTHONWARNINGS": "ignore"},
        check=False,
    )  # fmt: skip
    found: list[list[Error]] = [[] for _ in texts]
    if not result.stdout:
        raise RuntimeError(result.stderr.decode()[-2000:])
    for message in json.loads(result.stdout):
        number = int(Path(message["path"]).stem.removeprefix("zz_state_"))
        found[number].append(_error(message, texts[number]))
    return found


@cache
def _bare() -> Path:
    """The interpreter of an environment that all runs of this process share."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return _make_bare(Path(folder) / "bare")


def _make_bare(folder: Path) -> Path:
    """An environment with pylint and what it needs, nothing else; returns its interpreter."""
    venv.create(folder, symlinks=os.name != "nt", with_pip=False)
    base = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", "venv", vars=base))
    for name in _PYLINT:
        installed = distribution(name)
        for top in {file.parts[0] for file in installed.files or ()} - {".."}:
            (packages / top).symlink_to(Path(str(installed.locate_file(top))).resolve())
    scripts = Path(sysconfig.get_path("scripts", "venv", vars=base))
    return scripts / ("python.exe" if os.name == "nt" else "python")


def without_pragmas(text: str) -> str:
    """Comments that would silence pylint say something else, at equal length."""
    return re.sub(r"#[^\n]*", lambda comment: re.sub(r"pylint(?=\s*:)", "pylin_", comment[0]), text)


def _error(message: Mapping[str, object], text: str) -> Error:
    line, column = max(int(str(message["line"])), 1), int(str(message["column"]))
    if message["message-id"] == SYNTAX_ERROR:
        words = re.sub(
            r"^Parsing failed: '(.*) \(zz_state_\d+, line \d+\)'$", r"\1", str(message["message"])
        )
        line, column = blamed_line(words, line, text), 0
    return Error(str(message["message-id"]), min(line, text.count("\n") + 1), column)


# --- reading rows ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class State:
    """A program state that an edit leads to."""

    program: str
    lines: tuple[int, ...]  # of the program that it keeps, 0-based

    @property
    def text(self) -> str:
        lines = self.program.split("\n")
        return "\n".join([lines[number] for number in self.lines])


def states_of(program: str, edits: Sequence[str]) -> list[State]:
    """The states of a sequence of printed edits; each line is followed to its place at the end.

    Raises:
        ValueError: The edits are no insertions, or do not write the program.
    """
    state: list[tuple[int, str]] = []  # lines with the order in which they were written
    states = [state]
    written = 0
    for edit in edits:
        state, written = _apply(edit, state, written)
        states.append(state)
    if "\n".join([text for _, text in state]) != program:
        raise ValueError(f"the edits write another program than {program!r}")
    place = {number: line for line, (number, _) in enumerate(state)}
    return [State(program, tuple([place[number] for number, _ in one])) for one in states[1:]]


def _apply(
    edit: str, state: list[tuple[int, str]], written: int
) -> tuple[list[tuple[int, str]], int]:
    new: list[tuple[int, str]] = []
    read = 0  # lines of the state that were copied
    lines = edit.split("\n")
    while lines:
        header = _HUNK.fullmatch(lines.pop(0))
        if header is None or header[2] != "0":
            raise ValueError(f"no insertion: {edit!r}")
        new += state[read : int(header[1])]
        read = int(header[1])
        if len(new) != int(header[3]) - 1:
            raise ValueError(f"two places for one insertion: {edit!r}")
        for _ in range(int(header[4] or 1)):
            added = lines.pop(0)
            if added[:1] != "+":
                raise ValueError(f"no insertion: {edit!r}")
            new.append((written, added[1:]))
            written += 1
    return new + state[read:], written


# --- comparing ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wrong:
    """A state with errors that its program does not have."""

    state: State
    new: tuple[tuple[str, int], ...]  # message id, 1-based line of the program

    def __str__(self) -> str:
        return f"new: {self.new}\n{self.state.text}\n--- of\n{self.state.program}"


def kept_states(rows: Mapping[str, Sequence]) -> dict[State, None]:
    """All states of the rows of a mapper that are `ok`, in order, each once."""
    found: dict[State, None] = {}
    for status, program, edits in zip(rows["status"], rows["program"], rows["edits"], strict=True):
        if status == "ok":
            found.update(dict.fromkeys(states_of(program, edits)))
    return found


def wrong_states(states: Sequence[State]) -> list[Wrong]:
    """The states that a stock run finds to be wrong, each of them judged once more alone."""
    programs = list(dict.fromkeys([state.program for state in states]))
    own = dict(zip(programs, stock_errors(programs), strict=True))
    errors = stock_errors([state.text for state in states])
    compared = zip(states, errors, strict=True)
    wrong = [
        found for state, one in compared if (found := _compare(state, one, own[state.program]))
    ]
    return list(_confirmed(wrong))


def _compare(state: State, errors: Sequence[Error], own: Sequence[Error]) -> Wrong | None:
    mapped = Counter([(error.id, state.lines[error.line - 1] + 1) for error in errors])
    new = mapped - Counter([(error.id, error.line) for error in own])
    return Wrong(state, tuple(sorted(new.elements()))) if new else None


def _confirmed(wrong: Sequence[Wrong]) -> Iterator[Wrong]:
    """Those of which a process that judges nothing else says the same.

    What astroid infers can depend on what it inferred before, in a stock run too. States of
    a program with the same errors are represented by the first; of many kinds, the rest is
    believed.
    """
    known: dict[tuple[str, tuple[tuple[str, int], ...]], bool] = {}
    for one in wrong:
        key = (one.state.program, one.new)
        if key not in known and len(known) < MOST_CONFIRMED:
            (own,), (errors,) = stock_errors([one.state.program]), stock_errors([one.state.text])
            known[key] = _compare(one.state, errors, own) is not None
        if known.get(key, True):
            yield one


def summary(wrong: Sequence[Wrong]) -> str:
    """How many states are wrong, by message id, and the first of them."""
    ids = Counter([error for one in wrong for error in {error for error, _ in one.new}])
    return f"{len(wrong)} wrong states, {dict(ids)}; the first:\n{wrong[0]}"
