"""The text forms of edit sequences, exact in both directions, and prompts.

`diff` is the one form today; `_prompts` has what stands in front of it. What a model wrote is read
in `lintseq_datasets.edits.reading`.

Imports run from here to the values beside it (`program`, `diff`, `sequence`) only. Never here:
a guess or a repair.
"""

from lintseq_datasets.edits.formats._prompts import (
    Style,
    begin_edit,
    edit_prompt,
    prompt_of,
    split_prompt,
)
from lintseq_datasets.edits.formats.diff import decode, encode

__all__ = [
    "Style",
    "begin_edit",
    "decode",
    "edit_prompt",
    "encode",
    "prompt_of",
    "split_prompt",
]
