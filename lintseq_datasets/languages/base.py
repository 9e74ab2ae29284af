"""What a language gives, so that its programs can be sampled.

Two things, and samplers know a program by nothing else:

- a `SourceText`: what was read of the text of a program. It says what is wrong with a text that is
  no program, and it is handed on to linters, so that none of them has to read the text again;
- a `Structure`, made of the source: which lines can be drawn, and what goes along with each.
  Lines are numbers from 0, sets of lines are bit masks.

A structure can also foresee errors, which saves questions to a linter: `Blocks` those of syntax,
`Names` undefined names. What is foreseen decides about states that are dropped and never about
one that is kept, so a language may leave both out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeAlias

from lintseq_datasets.edits.program import mask_lines

Unit: TypeAlias = Literal["atom", "line"]
Comments: TypeAlias = Literal["ride", "draw", "first_edit"]
Children: TypeAlias = Literal["block", "indentation", "none"]
Weights: TypeAlias = Literal["uniform", "indentation"]


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

    def undefined(self, kept: int) -> int:
        """Mask of the kept lines that use a name which no line binds any more."""
        return self.names.undefined(kept, self.takes)
