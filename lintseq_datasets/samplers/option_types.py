"""The types of the samplers' options, and the options as keyword arguments.

What each means stands with the configuration that has it, in `lintseq_datasets.samplers.config`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

from lintseq_datasets.languages.base import Children, Comments, Unit, Weights
from lintseq_datasets.linters.base import Imports, Linter

Start: TypeAlias = Literal["empty", "random_state", "segment", "given"]
"""Where edit sequences start: at the empty program, at a program state that is drawn among
those of the sequence, there and end at a later one, or at one that comes with the row."""


class DrawOptions(TypedDict, total=False):
    """Options that all samplers have."""

    num_samples: int
    seed: int
    unique: bool
    epoch: int
    language: str
    max_lines: int
    max_characters: int


class JudgeOptions(TypedDict, total=False):
    """Options of the samplers that have a linter."""

    linter: str | Linter | None
    errors: tuple[str, ...] | None
    imports: Imports
    audit: float | None
    max_lints: int
    time_limit: float


class RandSeqOptions(DrawOptions, total=False):
    """The fields of `RandSeqConfig` as keyword arguments."""

    start: Start


class LintSeqOptions(RandSeqOptions, JudgeOptions, total=False):
    """The fields of `LintSeqConfig` as keyword arguments."""

    forgive_own_errors: bool
    unit: Unit
    comments: Comments
    children: Children
    weights: Weights
    draw_constants: bool


class RevisionOptions(DrawOptions, JudgeOptions, total=False):
    """The fields of `RevisionConfig` as keyword arguments."""
