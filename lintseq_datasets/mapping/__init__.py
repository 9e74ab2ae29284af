"""Rows in, rows out: from the rows of a dataset to rows of edit sequences.

A row is read (`columns`, `answers`, `rows`), sampled (`_sampling`) and written (`outputs`), as
a `plan` of `options` says; `mappers` and `epochs` do so for batches, `run` and `dataset` for whole
datasets. `accounting` says what became of the rows, `provenance` and `versions` how they were
made.

Imports run from here to the samplers, linters, languages and edits. Never here: a figure, a
file, the network, a process.
"""
