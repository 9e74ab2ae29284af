"""Ruby."""

from __future__ import annotations

from lintseq_datasets.languages._grammar_language import GrammarLanguage
from lintseq_datasets.languages.grammar import BRACKETS, Grammar

# Each of them ends with `end`, and holds a block as brackets do elsewhere.
_OPENERS = (
    "def", "class", "module", "do", "if", "unless", "while", "until", "for", "case", "begin",
)  # fmt: skip
# Drawn, they take their own lines along and leave the rest of the block.
_ARMS = frozenset({"else", "elsif", "when", "in_clause", "rescue", "ensure"})

LANGUAGE = GrammarLanguage(
    name="ruby",
    title="Ruby",
    label="ruby",
    suffixes=(".rb",),
    linters=("ruby",),
    grammar=Grammar(
        package="tree_sitter_ruby",
        containers=frozenset({"program", "body_statement", "block_body", "then", "do"}) | _ARMS,
        comments=frozenset({"comment"}),
        headers=_ARMS,
        brackets=(*BRACKETS, *((word, "end") for word in _OPENERS)),
        strings=frozenset({"string", "heredoc_body"}),
    ),
    labels=frozenset({"ruby", "rb", "irb"}),
)
