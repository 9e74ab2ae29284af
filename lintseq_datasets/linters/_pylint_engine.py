"""One warm pylint for each process: parse, build the tree, walk it, clean up.

`pylint` prepares its checkers anew for each file, which takes half of the time on a
small one, and keeps every file in its caches. Here the checkers are prepared once,
programs are linted from strings under a name that no program can import, and what
a program left behind is removed before the next. No configuration is read: the
linter object is built directly, not through `pylint.lint.Run`.

A verdict must not depend on the programs before it: `Engine._forget` removes what a program leaves
behind in pylint, and `TreeBuilder.undo` what it left in the trees of other modules. For example,

    import os
    print(os.foo)

is built into a tree of astroid. It is plain ASCII and has no block, so what pylint would look for
in bytes and tokens is not there. The walk comes to ``os.foo``, whose check reads the module `os` of
the standard library and finds no ``foo``: E1101. Then the program is forgotten, and `os` is not.

The parts of pylint and astroid that are used here are not public. That is why
`pyproject.toml` pins their minor versions.
"""

from __future__ import annotations

import ast
import gc
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from astroid import MANAGER, bases, nodes, objects
from astroid.context import _invalidate_cache
from astroid.inference_tip import clear_inference_tip_cache
from astroid.interpreter.objectmodel import ObjectModel
from astroid.nodes._base_nodes import LookupMixIn
from pylint.checkers import BaseChecker
from pylint.checkers.classes.class_checker import ClassChecker, ScopeAccessMap
from pylint.checkers.clear_lru_cache import clear_lru_caches
from pylint.checkers.format import FormatChecker
from pylint.checkers.unicode import UnicodeChecker
from pylint.lint import PyLinter
from pylint.message import Message, MessageDefinitionStore
from pylint.reporters import BaseReporter
from pylint.utils import ASTWalker, FileState

from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.linters._growth import budget
from lintseq_datasets.linters._pylint_tree import MODULE_NAME, TreeBuilder
from lintseq_datasets.linters._pylint_trim import is_switched_off, trim
from lintseq_datasets.linters.base import LintMessage
from lintseq_datasets.linters.limits import MemoryUp

_PLAIN = re.compile(r"[\t\n\f -~]*")
_LINTS_PER_LINTER = 20_000  # its checkers grow a little with each lint, and making it takes 20 ms
# A linter that a crash or a budget left in the middle of something may hold the tree of its text,
# about 65 bytes for each character. Without one it takes 0.4 MB, as much as this many characters.
_LINTER_IN_CHARACTERS = 6_250
_MOST_HELD = 8 * _LINTER_IN_CHARACTERS
_LINTS_PER_COLLECTION = 10  # a tree is full of cycles, and is freed by a collection only
_MOST_MESSAGES = 100_000  # on one text

_CLEAR_CACHES: tuple[Callable[[], object], ...] = (
    _invalidate_cache,
    clear_inference_tip_cache,
    clear_lru_caches,
    LookupMixIn.lookup.cache_clear,
    nodes.ClassDef._metaclass_lookup_attribute.cache_clear,
)
"""Caches that hold nodes of a program. Nodes that outlive the next few lints are only freed by
a full collection, which takes a fraction of a second."""

_MODELS: list[ObjectModel] = [
    model
    for module in (nodes, bases, objects)
    for kind in vars(module).values()
    if isinstance(
        model := vars(kind).get("special_attributes") if isinstance(kind, type) else None,
        ObjectModel,
    )
]
"""They describe the attributes of functions, classes and so on, and remember the last of each."""

_Callback = Callable[[nodes.NodeNG], None]


