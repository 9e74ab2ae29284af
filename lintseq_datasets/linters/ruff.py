"""ruff: many texts in one call of its executable; rules of pyflakes and some of pylint.

The message id is ruff's rule code, for example ``F821``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any, TypeAlias

from lintseq_datasets.errors import ConfigError, LinterError, MissingExtraError
from lintseq_datasets.linters._batches import judge_in_parts, judge_parsed, seconds_for
from lintseq_datasets.linters._process import Ended, Limits, run, temporary_files
from lintseq_datasets.linters.base import LintMessage, LintResult
from lintseq_datasets.linters.syntax import SYNTAX_ERROR, grammar

DEFAULT_ERRORS = (
    # Names: pylint's E0601, E0602, E0603.
    "F821", "F822", "F823",
    # What parses and does not compile: pylint's E0103 to E0112, E0701 and others.
    "F404", "F406", "F407", "F621", "F622", "F701", "F702", "F704", "F706", "F707",
    # What fails whenever it runs, and the arguments that pylint's E1305 finds too many.
    "F501", "F502", "F503", "F505", "F506", "F507", "F508", "F509",
    "F521", "F523", "F524", "F525", "F633", "F901",
    # ruff's port of pylint's errors, as far as it goes and is stable.
    "PLE",
)  # fmt: skip
"""Rules that count as errors: the counterparts of pylint's E and F, and what can never run."""

NOT_ERRORS = (
    # Style, and what pylint calls a warning.
    "F402", "F403", "F504", "F522", "F541", "F601", "F602", "F631", "F632", "F634",
    "F401", "F841", "F842",
    # Mostly about imports; pylint's E0102 does not ask whether the first one was used.
    "F811",
    # 'May be undefined': every name of a program that has a star import.
    "F405",
    # Text that is not evaluated: shapes of arrays in annotations look like this.
    "F722",
)  # fmt: skip
"""Rules of ruff's pyflakes family that do not count unless they are asked for."""

SYNTAX_RULE = "invalid-syntax"
"""Id of what parses and does not compile, where ruff has no rule for it. Always reported."""

_TARGET = "py313"  # newest version on which annotations are still evaluated
_TEXTS_PER_CALL = 1000
_CHARACTERS_PER_CALL = 4_000_000
_NO_VERDICT = {"E902", "io-error", "panic"}


_Entry: TypeAlias = "dict[str, Any]"


