"""What a language gives, so that its programs can be found in answers and sampled.

A `Language` is found by its name, with `load_language`. It reads the text of a program and gives
two things, and samplers know a program by nothing else:

- a `SourceText`: what was read of the text of a program. It says what is wrong with a text that is
  no program, and it is handed on to linters, so that none of them has to read the text again;
- a `Structure`, made of the source: which lines can be drawn, and what goes along with each.
  Lines are numbers from 0, sets of lines are bit masks.

A structure can also foresee errors, which saves questions to a linter: `Blocks` those of syntax,
`Names` undefined names. What is foreseen decides about states that are dropped and never about
one that is kept, so a language may leave both out.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeAlias, cast

from lintseq_datasets.edits.program import mask_lines
from lintseq_datasets.errors import ConfigError, did_you_mean

LANGUAGES = ("python", "javascript", "typescript", "go", "java", "php", "ruby", "lines")
"""Names of the languages. Each is a module of this folder, or a folder, with a `LANGUAGE`."""

Unit: TypeAlias = Literal["atom", "line"]
Comments: TypeAlias = Literal["ride", "draw", "first_edit"]
Children: TypeAlias = Literal["block", "indentation", "none"]
Weights: TypeAlias = Literal["uniform", "indentation"]

SnippetKind: TypeAlias = Literal[
    "program", "comments", "values", "session", "magic", "magics", "unparsed"
]
"""What a block of code holds.

