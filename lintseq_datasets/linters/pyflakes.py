"""pyflakes, in process: names, control flow and format strings, no inference.

The message id is the name of pyflakes' message class, for example ``UndefinedName``.
"""

from __future__ import annotations

import ast
import builtins
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from lintseq_datasets.errors import ConfigError, LinterError, MissingExtraError
from lintseq_datasets.languages.base import SourceText
from lintseq_datasets.languages.python.parsing import steady_stack
from lintseq_datasets.languages.python.source import PythonSource
from lintseq_datasets.linters.base import LintMessage, LintResult
from lintseq_datasets.linters.limits import TimeUp, deadline
from lintseq_datasets.linters.syntax import as_python, grammar, syntax_error

DEFAULT_ERRORS = (
    # Names: pylint's E0601, E0602, E0603.
    "UndefinedExport",
    "UndefinedLocal",
    "UndefinedName",
    # What parses and does not compile: pylint's E0103 to E0112, E0116, E0701 and others.
    "BreakOutsideLoop",
    "ContinueOutsideLoop",
    "DefaultExceptNotLast",
    "DuplicateArgument",
    "FutureFeatureNotDefined",
    "ImportStarNotPermitted",
    "LateFutureImport",
    "LazyImportNotAtModuleScope",
    "LazyImportStarNotPermitted",
    "ReturnOutsideFunction",
    "TooManyExpressionsInStarredAssignment",
    "TwoStarredExpressions",
    "YieldOutsideFunction",
    # What fails whenever it runs, and the arguments that pylint's E1305 finds too many.
    "InvalidPrintSyntax",
    "PercentFormatExpectedMapping",
    "PercentFormatExpectedSequence",
    "PercentFormatInvalidFormat",
    "PercentFormatMissingArgument",
    "PercentFormatMixedPositionalAndNamed",
    "PercentFormatPositionalCountMismatch",
    "PercentFormatStarRequiresSequence",
    "PercentFormatUnsupportedFormatCharacter",
    "RaiseNotImplemented",
    "StringDotFormatExtraPositionalArguments",
    "StringDotFormatInvalidFormat",
    "StringDotFormatMissingArgument",
    "StringDotFormatMixingAutomatic",
)
"""Messages that count as errors: the counterparts of pylint's E and F, and what can never run."""

NOT_ERRORS = (
    # Style, and what pylint calls a warning.
    "AssertTuple",
    "EagerUseOfLazyImport",
    "FStringMissingPlaceholders",
    "IfTuple",
    "ImportShadowedByLoopVar",
    "ImportStarUsed",
    "IsLiteral",
    "MultiValueRepeatedKeyLiteral",
    "MultiValueRepeatedKeyVariable",
    "PercentFormatExtraNamedArguments",
    "StringDotFormatExtraNamedArguments",
    "TStringMissingPlaceholders",
    "UnusedAnnotation",
    "UnusedImport",
    "UnusedIndirectAssignment",
    "UnusedVariable",
    # Mostly about imports; pylint's E0102 does not ask whether the first one was used.
    "RedefinedWhileUnused",
    # 'May be undefined': every name of a program that has a star import.
    "ImportStarUsage",
    # Text that is not evaluated: shapes of arrays in annotations look like this.
    "ForwardAnnotationSyntaxError",
    # Doctests are not checked.
    "DoctestSyntaxError",
)
"""Messages that do not count unless they are asked for."""


