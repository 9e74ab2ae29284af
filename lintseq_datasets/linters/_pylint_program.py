"""pylint on the states of one program: judge again only what a deletion can have changed."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import chain, compress

from lintseq_datasets.errors import LinterError, ProgramError
from lintseq_datasets.linters._slices import Slices, is_suspicious
from lintseq_datasets.linters.base import LintMessage, LintResult, in_program
from lintseq_datasets.linters.syntax import SYNTAX_ERROR, is_python, parse
from lintseq_datasets.program import mask_bits, mask_lines
from lintseq_datasets.structure import python_structure

_FIRST_USE = {"E0601", "E0606"}
"""A variable used before its assignment is reported at its first use only, wherever in the
program that is."""
_QUOTED = re.compile(r"'(\w+)'")


class PylintProgram:
    """Judges the states of a program; see `lintseq_datasets.linters.base.ProgramLinter`.

    A state is judged unit by unit: from memory where the slice of the unit was seen
    before, and else by linting the slices that were not, and nothing but them. States
    to which this does not apply are linted whole.

    Args:
        lines: The lines of the program.
        lint_text: Judges a text; see `Engine.lint` for what it may leave out.
        slices: What `make_slices` gives; None to lint every state whole.
    """

    def __init__(
        self,
        lines: Sequence[str],
        lint_text: Callable[[str, Sequence[int] | None], LintResult],
        slices: Slices | None,
    ) -> None:
        self._lines = lines
        self._lint_text = lint_text
        self._slices = slices
        if self._slices is not None:
            structure = python_structure(lines)
            self._takes = [(1 << line, taken) for line, taken in enumerate(structure.takes)]
            self._blocks = structure.blocks
            self._silent = structure.silent
        self._parses: dict[int, bool] = {}
        # what a verdict on a unit depends on -> own kept lines -> its messages
        self._known: dict[tuple[int, ...], dict[int, tuple[LintMessage, ...]]] = defaultdict(dict)

    def lint_state(self, kept: int) -> LintResult:
        """Judge the state that keeps some lines, given as a mask."""
        if self._slices is None or not self._is_closed(kept):
            return self._lint_lines(kept)
        broken = None if self._blocks is None else self._blocks.first_error(kept)
        if broken or (broken is None and not self._parses_in_parts(kept, self._slices)):
            return self._lint_lines(kept)
        return self._lint_units(kept & ~self._silent, self._slices)

    def _lint_units(self, kept: int, slices: Slices) -> LintResult:
        present = slices.present(kept)
        found: dict[int, tuple[LintMessage, ...]] = {}
        missing: dict[int, tuple[int, ...]] = {}
        for unit in mask_lines(present):
            key = slices.key(unit, slices.slice_of(unit, present), kept)
            messages = self._recall(unit, key, slices.units[unit].lines & kept, slices)
            if messages is None:
                missing[unit] = key
            else:
                found[unit] = messages
        if missing:
            units, early = slices.with_companions(missing, present)
            context = slices.complete(slices.slices_of(units, present), kept, present)
            wanted = slices.lines_of(units) & kept
            settled, settled_messages = self._settle(missing, kept, slices)
            result = self._lint_lines(slices.lines_of(context) & kept, wanted, settled)
            if isinstance(result, LinterError):
                return result
            result = (*_unsettled(result, settled), *settled_messages)
            users = [self._users(message, present, slices) for message in result]
            if any(mask & ~units for mask in users):
                return self._lint_lines(kept)
            found |= _by_unit(result, units, slices)
            if all(mask.bit_count() <= 1 for mask in users):
                for unit, key in missing.items():
                    if not early >> unit & 1:
                        self._known[key][slices.units[unit].lines & kept] = found[unit]
        return tuple(chain.from_iterable(found.values()))

    def _recall(
        self, unit: int, key: tuple[int, ...], own: int, slices: Slices
    ) -> tuple[LintMessage, ...] | None:
        """The messages on a unit, if they follow from what is known."""
        known = self._known[key]
        messages = known.get(own)
        if messages is None and (unseen := slices.unseen(unit)) is not None:
            for larger, more in known.items():
                if any(message.id in _FIRST_USE for message in more):
                    continue
                if own & ~larger == 0 and unseen.can_go(larger & ~own, own):
                    messages = tuple(m for m in more if own >> (m.line - 1) & 1)
                    known[own] = messages
                    break
        return messages

    def _settle(
        self, units: dict[int, tuple[int, ...]], kept: int, slices: Slices
    ) -> tuple[int, list[LintMessage]]:
        """Lines on which only the binding of names is open, and the other messages on them."""
        settled = 0
        messages: list[LintMessage] = []
        for unit, key in units.items():
            own = slices.units[unit].lines & kept
            larger = min(
                (known for known in self._known[key] if own & ~known == 0),
                key=int.bit_count,
                default=None,
            )
            if larger is not None and (unseen := slices.unseen(unit)) is not None:
                lines = unseen.untouched(larger & ~own, own)
                settled |= lines
                messages += [
                    message
                    for message in self._known[key][larger]
                    if lines >> (message.line - 1) & 1 and not _is_on_names(message)
                ]
        return settled, messages

    def _users(self, message: LintMessage, present: int, slices: Slices) -> int:
        """Mask of the units on which a message depends beside the slice of its own."""
        if message.id == SYNTAX_ERROR:  # a slice that does not parse was no slice
            return -1
        if message.id not in _FIRST_USE:
            return 0
        name = _QUOTED.search(message.text)
        return -1 if name is None else slices.users_of(name[1]) & present

    def _lint_lines(self, kept: int, wanted: int | None = None, settled: int = 0) -> LintResult:
        """Lint some lines as a text of their own; messages count in the whole program.

        Args:
            kept: Mask of the lines.
            wanted: Mask of those on which messages are wanted; None for all. There may be
                messages on others.
            settled: Mask of those on which only messages on names are wanted.
        """
        numbers = mask_lines(kept)
        places = None
        if wanted is not None:
            places = [(wanted >> line & 1) + (settled >> line & 1) for line in numbers]
        text = "\n".join([self._lines[line] for line in numbers])
        return in_program(kept, self._lint_text(text, places))

    def _is_closed(self, kept: int) -> bool:
        """Whether whatever goes with a deleted line is deleted."""
        return not any(taken & kept for line, taken in self._takes if not line & kept)

    def _parses_in_parts(self, kept: int, slices: Slices) -> bool:
        """Whether what is left of each top-level statement parses by itself."""
        for unit in slices.units:
            if unit.shell is None and (part := unit.statement & kept):
                parses = self._parses.get(part)
                if parses is None:
                    text = "\n".join(compress(self._lines, mask_bits(part)))
                    parses = self._parses[part] = is_python(text)
                if not parses:
                    return False
        return True


def _has_other_spellings(text: str) -> bool:
    """Whether one name may be spelled in two ways: Python compares names by their NFKC form."""
    return not text.isascii() and not unicodedata.is_normalized("NFKC", text)


def _is_on_names(message: LintMessage) -> bool:
    """Whether a message is of the checker that follows the names of a program."""
    return message.id[1:3] == "06"


def _unsettled(messages: Sequence[LintMessage], settled: int) -> list[LintMessage]:
    return [
        message
        for message in messages
        if _is_on_names(message) or not settled >> (message.line - 1) & 1
    ]


def _by_unit(
    messages: Sequence[LintMessage], units: int, slices: Slices
) -> dict[int, tuple[LintMessage, ...]]:
    found: dict[int, list[LintMessage]] = {unit: [] for unit in mask_lines(units)}
    for message in messages:
        unit = slices.unit_of_line[message.line - 1]
        if unit in found:
            found[unit].append(message)
    return {unit: tuple(own) for unit, own in found.items()}


def make_slices(lines: Sequence[str], may_resolve: Callable[[str], bool]) -> Slices | None:
    """The slices of a program; None if only whole states can be judged.

    Args:
        lines: The lines of the program.
        may_resolve: Whether the linter may find a top-level module of some name.
    """
    text = "\n".join(lines)
    try:
        tree = parse(text)
        python_structure(lines)
        if not isinstance(tree, ast.Module) or is_suspicious(text) or _has_other_spellings(text):
            return None
        slices = Slices(tree, lines, may_resolve)
    except (ProgramError, RecursionError):
        return None
    overlapping = sum(unit.lines.bit_count() for unit in slices.units) != len(slices.unit_of_line)
    return None if overlapping else slices
