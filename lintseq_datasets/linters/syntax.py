"""Python's own parser as a linter, and what the other Python linters share of it."""

from __future__ import annotations

import ast
import codecs
import platform
import re
import tokenize
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters._stack import steady_stack
from lintseq_datasets.linters.base import LintMessage, LintResult

_ON_LINE = re.compile(r" on line (\d+)")
_COOKIE = re.compile(r"(?:[ \t\f]*(?:#[^\n]*)?\n)?[ \t\f]*#[^\n]*?coding[:=]")
_TRY = re.compile(r"[ \t\f]*try[ \t]*:")
_COOKIE_LINE = re.compile(r"[ \t\f]*#.*?coding[:=]")
_ASCII = bytes(range(128))
SYNTAX_ERROR = "E0001"
"""Message id of a syntax error, as in pylint, whichever linter reports it."""


@dataclass(frozen=True, slots=True)
class SyntaxLinter:
    """Judges whether a text parses, and nothing else."""

    @property
    def name(self) -> str:
        """Name and version of the parser."""
        return f"syntax {platform.python_version()}"

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.Linter`."""
        return [self._lint(text) for text in texts]

    def _lint(self, text: str) -> LintResult:
        try:
            parsed = parse(text)
        except RecursionError:
            return LinterError("linter_recursion", "syntax", "nested too deeply to be parsed")
        return (parsed,) if isinstance(parsed, LintMessage) else ()


def parse(text: str) -> ast.Module | LintMessage:
    """Parse a text as pylint does, or say which line must go.

    Type comments are parsed unless they are what is wrong. A coding cookie must fit,
    as it would have to in a file.

    Raises:
        RecursionError: The text is nested too deeply.
    """
    if cookie := bad_cookie(text):
        return cookie
    try:
        with warnings.catch_warnings(), steady_stack():
            warnings.simplefilter("ignore")
            return _parse(text)
    except SyntaxError as error:
        line = blamed_line(error.msg, error.lineno or 1, text)
        return LintMessage(SYNTAX_ERROR, line, max((error.offset or 1) - 1, 0), error.msg)
    except (ValueError, TypeError, MemoryError) as error:
        return LintMessage(SYNTAX_ERROR, 1, 0, str(error) or "nested too deeply")


def bad_cookie(text: str) -> LintMessage | None:
    """What is wrong with the coding cookie of a text that is stored as UTF-8, if anything.

    Python ignores a cookie in a string, but not in a file: it refuses an encoding that
    it does not know, and reads another text than ours through most that it knows.
    """
    if _COOKIE.match(text) is None:
        return None
    head = text.split("\n", 2)[:2]
    try:
        lines = iter([f"{line}\n".encode() for line in head])
        encoding, _ = tokenize.detect_encoding(lambda: next(lines, b""))
        if codecs.lookup(encoding).name == "utf-8":
            return None
        if text.isascii() and _ASCII.decode(encoding) == _ASCII.decode():
            return None
    except (SyntaxError, ValueError, LookupError):
        pass
    line = 1 if _COOKIE_LINE.match(head[0]) else 2
    return LintMessage(SYNTAX_ERROR, line, 0, "the text is not in the encoding that it names")


def _parse(text: str) -> ast.Module:
    try:
        return ast.parse(text + "\n", type_comments=True)
    except SyntaxError as error:
        if re.search(r"#\s+type:", error.text or "") is None:
            raise
    return ast.parse(text + "\n")


def blamed_line(message: str, line: int, text: str) -> int:
    """The line that must go for a syntax error to go, 1-based.

    The parser often reports the line at which it noticed. A block without a body is
    the fault of its header, which the message names ('after 'if' statement on line
    3'); a ``try`` without handlers is reported at whatever comes after it.
    """
    named = _ON_LINE.search(message)
    if named:
        return int(named[1])
    if message.startswith("expected 'except' or 'finally'"):
        return _open_try(text.split("\n"), line)
    return line


def _open_try(lines: list[str], line: int) -> int:
    """The last ``try`` above a line that has no handler between itself and the line."""
    handled: set[int] = set()  # indentations at which a handler was seen, walking up
    for number in range(min(line, len(lines)), 0, -1):
        code = lines[number - 1]
        indent = len(code) - len(code.lstrip())
        if _TRY.match(code):
            if indent not in handled:
                return number
            handled.discard(indent)
        elif number != line and code.lstrip().startswith(("except", "finally")):
            handled.add(indent)
    return line


def is_python(text: str) -> bool:
    """Whether a text parses as Python."""
    try:
        return isinstance(parse(text), ast.Module)
    except RecursionError:
        return False
