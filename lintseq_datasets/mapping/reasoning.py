"""The reasoning in the answer of a model, which is no answer.

<think>A loop?</think>x = 1         x = 1
A loop?</think>x = 1                x = 1; the beginning stood in the chat template
<think>A loop?                      nothing, as the reasoning does not end
Write `<think>` in front. x = 1     as it is: the tag is only mentioned
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lintseq_datasets.languages.base import Language
from lintseq_datasets.mapping.fences import Fence

_TAG = re.compile(
    r"<(?P<xml_ends>/?)(?P<xml>think|thinking|thoughts?|reasoning|reflection|scratchpad|analysis"
    r"|seed:think)(?:\s[^<>\n]{0,200})?>"
    r"|\u25c1(?P<kimi_ends>/?)think\u25b7"
    # In capitals alone: in small letters it may stand in code, as an index does.
    r"|\[(?P<mistral_ends>/?)(?P<mistral>(?-i:THINK))\]"
    r"|<\|(?P<thought>begin|end)_of_thought\|>"
    r"|<\|(?P<cohere>start|end)_thinking\|>"
    # A channel of any name but ``final``, see `_read`.
    r"|<\|channel\|>[ ]?(?P<channel>\w{1,40})[^<\n]{0,200}<\|message\|>"
    r"|<\|(?P<channel_ends>end|return|call)\|>",
    re.IGNORECASE,
)
# Marks around the answer itself, and of its end.
_MARKS = (
    "<answer>", "</answer>", "<output>", "</output>", "<response>", "</response>", "<solution>",
    "</solution>", "<|begin_of_solution|>", "<|end_of_solution|>", "<|START_RESPONSE|>",
    "<|END_RESPONSE|>", "<|start|>assistant", "<|return|>", "<|end|>", "<|im_end|>",
    "<|endoftext|>", "</s>",
)  # fmt: skip
# So many may be nested, whichever is the outer one.
_MOST_MARKS = 3
_QUOTED = ("`", '"', "'")
_LONGEST_LEAD = 200  # characters


class Tag(NamedTuple):
    """A mark where reasoning begins or ends."""

    kind: str  # a beginning and an end that belong together have the same
    begins: bool
    alone: bool  # whether it may be an end without a beginning, or such a beginning
    start: int
    end: int
    line: int  # number of its line, from 0


class Reasoned(NamedTuple):
    """A text without its reasoning."""

    answer: str
    removed: bool  # whether there was any
    finished: bool  # whether it ended


def may_have_reasoning(text: str) -> bool:
    """Whether there is a mark of reasoning anywhere in a text."""
    return _TAG.search(text) is not None


def without_reasoning(text: str, fences: Sequence[Fence], language: Language) -> Reasoned:
    """Take the reasoning out of an answer.

    An end without a beginning ends reasoning from the start of the text, as where a chat
    template has written the beginning. Without an end, all behind the beginning is reasoning.

    Args:
        text: The answer.
        fences: Its fences, as `find_fences` gives them. Tags in one that parses, or in which
            each beginning has an end, are part of it.
        language: That of the programs.
    """
    # Within reasoning, the kind of its tag; only an end of the same kind ends it:
    #
    #     <think>\n<analysis>Hm.</think>x = 1      <analysis> is a word of the reasoning
    inside = _lines_of_fences_with_tags(fences, language)
    tags = [tag for tag in _tags(text) if tag.line not in inside]
    kept: list[str] = []
    position, kind, removed = 0, "", False
    for tag in tags:
        if not kind and tag.begins and tag.alone:
            kept.append(text[position : tag.start])
            kind = tag.kind
        elif not kind and not tag.begins and tag.alone:
            kept.clear()  # all that is before it was reasoning, too
            position, removed = tag.end, True
        elif kind == tag.kind and not tag.begins:
            position, kind, removed = tag.end, "", True
    if not kind:
        kept.append(text[position:])
    # Then nothing changes: marks may be part of a text that has no reasoning.
    if not kind and not removed:
        return Reasoned(text, removed=False, finished=True)
    return Reasoned(_without_marks("".join(kept)), removed=True, finished=not kind)


def _tags(text: str) -> Iterator[Tag]:
    line = position = 0
    for found in _TAG.finditer(text):
        line += text.count("\n", position, found.start())
        position = found.start()
        kind, begins, alone = _read(text, found)
        yield Tag(kind, begins, alone, found.start(), found.end(), line)


def _read(text: str, found: re.Match[str]) -> tuple[str, bool, bool]:
    if found["xml"]:
        begins = not found["xml_ends"]
        alone = _begins_line(text, found.start()) if begins else _is_bare(text, found.start())
        return found["xml"].lower(), begins, alone
    if found["mistral"]:
        return "mistral", not found["mistral_ends"], _is_bare(text, found.start())
    if found["kimi_ends"] is not None:
        return "kimi", not found["kimi_ends"], _is_bare(text, found.start())
    if begun := found["thought"] or found["cohere"]:
        kind = "thought" if found["thought"] else "cohere"
        return kind, begun.lower() != "end", _is_bare(text, found.start())
    if found["channel"]:
        return "channel", found["channel"].lower() != "final", _is_bare(text, found.start())
    # The end of a message, which ends reasoning if a channel has begun it.
    return "channel", False, False


def _is_bare(text: str, start: int) -> bool:
    """Whether a tag stands for itself, and is not mentioned in quotes."""
    return text[max(start - 1, 0) : start] not in _QUOTED


def _begins_line(text: str, start: int) -> bool:
    """Whether there is nothing but other tags before a tag on its line."""
    before = text[max(start - _LONGEST_LEAD, 0) : start]  # not the whole of a very long line
    before = before.rpartition("\n")[2].strip(" \t\u200b\u2060\ufeff")
    return before.endswith(">") if before else True


def _lines_of_fences_with_tags(fences: Sequence[Fence], language: Language) -> set[int]:
    """The lines of fences whose tags are part of the code."""
    lines: set[int] = set()
    for fence in fences:
        balance = 0
        tags = list(_tags(fence.code))
        for tag in tags:
            balance += 1 if tag.begins else -1
        if tags and (language.snippets.is_program(fence.code) or (balance == 0 and fence.closed)):
            lines.update(range(fence.first, fence.end))
    return lines


def _without_marks(text: str) -> str:
    """A text without the marks at its ends, and without blank lines there."""
    for _ in range(_MOST_MARKS):
        for mark in _MARKS:
            text = text.strip("\n\u200b\u2060\ufeff")
            if text.strip().startswith(mark):
                text = text.lstrip().removeprefix(mark)
            if text.strip().endswith(mark):
                text = text.rstrip().removesuffix(mark)
    return text
