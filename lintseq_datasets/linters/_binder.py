"""Which names and attributes a statement binds for the statements around it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence


class Binder(ast.NodeVisitor):
    """Collects the names that a statement binds for others, and every attribute name."""

    def __init__(self, without: Sequence[ast.stmt], may_resolve: Callable[[str], bool]) -> None:
        self._may_resolve = may_resolve
        self.binds: set[str] = set()
        self.deletes: set[str] = set()
        self.binds_all = False
        self.in_function = 0
        self._without = set(map(id, without))

    def read(self, node: ast.stmt, *, is_method: bool) -> None:
        """Collect what a unit binds: a statement at top level, or a method of a class."""
        if is_method and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.binds.add(node.name)
            self.in_function += 1
            self.generic_visit(node)
        else:
            self.visit(node)

    def visit(self, node: ast.AST) -> None:
        if id(node) not in self._without:
            super().visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load) and not self.in_function:
            self.binds.add(node.id)
            if isinstance(node.ctx, ast.Del):
                self.deletes.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.binds.add(node.attr)
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> None:
        self.binds.update(node.names)

    def visit_Import(self, node: ast.Import) -> None:
        if not self.in_function:
            self.binds.update((alias.asname or alias.name).split(".")[0] for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        is_star = any(alias.name == "*" for alias in node.names)
        module = (node.module or "").split(".")[0]
        if module == "__future__" or (is_star and (node.level or self._may_resolve(module))):
            self.binds_all = True
        self.visit_Import(node)  # type: ignore[arg-type]

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.binds.add(node.name)
        inside, self.in_function = self.in_function, 0  # its body binds attributes
        self.generic_visit(node)
        self.in_function = inside

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if not self.in_function:
            self.binds.add(node.name)
        for outside in (*node.decorator_list, node.args):
            self.visit(outside)
        self.in_function += 1
        for statement in node.body:
            self.visit(statement)
        self.in_function -= 1

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._bind(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self._bind(node.name)
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        self._bind(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self._bind(node.rest)
        self.generic_visit(node)

    def _bind(self, name: str | None) -> None:
        if name is not None and not self.in_function:
            self.binds.add(name)
