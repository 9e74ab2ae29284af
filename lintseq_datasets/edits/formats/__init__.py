"""The text forms of edit sequences, exact in both directions, and prompts.

Each form is one file with one subclass of `EditForm` (`base`), listed once (`forms`); `_prompts`
has what stands in front of it. What a model wrote is read in `lintseq_datasets.edits.reading`.

Imports run from here to the values beside it (`program`, `diff`, `sequence`) only. Never here:
a guess or a repair.
"""

from lintseq_datasets.edits.formats._draft import Allowance, Draft
from lintseq_datasets.edits.formats._prompts import (
    begin_edit,
    edit_prompt,
    prompt_of,
    split_prompt,
)
from lintseq_datasets.edits.formats.base import EditForm, FormReader, Notes, Place
from lintseq_datasets.edits.formats.diff import Style, decode, encode
from lintseq_datasets.edits.formats.forms import FORMS, edit_form

__all__ = [
    "FORMS",
    "Allowance",
    "Draft",
    "EditForm",
    "FormReader",
    "Notes",
    "Place",
    "Style",
    "begin_edit",
    "decode",
    "edit_form",
    "edit_prompt",
    "encode",
    "prompt_of",
    "split_prompt",
]
