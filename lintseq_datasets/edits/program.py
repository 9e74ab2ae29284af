r"""Program: exact text <-> lines, and the one normalisation of source text.

A program is a sequence of lines (paper section 2.1). Lines are what stands
between two ``\n`` and nothing else: form feeds, ``\x85`` and ``\u2028`` are
ordinary characters, unlike in ``str.splitlines``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import compress

from lintseq_datasets.errors import ConfigError, ProgramError

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Program:
    r"""The lines of a program, without their line ends.

    ``Program(())`` is the empty program, which the paper calls epsilon. A final
    newline is a last line that is empty, so any text round-trips exactly.

    >>> Program.from_text("a = 1\nb = 2").lines
    ('a = 1', 'b = 2')
    >>> Program.from_text("a = 1\n").text
    'a = 1\n'
    """

    lines: tuple[str, ...]

    @classmethod
    def from_text(cls, text: str) -> Program:
        r"""Split a text on ``\n`` alone; the empty text is the empty program."""
        return cls(tuple(text.split("\n"))) if text else cls(())

    @property
    def text(self) -> str:
        """The exact text of the program."""
        return "\n".join(self.lines)

    @property
    def program_id(self) -> str:
        """Content digest: the SHA-256 of the UTF-8 text, as 64 hexadecimal digits."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    def keep(self, kept: int) -> Program:
        """The program state that has only some of the lines.

        Args:
            kept: Bit mask; bit ``i`` stands for line ``i`` (0-based).
        """
        return Program(tuple(compress(self.lines, mask_bits(kept))))

    def __len__(self) -> int:
        """Number of lines."""
        return len(self.lines)

    def __str__(self) -> str:
        return self.text


EMPTY = Program(())
"""The empty program."""


def as_program(program: Program | str, name: str = "start") -> Program:
    """A program as it is, or the program of a text.

    Args:
        program: The program or its text.
        name: The argument that it was given as.

    Raises:
        ConfigError: It is neither.
    """
    return (
        program if isinstance(program, Program) else Program.from_text(checked_text(program, name))
    )


def checked_text(value: object, name: str) -> str:
    """A text as it is.

    Args:
        value: The text.
        name: The argument that it was given as.

    Raises:
        ConfigError: It is something else.
    """
    if not isinstance(value, str):
        raise ConfigError(name, f"is {type(value).__name__}, not text: give a str")
    return value


def mask_bits(mask: int) -> list[bool]:
    """The bits of a mask, lowest bit first.

    >>> mask_bits(0b1101)
    [True, False, True, True]
    """
    # Of '0b1101' backwards down to the third character: '1011'. Faster than to shift the bits.
    return [digit == "1" for digit in bin(mask)[:1:-1]]


def mask_lines(mask: int) -> list[int]:
    """The 0-based line numbers that a mask holds, in order.

    >>> mask_lines(0b1101)
    [0, 2, 3]
    """
    return [index for index, digit in enumerate(bin(mask)[:1:-1]) if digit == "1"]


def normalize(text: str) -> str:
    r"""Bring source text into the form that is sampled; done once per row.

    In this order: byte order marks at the start are removed; CRLF and lone CR
    become ``\n``, as Python reads them; trailing lines that are empty or hold
    nothing but whitespace are removed, and with them the final newline. Nothing
    else changes, and no later layer changes anything.

    Args:
        text: Source text as it stands in the dataset.

    Returns:
        The normalised text; empty if there was nothing but whitespace.

    Raises:
        ProgramError: ``nul_character`` or ``lone_surrogate``: the text cannot be
            Python source, or cannot be stored as UTF-8.

    >>> normalize("\ufeffx = 1\r\ny = 2\r\n\r\n")
    'x = 1\ny = 2'
    """
    # At the start only: elsewhere the same character may stand in a string, as data.
    text = text.lstrip(_BOM)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise ProgramError("nul_character", f"line {line} holds a null character")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise ProgramError("lone_surrogate", f"line {line} cannot be encoded as UTF-8") from None
    return _without_trailing_blank_lines(text)


def _without_trailing_blank_lines(text: str) -> str:
    # From the end, line by line, without splitting the whole text. Not `rstrip`: white space at the
    # end of the last line that is not blank stays.
    end = len(text)
    while end:
        start = text.rfind("\n", 0, end) + 1
        if not text[start:end].isspace() and start != end:
            return text[:end]
        end = max(start - 1, 0)
    return ""
