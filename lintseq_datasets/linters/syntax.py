"""Python's own parser as a linter, and what the other Python linters share of it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lintseq_datasets.errors import LinterError
from lintseq_datasets.languages.base import SourceText, SyntaxProblem
from lintseq_datasets.languages.python.parsing import bad_cookie, is_python, parse
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.linters.base import LintMessage, LintResult

# A clause such as ``else:`` belongs to the statement above, and so does a closing bracket.
_CUT = re.compile(r"\n(?!else\b|elif\b|except\b|finally\b|[\s#)\]}])")
_LONG_PART = 1000  # characters; longer parts are not remembered
SYNTAX_ERROR = "E0001"
"""Message id of a syntax error, as in pylint, whichever linter reports it."""


@dataclass(frozen=True, slots=True)
class SyntaxLinter:
    """Judges whether a text parses, and nothing else."""

    @property
    def name(self) -> str:
        """``syntax python 3.11``: the version whose grammar decides."""
        return f"syntax {grammar()}"

    @property
    def finds_syntax_errors(self) -> bool:
        """Texts that do not parse have an error where the parser says."""
        return True

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.Linter`."""
        return [self._lint(text, None) for text in texts]

    def lint_sources(
        self, texts: Sequence[str], sources: Sequence[SourceText | None]
    ) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.SourceLinter`."""
        return list(map(self._lint, texts, sources))

    def _lint(self, text: str, source: SourceText | None) -> LintResult:
        try:
            if isinstance(source, PythonSource):
                error = None if source.problem is None else syntax_error(source.problem)
            else:
                error = parse_error(text)
        except RecursionError:
            return LinterError("linter_recursion", "syntax", "nested too deeply to be parsed")
        return () if error is None else (error,)


def as_python(text: str, source: SourceText | None) -> PythonSource:
    """What was read of a text as Python; nothing yet, if it was not."""
    return source if isinstance(source, PythonSource) else PythonSource(text)


def syntax_error(problem: SyntaxProblem) -> LintMessage:
    """The message about a text that does not parse."""
    return LintMessage(SYNTAX_ERROR, *problem)


def grammar() -> str:
    """The Python whose grammar decides what parses, for the names of linters: ``python 3.11``."""
    return f"python {sys.version_info.major}.{sys.version_info.minor}"


def parse_error(text: str) -> LintMessage | None:
    """The syntax error of a text, if it has one.

    Says the same as `lintseq_datasets.languages.python.parsing.parse`, mostly from what it
    knows of the parts of the text: the program states of a program share most of theirs.
    Parts that parse one by one parse together, as each leaves the parser where it began.

    Raises:
        RecursionError: The text is nested too deeply.
    """
    # A cookie counts in the first two lines of the text, whichever parts they are in.
    if bad_cookie(text) is None and all(map(_part_parses, top_level_parts(text))):
        return None
    # A part that does not parse proves nothing: a line of a string may look like the beginning of a
    # statement, so the cut may go through it. The whole text decides, and where its error is.
    parsed = parse(text)
    return syntax_error(parsed) if isinstance(parsed, SyntaxProblem) else None


def top_level_parts(text: str) -> Iterator[str]:
    r"""A text cut before the lines at which a statement may begin at top level.

    >>> list(top_level_parts("x = 1\nif x:\n    y\nelse:\n    z\n@a\ndef f(): ..."))
    ['x = 1', 'if x:\n    y\nelse:\n    z', '@a\ndef f(): ...']
    """
    # Alone, a decorator does not parse; it goes with the part below.
    decorators = ""
    for part in _CUT.split(text):
        if part.startswith("@"):
            decorators += part + "\n"
        else:
            yield decorators + part
            decorators = ""
    if decorators:
        yield decorators


def _part_parses(part: str) -> bool:
    return _short_part_parses(part) if len(part) <= _LONG_PART else is_python(part)


# At most 100 million characters, as the parts are short.
@lru_cache(maxsize=100_000)
def _short_part_parses(part: str) -> bool:
    return is_python(part)
