"""pylint, warm and in process: the linter of the paper and the default here."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, get_args

from lintseq_datasets.errors import ConfigError, LinterError
from lintseq_datasets.languages.base import SourceText
from lintseq_datasets.languages.python.parsing import steady_stack
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.linters.base import Imports, LintResult
from lintseq_datasets.linters.heap import collections_paused
from lintseq_datasets.linters.limits import MemoryUp, TimeUp, deadline
from lintseq_datasets.linters.syntax import SYNTAX_ERROR, as_python, grammar, syntax_error

if TYPE_CHECKING:
    from lintseq_datasets.linters._isolation import Isolation
    from lintseq_datasets.linters._pylint_engine import Engine

DEFAULT_ERRORS = ("E", "F", "W0311", "W0231")
"""What counts as an error: prefixes of message ids, as in the published code."""

_LOCK = threading.RLock()  # astroid's memory is one for the whole process


@dataclass(frozen=True, slots=True)
class PylintLinter:
    """Judges texts as a stock ``pylint`` run with these messages enabled would.

    Args:
        errors: Message ids that count as errors, or prefixes of such ids.
        imports: What imported names resolve to. ``"stdlib"``: the standard library
            alone, so that the verdict depends on no installed package; an import that
            cannot be resolved is an error of the program itself.
            ``"environment"``: installed packages too.
        time_limit: Processor seconds for one text, past which there is no verdict.
    """

    errors: tuple[str, ...] = DEFAULT_ERRORS
    imports: Imports = "stdlib"
    time_limit: float = 300.0

    def __post_init__(self) -> None:
        if self.imports not in get_args(Imports):
            raise ConfigError("imports", f"{self.imports!r} is neither 'stdlib' nor 'environment'")

    @property
    def name(self) -> str:
        """``pylint 4.1.4 python 3.11``, with what differs from the defaults."""
        parts = [f"pylint {_version_of_pylint()} {grammar()}"]
        if self.errors != DEFAULT_ERRORS:
            parts.append(f"errors={','.join(self.errors)}")
        if self.imports != "stdlib":
            parts.append(f"imports={self.imports}")
        return " ".join(parts)

    @property
    def finds_syntax_errors(self) -> bool:
        """Whether syntax errors are known to be errors."""
        return self._is_error(SYNTAX_ERROR)

    @property
    def finds_undefined_names(self) -> bool:
        """Whether uses of undefined names are known to be errors."""
        return self._is_error("E0602")

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.Linter`."""
        return self.lint_sources(texts, [None] * len(texts))

    def lint_sources(
        self, texts: Sequence[str], sources: Sequence[SourceText | None]
    ) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.SourceLinter`."""
        _engine(self.errors, self.imports)  # getting ready is on nobody's budget
        with _working():
            return [self._lint(source) for source in map(as_python, texts, sources)]

    def _lint(self, source: PythonSource) -> LintResult:
        try:
            with deadline(self.time_limit), steady_stack():
                # The text is read here, when it is first asked for: reading is on its budget.
                if problem := source.problem:
                    return (syntax_error(problem),) if self._is_error(SYNTAX_ERROR) else ()
                engine, isolation = _engine(self.errors, self.imports)  # made above
                with isolation.active():
                    return tuple(engine.lint(source))
        except TimeUp:
            return LinterError("time_budget", "pylint", f"no verdict in {self.time_limit:g} s")
        except (MemoryUp, MemoryError):
            return LinterError("memory_budget", "pylint", "its values are too large")
        except RecursionError:
            return LinterError("linter_recursion", "pylint", "the program is nested too deeply")
        except Exception as error:  # noqa: BLE001  # whatever a linter raises is its crash
            return LinterError("linter_crash", "pylint", f"{type(error).__name__}: {error}"[:500])

    def _is_error(self, message_id: str) -> bool:
        return message_id.startswith(self.errors)


@lru_cache(maxsize=1)
def _version_of_pylint() -> str:
    return version("pylint")


@lru_cache(maxsize=4)
def _engine(errors: tuple[str, ...], imports: Imports) -> tuple[Engine, Isolation]:
    from lintseq_datasets.linters._isolation import (
        Isolation,
        environment_path,
        standard_library_path,
    )
    from lintseq_datasets.linters._pylint_engine import Engine

    if imports == "stdlib":
        isolation = Isolation(standard_library_path(), hooks=False)
    else:
        isolation = Isolation(environment_path(), hooks=True)
    return Engine(lambda message_id: message_id.startswith(errors)), isolation


@contextmanager
def _working() -> Iterator[None]:
    """One thread at a time, and no garbage collection in the middle."""
    with _LOCK, collections_paused():
        yield


def _after_fork() -> None:
    global _LOCK  # noqa: PLW0603  # a lock that is held at the fork can never be released
    _LOCK = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
