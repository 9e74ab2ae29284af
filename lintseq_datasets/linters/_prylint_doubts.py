"""The texts that are not left to prylint, told from their trees.

prylint is a port of an older version. It is known to judge three things otherwise:

- It does not see that ``x`` is missing where only ``self.x += 1`` or ``del self.x`` binds it.
- It does not see that a member of an enumeration is missing.
- It does not let functions with names such as ``_`` be defined again.

It also judges all files of a call as one project: what one file writes into a class or module of
the library, the others see. So a verdict would depend on the texts beside it. For example:

    class A:                    def f(parser):              from argparse import ArgumentParser
        def f(self):                parser.extra = 1        parser = ArgumentParser()
            self.x += 1                                     parser.extra = 1

The first text is doubtful: nothing sets ``x`` plainly. The second one is not: nothing is known of
``parser``, so nothing is written. The third one is: it writes into a class of the library.

Each rule would rather give pylint a text too many than one too few. The audit measures what else
differs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias, TypeGuard

from lintseq_datasets.languages.base import SyntaxProblem
from lintseq_datasets.languages.python.names import bound_by
from lintseq_datasets.languages.python.parsing import parse
from lintseq_datasets.linters._prylint_opaque import Opaque, find_opaque, required_positional
from lintseq_datasets.linters.syntax import top_level_parts

# The states of a program share most of their parts; long parts would take much memory.
_LONG_PART = 1000  # characters; longer parts are not remembered

_PRIVATE = re.compile(
    r"^[ \t]*(?:async[ \t]+)?def[ \t]+(_\w*|dummy\w*|ignored_\w*|unused_\w*)", re.M
)
"""Functions that may be defined again, as newer versions see it."""

_SPECIAL = re.compile(r"__\w+__")
_ENUMERATION = re.compile(r"(?:Enum|Flag)\w*$")

_OwnNodes: TypeAlias = "dict[ast.AST, list[ast.AST]]"

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.Lambda, ast.ClassDef, ast.Module)
# Python hands the class to these, without a decorator that says so.
_OF_CLASSES = ("__new__", "__init_subclass__", "__class_getitem__")


def is_doubtful(text: str) -> bool:
    """Whether prylint might judge a text otherwise than pylint, or spoil the texts beside it.

    Args:
        text: A program that parses.
    """
    # Of the text, not of its parts: the two definitions may stand in different ones.
    if _redefines_private(text):
        return True
    # Parts are asked first, as their answers are remembered. They find no less than the whole: no
    # cut goes through a scope but that of the module, and a part that does not parse decides
    # nothing.
    if not any(found is not False for found in map(_part_is_doubtful, top_level_parts(text))):
        return False
    # A part may be cut within a statement, or use names whose values are known from another part.
    return _examine(text, is_whole=True) is not False


def _redefines_private(text: str) -> bool:
    # By the text: in another scope, or in a string, the same name is no second definition, and
    # pylint is asked without need. Special methods, which most classes have, are left out for that.
    names = [name for name in _PRIVATE.findall(text) if _SPECIAL.fullmatch(name) is None]
    return len(names) != len(set(names))


def _part_is_doubtful(part: str) -> bool | None:
    return _short_part(part) if len(part) <= _LONG_PART else _examine(part)


@lru_cache(maxsize=100_000)
def _short_part(part: str) -> bool | None:
    return _examine(part)


def _examine(text: str, *, is_whole: bool = False) -> bool | None:
    """Whether one of the rules holds; None if the text does not parse."""
    try:
        tree = parse(text)
    except RecursionError:
        return True  # whatever pylint says of such a text
    if isinstance(tree, SyntaxProblem):
        return None
    scopes = _scopes(tree)
    methods = {
        child
        for scope, own in scopes.items()
        if isinstance(scope, ast.ClassDef)
        for child in own
        if isinstance(child, _FUNCTIONS)
    }
    # Within a part, imports and values from elsewhere are missing: there, nothing is opaque.
    opaque = (
        find_opaque([node for own in scopes.values() for node in own]) if is_whole else Opaque()
    )
    return any(
        (isinstance(scope, ast.ClassDef) and _class_is_doubtful(scope, own, scopes))
        or _writes_elsewhere(
            scope,
            own,
            opaque,
            is_method=scope in methods,
            is_cut=scope is tree and not is_whole,
        )
        for scope, own in scopes.items()
    )


def _scopes(tree: ast.Module) -> _OwnNodes:
    """Every scope with its own nodes; a scope within it counts as a single node."""
    # For "def f(a):\n    b": {Module: [FunctionDef], FunctionDef: [Expr, Name, arguments, arg]}.
    # Without recursion, as texts may be nested deeply.
    scopes: _OwnNodes = {}
    heads: list[ast.AST] = [tree]
    while heads:
        scope = heads.pop()
        scopes[scope] = own = []
        pending = _children(scope)
        while pending:
            node = pending.pop()
            own.append(node)
            if isinstance(node, _SCOPES):
                heads.append(node)
            else:
                pending += _children(node)
    return scopes


def _children(node: ast.AST) -> list[ast.AST]:
    """What `ast.iter_child_nodes` yields, faster and without contexts and operators."""
    children: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            children += [child for child in value if isinstance(child, ast.AST)]
        elif isinstance(value, ast.AST) and value._fields:  # `Load`, `Add` and the like have none
            children.append(value)
    return children


# --- attributes of what may not be the program's own ------------------------------------


def _writes_elsewhere(
    scope: ast.AST, own: list[ast.AST], opaque: Opaque, *, is_method: bool, is_cut: bool
) -> bool:
    """Whether an attribute is set, changed or deleted on what may not be the program's own.

    Its own are functions and classes that are defined beside the change, and the first
    parameter of a method, though not what that holds. Of other parameters without a default, and
    of what is opaque, nothing is known. A linter then writes the attribute nowhere.
    """
    changed = [node for node in own if _is_changed(node)]
    if not changed:
        return False
    unknown = _parameters(scope) - _bound(own)
    alone = set(unknown)
    if not is_cut:  # the rest of the scope may bind the same names
        defined = {node.name for node in own if isinstance(node, (*_FUNCTIONS, ast.ClassDef))}
        others = [node for node in own if not isinstance(node, (*_FUNCTIONS, ast.ClassDef))]
        alone |= defined - _bound(others)  # bound again, a name may stand for anything
    # `self.x = 1` writes into the class of the program; of what `self.a` is, a linter may know.
    if is_method:
        unknown -= _first_parameter(scope)
    return any(
        node.attr == "__class__"  # makes it an instance of something else
        or not ({_owner(node)} & alone or {_root(node)} & unknown or opaque.covers(node.value))
        for node in changed
    )


def _is_changed(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)


def _owner(node: ast.Attribute) -> str | None:
    """The name before the dot, if there is no more than a name."""
    return node.value.id if isinstance(node.value, ast.Name) else None


def _root(node: ast.Attribute) -> str | None:
    """The name before the first of several dots, if there is nothing else between them."""
    owner = node.value
    while isinstance(owner, ast.Attribute):
        owner = owner.value
    return owner.id if isinstance(owner, ast.Name) else None


def _first_parameter(scope: ast.AST) -> set[str]:
    assert isinstance(scope, _FUNCTIONS)
    return {argument.arg for argument in [*scope.args.posonlyargs, *scope.args.args][:1]}


def _parameters(scope: ast.AST) -> set[str]:
    """Parameters without a default."""
    if not isinstance(scope, (*_FUNCTIONS, ast.Lambda)):
        return set()
    arguments = scope.args
    required = required_positional(arguments)
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    required += [argument for argument, default in pairs if default is None]
    return {argument.arg for argument in required}


def _bound(nodes: list[ast.AST]) -> set[str]:
    """Names that are bound otherwise than as parameters."""
    bound = (bound_by(node) for node in nodes if not isinstance(node, ast.arg))
    return {name for names in bound for name in names}


# --- attributes that nothing but their own change defines -------------------------------


def _class_is_doubtful(node: ast.ClassDef, own: list[ast.AST], scopes: _OwnNodes) -> bool:
    """Whether a class is an enumeration, or changes an attribute that it never sets."""
    # By name alone: the base may come from any module, under any path.
    if any(_ENUMERATION.search(ast.unparse(base)) for base in node.bases):
        return True
    of_class, of_instance = _bound(own), set[str]()
    class_changed, instance_changed = set[str](), set[str]()
    for method in (child for child in own if isinstance(child, _FUNCTIONS)):
        # The first parameter of others may be the class: what they set is no member of instances.
        is_plain = not method.decorator_list and method.name not in _OF_CLASSES
        plain, changed = _bindings(method, scopes[method])
        of_instance |= plain
        (instance_changed if is_plain else class_changed).update(changed)
    return bool(class_changed - of_class or instance_changed - of_class - of_instance)


def _bindings(
    method: ast.FunctionDef | ast.AsyncFunctionDef, own: list[ast.AST]
) -> tuple[set[str], set[str]]:
    """Attributes of the first parameter: those that are set plainly, those that are changed."""
    # For `self.a = 1; self.b += 1; self.c = g(self.c); del self.d`: {a} and {b, c, d}.
    first = _first_parameter(method)
    mine = [node for node in own if _is_changed(node) and _owner(node) in first]
    if not mine:
        return set(), set()
    again = {target for node in own for target in _changed_targets(node, mine)}
    # Only what reads the old value needs the member to be there; ``self.x = 1`` makes it.
    again.update(node for node in mine if isinstance(node.ctx, ast.Del))
    return (
        {node.attr for node in mine if node not in again},
        {node.attr for node in mine if node in again},
    )


def _changed_targets(node: ast.AST, mine: list[ast.Attribute]) -> Iterator[ast.expr]:
    """Targets among some attributes whose new value is made of the old one."""
    if isinstance(node, ast.AugAssign):
        yield node.target
    # Few assignments have such a target, and only their values are worth a walk.
    elif isinstance(node, ast.Assign) and not set(mine).isdisjoint(node.targets):
        used = {part.attr for part in ast.walk(node.value) if isinstance(part, ast.Attribute)}
        yield from (target for target in mine if target in node.targets and target.attr in used)
