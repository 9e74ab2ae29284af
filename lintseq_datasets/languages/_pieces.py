r"""What the tree of a grammar says of pieces of text, such as answers of models.

A tree has errors on valid programs too, so a few errors do not make a text prose: of a program
at most one line in five has one. Prose has them nearly everywhere. Where a fence looks like code,
as a template string of JavaScript does, it counts as a fence, unless the tree has it in a comment,
or in a string of a text without errors:

    /**              the fence is        Sure:          the fence is a fence, though all this
     * ```js          in a comment       ```js          is JavaScript: a label, and a template
     * f()                               f()            string
     * ```                               ```
     */
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lintseq_datasets.languages.base import SnippetKind
from lintseq_datasets.languages.grammar import Grammar, GrammarSource

# Also one that is indented, or in a list or a quotation.
_FENCE = re.compile(r"^[ \t>*+-]*(?:```|~~~)", re.MULTILINE)
_SIGNS_OF_CODE = re.compile(r"[=(\[{}\]_\\;<>]")
_PLAIN_CODE = re.compile(r"\w\(|[;{}][ \t]*$|^[ \t]*[\w$.]+[ \t]*[:+-]?=[ \t]*\S", re.MULTILINE)
# Parts of the names of nodes that do something, in any grammar.
_DOES = re.compile(
    r"call|assign|declar|definition|import|function|method|class|new_|return|await|yield|update"
    r"|lambda|arrow|if|for|while|throw|echo|package|require|module|command|creation|augmented"
)
_DEFINES = re.compile(r"declaration|definition|method|class|module|function|interface|struct")


@dataclass(frozen=True, slots=True)
class TreePieces:
    """What a grammar says of pieces of text.

    Args:
        grammar: The grammar.
        extra: Extra of this library that brings it.
    """

    grammar: Grammar
    extra: str

    def _root(self, text: str) -> Any:
        return GrammarSource(text, self.grammar, self.extra).root

    def is_program(self, text: str) -> bool:
        """Whether a text parses, but for a few lines, and has no fence outside of its strings."""
        root = self._root(text)
        if not self._does_something(root) or _has_many_errors(root, text):
            return False
        fences = [text.count("\n", 0, fence.end()) for fence in _FENCE.finditer(text)]
        if not fences:
            return True
        kinds = self.grammar.comments
        # With errors, what looks like a string may begin at an apostrophe of the prose.
        if not root.has_error:
            kinds |= self.grammar.strings
        return set(fences) <= self._lines_within(root, kinds)

    def is_plainly_code(self, text: str) -> bool:
        """Whether it holds what no prose does, and no mark of a fence."""
        return _FENCE.search(text) is None and _PLAIN_CODE.search(text) is not None

    def is_prose(self, text: str) -> bool:
        """Whether it does nothing, or does not parse and has no sign of code."""
        root = self._root(text)
        if _has_many_errors(root, text):
            return " " in text.strip() and _SIGNS_OF_CODE.search(text) is None
        return not self._does_something(root) and _SIGNS_OF_CODE.search(text) is None

    def is_printed(self, code: str) -> bool:
        """Whether it parses and does nothing."""
        return self.kind_of(code) == "values"

    def kind_of(self, code: str) -> SnippetKind:
        """What a block of code holds."""
        root = self._root(code)
        if all(child.type in self.grammar.comments for child in root.children):
            return "comments"
        if _has_many_errors(root, code):
            return "unparsed"
        return "program" if self._does_something(root) else "values"

    def may_end_in_string(self, code: str) -> bool:
        """Fences in strings are left to the label."""
        return False

    def quoted_lines(self, text: str) -> frozenset[int]:
        """Lines that begin within a comment."""
        return frozenset(self._lines_within(self._root(text), self.grammar.comments))

    def defined_names(self, code: str) -> frozenset[str]:
        """Functions and classes at top level."""
        return frozenset(
            _text(name)
            for node in _top_level(self._root(code))
            if _DEFINES.search(node.type) and (name := node.child_by_field_name("name")) is not None
        )

    def bound_names(self, code: str) -> frozenset[str]:
        """The same: what else a program binds is not looked for."""
        return self.defined_names(code)

    def used_names(self, code: str) -> frozenset[str]:
        """All identifiers."""
        # Grammars have several kinds, such as `property_identifier` of JavaScript or PHP's `name`.
        found = (node for node in _nodes(self._root(code)) if not node.child_count)
        return frozenset(
            _text(node) for node in found if node.type.endswith(("identifier", "name"))
        )

    def _does_something(self, root: Any) -> bool:
        return any(
            node.is_named and node.type not in self.grammar.comments and _DOES.search(node.type)
            for node in _nodes(root)
        )

    def _lines_within(self, root: Any, kinds: frozenset[str]) -> set[int]:
        """Lines that begin within a node that began above them."""
        lines: set[int] = set()
        for node in _nodes(root):
            if node.type in kinds:
                lines.update(range(node.start_point[0] + 1, node.end_point[0] + 1))
        return lines


def _nodes(root: Any) -> Iterator[Any]:
    # Without recursion: what a model writes may be nested deeply.
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.children


def _top_level(root: Any) -> Iterator[Any]:
    for node in root.children:
        yield node
        # In JavaScript, ``export function f() {}`` is a node around the function.
        if "export" in node.type or node.type == "decorated_definition":
            yield from node.children


def _text(node: Any) -> str:
    return bytes(node.text or b"").decode("utf-8", "replace")


def _has_many_errors(root: Any, text: str) -> bool:
    if not root.has_error:  # known of each node without a walk, as below
        return False
    lines: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type == "ERROR" or node.is_missing:
            lines.update(range(node.start_point[0], node.end_point[0] + 1))
        elif node.has_error:
            waiting += node.children
    # One line in five: grammars make a tree of any text, and of prose most of it is errors.
    return 5 * len(lines) > text.count("\n") + 1
