"""What an edit sequence is: programs, edits, sequences of edits, and their text.

`program` and `diff` hold the values, `formats` writes edits in their forms, `sequence` is edits one
after another, `prompts` what stands in front of them, and `reading` reads what a model wrote.

Imports run from here to `lintseq_datasets.errors` only. Never here: a programming language, a
linter, a random draw, a file, a row of a dataset, a picture.
"""
