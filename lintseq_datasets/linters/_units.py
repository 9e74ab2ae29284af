"""The units that a program is cut into: its top-level statements, and the plain methods.

Too much is taken to be mentioned and bound rather than too little.
"""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lintseq_datasets.linters._binder import Binder
from lintseq_datasets.linters._parts import (
    DEFINITIONS,
    FUNCTIONS,
    WORD,
    Function,
    Part,
    block_interface,
    collect_parts,
    find_words,
    first_line,
    interface,
    walk,
)
from lintseq_datasets.program import mask_lines

BLOCKS = (ast.If, ast.For, ast.While, ast.With)
SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign)


class Local(NamedTuple):
    """Where a function mentions a name of its own scope. Masks are over 0-based lines."""

    bound: int  # lines that do nothing with it but bind it for certain
    mentions: int  # all lines that mention it

    def is_bound(self, kept: int) -> bool:
        """Whether the name is bound in a state before anything else is done with it.

        Otherwise what the name is may depend on what else binds it.
        """
        mentions = self.mentions & kept
        return bool(mentions & -mentions & self.bound)


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a program. Masks are over 0-based lines."""

    node: ast.stmt
    lines: int  # all lines, comments inside of it included
    statement: int  # lines of the top-level statement that it belongs to
    words: frozenset[str]  # everything that looks like an identifier, also in strings
    uses: frozenset[str]  # the same without names that it does nothing but bind
    names: frozenset[str]  # those of them that may be names, looked up when it runs
    local: Mapping[str, Local]  # names that can be its own
    binds: frozenset[str]  # names and attributes that it binds for others
    deletes: frozenset[str]  # names in ``del`` statements: their earlier uses matter
    binds_all: bool  # whether it may bind any name (``from x import *``)
    body: int  # of a class: the lines of its body that belong to this unit
    seen: int  # lines that verdicts on other units can depend on
    docs: int  # lines of docstrings, which are nothing to others
    header: int  # of a function: the lines above its body, which tell how to call it
    is_empty_without: int  # of a function: lines of its body; others see whether there are any
    parts: Sequence[Part]  # of a function or a block
    shell: int | None = None  # for a method: index of the unit that holds the class


def find_units(
    tree: ast.Module, lines: Sequence[str], may_resolve: Callable[[str], bool]
) -> Iterator[Unit]:
    """Cut a program into units, in the order of their lines.

    Args:
        tree: The program, parsed.
        lines: Its lines.
        may_resolve: Whether a top-level module of some name may be found, so that a star
            import of it binds names.
    """
    count = 0
    for statement in tree.body:
        start, stop = extent(statement)
        whole = (1 << stop) - (1 << start)
        methods = list(_plain_methods(statement))
        inner = 0
        for method in methods:
            first, last = extent(method)
            inner |= (1 << last) - (1 << first)
        yield _unit(statement, whole & ~inner, whole, lines, methods, None, may_resolve)
        for method in methods:
            first, last = extent(method)
            yield _unit(method, (1 << last) - (1 << first), whole, lines, [], count, may_resolve)
        count += 1 + len(methods)


def _unit(
    node: ast.stmt,
    mask: int,
    statement: int,
    lines: Sequence[str],
    without: Sequence[ast.stmt],
    shell: int | None,
    may_resolve: Callable[[str], bool],
) -> Unit:
    words = find_words(lines, mask)
    uses = _uses(node, words)
    local: dict[str, Local] = {}
    header = 0
    if isinstance(node, FUNCTIONS):
        local = _local_names(node, lines, mask)
        names = uses - (local.keys() & set(_parameters(node)))
        header = header_lines(node) & mask
    else:
        names = _names(node, uses)
    binder = Binder(without, may_resolve)
    binder.read(node, is_method=shell is not None)
    body = 0
    if isinstance(node, ast.ClassDef):
        start, stop = first_line(node.body[0]), node.end_lineno or node.lineno
        body = mask & ((1 << stop) - (1 << start))
    parts: Sequence[Part] = ()
    if isinstance(node, FUNCTIONS):
        parts = collect_parts(node.body, lines)
    elif hasattr(node, "body") and not isinstance(node, ast.ClassDef):
        parts = collect_parts([node], lines)
    seen, inside = _visible_lines(node, parts)
    return Unit(
        node=node,
        lines=mask,
        statement=statement,
        words=words,
        uses=uses,
        names=names,
        local=local,
        binds=frozenset(binder.binds),
        deletes=frozenset(binder.deletes),
        binds_all=binder.binds_all,
        body=body,
        seen=seen & mask,
        docs=_doc_lines(node) & mask,
        header=header,
        is_empty_without=inside & mask,
        parts=parts,
        shell=shell,
    )


def _visible_lines(node: ast.stmt, parts: Sequence[Part]) -> tuple[int, int]:
    """Masks of the lines that others see, and of those of which they see whether any is there."""
    visible, inside = None, 0
    if isinstance(node, FUNCTIONS):
        visible = interface(node, parts)
        inside = 0 if visible is None else _body_lines(node)
    elif isinstance(node, BLOCKS):
        visible = block_interface(node, parts)
    return -1 if visible is None else visible, inside


def _uses(statement: ast.stmt, words: frozenset[str]) -> frozenset[str]:
    """Words of a statement on what binds which a verdict on it may depend.

    No verdict on an import or an assignment depends on what else binds its names.
    """
    if isinstance(statement, (ast.Import, ast.ImportFrom)) or _is_constant(statement):
        return frozenset()
    if not isinstance(statement, ast.Assign):
        return words
    stored: set[str] = set()
    others: set[str] = set()
    for node in walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            stored.add(node.id)
        else:
            for value in vars(node).values():
                if isinstance(value, str):
                    others.update(WORD.findall(value))
    return words - {name for name in stored - others if not name.startswith("__")}


def _is_constant(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _names(statement: ast.stmt, uses: frozenset[str]) -> frozenset[str]:
    """Names that a statement looks up."""
    names: set[str] = set()
    for node in walk(statement):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return uses & names


def _local_names(function: Function, lines: Sequence[str], mask: int) -> dict[str, Local]:
    """Names of a function that are nothing but names of its own scope."""
    names: Counter[str] = Counter()
    outside: set[str] = set()  # looked up where the function is defined
    for node in walk(function):
        if isinstance(node, ast.Name):
            names[node.id] += 1
        elif isinstance(node, ast.arg):
            names[node.arg] += 1
    for part in [function.args, *function.decorator_list, *filter(None, [function.returns])]:
        outside.update(node.id for node in walk(part) if isinstance(node, ast.Name))
    mentions: dict[str, int] = defaultdict(int)
    for line in mask_lines(mask):
        for word in WORD.findall(lines[line]):
            names[word] -= 1
            mentions[word] |= 1 << line
    return {
        name: Local(bound, mentions[name])
        for name, bound in _bound_lines(function, lines).items()
        if not names[name] and name not in outside
    }


def _bound_lines(function: Function, lines: Sequence[str]) -> dict[str, int]:
    """Names, and the lines that do nothing with them but bind them for certain."""
    found: dict[str, int] = defaultdict(int)
    for name in _parameters(function):
        found[name] |= 1 << (function.lineno - 1)
    for statement in function.body:
        if isinstance(statement, ast.Assign) and statement.lineno == statement.end_lineno:
            words = Counter(WORD.findall(lines[statement.lineno - 1]))
            for target in statement.targets:
                if isinstance(target, ast.Name) and words[target.id] == 1:
                    found[target.id] |= 1 << (statement.lineno - 1)
    return found


def _parameters(function: Function) -> list[str]:
    """Names of the parameters on the line of ``def``, which is there if anything is."""
    return [
        node.arg
        for node in walk(function.args)
        if isinstance(node, ast.arg) and node.lineno == function.lineno
    ]


def _doc_lines(unit: ast.stmt) -> int:
    lines = 0
    for node in walk(unit):
        if isinstance(node, DEFINITIONS):
            first = node.body[0]
            if _is_constant(first) and first.lineno > node.lineno and len(node.body) > 1:
                lines |= (1 << (first.end_lineno or first.lineno)) - (1 << (first.lineno - 1))
                if node.body[1].lineno == first.end_lineno:
                    return 0
    return lines


def header_lines(node: Function | ast.ClassDef) -> int:
    """Mask of the lines of a definition above its body."""
    start = first_line(node)
    return (1 << max(first_line(node.body[0]), start + 1)) - (1 << start)


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Mask of the lines of the body, without the docstring."""
    first = function.body[0]
    is_doc = ast.get_docstring(function, clean=False) is not None
    start = (first.end_lineno or first.lineno) if is_doc else first_line(first)
    stop = function.end_lineno or start
    return (1 << max(stop, start)) - (1 << start)


