"""Python's own parser as a linter, and what the other Python linters share of it."""

from __future__ import annotations

import ast
import codecs
import re
import sys
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters.base import LintMessage, LintResult
from lintseq_datasets.linters.limits import steady_stack

_ON_LINE = re.compile(r" on line (\d+)")
_COOKIE = re.compile(r"(?:[ \t\f]*(?:#[^\n]*)?\n)?[ \t\f]*#[^\n]*?coding[:=]")
_TRY = re.compile(r"[ \t\f]*try[ \t]*:")
_COOKIE_LINE = re.compile(r"[ \t\f]*#.*?coding[:=]")
_MAY_WARN = re.compile(r"\\|\d[a-zA-Z]")  # invalid escapes, and numbers that run into a word
_ASCII = bytes(range(128))
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
        return [self._lint(text) for text in texts]

    def _lint(self, text: str) -> LintResult:
        try:
            error = parse_error(text)
        except RecursionError:
            return LinterError("linter_recursion", "syntax", "nested too deeply to be parsed")
        return () if error is None else (error,)


def grammar() -> str:
    """The Python whose grammar decides what parses, for the names of linters: ``python 3.11``."""
    return f"python {sys.version_info.major}.{sys.version_info.minor}"


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
        with steady_stack():
            return _parse_quietly(text)
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


def _parse_quietly(text: str) -> ast.Module:
    if _MAY_WARN.search(text) is None:
        return _parse(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _parse(text)


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
    for number in range(min(line - 1, len(lines)), 0, -1):
        code = lines[number - 1]
        indent = len(code) - len(code.lstrip())
        if _TRY.match(code):
            if indent not in handled:
                return number
            handled.discard(indent)
        elif code.lstrip().startswith(("except", "finally")):
            handled.add(indent)
    return line


def parse_error(text: str) -> LintMessage | None:
    """The syntax error of a text, if it has one.

    Says the same as `parse`, mostly from what it knows of the parts of the text: the
    program states of a program share most of theirs. Parts that parse one by one parse
    together, as each leaves the parser where it began.

    Raises:
        RecursionError: The text is nested too deeply.
    """
    if bad_cookie(text) is None and all(map(_part_parses, top_level_parts(text))):
        return None
    parsed = parse(text)
    return parsed if isinstance(parsed, LintMessage) else None


def top_level_parts(text: str) -> Iterator[str]:
    """A text cut before the lines at which a statement may begin at top level."""
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


def is_python(text: str) -> bool:
    """Whether a text parses as Python."""
    try:
        return isinstance(parse(text), ast.Module)
    except RecursionError:
        return False


@lru_cache(maxsize=100_000)
def _short_part_parses(part: str) -> bool:
    return is_python(part)
