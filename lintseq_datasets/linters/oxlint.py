"""oxlint: many JavaScript texts in one call of its executable.

The message id is the name of the rule, such as ``no-undef``, or ``syntax`` for what does not parse
or is declared twice. What it misses: the exported name in ``export default missing``, and types.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from lintseq_datasets.errors import ConfigError, LinterError, MissingExtraError
from lintseq_datasets.linters._batches import judge_in_parts, seconds_for
from lintseq_datasets.linters._process import Limits, run, temporary_files
from lintseq_datasets.linters.base import LintMessage, LintResult
from lintseq_datasets.linters.executables import clean_environment
from lintseq_datasets.linters.worker import SYNTAX

DEFAULT_ERRORS = (
    # Names.
    "no-undef", "no-const-assign", "no-import-assign", "no-class-assign", "no-func-assign",
    "no-global-assign", "no-shadow-restricted-names",
    # What fails whenever it runs, or is never what it says.
    "constructor-super", "no-this-before-super", "no-obj-calls", "no-new-native-nonconstructor",
    "no-unsafe-optional-chaining", "valid-typeof", "use-isnan", "getter-return", "require-yield",
    "no-setter-return", "no-dupe-keys", "no-dupe-class-members", "no-dupe-else-if",
    "no-duplicate-case", "no-invalid-regexp",
)  # fmt: skip
"""Rules that count as errors: what ESLint recommends, but for style and what is only unused."""

_TEXTS_PER_CALL = 1000
_CHARACTERS_PER_CALL = 4_000_000
# All at once, as nobody says where a text is to run: a global that any of them has is no undefined
# name.
_ENVIRONMENTS = ("builtin", "es2024", "browser", "node", "commonjs", "worker")
_CONFIG = "oxlint.json"
# At equal length, so that places stay. Everywhere in the text, so that a name stays one name.
_DIRECTIVES = re.compile(r"eslint|oxlint")
_GLOBALS = re.compile(r"(/\*\s*)global")


@dataclass(frozen=True, slots=True)
class OxlintLinter:
    """Judges texts with oxlint.

    Comments such as ``eslint-disable`` or ``global``, configuration files and ignore files change
    nothing.

    Args:
        errors: Names of ESLint's rules that count as errors; what does not parse always does.
        suffix: ``".js"``, or ``".ts"`` for TypeScript.
        time_limit: Processor seconds for one text, past which there is no verdict.

    Raises:
        MissingExtraError: oxlint is not installed.
        ConfigError: oxlint has no such rule.
    """

    errors: tuple[str, ...] = DEFAULT_ERRORS
    suffix: str = ".js"
    time_limit: float = 10.0

    def __post_init__(self) -> None:
        _executable()
        if self.errors != DEFAULT_ERRORS:
            _check_rules(self.errors)

    @property
    def name(self) -> str:
        """``oxlint 1.89.0``, with what differs from the defaults."""
        name = f"oxlint {version('oxlint')}"
        name = name if self.suffix == ".js" else f"{name} {self.suffix[1:]}"
        return name if self.errors == DEFAULT_ERRORS else f"{name} errors={','.join(self.errors)}"

    @property
    def syntax_ids(self) -> tuple[str, ...]:
        """See `lintseq_datasets.linters.base.Linter`."""
        return (SYNTAX,)

    @property
    def characters_per_start(self) -> int:
        """See `lintseq_datasets.linters.base.BatchLinter`."""
        return 100_000

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.Linter`.

        Raises:
            OSError: There is no room for temporary files, or oxlint cannot be started.
        """
        return list(judge_in_parts(texts, _TEXTS_PER_CALL, _CHARACTERS_PER_CALL, self._call))

    def lint_batch(self, texts: Sequence[str], parses: Sequence[bool]) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.BatchLinter`.

        Raises:
            OSError: There is no room for temporary files, or oxlint cannot be started.
        """
        return self.lint(texts)

    def _call(self, texts: Sequence[str]) -> list[LintResult]:
        """What one call of oxlint finds in each text.

        Raises:
            LinterError: oxlint died, took too long, or left out a text.
        """
        names = [f"{number}{self.suffix}" for number in range(len(texts))]
        files = dict(zip(names, map(_loud, texts), strict=True))
        # It leaves out files without a word that an ignore file names, and a file that was not read
        # would look clean.
        answer = _run_oxlint(files, self.errors, seconds_for(texts, self.time_limit))
        if answer["number_of_files"] != len(texts):
            detail = f"it looked at {answer['number_of_files']} of {len(texts)} texts"
            raise LinterError("linter_crash", "oxlint", detail)
        found: dict[str, list[LintMessage]] = {name: [] for name in names}
        for entry in answer["diagnostics"]:
            name = os.path.basename(entry.get("filename", ""))
            if name not in found:
                raise LinterError("linter_crash", "oxlint", str(entry.get("message"))[:500])
            found[name].append(_message(entry))
        return [tuple(messages) for messages in found.values()]


def _message(entry: dict[str, Any]) -> LintMessage:
    rule = re.search(r"\(([\w-]+)\)", entry.get("code") or "")
    labels = entry.get("labels") or [{"span": {"line": 1, "column": 1}}]
    # A rule says last what is wrong, behind the declaration that it contradicts.
    span = labels[-1 if rule else 0]["span"]
    name = rule[1] if rule else SYNTAX
    return LintMessage(name, span["line"], span["column"] - 1, entry["message"])


def _loud(text: str) -> str:
    text = _DIRECTIVES.sub(lambda found: found[0].replace("lint", "linx"), text)
    return _GLOBALS.sub(r"\1glxbal", text)


# --- calling oxlint ------------------------------------------------------------------

_OPTIONS = (
    "-c", _CONFIG, "-f", "json", "--quiet", "--no-ignore", "--disable-nested-config", "--threads=1",
)  # fmt: skip


def _run_oxlint(files: dict[str, str], errors: Sequence[str], seconds: float) -> dict[str, Any]:
    # Without these two, rules of plugins and of the category would count beside those that are
    # named.
    config = {
        "plugins": [],
        "categories": {"correctness": "off"},
        "env": dict.fromkeys(_ENVIRONMENTS, True),
        "rules": dict.fromkeys(errors, "error"),
    }
    contents = {name: text.encode("utf-8") for name, text in files.items()}
    contents[_CONFIG] = json.dumps(config).encode("utf-8")
    with temporary_files(contents) as folder:
        done = run(
            [_executable(), *_OPTIONS, "--", *files],
            folder=folder,
            environment=clean_environment(folder),
            limits=Limits(seconds),
            linter="oxlint",
        )
    try:
        answer: dict[str, Any] = json.loads(done.output)
        _ = answer["number_of_files"], answer["diagnostics"]
    except (ValueError, KeyError, TypeError):
        said = done.problem or done.output.decode("utf-8", "replace")
        detail = f"exit status {done.status}: {said}"[:500]
        raise LinterError("linter_crash", "oxlint", detail) from None
    return answer


@lru_cache(maxsize=1)
def _executable() -> str:
    """The executable that came with the package; never another one on the search path."""
    from importlib.metadata import files

    try:
        found = [path for path in files("oxlint") or () if path.name in ("oxlint", "oxlint.exe")]
    except PackageNotFoundError:
        found = []
    paths = [os.path.abspath(str(path.locate())) for path in found]
    path = next(filter(os.path.isfile, paths), None)
    if path is None:
        raise MissingExtraError("oxlint", "javascript")
    return path


@lru_cache(maxsize=16)
def _check_rules(errors: tuple[str, ...]) -> None:
    if not errors or SYNTAX in errors:
        raise ConfigError("errors", f"name rules of ESLint; {SYNTAX!r} is always among them")
    try:
        # oxlint itself knows: about a rule that it has not it prints a complaint, and no JSON.
        _run_oxlint({"0.js": ""}, errors, 10.0)
    except LinterError as error:
        raise ConfigError("errors", error.detail) from None
