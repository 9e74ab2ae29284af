"""The boundary to linters: what a finding is, and what a linter does.

A linter judges many texts in one call, so that a command-line tool can share its
start-up and a worker process its round trip. It never raises for a text: a text on
which it gives no verdict is answered with a `LinterError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, Protocol, TypeAlias, runtime_checkable

from lintseq_datasets.edits.program import mask_lines
from lintseq_datasets.errors import LinterError
from lintseq_datasets.languages.base import SourceText

Imports: TypeAlias = Literal["stdlib", "environment"]
"""What imported names resolve to: the standard library alone, or what is installed."""


class LintMessage(NamedTuple):
    """One finding of a linter."""

    id: str  # message id of the linter, for example E0602
    line: int  # 1-based line of the text that must go for the finding to go
    column: int  # 0-based
    text: str = ""  # for people; texts change between program states, so never compare them


LintResult: TypeAlias = "tuple[LintMessage, ...] | LinterError"
"""The errors of one text, in any order; or why there is no verdict."""


class Linter(Protocol):
    """Judges program texts.

    Implementations are cheap to construct and to pickle: what is expensive (a warm
    linter, a worker process) is made on first use in each process, and is part
    neither of the pickled state nor of a fingerprint.

    A linter that is no more than this is asked for one program after another, within the
    time budget of each. See `BatchLinter` and `SourceLinter` for what else it can be.

    Two optional attributes say what is certain before the linter is asked, which saves
    rounds: ``finds_syntax_errors = True`` that a text that does not parse has an error
    where the parser says, ``finds_undefined_names = True`` that every use of a name that
    nothing binds has one.

    A third one, ``syntax_ids``, holds the message ids (or prefixes of ids) that say that a text
    does not parse. A program that has such an error itself is skipped: it is never forgiven.
    """

    @property
    def name(self) -> str:
        """Name and version, and whatever else the verdict depends on: ``pylint 4.1.4``."""
        ...

    def lint(self, texts: Sequence[str]) -> list[LintResult]:
        """Judge texts, one result each, in order.

        Only findings that count as errors are returned. The verdict on a text depends
        on nothing but the text, the linter's options and its version.
        """
        ...


@runtime_checkable
class BatchLinter(Protocol):
    """A linter for which many texts in one call cost much less than many calls.

    Many programs are then sampled at once, with one call for the open questions of all.
    Two optional attributes: ``characters_per_start`` says how many characters cost about as
    much as the start of a call, so that likely questions are asked along where fewer are
    open; ``batch_rows`` how many rows a worker of a job gets at once, 1,000 by default.
    """

    def lint_batch(self, texts: Sequence[str], parses: Sequence[bool]) -> list[LintResult]:
        """Judge texts as `Linter.lint` does.

        Args:
            texts: The texts.
            parses: For each text whether it is certain to parse.
        """
        ...


@runtime_checkable
class SourceLinter(Protocol):
    """A linter of one program after another that need not read again what was read.

    The whole program is read before it is sampled, and it is the first text to be judged.
    """

    def lint_sources(
        self, texts: Sequence[str], sources: Sequence[SourceText | None]
    ) -> list[LintResult]:
        """Judge texts as `Linter.lint` does.

        Args:
            texts: The texts.
            sources: For each text what was read of it; None if nothing was. It may be of
                another language than the linter's, and stays as it is.
        """
        ...


@runtime_checkable
class StandIn(Protocol):
    """A linter that says, faster, what another one would say.

    While it works it is measured against the other one, and where they disagree the other
    one is right.
    """

    @property
    def original(self) -> Linter:
        """The linter that it stands in for, with the same options."""
        ...


def first_syntax_error(linter: Linter, messages: Iterable[LintMessage]) -> LintMessage | None:
    """The first message that says that a text does not parse; None if there is none."""
    ids = tuple(getattr(linter, "syntax_ids", ()))  # `startswith` of none is False
    found = (message for message in messages if message.id.startswith(ids))
    return min(found, key=lambda message: (message.line, message.column), default=None)


def in_program(state: int, messages: LintResult) -> LintResult:
    """Messages on the text of a state, with lines counted in the whole program (1-based).

    Linters report a few errors behind the last line; those point at the last one.
    """
    if isinstance(messages, LinterError) or not messages:
        return messages
    # Line n of the text is the n-th bit that is set: of the state 0b1101, line 2 is line 3 of the
    # program.
    lines = mask_lines(state)
    return tuple(
        message._replace(line=lines[min(max(message.line, 1), len(lines)) - 1] + 1)
        for message in messages
    )
