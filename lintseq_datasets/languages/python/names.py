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
from contextlib import contextmanager

from lintseq_datasets.languages.base import Names, NameUses

_BUILTIN = frozenset(dir(builtins)) | {"_"}


def find_names(lines: Sequence[str]) -> Names:
    """The names of a Python program whose uses are errors once nothing binds them.

    Left out are builtins, names that nothing binds in the first place, and uses that may
    tolerate an undefined name. A star import may bind any name. There are none if the
    program does not parse.
    """
    names = _Names()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse("\n".join(lines))
        names.visit(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Names()
    uses = tuple(
        NameUses(bound | names.stars, tuple(uses))
        for (name, visible), uses in names.uses.items()
        if name not in _BUILTIN
        and not name.startswith("__")
        and (bound := names.bound(name, visible))
    )
    return Names(uses, tuple(names.hiding()))


class _Names(ast.NodeVisitor):
    """Masks of the lines that bind each name in each scope, and the certain uses of it.

    A comprehension counts as a part of the scope around it: then a little more is bound.
    """

    def __init__(self) -> None:
        self.stars = 0  # mask of the lines of star imports
        # (name, numbers of the visible scopes) -> (line of the use, lines of its statement)
        self.uses: dict[tuple[str, tuple[int, ...]], list[tuple[int, int]]] = defaultdict(list)
        self._binders: dict[tuple[str, int], int] = defaultdict(int)
        self._anywhere: dict[str, int] = defaultdict(int)
        self._unscoped: set[str] = set()  # names that a function binds for others
        self._stores: dict[str, int] = defaultdict(int)
        self._outside: dict[int, tuple[int, ...]] = {0: ()}
        self._num_scopes = 1
        self._visible: tuple[int, ...] = (0,)  # scopes that a use sees, its own first
        self._inherited: tuple[int, ...] = (0,)  # scopes that a function in here sees
        self._statement = 0
        self._uncertain = 0  # inside of what may tolerate an undefined name

    def bound(self, name: str, visible: tuple[int, ...]) -> int:
        """Mask of the lines that bind a name for uses that see some scopes."""
        if name in self._unscoped:
            return self._anywhere[name]
        found = 0
        for scope in visible:
            found |= self._binders.get((name, scope), 0)
        return found

    def hiding(self) -> Iterator[tuple[int, int]]:
        """Pairs of masks: see `Names`."""
        for (name, scope), lines in self._binders.items():
            if name in _BUILTIN:
                yield lines, -1
            for outer in self._outside[scope]:
                if (name, outer) in self._binders:
                    yield lines, self._binders[name, outer]
        for name, lines in self._stores.items():
            if name in self._anywhere:  # an attribute hides the method of the same name
                yield lines, self._anywhere[name]

    def _bind(self, name: str, lines: int) -> None:
        self._binders[name, self._visible[0]] |= lines
        self._anywhere[name] |= lines

    @contextmanager
    def _scope(self, *, is_class: bool) -> Iterator[None]:
        outer = self._visible, self._inherited
        self._outside[self._num_scopes] = self._inherited
        self._visible = (self._num_scopes, *self._inherited)
        if not is_class:
            self._inherited = self._visible
        self._num_scopes += 1
        yield
        self._visible, self._inherited = outer

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt):
            outer, self._statement = self._statement, _header_lines(node)
            super().visit(node)
            self._statement = outer
        else:
            super().visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._bind(node.name, _span(node))
        for outside in (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults):
            if outside is not None:
                self.visit(outside)
        with self._scope(is_class=False):
            self._bind_arguments(node.args)
            for statement in node.body:
                self.visit(statement)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for outside in (*node.args.defaults, *node.args.kw_defaults):
            if outside is not None:
                self.visit(outside)
        with self._scope(is_class=False):
            self._bind_arguments(node.args)
            self.visit(node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bind(node.name, _span(node))
        for outside in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(outside)
        with self._scope(is_class=True):
            for statement in node.body:
                self.visit(statement)

    def _bind_arguments(self, arguments: ast.arguments) -> None:
        for node in ast.walk(arguments):
            if isinstance(node, ast.arg):
                self._bind(node.arg, _span(node))

    def visit_Name(self, node: ast.Name) -> None:
        line = 1 << (node.lineno - 1)
        if not isinstance(node.ctx, ast.Load):
            self._bind(node.id, line)
        elif not self._uncertain:
            self.uses[node.id, self._visible].append((line, self._statement | line))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._stores[node.attr] |= _span(node)
        self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> None:
        if node.name == "*":
            self.stars |= _span(node)
        self._bind((node.asname or node.name).split(".")[0], _span(node))

    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:
        tolerates = any(
            handler.type is not None and "NameError" in ast.dump(handler.type)
            for handler in node.handlers
        )
        self._uncertain += tolerates
        self.generic_visit(node)
        self._uncertain -= tolerates

    visit_TryStar = visit_Try  # noqa: N815

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        suppresses = any("suppress" in ast.dump(item.context_expr) for item in node.items)
        self._uncertain += suppresses
        self.generic_visit(node)
        self._uncertain -= suppresses

    visit_AsyncWith = visit_With  # noqa: N815

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        self._unscoped.update(node.names)
        for name in node.names:
            self._bind(name, _span(node))

    visit_Nonlocal = visit_Global  # noqa: N815

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
            bound = node.name
        else:
            bound = node.rest if isinstance(node, ast.MatchMapping) else None
        if bound is not None:
            self._bind(bound, _span(node))
        super().generic_visit(node)


def _span(node: ast.AST) -> int:
    """Mask of the lines of a node; of a compound statement, of its header."""
    if isinstance(node, ast.stmt):
        return _header_lines(node)
    start: int = node.lineno - 1  # type: ignore[attr-defined]
    stop: int = node.end_lineno  # type: ignore[attr-defined]
    if isinstance(node, ast.ExceptHandler):
        stop = max(start + 1, node.body[0].lineno - 1)
    return (1 << stop) - (1 << start)


def _header_lines(node: ast.stmt) -> int:
    start = node.lineno - 1
    body = getattr(node, "body", None)
    if isinstance(body, list) and body:
        first: ast.stmt = body[0]
        decorators: list[ast.expr] = getattr(first, "decorator_list", [])
        stop = min([first.lineno, *(decorator.lineno for decorator in decorators)]) - 1
        stop = max(stop, start + 1)
    elif isinstance(node, ast.Match):
        stop = max(node.subject.end_lineno or 0, start + 1)
    else:
        stop = node.end_lineno or node.lineno
    return (1 << stop) - (1 << start)
