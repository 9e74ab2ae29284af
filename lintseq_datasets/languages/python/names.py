"""Where the names of a Python program are bound and used.

The words:

- A *binding* is a place that gives a name a value, or declares or deletes it: a target, an import,
  a definition, a parameter, a handler, a pattern, ``global``. It takes the lines that must go for
  it to go: those of a header, not of the block below.
- A *use* is a place that reads a name. It takes its line, and the lines of its statement.
- A *scope* is the module, a class, a function or a lambda. Each binding is in one. A comprehension
  counts as a part of the scope around it: then a little more is bound than really is. An
  error that is not foreseen costs a question to the linter; to foresee one too many would be wrong.
- A use *sees* the bindings in its own scope and in the functions and the module around, but not
  those in the classes around.
- A use is *tolerant* if a linter may accept that the name is not bound, as in the body of a ``try``
  with an ``except NameError``. Tolerant uses are left out.

For example, in

    0  x = 1
    1  class A:
    2      y = x
    3      def f(self):
    4          return x, y

scope 0, the module, binds ``x`` and ``A``; scope 1, the class, binds ``y`` and ``f``; scope 2, the
function, binds ``self``. The use of ``x`` in line 2 sees scopes 1 and 0, those in line 4 see scopes
2 and 0. So ``x`` is bound for both uses, and ``y`` in line 4 is bound by nothing.

The names of one node alone, whatever its scope, are what `bound_by` gives.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from lintseq_datasets.languages.python.parsing import steady_stack

Scopes: TypeAlias = tuple[int, ...]
"""Numbers of scopes."""

# A node without any of these binds nothing by itself.
_NAMING = frozenset({"id", "name", "names", "arg", "rest"})  # fields of nodes that hold names


class Use(NamedTuple):
    """A place that reads a name. Masks of lines, from 0."""

    line: int
    statement: int  # lines of its statement, the line itself among them


@dataclass(frozen=True, slots=True)
class ProgramNames:
    """The bindings and uses of a program. Masks of lines, from 0."""

    bindings: Mapping[tuple[str, int], int]  # (name, scope) -> lines
    anywhere: Mapping[str, int]  # name -> lines that bind it in any scope
    uses: Mapping[tuple[str, Scopes], Sequence[Use]]  # (name, scopes that are seen) -> uses
    around: Sequence[Scopes]  # for each scope those around it that its uses see, too
    unscoped: Set[str]  # names with a ``global`` or ``nonlocal``: bound for every scope
    attributes: Mapping[str, int]  # name of an attribute -> lines that set, change or delete it
    stars: int  # lines of star imports, which may bind any name

    def bound_for(self, name: str, seen: Scopes) -> int:
        """Lines that bind a name for the uses that see some scopes."""
        # Which scope ``global`` means is not followed: any that binds the name will do.
        if name in self.unscoped:
            return self.anywhere.get(name, 0)
        found = 0
        for scope in seen:
            found |= self.bindings.get((name, scope), 0)
        return found


def read_names(tree: ast.Module) -> ProgramNames:
    """Find the bindings and uses of a program.

    Raises:
        RecursionError: The program is nested too deeply.
    """
    walk = _Walk()
    with steady_stack():  # what is found must not depend on who asks
        walk.visit(tree)
    return walk.found()


def bound_by(node: ast.AST) -> Sequence[str]:
    """The names that a node binds by itself, not those that the nodes in it bind.

    A dotted import binds the first of its names, a star import binds ``*``.

    >>> [bound_by(node) for node in ast.walk(ast.parse("import a.b as c, d.e")) if bound_by(node)]
    [('c',), ('d',)]
    """
    if _NAMING.isdisjoint(node._fields):  # most nodes, and faster than to ask what they are
        return ()
    if isinstance(node, ast.Name):
        return () if isinstance(node.ctx, ast.Load) else (node.id,)
    if isinstance(node, ast.alias):
        return ((node.asname or node.name).split(".")[0],)
    if isinstance(node, ast.arg):
        return (node.arg,)
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return node.names
    # definitions, handlers and patterns; ``type X = ...`` has a node there, which binds by itself
    name = getattr(node, "rest" if isinstance(node, ast.MatchMapping) else "name", None)
    return (name,) if isinstance(name, str) else ()


class _Walk(ast.NodeVisitor):
    """A walk over a program from top to bottom that takes note of bindings and uses."""

    def __init__(self) -> None:
        self._bindings: dict[tuple[str, int], int] = defaultdict(int)
        self._anywhere: dict[str, int] = defaultdict(int)
        self._uses: dict[tuple[str, Scopes], list[Use]] = defaultdict(list)
        self._around: list[Scopes] = [()]
        self._unscoped: set[str] = set()
        self._attributes: dict[str, int] = defaultdict(int)
        self._stars = 0
        self._seen: Scopes = (0,)  # by a use here, its own scope first
        self._seen_within: Scopes = (0,)  # by a use in a scope that begins here, except its own
        self._statement = 0  # lines of the statement here
        self._tolerant = 0  # how many statements around here make uses tolerant

    def found(self) -> ProgramNames:
        """What was found so far."""
        return ProgramNames(
            dict(self._bindings),
            dict(self._anywhere),
            {key: tuple(uses) for key, uses in self._uses.items()},
            tuple(self._around),
            frozenset(self._unscoped),
            dict(self._attributes),
            self._stars,
        )

    def visit(self, node: ast.AST) -> None:
        # Before the nodes within: a definition binds its name in the scope that it stands in.
        for name in bound_by(node):
            self._bind(name, header_lines(node))
        if isinstance(node, ast.stmt):
            outer, self._statement = self._statement, header_lines(node)
            super().visit(node)
            self._statement = outer
        else:
            super().visit(node)

    def _bind(self, name: str, lines: int) -> None:
        self._bindings[name, self._seen[0]] |= lines
        self._anywhere[name] |= lines

    # --- scopes

    @contextmanager
    def _scope(self, *, is_class: bool) -> Iterator[None]:
        outer = self._seen, self._seen_within
        number = len(self._around)
        self._around.append(self._seen_within)
        self._seen = (number, *self._seen_within)
        if not is_class:  # methods do not see the names of their class
            self._seen_within = self._seen
        yield
        self._seen, self._seen_within = outer

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        # Both are evaluated where the function is defined, outside of its scope. Annotations of
        # what it returns are not visited: names in them may stay unbound.
        self._visit_all(node.decorator_list)
        self._visit_defaults(node.args)
        with self._scope(is_class=False):
            self._bind_parameters(node.args)
            self._visit_all(node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_defaults(node.args)
        with self._scope(is_class=False):
            self._bind_parameters(node.args)
            self.visit(node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all([*node.decorator_list, *node.bases, *node.keywords])
        with self._scope(is_class=True):
            self._visit_all(node.body)

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _visit_defaults(self, arguments: ast.arguments) -> None:
        self._visit_all(filter(None, (*arguments.defaults, *arguments.kw_defaults)))

    def _bind_parameters(self, arguments: ast.arguments) -> None:
        """Bind them. Annotations are left out, as names in them may stay unbound."""
        for node in ast.walk(arguments):
            if isinstance(node, ast.arg):
                self._bind(node.arg, header_lines(node))

    # --- uses

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and not self._tolerant:
            line = 1 << (node.lineno - 1)
            self._uses[node.id, self._seen].append(Use(line, self._statement | line))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)  # without the annotation, for the same reason
        if node.value is not None:
            self.visit(node.value)

    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:
        # Handlers and `finally` count, too: rather an error too few than one too many.
        with self._tolerance(
            handler.type is not None and "NameError" in ast.dump(handler.type)
            for handler in node.handlers
        ):
            self.generic_visit(node)

    visit_TryStar = visit_Try  # noqa: N815

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        # Anything of that name, whatever it suppresses: rather an error too few here, too.
        with self._tolerance("suppress" in ast.dump(item.context_expr) for item in node.items):
            self.generic_visit(node)

    visit_AsyncWith = visit_With  # noqa: N815

    @contextmanager
    def _tolerance(self, reasons: Iterable[bool]) -> Iterator[None]:
        tolerates = any(reasons)
        self._tolerant += tolerates
        yield
        self._tolerant -= tolerates

    # --- what is bound otherwise

    def visit_alias(self, node: ast.alias) -> None:
        if node.name == "*":
            self._stars |= header_lines(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._attributes[node.attr] |= header_lines(node)
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        self._unscoped.update(node.names)

    visit_Nonlocal = visit_Global  # noqa: N815


def header_lines(node: ast.AST) -> int:
    """Mask of the lines of a node; if it has a block, only of its header."""
    start: int = node.lineno - 1  # type: ignore[attr-defined]
    stop: int = node.end_lineno or start + 1  # type: ignore[attr-defined]
    body = getattr(node, "body", None)
    # Up to the block: a header may have many lines. But ``if a: b`` has its block on its own line.
    if isinstance(body, list) and body:  # a lambda has no list
        stop = max(_first_line(body[0]), start + 1)
    elif isinstance(node, ast.Match):
        stop = max(node.subject.end_lineno or 0, start + 1)
    return (1 << stop) - (1 << start)


def _first_line(statement: ast.stmt) -> int:
    """The 0-based line at which a statement begins, with its decorators."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)]) - 1
