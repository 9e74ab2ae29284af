"""A filter for lm-evaluation-harness: from the responses of a model to programs.

It is used in the YAML of a task, as ``function: custom`` with ``filter_fn: !function
lintseq_datasets.evaluation.lm_eval_filter``, or by its name after `register_lm_eval_filter`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lintseq_datasets.edits.reading import resolve
from lintseq_datasets.errors import MissingExtraError
from lintseq_datasets.installing import install_command

FILTER_NAME = "lintseq_resolve"
"""Name of the filter in lm-evaluation-harness, once it is registered."""


def lm_eval_filter(
    responses: Iterable[Sequence[Any]], docs: Any = None, edit_format: str = "diff"
) -> list[list[str]]:
    r"""Resolve the responses of a model, as a filter of lm-evaluation-harness does.

    Args:
        responses: For each document, the texts that were generated.
        docs: The documents. They are not looked at.
        edit_format: The form of the edits; `functools.partial` sets it for a task.

    Returns:
        For each document, one program for each text. It is the empty text, and never None, if
        there is no program.

    >>> lm_eval_filter([["<|diff|>@@ -0,0 +1 @@\n+a = 1", None], ["Sorry."]])
    [['a = 1', ''], ['']]
    """
    return [
        [
            resolve(text, strict=False, edit_format=edit_format) if isinstance(text, str) else ""
            for text in texts
        ]
        for texts in responses
    ]


def register_lm_eval_filter() -> Any:
    """Make the filter known to lm-evaluation-harness as `FILTER_NAME`.

    Returns:
        The class that was registered.

    Raises:
        MissingExtraError: lm-evaluation-harness is not installed.
    """
    try:
        from lm_eval.api.filter import Filter
        from lm_eval.api.registry import register_filter
    except ImportError:
        raise MissingExtraError("lm_eval", "", install_command("lm_eval")) from None

    class ResolveFilter(Filter):  # type: ignore[misc]  # the package ships no types
        """From what a model wrote to programs."""

        def apply(self, resps: Any, docs: Any) -> list[list[str]]:
            """See `lm_eval_filter`."""
            return lm_eval_filter(resps, docs)

    return register_filter(FILTER_NAME)(ResolveFilter)
