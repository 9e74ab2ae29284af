"""Any text, line by line: for languages that there is no grammar for.

Nothing is known of such a text but its lines. Every line can be drawn by itself; blank lines go
with the line below them, those at the end with the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lintseq_datasets.errors import ProgramError
from lintseq_datasets.languages.base import (
    Children,
    Comments,
    Kind,
    Snippets,
    SourceText,
    Structure,
    SyntaxProblem,
    Unit,
    Weights,
)
from lintseq_datasets.languages.indentation import indented_ranges, weigh


@dataclass(frozen=True, slots=True)
class PlainSource:
    """A text of which nothing was read; what is wrong with it is for the linter to say."""

    text: str
    problem: SyntaxProblem | None = None


@dataclass(frozen=True, slots=True)
class LinesLanguage:
    """Any language, as lines."""

    name: str = "lines"
    title: str = "lines of text"
    label: str = "text"
    linters: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()
    packages: tuple[str, ...] = ()
    reads_syntax: bool = False

    @property
    def snippets(self) -> Snippets:
        """That any text is a program, unless it has fences."""
        return _AnyText()

    def is_label(self, label: str) -> bool:
        """Every label names it."""
        return bool(label)

    def is_named(self, value: object) -> bool:
        """Every value names it."""
        return True

    def read(self, text: str) -> SourceText:
        """The text itself."""
        return PlainSource(text)

    def structure(
        self,
        source: SourceText,
        *,
        unit: Unit,
        comments: Comments,
        children: Children,
        weights: Weights,
        draw_constants: bool,
    ) -> Structure:
        """The structure of a text.

        Args:
            source: The text.
            unit: Of no effect: every line is by itself.
            comments: ``"ride"``: blank lines go with the next other one. ``"draw"``: they are
                drawn. ``"first_edit"``: they come with the first edit.
            children: ``"indentation"``: a line takes the deeper lines below it. Otherwise none.
            weights: ``"uniform"`` or ``"indentation"``.
            draw_constants: Of no effect.

        Raises:
            ProgramError: ``no_code``: there is nothing to draw.
        """
        lines = source.text.split("\n")
        filled = [number for number, line in enumerate(lines) if line.strip()]
        if not filled:
            raise ProgramError("no_code", "there is no line that could be drawn")
        takes = [1 << number for number in range(len(lines))]
        if comments == "ride":
            takes = _with_blank_lines(takes, filled)
        if children == "indentation":
            for line, stop in sorted(indented_ranges(lines), reverse=True):
                for below in range(line + 1, stop):
                    takes[line] |= takes[below]
        drawable = tuple(range(len(lines)) if comments == "draw" else filled)
        blank = sum(1 << number for number, line in enumerate(lines) if not line.strip())
        return Structure(
            num_lines=len(lines),
            drawable=drawable,
            weights=weigh(lines, drawable, weights),
            takes=tuple(takes),
            is_uniform=weights == "uniform",
            blank=blank,
            silent=blank,
        )


def _with_blank_lines(takes: Sequence[int], filled: Sequence[int]) -> list[int]:
    """What lines take if the blank lines above them go along."""
    found, above = list(takes), 0
    for number in filled:
        for blank in range(above, number):
            found[number] |= 1 << blank
        above = number + 1
    for blank in range(above, len(takes)):
        found[filled[-1]] |= 1 << blank
    return found


class _AnyText:
    """Whatever is asked, a text may be a program: only fences tell."""

    def is_program(self, text: str) -> bool:
        return bool(text.strip()) and self.is_plainly_code(text)

    def is_plainly_code(self, text: str) -> bool:
        return "```" not in text and "~~~" not in text

    def is_prose(self, text: str) -> bool:
        return False

    def is_printed(self, code: str) -> bool:
        return False

    def kind_of(self, code: str) -> Kind:
        return "program"

    def may_end_in_string(self, code: str) -> bool:
        return False

    def quoted_lines(self, text: str) -> frozenset[int]:
        return frozenset()

    def defined_names(self, code: str) -> frozenset[str]:
        return frozenset()

    def bound_names(self, code: str) -> frozenset[str]:
        return frozenset()

    def used_names(self, code: str) -> frozenset[str]:
        return frozenset()


LANGUAGE = LinesLanguage()
