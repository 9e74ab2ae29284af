"""Programs to measure with: rows of JSONL files, short programs glued, standard-library files."""

from __future__ import annotations

import ast
import json
import random
import sysconfig
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from lintseq_datasets.columns import find_columns
from lintseq_datasets.errors import LintSeqError
from lintseq_datasets.linters.syntax import is_python
from lintseq_datasets.markdown import extract_program
from lintseq_datasets.program import normalize

EXAMPLES = Path(__file__).parents[1] / "examples" / "programs.jsonl"
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
    folder = Path(sysconfig.get_paths()["stdlib"])
    found = [text for text in _read(folder) if least <= text.count("\n") + 1 <= most]
    random.Random(seed).shuffle(found)
    return found


def _read(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.py")):
        if _LEFT_OUT.isdisjoint(path.relative_to(folder).parts):
            try:
                text = normalize(path.read_text(encoding="utf-8"))
            except (UnicodeDecodeError, LintSeqError):
                continue
            if text and parses(text):
                yield text


def parses(text: str) -> bool:
    """Whether a text is a program with a statement in it."""
    if not is_python(text):
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(ast.parse(text).body)
