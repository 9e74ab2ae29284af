"""prylint: pylint's errors from a port in another language, many texts in one call.

The message ids are pylint's. What prylint is known to judge otherwise is asked of pylint.
For example, of three texts in one call,

    print(n)                    is given to prylint, which finds E0602
    import enum ... (an enum)   is doubtful, and judged by pylint
    print('a                    does not parse: E0001, and no linter is asked
"""

from __future__ import annotations

import io
import os
import re
import secrets
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution

from lintseq_datasets.errors import ConfigError, LinterError, MissingExtraError
from lintseq_datasets.linters._batches import judge_in_parts, judge_parsed, seconds_for
from lintseq_datasets.linters._process import Ended, Limits, run, temporary_files
from lintseq_datasets.linters._prylint_doubts import is_doubtful
from lintseq_datasets.linters._prylint_python import FOLDER, interpreter_files, make_executable
from lintseq_datasets.linters.base import LintMessage, LintResult
from lintseq_datasets.linters.pylint import DEFAULT_ERRORS, PylintLinter
from lintseq_datasets.linters.syntax import SYNTAX_ERROR, grammar

_TEXTS_PER_CALL = 900  # with more, memory comes near the limit below
_CHARACTERS_PER_CALL = 1_200_000
_STACK = 1 << 30  # bytes that prylint reserves and hardly uses
_HEAP = 320 << 20  # bytes; 500 short programs take 150 to 200 MB

_WAS_READ = "C0304"
"""Says that a file does not end in a newline. No file that is given does, so a file without this
message was not read, and is not clean either."""

_LAST_LINE = "\n#"  # a comment, so that a text may end in anything
_NO_VERDICT = (SYNTAX_ERROR, "F")  # of texts that do parse: what prylint itself cannot do
_MESSAGE = re.compile(r"(\d+)-(\w+)\.py:(\d+):(\d+): ([A-Z]\d{4}): (.*?)(?: \([\w-]+\))?")
_PRAGMA = "pylint:"
_HARMLESS = "pylint."  # of equal length, so that all columns stay


