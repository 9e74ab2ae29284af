"""Output formats: the columns of the rows that come out.

Each format is one file with one subclass of `RowFormat` (`base`), named twice: in the type
that users' editors complete (`mapping.choices`), and in the table that finds it (`formats`).

Imports run from here to the rows beside it (`mapping.rows`), the configurations and the text
forms. Never here: sampling, or a file.
"""

from __future__ import annotations

from lintseq_datasets.mapping.outputs.base import RowFormat, Types, Values
from lintseq_datasets.mapping.outputs.formats import (
    OUTPUT_FORMATS,
    foreign_options,
    format_of,
    row_format,
)

__all__ = [
    "OUTPUT_FORMATS",
    "RowFormat",
    "Types",
    "Values",
    "foreign_options",
    "format_of",
    "row_format",
]
