"""Turn datasets of programs into datasets of edit sequences, verified by a real linter.

This is the face of the package: its public names, each from the folder that it lives in. All but
the two that cost nothing are imported when they are first used, so that
``import lintseq_datasets`` is fast and starts nothing.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from lintseq_datasets.edits.sequence import EditSequence
from lintseq_datasets.edits.training_text import DIFF_TOKEN

if TYPE_CHECKING:
    from datasets import Features

    from lintseq_datasets.edits.edit import Edit, Hunk
    from lintseq_datasets.edits.program import Program
    from lintseq_datasets.edits.prompts import edit_prompt
    from lintseq_datasets.edits.reading import IncrementalResolver, resolve, resolve_generation
    from lintseq_datasets.errors import LintSeqError
    from lintseq_datasets.hub.card import build_card
    from lintseq_datasets.hub.push import push
    from lintseq_datasets.mapping.dataset import only_ok, refactor
    from lintseq_datasets.mapping.features import features_of
    from lintseq_datasets.mapping.joining import join_rows
    from lintseq_datasets.mapping.mappers import lintseq_map, randseq_map, revision_map
    from lintseq_datasets.mapping.transform import lintseq_transform
    from lintseq_datasets.samplers.config import (
        ALGORITHM,
        LintSeqConfig,
        RandSeqConfig,
        RevisionConfig,
    )

    FEATURES: Features

__version__ = "0.1.0"

# Where each name lives. `EditSequence` and `DIFF_TOKEN` are imported above, as they cost nothing.
_HOMES = {
    "ALGORITHM": "samplers.config",
    "Edit": "edits.edit",
    "Hunk": "edits.edit",
    "IncrementalResolver": "edits.reading",
    "LintSeqConfig": "samplers.config",
    "LintSeqError": "errors",
    "Program": "edits.program",
    "RandSeqConfig": "samplers.config",
    "RevisionConfig": "samplers.config",
    "build_card": "hub.card",
    "edit_prompt": "edits.prompts",
    "features_of": "mapping.features",
    "join_rows": "mapping.joining",
    "lintseq_map": "mapping.mappers",
    "lintseq_transform": "mapping.transform",
    "only_ok": "mapping.dataset",
    "push": "hub.push",
    "randseq_map": "mapping.mappers",
    "refactor": "mapping.dataset",
    "resolve": "edits.reading",
    "resolve_generation": "edits.reading",
    "revision_map": "mapping.mappers",
}

__all__ = [
    "ALGORITHM",
    "DIFF_TOKEN",
    "FEATURES",
    "Edit",
    "EditSequence",
    "Hunk",
    "IncrementalResolver",
    "LintSeqConfig",
    "LintSeqError",
    "Program",
    "RandSeqConfig",
    "RevisionConfig",
    "__version__",
    "build_card",
    "edit_prompt",
    "features_of",
    "join_rows",
    "lintseq_map",
    "lintseq_transform",
    "only_ok",
    "push",
    "randseq_map",
    "refactor",
    "resolve",
    "resolve_generation",
    "revision_map",
]


def _as_html(sequence: EditSequence) -> str:
    """What a notebook shows of an edit sequence."""
    from lintseq_datasets.display import sequence_html

    return sequence_html(sequence)


# Here, so that the values in `edits` need not know how they are displayed. Whatever is imported
# from the package, this module runs first, so every `EditSequence` shows itself.
EditSequence._repr_html_ = _as_html


def __getattr__(name: str) -> Any:
    if name == "FEATURES":
        from lintseq_datasets.mapping.features import features_of

        value: Any = features_of()
    elif name in _HOMES:
        module = importlib.import_module(f"{__name__}.{_HOMES[name]}")
        value = getattr(module, name)
    else:
        problem = f"module {__name__!r} has no attribute {name!r}"
        # With these, Python itself says what was meant.
        raise AttributeError(problem, name=name, obj=sys.modules[__name__])
    globals()[name] = value  # so that the next one who asks does not come by here
    return value


def __dir__() -> list[str]:
    # Also names that were not imported yet, for completion in shells and notebooks.
    return sorted(__all__)
