"""From the answer of a chat model to the programs in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from lintseq_datasets.errors import ProgramError
from lintseq_datasets.languages.python.parsing import is_python
from lintseq_datasets.mapping.blocks import (
    Kind,
    bound_names,
    defined_names,
    is_plainly_code,
    is_printed,
    is_prose,
    kind_of,
    used_names,
)
from lintseq_datasets.mapping.choices import ExtractCode, Fences
from lintseq_datasets.mapping.fences import PYTHON, Fence, find_fences
from lintseq_datasets.mapping.reasoning import may_have_reasoning, without_reasoning

DONE = {
    "reasoning": "reasoning was removed",
    "outputs": "printed output was left out",
    "sessions": "interactive sessions were left out",
    "commands": "notebook commands were left out",
    "other_languages": "other languages were left out",
    "alternatives": "other programs were left out",
    "joined": "several fences were joined",
}
"""What may be done to an answer to find the program, by name."""

_REFUSED: tuple[Kind, ...] = ("session", "magic", "magics")
# Kinds that count where the label says Python, and where there is none.
_LABELLED: tuple[Kind, ...] = ("program", "comments", "unparsed", "magic")
_UNLABELLED: tuple[Kind, ...] = ("program", "comments", "magic")

_OUTPUT_HEADING = re.compile(
    r"\W*(?:(?:the|this|expected|sample|example|program|console|will|would|should)\W+)*"
    r"(?:outputs?|results?|prints?|stdout)(?:\W+is)?\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The programs of an answer.

    Args:
        programs: At least one; more than one only with ``fences="each"``.
        done: What was done to find them, by name, and how often: see `DONE`. What was not
            done is not there.
    """

    programs: tuple[str, ...]
    done: Mapping[str, int] = field(default_factory=dict)


class _Candidate(NamedTuple):
    """A fence that is labelled as Python or not at all."""

    code: str
    kind: Kind
    labelled: bool


def extract_program(text: str, extract_code: ExtractCode, fences: Fences = "join") -> str:
    r"""The program that a text holds; the first one with ``fences="each"``.

    Arguments and errors are those of `read_answer`.

    >>> extract_program("Sure!\n```python\nprint(1)\n```\nIt prints 1.", "auto")
    'print(1)'
    """
    return read_answer(text, extract_code, fences).programs[0]


def read_answer(text: str, extract_code: ExtractCode, fences: Fences = "join") -> Answer:
    r"""The programs that a text holds, and what was left out to find them.

    A text that is a Python program as a whole is taken as it is, whatever its strings
    hold. Otherwise reasoning is removed, and the fences are taken that are labelled as
    Python; if none is labelled so, the unlabelled ones that are programs. Fences of other
    languages never count, nor do printed values, interactive sessions and commands of
    notebooks beside a program.

    Args:
        text: Text of the dataset, with ``\n`` as line ends.
        extract_code: ``"auto"``: the fences, or the whole text where there are none;
            ``"markdown"``: the fences; None: the text as it is.
        fences: Which of several: all, joined by an empty line but for those that define a
            function or class again, or one of them, or each as a program of its own.

    Raises:
        ProgramError: ``no_program``, ``empty_program``, ``interactive_session``,
            ``notebook_magic``, or, only with ``"markdown"``, ``no_python_fence``.

    >>> answer = read_answer("A:\n```py\nx = 1\n```\nB:\n```py\nx = 2\n```", "auto", "each")
    >>> answer.programs
    ('x = 1', 'x = 2')
    """
    if extract_code is None:
        return Answer((text,))
    # Most texts are plain code; to parse them here would be to parse them twice.
    if extract_code == "auto" and is_plainly_code(text) and not may_have_reasoning(text):
        return Answer((text,))
    if extract_code == "auto" and is_python(text):
        return _read_whole(text)
    found = find_fences(text)
    reasoned = without_reasoning(text, found)
    if reasoned.removed:
        text = reasoned.answer
        if not reasoned.finished and not text.strip():
            raise ProgramError("no_program", "reasoning that does not end")
        found = find_fences(text)
    if found:
        answer = _read_fences(found, extract_code, fences)
    elif extract_code == "auto":
        answer = _read_whole(text)
    else:
        raise ProgramError("no_python_fence", "fences: none")
    return Answer(answer.programs, _counted({**answer.done, "reasoning": int(reasoned.removed)}))


def _read_whole(text: str) -> Answer:
    kind = kind_of(text)
    if kind in _REFUSED:
        raise _refusal(kind)
    if is_prose(text):
        raise ProgramError("no_program", "words or values, and nothing that is done")
    return Answer((text,))


def _counted(done: Mapping[str, int]) -> dict[str, int]:
    return {name: done[name] for name in DONE if done.get(name)}


# --- which fences count --------------------------------------------------------------


