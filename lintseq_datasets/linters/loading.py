"""How to get a linter by its name."""

from __future__ import annotations

from typing import Literal

from lintseq_datasets.errors import ConfigError, did_you_mean
from lintseq_datasets.linters.base import Linter

LINTERS = ("pylint", "prylint", "ruff", "pyflakes", "syntax")


def load_linter(
    linter: str | Linter,
    *,
    errors: tuple[str, ...] | None = None,
    imports: Literal["stdlib", "environment"] = "stdlib",
    time_limit: float = 20.0,
) -> Linter:
    """A linter by its name; a `Linter` is returned as it is.

    Args:
        linter: One of `LINTERS`, or a linter.
        errors: Message ids or prefixes that count as errors; None for the default set.
        imports: What imported names resolve to, for pylint.
        time_limit: Processor seconds for one text.

    Raises:
        ConfigError: There is no such linter.
        MissingExtraError: The linter is not installed.
    """
    if not isinstance(linter, str):
        if not callable(getattr(linter, "lint", None)) or not hasattr(linter, "name"):
            raise ConfigError("linter", f"{linter!r} is neither a name nor a Linter")
        return linter
    if linter == "pylint":
        from lintseq_datasets.linters.pylint import DEFAULT_ERRORS, PylintLinter

        return PylintLinter(errors or DEFAULT_ERRORS, imports, time_limit)
    if linter == "prylint":
        if imports != "stdlib":
            raise ConfigError("imports", "the linter 'prylint' sees the standard library only")
        from lintseq_datasets.linters.prylint import PrylintLinter
        from lintseq_datasets.linters.pylint import DEFAULT_ERRORS

        return PrylintLinter(errors or DEFAULT_ERRORS, time_limit)
    if linter == "syntax":
        if errors is not None:
            raise ConfigError("errors", "the linter 'syntax' has one error only")
        from lintseq_datasets.linters.syntax import SyntaxLinter

        return SyntaxLinter()
    if linter == "ruff":
        from lintseq_datasets.linters import ruff

        return ruff.RuffLinter(errors or ruff.DEFAULT_ERRORS, time_limit)
    if linter == "pyflakes":
        from lintseq_datasets.linters import pyflakes

        return pyflakes.PyflakesLinter(errors or pyflakes.DEFAULT_ERRORS, time_limit)
    near = did_you_mean(linter, LINTERS)
    raise ConfigError("linter", f"{linter!r} is none of {', '.join(LINTERS)}{near}")
