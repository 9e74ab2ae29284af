"""pylint on the states of one program: judge again only what a deletion can have changed."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from itertools import chain, compress
from operator import itemgetter
from typing import NamedTuple

from lintseq_datasets.errors import LinterError, ProgramError
from lintseq_datasets.linters._changes import Changes
from lintseq_datasets.linters._parts import walk, without_prose
from lintseq_datasets.linters._slices import Key, Slices, changed_lines, is_suspicious
from lintseq_datasets.linters.base import LintMessage, LintResult, in_program
from lintseq_datasets.linters.syntax import SYNTAX_ERROR, is_python, parse
from lintseq_datasets.program import mask_bits, mask_lines
from lintseq_datasets.structure import python_structure

_FIRST_USE = {"E0601", "E0606"}
"""A variable used before its assignment is reported at its first use only, wherever in the
program that is."""
_QUOTED = re.compile(r"'(\w+)'")


class _Settled(NamedTuple):
    """What is known of the lines of a unit in a state before they are linted."""

    key: Key
    lines: int = 0  # mask of those on which nothing is open but whether names are bound
    messages: Sequence[LintMessage] = ()  # on these
    is_all: bool = False  # whether nothing is open


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
            self._changes = Changes(self._slices)
            structure = python_structure(lines)
            self._takes = [
                (1 << line, others)
                for line, taken in enumerate(structure.takes)
                if (others := taken & ~(1 << line))
            ]
            self._blocks = structure.blocks
            self._silent = structure.silent
            # lines of each statement that may have clauses, and its first
            self._clauses = [
                (unit.statement, 1 << (unit.node.lineno - 1))
                for unit in self._slices.units
                if hasattr(unit.node, "orelse") or hasattr(unit.node, "finalbody")
            ]
        self._parses: dict[int, bool] = {}
        self._known: dict[tuple[int, Key], tuple[LintMessage, ...]] = {}  # by (own lines, key)
        # of each unit: (its kept lines, the state, the messages)
        self._judged: dict[int, list[tuple[int, int, tuple[LintMessage, ...]]]] = defaultdict(list)

    def lint_state(self, kept: int) -> LintResult:
        """Judge the state that keeps some lines, given as a mask."""
        if self._slices is None or not self._is_closed(kept):
            return self._lint_lines(kept)
        broken = None if self._blocks is None else self._blocks.first_error(kept)
        if broken or (broken is None and not self._parses_in_parts(kept, self._slices)):
            return self._lint_lines(kept)
        speaking = kept & ~self._silent
        if any(lines & speaking and not first & speaking for lines, first in self._clauses):
            return self._lint_lines(kept)  # an else may belong to what is above now
        return self._lint_units(speaking, self._slices)

    def _lint_units(self, kept: int, slices: Slices) -> LintResult:
        found: dict[int, Sequence[LintMessage]] = {}
        missing: dict[int, _Settled] = {}
        for unit, own in slices.present(kept):
            key = slices.key(unit, own, kept)
            messages = self._known.get((own, key))
            if messages is None:
                messages = self._recall(unit, own, key, slices)
            if messages is None:
                settled = self._settle(unit, own, key, kept, slices)
                if not settled.is_all:
                    missing[unit] = settled
                    continue
                messages = self._known[own, key] = tuple(settled.messages)
            found[unit] = messages
        if missing:
            result = self._lint_missing(missing, found, kept, slices)
            if result is None:
                return self._lint_lines(kept)
            if isinstance(result, LinterError):
                return result
            found |= result
        return tuple(chain.from_iterable(found.values()))

    def _lint_missing(
        self,
        missing: dict[int, _Settled],
        found: dict[int, Sequence[LintMessage]],
        kept: int,
        slices: Slices,
    ) -> dict[int, list[LintMessage]] | LinterError | None:
        """The messages on some units; None if only the whole state can tell.

        Args:
            missing: The units that must be judged.
            found: The messages on the others.
            kept: The state.
            slices: The slices of the program.
        """
        units, early = slices.mentions.with_companions(missing, kept)
        context = slices.complete(slices.slices_of(mask_lines(units), kept), kept)
        settled = 0
        messages: list[LintMessage] = []
        for unit in mask_lines(units):
            own = slices.units[unit].lines & kept
            if unit in missing:
                lines, known = missing[unit].lines, missing[unit].messages
            else:
                lines, known = own, list(found[unit])
            settled |= lines
            messages += [message for message in known if not _is_on_names(message)]
        wanted = slices.lines_of(units) & kept
        result = self._lint_lines(slices.lines_of(context) & kept, wanted, settled)
        if isinstance(result, LinterError):
            return result
        messages += _unsettled(result, settled)
        users = [self._users(message, kept, slices) for message in messages]
        if any(mask & ~units for mask in users):
            return None
        by_unit = _by_unit(messages, units, slices)
        if all(mask.bit_count() <= 1 for mask in users):
            for unit, settled_part in missing.items():
                if not early >> unit & 1:
                    self._learn(unit, settled_part.key, kept, tuple(by_unit[unit]), slices)
        return by_unit

    def _learn(
        self, unit: int, key: Key, kept: int, messages: tuple[LintMessage, ...], slices: Slices
    ) -> None:
        own = slices.units[unit].lines & kept
        self._known[own, key] = messages
        self._judged[unit].append((own, kept, messages))

    def _recall(
        self, unit: int, own: int, key: Key, slices: Slices
    ) -> tuple[LintMessage, ...] | None:
        """The messages on a unit, if they follow from what is known of larger parts of it."""
        if not self._judged[unit] or (unseen := slices.unseen(unit)) is None:
            return None
        for larger, kept, more in self._judged[unit]:
            if (
                own & ~larger == 0
                and unseen.can_go(larger & ~own, own)
                and not any(message.id in _FIRST_USE for message in more)
                and slices.key(unit, own, kept) == key
            ):
                messages = tuple(m for m in more if own >> (m.line - 1) & 1)
                self._known[own, key] = messages
                return messages
        return None

    def _settle(self, unit: int, own: int, key: Key, kept: int, slices: Slices) -> _Settled:
        """What is known of the lines of a unit from the nearest state that was judged."""
        nearest = min(
            (
                (((larger & ~own) | changed_lines(key, other)).bit_count(), larger, other, messages)
                for larger, state, messages in self._judged[unit]
                if own & ~larger == 0 and (other := slices.key(unit, own, state))
            ),
            key=itemgetter(0),
            default=None,
        )
        if nearest is None:
            return _Settled(key)
        _, larger, other, before = nearest
        change = self._changes.between(unit, own, kept, larger, (key, other))
        lines, names = self._changes.untouched(change)
        messages = [message for message in before if lines >> (message.line - 1) & 1]
        if lines != own:
            return _Settled(key, lines, messages)
        bound = self._changes.bound_anew(change, names)
        is_all = bound is not None and not any(_is_of(message, bound) for message in before)
        return _Settled(key, lines, messages, is_all)

    def _users(self, message: LintMessage, kept: int, slices: Slices) -> int:
        """Mask of the units on which a message depends beside the slice of its own."""
        if message.id == SYNTAX_ERROR:  # a slice that does not parse was no slice
            return -1
        if message.id not in _FIRST_USE:
            return 0
        name = _QUOTED.search(message.text)
        return -1 if name is None else slices.mentions.users_of(name[1], kept)

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
        return not any(not line & kept for line, others in self._takes if others & kept)

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


def _imports_inside(tree: ast.Module, module: str) -> bool:
    """Whether a module is imported anywhere but at top level.

    pylint remembers what `logging` is called, wherever that was said.
    """
    inside = [node for node in walk(tree) if isinstance(node, ast.Import) and node not in tree.body]
    return any(alias.name == module for node in inside for alias in node.names)


def _is_on_names(message: LintMessage) -> bool:
    """Whether a message is of the checker that follows the names of a program."""
    return message.id[1:3] == "06"


def _is_of(message: LintMessage, names: Collection[str]) -> bool:
    """Whether a message is, or may be, about any of some names."""
    if not _is_on_names(message):
        return False
    name = _QUOTED.search(message.text)
    return message.id != "E0602" or name is None or name[1] in names


def _unsettled(messages: Sequence[LintMessage], settled: int) -> list[LintMessage]:
    return [
        message
        for message in messages
        if _is_on_names(message) or not settled >> (message.line - 1) & 1
    ]


def _by_unit(
    messages: Sequence[LintMessage], units: int, slices: Slices
) -> dict[int, list[LintMessage]]:
    found: dict[int, list[LintMessage]] = {unit: [] for unit in mask_lines(units)}
    for message in messages:
        unit = slices.unit_of_line[message.line - 1]
        if unit in found:
            found[unit].append(message)
    return found


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
        if "logging" in text and _imports_inside(tree, "logging"):
            return None
        slices = Slices(tree, without_prose(lines), may_resolve)
    except (ProgramError, RecursionError):
        return None
    overlapping = sum(unit.lines.bit_count() for unit in slices.units) != len(slices.unit_of_line)
    return None if overlapping else slices
