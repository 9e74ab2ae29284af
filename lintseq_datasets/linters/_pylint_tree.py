"""The tree of a program as astroid builds it, and what building it leaves in other trees.

astroid looks at what a program assigns to attributes. Of

    from argparse import ArgumentParser
    ArgumentParser().extra = 1

it remembers, in its tree of `argparse`, that parsers have an ``extra``. In the next program
``ArgumentParser().extra`` would be no error. `TreeBuilder.undo` takes that back.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import Any

from astroid import MANAGER, bases, nodes, rebuilder
from astroid.builder import AstroidBuilder
from astroid.exceptions import AstroidError

MODULE_NAME = "<program>"  # cannot be imported: it is no identifier
_MODULE_FILE = "<program>.py"  # never opened; some checks apply to source files only


class _Rebuilder(rebuilder.TreeRebuilder):  # type: ignore[misc]  # astroid is untyped here
    """Leaves the parser's tree as it is; others who hold the source read it, too.

    The original takes docstrings out of the tree.
    """

    def _get_doc(self, node: Any) -> tuple[Any, ast.Constant | None]:
        body = node.body
        node, docstring = super()._get_doc(node)
        if docstring is not None:
            without = copy.copy(node)
            node.body = body
            node = without
        return node, docstring


class TreeBuilder(AstroidBuilder):  # type: ignore[misc]  # astroid is untyped here
    """Builds the tree of a program and remembers what it wrote into other modules.

    ``parser.foo = 1`` on an instance of a library class adds ``foo`` to the tree of
    the library, where it would hide errors of later programs.
    """

    def __init__(self) -> None:
        super().__init__(MANAGER)
        self._written: list[tuple[dict[str, list[nodes.NodeNG]], str, nodes.NodeNG]] = []

    def build(self, tree: ast.Module, text: str) -> tuple[nodes.Module, rebuilder.TreeRebuilder]:
        """The bare tree, which is as large as the text, and what it takes to complete it."""
        # The text as well: astroid takes from it where the keyword and the name of a definition
        # stand.
        builder = _Rebuilder(MANAGER, text)
        module = builder.visit_module(tree, MODULE_NAME, _MODULE_FILE, False)
        module.file_bytes = text.encode("utf-8")
        return module, builder

    def complete(self, module: nodes.Module, builder: rebuilder.TreeRebuilder) -> nodes.Module:
        """Do what takes inference."""
        return self._post_build(module, builder, "utf-8")

    def delayed_assattr(self, node: nodes.AssignAttr) -> None:
        # What is inferred now is where the original adds the name.
        targets = list(_attribute_owners(node))
        super().delayed_assattr(node)
        for owner in targets:
            if any(value is node for value in owner.get(node.attrname, ())):
                self._written.append((owner, node.attrname, node))

    def undo(self) -> None:
        """Take back what programs wrote into other modules."""
        # By identity: a program may write what the library itself has an equal node for.
        for owner, name, node in self._written:
            left = [value for value in owner.get(name, ()) if value is not node]
            if left:
                owner[name] = left
            else:  # an empty list would still make it a member
                owner.pop(name, None)
        self._written.clear()


def _attribute_owners(node: nodes.AssignAttr) -> Iterator[dict[str, list[nodes.NodeNG]]]:
    """Dictionaries outside of the program to which the assignment may add its name."""
    root = node.root()
    try:
        inferred = list(node.expr.infer())
    except AstroidError:
        return
    for value in inferred:
        # An instance stands for its class, which is where astroid writes the attribute to.
        proxied = getattr(value, "_proxied", value) if isinstance(value, bases.Proxy) else value
        try:
            foreign = proxied.root() is not root
        except AttributeError:
            continue
        if foreign:
            for name in ("instance_attrs", "locals"):
                if isinstance(owner := getattr(proxied, name, None), dict):
                    yield owner
