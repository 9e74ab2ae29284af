"""An edit sequence to look at: in colour on terminals, as HTML in notebooks and on pages.

`_terminal` and `_html` render a sequence; `_shown_lines` and `_tokens` hold what both need, and
`terminals` keeps what is printed from driving the terminal. The face of the package makes
`sequence_html` the representation of an `EditSequence` in notebooks.

Imports run from here to `lintseq_datasets.edits` and the errors only. Never here: anything of a
row that is not escaped, or a script.
"""

from lintseq_datasets.display._html import page_html, sequence_html
from lintseq_datasets.display._printed import format_printed
from lintseq_datasets.display._shown_lines import printable
from lintseq_datasets.display._terminal import format_sequence, wants_color

__all__ = [
    "format_printed",
    "format_sequence",
    "page_html",
    "printable",
    "sequence_html",
    "wants_color",
]
