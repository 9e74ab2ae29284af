r"""Names with values that no linter can know, because they come from modules that it lacks.

In a program that imports ``pygame``, nothing is known of ``screen = pygame.display.get()``, nor of
``rect = screen.get_rect()``: what is set on ``rect`` is written nowhere. But ``rect = object()``
in any other place would be enough to know something of ``rect``:

>>> text = "import pygame\nscreen = pygame.display.get()\nrect = screen.get_rect()"
>>> sorted(find_opaque(list(ast.walk(ast.parse(text)))).names)
['pygame', 'rect', 'screen']
>>> text += "\nrect = object()"
>>> sorted(find_opaque(list(ast.walk(ast.parse(text)))).names)
['pygame', 'screen']
"""

from __future__ import annotations

import ast
import pkgutil
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lintseq_datasets.languages.python.names import bound_by

_Bindings = dict[str, list[ast.expr | None]]
"""What a name is bound to, wherever it is: expressions, or None for anything else."""

# Modules are not expressions. These stand for them, and are told apart by identity.
_KNOWN = ast.Constant(None)  # a module that is there
_MISSING = ast.Constant(None)  # one that is not


@dataclass(frozen=True, slots=True)
class Opaque:
    """The names and attributes of a program whose values are unknown.

    Args:
        names: Names that every binding gives an unknown value.
        attributes: The same for attributes of parameters, such as ``self``.
        parameters: Names that are only ever bound as parameters without a default.
    """

    names: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()

    def covers(self, value: ast.expr | None) -> bool:
        """Whether the value of an expression is unknown."""
        # Whatever is read, called or indexed of something unknown is unknown, too.
        attribute = ""
        while isinstance(value, (ast.Attribute, ast.Call, ast.Subscript, ast.Await)):
            if isinstance(value, ast.Attribute):
                attribute = value.attr
            value = value.func if isinstance(value, ast.Call) else value.value
        if not isinstance(value, ast.Name):
            return value is _MISSING
        of_parameter = value.id in self.parameters and attribute in self.attributes
        return value.id in self.names or of_parameter


def find_opaque(nodes: Sequence[ast.AST]) -> Opaque:
    """Find what is unknown in a program.

    Args:
        nodes: All nodes of its tree, in any order.
    """
    # Scopes are not told apart: a name that is known in one function is known in all. So less is
    # opaque than could be, and pylint is asked about a text too many.
    bindings: _Bindings = defaultdict(list)
    attributes: _Bindings = defaultdict(list)
    for node in nodes:
        for target, value in _bindings_by(node):
            (attributes if target.startswith(".") else bindings)[target.lstrip(".")].append(value)
    if "*" in bindings and not all(value is _MISSING for value in bindings.pop("*")):
        return Opaque()  # may bind any name
    parameters = _plain_parameters(nodes, bindings)
    found, before = Opaque(parameters=parameters), None
    # Each round adds what is made of the names of the round before, until nothing is added: in the
    # example of the module `pygame`, then `screen`, then `rect`. What a round has found stays
    # found, so there are no more rounds than names and attributes.
    while found != before:
        before = found
        names = {name for name, values in bindings.items() if all(map(found.covers, values))}
        own = {name for name, values in attributes.items() if all(map(found.covers, values))}
        if not _inherits_nothing(nodes, names):  # a base may give ``self.x`` a value
            own.clear()
        # An attribute of this name that is bound in the body of a class has a value there, too.
        found = Opaque(frozenset(names), frozenset(own - bindings.keys()), parameters)
    return found


def required_positional(arguments: ast.arguments) -> list[ast.arg]:
    """Parameters without a default, but for those that are keywords only."""
    positional = [*arguments.posonlyargs, *arguments.args]
    return positional[: len(positional) - len(arguments.defaults)]


def _plain_parameters(nodes: Sequence[ast.AST], bindings: _Bindings) -> frozenset[str]:
    """Names that are parameters, without a default, wherever they are bound."""
    plain: Counter[str] = Counter()
    for node in nodes:
        if isinstance(node, ast.arguments):
            plain.update(argument.arg for argument in required_positional(node))
    # Bound more often than that, it is something else as well.
    return frozenset(name for name, count in plain.items() if count == len(bindings[name]))


def _inherits_nothing(nodes: Sequence[ast.AST], opaque: set[str]) -> bool:
    """Whether classes have no attributes but those that the program gives them."""
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    names = Opaque(frozenset({"object", *(node.name for node in classes), *opaque}))
    return all(names.covers(base) for node in classes for base in node.bases)


def _bindings_by(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Names that a node binds, and attributes with a dot, with what they are bound to."""
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
        module = alias.name
        if isinstance(node, ast.ImportFrom):  # what counts is where the name comes from
            module = "" if node.level else node.module or ""
        yield from ((name, _module(module)) for name in bound_by(alias))


def _otherwise_bound(node: ast.AST) -> Iterator[str]:
    """Names that are changed, deleted, declared, defined, or parts of a pattern."""
    if isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.NamedExpr)):
        yield from (name for name, _ in _targets(node.target, None))
    elif isinstance(node, ast.Delete):
        yield from (name for target in node.targets for name, _ in _targets(target, None))
    elif not isinstance(node, (ast.Name, ast.alias)):  # with what they are in
        yield from bound_by(node)


def _targets(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            yield from _targets(element, value)
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value, None)  # a list, whatever is in it
    elif isinstance(target, ast.Attribute):
        yield f".{target.attr}", value


def _module(name: str) -> ast.expr:
    """`_KNOWN` or `_MISSING`. A relative module, whose name is empty, is missing."""
    root = name.partition(".")[0]
    return _KNOWN if root in sys.stdlib_module_names | _foreseen_by_astroid() else _MISSING


@lru_cache(maxsize=1)
def _foreseen_by_astroid() -> frozenset[str]:
    """Libraries, such as numpy, that astroid knows something about without looking at them."""
    from astroid import brain

    names = (module.name for module in pkgutil.iter_modules(brain.__path__))
    return frozenset(name.split("_")[1] for name in names if name.startswith("brain_"))
