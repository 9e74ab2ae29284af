"""What a linter says of a text, line by line: for people to look at."""

from __future__ import annotations

from lintseq_datasets.errors import LinterError
from lintseq_datasets.linters.base import Linter


def errors_by_line(text: str, linter: Linter) -> dict[int, list[str]]:
    r"""The errors of a text by line.

    Args:
        text: The text.
        linter: Judges it.

    Returns:
        By 0-based line of the text, one entry for each error there: its id, and what the linter
        says.

    Raises:
        LinterError: There is no verdict.

    >>> from lintseq_datasets.linters.loading import load_linter
    >>> errors_by_line("a = 1\nfor", load_linter("syntax"))
    {1: ['E0001 invalid syntax']}
    """
    (messages,) = linter.lint([text])
    if isinstance(messages, LinterError):
        raise messages
    found: dict[int, list[str]] = {}
    last = text.count("\n") + 1
    for message in sorted(messages):
        # Linters report a few errors behind the last line.
        line = min(max(message.line, 1), last) - 1
        found.setdefault(line, []).append(f"{message.id} {message.text}".rstrip())
    return found
