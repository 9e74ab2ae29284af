"""Many texts for a linter that is another program: syntax first, in parts, halved when it dies.

For example, if ``c`` of the texts ``a b c d`` kills the linter, four more calls find it:

    a b c d  dies      a b  judged      c d  dies      c  dies: no verdict      d  judged
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters.base import LintMessage, LintResult
from lintseq_datasets.linters.syntax import parse_error

Result = TypeVar("Result")


def judge_parsed(
    texts: Sequence[str],
    parses: Sequence[bool],
    linter: str,
    judge: Callable[[Sequence[str]], list[LintResult]],
) -> list[LintResult]:
    """Results in order; only texts that parse are judged, others have their syntax error.

    Args:
        texts: The texts.
        parses: For each text whether it is certain to parse.
        linter: Name for errors.
        judge: Judges the texts that parse.
    """
    # Of a text that does not parse, ruff would report many lines, and prylint may blame another.
    results = [
        None if is_certain else _syntax_error(text, linter)
        for text, is_certain in zip(texts, parses, strict=True)
    ]
    asked = [text for text, result in zip(texts, results, strict=True) if result is None]
    verdicts = iter(judge(asked))
    return [next(verdicts) if result is None else result for result in results]


def _syntax_error(text: str, linter: str) -> tuple[LintMessage] | LinterError | None:
    try:
        error = parse_error(text)
    except RecursionError:
        return LinterError("linter_recursion", linter, "the program is nested too deeply")
    return None if error is None else (error,)


def judge_in_parts(
    texts: Sequence[str],
    most: int,
    characters: int,
    call: Callable[[Sequence[str]], Sequence[Result]],
) -> Sequence[Result | LinterError]:
    """Results in order, from calls that are small enough.

    Args:
        texts: The texts.
        most: The most texts in a call.
        characters: The most characters in a call of more than one text.
        call: Judges one part; raises a LinterError when there is no verdict on any text of it.
    """
    return [result for part in _parts(texts, most, characters) for result in _judge(part, call)]


def _judge(
    texts: Sequence[str], call: Callable[[Sequence[str]], Sequence[Result]]
) -> Sequence[Result | LinterError]:
    """Judge texts; when the call dies, halve them until the guilty one is alone."""
    # Nobody says which text was guilty. Finding one among n takes about 2 log n more calls.
    try:
        return call(texts)
    except LinterError as error:
        if len(texts) == 1:
            return [error]
    middle = len(texts) // 2
    return [*_judge(texts[:middle], call), *_judge(texts[middle:], call)]


def _parts(texts: Sequence[str], most: int, characters: int) -> Iterator[Sequence[str]]:
    start = size = 0
    for number, text in enumerate(texts):
        size += len(text)
        # A text that is too long for a part is one by itself.
        if number - start == most or (size > characters and number > start):
            yield texts[start:number]
            start, size = number, len(text)
    if start < len(texts):
        yield texts[start:]


def seconds_for(texts: Sequence[str], time_limit: float) -> float:
    """Processor seconds for a call.

    A text that runs away is found by halving, and would take its whole limit from each of
    those calls. So only a text that is alone has that.
    """
    return time_limit if len(texts) == 1 else min(time_limit, 2 + 0.02 * len(texts))
