"""Jobs that finish: on one machine (`local`) and on a cluster (`datatrove`).

Imports run from here to `lintseq_datasets.files`, `lintseq_datasets.mapping` and what is above
them. Never here: what a row becomes (that is the mapper's), or the command line.
"""
