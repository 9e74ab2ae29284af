"""Where the names of a Python program are bound and used.

A name that nothing binds any more is an undefined name wherever it is used, for every
linter that knows undefined names. That is certain before the linter is asked.
"""

from __future__ import annotations

import ast
import builtins
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple


_BUILTIN = frozenset(dir(builtins)) | {"_"}


class NameUses(NamedTuple):
    """Where one name is bound and used. Masks are over 0-based lines."""

    bound: int  # lines that bind it, in any scope
    uses: tuple[tuple[int, int], ...]  # pairs (line of a use, lines of its statement)


def find_name_uses(lines: Sequence[str]) -> tuple[NameUses, ...]:
    """The names of a Python program whose uses are errors once nothing binds them.

    Left out are builtins, names that nothing binds in the first place, and uses that may
    tolerate an undefined name; all names if a star import may bind any, or if the program
    does not parse.
    """
    names = _Names()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse("\n".join(lines))
        names.visit(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    if names.binds_all:
        return ()
    return tuple(
        NameUses(bound, tuple(names.uses[name]))
        for name, bound in names.binders.items()
        if name in names.uses and name not in _BUILTIN and not name.startswith("__")
    )


class _Names(ast.NodeVisitor):
    """Masks of the lines that bind each name, in any scope, and the certain uses of it."""

    def __init__(self) -> None:
        self.binders: dict[str, int] = defaultdict(int)
        self.uses: dict[str, list[tuple[int, int]]] = defaultdict(list)  # (line, its statement)
        self.binds_all = False
        self._statement = 0
        self._uncertain = 0  # inside of what may tolerate an undefined name

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt):
            outer, self._statement = self._statement, _header_lines(node)
            super().visit(node)
            self._statement = outer
        else:
            super().visit(node)

    def visit_Name(self, node: ast.Name) -> None:  # noqa: N802
        line = 1 << (node.lineno - 1)
        if not isinstance(node.ctx, ast.Load):
            self.binders[node.id] |= line
        elif not self._uncertain:
            self.uses[node.id].append((line, self._statement | line))

    def visit_arg(self, node: ast.arg) -> None:
        self.binders[node.arg] |= _span(node)

    def visit_alias(self, node: ast.alias) -> None:
        if node.name == "*":
            self.binds_all = True
        self.binders[(node.asname or node.name).split(".")[0]] |= _span(node)

    def visit_Try(self, node: ast.Try) -> None:  # noqa: N802
        self._uncertain += 1
        for statement in node.body:
            self.visit(statement)
        self._uncertain -= 1
        for other in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(other)

    visit_TryStar = visit_Try  # noqa: N815

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:  # noqa: N802
        suppresses = any("suppress" in ast.dump(item.context_expr) for item in node.items)
        self._uncertain += suppresses
        self.generic_visit(node)
        self._uncertain -= suppresses

    visit_AsyncWith = visit_With  # noqa: N815

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:  # noqa: N802
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def generic_visit(self, node: ast.AST) -> None:
        for name in _bound_names(node):
            self.binders[name] |= _span(node)
        for field, value in ast.iter_fields(node):
            if field in ("returns", "annotation"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    self.visit(child)


def _bound_names(node: ast.AST) -> Iterator[str]:
    """Names that a node binds by itself, not through a child."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)):
        name: str | None = node.name
    elif isinstance(node, (ast.MatchAs, ast.MatchStar)):
        name = node.name
    elif isinstance(node, ast.MatchMapping):
        name = node.rest
    elif isinstance(node, (ast.Global, ast.Nonlocal)):
        yield from node.names
        return
    else:
        return
    if name is not None:
        yield name


def _span(node: ast.AST) -> int:
    """Mask of the lines of a node; of a compound statement, of its header."""
    if isinstance(node, ast.stmt):
        return _header_lines(node)
    start, stop = node.lineno - 1, node.end_lineno  # type: ignore[attr-defined]
    if isinstance(node, ast.ExceptHandler):
        stop = max(start + 1, node.body[0].lineno - 1)
    return (1 << stop) - (1 << start)


def _header_lines(node: ast.stmt) -> int:
    start = node.lineno - 1
    body = getattr(node, "body", None)
    if isinstance(body, list) and body:
        first = body[0]
        decorators = getattr(first, "decorator_list", ())
        stop = min([first.lineno, *(decorator.lineno for decorator in decorators)]) - 1
        stop = max(stop, start + 1)
    elif isinstance(node, ast.Match):
        stop = max(node.subject.end_lineno or 0, start + 1)
    else:
        stop = node.end_lineno or node.lineno
    return (1 << stop) - (1 << start)
