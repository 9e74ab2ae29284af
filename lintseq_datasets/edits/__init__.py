"""What an edit sequence is: programs, edits, sequences of edits, and their text.

`program`, `diff` and `sequence` hold the values, `formats` writes them as training text and
prompts, `reading` reads what a model wrote.

Imports run from here to `lintseq_datasets.errors` only. Never here: a programming language, a
linter, a random draw, a file, a row of a dataset, a picture.
"""
