r"""The fenced code blocks of a Markdown text, as chat models write them.

Beside what Markdown says: a fence may stand behind text, in a list item or behind invisible
characters, and close on a line of code. Where Markdown's own end of a block of the
language that is wanted leaves something that does not parse, other ends are tried: an inner fence
of a docstring is none.

Every try is paid from a budget that grows with the length of the text, so that no text takes
more than linear time. Where it is spent, Markdown's own rules hold.

Of these lines, Markdown ends the block at the fence in line 3, and nobody can parse what is before:

    1  ```python
    2  def f():  '''Use it so:
    3  ```                        up to here: a string that is not closed
    4  f()
    5  ```                        up to here: the same
    6  '''
    7  ```                        up to here it parses, so this is the end
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lintseq_datasets.languages.base import Language

# What nobody sees: spaces and joiners of no width, the byte order mark, the soft hyphen.
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_BLANK = f" \t\u00a0{_INVISIBLE}"
# What opens a block: blanks, marks of quotes, a mark of a list, the fence, its label.
#
#     ">  1. ```python"      lead ">  1. ", marker "```", label "python"
#     "```a```"              none: a label with backticks is code within a line
#
# Each part can match in one way only, so that no line takes more than linear time.
_OPENING = re.compile(
    rf"([{_BLANK}]*+(?:>[{_BLANK}]*+){{0,8}}+(?:(?:[-*+\u2022]|\d{{1,9}}[.)])[ \t]++)?+)"
    r"(`{3,}+|~{3,}+)([^`]*+)"
)
# One space belongs to the mark, as in Markdown; those behind it are indentation.
_QUOTE = re.compile(rf"[{_BLANK}]*+>[ ]?")
_LABEL = re.compile(r"[\s{.]*+(?:language-|lang=)?([^\s{}:,;=(]*+)")
_MARKDOWN = {"markdown", "md"}

_MOST_TRIES = 8  # other ends of a block
_BUDGET = 32  # characters that are tried, for each character of the text


class Fence(NamedTuple):
    """A fenced code block."""

    language: str  # lower case; that looked for by its name; empty if there is no label
    code: str
    closed: bool
    first: int = 0  # number of its first line, that of the opening fence, from 0
    end: int = 0  # number of the line behind its last one
    heading: str = ""  # the last line of text before it


class _Opening(NamedTuple):
    marker: str
    language: str
    width: int  # indentation of the fence in its block quotes
    quotes: int  # block quotes around it
    inline: bool  # behind text, on its line


class _Block(NamedTuple):
    code: str
    closed: bool
    end: int


def find_fences(text: str, language: Language) -> list[Fence]:
    """The fenced code blocks of a Markdown text, in order.

    A block ends at a fence of the same character, at least as long and without a label, or
    with the block quote that it stands in. The indentation of the opening fence is removed
    from its lines.

    Args:
        text: The text, normalised.
        language: That of the blocks that are wanted.
    """
    return list(_FenceReader(text.split("\n"), language, _BUDGET * len(text)).fences())


def language_of(info: str, language: Language) -> str:
    """The language that the label of a fence names, in lower case; the one wanted by its name.

    >>> from lintseq_datasets.languages.base import load_language
    >>> python = load_language("python")
    >>> labels = ("Python 3", "{.py}", "python:main.py", "js", "")
    >>> [language_of(info, python) for info in labels]
    ['python', 'python', 'python', 'js', '']
    """
    label = _LABEL.match(info.strip(_BLANK).lower())
    name = label[1] if label else ""
    return language.name if language.is_label(name) else name


@dataclass(slots=True)
class _FenceReader:
    """Reads the blocks of a text; ``budget`` is what may still be tried, in characters."""

    lines: Sequence[str]
    language: Language
    budget: int

    def fences(self) -> Iterator[Fence]:
        number, heading = 0, ""
        while number < len(self.lines):
            line = self.lines[number]
            opening = _read_opening(line, self.language)
            block = None if opening is None else self._read_block(number, opening)
            if opening is None or block is None:
                # Kept until there is other text: fences that follow one another have the same
                # heading.
                heading = line if line.strip() else heading
                number += 1
                continue
            if opening.inline:
                heading = line
            yield Fence(opening.language, *block[:2], number, block.end, heading)
            number = block.end

    def _read_block(self, number: int, opening: _Opening) -> _Block | None:
        """The block that begins at a line; None if it is not one."""
        # Nothing more may be parsed, and by Markdown's own rules this is no fence.
        if opening.inline and self.budget < 0:
            return None
        first, lines = self._until_closed(number, opening)
        if opening.language in _MARKDOWN:
            return self._with_inner_fences(number, opening) or first
        if opening.language not in (self.language.name, ""):
            return first
        # The search for the end is paid, too: an unclosed fence passes all lines behind it.
        self.budget -= sum(map(len, lines)) + len(lines)
        # Behind text a fence may only be mentioned. So what follows has to do something: words such
        # as ``Yes`` parse, too.
        parses = self._parses(first.code)
        if opening.inline:
            return (
                first
                if parses and self.language.snippets.kind_of(first.code) == "program"
                else None
            )
        return first if parses else self._try_other_ends(number, opening, first, lines) or first

    def _until_closed(self, number: int, opening: _Opening) -> tuple[_Block, list[str]]:
        """A block as Markdown ends it, and its lines."""
        lines: list[str] = []
        for end in range(number + 1, len(self.lines)):
            line = _unquoted(self.lines[end], opening.quotes)
            # The quote ends here, and the block with it.
            if line is None:
                return _Block(_code(lines, opening), True, end), lines
            if _closes(line, opening):
                return _Block(_code(lines, opening), True, end + 1), lines
            lines.append(line)
        return _Block(_code(lines, opening), False, len(self.lines)), lines

    def _try_other_ends(
        self, number: int, opening: _Opening, first: _Block, lines: list[str]
    ) -> _Block | None:
        # The fence that closed it stood in a string; or the right one stands at the end of a line
        # of code; or it was forgotten.
        if self.language.snippets.may_end_in_string(first.code) and (
            found := self._behind_inner_fences(opening, first, lines)
        ):
            return found
        return self._on_a_line_of_code(number, opening, lines) or self._before_next_opening(
            number, opening, lines
        )

    def _behind_inner_fences(
        self, opening: _Opening, first: _Block, lines: list[str]
    ) -> _Block | None:
        """The block up to the first later fence after which it parses."""
        # There is no later fence.
        if not first.closed:
            return None
        lines, tries = lines.copy(), 0
        # From the fence that closed it, which now is a line of the string.
        for end in range(first.end - 1, len(self.lines)):
            line = _unquoted(self.lines[end], opening.quotes)
            if line is None or tries > _MOST_TRIES or self.budget < 0:
                return None
            if end >= first.end and _closes(line, opening):
                tries += 1
                code = _code(lines, opening)
                if self._parses(code):
                    return _Block(code, True, end + 1)
            self.budget -= len(line) + 1
            lines.append(line)
        code = _code(lines, opening)
        return _Block(code, False, len(self.lines)) if self._parses(code) else None

    def _on_a_line_of_code(self, number: int, opening: _Opening, lines: list[str]) -> _Block | None:
        """The block up to a fence at the end of a line of code."""
        ends = [at for at, line in enumerate(lines) if line.rstrip().endswith(opening.marker)]
        for at in ends[:_MOST_TRIES]:
            last = lines[at].rstrip().rstrip(opening.marker[0])
            code = _code([*lines[:at], last], opening)
            if self._parses(code):
                return _Block(code, True, number + 1 + at + 1)
        return None

    def _before_next_opening(
        self, number: int, opening: _Opening, lines: list[str]
    ) -> _Block | None:
        """The block up to the next fence of the language, where its own closing one is missing."""
        self.budget -= len(lines)
        if self.budget < 0:
            return None
        for at, line in enumerate(lines):
            found = _read_opening(line, self.language)
            if found and found.language == self.language.name and not found.inline:
                code = _code(lines[:at], opening)
                # Without a label it need not be code: it may be text that ends before the program.
                ends_here = not opening.language or self._parses(code)
                return _Block(code, False, number + 1 + at) if ends_here else None
        return None

    def _with_inner_fences(self, number: int, opening: _Opening) -> _Block | None:
        """A block of Markdown, whose inner blocks are part of it."""
        # Within, a fence with a label opens a block, and one without closes the innermost:
        #
        #     ```markdown    1
        #     ```python      2
        #     ```            1
        #     ```            0, so this is the end
        depth = 1
        for end in range(number + 1, len(self.lines)):
            self.budget -= len(self.lines[end]) + 1
            line = _unquoted(self.lines[end], opening.quotes)
            if line is None or self.budget < 0:
                return None
            found = _read_opening(line, self.language)
            if _closes(line, opening):
                depth -= 1
            elif found and found.language and not found.inline:
                depth += 1
            if not depth:
                return _Block("\n".join(self.lines[number + 1 : end]), True, end + 1)
        return None

    def _parses(self, code: str) -> bool:
        self.budget -= len(code)
        return self.budget >= 0 and self.language.snippets.is_program(code)


def _read_opening(line: str, language: Language) -> _Opening | None:
    # Nearly all lines end here, before anything is matched.
    if "```" not in line and "~~~" not in line:
        return None
    if found := _OPENING.fullmatch(line):
        lead = found[1]
        # Indentation counts from the quote, and characters of no width do not count.
        inner = lead.rpartition(">")[2].removeprefix(" ") if ">" in lead else lead
        width = len(inner.lstrip(_INVISIBLE))
        return _Opening(
            found[2], language_of(found[3], language), width, lead.count(">"), inline=False
        )
    return _read_inline_opening(line, language)


def _read_inline_opening(line: str, language: Language) -> _Opening | None:
    """An opening fence behind text, with nothing but a label of the language behind it."""
    text, marker, info = line.partition("```")
    # Backticks before it open or close code within the line.
    found = _OPENING.fullmatch(marker + info) if "`" not in text and text.strip() else None
    if found is None or len(found[3].split()) > 1:
        return None
    name = language_of(found[3], language)
    if name not in (language.name, ""):
        return None
    return _Opening(found[2], name, 0, 0, inline=True)


def _closes(line: str, opening: _Opening) -> bool:
    if opening.marker not in line:
        return False
    # Of the same character only, at least as many, and nothing else.
    marker = line.strip(_BLANK)
    return len(marker) >= len(opening.marker) and not marker.strip(opening.marker[0])


def _unquoted(line: str, quotes: int) -> str | None:
    """A line without the marks of the block quotes around it; None if it is not in them."""
    for _ in range(quotes):
        quote = _QUOTE.match(line)
        if quote is None:
            return None
        line = line[quote.end() :]
    return line


def _code(lines: Sequence[str], opening: _Opening) -> str:
    # In a list item the fence is indented behind the mark, and the code often is not:
    #
    #     - ```python
    #     if a:
    #       b
    width = opening.width
    if width:
        first = next((line for line in lines if line.strip()), "")
        width = min(width, _indentation(first))
    return "\n".join(line[min(_indentation(line), width) :] for line in lines)


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))
