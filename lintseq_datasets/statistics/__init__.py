"""Statistics of edit-sequence datasets, and of what models write.

`counting` goes from rows to `Statistics`, `plots` from statistics to figures; both are imported
by name where they are wanted. Of what models write: pass@k, and coverage against FLOPs.
Statistics of parts add up to those of the whole.

Imports run from here to `lintseq_datasets.mapping` and `lintseq_datasets.edits`. Never here:
sampling or linting. matplotlib is imported only by the functions that draw.
"""

from lintseq_datasets.statistics._coverage import Coverage, coverage_curve, flops_per_token
from lintseq_datasets.statistics._distribution import QUANTILES, Distribution
from lintseq_datasets.statistics._pass_at_k import PassAtK, TaskCounts, mean_pass_at_k, pass_at_k
from lintseq_datasets.statistics._row_tables import beginnings
from lintseq_datasets.statistics._statistics import (
    DISTRIBUTIONS,
    GROWTH_STEPS,
    Statistics,
)

__all__ = [
    "DISTRIBUTIONS",
    "GROWTH_STEPS",
    "QUANTILES",
    "Coverage",
    "Distribution",
    "PassAtK",
    "Statistics",
    "TaskCounts",
    "beginnings",
    "coverage_curve",
    "flops_per_token",
    "mean_pass_at_k",
    "pass_at_k",
]