def extent(node: ast.stmt) -> tuple[int, int]:
    """First line of a statement with its decorators, and the line behind its last one."""
    return first_line(node), node.end_lineno or node.lineno


def _plain_methods(statement: ast.stmt) -> Iterator[ast.stmt]:
    """Methods that nothing but their name leads to."""
    if not isinstance(statement, ast.ClassDef):
        return
    occupied: set[int] = set()
    for node in statement.body:
        if not isinstance(node, FUNCTIONS):
            occupied.update(range(*extent(node)))
    for node in statement.body:
        if (
            isinstance(node, FUNCTIONS)
            and not node.decorator_list
            and not (node.name.startswith("__") and node.name.endswith("__"))
            and not _raises_not_implemented(node)
            and occupied.isdisjoint(range(*extent(node)))
            and node.lineno > statement.lineno
        ):
            yield node


def _raises_not_implemented(node: ast.AST) -> bool:
    return any(
        isinstance(child, ast.Name) and child.id == "NotImplementedError" for child in walk(node)
    )


def maybe_bound(unit: Unit) -> Iterator[str]:
    """Names that a top-level unit binds for others, but not for certain."""
    if isinstance(unit.node, FUNCTIONS):
        for node in walk(unit.node):
            if isinstance(node, ast.Global):
                yield from node.names
    elif hasattr(unit.node, "body") and not isinstance(unit.node, ast.ClassDef):
        for part in unit.parts:
            if not part.is_certain:
                yield from part.binds
    elif isinstance(unit.node, ast.Match):
        yield from unit.binds
