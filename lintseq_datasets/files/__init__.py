"""Files, once: reading sources, JSON lines, writing whole or not at all.

`sources` reads datasets, `json_lines` those lines that Arrow refuses, `whole_files` writes a file
so that it is there whole or not at all, `output` says what an output on the disk is, `hub_names`
what a name stands for: a path here, or a repository on the Hub.

Imports run from here to `lintseq_datasets.mapping` (what a dataset remembers of how it was
made) and what is above it. Never here: what a job, a push or a command does with the files.
"""
