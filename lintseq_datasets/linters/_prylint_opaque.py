"""Names of whose values a linter can know nothing, because they come from modules that it lacks.

In a program that imports ``pygame``, nothing is known of ``screen = pygame.display.get()``, nor of
``rect = screen.get_rect()``: what is set on ``rect`` is written nowhere.
"""

from __future__ import annotations

import ast
import pkgutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

_Bindings = dict[str, list[ast.expr | None]]
"""What a name is bound to, wherever it is: expressions, or None for anything else."""

_KNOWN = ast.Constant(None)  # stands for a module that is there
_MISSING = ast.Constant(None)  # and for one that is not


def opaque_names(tree: ast.Module) -> set[str]:
    """Names that no binding in the program gives a value of which something can be known.

    Args:
        tree: The program.
    """
    bindings: _Bindings = defaultdict(list)
    for node in ast.walk(tree):
        for name, value in _bound_by(node):
            bindings[name].append(value)
    if "*" in bindings and not all(value is _MISSING for value in bindings.pop("*")):
        return set()  # may bind any name
    opaque: set[str] = set()
    while found := {
        name
        for name, values in bindings.items()
        if name not in opaque and all(_is_opaque(value, opaque) for value in values)
    }:
        opaque |= found
    return opaque


def _is_opaque(value: ast.expr | None, opaque: set[str]) -> bool:
    while isinstance(value, (ast.Attribute, ast.Call, ast.Subscript, ast.Await)):
        value = value.func if isinstance(value, ast.Call) else value.value
    return value is _MISSING or (isinstance(value, ast.Name) and value.id in opaque)


def _bound_by(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Names that a node binds, with what they are bound to."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from _imported(node)
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _targets(target, node.value)
    elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        yield from _targets(node.target, node.iter)
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield from _targets(node.optional_vars, node.context_expr)
    else:
        yield from ((name, None) for name in _otherwise_bound(node))


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, ast.expr | None]]:
    for alias in node.names:
        if isinstance(node, ast.Import):
            yield (alias.asname or alias.name).split(".")[0], _module(alias.name)
        else:
            yield alias.asname or alias.name, _module("" if node.level else node.module or "")


def _otherwise_bound(node: ast.AST) -> Iterator[str]:
    """Names that are changed, deleted, declared, defined, or parts of a pattern."""
    if isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.NamedExpr)):
        yield from (name for name, _ in _targets(node.target, None))
    elif isinstance(node, ast.Delete):
        yield from (name for target in node.targets for name, _ in _targets(target, None))
    elif isinstance(node, (ast.Global, ast.Nonlocal)):
        yield from node.names
    elif not isinstance(node, (ast.alias, ast.keyword)):
        fields = (getattr(node, field, None) for field in ("name", "arg", "rest"))
        yield from (name for name in fields if isinstance(name, str))


def _targets(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            yield from _targets(element, value)
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value, None)


def _module(name: str) -> ast.expr:
    """Whether a module is there; a relative one, whose name is empty, never is."""
    root = name.partition(".")[0]
    return _KNOWN if root in sys.stdlib_module_names | _foreseen_by_astroid() else _MISSING


@lru_cache(maxsize=1)
def _foreseen_by_astroid() -> frozenset[str]:
    """Libraries of which astroid knows something without looking at them, such as numpy."""
    from astroid import brain

    names = (module.name for module in pkgutil.iter_modules(brain.__path__))
    return frozenset(name.split("_")[1] for name in names if name.startswith("brain_"))
