"""What programs of the grammar are written with: lines, names in scope, expressions."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

WORDS = (
    "x", "y", "total", "items", "data", "name", "size", "value", "rows", "count", "result",
    "text", "key", "kind", "more", "last", "found", "step", "other", "node", "best", "left",
    "word", "limit", "pair", "table",
)  # fmt: skip
PLAIN = ("number", "text", "list", "dict", "pair", "maybe")
_COMMENTS = (
    "# why", "# the rest", "# pylint: disable=all", "# pylint: disable=E0602", "# type: ignore",
    "# noqa", "# pylint: skip-file",
)  # fmt: skip


@dataclass(slots=True)
class Value:
    """What a name is bound to, as far as the grammar knows."""

    kind: str  # one of PLAIN; "any", "function", "class", "instance", "type"
    takes: tuple[str, ...] = ()  # kinds of the parameters of a function or class
    gives: str = "any"  # kind of what a call returns
    members: dict[str, Value] = field(default_factory=dict)  # of a class
    uses: tuple[str, ...] = ()  # protocols of a class: expressions with {} for the instance
    owner: Value | None = None  # class of an instance


class Scope:
    """Names that are bound where a statement stands."""

    def __init__(self, parent: Scope | None = None) -> None:
        self.parent = parent
        self.names: dict[str, Value] = {}
        self.in_loop = False
        self.self_class: Value | None = None  # class of `self`, in a method

    def visible(self) -> dict[str, Value]:
        return {**(self.parent.visible() if self.parent else {}), **self.names}

    @property
    def is_module(self) -> bool:
        return self.parent is None


class Draft:
    """A program while it is written."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.lines: list[str] = []
        self.depth = 0
        self.head: list[str] = []  # imports
        self.helpers: list[str] = []  # functions that stand above all that was drawn
        self.later = Scope()  # names that functions use above the statement that binds them
        self._imported: dict[str, str] = {}
        self._unit = "  " if self.chance(0.05) else "    "

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def one(self, options: Sequence[T]) -> T:
        return self.rng.choice(options)

    def line(self, text: str) -> None:
        if self.chance(0.04):
            self.lines.append(self._unit * self.depth + self.one(_COMMENTS))
        end = "  " + self.one(_COMMENTS) if self.chance(0.02) and "\\" not in text else ""
        self.lines.append(self._unit * self.depth + text + end)

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        self.line(header)
        before = len(self.lines)
        self.depth += 1
        yield
        if not any(line.strip()[:1] not in ("", "#") for line in self.lines[before:]):
            self.line("pass")
        self.depth -= 1

    def fresh(self, scope: Scope, words: Sequence[str] = WORDS) -> str:
        """A name that the scope does not bind; now and then one that it does."""
        free = [word for word in words if word not in scope.names]
        if not free or self.chance(0.1):
            return self.one(words)
        return self.one(free)

    def member(self, module: str, name: str, scope: Scope) -> str:
        """An expression for a member of a module, which is imported in one way or another."""
        key = f"{module}.{name}"
        if not scope.is_module and self.chance(0.15):
            self.line(f"from {module} import {name}")
            return name
        if key not in self._imported:
            line, expression = self.one(
                (
                    (f"import {module}", key),
                    (f"from {module} import {name}", name),
                    (f"from {module} import {name} as its_{name}", f"its_{name}"),
                    (f"import {module} as my_{module}", f"my_{module}.{name}"),
                )
            )
            self._imported[key] = expression
            if line not in self.head:
                self.head.append(line)
        return self._imported[key]


# --- expressions -------------------------------------------------------------------------


def expression(draft: Draft, scope: Scope, kind: str = "any", depth: int = 2) -> str:
    """An expression, mostly of a kind and mostly made of names that are bound."""
    if kind == "any":
        kind = draft.one(PLAIN)
    if draft.chance(0.003):
        return draft.one(("missing", "None", "print", "missing.part"))
    if draft.chance(0.75) and (found := from_names(draft, scope, kind, depth)):
        return draft.one(found)
    return composed(draft, scope, kind, depth) if depth else literal(draft, kind)