def _read_fences(found: Sequence[Fence], extract_code: ExtractCode, fences: Fences) -> Answer:
    parts = _parts(found)
    programs = _programs(parts)
    if not programs:
        raise _none_of(parts, found, extract_code)
    kinds = [part.kind for part in parts]
    done = {
        "outputs": 0 if programs[0].kind == "values" else kinds.count("values"),
        "sessions": kinds.count("session"),
        "commands": kinds.count("magics"),
        "other_languages": sum(fence.language not in (PYTHON, "") for fence in found),
    }
    codes = _choose(programs, fences)
    if fences == "join":
        done["joined"] = len(codes) if len(codes) > 1 else 0
        return Answer(("\n\n".join(codes),), done | {"alternatives": len(programs) - len(codes)})
    return Answer(tuple(codes), done | {"alternatives": len(programs) - len(codes)})


def _parts(found: Sequence[Fence]) -> list[_Candidate]:
    """The fences that may be programs, in order."""
    parts: list[_Candidate] = []
    is_behind = False
    for fence in found:
        if fence.language not in (PYTHON, "") or not fence.code.strip():
            continue
        kind, labelled = kind_of(fence.code), fence.language == PYTHON
        if is_behind and _is_output(fence, kind):
            kind = "values"
        is_behind = is_behind or kind == "program"
        parts.append(_Candidate(fence.code, kind, labelled))
    return parts


def _is_output(fence: Fence, kind: Kind) -> bool:
    """Whether a fence behind a program is what that prints, also if it is labelled as Python."""
    is_called_so = _OUTPUT_HEADING.fullmatch(fence.heading) is not None
    if kind == "unparsed":
        return is_called_so or is_prose(fence.code)
    return fence.language != PYTHON and (is_called_so or is_printed(fence.code))


def _programs(parts: Sequence[_Candidate]) -> list[_Candidate]:
    """The parts that count, in order."""
    if any(part.labelled and part.kind in _LABELLED for part in parts):
        return _labelled_and_continued(parts)
    unlabelled = [p for p in parts if not p.labelled and p.kind in _UNLABELLED]
    return unlabelled or [p for p in parts if p.labelled and p.kind == "values"]


def _labelled_and_continued(parts: Sequence[_Candidate]) -> list[_Candidate]:
    """The labelled programs, and those without a label that use what one before them binds."""
    bound: set[str] = set()
    programs = []
    for part in parts:
        goes_on = part.kind == "program" and not bound.isdisjoint(used_names(part.code))
        if (part.labelled and part.kind in _LABELLED) or goes_on:
            programs.append(part)
            bound |= bound_names(part.code)
    return programs


def _none_of(
    parts: Sequence[_Candidate], found: Sequence[Fence], extract_code: ExtractCode
) -> ProgramError:
    for part in parts:
        if part.kind in _REFUSED:
            return _refusal(part.kind)
    if any(fence.language == PYTHON for fence in found):
        return ProgramError("empty_program", "the Python fence is empty")
    languages = ", ".join(sorted({fence.language or "no label" for fence in found}))
    if extract_code == "auto":
        return ProgramError("no_program", f"fences: {languages}")
    return ProgramError("no_python_fence", f"fences: {languages}")


def _refusal(kind: Kind) -> ProgramError:
    if kind == "session":
        return ProgramError("interactive_session", "an interactive session, with its prompts")
    return ProgramError("notebook_magic", "commands of a notebook, which are no Python")


# --- which of the programs -----------------------------------------------------------


def _choose(programs: Sequence[_Candidate], fences: Fences) -> list[str]:
    """The code of the programs that are asked for, in order."""
    ready = [part.code for part in programs if part.kind == "program"]
    is_refused = any(part.kind == "magic" for part in programs)
    if is_refused and (fences == "join" or not ready):
        raise _refusal("magic")
    if fences == "join":
        return _without_alternatives([part.code for part in programs])
    codes = ready or [part.code for part in programs]
    if fences == "each":
        return codes
    return [max(codes, key=len)] if fences == "longest" else [codes[0 if fences == "first" else -1]]


def _without_alternatives(codes: Sequence[str]) -> list[str]:
    """The parts that go together: none defines a function or class that another one defines.

    Of two that do, the first stays. But a part that defines all that the others define, and
    more than any of them, is the whole program at the end of an answer in steps: it takes the
    place of what it repeats. What stands before all definitions, such as imports, stays.
    """
    kept: dict[str, frozenset[str]] = {}
    defined: set[str] = set()
    most = 0
    for code in codes:
        names = defined_names(code)
        if code in kept or (not defined.isdisjoint(names) and not _is_whole(names, defined, most)):
            continue
        if not defined.isdisjoint(names):
            kept = _before_definitions(kept)
        kept[code] = names
        defined |= names
        most = max(most, len(names))
    return list(kept)


def _is_whole(names: frozenset[str], defined: set[str], most: int) -> bool:
    return len(names) > most and names >= defined


def _before_definitions(kept: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    first = next(index for index, names in enumerate(kept.values()) if names)
    return dict(list(kept.items())[:first])
