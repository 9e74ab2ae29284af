"""Names of which a linter asks no more than whether they are bound.

Nothing is inferred of what `print` prints as it is, nor of anything that comes out of a
module that cannot be found. A verdict on ``screen.blit(image, (x, y))`` depends on whether
the four names are bound, and not on what they are.
"""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lintseq_datasets.linters._looks import Sources, root
from lintseq_datasets.linters._parts import FUNCTIONS, WORD
from lintseq_datasets.linters._units import Unit


def plain_functions(units: Sequence[Unit], sources: Sources) -> frozenset[str]:
    """Names that nothing binds but one function at top level, without decorators."""
    binders = Counter(name for unit in units for name in unit.binds)
    return frozenset(
        unit.node.name
        for unit in units
        if isinstance(unit.node, FUNCTIONS)
        and unit.shell is None
        and not unit.node.decorator_list
        and binders[unit.node.name] == 1
        and len(sources.of[unit.node.name]) == 1
    )


def shallow_names(
    nodes: Iterable[ast.AST],
    lines: Sequence[str],
    opaque: Collection[str],
    functions: Collection[str],
) -> dict[int, set[str]]:
    """For each line the names of which only what binds them matters to a verdict on it.

    Args:
        nodes: All nodes of the program, level by level; nothing in it binds ``print``.
        lines: Its lines, without prose.
        opaque: Names of whose values nothing is known.
        functions: Names that are functions for certain. What binds them tells how to call
            them, and more does not matter where the result is not used.
    """
    shallow: dict[int, Counter[str]] = defaultdict(Counter)
    reader = _Reader(opaque, functions)
    seen: set[int] = set()
    for node in nodes:
        value = node.value if isinstance(node, ast.Expr) else node
        if isinstance(value, ast.Call) and id(value) not in seen:
            is_unused = value is not node
            for name in reader.of_call(value, seen, is_unused=is_unused):
                shallow[name.lineno - 1][name.id] += 1
    found: dict[int, set[str]] = {}
    for line, names in shallow.items():
        words = Counter(WORD.findall(lines[line]))
        found[line] = {name for name, count in names.items() if words[name] == count}
    return found


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the names out of calls of which only the binding matters."""

    opaque: Collection[str]
    functions: Collection[str]

    def of_call(self, call: ast.Call, seen: set[int], *, is_unused: bool) -> Iterator[ast.Name]:
        function = call.func
        if isinstance(function, ast.Name) and function.id in self.functions:
            if not is_unused:
                return
            yield function
        elif not _is_print(function) and root(function) not in self.opaque:
            return
        seen.add(id(call))
        yield from self.of_values(call.args, seen)
        yield from self.of_values([keyword.value for keyword in call.keywords], seen)

    def of_values(self, values: Iterable[ast.expr], seen: set[int]) -> Iterator[ast.Name]:
        """Names among values that nothing looks at, alone, in displays or in f-strings."""
        for value in values:
            if isinstance(value, ast.Name):
                yield value
            elif isinstance(value, ast.Call):
                yield from self.of_call(value, seen, is_unused=True)
            elif isinstance(value, (ast.Tuple, ast.List)):
                yield from self.of_values(value.elts, seen)
            elif isinstance(value, ast.JoinedStr) and value.lineno == value.end_lineno:
                for part in value.values:
                    if isinstance(part, ast.FormattedValue) and part.format_spec is None:
                        yield from self.of_values([part.value], seen)


def _is_print(function: ast.expr) -> bool:
    return isinstance(function, ast.Name) and function.id == "print"