class _Collector(BaseReporter):
    """Keeps messages as objects; nothing is printed or parsed back."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())

    def handle_message(self, msg: Message) -> None:
        if len(self.messages) == _MOST_MESSAGES:  # the budget of inference does not see messages
            raise MemoryUp
        self.messages.append(msg)

    def _display(self, layout: Any) -> None:
        """Reports are not wanted."""


class Engine:
    """Lints parsed programs, one after another.

    Args:
        is_error: Which message ids count.
    """

    def __init__(self, is_error: Callable[[str], bool]) -> None:
        self._is_error = is_error
        self._left = 0  # lints until the checkers are made anew; -1: they may be spoilt
        self._held = 0  # characters, by spoilt linters that are not collected yet
        self._builder = TreeBuilder()
        self._renew()

    def lint(self, source: PythonSource) -> list[LintMessage]:
        """The errors of a program that parses.

        Args:
            source: The program.

        Raises:
            Exception: Whatever pylint or astroid raise when they crash.
        """
        if self._left <= 0:
            self._replace_linter()
        self._left -= 1
        # Collections of the garbage collector's own are paused: they would walk the library, too.
        # Here the youngest generation is collected, and the next one every twentieth time, for what
        # lived through the first. The oldest one, which holds the library, waits for a new linter.
        if self._left % _LINTS_PER_COLLECTION == 0:
            gc.collect(int(self._left % (20 * _LINTS_PER_COLLECTION) == 0))
        self._collector.messages = []
        try:
            assert source.tree is not None
            # The bare tree is not on the budget: it is as large as the text, which is limited.
            module, builder = self._builder.build(source.tree, source.text)
            with budget():
                module = self._builder.complete(module, builder)
                self._check(module, source)
        except BaseException:  # TimeUp and MemoryUp are no Exceptions
            self._left = -1  # checkers may be in the middle of something
            self._held += len(source.text) + _LINTER_IN_CHARACTERS
            raise
        finally:
            self._forget()
        return [
            LintMessage(message.msg_id, message.line, message.column, message.msg)
            for message in self._collector.messages
        ]

    def _replace_linter(self) -> None:
        can_wait = self._left < 0 and self._held < _MOST_HELD
        self._renew()
        # A linter holds on to itself, and is old: only a full collection frees it, which walks the
        # library for a quarter of a second. A spoilt one can wait for others, though its checkers
        # may hold the tree of the text that spoilt it. What that text made is young.
        gc.collect(1 if can_wait else 2)
        if not can_wait:
            self._held = 0

    def _check(self, module: nodes.Module, source: PythonSource) -> None:
        linter = self._linter
        linter.current_file = module.file
        linter.file_state = FileState(MODULE_NAME, linter.msgs_store, module)
        # Two checks read bytes and tokens. On most texts they cannot find anything.
        if self._unicode is not None and _may_be_odd(source.text):
            self._unicode.process_module(module)
        if self._format is not None and not has_plain_indentation(source):
            self._format.process_tokens(list(source.tokens))
        self._walk(module)

    def _walk(self, node: nodes.NodeNG) -> None:
        # As `ASTWalker.walk`, which looks up names at each node and prints a crash to stderr.
        visit, leave = self._events[node.__class__]
        for callback in visit:
            callback(node)
        for child in node.get_children():
            self._walk(child)
        for callback in leave:
            callback(node)

    def _forget(self) -> None:
        MANAGER.astroid_cache.pop(MODULE_NAME, None)
        self._builder.undo()
        self._linter.file_state = self._no_file
        if self._classes is not None:
            self._classes._accessed = ScopeAccessMap()
        for model in _MODELS:
            model._instance = None  # a node, and with it the whole program
        for clear in _CLEAR_CACHES:
            clear()

    def _renew(self) -> None:
        # This cache is on a method, so it would keep every linter alive.
        MessageDefinitionStore.get_message_definitions.cache_clear()
        self._collector = _Collector()
        self._linter = _make_linter(self._collector, self._is_error)
        self._linter.set_current_module(MODULE_NAME)
        self._no_file = self._linter.file_state
        checkers = self._linter.prepare_checkers()
        self._format = _first(checkers, FormatChecker)
        self._unicode = _first(checkers, UnicodeChecker)
        self._classes = _first(checkers, ClassChecker)
        walker = ASTWalker(self._linter)
        # Before they are added: the walker takes the methods as they are then.
        trim(checkers, self._is_error)
        for checker in checkers:
            checker.open()
            walker.add_checker(checker)
        self._events = _Events(walker)
        self._left = _LINTS_PER_LINTER


class _Events(dict[type[nodes.NodeNG], tuple[tuple[_Callback, ...], tuple[_Callback, ...]]]):
    """Callbacks of checkers for each class of node: (on entering, on leaving).

    They are looked up by name once for each class, not once for each node.
    """

    def __init__(self, walker: ASTWalker) -> None:
        self._walker = walker

    def __missing__(
        self, node_class: type[nodes.NodeNG]
    ) -> tuple[tuple[_Callback, ...], tuple[_Callback, ...]]:
        name = node_class.__name__.lower()
        visit = _switched_on(self._walker.visit_events.get(name, ()))
        found = self[node_class] = (visit, _switched_on(self._walker.leave_events.get(name, ())))
        return found


def _switched_on(callbacks: Iterable[_Callback]) -> tuple[_Callback, ...]:
    return tuple(callback for callback in callbacks if not is_switched_off(callback))


def _first(checkers: list[BaseChecker], kind: type[BaseChecker]) -> Any:
    return next((checker for checker in checkers if isinstance(checker, kind)), None)


def _make_linter(reporter: BaseReporter, is_error: Callable[[str], bool]) -> PyLinter:
    linter = PyLinter(reporter=reporter)
    linter.load_default_plugins()
    # pylint itself takes categories and whole ids; `errors` can be any prefixes.
    linter.disable("all")
    for message in linter.msgs_store.messages:
        if is_error(message.msgid):
            linter.enable(message.msgid)
    linter.config.persistent = False  # or each lint would write a file of statistics
    linter.initialize()
    return linter


def _may_be_odd(text: str) -> bool:
    """Whether a text may hold what pylint looks for in bytes: odd characters, an encoding."""
    return "coding" in text or not _PLAIN.fullmatch(text)


def has_plain_indentation(source: PythonSource) -> bool:
    """Whether every statement is indented by four spaces a level, so that W0311 is impossible.

    False may also mean that it takes pylint's own check to know.
    """
    lines = source.lines
    if source.tree is None or "\r" in source.text:  # also ends a line, for the parser
        return False
    pending: list[tuple[list[Any], int]] = [(source.tree.body, 0)]
    while pending:
        statements, expected = pending.pop()
        for statement in statements:
            line = lines[statement.lineno - 1]
            indent = len(line) - len(line.lstrip())
            # Others stand behind a colon or a semicolon, on the line of another statement.
            if statement.col_offset == indent and line[:indent] != " " * expected:
                return False
            if isinstance(statement, ast.Match):  # its cases have no position of their own
                return False
            pending += _blocks(statement, expected)
    return True


def _blocks(statement: Any, depth: int) -> Iterator[tuple[list[Any], int]]:
    """The blocks of a statement, each with the number of spaces expected before its lines."""
    for name in ("body", "finalbody"):
        if block := getattr(statement, name, None):
            yield block, depth + 4
    if block := getattr(statement, "orelse", None):
        is_elif = (
            isinstance(statement, ast.If)
            and isinstance(block[0], ast.If)
            and block[0].col_offset == statement.col_offset
        )
        # For the tree, ``elif b:`` is an ``if b:`` within ``else:``. Only its column tells.
        yield block, depth if is_elif else depth + 4
    for handler in getattr(statement, "handlers", ()):
        yield handler.body, depth + 4
