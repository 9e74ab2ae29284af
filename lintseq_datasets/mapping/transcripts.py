r"""Conversations and lists that a cell holds as text.

Files without nested columns hold them as JSON, or as Python prints them. Others hold transcripts:
one text in which a mark stands before each turn. For example, these three are the same:

    '[{"role": "user", "content": "Add."}, {"role": "assistant", "content": "x = 1"}]'
    "### Human: Add.\n### Assistant: x = 1"
    "<|im_start|>user\nAdd.<|im_end|>\n<|im_start|>assistant\nx = 1<|im_end|>"

A text that is a program is no transcript, unless it begins with such headings, which are comments.
No mark counts within a fence.
"""

from __future__ import annotations

import ast
import json
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lintseq_datasets.languages.base import Language
from lintseq_datasets.languages.python.snippets import syntax_tree
from lintseq_datasets.mapping.chat import is_conversation, role_of
from lintseq_datasets.mapping.fences import find_fences

_BRACKETS = {"[": "]", "{": "}"}
# Templates of models, whose marks stand anywhere; and headings, which begin a line.
# The bar of `zephyr` is the usual one, or that of full width in DeepSeek's template. Repeats are
# bounded: a long line of openings without an end would take quadratic time.
_TEMPLATE = re.compile(
    r"<\|im_start\|>[ ]*(?P<chatml>\w{1,40})[^\n]{0,40}\n"
    r"|<\|start_header_id\|>(?P<llama>\w{1,40})<\|end_header_id\|>"
    r"|<start_of_turn>(?P<gemma>\w{1,40})\n"
    r"|<[|\uff5c](?P<zephyr>(?i:user|assistant|system))[|\uff5c]>"
    r"|(?P<asks>\[INST\])|(?P<answers>\[/INST\])"
)
_END = (
    r"(?:<\|(?:im_end|eot_id|eom_id|end|endoftext|begin_of_text)\|>|<end_of_turn>|</?s>|<[be]os>)"
)
_AROUND = re.compile(rf"\A\s*{_END}|{_END}\s*\Z")
# Such marks follow one another, as ``</s><s>`` between two turns: so many go from each end.
_MOST_ENDS = 4
# A heading begins a line. Some data have whole chats in one line, with ``###`` before each turn.
_HEADING = re.compile(
    r"(?:^|(?=\#\#\#[ ](?:Human|User|Assistant):))"
    r"(?P<mark>\#{2,6}[ ]?|\*\*|\[|)(?P<who>[A-Za-z]{1,40})(?:\*\*|\])?[ \t]*:(?:\*\*)?[ \t]*",
    re.MULTILINE,
)
# Names that headings have, and roles of messages have not. "input" is Alpaca's second part of an
# instruction: it is a role of its own until it is put behind the first. "asks" and "answers" are
# groups above.
_ALSO = {"question": "user", "q": "user", "asks": "user", "input": "input",
         "a": "assistant", "answer": "assistant", "answers": "assistant"}  # fmt: skip
_ALONE = frozenset(("user", "human", "question", "q", "assistant", "gpt", "ai", "bot", "answer",
                    "a", "system", "chatgpt", "model"))  # fmt: skip
"""Names that begin a turn without a mark before them, as ``User:``; others are words of prose."""
_SURE = frozenset(
    (first, second)
    for first in ("user", "human", "instruction", "system")
    for second in ("assistant", "response", "user", "human", "gpt", "input")
)
"""First names of a text that is a chat, even where it parses since all else is comments."""


class _TurnStart(NamedTuple):
    """Where a turn begins."""

    role: str
    start: int
    end: int
    form: str  # what stands before the name
    name: str = ""  # of a heading


def structure_in(text: str) -> Any:
    """The messages or the list of texts that a text holds as JSON or as Python prints them.

    Args:
        text: Text of a cell.

    Returns:
        None if it holds neither.

    >>> structure_in('["x = 1", "x = 2"]'), structure_in("x = [1]")
    (['x = 1', 'x = 2'], None)
    """
    text = text.strip()
    # Most texts end here, and nothing is parsed.
    if not text or _BRACKETS.get(text[0]) != text[-1]:
        return None
    found = _value_of(text)
    if isinstance(found, Mapping) and len(found) == 1:  # as in ``{"messages": [...]}``
        (inner,) = found.values()
        found = inner if is_conversation(inner) else found
    if is_conversation(found):
        return found
    is_list = isinstance(found, list) and found and all(isinstance(one, str) for one in found)
    return found if is_list else None


