"""From the answer of a chat model to the programs in it.

    Here is the function:
    ```python                 labelled as the language: this is the program
    def f(x):
        return x + 1


    print(f(1))
    ```
    It prints
    ```                       no label, and values alone: printed output, which is left out
    2
    ```
    and this runs it:
    ```bash                   another language, which is left out
    python f.py
    ```

Labels come before content: an unlabelled fence is a program only where no fence is labelled as the
language, or where it uses what a labelled one before it binds. What was left out is counted
(`DONE`), since it is a choice that somebody may regret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from lintseq_datasets.edits.program import normalize
from lintseq_datasets.errors import ProgramError
from lintseq_datasets.languages.base import Language, SnippetKind, Snippets, load_language
from lintseq_datasets.mapping.alternatives import without_alternatives
from lintseq_datasets.mapping.choices import ExtractCode, Fences
from lintseq_datasets.mapping.fences import Fence, find_fences
from lintseq_datasets.mapping.reasoning import may_have_reasoning, without_reasoning

DONE = {
    "reasoning": "reasoning was removed",
    "outputs": "printed output was left out",
    "sessions": "interactive sessions were left out",
    "commands": "notebook commands were left out",
    "other_languages": "other languages were left out",
    "alternatives": "other programs were left out",
    "joined": "several fences were joined",
    "continued": "the code of the instruction was put in front",
}
"""What may be done to an answer to find the program, by name."""

_REFUSED: tuple[SnippetKind, ...] = ("session", "magic", "magics")
# Kinds that count where the label names the language, and where there is none. What does not parse
# counts by its label alone: without one it may be anything, such as what a program prints.
_LABELLED: tuple[SnippetKind, ...] = ("program", "comments", "unparsed", "magic")
_UNLABELLED: tuple[SnippetKind, ...] = ("program", "comments", "magic")

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
    """A fence that is labelled as the language or not at all."""

    code: str
    kind: SnippetKind
    labelled: bool


def extract_program(
    text: str, extract_code: ExtractCode, fences: Fences = "join", language: str = "python"
) -> str:
    r"""The program that a text holds; the first one with ``fences="each"``.

    Arguments and errors are those of `read_answer`.

    >>> extract_program("Sure!\n```python\nprint(1)\n```\nIt prints 1.", "auto")
    'print(1)'
    """
    return read_answer(text, extract_code, fences, language).programs[0]


def read_answer(
    text: str, extract_code: ExtractCode, fences: Fences = "join", language: str = "python"
) -> Answer:
    r"""The programs that a text holds, and what was left out to find them.

    A text that is a program of the language as a whole is taken as it is, whatever its
    strings hold. Otherwise reasoning is removed, and the fences are taken that are labelled as
    the language; if none is labelled so, the unlabelled ones that are programs. Fences of other
    languages never count, nor do printed values, interactive sessions and commands of
    notebooks beside a program.

    Args:
        text: Text of the dataset, with ``\n`` as line ends.
        extract_code: ``"auto"``: the fences, or the whole text where there are none;
            ``"markdown"``: the fences; None: the text as it is.
        fences: Which of several: all, joined by an empty line but for those that define a
            function or class again, or one of them, or each as a program of its own.
        language: That of the programs.

    Raises:
        ProgramError: ``no_program``, ``empty_program``, ``interactive_session``,
            ``notebook_magic``, or, only with ``"markdown"``, ``no_python_fence``, by the name
            of the language.

    >>> answer = read_answer("A:\n```py\nx = 1\n```\nB:\n```py\nx = 2\n```", "auto", "each")
    >>> answer.programs
    ('x = 1', 'x = 2')
    """
    if extract_code is None:
        return Answer((text,))
    return _AnswerReader(load_language(language), extract_code, fences).read(text)


def continue_code(asked: str, text: str, language: str = "python") -> Answer | None:
    r"""The program that an instruction begins and an answer goes on with, as in HumanEval.

    Args:
        asked: The instruction.
        text: The answer, with ``\n`` as line ends.
        language: That of the programs.

    Returns:
        None if the answer does not begin with an indented line, or the two are no program.

    >>> continue_code("def f(a):\n    # the same\n", "    return a").programs
    ('def f(a):\n    # the same\n    return a',)
    """
    # In HumanEval the instruction begins a function, and the answer is its body.
    if not asked.strip() or not text.lstrip("\n").startswith((" ", "\t")):
        return None
    is_program = load_language(language).snippets.is_program
    whole = normalize(asked if asked.endswith("\n") else f"{asked}\n") + f"\n{text}"
    return (
        Answer((whole,), {"continued": 1}) if is_program(whole) and not is_program(text) else None
    )


@dataclass(frozen=True, slots=True)
class _AnswerReader:
    """Finds the programs of a language in an answer."""

    language: Language
    extract_code: ExtractCode
    fences: Fences

    @property
    def snippets(self) -> Snippets:
        return self.language.snippets

    def read(self, text: str) -> Answer:
        is_auto = self.extract_code == "auto"
        # Most texts are plain code; to parse them here would be to parse them twice.
        if is_auto and self.snippets.is_plainly_code(text) and not may_have_reasoning(text):
            return Answer((text,))
        if is_auto and self.snippets.is_program(text):
            return self._read_whole(text)
        found = self._find_fences(text)
        # A tag in code is part of the code, so the fences of the whole text are asked. What is left
        # of the text has fences of its own.
        reasoned = without_reasoning(text, found, self.language)
        if reasoned.removed:
            text = reasoned.answer
            if not reasoned.finished and not text.strip():
                raise ProgramError("no_program", "reasoning that does not end")
            found = self._find_fences(text)
        if found:
            answer = self._read_fences(found)
        elif is_auto:
            answer = self._read_whole(text)
        else:
            raise ProgramError(f"no_{self.language.name}_fence", "fences: none")
        return Answer(
            answer.programs, _counted({**answer.done, "reasoning": int(reasoned.removed)})
        )

    def _find_fences(self, text: str) -> list[Fence]:
        found = find_fences(text, self.language)
        if found and self.extract_code == "auto":
            quoted = self.snippets.quoted_lines(text)
            found = [fence for fence in found if fence.first not in quoted]
        return found

    def _read_whole(self, text: str) -> Answer:
        kind = self.snippets.kind_of(text)
        if kind in _REFUSED:
            raise _refusal(kind)
        if self.snippets.is_prose(text):
            raise ProgramError("no_program", "words or values, and nothing that is done")
        return Answer((text,))

    # --- which fences count --------------------------------------------------------------

    def _is_other(self, fence: Fence) -> bool:
        return fence.language not in (self.language.name, "")

    def _read_fences(self, found: Sequence[Fence]) -> Answer:
        parts = self._parts(found)
        programs = self._programs(parts)
        if not programs:
            raise self._none_of(parts, found)
        kinds = [part.kind for part in parts]
        done = {
            # Where nothing else is there, labelled values are the program.
            "outputs": 0 if programs[0].kind == "values" else kinds.count("values"),
            "sessions": kinds.count("session"),
            "commands": kinds.count("magics"),
            "other_languages": sum(map(self._is_other, found)),
        }
        codes = self._choose(programs)
        done["alternatives"] = len(programs) - len(codes)
        if self.fences != "join":
            return Answer(tuple(codes), done)
        done["joined"] = len(codes) if len(codes) > 1 else 0
        return Answer(("\n\n".join(codes),), done)

    def _parts(self, found: Sequence[Fence]) -> list[_Candidate]:
        """The fences that may be programs, in order."""
        parts: list[_Candidate] = []
        is_behind = False
        for fence in found:
            if self._is_other(fence) or not fence.code.strip():
                continue
            kind, labelled = self.snippets.kind_of(fence.code), bool(fence.language)
            # Before a program nothing can have been printed, though ``P(1)`` looks like it.
            if is_behind and self._is_output(fence, kind):
                kind = "values"
            is_behind = is_behind or kind == "program"
            parts.append(_Candidate(fence.code, kind, labelled))
        return parts

    def _is_output(self, fence: Fence, kind: SnippetKind) -> bool:
        """Whether a fence behind a program is what that prints, also if it has its label."""
        is_called_so = _OUTPUT_HEADING.fullmatch(fence.heading) is not None
        if kind == "unparsed":
            return is_called_so or self.snippets.is_prose(fence.code)
        return not fence.language and (is_called_so or self.snippets.is_printed(fence.code))

    def _programs(self, parts: Sequence[_Candidate]) -> list[_Candidate]:
        """The parts that count, in order."""
        if any(part.labelled and part.kind in _LABELLED for part in parts):
            return self._labelled_and_continued(parts)
        unlabelled = [p for p in parts if not p.labelled and p.kind in _UNLABELLED]
        return unlabelled or [p for p in parts if p.labelled and p.kind == "values"]

    def _labelled_and_continued(self, parts: Sequence[_Candidate]) -> list[_Candidate]:
        """The labelled programs, and those without a label that use what one before them binds."""
        bound: set[str] = set()
        programs = []
        for part in parts:
            uses = self.snippets.used_names(part.code) if part.kind == "program" else ()
            if (part.labelled and part.kind in _LABELLED) or not bound.isdisjoint(uses):
                programs.append(part)
                bound |= self.snippets.bound_names(part.code)
        return programs

    def _none_of(self, parts: Sequence[_Candidate], found: Sequence[Fence]) -> ProgramError:
        for part in parts:
            if part.kind in _REFUSED:
                return _refusal(part.kind)
        if any(fence.language == self.language.name for fence in found):
            return ProgramError("empty_program", f"the {self.language.title} fence is empty")
        languages = ", ".join(sorted({fence.language or "no label" for fence in found}))
        reason = "no_program" if self.extract_code == "auto" else f"no_{self.language.name}_fence"
        return ProgramError(reason, f"fences: {languages}")

    # --- which of the programs -----------------------------------------------------------

    def _choose(self, programs: Sequence[_Candidate]) -> list[str]:
        """The code of the programs that are asked for, in order."""
        ready = [part.code for part in programs if part.kind == "program"]
        is_refused = any(part.kind == "magic" for part in programs)
        # Joined with others, a command of a notebook makes a program that no Python can run.
        if is_refused and (self.fences == "join" or not ready):
            raise _refusal("magic")
        if self.fences == "join":
            return without_alternatives([part.code for part in programs], self.snippets)
        # If none parses, one is taken as it is, and the row is skipped as a syntax error.
        codes = ready or [part.code for part in programs]
        if self.fences == "each":
            return codes
        if self.fences == "longest":
            return [max(codes, key=len)]
        return [codes[0 if self.fences == "first" else -1]]


def _counted(done: Mapping[str, int]) -> dict[str, int]:
    return {name: done[name] for name in DONE if done.get(name)}


def _refusal(kind: SnippetKind) -> ProgramError:
    if kind == "session":
        return ProgramError("interactive_session", "an interactive session, with its prompts")
    return ProgramError("notebook_magic", "commands of a notebook, which are no Python")
