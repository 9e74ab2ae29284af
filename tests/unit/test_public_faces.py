"""Tests ask through public faces, so that what is inside may change without them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

OURS = "lintseq_datasets"

INSIDE = {
    "tests/unit/linters/test_trim.py": "a table of pylint's checks is compared with their source",
    "tests/unit/jobs/test_watch.py": "what is ended after hours, on processes that are made up",
    "tests/faults/workers.py": "hundreds of jobs without processes, to harm each at another moment",
    "tests/end_to_end/jobs/inside.py": "hundreds of deaths, and waits of minutes, are made up",
}
"""Files that look inside of the package, and why; each says more at its head."""

# In a string: a script, or a name that is patched.
_IN_TEXT = re.compile(rf"\b{OURS}[\w.]*(?:\._|\b import (?:\w+, )*_)[a-z]\w*", re.IGNORECASE)


def is_private(name: str) -> bool:
    return any(part.startswith("_") and not part.startswith("__") for part in name.split("."))


def looks_inside(tree: ast.Module) -> Iterator[str]:
    """What a module names that is private in ours."""
    imported: set[str] = set()
    for node in ast.walk(tree):
        for name, bound in names_of(node):
            imported.add(bound)
            if is_private(name):
                yield name
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _IN_TEXT.findall(node.value)
        elif is_private(attribute(node)) and root_of(node) in imported:
            yield ast.unparse(node)


def names_of(node: ast.AST) -> Iterator[tuple[str, str]]:
    """What an import takes of ours, and the names that it binds."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        source = f"{node.module or ''}." if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names:
            if (name := source + alias.name).startswith(OURS):
                yield name, alias.asname or alias.name.partition(".")[0]


def attribute(node: ast.AST) -> str:
    """The name behind a dot, or the text that `setattr` and the like are given for it."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Call) and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
        return str(node.args[1].value)
    return ""


def root_of(node: ast.AST) -> str:
    """The name before the first dot, of what is asked for an attribute."""
    if isinstance(node, ast.Call):
        node = node.args[0]
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def found_in(path: Path) -> list[str]:
    return sorted(set(looks_inside(ast.parse(path.read_text(encoding="utf-8")))))


def test_no_test_looks_inside() -> None:
    paths = {path.relative_to(ROOT).as_posix(): path for path in ROOT.glob("tests/**/*.py")}
    found = {name: inside for name, path in paths.items() if (inside := found_in(path))}
    assert {name: inside for name, inside in found.items() if name not in INSIDE} == {}
    assert set(INSIDE) <= set(found), "a reason is not needed any more"


def test_what_looks_inside_is_seen() -> None:
    for text in (
        f"import {OURS}.jobs._pool",
        f"from {OURS}.jobs import _pool",
        f"from {OURS}.jobs._pool import Pool",
        f"from {OURS}.mapping import mappers\nmappers._load",
        f"from {OURS}.jobs.local import Job\npatch.setattr(Job, '_write', None)",
        f"patch.setattr('{OURS}.jobs.publication._SHARD_BYTES', 1)",
        f"run('from {OURS}.jobs import local, _pool')",
    ):
        assert list(looks_inside(ast.parse(text))), text
    fine = f"import {OURS}\nfrom a import _b\n{OURS}.__version__\n_b._c\nself._x = {OURS}.b(_x)"
    assert not list(looks_inside(ast.parse(fine)))
