"""Python as a `Language`: how its programs are read, and what names it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import lintseq_datasets.languages.python.snippets as snippets
from lintseq_datasets.errors import ProgramError
from lintseq_datasets.languages.base import (
    Snippets,
    SourceText,
    Structure,
    StructureRules,
)
from lintseq_datasets.languages.python.parsing import bad_cookie
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.languages.python.structure import python_structure

_LABEL = re.compile(
    r"(?:i?python|py)(?:-?\d+(?:\.\d+)*)?|jupyter(?:-python)?|pycon3?|python[-_](?:repl|console)"
    r"|[\w./\\-]+\.py"
)
_NAME = re.compile(r"(?:python|py|pypy)?[ -]?3(?:\.\d+)*|python|py|pypy", re.IGNORECASE)
_PYTHON_2 = "PYTHON"  # what CodeContests calls it, beside PYTHON3


@dataclass(frozen=True, slots=True)
class PythonLanguage:
    """Python, whose own parser decides what is a program."""

    name: str = "python"
    title: str = "Python"
    label: str = "python"
    suffixes: tuple[str, ...] = (".py",)
    linters: tuple[str, ...] = ("pylint", "prylint", "ruff", "pyflakes", "syntax")
    options: frozenset[str] = frozenset({"imports", "draw_constants", "reference"})
    packages: tuple[str, ...] = ()
    reads_syntax: bool = True
    snippets: Snippets = field(default=snippets)

    def is_label(self, label: str) -> bool:
        """Whether the label of a fence, in lower case, names Python."""
        return _LABEL.fullmatch(label) is not None

    def is_named(self, value: object) -> bool:
        """Whether a value of a column of languages names Python 3."""
        name = str(value).strip()  # a column may hold numbers: 3, 3.11
        return value == 3 or (name != _PYTHON_2 and _NAME.fullmatch(name) is not None)

    def read(self, text: str) -> PythonSource:
        """Read the text of a program.

        Raises:
            ProgramError: ``encoding_cookie`` or ``syntax_error``.
            RecursionError: It is nested too deeply.
        """
        source = PythonSource(text)
        # A reason of its own: such a text may well parse, and read as something else from a file.
        if cookie := bad_cookie(source.text):
            raise ProgramError("encoding_cookie", f"line {cookie.line}: {cookie.text}")
        if wrong := source.problem:
            raise ProgramError("syntax_error", f"line {wrong.line}: {wrong.text}")
        return source

    def structure(self, source: SourceText, rules: StructureRules) -> Structure:
        """The structure of a program; see `python_structure`."""
        read = source if isinstance(source, PythonSource) else PythonSource(source.text)
        return python_structure(read, rules)


LANGUAGE = PythonLanguage()
"""Python."""
