"""Any text, line by line: for languages that there is no grammar for.

Nothing is known of such a text but its lines. Every line can be drawn by itself; blank lines go
with the line below them, those at the end with the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lintseq_datasets.languages.base import (
    SnippetKind,
    Snippets,
    SourceText,
    Structure,
    StructureRules,
    SyntaxProblem,
)
from lintseq_datasets.languages.drawing import blank_lines, make_structure
from lintseq_datasets.languages.indentation import indented_ranges


@dataclass(frozen=True, slots=True)
class PlainSource:
    """A text that nobody has read; what is wrong with it is for the linter to say."""

    text: str
    problem: SyntaxProblem | None = None


@dataclass(frozen=True, slots=True)
class LinesLanguage:
    """Any language, as lines."""

    name: str = "lines"
    title: str = "lines of text"
    label: str = "text"
    suffixes: tuple[str, ...] = ("",)
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

    def structure(self, source: SourceText, rules: StructureRules) -> Structure:
        """The structure of a text.

        Args:
            source: The text.
            rules: Every line is a unit by itself. Blank lines ride with the next other one. Only
                by indentation does a line take others.

        Raises:
            ProgramError: ``no_code``: there is nothing to draw.
        """
        lines = source.text.split("\n")
        filled = [number for number, line in enumerate(lines) if line.strip()]
        takes = [1 << number for number in range(len(lines))]
        if rules.comments == "ride" and filled:
            takes = _with_blank_lines(takes, filled)
        if rules.children == "indentation":
            # From below, so that what a line takes is complete when a line above takes it.
            for line, stop in sorted(indented_ranges(lines), reverse=True):
                for below in range(line + 1, stop):
                    takes[line] |= takes[below]
        drawn = range(len(lines)) if filled and rules.comments == "draw" else filled
        return make_structure(lines, drawn, takes, rules.weights, silent=blank_lines(lines))


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

    def kind_of(self, code: str) -> SnippetKind:
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
