"""At which names of a statement a linter looks for more than whether they are bound.

Few values of a program are ever inferred: of ``total = total + price`` none, of
``total.add(price)`` that of ``total``. What values flow on into is another question.
"""

from __future__ import annotations

import ast
import builtins
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from lintseq_datasets.linters._parts import DEFINITIONS, WORD, header_nodes, walk

_TAKERS = {
    "abs", "bool", "chr", "dict", "enumerate", "float", "input", "int", "len", "list", "max",
    "min", "ord", "print", "range", "round", "set", "sorted", "str", "sum", "tuple", "zip",
}  # fmt: skip
"""Builtins of whose arguments nothing is inferred but where the result is."""
_BUILTIN = frozenset(dir(builtins))
_ASKING = {
    "Popen", "Thread", "Timer", "call", "check_call", "check_output", "critical", "debug", "error",
    "exception", "fatal", "field", "format", "get", "getenv", "getoutput", "info", "isinstance",
    "issubclass", "log", "lstrip", "open", "putenv", "reversed", "rstrip", "run", "strip", "super",
    "unsetenv", "warn", "warning",
}  # fmt: skip
"""Names of functions of whose arguments some check infers the values."""
_KNOWN_MODULES = {"numpy", "six", "gi"}
"""Modules that astroid knows something of even if they cannot be found."""
_KNOWN_CALLS = {
    "namedtuple", "NamedTuple", "Enum", "TypedDict", "TypeVar", "NewType", "ParamSpec",
    "TypeVarTuple", "cast", "partial", "sample", "quantiles", "Namespace",
}  # fmt: skip
"""Names of functions whose calls astroid takes for those that it knows."""


class Sources(NamedTuple):
    """What binds the names of a program, in whatever scope."""

    of: Mapping[str, Sequence[ast.expr | bool]]
    """For each name the values that it is bound to, or whether they are opaque."""
    attributes: frozenset[str]
    """Attributes that are assigned."""
    aliases: frozenset[str]
    """All names that may be names of something that is defined under another."""


def find_sources(nodes: Iterable[ast.AST], may_resolve: Callable[[str], bool]) -> Sources:
    """What binds the names of a program.

    Args:
        nodes: All nodes of the program, level by level.
        may_resolve: Whether a top-level module of some name may be found.
    """
    nodes = list(nodes)

    def may_be_known(module: str) -> bool:
        return module in _KNOWN_MODULES or may_resolve(module)

    sources: dict[str, list[ast.expr | bool]] = defaultdict(list)
    for name, source in _bindings(nodes, may_be_known):
        sources[name].append(source)
    named: Counter[str] = Counter()
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            named.update(alias.name.split(".")[0] for alias in node.names if not alias.asname)
        elif isinstance(node, DEFINITIONS) and not node.decorator_list:
            named[node.name] += 1
    aliases = {name for name, found in sources.items() if len(found) > named[name]}
    attributes = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
    }
    return Sources(dict(sources), frozenset(attributes), frozenset(aliases | attributes))


def opaque_names(sources: Sources) -> frozenset[str]:
    """Names of a program of whose values a linter can know nothing.

    All that binds them are imports of modules that cannot be found, and assignments of and
    loops over what comes out of those.
    """
    found: set[str] = set()
    left = sources.of.keys() - _BUILTIN
    while more := {
        name
        for name in left
        if all(
            source if isinstance(source, bool) else root(source) in found
            for source in sources.of[name]
        )
    }:
        found |= more
        left -= more
    return frozenset(found)


def _bindings(
    nodes: Iterable[ast.AST], may_resolve: Callable[[str], bool]
) -> Iterator[tuple[str, ast.expr | bool]]:
    """Each name that is bound, with what it is bound to or else whether that is opaque."""
    known: set[int] = set()
    for node in nodes:
        for target, source in _assigned(node):
            if isinstance(target, ast.Name):
                known.add(id(target))
                yield target.id, source
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load) and id(node) not in known:
                yield node.id, False
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                module = alias.name if isinstance(node, ast.Import) else node.module or ""
                is_relative = isinstance(node, ast.ImportFrom) and node.level > 0
                is_opaque = not is_relative and not may_resolve(module.split(".")[0])
                yield (alias.asname or alias.name.split(".")[0]), is_opaque
        else:
            for name in _other_names(node):
                yield name, False


