"""What may be drawn from a program, and what a deletion takes along, in any language.

Samplers know a program as a `Structure` only: lines by number, sets of lines as bit
masks. Another language needs another function that builds one, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from lintseq_datasets.edits.program import mask_lines

if TYPE_CHECKING:
    from lintseq_datasets.languages.python.blocks import Blocks

Unit: TypeAlias = Literal["atom", "line"]
Comments: TypeAlias = Literal["ride", "draw", "first_edit"]
Children: TypeAlias = Literal["block", "indentation", "none"]
Weights: TypeAlias = Literal["uniform", "indentation"]


class NameUses(NamedTuple):
    """Where one name is bound and used. Masks are over 0-based lines."""

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
        """Mask of the kept lines that use a name of which every binding is gone.

        Args:
            kept: Mask of the lines of a state.
            takes: For each line the lines that go with it.

        Returns:
            0 also if these lines bind a name that would mean something else once they are
            gone: then the errors on other lines could vanish with them.
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
    blocks: Blocks | None = None  # what may be left of blocks; None if only a parser can tell

    def undefined(self, kept: int) -> int:
        """Mask of the kept lines that use a name of which every binding is gone."""
        return self.names.undefined(kept, self.takes)
