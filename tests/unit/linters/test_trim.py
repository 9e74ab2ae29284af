"""What is switched off in pylint gives no message that counts.

This looks inside: which checks are switched off, and for which messages, is a table, and only
pylint's own source can say that it is right. The verdicts show it where a program happens to
touch it.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest
from pylint.checkers import BaseChecker
from pylint.checkers.base.basic_checker import BasicChecker
from pylint.checkers.classes.special_methods_checker import SpecialMethodsChecker
from pylint.lint import PyLinter

from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.linters import _pylint_engine
from lintseq_datasets.linters._pylint_engine import Engine
from lintseq_datasets.linters._pylint_trim import _CHECKS, is_switched_off, trim
from lintseq_datasets.linters.pylint import DEFAULT_ERRORS
from tests.parity.tricky import PROGRAMS

REPLACED = {(BasicChecker, "visit_call"), (SpecialMethodsChecker, "visit_functiondef")}


@pytest.fixture(scope="module")
def linter() -> PyLinter:
    linter = PyLinter()
    linter.load_default_plugins()
    return linter


def is_error(message_id: str) -> bool:
    return message_id.startswith(DEFAULT_ERRORS)


def is_nothing(_message_id: str) -> bool:
    return False


def constants(kind: type[BaseChecker], name: str) -> set[str]:
    """Strings in a method of a checker and in whatever methods of its own it mentions."""
    found: set[str] = set()
    seen: set[str] = set()
    pending = [name]
    while pending:
        name = pending.pop()
        method = inspect.getattr_static(kind, name, None)
        if name in seen or method is None:
            continue
        seen.add(name)
        source = inspect.unwrap(getattr(kind, name))
        if not inspect.isfunction(source):
            continue
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(source)))):
            if isinstance(node, ast.Attribute):
                if isinstance(node.value, ast.Name) and node.value.id == "self":
                    pending.append(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def messages_of(linter: PyLinter, kind: type[BaseChecker], name: str) -> set[str]:
    """Ids of the messages that a method mentions."""
    known = {message.symbol: message.msgid for message in linter.msgs_store.messages}
    known |= {message.msgid: message.msgid for message in linter.msgs_store.messages}
    return {known[text] for text in constants(kind, name) if text in known}


def test_what_is_switched_off_gives_the_listed_messages(linter: PyLinter) -> None:
    for (kind, name), messages in _CHECKS.items():
        assert callable(getattr(kind, name)), f"{kind}.{name} is not there any more"
        if (kind, name) not in REPLACED:
            assert messages_of(linter, kind, name) <= set(messages), (kind, name)
        assert not any(map(is_error, messages)), (kind, name)


def test_the_source_is_read() -> None:
    linter = PyLinter()
    linter.load_default_plugins()
    from pylint.checkers.variables import VariablesChecker

    assert "E0602" in messages_of(linter, VariablesChecker, "visit_name")


def test_calls_that_are_errors_are_looked_at(linter: PyLinter) -> None:
    """The replacement has all of the original that gives errors."""
    left = messages_of(linter, BasicChecker, "visit_call") - set(
        _CHECKS[BasicChecker, "visit_call"]
    )
    errors = {message for message in left if is_error(message)}
    kept = messages_of(linter, BasicChecker, "_check_misplaced_format_function")
    kept |= messages_of(linter, BasicChecker, "_check_reversed")
    assert errors
    assert errors <= kept


def checkers() -> Iterator[BaseChecker]:
    linter = PyLinter()
    linter.load_default_plugins()
    yield from linter.prepare_checkers()


def test_only_what_nobody_wants_is_switched_off() -> None:
    methods: list[Any] = []
    for wanted in (is_nothing, is_error, lambda _: True):
        found = list(checkers())
        trim(found, wanted)
        methods.append(sum(bool(set(vars(c)) & {name for _, name in _CHECKS}) for c in found))
    assert methods[0] == methods[1] > 5
    # The one without messages never looks at what is no special method.
    assert methods[2] == 1


def test_nothing_is_done_where_nothing_is_wanted() -> None:
    found = [checker for checker in checkers() if type(checker).__name__ == "FormatChecker"]
    trim(found, is_error)
    assert is_switched_off(found[0].visit_default)
    assert not is_switched_off(found[0].process_tokens)


MORE = {
    "format": 'print("%s") % 1\nprint("{}").format(2)\n"%d" % "x"\n"%s %s" % (1,)',
    "reversed": "reversed({1: 2})\nreversed(3)\nreversed({1, 2})\nreversed([1])",
    "special methods": (
        "class A:\n    def __enter__(self): pass\n    def __exit__(self): pass\n"
        "    def __bool__(self): return 3\n    def __iter__(self): return 1\n"
        "    async def __aenter__(self): pass\n    def __contains__(self): pass\n"
        "    def __hash__(self): return 'x'\n    def __str__(self): return 1"
    ),
    "final": (
        "from typing import final\n@final\nclass A:\n    @final\n    def f(self): pass\n"
        "class B(A):\n    def f(self): super().f()\n    def __g(self): pass"
    ),
    "loops": "for i in []:\n    pass\nprint(i)\ndef f():\n    for j in []: pass\n    return j",
    "deprecated": "import asyncio\nimport imp\nimport os\nos.popen2()\nos.errno\nasyncio.async_(1)",
    "imports": "x = 1\nimport os, os\nfrom . import y\nimport not_there\nfrom os import nothing",
}


def test_the_same_messages_as_without(monkeypatch: pytest.MonkeyPatch) -> None:
    trimmed = Engine(is_error)
    monkeypatch.setattr(_pylint_engine, "trim", lambda *_: None)
    whole = Engine(is_error)
    for name, text in {**PROGRAMS, **MORE}.items():
        found = [sorted(engine.lint(PythonSource(text))) for engine in (trimmed, whole)]
        assert found[0] == found[1], name
