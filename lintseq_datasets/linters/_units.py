"""The units that a program is cut into: its top-level statements, and the plain methods.

Too much is taken to be mentioned and bound rather than too little.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lintseq_datasets.linters._binder import Binder
from lintseq_datasets.linters._parts import (
    block_interface,
    collect_parts,
    find_words,
    first_line,
    interface,
)

BLOCKS = (ast.If, ast.For, ast.While, ast.With)


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a program. Masks are over 0-based lines."""

    node: ast.stmt
    lines: int  # all lines, comments inside of it included
    statement: int  # lines of the top-level statement that it belongs to
    words: frozenset[str]  # everything that looks like an identifier, also in strings
    binds: frozenset[str]  # names and attributes that it binds for others
    deletes: frozenset[str]  # names in ``del`` statements: their earlier uses matter
    binds_all: bool  # whether it may bind any name (``from x import *``)
    body: int  # of a class: the lines of its body that belong to this unit
    seen: int  # lines that verdicts on other units can depend on
    is_empty_without: int  # of a function: lines of its body; others see whether there are any
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
    binder = Binder(without, may_resolve)
    if shell is not None:
        binder.binds.add(node.name)  # type: ignore[attr-defined]
        binder.in_function += 1
        binder.generic_visit(node)
    else:
        binder.visit(node)
    body = 0
    if isinstance(node, ast.ClassDef):
        start, stop = first_line(node.body[0]), node.end_lineno or node.lineno
        body = mask & ((1 << stop) - (1 << start))
    seen, inside = mask, 0
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        visible = interface(node, lines)
        if visible is not None:
            seen, inside = visible & mask, _body_lines(node) & mask
    elif isinstance(node, BLOCKS):
        visible = block_interface(node, lines)
        seen = mask if visible is None else visible & mask
    return Unit(
        node=node,
        lines=mask,
        statement=statement,
        words=words,
        binds=frozenset(binder.binds),
        deletes=frozenset(binder.deletes),
        binds_all=binder.binds_all,
        body=body,
        seen=seen,
        is_empty_without=inside,
        shell=shell,
    )


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
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            occupied.update(range(*extent(node)))
    for node in statement.body:
        if (
            isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and not node.decorator_list
            and not (node.name.startswith("__") and node.name.endswith("__"))
            and not _raises_not_implemented(node)
            and occupied.isdisjoint(range(*extent(node)))
            and node.lineno > statement.lineno
        ):
            yield node


def _raises_not_implemented(node: ast.AST) -> bool:
    return any(
        isinstance(child, ast.Name) and child.id == "NotImplementedError"
        for child in ast.walk(node)
    )


def maybe_bound(unit: Unit, lines: Sequence[str]) -> Iterator[str]:
    """Names that a top-level unit binds for others, but not for certain."""
    if isinstance(unit.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        for node in ast.walk(unit.node):
            if isinstance(node, ast.Global):
                yield from node.names
    elif hasattr(unit.node, "body") and not isinstance(unit.node, ast.ClassDef):
        for part in collect_parts([unit.node], lines):
            if not part.is_certain:
                yield from part.binds
    elif isinstance(unit.node, ast.Match):
        yield from unit.binds