@dataclass(frozen=True, slots=True)
class PyflakesLinter:
    """Judges texts with pyflakes; a text that does not parse has one ``E0001``.

    Doctests, comments, ``PYFLAKES_BUILTINS`` and ``PYFLAKES_DOCTEST`` change nothing.

    Args:
        errors: Names of pyflakes' message classes that count as errors, or prefixes of
            such names.
        time_limit: Processor seconds for one text, past which there is no verdict.

    Raises:
        MissingExtraError: pyflakes is not installed.
        ConfigError: There is no such message.
    """

    errors: tuple[str, ...] = DEFAULT_ERRORS
    time_limit: float = 10.0

    def __post_init__(self) -> None:
        if importlib.util.find_spec("pyflakes") is None:
            raise MissingExtraError("pyflakes", "pyflakes")
        for error in self.errors:
            known = (*DEFAULT_ERRORS, *NOT_ERRORS)
            if not any(name.startswith(error) for name in known):
                raise ConfigError(
                    "errors",
                    f"no message of pyflakes begins with {error!r}: try 'UndefinedName'",
                )

    @property
    def name(self) -> str:
        """``pyflakes 3.4.0 python 3.11``, with what differs from the defaults."""
        name = f"pyflakes {_version_of_pyflakes()} {grammar()}"
        if self.errors == DEFAULT_ERRORS:
            return name
        return f"{name} errors={','.join(self.errors)}"

    @property
    def finds_syntax_errors(self) -> bool:
        """Texts that do not parse have an error where the parser says."""
        return True

    @property
    def finds_undefined_names(self) -> bool:
        """Whether uses of undefined names are known to be errors."""
        return "UndefinedName".startswith(self.errors)

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.Linter`."""
        return self.lint_sources(texts, [None] * len(texts))

    def lint_sources(
        self, texts: Sequence[str], sources: Sequence[SourceText | None]
    ) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.SourceLinter`."""
        return [self._lint(source) for source in map(as_python, texts, sources)]

    def _lint(self, source: PythonSource) -> LintResult:
        try:
            with deadline(self.time_limit), steady_stack():
                if source.problem is not None:
                    return (syntax_error(source.problem),)
                # pyflakes changes nothing of a tree, but for notes of its own at the nodes
                return self._errors_of(_checker_class()(source.tree, withDoctest=False).messages)
        except TimeUp:
            return LinterError("time_budget", "pyflakes", f"no verdict in {self.time_limit:g} s")
        except RecursionError:
            return LinterError("linter_recursion", "pyflakes", "the program is nested too deeply")
        except Exception as error:  # noqa: BLE001  # whatever a linter raises is its crash
            detail = f"{type(error).__name__}: {error}"[:500]
            return LinterError("linter_crash", "pyflakes", detail)

    def _errors_of(self, messages: Sequence[Any]) -> tuple[LintMessage, ...]:
        named = ((type(message).__name__, message) for message in messages)
        return tuple(
            LintMessage(name, message.lineno, message.col, message.message % message.message_args)
            for name, message in named
            if name.startswith(self.errors)
        )


@lru_cache(maxsize=1)
def _version_of_pyflakes() -> str:
    return version("pyflakes")


@lru_cache(maxsize=1)
def _checker_class() -> Any:
    """The checker of pyflakes without the environment variables that change its verdicts."""
    from pyflakes.checker import Checker

    known = builtin_names(vars(builtins)) | {"__file__", "__builtins__", "__annotations__"}

    class IsolatedChecker(Checker):  # type: ignore[misc]  # pyflakes has no types
        @property
        def builtIns(self) -> frozenset[str]:  # noqa: N802  # pyflakes' name
            return known

        @builtIns.setter
        def builtIns(self, names: object) -> None:  # noqa: N802
            """What the environment adds is not wanted."""

        # The original asks PYFLAKES_ERROR_UNKNOWN whether to raise for a node that it does not
        # know.
        def _unknown_handler(self, node: ast.AST) -> None:
            self.handleChildren(node)

    return IsolatedChecker


def builtin_names(namespace: Mapping[str, object]) -> frozenset[str]:
    """The names of Python's own builtins, without what a notebook or a program added."""
    # By the modules that they are from: a session binds more there, IPython `display` for example.
    constants = {"True", "False", "None", "Ellipsis", "NotImplemented"}
    dunders = {"__debug__", "__doc__", "__loader__", "__name__", "__package__", "__spec__"}
    owners = ("builtins", "_sitebuiltins", "io", "_io")
    own = {
        name
        for name, value in namespace.items()
        if callable(value) and getattr(value, "__module__", None) in owners
    }
    return frozenset((own | constants | dunders | {"WindowsError"}) - {"_"})