def from_names(draft: Draft, scope: Scope, kind: str, depth: int) -> list[str]:
    """Expressions of a kind that names in scope give."""
    found: list[str] = []
    for name, value in scope.visible().items():
        if value.kind in (kind, "any"):
            found.append(name)
        elif value.kind == "function" and value.gives in (kind, "any") and depth:
            found.append(call(draft, scope, name, value, depth))
        elif value.kind == "instance" and value.owner is not None:
            found += of_instance(draft, scope, name, value.owner, kind, depth)
    if scope.self_class is not None:
        found += of_instance(draft, scope, "self", scope.self_class, kind, depth)
    return found


def of_instance(
    draft: Draft, scope: Scope, name: str, owner: Value, kind: str, depth: int
) -> list[str]:
    found = [use.replace("{}", name) for use in owner.uses if kind == "number" or draft.chance(0.2)]
    for member, value in owner.members.items():
        if value.kind == kind:
            found.append(f"{name}.{member}")
        elif value.kind == "function" and value.gives == kind and depth:
            found.append(call(draft, scope, f"{name}.{member}", value, depth))
    return found


def call(draft: Draft, scope: Scope, name: str, value: Value, depth: int = 1) -> str:
    """A call, by position, by keyword or with what is unpacked."""
    takes = list(value.takes)
    if draft.chance(0.02):
        takes = takes[1:] if takes else ["number"]
    arguments = [expression(draft, scope, kind, depth - 1) for kind in takes]
    if arguments and draft.chance(0.1):
        arguments = [f"*{expression(draft, scope, 'list', depth - 1)}"]
    elif arguments and draft.chance(0.04):
        arguments[-1] = f"**{expression(draft, scope, 'dict', depth - 1)}"
    return f"{name}({', '.join(arguments)})"


def literal(draft: Draft, kind: str) -> str:
    return draft.one(
        {
            "number": ("0", "1", "2", "3.5"),
            "text": ("'a'", '"b c"', "''"),
            "list": ("[]", "[1, 2]", "['a']"),
            "dict": ("{}", "{'a': 1}", "dict(a=1)"),
            "pair": ("(1, 2)", "(0, 'b')"),
            "maybe": ("None", "1"),
        }[kind]
    )


_COMPOSED = {
    "number": (
        "{number} + {number}", "len({list})", "max({number}, {number})", "abs({number})",
        "sum({number} for item in {list})", "{number} if {number} else {number}",
        "int({text})", "{pair}[0]", "{dict}.get('a', 0)", "(lambda item: {number})({number})",
        "len({dict})", "-{number}", "{list}.count({number})", "hash({any})", "{number} % {number}",
    ),
    "text": (
        "str({any})", "f'{{{any}}} and {{{number}}}'", "('%s %s' % ({any}, {any}))",
        "'{{}} {{}}'.format({any}, {any})", "{text}.upper()", "('%d' % {number})",
        "', '.join(map(str, {list}))", "{text} + {text}", "('%s: %d' % ({text}, {number}))",
        "{text}.split(',')[0]", "'{{a}} {{b}}'.format(a={any}, b={any})", "repr({any})",
    ),
    "list": (
        "[{any}, {any}]", "[{number} for item in {list}]", "sorted({list})", "[*{list}, {any}]",
        "list(range({number}))", "{list} + {list}", "[item for item in {list} if item]",
        "list({dict})", "{text}.split()", "list(map(lambda item: {any}, {list}))",
        "[*{pair}]", "sorted({{{number}, {number}}})", "{list}[1:]", "list(zip({list}, {list}))",
    ),
    "dict": (
        "{{'a': {any}, 'b': {any}}}", "dict(a={any})", "{{**{dict}, 'c': {any}}}",
        "{{item: {any} for item in {list}}}", "dict(zip({list}, {list}))", "{dict} or {dict}",
        "dict({dict}, b={any})",
    ),
    "pair": (
        "({any}, {any})", "divmod({number}, 2)", "({number}, {list})", "{text}.partition(':')",
    ),
    "maybe": ("{dict}.get('a')", "{number} or None", "{number} if {number} else None"),
}  # fmt: skip


def composed(draft: Draft, scope: Scope, kind: str, depth: int) -> str:
    """An expression of a kind that is made of others."""

    def fill(found: re.Match[str]) -> str:
        return expression(draft, scope, found[1], depth - 1) if found[1] else found[0][0]

    return re.sub(r"{{|}}|{(\w+)}", fill, draft.one(_COMPOSED[kind]))
