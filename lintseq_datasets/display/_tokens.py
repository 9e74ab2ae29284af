"""The tokens of shown lines by kind, from Pygments where it is installed.

What is read are the lines as they are shown, with escapes for control characters, so nothing of
a token can do what its line could not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

_MOST_CHARACTERS = 500_000  # of a text; the time of a lexer is not bounded otherwise
_LONGEST_LINE = 2_000


class HighlightedText(NamedTuple):
    """A part of a line."""

    kind: str  # comment, keyword, string, number or name (one that is special); empty for others
    text: str


def highlighted(lines: Sequence[str], language: str) -> list[list[HighlightedText]]:
    """Lines in pieces by kind; each is one piece where the language is not known.

    That is so without Pygments, too, and for lines that are too long to read.

    Args:
        lines: What is shown of a text, without newlines.
        language: A name that Pygments knows, such as ``python``.
    """
    text = "\n".join(lines)
    plain = [[HighlightedText("", line)] if line else [] for line in lines]
    if len(text) > _MOST_CHARACTERS or any(len(line) > _LONGEST_LINE for line in lines):
        return plain
    lexer = _lexer(language)
    if lexer is None:
        return plain
    # Unprocessed: `get_tokens` drops blank lines in front, and puts a newline behind.
    found = list(_lines(lexer.get_tokens_unprocessed(text))) if text else plain
    # Lexers may change a text, such as its tabs or its end: then it is shown as it is.
    same = ["".join(piece.text for piece in pieces) for pieces in found] == list(lines)
    return found if same else plain


def _lexer(language: str) -> Any:
    try:
        from pygments.lexers import get_lexer_by_name
        from pygments.util import ClassNotFound
    except ImportError:
        return None
    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None


def _lines(tokens: Any) -> Iterator[list[HighlightedText]]:
    line: list[HighlightedText] = []
    for _, token, value in tokens:
        kind = _kind(token)
        first, *others = value.split("\n")
        _append(line, kind, first)
        for text in others:
            yield line
            line = []
            _append(line, kind, text)
    yield line


def _append(line: list[HighlightedText], kind: str, text: str) -> None:
    # Neighbours of one kind are one element on the page.
    if line and line[-1].kind == kind:
        line[-1] = HighlightedText(kind, line[-1].text + text)
    elif text:
        line.append(HighlightedText(kind, text))


def _kind(token: Any) -> str:
    from pygments.token import Comment, Keyword, Name, Number, Operator, String

    kinds = {
        "comment": (Comment,),
        "keyword": (Keyword, Operator.Word),
        "string": (String,),
        "number": (Number,),
        "name": (Name.Function, Name.Class, Name.Builtin, Name.Decorator),
    }
    return next((kind for kind, some in kinds.items() if any(token in one for one in some)), "")
