"""Preparing a source: from several datasets to one of instructions and programs.

`prepare` runs all the steps, in `_preparation`; each step can be used alone, on one dataset.
`specs` says where datasets are, `recipe` reads such specifications from a file, and `saving`
writes the result.

Imports run from here to `lintseq_datasets.files`, `lintseq_datasets.mapping` and what is above
them. Never here: sampling, or a row that is dropped without a reason.
"""

from lintseq_datasets.prepare._benchmark_tasks import Task
from lintseq_datasets.prepare._decontaminate import Decontaminator, Match
from lintseq_datasets.prepare._duplicates import drop_duplicates, find_duplicates
from lintseq_datasets.prepare._preparation import Prepared, is_kept, pool, prepare
from lintseq_datasets.prepare._prepare_report import Contamination, PrepareReport, SourceReport
from lintseq_datasets.prepare._source_loading import load_tasks
from lintseq_datasets.prepare._steps import POOLED, STEPS, extract_programs, find_syntax_errors
from lintseq_datasets.prepare.recipe import load_recipe
from lintseq_datasets.prepare.specs import Benchmark, Source

__all__ = [
    "POOLED", "STEPS", "Benchmark", "Contamination", "Decontaminator", "Match", "PrepareReport",
    "Prepared", "Source", "SourceReport", "Task", "drop_duplicates", "extract_programs",
    "find_duplicates", "find_syntax_errors", "is_kept", "load_recipe", "load_tasks", "pool",
    "prepare",
]  # fmt: skip
