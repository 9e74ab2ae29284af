"""From text to programs: exactly, or tolerantly where a model wrote the text.

The tolerant side takes what it can of such a text, and reports what was wrong with it.

Imports run from here to the values beside it (`program`, `edit`, `sequence`) and their `formats`.
Never here: a linter, a sampler or a file, because reading a text says nothing of the code in it.
"""

from lintseq_datasets.edits.reading._eos import EOS_TOKENS
from lintseq_datasets.edits.reading._notes import Policy
from lintseq_datasets.edits.reading._problems import PROBLEMS, REPAIRED, Problem, ReadingReport
from lintseq_datasets.edits.reading._resolution import resolve
from lintseq_datasets.edits.reading._tolerant import (
    IncrementalResolver,
    Resolved,
    resolve_generation,
    resolve_stream,
)

__all__ = [
    "EOS_TOKENS",
    "PROBLEMS",
    "REPAIRED",
    "IncrementalResolver",
    "Policy",
    "Problem",
    "ReadingReport",
    "Resolved",
    "resolve",
    "resolve_generation",
    "resolve_stream",
]
