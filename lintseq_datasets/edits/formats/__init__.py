"""The forms of edits, exact in both directions.

Each form is one file with one subclass of `EditForm` (`base`), listed once (`forms`). What a model
wrote is read in `lintseq_datasets.edits.reading`.

Imports run from here to the values beside it (`edit`, `training_text`) only. Never
here: a sequence of edits, a guess or a repair.
"""

from lintseq_datasets.edits.formats._draft import Allowance, Draft
from lintseq_datasets.edits.formats.base import EditForm, FormReader, Notes, Place
from lintseq_datasets.edits.formats.forms import FORMS, edit_form

__all__ = [
    "FORMS",
    "Allowance",
    "Draft",
    "EditForm",
    "FormReader",
    "Notes",
    "Place",
    "edit_form",
]