``program``: statements; ``comments``: nothing but these; ``values``: it parses, and nothing is
done in it; ``session``: an interactive session; ``magic``: code with commands of notebooks;
``magics``: nothing but these; ``unparsed``: anything else.
"""


class SyntaxProblem(NamedTuple):
    """Why a text is no program of its language."""

    line: int  # 1-based line that must go for the problem to go
    column: int  # 0-based
    text: str  # for people


class SourceText(Protocol):
    """The text of a program, with what was read of it.

    A language adds what its own linters may need, a tree for example; they know its class.
    """

    @property
    def text(self) -> str:
        """The text, as it is sampled."""
        ...

    @property
    def problem(self) -> SyntaxProblem | None:
        """What is wrong with the text; None if it is a program of the language."""
        ...


class Blocks(Protocol):
    """Foresees whether what is left of the statements and blocks of a program still parses."""

    def first_error(self, kept: int) -> int | None:
        """The line that the first syntax error of a state points at.

        Args:
            kept: Mask of the lines that are kept.

        Returns:
            Mask of that line; 0 if the state parses; None if only a parser can tell.
        """
        ...


class NameUses(NamedTuple):
    """Where some uses of one name are, and where it is bound for them. Masks of lines."""

    bound: int  # lines that bind it, in any scope that the uses can see
    uses: tuple[tuple[int, int], ...]  # pairs (line of a use, lines of its statement)


class Names(NamedTuple):
    """What is known about the names of a program."""

    uses: tuple[NameUses, ...] = ()
    # pairs (lines that bind a name, lines whose binding of it they hide; -1 for a builtin)
    hiding: tuple[tuple[int, int], ...] = ()

    def without(self, silent: int) -> Names:
        """The same where some lines mean nothing: a statement is whole without them."""
        return self._replace(
            uses=tuple(
                NameUses(bound, tuple((line, statement & ~silent) for line, statement in uses))
                for bound, uses in self.uses
            )
        )

    def undefined(self, kept: int, takes: Sequence[int]) -> int:
        """Mask of the kept lines that use a name which no line binds any more.

        Args:
            kept: Mask of the lines of a state.
            takes: For each line the lines that go with it.

        Returns:
            The lines. 0 also if lines that would go with them hide a binding that stays:
            without them a name would mean something else, and another error of the state,
            which a linter would report now, could be gone before it is asked.
        """
        found = 0
        for bound, uses in self.uses:
            if not bound & kept:
                for line, statement in uses:
                    # What is left of half a statement may be another one, or none that parses.
                    if statement & ~kept == 0:
                        found |= line
        if found and self.hiding:
            gone = 0
            for line in mask_lines(found):
                gone |= takes[line] & kept
            if any(hiding & gone and hidden & kept & ~gone for hiding, hidden in self.hiding):
                return 0
        return found


@dataclass(frozen=True, slots=True)
class Structure:
    """A program as the samplers see it. All line numbers are 0-based."""

    num_lines: int
    drawable: tuple[int, ...]  # one line for each thing that can be drawn, ascending
    weights: tuple[float, ...]  # of the drawable lines, all above 0
    takes: tuple[int, ...]  # for each line, mask of what goes when it goes; holds the line itself
    is_uniform: bool = True  # whether all weights are equal
    blank: int = 0  # mask of the blank lines
    silent: int = 0  # mask of the lines that mean nothing: blank, or nothing but a comment
    names: Names = Names()  # names that are undefined once nothing binds them  # noqa: RUF009
    blocks: Blocks | None = None  # None if only a parser can tell what parses

    @classmethod
    def of_lines(cls, num_lines: int) -> Structure:
        """The structure of a text that nobody has read: every line goes by itself."""
        lines = range(num_lines)
        return cls(num_lines, tuple(lines), (1.0,) * num_lines, tuple(1 << n for n in lines))

    def undefined(self, kept: int) -> int:
        """Mask of the kept lines that use a name which no line binds any more."""
        return self.names.undefined(kept, self.takes)


@dataclass(frozen=True, slots=True)
class StructureRules:
    """What is drawn of a program, and what goes along. A language says what each means in it.

    Args:
        unit: ``"atom"``: a line, or lines that only go together. ``"line"``: every line by itself.
        comments: ``"ride"``: comments and blank lines go with a line of code. ``"draw"``: they are
            drawn like other lines. ``"first_edit"``: nothing draws them, so the first edit writes
            what no error took.
        children: ``"block"``: a line takes its block, and the rest of the brackets that it opens.
            ``"indentation"``: it takes the more deeply indented lines below it. ``"none"``:
            nothing.
        weights: ``"uniform"``, or ``"indentation"``: a line weighs its indentation in units of the
            first one, at least 1 at top level.
        draw_constants: Whether the inner lines of multi-line upper-case definitions are drawn; for
            Python only. The published code does not.
    """

    unit: Unit = "atom"
    comments: Comments = "ride"
    children: Children = "block"
    weights: Weights = "uniform"
    draw_constants: bool = True


class Snippets(Protocol):
    """What a language knows of pieces of text that may be programs, such as answers of models."""

    def is_program(self, text: str) -> bool:
        """Whether a text is a program as a whole."""
        ...

    def is_plainly_code(self, text: str) -> bool:
        """Whether a text is clearly code, as far as can be seen without parsing it."""
        ...

    def is_prose(self, text: str) -> bool:
        """Whether a text without fences is prose, and not even a program with mistakes."""
        ...

    def is_printed(self, code: str) -> bool:
        """Whether all of a block may be printed values."""
        ...

    def kind_of(self, code: str) -> SnippetKind:
        """What a block of code holds."""
        ...

    def may_end_in_string(self, code: str) -> bool:
        """Whether a text may end within a string of several lines."""
        ...

    def quoted_lines(self, text: str) -> frozenset[int]:
        """0-based lines of a text that begin within a comment, where no fence can be."""
        ...

    def defined_names(self, code: str) -> frozenset[str]:
        """Functions and classes that a program defines at top level."""
        ...

    def bound_names(self, code: str) -> frozenset[str]:
        """All names that a program binds at top level."""
        ...

    def used_names(self, code: str) -> frozenset[str]:
        """All names that a program reads."""
        ...


class Language(Protocol):
    """A language that programs can be in."""

    @property
    def name(self) -> str:
        """Its name, one of `LANGUAGES`."""
        ...

    @property
    def title(self) -> str:
        """Its name for people, such as ``JavaScript``."""
        ...

    @property
    def label(self) -> str:
        """The label of its blocks in Markdown."""
        ...

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Suffixes of its files; an empty one for any file but those of data."""
        ...

    @property
    def linters(self) -> tuple[str, ...]:
        """Names of the linters that judge it, the default first; empty if any linter may."""
        ...

    @property
    def options(self) -> frozenset[str]:
        """Names of the options that not every language has, and this one has."""
        ...

    @property
    def packages(self) -> tuple[str, ...]:
        """Distributions whose versions its structures depend on."""
        ...

    @property
    def reads_syntax(self) -> bool:
        """Whether `read` tells what does not parse; if not, only a linter does."""
        ...

    @property
    def snippets(self) -> Snippets:
        """What it knows of pieces of text."""
        ...

    def is_label(self, label: str) -> bool:
        """Whether the label of a fence, in lower case, names this language."""
        ...

    def is_named(self, value: object) -> bool:
        """Whether a value of a column of languages names this one."""
        ...

    def read(self, text: str) -> SourceText:
        """Read the text of a program.

        Raises:
            ProgramError: It is no program of the language.
            RecursionError: It is nested too deeply.
        """
        ...

    def structure(self, source: SourceText, rules: StructureRules) -> Structure:
        """The structure of a program that was read.

        Raises:
            ProgramError: There is nothing to draw.
            RecursionError: It is nested too deeply.
            MissingExtraError: The grammar of the language is not installed.
        """
        ...


def load_language(name: str) -> Language:
    """A language by its name.

    Raises:
        ConfigError: There is no such language.

    >>> load_language("python").label
    'python'
    """
    if name not in LANGUAGES:
        near = did_you_mean(name, LANGUAGES) or f"; there are: {', '.join(LANGUAGES)}"
        raise ConfigError("language", f"there is no language {name!r}{near}")
    # By its name, so that none of them is read that nobody asks for.
    module = importlib.import_module(f"lintseq_datasets.languages.{name}")
    return cast("Language", module.LANGUAGE)
