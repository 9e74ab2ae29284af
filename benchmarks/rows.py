"""Programs to measure with: rows of JSONL files, short programs glued, standard-library files."""

from __future__ import annotations

import ast
import itertools
import json
import random
import re
import sysconfig
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from lintseq_datasets.edits.program import normalize
from lintseq_datasets.errors import LintSeqError
from lintseq_datasets.languages.python.parsing import is_python
from lintseq_datasets.mapping.answers import extract_program
from lintseq_datasets.mapping.columns import find_columns

EXAMPLES = Path(__file__).parents[1] / "examples" / "programs.jsonl"
_WITH_PYLINT = re.compile(
    r"^\s*(from|import) +(_distutils_hack|astroid|dill|isort|mccabe|pip|pkg_resources|platformdirs"
    r"|pylint|setuptools|tomlkit)\b",
    re.MULTILINE,
)
_LEFT_OUT = {"test", "tests", "idle_test", "site-packages", "lib2to3", "turtledemo"}


def read_batch(path: Path, limit: int | None = None) -> dict[str, list[str]]:
    """Rows of a JSONL file by column, as a mapper gets them."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()][:limit]
    return {name: [row[name] for row in rows] for name in rows[0]}


def programs_of(path: Path) -> list[str]:
    """The programs in the rows of a JSONL file that parse, normalised."""
    batch = read_batch(path)
    found: list[str] = []
    for text in batch[find_columns(list(batch)).program]:
        try:
            program = normalize(extract_program(text, "auto"))
        except LintSeqError:
            continue
        if program and parses(program):
            found.append(program)
    return found


def glue(programs: Sequence[str], num_lines: int) -> list[str]:
    """Programs one below the other, until there are so many lines."""
    glued: list[str] = []
    parts: list[str] = []
    for program in programs:
        parts.append(program)
        if sum(part.count("\n") + 3 for part in parts) >= num_lines:
            text = "\n\n\n".join(parts)
            if parses(text):
                glued.append(text)
            parts = []
    return glued


def library_files(least: int, most: int, seed: int = 0) -> list[str]:
    """Files of the standard library of so many lines, in random order."""
    return list(_read(sysconfig.get_paths()["stdlib"], range(least, most + 1), seed))


def package_files(least: int, most: int, seed: int = 0, limit: int = 500) -> list[str]:
    """Some files of the installed packages of so many lines, in random order.

    Without those that import what an interpreter has that has nothing but pylint.
    """
    found = _read(sysconfig.get_paths()["purelib"], range(least, most + 1), seed)
    return list(itertools.islice((text for text in found if not _WITH_PYLINT.search(text)), limit))


def _read(place: str, lengths: range, seed: int) -> Iterator[str]:
    folder = Path(place)
    paths = sorted(folder.rglob("*.py"))
    random.Random(seed).shuffle(paths)
    for path in paths:
        if _LEFT_OUT.isdisjoint(path.relative_to(folder).parts):
            try:
                text = normalize(path.read_text(encoding="utf-8"))
            except (UnicodeDecodeError, LintSeqError):
                continue
            if text and text.count("\n") + 1 in lengths and parses(text):
                yield text


def parses(text: str) -> bool:
    """Whether a text is a program with a statement in it."""
    if not is_python(text):
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(ast.parse(text).body)
