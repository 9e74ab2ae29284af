"""From the answer of a chat model to the program in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from lintseq_datasets.errors import ProgramError
from lintseq_datasets.languages.python.parsing import is_python

ExtractCode: TypeAlias = Literal["auto", "markdown"] | None

# Each part can match in one way only, so that no line takes more than linear time.
_FENCE = re.compile(r"([ \t]*)(`{3,}(?!`)|~{3,}(?!~))([^`]*)")
_LABEL = re.compile(r"[ \t]*([^\s{]*)")
_PYTHON = {"python", "py", "python3", "py3", "python2", "py2"}


class Fence(NamedTuple):
    """A fenced code block."""

    language: str  # lower case; empty if there is no label
    code: str
    closed: bool


def extract_program(text: str, extract_code: ExtractCode) -> str:
    r"""The program that a text holds.

    A text that is a Python program as a whole is taken as it is, whatever its strings
    hold. Otherwise the fences that are labelled as Python are joined by an empty line,
    in order; if none is labelled so, the unlabelled ones that parse. Fences of other
    languages never count. A fence that is not closed runs to the end of the text.

    Args:
        text: Text of the dataset, with ``\n`` as line ends.
        extract_code: ``"auto"``: the fences, or the whole text where there are none;
            ``"markdown"``: the fences; None: the text as it is.

    Raises:
        ProgramError: ``no_python_fence``, only with ``"markdown"``.

    >>> extract_program("Sure!\n```python\nprint(1)\n```\nIt prints 1.", "auto")
    'print(1)'
    """
    if extract_code is None:
        return text
    has_fences = "```" in text or "~~~" in text
    if extract_code == "auto" and (not has_fences or is_python(text)):
        return text
    fences = list(find_fences(text))
    chosen = [fence.code for fence in fences if fence.language in _PYTHON]
    if not chosen:
        chosen = [f.code for f in fences if not f.language and f.code.strip() and is_python(f.code)]
    if chosen:
        return "\n\n".join(chosen)
    if extract_code == "markdown":
        languages = ", ".join(sorted({fence.language or "no label" for fence in fences}))
        raise ProgramError("no_python_fence", f"fences: {languages or 'none'}")
    return text


def find_fences(text: str) -> Iterator[Fence]:
    """The fenced code blocks of a Markdown text, in order.

    A block ends at a fence of the same character, at least as long and without a
    label. The indentation of the opening fence is removed from its lines.
    """
    opening: _FenceLine | None = None
    code: list[str] = []
    for line in text.split("\n"):
        fence = _read_fence(line)
        if opening is None:
            opening, code = fence, []
        elif fence and not fence.label and fence.marker.startswith(opening.marker):
            yield Fence(opening.label, "\n".join(code), closed=True)
            opening = None
        else:
            code.append(_dedent(line, opening.indent))
    if opening is not None:
        yield Fence(opening.label, "\n".join(code), closed=False)


class _FenceLine(NamedTuple):
    indent: int
    marker: str
    label: str  # lower case


def _read_fence(line: str) -> _FenceLine | None:
    fence = _FENCE.fullmatch(line)
    if fence is None:
        return None
    label = _LABEL.match(fence[3])
    return _FenceLine(len(fence[1]), fence[2], label[1].lower() if label else "")


def _dedent(line: str, width: int) -> str:
    indent = len(line) - len(line.lstrip(" \t"))
    return line[min(indent, width) :]
