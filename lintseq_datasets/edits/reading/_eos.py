"""Where the text of a model ends: end-of-sequence tokens, told apart from program text.

The text of a token may also be part of a program, as in a tokenizer's own source. So a token
counts by where it stands:

    Done.<|endoftext|>                   no line of a hunk: the text ends
    +return x<|endoftext|>               at the end of a line: the text ends, unless the hunk
                                         lacks lines and the next line is one of them
    +return x<|endoftext|> Sure, here    in the middle: the text ends, unless a line of an edit
                                         follows
    +eos = "<|endoftext|>"               a quote follows: program text
    +x = 1  # not <|endoftext|> yet      a ``#`` stands before it: program text

Whether the text ends in a line of a hunk depends on the line after it. `EosLine` is a line that
waits for that answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from lintseq_datasets.edits.training_text import DIFF_TOKEN
from lintseq_datasets.errors import ConfigError

EOS_TOKENS = (
    "<|endoftext|>", "<|end_of_text|>", "<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end|>",
    "<|EOT|>", "<|eot|>", "<|return|>", "<|endofturn|>", "<end_of_turn>", "<eos>", "</s>",
    "<\uff5cend\u2581of\u2581sentence\uff5c>",
)  # fmt: skip
"""End-of-sequence tokens of common models."""

_PADDING = r"<\|[^<>|\s]{1,60}\|>|<pad>|<unk>|<s>|\[PAD\]"
_QUOTES = ('"', "'", "`")


class _EosToken(NamedTuple):
    """A token in a line of a hunk that may end the text."""

    at: int
    is_last: bool  # whether nothing but such tokens and padding follows in the line


@dataclass(frozen=True, slots=True)
class EosLine:
    """A line of a hunk in which the text may end; the next line decides.

    Args:
        line: The line.
        tokens: The tokens in it, from left to right.
    """

    line: str
    tokens: tuple[_EosToken, ...]

    def end_behind(self, is_body: Callable[[str], bool]) -> int | None:
        """Where the text ends if the tokens at the end of the line stand behind a marker.

        Args:
            is_body: Whether a line is one of the program, and no marker of the form.
        """
        at = self.tokens[-1].at
        is_marker = self.tokens[-1].is_last and at and not is_body(self.line[:at])
        return at if is_marker else None

    def end(self, is_wanted: bool, is_edit: bool) -> int | None:
        """Where in the line the text ends; None if it does not.

        Args:
            is_wanted: Whether there is a next line, and it goes on with lines that are missing.
            is_edit: Whether there is one, and it is one of an edit.
        """
        # From left to right: the first one that ends the text hides the others.
        for token in self.tokens:
            if not (is_wanted if token.is_last else is_edit):
                return token.at
        return None


class EosFinder:
    """Finds end-of-sequence tokens in the lines of a text.

    Args:
        tokens: The tokens.

    Raises:
        ConfigError: A token is no text, is empty, or is the diff token.
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        tokens = (tokens,) if isinstance(tokens, str) else tuple(tokens)
        for token in tokens:
            if not isinstance(token, str) or not token or "\n" in token or token == DIFF_TOKEN:
                raise ConfigError(
                    "eos",
                    f"{token!r} is no end-of-sequence token such as '<|endoftext|>'",
                )
        # The first alternative that fits is taken: `<|end|>` before `<|end|>x` would hide the
        # latter.
        longest_first = sorted(map(re.escape, tokens), key=len, reverse=True)
        self._token = re.compile("|".join(longest_first)) if tokens else None
        self._unit = re.compile("|".join([*longest_first, _PADDING]))

    def find(self, line: str) -> int | None:
        """Where the first token is, in a line that belongs to no hunk; None if there is none."""
        found = self._token.search(line) if self._token else None
        return found and found.start()

    def find_in_hunk(self, line: str) -> EosLine | None:
        """The tokens in a line of a hunk that may end the text; None if there is none.

        Those that stand in quotes or in a comment, as far as the line tells, are program text.
        """
        if self._token is None or self._token.search(line) is None:
            return None
        tokens = self._tokens_in(line, self._token)
        return EosLine(line, tokens) if tokens else None

    def _tokens_in(self, line: str, token: re.Pattern[str]) -> tuple[_EosToken, ...]:
        # The first token of each kind decides, so two are enough.
        hash_at = line.find("#") if "#" in line else len(line)
        last_quote = max(map(line.rfind, _QUOTES))
        end = len(line.rstrip(" \t\r"))
        tokens: list[_EosToken] = []
        run_end = 0  # end of a run of tokens and padding that was measured before
        for found in token.finditer(line):
            # A token within a run that was measured has the same end, and needs no second look.
            if found.end() > run_end:
                run_end = self._skip_units(line, found.end())
                if run_end >= end:
                    return (*tokens, _EosToken(found.start(), is_last=True))
            if not tokens and found.start() <= hash_at and last_quote < found.end():
                tokens.append(_EosToken(found.start(), is_last=False))
        return tuple(tokens)

    def _skip_units(self, line: str, at: int) -> int:
        # One by one. A pattern with a repetition would backtrack: each token can also be read as
        # padding, so a run of 40 would have 2**40 readings.
        while found := self._unit.match(line, at):
            at = found.end()
        return at
