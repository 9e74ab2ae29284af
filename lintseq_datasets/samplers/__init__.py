"""Samplers: from a program to edit sequences that write it.

Imports run from here to `lintseq_datasets.edits`, `lintseq_datasets.languages.base`,
`lintseq_datasets.linters.base` and the errors only. Never here: a certain language or linter,
a clock, a file, a row of a dataset.
"""
