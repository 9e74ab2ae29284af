r"""Any command as a linter: what it is given, and how its answer is read.

The texts of a call are written to files of a private folder, in which the command runs. Say the
command prints lines, and this is its answer about the files ``0.sh``, ``1.sh`` and ``2.sh``::

    0.sh:2:5: error: Couldn't parse this [SC1009]
    2.sh:1:1: error: Unexpected [SC1088]

Then ``0.sh`` and ``2.sh`` have an error each, and ``1.sh`` has none, if it was looked at: that
nothing is said of a file can also mean that the command gave up. So the last file of a call is
the *witness*: a text that is known to have an error. In the example it is ``2.sh``. An answer that
says nothing of the witness is no verdict on any file of the call, and fewer files are asked.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

from lintseq_datasets.errors import ConfigError, LinterError
from lintseq_datasets.linters.base import LintMessage, LintResult
from lintseq_datasets.linters.executables import (
    clean_environment,
    executable_version,
    find_executable,
)

Format: TypeAlias = Literal["lines", "json", "sarif", "checkstyle"]
"""In what form a command answers."""

LINES = (
    r"^(?P<path>[^:\n]+):(?P<line>\d+):(?:(?P<column>\d+):)?"
    r"[ \t]*(?P<message>[^\n]*?)[ \t]*(?:\[(?P<id>[\w./-]+)\])?$"
)
"""The usual form of a line: ``path:line:column: message [id]``; column and id may be absent."""

if TYPE_CHECKING:
    from lintseq_datasets.linters._command_answers import CommandAnswer

_FEWER = "an answer about fewer files than were given"
_TEXTS_PER_CALL = 500
_CHARACTERS_PER_CALL = 4_000_000
_CHARACTERS_PER_START = 100_000
# No program in any language that we know of; one of them is the first witness, if it has an error.
_NO_PROGRAMS = (")]} '\" {[( <<\n", "%%% ??? !!!\n@@ ;; ,,\n")


class _Known(NamedTuple):
    """What was found out of a command."""

    witness: str = ""  # a text that has an error; empty if none is known yet
    names_all: bool = False  # whether it also names files that it has nothing to say of


_KNOWN: dict[CommandLinter, _Known] = {}  # in this process


@dataclass(frozen=True, slots=True)
class CommandLinter:
    """Judges texts with a command that prints what it finds.

    The command runs without a shell and without standard input, in a private folder that holds
    the texts and nothing else, with ``PATH``, ``LANG`` and that folder as ``HOME`` and ``TMPDIR``
    in its environment. Nothing of the working directory has an effect.

    There is no verdict (`LinterError` ``linter_crash``) where the exit status is another than
    those of ``ok_exit``, where it is not 0 and what is printed cannot be read, where a message is
    about a file that was not given, and where the answer is about fewer files than were given.

    Args:
        argv: The executable, found on ``PATH`` or named by its absolute path, and its
            arguments. ``{files}`` stands for the names of all files of a call, as an argument of
            its own; ``{file}``, also within an argument, for the one file of a call.
        pattern: For ``format="lines"``: a regular expression that matches a message, in which
            ``^`` and ``$`` are the ends of a line. Its groups: ``path`` (if there is none, the
            message is about the one file), ``line`` (1-based), and, where there are any,
            ``column`` (1-based), ``id`` and ``message``.
        format: ``"lines"``; ``"json"``, with values by any usual names of keys; ``"sarif"``;
            ``"checkstyle"``.
        suffix: End of the names of the files.
        version: Of the command; by default the first line that ``--version`` makes it print.
        errors: Ids that count as errors, or prefixes of ids. None: all messages do.
        syntax_ids: Ids, or prefixes of ids, that say that a text does not parse: a program
            that has such an error is skipped. They count as errors, too.
        batch: Whether the command is given many files in a call.
        ok_exit: Exit statuses after which the answer counts.
        silencers: A regular expression of what in a text would silence the command, such as
            ``"shellcheck disable"``: letters and digits of what it matches become ``x``.
        time_limit: Processor seconds for one text, past which there is no verdict.

    Raises:
        ConfigError: An argument has no usable value.
        MissingExtraError: There is no such executable.
    """

    argv: tuple[str, ...]
    _: KW_ONLY
    pattern: str = LINES
    format: Format = "lines"
    suffix: str = ".txt"
    version: str | None = None
    errors: tuple[str, ...] | None = None
    syntax_ids: tuple[str, ...] = ()
    batch: bool = True
    ok_exit: tuple[int, ...] = (0, 1)
    silencers: str | None = None
    time_limit: float = 10.0

    def __post_init__(self) -> None:
        for name in ("argv", "errors", "syntax_ids", "ok_exit"):
            value = getattr(self, name)
            if isinstance(value, str):
                raise ConfigError(name, f"{value!r} is no list")
            object.__setattr__(self, name, value if value is None else tuple(value))
        _check(self)
        if self.version is None:
            object.__setattr__(self, "version", executable_version(find_executable(self.argv[0])))

    @property
    def name(self) -> str:
        """``shellcheck 0.11.0 [shellcheck -f gcc {files}] 8f3a91c2``: a digest of all options."""
        # Where the executable is differs between machines, and says nothing of verdicts.
        argv = [self._tool, *self.argv[1:]]
        others = [name for name in self.__dataclass_fields__ if name not in ("_", "argv")]
        values = repr([argv, *(getattr(self, name) for name in others)])
        digest = hashlib.sha256(values.encode("utf-8")).hexdigest()[:8]
        return f"{self._tool} {self.version} [{' '.join(argv)}] {digest}"

    @property
    def characters_per_start(self) -> int:
        """See `lintseq_datasets.linters.base.BatchLinter`."""
        return _CHARACTERS_PER_START if self._takes_many else 0

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.Linter`.

        Raises:
            OSError: There is no room for temporary files, or the command cannot be started.
        """
        from lintseq_datasets.linters._batches import judge_in_parts

        # When it is first asked, once in each process: to find out takes up to three calls.
        if self not in _KNOWN:
            _KNOWN[self] = self._find_out()
        most = _TEXTS_PER_CALL if self._takes_many else 1
        return list(judge_in_parts(texts, most, _CHARACTERS_PER_CALL, self._call))

    def lint_batch(self, texts: Sequence[str], parses: Sequence[bool]) -> list[LintResult]:
        """Judge texts; see `lintseq_datasets.linters.base.BatchLinter`."""
        return self.lint(texts)

    @property
    def _tool(self) -> str:
        return os.path.basename(self.argv[0])

    @property
    def _takes_many(self) -> bool:
        return self.batch and "{files}" in self.argv

    def _find_out(self) -> _Known:
        """Look for a text that has an error; without one, the first that has one will do."""
        # The empty text has no error in most languages: does the command name its file, then?
        known = _Known()
        for text in (*_NO_PROGRAMS, ""):
            try:
                answer = self._ask([text])
            except LinterError:
                continue  # another text may do
            if any(answer.messages):
                known = known._replace(witness=known.witness or text)
            elif any(answer.named):
                known = known._replace(names_all=True)
        return known

    def _call(self, texts: Sequence[str]) -> list[LintResult]:
        """What one call of the command finds in each text.

        Raises:
            LinterError: There is no verdict on any of them.
        """
        witness = _KNOWN[self].witness
        if not self._takes_many or not witness:
            found = self._asked(texts)
        else:
            *found, about_witness = self._asked([*texts, witness])
            if not about_witness:
                raise LinterError("linter_crash", self._tool, _FEWER)
        # Until a text with an error has come by, a clean answer has to be believed.
        if not witness:
            guilty = (text for text, messages in zip(texts, found, strict=True) if messages)
            _KNOWN[self] = _KNOWN[self]._replace(witness=next(guilty, ""))
        return [tuple(filter(self._counts, messages)) for messages in found]

    def _asked(self, texts: Sequence[str]) -> list[tuple[LintMessage, ...]]:
        """All messages of the command about each text, where it names all that it should."""
        answer = self._ask(texts)
        if _KNOWN[self].names_all and not all(answer.named):
            raise LinterError("linter_crash", self._tool, _FEWER)
        return list(answer.messages)

    def _ask(self, texts: Sequence[str]) -> CommandAnswer:
        from lintseq_datasets.linters._batches import seconds_for
        from lintseq_datasets.linters._process import Limits, run, temporary_files

        # Numbers: none can be taken for an option, or be imported by the text beside it.
        names = [f"{number}{self.suffix}" for number in range(len(texts))]
        files = {
            name: self._loud(text).encode("utf-8") for name, text in zip(names, texts, strict=True)
        }
        with temporary_files(files) as folder:
            done = run(
                self._command(names),
                folder=folder,
                environment=clean_environment(folder),
                limits=Limits(seconds_for(texts, self.time_limit)),
                linter=self._tool,
            )
        if done.status not in self.ok_exit:
            said = done.problem or done.output.decode("utf-8", "replace")
            detail = f"exit status {done.status}: {said}"
            raise LinterError("linter_crash", self._tool, detail[:500])
        return self._read(done.output.decode("utf-8", "replace"), done.problem, done.status, names)

    def _loud(self, text: str) -> str:
        if self.silencers is None:
            return text
        return re.sub(self.silencers, lambda found: re.sub(r"\w", "x", found[0]), text)

    def _command(self, names: Sequence[str]) -> list[str]:
        command = [find_executable(self.argv[0])]
        for argument in self.argv[1:]:
            if argument == "{files}":
                command += names
            else:
                command.append(argument.replace("{file}", names[0]))
        return command

    def _read(self, output: str, problem: str, status: int, names: Sequence[str]) -> CommandAnswer:
        from lintseq_datasets.linters._command_answers import AnswerError, read_command_answer

        # Compilers print to the standard error; in the other forms that is for people.
        text = f"{output}\n{problem}" if self.format == "lines" else output or problem
        try:
            answer = read_command_answer(text, self.format, self.pattern, names)
        except AnswerError as error:
            detail = f"{error}: {text.strip()[:300]}"
            raise LinterError("linter_crash", self._tool, detail) from None
        # A status of 1 says that there are messages. If none can be read, the pattern does not fit,
        # or it was the command that failed.
        if status and text.strip() and not any(answer.messages):
            detail = f"exit status {status}, and no message that could be read: {text.strip()}"
            raise LinterError("linter_crash", self._tool, detail[:500])
        return answer

    def _counts(self, message: LintMessage) -> bool:
        return self.errors is None or message.id.startswith((*self.errors, *self.syntax_ids))


