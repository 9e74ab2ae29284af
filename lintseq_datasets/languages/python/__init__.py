"""Python: which lines go together, which blocks hang on them, which names they bind.

`structure` is what others ask; `layout` reads tokens, `blocks` and `names` foresee errors.
Imports run from here to `lintseq_datasets.languages.base` and what that may see. Never here:
an import or a run of the code that is looked at.
"""
