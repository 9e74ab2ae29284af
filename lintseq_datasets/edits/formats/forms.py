"""The edit formats by their names."""

from __future__ import annotations

from lintseq_datasets.edits.formats.anchored import Anchored
from lintseq_datasets.edits.formats.apply_patch import ApplyPatch
from lintseq_datasets.edits.formats.base import EditForm
from lintseq_datasets.edits.formats.context_diff import ContextDiff
from lintseq_datasets.edits.formats.diff import Diff
from lintseq_datasets.edits.formats.numbered import Numbered
from lintseq_datasets.edits.formats.search_replace import SearchReplace
from lintseq_datasets.edits.formats.whole import Whole
from lintseq_datasets.errors import ConfigError, did_you_mean

FORMS: dict[str, type[EditForm]] = {
    form.name: form
    for form in (Diff, ContextDiff, SearchReplace, ApplyPatch, Anchored, Numbered, Whole)
}
"""The class of each edit format, by its name: the one place where they are listed."""


def edit_form(edit_format: str) -> EditForm:
    """The edit format of a name.

    Args:
        edit_format: Its name, with what may stand behind it: ``"context_diff:1"`` has one line of
            context, ``"apply_patch:src/main.py"`` patches a file of that name.

    Raises:
        ConfigError: There is no such format, or it takes nothing of the kind.

    >>> edit_form("context_diff:1")
    ContextDiff(context=1)
    """
    name, colon, argument = (
        edit_format.partition(":") if isinstance(edit_format, str) else ("",) * 3
    )
    if name not in FORMS:
        near = did_you_mean(name, list(FORMS))
        problem = f"{edit_format!r} is none of {', '.join(map(repr, FORMS))}{near}"
        raise ConfigError("edit_format", problem)
    form = FORMS[name]
    return form.with_argument(argument) if colon else form()
