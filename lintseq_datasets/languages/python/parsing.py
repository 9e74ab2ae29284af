"""Reading a text as Python: the tree, or what is wrong and which line must go.

Where the parser noticed a mistake is often not where it was made. In

    1  try:
    2      x = 1
    3  y = 2

Python reports line 3, but it is the ``try`` in line 1 that lacks its handlers. Deleting line 3
would only move the error further down, so line 1 is the line that must go.
"""

from __future__ import annotations

import ast
import codecs
import re
import sys
import tokenize
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from lintseq_datasets.languages.base import SyntaxProblem

_FRAMES = 1000  # as for a fresh interpreter
_ON_LINE = re.compile(r" on line (\d+)")
# An encoding may be named in the first line or, below a comment or nothing, in the second (PEP
# 263).
_COOKIE = re.compile(r"(?:[ \t\f]*(?:#[^\n]*)?\n)?[ \t\f]*#[^\n]*?coding[:=]")
_TRY = re.compile(r"[ \t\f]*try[ \t]*:")
_COOKIE_LINE = re.compile(r"[ \t\f]*#.*?coding[:=]")
_MAY_WARN = re.compile(r"\\|\d[a-zA-Z]")  # invalid escapes, and numbers that run into a word
_ASCII = bytes(range(128))


def parse(text: str) -> ast.Module | SyntaxProblem:
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
        return SyntaxProblem(line, max((error.offset or 1) - 1, 0), error.msg)
    except (ValueError, TypeError, MemoryError) as error:  # null bytes; a parser out of stack
        return SyntaxProblem(1, 0, str(error) or "nested too deeply")


def bad_cookie(text: str) -> SyntaxProblem | None:
    """What is wrong with the coding cookie of a text that is stored as UTF-8, if anything.

    Python ignores a cookie in a string, but not in a file: it refuses an encoding that
    it does not know, and reads another text than ours through most that it knows.
    """
    if _COOKIE.match(text) is None:
        return None
    head = text.split("\n", 2)[:2]
    # ASCII reads the same in most encodings, but not in UTF-16 or in UTF-7, say.
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
    return SyntaxProblem(line, 0, "the text is not in the encoding that it names")


def _parse_quietly(text: str) -> ast.Module:
    # Only where it must be: catching warnings changes the filters of the whole process.
    if _MAY_WARN.search(text) is None:
        return _parse(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _parse(text)


def _parse(text: str) -> ast.Module:
    # With the line feed that astroid, too, puts behind a text.
    try:
        return ast.parse(text + "\n", type_comments=True)
    except SyntaxError as error:
        if re.search(r"#\s+type:", error.text or "") is None:
            raise
    # As in astroid: what is wrong may be the type comment, which Python itself ignores.
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
    # Walking up from line 6 of
    #     1  try:
    #     2      try:
    #     3          a
    #     4      except E:
    #     5          b
    #     6  c
    # the handler in line 4 is that of the `try` in line 2, and the one in line 1 has none.
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


def is_python(text: str) -> bool:
    """Whether a text parses as Python."""
    try:
        return isinstance(parse(text), ast.Module)
    except RecursionError:
        return False


@contextmanager
def steady_stack() -> Iterator[None]:
    """Set the recursion limit to a fixed number of frames above the caller's.

    Both the parser and the linters give up on deep nesting at a depth that counts from
    the bottom of the stack. Without this a verdict would depend on how many frames the
    caller has below itself, which differs between a plain call and a worker process.
    """
    saved = sys.getrecursionlimit()
    frame, depth = sys._getframe(), 0
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    try:  # around this, too: a signal may end what is done here at any moment
        sys.setrecursionlimit(depth + _FRAMES)
        yield
    finally:
        sys.setrecursionlimit(saved)