@dataclass(frozen=True, slots=True)
class RuffLinter:
    """Judges texts with ruff; a text that does not parse has one ``E0001``.

    Configuration files, ``RUFF_*`` variables, ``# noqa`` and the like change nothing.

    Args:
        errors: Rule codes that count as errors, or prefixes of such codes.
        time_limit: Processor seconds for one text, past which there is no verdict.

    Raises:
        MissingExtraError: ruff is not installed.
        ConfigError: ruff has no such stable rule.
    """

    errors: tuple[str, ...] = DEFAULT_ERRORS
    time_limit: float = 10.0

    def __post_init__(self) -> None:
        _executable()
        if self.errors != DEFAULT_ERRORS:
            _check_rules(self.errors)

    @property
    def name(self) -> str:
        """``ruff 0.15.0 python 3.11``, with what differs from the defaults."""
        name = f"ruff {_version_of_ruff()} {grammar()}"
        return name if self.errors == DEFAULT_ERRORS else f"{name} errors={','.join(self.errors)}"

    @property
    def finds_syntax_errors(self) -> bool:
        """Texts that do not parse have an error where the parser says."""
        return True

    @property
    def finds_undefined_names(self) -> bool:
        """Whether uses of undefined names are known to be errors."""
        return "F821".startswith(self.errors)

    @property
    def characters_per_start(self) -> int:
        """See `lintseq_datasets.linters.base.BatchLinter`."""
        return 100_000

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.Linter`.

        Raises:
            OSError: There is no room for temporary files, or ruff cannot be started.
        """
        return self.lint_batch(texts, [False] * len(texts))

    def lint_batch(self, texts: Sequence[str], parses: Sequence[bool]) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.BatchLinter`.

        Raises:
            OSError: There is no room for temporary files, or ruff cannot be started.
        """
        return judge_parsed(texts, parses, "ruff", self._judge)

    def _judge(self, texts: Sequence[str]) -> list[LintResult]:
        return list(judge_in_parts(texts, _TEXTS_PER_CALL, _CHARACTERS_PER_CALL, self._call))

    def _call(self, texts: Sequence[str]) -> list[LintResult]:
        """What one call of ruff finds in each text.

        Raises:
            LinterError: ruff died, or took too long.
        """
        done, names = _run_ruff(self.errors, texts, seconds_for(texts, self.time_limit))
        if done.status:
            detail = f"exit status {done.status}: {done.problem}"[:500]
            raise LinterError("linter_crash", "ruff", detail)
        found: dict[str, list[_Entry]] = {name: [] for name in names}
        # Lines of bytes end at line feeds and carriage returns only, and JSON escapes those of
        # texts.
        for line in done.output.splitlines():
            entry = json.loads(line)
            found[os.path.basename(entry["filename"])].append(entry)
        return [_result(entries) for entries in found.values()]


def _result(entries: Sequence[_Entry]) -> LintResult:
    messages: list[LintMessage] = []
    for entry in entries:
        rule = entry["code"] or SYNTAX_RULE
        if rule in _NO_VERDICT:
            return LinterError("linter_crash", "ruff", entry["message"][:500])
        place = entry["location"]
        messages.append(LintMessage(rule, place["row"], place["column"] - 1, entry["message"]))
    return tuple(messages)


# --- calling ruff --------------------------------------------------------------------

_OPTIONS = (
    "check", "--isolated", "--no-cache", "--no-respect-gitignore", "--ignore-noqa",
    "--exit-zero", "--no-fix", "--output-format", "json-lines", "--target-version", _TARGET,
)  # fmt: skip


def _run_ruff(
    errors: Sequence[str], texts: Sequence[str], seconds: float
) -> tuple[Ended, Sequence[str]]:
    """What ruff says about texts, and the names of their files."""
    # E902 says that a file could not be read, which would otherwise look like a clean one.
    # The names are given one by one for the same reason: a file that is gone is an E902.
    select = ",".join((*errors, "E902"))
    # RUFF_OUTPUT_FILE, for one, would send the answer elsewhere.
    environment = {name: v for name, v in os.environ.items() if not name.startswith("RUFF_")}
    files = {f"{number}.py": text.encode("utf-8") for number, text in enumerate(texts)}
    with temporary_files(files) as folder:
        done = run(
            [_executable(), *_OPTIONS, "--select", select, "--", *files],
            folder=folder,
            environment=environment,
            limits=Limits(seconds),
            linter="ruff",
        )
    return done, list(files)


@lru_cache(maxsize=1)
def _executable() -> str:
    """The executable that came with the package; never another one on the search path."""
    try:
        import ruff  # type: ignore[import-untyped]

        path: str = ruff.find_ruff_bin()
    except (ImportError, FileNotFoundError):
        raise MissingExtraError("ruff", "ruff") from None
    return path


@lru_cache(maxsize=1)
def _version_of_ruff() -> str:
    return version("ruff")


@lru_cache(maxsize=16)
def _check_rules(errors: tuple[str, ...]) -> None:
    if not errors or SYNTAX_ERROR in errors:
        raise ConfigError("errors", f"name rules of ruff; {SYNTAX_ERROR} is always among them")
    # ruff itself knows. Of a rule that is in preview it only warns that it has no effect.
    done, _ = _run_ruff(errors, [""], 10.0)
    if done.status or "has no effect" in done.problem:
        raise ConfigError("errors", done.problem[:500])
