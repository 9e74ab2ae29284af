"""Grammars of tree-sitter: what is to be known of one, and the tree that it gives of a text."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, final

from lintseq_datasets.errors import MissingExtraError
from lintseq_datasets.languages.base import SyntaxProblem

BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))


@dataclass(frozen=True, slots=True)
class Grammar:
    """What is to be known of a grammar.

    Args:
        package: Module of the grammar.
        containers: Nodes between whose children lines can be cut, beside those in brackets.
        comments: Nodes that are comments.
        headers: Nodes whose first line takes the rest of them, such as the case of a switch.
        pinned: Nodes whose lines are not drawn, so that they are deleted last, unless they have
            a body.
        lists: Nodes in brackets that say nothing when they are empty: with one child they are
            one with it.
        brackets: What opens and what closes.
        strings: Nodes that are strings, which may hold what looks like a fence.
        function: Function of the package that gives the grammar.
    """

    package: str
    containers: frozenset[str]
    comments: frozenset[str]
    headers: frozenset[str] = frozenset()
    pinned: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    brackets: tuple[tuple[str, str], ...] = BRACKETS
    strings: frozenset[str] = frozenset()
    function: str = "language"


@final
class GrammarSource:
    """The text of a program and its tree, read when it is first asked for.

    Args:
        text: The text.
        grammar: That of its language.
        extra: Extra of this library that brings the grammar.
    """

    problem: SyntaxProblem | None = None  # for the linter to say

    def __init__(self, text: str, grammar: Grammar, extra: str) -> None:
        self.text = text
        self._grammar, self._extra = grammar, extra

    @cached_property
    def root(self) -> Any:
        """The root of the tree.

        Raises:
            MissingExtraError: The grammar is not installed.
        """
        parser = _parser(self._grammar.package, self._grammar.function, self._extra)
        # Its places are bytes, and the node keeps its tree alive.
        return parser.parse(self.text.encode("utf-8")).root_node


@lru_cache(maxsize=16)
def _parser(package: str, function: str, extra: str) -> Any:
    try:
        import tree_sitter

        grammar = getattr(importlib.import_module(package), function)()
    except ImportError:
        raise MissingExtraError(package.replace("_", "-"), extra) from None
    return tree_sitter.Parser(tree_sitter.Language(grammar))
