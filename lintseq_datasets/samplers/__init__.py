"""Samplers: from a program to edit sequences that write it.

`lintseq` is backward sampling, `randseq` the ablation without a linter, `revision` has the paths
between two versions; `config` holds the choices of each. What a linter says of a state comes
through `_judge`.

Imports run from here to `lintseq_datasets.edits`, `lintseq_datasets.languages.base`,
`lintseq_datasets.linters.base` and the errors only. Never here: a certain language or linter,
a clock, a file, a row of a dataset.
"""
