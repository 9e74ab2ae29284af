"""What a piece of text is: a program, printed values, an interactive session, a notebook cell.

What parses is judged by its syntax tree, so that no string of a program is taken for anything.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lintseq_datasets.languages.base import SnippetKind
from lintseq_datasets.languages.python.parsing import is_python, parse

_PROMPT = re.compile(r"^>>>(?: |$)", re.MULTILINE)
_IPYTHON_PROMPT = re.compile(r"\s*In \[\d+\]:")  # which may parse, as an annotation
_MAGIC = re.compile(
    r"^([ \t]*)(?:%%?[A-Za-z_]|![A-Za-z~./{$]|\w+[ \t]*=[ \t]*[!%][A-Za-z]"
    r"|(?:pip3?|conda)[ \t]+install\b)[^\n]*",
    re.MULTILINE,
)
_MAY_BE_VALUE = re.compile(r"\s*(?:[\[{(]|[\"'](?!\"\"|''))")  # whose strings may hold code
_PLAIN_CODE = re.compile(
    r"^[ \t]*(?:import|from|print)\b|\w\(|^[ \t]*\w[\w.]*[ \t]*=[ \t]*\S", re.MULTILINE
)
_DOES_SOMETHING = (
    ast.Call, ast.Lambda, ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip
_WORDS_OF_PROSE = (
    ast.Return, ast.Raise, ast.Assert, ast.Delete, ast.Global, ast.Nonlocal, ast.Break,
    ast.Continue,
)  # fmt: skip
_SIGNS_OF_CODE = re.compile(r"[=(\[{}\]_\\]|:[ \t]*(?:$|#)|^[ \t]*(?:import|from|print)\b", re.M)
# Functions whose calls may be printed values; so may calls of any name with a capital letter.
_PRINTED = {"array", "tensor", "deque", "defaultdict", "frozenset", "set", "bytearray", "range",
            "date", "datetime", "timedelta", "matrix"}  # fmt: skip


def is_program(text: str) -> bool:
    """Whether a text parses."""
    return is_python(text)


def quoted_lines(text: str) -> frozenset[int]:
    """None: a comment has one line."""
    return frozenset()


def may_end_in_string(code: str) -> bool:
    """Whether a text may end within a string of several lines."""
    # By counting, as a text that is cut off does not parse; quotes in comments count, too.
    return code.count('"""') % 2 == 1 or code.count("'''") % 2 == 1


def syntax_tree(code: str) -> ast.Module | None:
    """The syntax tree of a text; None if it does not parse."""
    try:
        tree = parse(code)
    except RecursionError:
        return None
    return tree if isinstance(tree, ast.Module) else None


def is_plainly_code(text: str) -> bool:
    r"""Whether a text is clearly code, as far as can be seen without parsing it.

    It holds what no prose and no printed value does, such as a call or an assignment, and no
    mark of a fence, a prompt or a notebook. Whether it parses is another question.

    >>> [is_plainly_code(text) for text in ("x = 1", "See above.", ">>> f()", "```\nf()\n```")]
    [True, False, False, False]
    """
    if "```" in text or "~~~" in text or _IPYTHON_PROMPT.match(text):
        return False
    if _MAY_BE_VALUE.match(text):
        return False
    has_code = _PLAIN_CODE.search(text) is not None
    return has_code and not (_PROMPT.search(text) or _MAGIC.search(text))


def kind_of(code: str) -> SnippetKind:
    """What a block of code holds.

    >>> [kind_of(code) for code in ("x = 1", "[1, 2]", ">>> x", "%time f()", "$ ls")]
    ['program', 'values', 'session', 'magics', 'unparsed']
    """
    # Before it is parsed: ``In [1]: x`` would be an annotation.
    if _IPYTHON_PROMPT.match(code):
        return "session"
    tree = syntax_tree(code)
    if tree is not None:
        if not tree.body:
            return "comments"
        return "values" if all(map(_is_value, tree.body)) else "program"
    return _kind_of_unparsed(code)


def _kind_of_unparsed(code: str) -> SnippetKind:
    if _PROMPT.search(code):
        return "session"
    if code.lstrip().startswith("%%"):
        return "magics"
    # What is left must parse with a statement in the place of each command, at its indentation.
    without, found = _MAGIC.subn(r"\1pass", code)
    tree = syntax_tree(without) if found else None
    if tree is None:
        return "unparsed"
    return "magics" if all(isinstance(one, ast.Pass) for one in tree.body) else "magic"


def is_prose(text: str) -> bool:
    """Whether a text without fences is prose, and not even a program with mistakes.

    Prose is what parses but does nothing, such as a word, a number or ``yes and no``, and what
    does not parse and has none of the signs of code.

    >>> [is_prose(text) for text in ("See above", "I cannot do that.", "f()", "x = (")]
    [True, True, False, False]
    """
    tree = syntax_tree(text)
    if tree is None:  # one word that does not parse, such as ``1a``, is no sentence
        return " " in text.strip() and _SIGNS_OF_CODE.search(text) is None
    if text.lstrip().startswith(('"""', "'''")):
        return False  # a module that is documented, and empty
    return bool(tree.body) and all(map(_may_be_prose, tree.body))


def _is_value(statement: ast.stmt) -> bool:
    """Whether this is what a value looks like when it is printed: ``[1, 2]``, ``Sum: 3``."""
    if isinstance(statement, ast.AnnAssign) and statement.value is None:
        return _does_nothing(statement)
    return isinstance(statement, ast.Expr) and _does_nothing(statement)


def _may_be_prose(statement: ast.stmt) -> bool:
    """Whether words may look like this: ``raise awareness``."""
    if isinstance(statement, _WORDS_OF_PROSE):
        return _does_nothing(statement)
    return _is_value(statement)


def _does_nothing(node: ast.AST) -> bool:
    return not any(isinstance(inner, _DOES_SOMETHING) for inner in ast.walk(node))


# --- programs beside each other ------------------------------------------------------


def is_printed(code: str) -> bool:
    """Whether all of a block may be printed values, calls such as ``Point(x=1)`` among them."""
    tree = syntax_tree(code)
    return tree is not None and all(
        _is_value(one) or (isinstance(one, ast.Expr) and _prints_as(one.value)) for one in tree.body
    )


def _prints_as(node: ast.expr) -> bool:
    # ``Point()`` is more often a call, and ``main()`` always.
    if not isinstance(node, ast.Call) or not (node.args or node.keywords):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    name = node.func.id if isinstance(node.func, ast.Name) else name
    if not (name[:1].isupper() or name in _PRINTED):
        return False
    inner = [*node.args, *(keyword.value for keyword in node.keywords)]
    return all(_does_nothing(one) or _prints_as(one) for one in inner)


def defined_names(code: str) -> frozenset[str]:
    """Functions and classes that a program defines at top level, also behind an ``if``."""
    tree = syntax_tree(code)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = () if tree is None else _top_level(tree)
    return frozenset(node.name for node in found if isinstance(node, kinds))


def bound_names(code: str) -> frozenset[str]:
    """All names that a program binds at top level."""
    tree = syntax_tree(code)
    if tree is None:
        return frozenset()
    return frozenset(name for node in _top_level(tree) for name in _bound(node))


def used_names(code: str) -> frozenset[str]:
    """All names that a program reads, wherever in it."""
    tree = syntax_tree(code)
    found = () if tree is None else ast.walk(tree)
    return frozenset(
        node.id for node in found if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )


def _top_level(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a module that are in no function, class or lambda; these themselves are."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