@dataclass(frozen=True, slots=True)
class PrylintLinter:
    """Judges texts as pylint does, with prylint where the two are known to agree.

    Imported names resolve to the standard library alone. Configuration files, environment
    variables and ``# pylint:`` comments change nothing.

    Args:
        errors: Message ids that count as errors, or prefixes of such ids.
        time_limit: Processor seconds for one text, past which there is no verdict.

    Raises:
        MissingExtraError: prylint is not installed.
        ConfigError: Messages that were never compared with pylint's, or a system on which
            prylint cannot be shielded from what is installed.
    """

    errors: tuple[str, ...] = DEFAULT_ERRORS
    time_limit: float = 20.0

    def __post_init__(self) -> None:
        _installed()
        for error in self.errors:
            # Warnings and the like of prylint were never compared with those of pylint.
            if not error.startswith(("E", "F")) and error not in DEFAULT_ERRORS:
                problem = f"{error!r} is none of {', '.join(DEFAULT_ERRORS)} or a part of one"
                raise ConfigError("errors", f"{problem}, as the linter 'prylint' needs")
        if os.name != "posix":  # the interpreter that it is given is a shell script
            raise ConfigError("linter", "'prylint' is run on POSIX systems only: use 'pylint' here")

    @property
    def name(self) -> str:
        """``prylint 0.4.2 python 3.11``, with what differs from the defaults."""
        name = f"prylint {_installed()[1]} {grammar()}"
        return name if self.errors == DEFAULT_ERRORS else f"{name} errors={','.join(self.errors)}"

    @property
    def original(self) -> PylintLinter:
        """See `lintseq_datasets.linters.base.StandIn`."""
        return PylintLinter(self.errors, "stdlib", self.time_limit)

    @property
    def finds_syntax_errors(self) -> bool:
        """Whether syntax errors are known to be errors."""
        return self._is_error(SYNTAX_ERROR)

    @property
    def finds_undefined_names(self) -> bool:
        """Whether uses of undefined names are known to be errors."""
        return self._is_error("E0602")

    @property
    def characters_per_start(self) -> int:
        """See `lintseq_datasets.linters.base.BatchLinter`."""
        return 300_000

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.Linter`.

        Raises:
            OSError: There is no room for temporary files, or prylint cannot be started.
        """
        return self.lint_batch(texts, [False] * len(texts))

    def lint_batch(self, texts: Sequence[str], parses: Sequence[bool]) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.BatchLinter`.

        Raises:
            OSError: There is no room for temporary files, or prylint cannot be started.
        """
        results = judge_parsed(texts, parses, "prylint", self._judge)
        return [self._only_errors(result) for result in results]

    def _judge(self, texts: Sequence[str]) -> list[LintResult]:
        """Judge texts that parse, by prylint or by pylint."""
        plain = [None if is_doubtful(text) else _without_pragmas(text) for text in texts]
        asked = [text for text in plain if text is not None]
        verdicts = iter(judge_in_parts(asked, _TEXTS_PER_CALL, _CHARACTERS_PER_CALL, self._call))
        results = [None if text is None else next(verdicts) for text in plain]
        # What is doubtful, what has no tokens, and what prylint itself cannot judge.
        left = [text for text, result in zip(texts, results, strict=True) if result is None]
        second = map(_as_ours, self.original.lint(left))
        return [next(second) if result is None else result for result in results]

    def _call(self, texts: Sequence[str]) -> list[LintResult | None]:
        """What one call of prylint finds in each text; None where pylint must be asked.

        Raises:
            LinterError: prylint died, used too much, or did not read every file.
        """
        token = secrets.token_hex(4)  # no text can know it, and print messages on another
        done = _run_prylint(texts, token, seconds_for(texts, self.time_limit))
        if done.status or done.problem:
            detail = f"exit status {done.status}: {done.problem}"[:500]
            raise LinterError("linter_crash", "prylint", detail)
        return [_result(messages) for messages in _messages(done.output, len(texts), token)]

    def _only_errors(self, result: LintResult) -> LintResult:
        if isinstance(result, LinterError):
            return result
        return tuple(message for message in result if self._is_error(message.id))

    def _is_error(self, message_id: str) -> bool:
        return message_id.startswith(self.errors)


def _messages(output: bytes, number: int, token: str) -> list[list[LintMessage]]:
    found: list[list[LintMessage]] = [[] for _ in range(number)]
    for line in output.decode("utf-8", "replace").split("\n"):
        # Other lines are headings: "************* Module 0-abcd".
        match = _MESSAGE.fullmatch(line)
        if match is not None and match[2] == token:
            file, _, row, column, message_id, text = match.groups()
            found[int(file)].append(LintMessage(message_id, int(row), int(column), text))
    return found


def _result(messages: list[LintMessage]) -> LintResult | None:
    """The verdict on a text that parses; None if it takes pylint to know."""
    # The text parses, so a syntax error is a mistake of prylint's, and a fatal error no verdict.
    if any(message.id.startswith(_NO_VERDICT) for message in messages):
        return None
    if all(message.id != _WAS_READ for message in messages):
        return LinterError("linter_crash", "prylint", "it did not say that it read the file")
    return tuple(messages)


def _as_ours(result: LintResult) -> LintResult:
    """A verdict of pylint; where it gives none, the row has the linter that it asked for."""
    if isinstance(result, LinterError):
        return LinterError(result.reason, "prylint", f"pylint: {result.detail}")
    return result


def _without_pragmas(text: str) -> str | None:
    """A text of equal length whose comments do not talk to pylint; None if its tokens fail."""
    if _PRAGMA not in text:
        return text
    lines = text.split("\n")
    # Tokens, as the same words in a string must stay as they are.
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text + "\n").readline))
    except (tokenize.TokenError, SyntaxError):
        return None
    for token in tokens:
        if token.type == tokenize.COMMENT:
            row, column = token.start
            line = lines[row - 1]
            lines[row - 1] = line[:column] + line[column:].replace(_PRAGMA, _HARMLESS)
    return "\n".join(lines)


# --- calling prylint -----------------------------------------------------------------

_OPTIONS = (
    "--rcfile=/dev/null", "--disable=all", f"--enable={','.join((*DEFAULT_ERRORS, _WAS_READ))}",
    "--persistent=n", "--score=n", "--exit-zero",
)  # fmt: skip


def _run_prylint(texts: Sequence[str], token: str, seconds: float) -> Ended:
    # No file can be imported by another, as no name is an identifier. The interpreter is in a
    # folder of its own, as `import tool` would find it.
    names = [f"{number}-{token}.py" for number in range(len(texts))]
    files = {
        f"texts/{name}": f"{text}{_LAST_LINE}".encode()
        for name, text in zip(names, texts, strict=True)
    }
    with temporary_files({**files, **interpreter_files()}) as folder:
        return run(
            [_installed()[0], *_OPTIONS, *names],
            folder=os.path.join(folder, "texts"),
            environment=_environment(os.path.join(folder, FOLDER), make_executable(folder)),
            limits=Limits(seconds, _STACK + _HEAP),
            linter="prylint",
        )


def _environment(tool: str, interpreter: str) -> dict[str, str]:
    return {
        "PRYLINT_PYTHON": interpreter,
        "PATH": tool,
        "HOME": tool,
        "TMPDIR": tool,
        "PYLINT_HOME": tool,
        "RAYON_NUM_THREADS": "1",
        "MIMALLOC_ARENA_EAGER_COMMIT": "0",  # memory that is only reserved would count
    }


@lru_cache(maxsize=1)
def _installed() -> tuple[str, str]:
    """The executable that came with the package, never another one on the path; its version."""
    try:
        package = distribution("prylint")
    except PackageNotFoundError:
        raise MissingExtraError("prylint", "prylint") from None
    for file in package.files or ():
        if file.stem == "prylint" and os.access(path := str(file.locate()), os.X_OK):
            return path, package.version
    raise MissingExtraError("prylint", "prylint")
