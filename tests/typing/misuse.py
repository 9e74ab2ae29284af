"""Wrong uses of the public names: each marked line must be an error for a type checker."""

from __future__ import annotations

from datasets import Dataset

from lintseq_datasets import (
    EditSequence,
    LintSeqConfig,
    Program,
    lintseq_map,
    refactor,
    resolve,
    revision_map,
)

lintseq_map()  # wrong: no batch
lintseq_map({"code": ["x"]}, on_error="ignore")  # wrong: no such choice
lintseq_map({"code": ["x"]}, output_format="trl")  # wrong: no such choice
lintseq_map({"code": ["x"]}, program_column=3)  # wrong: no name
lintseq_map({"code": ["x"]}, num_samples="2")  # wrong: no number
revision_map({"before": ["x"], "after": ["y"]}, start="empty")  # wrong: no such option
LintSeqConfig(num_samples="5")  # wrong: no number
LintSeqConfig(samples=5)  # wrong: no such field
LintSeqConfig(unit="token")  # wrong: no such choice
Program("x = 1")  # wrong: lines are a tuple
EditSequence.from_text(b"")  # wrong: no text
resolve(3)  # wrong: no text and no edits
resolve("", True)  # wrong: strict is named
LintSeqConfig().seed = 3  # wrong: frozen
EditSequence(()).resolve().splitlines()  # wrong: a program is no text


def misspelt(dataset: Dataset) -> None:
    refactor(dataset, num_sample=2)  # wrong: misspelt
    refactor(dataset, seed="0")  # wrong: no number