def _check(linter: CommandLinter) -> None:
    argv = linter.argv
    if not argv or not all(isinstance(word, str) and word for word in argv):
        raise ConfigError(
            "argv", f"{argv!r} is no list of words: give one such as ['shellcheck', '{{files}}']"
        )
    many = argv.count("{files}")
    if many + any("{file}" in word for word in argv[1:]) != 1:
        raise ConfigError("argv", "one argument has to be {files}, or one has to hold {file}")
    if linter.format not in get_args(Format):
        raise ConfigError("format", f"{linter.format!r} is none of {', '.join(get_args(Format))}")
    if "/" in linter.suffix or "\0" in linter.suffix:
        raise ConfigError(
            "suffix", f"{linter.suffix!r} is no end of a name: give one such as '.sh'"
        )
    for name in ("pattern", "silencers"):
        try:
            groups = re.compile(getattr(linter, name) or "").groupindex
        except (re.error, TypeError) as error:
            raise ConfigError(name, f"is no regular expression: {error}") from None
        if name == "pattern" and linter.format == "lines" and "line" not in groups:
            raise ConfigError(
                "pattern", "needs a group (?P<line>...): put one around the number of the line"
            )
    if linter.format == "lines" and many and "(?P<path>" not in linter.pattern:
        raise ConfigError("pattern", "needs a group (?P<path>...) to tell {files} apart")
    find_executable(argv[0])
