r"""Fill-in-the-middle: an insertion as prefix, suffix and middle, between the markers of a model.

In the state below, one line is to be inserted behind the first. With the markers of StarCoder:

    state         def f():\n    return x        prefix   def f():\n
    inserted      x = 1                          middle       x = 1\n
                                                 suffix       return x

    prompt        <fim_prefix>def f():\n<fim_suffix>    return x<fim_middle>
    completion        x = 1\n

Prefix and suffix together are the state, and with the middle between them the state after the edit:
exactly, so at the end of a program, whose last line has no newline, the middle starts with one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from lintseq_datasets.edits.edit import Hunk
from lintseq_datasets.errors import ConfigError, DiffError, ProgramError, did_you_mean

FIM_FAMILIES = {
    "starcoder": "<fim_prefix>{prefix}<fim_suffix>{suffix}<fim_middle>",
    "santacoder": "<fim-prefix>{prefix}<fim-suffix>{suffix}<fim-middle>",
    "codellama": "<PRE> {prefix} <SUF>{suffix} <MID>",
    "qwen2.5-coder": "<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>",
    "deepseek-coder": "<｜fim▁begin｜>{prefix}<｜fim▁hole｜>{suffix}<｜fim▁end｜>",  # noqa: RUF001
    "codegemma": "<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>",
    "codestral": "[SUFFIX]{suffix}[PREFIX]{prefix}",
    "seed-coder": "<[fim-suffix]>{suffix}<[fim-prefix]>{prefix}<[fim-middle]>",
}
"""Prompts of model families, as their cards and papers write them."""

_PLACES = ("{prefix}", "{suffix}")


@dataclass(frozen=True, slots=True)
class FimMarkers:
    r"""The markers of a model, and their order.

    >>> markers = FimMarkers.of("codestral")
    >>> prompt = markers.prompt("a = 1\n", "print(a)")
    >>> prompt, markers.split(prompt)
    ('[SUFFIX]print(a)[PREFIX]a = 1\n', ('a = 1\n', 'print(a)'))
    """

    first: str  # in front of everything
    second: str  # between prefix and suffix
    third: str  # behind both; empty where the middle follows at once
    is_suffix_first: bool = False

    @classmethod
    def of(cls, template: str) -> Self:
        """The markers of a model family, or of a prompt that is given.

        Args:
            template: A name of `FIM_FAMILIES`; or a prompt with ``{prefix}`` and ``{suffix}``.

        Raises:
            ConfigError: There is no such family, or the prompt lacks a marker.
        """
        text = FIM_FAMILIES.get(template, template) if isinstance(template, str) else ""
        if any(text.count(place) != 1 for place in _PLACES):
            names = ", ".join(map(repr, FIM_FAMILIES))
            near = did_you_mean(template, list(FIM_FAMILIES)) or ""
            problem = f"{template!r} is none of {names}, and has not {{prefix}} and {{suffix}} once"
            raise ConfigError("fim_markers", problem + near)
        places = sorted(_PLACES, key=text.index)
        first, rest = text.split(places[0])
        second, third = rest.split(places[1])
        markers = cls(first, second, third, places[0] == "{suffix}")
        markers._check(template)
        return markers

    def _check(self, template: str) -> None:
        names = self._names
        if not (self.first.strip() and self.second.strip()):
            raise ConfigError("fim_markers", f"{template!r} lacks a marker in front or between")
        # Or what is looked for to split a prompt could be found inside of another marker.
        if any(one in other for one in names for other in names if one is not other):
            raise ConfigError("fim_markers", f"of the markers of {template!r} one holds another")

    @property
    def _names(self) -> list[str]:
        """The markers without the spaces around them: a tokenizer may know them so, too."""
        return [name for name in map(str.strip, (self.first, self.second, self.third)) if name]

    def prompt(self, prefix: str, suffix: str, middle: str = "") -> str:
        """The prompt that asks for a middle.

        Args:
            prefix: What stands before it.
            suffix: What stands behind it.
            middle: What it will be, where that is known.

        Raises:
            ProgramError: ``marker_in_program``: there is a marker in one of them.
        """
        one, other = (suffix, prefix) if self.is_suffix_first else (prefix, suffix)
        prompt = f"{self.first}{one}{self.second}{other}{self.third}"
        # Joined, as a marker may begin in one part and end in the next.
        for text in (prefix + suffix, prefix + middle + suffix):
            if name := next((name for name in self._names if name in text), None):
                raise ProgramError("marker_in_program", f"it holds the marker {name!r}")
        # a marker of equal signs, say, may be read one sign too early
        if self.split(prompt) != (prefix, suffix):
            raise ProgramError("marker_in_program", "it would be read in another way")
        return prompt

    def split(self, prompt: str) -> tuple[str, str]:
        """Prefix and suffix of a prompt; the inverse of `prompt`.

        Raises:
            DiffError: It is none with these markers.
        """
        inner = prompt[len(self.first) : len(prompt) - len(self.third)]
        one, found, other = inner.partition(self.second)
        if not found or self.first + inner + self.third != prompt:
            raise DiffError(f"{prompt[:80]!r} is no prompt with {self.first!r} and the others")
        return (other, one) if self.is_suffix_first else (one, other)


def parts_of(hunk: Hunk, lines: Sequence[str]) -> tuple[str, str, str]:
    r"""Prefix, middle and suffix of an insertion.

    Args:
        hunk: The insertion.
        lines: Lines of the state before it.

    Raises:
        ProgramError: ``edit_removes_lines``.

    >>> parts_of(Hunk(1, 1, ("b",)), ("a", "c")), parts_of(Hunk(1, 1, ("b",)), ("a",))
    (('a\n', 'b\n', 'c'), ('a', '\nb', ''))
    """
    if hunk.removed:
        raise ProgramError("edit_removes_lines", "what is filled in removes nothing")
    # The newline goes with the middle, or prefix and suffix alone would not be the state.
    above, below = lines[: hunk.old_start], lines[hunk.old_start :]
    added = "\n".join(hunk.added)
    if not below:
        return "\n".join(above), "\n" * bool(above) + added, ""
    return "".join(f"{line}\n" for line in above), f"{added}\n", "\n".join(below)