def _value_of(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        # As Python prints it: single quotes, None, True. It is read as a literal, and never run.
        tree = syntax_tree(text)
    if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        return None
    try:
        return ast.literal_eval(tree.body[0].value)
    # TypeError: ``{[1]}`` is written like a set, but a list cannot be in one.
    except (ValueError, TypeError, RecursionError):
        return None


def transcript_in(text: str, language: Language) -> list[dict[str, str]] | None:
    r"""The messages of a transcript; None if a text is none.

    Somebody has to ask in it, and somebody else to answer. Headings such as ``User:`` begin with
    the text; before templates and headings in Markdown there may be words, which are those of
    the system.

    Args:
        text: Text of a cell.
        language: That of the programs in it.

    >>> from lintseq_datasets.languages.base import load_language
    >>> transcript_in("Human: Add.\n\nAssistant: x = 1", load_language("python"))
    [{'role': 'user', 'content': 'Add.'}, {'role': 'assistant', 'content': 'x = 1'}]
    """
    for marks in (_template_marks(text), _heading_marks(text, language)):
        roles = [mark.role for mark in marks]
        if "user" in roles and "assistant" in roles[roles.index("user") :]:
            # Asked only of texts that look like chats: it parses the text.
            is_program = language.snippets.is_program(text) and not _is_surely_chat(text, marks)
            return None if is_program else _turns(text, marks)
    return None


def _is_surely_chat(text: str, marks: Sequence[_TurnStart]) -> bool:
    """Whether headings that are comments, too, begin a text, with a name that nothing else has."""
    # Such a text parses, but that makes it no program:
    #
    #     ### Human: Add.
    #     ### Assistant:
    #     x = 1 + 2
    #
    # With "Question" and "Answer" it would be one: those head comments in programs, too.
    first, second, *_ = marks
    begins = first.form.startswith("#") and not text[: first.start].strip()
    return begins and (first.name, second.name) in _SURE


def _template_marks(text: str) -> Sequence[_TurnStart]:
    marks = []
    for found in _TEMPLATE.finditer(text):
        group = str(found.lastgroup)
        role = _ALSO.get(group) or role_of(found[group])
        marks.append(_TurnStart(role, *found.span(), "template"))
    return marks


def _heading_marks(text: str, language: Language) -> Sequence[_TurnStart]:
    found = [mark for mark in map(_heading, _HEADING.finditer(text)) if mark is not None]
    if not found:
        return []
    first = found[0]
    # A bare ``User:`` behind prose may be quoted there, so such headings have to begin the text.
    if not first.form and text[: first.start].strip():
        return []
    # Marks in code are what a program prints, say; those of another form are headings in an answer.
    spans = _spans_of_fences(text, language)
    return [m for m in found if m.form == first.form and not _is_inside(m.start, spans)]


def _heading(found: re.Match[str]) -> _TurnStart | None:
    name, form = found["who"].lower(), found["mark"].strip()
    if not form and name not in _ALONE:
        return None
    role = _ALSO.get(name) or role_of(name)
    is_known = role in ("user", "assistant", "system", "input")
    return _TurnStart(role, *found.span(), form, name) if is_known else None


def _spans_of_fences(text: str, language: Language) -> list[tuple[int, int]]:
    fences = find_fences(text, language)
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return [(starts[fence.first], starts[fence.end]) for fence in fences]


def _is_inside(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    number = bisect_right(spans, place, key=lambda span: span[0])
    return number > 0 and place < spans[number - 1][1]


def _turns(text: str, marks: Sequence[_TurnStart]) -> list[dict[str, str]]:
    """The messages between the marks; what continues an instruction is part of it."""
    turns: list[dict[str, str]] = []
    if before := _clean(text[: marks[0].start], marks[0]):
        turns.append({"role": "system", "content": before})
    ends = [*(mark.start for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=True):
        said = _clean(text[mark.end : end], mark)
        role = "user" if mark.role == "input" else mark.role
        if turns and role == turns[-1]["role"]:
            turns[-1]["content"] += f"\n{said}"
        else:
            turns.append({"role": role, "content": said})
    return turns


def _clean(text: str, mark: _TurnStart) -> str:
    # Behind a heading these marks are text, of a program about templates, say.
    for _ in range(_MOST_ENDS if mark.form == "template" else 0):
        text = _AROUND.sub("", text)
    return text.lstrip(" \t").lstrip("\n").rstrip()  # what is indented on the next line stays so
