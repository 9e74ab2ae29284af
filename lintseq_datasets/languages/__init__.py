"""What can be drawn from a program, and what goes along: a module or a folder for each language.

`base` says what a language gives, which is all that samplers see; `python` gives it for Python. A
new language is one more file, with its name in `base`: `go` is a short one.

Imports run from here to `lintseq_datasets.edits` and the errors only. Never here: a verdict
(that is the linter's), a random draw, a row of a dataset.
"""
