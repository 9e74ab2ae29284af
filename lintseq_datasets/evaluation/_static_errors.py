"""How often a linter finds errors in programs that a model wrote (paper figure 6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from lintseq_datasets.edits.program import normalize
from lintseq_datasets.errors import ConfigError, LinterError, LintSeqError, ProgramError
from lintseq_datasets.evaluation._inputs import read_columns, text_of, values_in_cell
from lintseq_datasets.linters import Linter, LintResult, load_linter
from lintseq_datasets.linters.base import BatchLinter, Imports
from lintseq_datasets.linters.syntax import SYNTAX_ERROR
from lintseq_datasets.mapping.versions import VersionedFunction
from lintseq_datasets.tables import ShownAsTable, aligned

_AT_ONCE = 64  # programs between two updates of the progress
_IN_A_BATCH = 1000  # the same for linters whose call costs much more than a program

CLEAN, ERRORS, EMPTY = "clean", "errors", "empty"
"""Statuses of a program that was linted. Without a verdict, it is ``failed:<reason>``."""


@dataclass(frozen=True, slots=True)
class StaticErrors(ShownAsTable):
    """Static errors of programs; counts of parts are merged with ``+``.

    A program without text was not written, so it is counted by itself and is not clean. A program
    without a verdict of the linter is counted under the reason.

    Args:
        linter: Name and version of the linter.
        judged: Programs that the linter judged.
        with_errors: How many of them have at least one error.
        empty: Programs without text.
        failed: Programs without a verdict, by reason.
        messages: How many errors there are of each message id.
        programs: How many programs have an error of each message id.
    """

    linter: str
    judged: int = 0
    with_errors: int = 0
    empty: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    messages: Mapping[str, int] = field(default_factory=dict)
    programs: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Any, linter: str = "") -> StaticErrors:
        """Count what `lint_programs` found.

        Args:
            rows: Rows with the columns ``lint_status`` and ``lint_errors``.
            linter: Name and version of the linter.

        Raises:
            ColumnError: A column is missing.
        """
        statuses: Counter[str] = Counter()
        messages: Counter[str] = Counter()
        programs: Counter[str] = Counter()
        for status, errors in read_columns(rows, "lint_status", "lint_errors"):
            statuses[status] += 1
            ids = errors.split(",") if errors else []
            messages.update(ids)
            programs.update(set(ids))  # one program, however often it has the error
        failed = {
            status.removeprefix("failed:"): count
            for status, count in statuses.items()
            if status not in (CLEAN, ERRORS, EMPTY)
        }
        judged = statuses[CLEAN] + statuses[ERRORS]
        return cls(
            linter, judged, statuses[ERRORS], statuses[EMPTY], failed,
            dict(messages.most_common()), dict(programs.most_common()),
        )  # fmt: skip

    @property
    def num_programs(self) -> int:
        """Programs that came in."""
        return self.judged + self.empty + sum(self.failed.values())

    @property
    def error_rate(self) -> float | None:
        """Share of the judged programs with at least one error; None if none was judged."""
        return self.with_errors / self.judged if self.judged else None

    @property
    def errors_per_program(self) -> float | None:
        """Mean number of errors of a judged program; None if none was judged."""
        return sum(self.messages.values()) / self.judged if self.judged else None

    @property
    def unparsable(self) -> int:
        """Judged programs that do not parse, which is their only error."""
        return self.programs.get(SYNTAX_ERROR, 0)

    def as_table(self) -> str:
        """A table in plain text: programs, and the errors of each message id."""
        rows = [("programs", f"{self.num_programs:,}"), ("  judged", f"{self.judged:,}")]
        rate = "" if self.error_rate is None else f" ({self.error_rate:.1%})"
        rows.append(("    with errors", f"{self.with_errors:,}{rate}"))
        rows.append(("  empty", f"{self.empty:,}"))
        rows += [(f"  {reason}", f"{count:,}") for reason, count in self.failed.items()]
        rows.append(("errors", f"{sum(self.messages.values()):,}"))
        rows += [(f"  {name}", f"{count:,}") for name, count in self.messages.items()]
        return aligned(rows)

    def as_dict(self) -> dict[str, Any]:
        """All counts and rates as plain values that JSON can hold."""
        return {
            "linter": self.linter,
            "num_programs": self.num_programs,
            "judged": self.judged,
            "with_errors": self.with_errors,
            "error_rate": self.error_rate,
            "errors_per_program": self.errors_per_program,
            "unparsable": self.unparsable,
            "empty": self.empty,
            "failed": dict(self.failed),
            "messages": dict(self.messages),
            "programs": dict(self.programs),
        }

    def __add__(self, other: StaticErrors) -> StaticErrors:
        if not isinstance(other, StaticErrors):
            return NotImplemented
        if self.linter != other.linter:
            raise ConfigError(
                "linter",
                f"{self.linter!r} and {other.linter!r} do not add up: use the same linter",
            )
        return StaticErrors(
            self.linter,
            self.judged + other.judged,
            self.with_errors + other.with_errors,
            self.empty + other.empty,
            _add(self.failed, other.failed),
            _add(self.messages, other.messages),
            _add(self.programs, other.programs),
        )


def _add(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return dict((Counter(one) + Counter(other)).most_common())


def static_errors(
    programs: Any,
    linter: str | Linter = "pylint",
    *,
    program_column: str = "program",
    errors: Sequence[str] | None = None,
    imports: Imports = "stdlib",
    time_limit: float = 20.0,
) -> StaticErrors:
    r"""Static errors of programs that a model wrote (paper figure 6).

    Nothing is run. Texts are normalised as the programs of a source are. Configuration files,
    comments such as ``# pylint: disable`` and the working directory change nothing.

    Args:
        programs: Texts, or rows with a column of texts: a dataset, a streaming one, or
            dictionaries. None is an empty text.
        linter: Name of a linter, or a linter.
        program_column: The column with the texts, if there are rows.
        errors: Message ids or prefixes that count as errors; None for the linter's set.
        imports: What imported names resolve to, for pylint. With ``"stdlib"`` an import of
            an installed package is an error (``E0401``). Use ``"environment"`` if programs may
            use what is installed.
        time_limit: Processor seconds for one program, past which there is no verdict.

    Raises:
        ColumnError: There is no such column, or it holds something else.
        ConfigError: There is no such linter, or ``programs`` does not hold programs.
        MissingExtraError: The linter is not installed.

    >>> found = static_errors(["a = 1\n", "print(b)\n", "for", "", None], linter="syntax")
    >>> found.judged, found.with_errors, found.empty, found.error_rate
    (3, 1, 2, 0.3333333333333333)
    """
    from datasets.utils import tqdm

    chosen = _load(linter, errors, imports, time_limit)
    texts = _texts(programs, program_column)
    found = StaticErrors(chosen.name)
    at_once = _IN_A_BATCH if isinstance(chosen, BatchLinter) else _AT_ONCE
    total = len(programs) if hasattr(programs, "__len__") else None
    with tqdm(total=total, desc="Linting", unit=" programs") as bar:
        # In parts, so that memory does not grow with the dataset and the bar moves.
        while part := list(islice(texts, at_once)):
            rows = ({"lint_status": s, "lint_errors": e} for s, e in _lint(part, chosen))
            found += StaticErrors.of(rows, chosen.name)
            bar.update(len(part))
    return found


@VersionedFunction
def lint_programs(
    batch: Mapping[str, Any],
    *,
    linter: str | Linter = "pylint",
    program_column: str = "program",
    errors: Sequence[str] | None = None,
    imports: Imports = "stdlib",
    time_limit: float = 20.0,
) -> dict[str, Any]:
    """Add what a linter finds in each program, for ``dataset.map(..., batched=True)``.

    Use it with ``num_proc`` where `static_errors` takes too long, and count the rows of the
    result with `StaticErrors.of`.

    Args:
        batch: Columns by name.
        linter: Name of a linter, or a linter; see `static_errors`.
        program_column: The column with the programs.
        errors: What counts as an error.
        imports: What imported names resolve to.
        time_limit: Seconds for one program.

    Returns:
        What came in, with ``lint_status``: ``clean``, ``errors``, ``empty`` or
        ``failed:<reason>``; and ``lint_errors``: the message ids, once for each error,
        separated by commas.

    Raises:
        ColumnError: There is no such column, or it holds something else.
        ConfigError: There is no such linter, or this is a row, not a batch.
        MissingExtraError: The linter is not installed.

    >>> out = lint_programs({"program": ["a = 1", "for"]}, linter="syntax")
    >>> out["lint_status"], out["lint_errors"]
    (['clean', 'errors'], ['', 'E0001'])
    """
    # A batch has the form of one row, whose cells are lists.
    values = next(read_columns([batch], program_column))[0]
    if values is None or isinstance(values, str):
        raise ConfigError("batched", "this function takes batches: map(..., batched=True)")
    chosen = _load(linter, errors, imports, time_limit)
    found = list(_lint([text_of(value, program_column) for value in values], chosen))
    statuses, ids = ([row[at] for row in found] for at in (0, 1))
    return {**batch, "lint_status": statuses, "lint_errors": ids}


def _load(
    linter: str | Linter,
    errors: Sequence[str] | None,
    imports: Imports,
    time_limit: float,
) -> Linter:
    ids = None if errors is None else tuple(errors)
    return load_linter(linter, errors=ids, imports=imports, time_limit=time_limit)


def _texts(programs: Any, column: str) -> Iterator[str]:
    if isinstance(programs, str | bytes | Mapping) or not isinstance(programs, Iterable):
        raise ConfigError("programs", f"{type(programs).__name__} is no list of programs")
    values = programs if hasattr(programs, "column_names") else iter(programs)
    if not hasattr(programs, "column_names"):
        # The first element tells texts from rows. It is put back in front, because an iterator
        # gives it only once.
        first = list(islice(values, 1))
        values = chain(first, values)
        if not first or not isinstance(first[0], Mapping):
            return (text_of(value, column) for value in values)
    rows = read_columns(values, column)
    return (text_of(one, column) for (value,) in rows for one in values_in_cell(value))


def _lint(texts: Sequence[str], linter: Linter) -> Iterator[tuple[str, str]]:
    """The status and the message ids of each text."""
    sources = [_source(text) for text in texts]
    # Only what can be judged is asked about, so verdicts are fewer than texts, in the same order:
    # of "a = 1", "" and a lone surrogate, the linter sees the first alone.
    verdicts = iter(_verdicts([source for source in sources if source], linter))
    for source in sources:
        if source is None:
            yield "failed:lone_surrogate", ""
        else:
            yield _outcome(next(verdicts)) if source else (EMPTY, "")


def _source(text: str) -> str | None:
    """A text, normalised; None if it cannot be stored."""
    try:
        return normalize(text)
    except ProgramError as error:  # a null character is left for the linter to report
        return None if error.reason == "lone_surrogate" else text


def _verdicts(texts: Sequence[str], linter: Linter) -> list[LintResult]:
    """Ask a linter. If it raises, it is asked text by text, to find the texts to blame."""
    if not texts:
        return []
    try:
        verdicts = list(linter.lint(texts))
    except (LintSeqError, OSError):  # it is not installed, or cannot be started
        raise
    except Exception as error:  # noqa: BLE001  # whatever a linter raises is its crash
        if len(texts) > 1:
            return [verdict for text in texts for verdict in _verdicts([text], linter)]
        detail = f"{type(error).__name__}: {error}"[:500]
        return [LinterError("linter_crash", linter.name, detail)]
    if len(verdicts) != len(texts):
        problem = f"{linter.name} gave {len(verdicts)} results for {len(texts)} texts"
        raise ConfigError("linter", problem)
    return verdicts


def _outcome(verdict: LintResult) -> tuple[str, str]:
    if isinstance(verdict, LinterError):
        return f"failed:{verdict.reason}", ""
    # One text, because a column of lists has no type until one is not empty.
    return (ERRORS if verdict else CLEAN), ",".join(message.id for message in verdict)
