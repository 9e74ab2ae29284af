"""Python: which lines go together, which blocks hang on them, which names they bind.

`source` is what is known of a text and `structure` what is made of it; others ask these two.
Behind them, `parsing` and `layout` read trees and tokens, `names` finds bindings and uses, and
`blocks` and `undefined` foresee errors.

Imports run from here to `lintseq_datasets.languages.base` and what that may see. Never here:
an import or a run of the code that is looked at.
"""

from __future__ import annotations

from lintseq_datasets.languages.python.language import LANGUAGE

__all__ = ["LANGUAGE"]
