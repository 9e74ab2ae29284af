"""What an edit sequence is: programs, edits, sequences of edits, and their text.

`program` and `edit` hold the values, `formats` writes edits in their forms, `sequence` is edits one
after another, `prompts` what stands in front of them, and `reading` reads what a model wrote.

Imports run from here to the errors and `lintseq_datasets.tables` only. Never here: a programming
language, a linter, a random draw, a file, a row of a dataset, a picture.
"""