def _assigned(node: ast.AST) -> Iterator[tuple[ast.expr | None, ast.expr]]:
    """Targets, and what they or what comes out of it is assigned from."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield target, node.value
    elif isinstance(node, ast.For):
        yield node.target, node.iter
    elif isinstance(node, ast.withitem):
        yield node.optional_vars, node.context_expr


def _other_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, DEFINITIONS):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def root(value: ast.expr) -> str | None:
    """The name that an expression comes out of by attributes, calls and subscripts.

    None also if something is known of what comes out, whatever the name means.
    """
    while not isinstance(value, ast.Name):
        if isinstance(value, ast.Call):
            value = value.func
            name = getattr(value, "attr", None) or getattr(value, "id", None)
            if name in _KNOWN_CALLS:
                return None
        elif isinstance(value, (ast.Attribute, ast.Subscript)):
            value = value.value
        else:
            return None
    return value.id


def results(names: Iterable[str]) -> frozenset[str]:
    """What stands for what functions give back, among names that stand for the functions."""
    return frozenset(f"{name}()" for name in names)


def without_results(names: Iterable[str]) -> set[str]:
    """The functions instead of what they give back."""
    return {name.removesuffix("()") for name in names}


class Look(NamedTuple):
    """What checks look at in a part of a program."""

    words: frozenset[str]  # with `results`
    elements: tuple[int, ...] = ()
    """Masks of lines that can go without more happening to what is left than that some value,
    at which nothing looks, becomes another."""


class Looks:
    """Tells at what the checks of a linter look in the statements of a program.

    Args:
        sources: What binds its names; no star import may bind any.
        opaque: Those of whose values nothing is known.
        functions: Names that are functions for certain.
    """

    def __init__(
        self, sources: Sources, opaque: Collection[str], functions: Collection[str]
    ) -> None:
        self.opaque = opaque
        self.functions = functions
        self.takers = _TAKERS - sources.of.keys()
        self.asking = _ASKING | sources.aliases

    def of(self, statement: ast.AST) -> Look:
        """What checks look at in a simple statement, or in the header of a block.

        Checks of names are left out.
        """
        reading = _Reading(self)
        reading.read(statement)
        while reading.values:
            reading.read_value(reading.values.pop())
        words = _words([child for node in reading.looked for child in walk(node)])
        return Look(words | results(words) | reading.called, tuple(reading.elements))


class _Reading:
    """Sorts the nodes of a statement: is anything inferred of their values?"""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self.values: list[ast.AST] = []  # nothing is, but for what is to be found in them
        self.looked: list[ast.AST] = []  # something may be
        self.called: set[str] = set()  # names of functions, and of their `results`
        self.elements: list[int] = []

    def read(self, statement: ast.AST) -> None:
        """Sort the nodes of a simple statement or of the header of a block."""
        if isinstance(statement, (ast.Expr, ast.Return)):
            self.values += [statement.value] if statement.value else []
        elif isinstance(statement, ast.Assign) and all(map(_is_plain, statement.targets)):
            self._read_targets(statement.targets)
            self.values.append(statement.value)
            if isinstance(statement.value, ast.Call):  # does it return anything?
                self.called |= results(_words(walk(statement.value.func)))
        elif isinstance(statement, ast.AugAssign) and _is_plain(statement.target):
            self._read_targets([statement.target])
            self.values.append(statement.value)
        elif isinstance(statement, (ast.If, ast.While)):
            self.values.append(statement.test)
        elif isinstance(statement, (ast.For, ast.AsyncFor)):
            self._read_targets([statement.target])
            self.looked.append(statement.iter)
        elif isinstance(statement, (ast.With, ast.AsyncWith)):
            self._read_targets([item.optional_vars for item in statement.items])
            self.looked += [item.context_expr for item in statement.items]
        elif hasattr(statement, "body") and not isinstance(statement, DEFINITIONS):
            self.looked += header_nodes(statement)
        else:
            self.looked.append(statement)

    def _read_targets(self, targets: Iterable[ast.expr | None]) -> None:
        self.looked += [target for target in targets if target and not isinstance(target, ast.Name)]

    def read_value(self, value: ast.AST) -> None:
        """Sort what a value is made of, of which itself nothing is inferred."""
        if isinstance(value, ast.Call):
            self._read_call(value)
        elif isinstance(value, (ast.List, ast.Tuple)):
            self.values += value.elts
            if isinstance(value, ast.List):
                self.elements += _elements(value, [(item, item) for item in value.elts])
        elif isinstance(value, ast.Dict):
            pairs = [
                (key or item, item) for key, item in zip(value.keys, value.values, strict=True)
            ]
            self.looked += [first for first, _ in pairs]
            self.values += value.values
            self.elements += _elements(value, pairs)
        elif isinstance(value, ast.IfExp):
            self.looked.append(value.test)
            self.values += [value.body, value.orelse]
        elif isinstance(value, ast.Attribute) and root(value) in self._looks.opaque:
            self.values.append(value.value)
        elif _is_combination(value):
            self.values += ast.iter_child_nodes(value)
        elif not isinstance(value, (ast.Name, ast.Constant, ast.operator, ast.boolop, ast.cmpop)):
            self.looked.append(value)

    def _read_call(self, call: ast.Call) -> None:
        function = call.func
        name = function.id if isinstance(function, ast.Name) else None
        if root(function) in self._looks.opaque:
            self.values.append(function)
        elif self._asks(function):
            self.looked.append(call)
            return
        elif name is not None and name in self._looks.functions:
            self.called.add(name)  # how it can be called matters, but not what it gives back
        elif name not in self._looks.takers:
            self.looked.append(function)
        self.values += call.args
        for keyword in call.keywords:
            (self.looked if keyword.arg is None else self.values).append(keyword.value)

    def _asks(self, function: ast.expr) -> bool:
        """Whether anything may be inferred of the arguments of a call."""
        if isinstance(function, ast.Name):
            return function.id in self._looks.asking
        return not isinstance(function, ast.Attribute) or function.attr in self._looks.asking


def _is_combination(value: ast.AST) -> bool:
    """Whether nothing is inferred of the operands of an operation."""
    if isinstance(value, ast.BinOp):
        return not _is_checked(value)
    if isinstance(value, ast.Compare):
        return not any(isinstance(op, (ast.In, ast.NotIn)) for op in value.ops)
    return isinstance(value, (ast.BoolOp, ast.JoinedStr, ast.FormattedValue))


def _is_checked(operation: ast.BinOp) -> bool:
    """Whether an operation may format a text or make a type."""
    is_text = isinstance(operation.left, (ast.Constant, ast.JoinedStr))
    return isinstance(operation.op, ast.BitOr) or (isinstance(operation.op, ast.Mod) and is_text)


def _elements(
    display: ast.List | ast.Dict, pairs: Iterable[tuple[ast.expr, ast.expr]]
) -> Iterator[int]:
    """Masks of the lines of which a display can lose each without becoming something else.

    Args:
        display: A list or a dictionary.
        pairs: The beginning and the end of each of its elements.
    """
    groups = [(display.lineno, display.lineno)]  # what begins on the line of the bracket stays
    for first, last in pairs:
        start, end = groups[-1]
        stop = last.end_lineno or last.lineno
        if first.lineno > end:
            groups.append((first.lineno, stop))
        else:
            groups[-1] = (start, max(end, stop))
    for start, stop in groups[1:]:
        yield (1 << stop) - (1 << (start - 1))


def _is_plain(target: ast.expr) -> bool:
    """Whether nothing is inferred of what is assigned to a target."""
    if isinstance(target, ast.Name):
        return not target.id.startswith("__")
    if isinstance(target, ast.Attribute):
        return not target.attr.startswith("__")
    return isinstance(target, ast.Subscript)


def _words(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """All identifiers in some nodes, also in strings."""
    found: set[str] = set()
    for node in nodes:
        for value in vars(node).values():
            if isinstance(value, str):
                found.update(WORD.findall(value))
            elif isinstance(value, list):
                found.update(item for item in value if isinstance(item, str))
    return frozenset(found)
