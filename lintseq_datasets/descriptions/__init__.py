"""What edits do, in words that a language model writes elsewhere: asking for it, and taking it in.

Imports run from here to what makes, reads and saves rows (`mapping`, `files`, `prepare`). Never
here: a network.
Requests are files, and so are answers; how they get to a model is up to those who run one.
"""

from lintseq_datasets.descriptions._report import DescriptionReport
from lintseq_datasets.descriptions.merging import (
    Described,
    merge_descriptions,
    save_described,
)
from lintseq_datasets.descriptions.requests import (
    TEMPLATE,
    RequestReport,
    description_requests,
    write_requests,
)

__all__ = [
    "TEMPLATE",
    "Described",
    "DescriptionReport",
    "RequestReport",
    "description_requests",
    "merge_descriptions",
    "save_described",
    "write_requests",
]
