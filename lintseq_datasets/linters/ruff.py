"""ruff: many texts in one call of its executable; rules of pyflakes and some of pylint.

The message id is ruff's rule code, for example ``F821``.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any, TypeAlias

from lintseq_datasets.errors import ConfigError, LinterError, MissingExtraError
from lintseq_datasets.linters.base import LintMessage, LintResult
from lintseq_datasets.linters.syntax import SYNTAX_ERROR, parse_error

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
_MEMORY = "/dev/shm"
_NO_VERDICT = {"E902", "io-error", "panic"}


_Entry: TypeAlias = "dict[str, Any]"


@dataclass(frozen=True, slots=True)
class RuffLinter:
    """Judges texts with ruff; a text that does not parse has one ``E0001``.

    Configuration files, ``RUFF_*`` variables, ``# noqa`` and the like change nothing.

    Args:
        errors: Rule codes that count as errors, or prefixes of such codes.
        time_limit: Wall-clock seconds for one text, past which there is no verdict.

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
        """``ruff 0.15.0``, with what differs from the defaults."""
        name = f"ruff {_version()}"
        return name if self.errors == DEFAULT_ERRORS else f"{name} errors={','.join(self.errors)}"

    @property
    def finds_syntax_errors(self) -> bool:
        """Texts that do not parse have an error where the parser says."""
        return True

    @property
    def finds_undefined_names(self) -> bool:
        """Whether uses of undefined names are known to be errors."""
        return "F821".startswith(self.errors)

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
        results = [
            None if is_certain else _parse_error(text)
            for text, is_certain in zip(texts, parses, strict=True)
        ]
        asked = [text for text, result in zip(texts, results, strict=True) if result is None]
        verdicts = (verdict for part in _parts(asked) for verdict in self._judge(part))
        return [next(verdicts) if result is None else result for result in results]

    def _judge(self, texts: Sequence[str]) -> list[LintResult]:
        """Judge texts that parse; when ruff dies, halve them until the guilty one is alone."""
        try:
            found = self._call(texts)
        except LinterError as error:
            if len(texts) == 1:
                return [error]
            middle = len(texts) // 2
            return [*self._judge(texts[:middle]), *self._judge(texts[middle:])]
        return [_result(entries) for entries in found]

    def _call(self, texts: Sequence[str]) -> list[list[_Entry]]:
        """What one call of ruff finds in each text.

        Raises:
            LinterError: ruff died, or took too long.
        """
        with _temporary_files(texts) as (folder, names):
            try:
                done = _run(self.errors, folder, names, self.time_limit)
            except subprocess.TimeoutExpired:
                detail = f"no verdict in {self.time_limit:g} s"
                raise LinterError("time_budget", "ruff", detail) from None
        if done.returncode:
            detail = f"exit status {done.returncode}: {_problem(done)}"
            raise LinterError("linter_crash", "ruff", detail)
        found: dict[str, list[_Entry]] = {name: [] for name in names}
        for line in done.stdout.splitlines():
            entry = json.loads(line)
            found[os.path.basename(entry["filename"])].append(entry)
        return list(found.values())


def _parse_error(text: str) -> LintResult | None:
    """The verdict on a text that Python cannot parse; ruff reports many lines for one error."""
    try:
        error = parse_error(text)
    except RecursionError:
        return LinterError("linter_recursion", "ruff", "the program is nested too deeply")
    return None if error is None else (error,)


def _result(entries: Sequence[_Entry]) -> LintResult:
    messages: list[LintMessage] = []
    for entry in entries:
        rule = entry["code"] or SYNTAX_RULE
        if rule in _NO_VERDICT:
            return LinterError("linter_crash", "ruff", entry["message"][:500])
        place = entry["location"]
        messages.append(LintMessage(rule, place["row"], place["column"] - 1, entry["message"]))
    return tuple(messages)


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Texts in order, in parts that are small enough for one call."""
    start = size = 0
    for number, text in enumerate(texts):
        size += len(text)
        if number - start == _TEXTS_PER_CALL or (size > _CHARACTERS_PER_CALL and number > start):
            yield texts[start:number]
            start, size = number, len(text)
    if start < len(texts):
        yield texts[start:]


# --- calling ruff --------------------------------------------------------------------

_OPTIONS = (
    "check", "--isolated", "--no-cache", "--no-respect-gitignore", "--ignore-noqa",
    "--exit-zero", "--no-fix", "--output-format", "json-lines", "--target-version", _TARGET,
)  # fmt: skip


def _run(
    errors: Sequence[str], folder: str, names: Sequence[str], time_limit: float | None = None
) -> subprocess.CompletedProcess[bytes]:
    # E902 says that a file could not be read, which would otherwise look like a clean one.
    # The names are given one by one for the same reason: a file that is gone is an E902.
    select = ",".join((*errors, "E902"))
    environment = {name: v for name, v in os.environ.items() if not name.startswith("RUFF_")}
    return subprocess.run(
        [_executable(), *_OPTIONS, "--select", select, "--", *names],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=time_limit,
        check=False,
    )


def _problem(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode("utf-8", "replace").strip()[:500]


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
def _version() -> str:
    return version("ruff")


@lru_cache(maxsize=16)
def _check_rules(errors: tuple[str, ...]) -> None:
    if not errors or SYNTAX_ERROR in errors:
        raise ConfigError("errors", f"name rules of ruff; {SYNTAX_ERROR} is always among them")
    with _temporary_files([""]) as (folder, names):
        done = _run(errors, folder, names)
    if done.returncode or b"has no effect" in done.stderr:
        raise ConfigError("errors", _problem(done))


@contextmanager
def _temporary_files(texts: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """A private folder with a file for each text, and the names of the files."""
    names = [f"{number}.py" for number in range(len(texts))]
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(tempfile.TemporaryDirectory(dir=_memory_folder()))
            _write(folder, names, texts)
        except OSError:  # memory is short: where temporary files usually are
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            _write(folder, names, texts)
        yield folder, names


def _write(folder: str, names: Sequence[str], texts: Sequence[str]) -> None:
    for name, text in zip(names, texts, strict=True):
        with open(os.path.join(folder, name), "xb", buffering=0) as file:
            file.write(text.encode("utf-8"))


def _memory_folder() -> str | None:
    """Where files live in memory, unless the user wants temporary files elsewhere.

    Creating a file on disk can take ten times as long as judging it.
    """
    wanted = any(name in os.environ for name in ("TMPDIR", "TEMP", "TMP"))
    return None if wanted or not os.access(_MEMORY, os.W_OK) else _MEMORY
